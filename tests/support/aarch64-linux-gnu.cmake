# Builds for 64-bit Arm on another machine, and runs what was built under qemu's user emulation:
#   cmake --preset neon && ninja -C build/neon && ctest --preset neon
# Debian packages: g++-aarch64-linux-gnu, qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

find_program(ALCOVE_QEMU_AARCH64 NAMES qemu-aarch64 qemu-aarch64-static)
if(ALCOVE_QEMU_AARCH64)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${ALCOVE_QEMU_AARCH64} -L /usr/aarch64-linux-gnu)
endif()
