// Linux: rlimits, and a seccomp filter that knows the few calls a parser needs. Everything else
// fails with EPERM rather than killing: a library that tries a file and can go on without it does.
#include <fcntl.h>
#include <linux/prctl.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "rag/reader/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define ALCOVE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ALCOVE_ADDRESS_SANITIZER 1
#endif
#endif

namespace alcove::rag {
namespace {

std::string systemError(int code) { return std::generic_category().message(code); }

Result<void> limit(decltype(RLIMIT_CPU) what, const char* name, uint64_t soft, uint64_t hard) {
    rlimit now{};
    getrlimit(what, &now);
    const rlimit wanted{std::min<rlim_t>(soft, now.rlim_max), std::min<rlim_t>(hard, now.rlim_max)};
    if (setrlimit(what, &wanted) != 0)
        return fail("the limit of ", name, " could not be set: ", systemError(errno));
    return {};
}

/// An argument of a call: `argument` compared with `value`, or for SCMP_CMP_MASKED_EQ its bits
/// `value` with `bits`.
scmp_arg_cmp when(unsigned argument, scmp_compare comparison, uint64_t value, uint64_t bits = 0) {
    return {argument, comparison, value, bits};
}

struct FreeFilter {
    void operator()(void* filter) const { seccomp_release(filter); }
};

class Filter {
public:
    Filter() : m_filter(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {
        if (!m_filter) m_error = ENOMEM;
    }
    void allow(int call) { note(seccomp_rule_add(m_filter.get(), SCMP_ACT_ALLOW, call, 0)); }
    void allowIf(int call, const scmp_arg_cmp& condition) {
        note(seccomp_rule_add_array(m_filter.get(), SCMP_ACT_ALLOW, call, 1, &condition));
    }
    [[nodiscard]] int load() {
        if (m_error == 0) note(seccomp_load(m_filter.get()));
        return m_error;
    }

private:
    void note(int result) {
        if (result < 0 && m_error == 0) m_error = -result;
    }
    std::unique_ptr<void, FreeFilter> m_filter;
    int m_error = 0;
};

}  // namespace

Result<void> limitProcess(const SandboxLimits& limits) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    if (close_range(3, ~0U, 0) != 0 && errno != ENOSYS)
        return fail("inherited files could not be closed: ", systemError(errno));
    ALCOVE_CHECK(limit(RLIMIT_CORE, "core files", 0, 0));
    ALCOVE_CHECK(limit(RLIMIT_FSIZE, "file sizes", limits.output, limits.output));
    // The hard limit comes a second later: a library may have caught the first signal.
    ALCOVE_CHECK(limit(RLIMIT_CPU, "processor time", limits.seconds, limits.seconds + 1));
#ifndef ALCOVE_ADDRESS_SANITIZER  // whose shadow is larger than any limit
    // Private writable memory, mapped or not: what a document can make us take. RLIMIT_AS would
    // count shared libraries and the mapped document as well.
    ALCOVE_CHECK(limit(RLIMIT_DATA, "memory", limits.memory, limits.memory));
#endif
    return {};
}

Result<void> lockProcess() {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail("privileges could not be given up: ", systemError(errno));
    Filter filter;
    constexpr std::array kFree = {
        // memory
        SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
        // files that are open already
        SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
        SCMP_SYS(close), SCMP_SYS(fadvise64),
        // threads that exist, time, chance
        SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid),
        SCMP_SYS(gettid), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
        SCMP_SYS(time), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(getrandom),
        SCMP_SYS(getrusage), SCMP_SYS(times), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(uname),
        SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
        SCMP_SYS(restart_syscall), SCMP_SYS(membarrier), SCMP_SYS(rseq),
        // signals of our own, and the end
        SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
        SCMP_SYS(sigaltstack), SCMP_SYS(setitimer), SCMP_SYS(exit), SCMP_SYS(exit_group)};
    for (const int call : kFree) filter.allow(call);
    for (const uint64_t out : {STDOUT_FILENO, STDERR_FILENO}) {
        filter.allowIf(SCMP_SYS(write), when(0, SCMP_CMP_EQ, out));
        filter.allowIf(SCMP_SYS(writev), when(0, SCMP_CMP_EQ, out));
    }
    // No memory that is executed.
    filter.allowIf(SCMP_SYS(mmap), when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC));
    filter.allowIf(SCMP_SYS(mprotect), when(2, SCMP_CMP_MASKED_EQ, PROT_EXEC));
    // glibc's fstat; a path would come without this flag.
    filter.allowIf(SCMP_SYS(newfstatat), when(3, SCMP_CMP_EQ, AT_EMPTY_PATH));
    // Limits may be asked for, not changed.
    filter.allowIf(SCMP_SYS(prlimit64), when(2, SCMP_CMP_EQ, 0));
    // abort() sends a signal to ourselves.
    filter.allowIf(SCMP_SYS(tgkill), when(0, SCMP_CMP_EQ, static_cast<uint64_t>(getpid())));
    filter.allowIf(SCMP_SYS(fcntl), when(1, SCMP_CMP_EQ, F_GETFL));
    filter.allowIf(SCMP_SYS(fcntl), when(1, SCMP_CMP_EQ, F_GETFD));
    if (const int error = filter.load(); error != 0)
        return fail("the sandbox could not be closed: ", systemError(error));
    return {};
}

}  // namespace alcove::rag
