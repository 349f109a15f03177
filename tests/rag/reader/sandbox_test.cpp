// The sandbox, tried from inside: what worked before the door closed fails behind it, and what a
// parser needs still works.
#include "rag/reader/sandbox.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "tests/support/check.h"

namespace {

constexpr uint64_t kMemory = uint64_t{256} << 20;

bool canOpen() {
    const int fd = ::open("/etc/passwd", O_RDONLY);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
}
bool canConnect() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0) ::close(fd);
    return fd >= 0;
}
bool canMapCode() {
    void* at = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at != MAP_FAILED) ::munmap(at, 4096);
    return at != MAP_FAILED;
}
bool canFork() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return child >= 0;
}
bool canTake(size_t bytes) {
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at != MAP_FAILED) ::munmap(at, bytes);
    return at != MAP_FAILED;
}
bool canWriteElsewhere(int fd) { return ::write(fd, "x", 1) == 1; }

void shutsTheDoor() {
    using namespace alcove;
    CHECK(canOpen());
    CHECK(canConnect());
    CHECK(canMapCode());
    CHECK(canFork());
    CHECK(canTake(2 * kMemory));

    rag::SandboxLimits limits;
    limits.memory = kMemory;
    const auto limited = rag::limitProcess(limits);
    CHECK(limited.ok(), limited ? "" : limited.error().message);
    CHECK(canOpen());
#ifndef __SANITIZE_ADDRESS__
    CHECK(!canTake(2 * kMemory));
#endif
    CHECK(canTake(kMemory / 4));
    int pipe[2];
    CHECK(::pipe(pipe) == 0);
    CHECK(canWriteElsewhere(pipe[1]));

    const auto locked = rag::lockProcess();
    CHECK(locked.ok(), locked ? "" : locked.error().message);
    CHECK(!canOpen());
    CHECK(errno == EPERM);
    CHECK(!canConnect());
    CHECK(!canMapCode());
    CHECK(!canFork());
    CHECK(!canWriteElsewhere(pipe[1]));
    CHECK(::unlink("/tmp/alcove-no-such-file") != 0 && errno == EPERM);
    char* const words[] = {const_cast<char*>("/bin/true"), nullptr};
    CHECK(::execv("/bin/true", words) != 0 && errno == EPERM);
    CHECK(::kill(::getppid(), 0) != 0 && errno == EPERM);
    rlimit more{RLIM_INFINITY, RLIM_INFINITY};
    CHECK(::setrlimit(RLIMIT_DATA, &more) != 0 && errno == EPERM);
    CHECK(::openat(AT_FDCWD, "/etc/passwd", O_RDONLY) < 0 && errno == EPERM);

    // What is needed still works.
    char byte = 0;
    CHECK(::read(pipe[0], &byte, 1) == 1 && byte == 'x');
    CHECK(canTake(1 << 20));
    CHECK(::write(STDOUT_FILENO, "", 0) == 0);
    const std::string text(100'000, 'a');
    CHECK(text.size() == 100'000);
}

}  // namespace

int main(int argc, char** argv) {
    return alcove::test::run(argc, argv, {{"shutsTheDoor", shutsTheDoor}});
}
