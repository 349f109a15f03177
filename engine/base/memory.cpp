#include "engine/base/memory.h"

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#elif defined(__APPLE__)
#include <mach/mach.h>
#include <unistd.h>
#else
#include <fstream>
#include <string>
#endif

namespace alcove {

#ifdef _WIN32

uint64_t availableMemory() {
    MEMORYSTATUSEX status{};
    status.dwLength = sizeof status;
    return GlobalMemoryStatusEx(&status) ? status.ullAvailPhys : 0;
}

#elif defined(__APPLE__)

uint64_t availableMemory() {
    vm_statistics64_data_t pages{};
    mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
    if (host_statistics64(mach_host_self(), HOST_VM_INFO64, reinterpret_cast<host_info64_t>(&pages),
                          &count) != KERN_SUCCESS)
        return 0;
    const auto pageSize = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    return (uint64_t{pages.free_count} + pages.inactive_count + pages.purgeable_count) * pageSize;
}

#else

uint64_t availableMemory() {
    std::ifstream info("/proc/meminfo");
    std::string name, unit;
    uint64_t kibibytes = 0;
    while (info >> name >> kibibytes && std::getline(info, unit))
        if (name == "MemAvailable:") return kibibytes * 1024;
    return 0;
}

#endif

}  // namespace alcove
