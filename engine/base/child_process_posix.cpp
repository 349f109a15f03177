#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "engine/base/child_process.h"
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

extern char** environ;  // NOLINT

namespace alcove {
namespace {

/// Closes what it holds.
class Descriptor {
public:
    explicit Descriptor(int fd = -1) : m_fd(fd) {}
    Descriptor(Descriptor&& other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Descriptor() {
        if (m_fd >= 0) ::close(m_fd);
    }
    [[nodiscard]] int get() const { return m_fd; }

private:
    int m_fd;
};

std::string systemError(int code) { return std::generic_category().message(code); }

Result<std::pair<Descriptor, Descriptor>> makePipe() {
    int ends[2];
#ifdef __linux__
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail("no pipe could be made: ", systemError(errno));
#else
    if (::pipe(ends) != 0) return fail("no pipe could be made: ", systemError(errno));
    ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
    return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

Result<Descriptor> openInput(const std::filesystem::path& path) {
    // O_NONBLOCK: a pipe that nobody writes to must not hold us; files do not mind.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) return fail(path.string(), ": ", systemError(errno));
    struct stat about{};
    if (::fstat(file.get(), &about) != 0) return fail(path.string(), ": ", systemError(errno));
    if (S_ISDIR(about.st_mode)) return fail(path.string(), ": it is a folder");
    if (!S_ISREG(about.st_mode)) return fail(path.string(), ": it is not a regular file");
    return file;
}

}  // namespace

std::filesystem::path programFolder() {
    std::error_code error;
#ifdef __APPLE__
    std::vector<char> name(4096);
    auto size = static_cast<uint32_t>(name.size());
    if (_NSGetExecutablePath(name.data(), &size) != 0) return {};
    const auto path = std::filesystem::canonical(name.data(), error);
#else
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
#endif
    return error ? std::filesystem::path() : path.parent_path();
}

std::string programName(const std::string& name) { return name; }

Result<void> startDetached(const std::filesystem::path& program,
                           const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    // Twice: the first child ends at once, so that nobody has to wait for the second. Its exit code
    // tells whether the program could be started.
    const pid_t pid = ::fork();
    if (pid < 0) return fail(program.string(), " could not be started: ", systemError(errno));
    if (pid == 0) {
        ::setsid();
        if (const int none = ::open("/dev/null", O_RDWR); none >= 0)
            for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
                ::dup2(none, stream);
        if (::access(argv[0], X_OK) != 0) ::_exit(1);
        if (::fork() != 0) ::_exit(0);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execv(argv[0], argv.data());
        ::_exit(1);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return fail(program.string(), " could not be started");
}

struct ChildProcess::State {
    pid_t pid = -1;
    Descriptor output;

    ~State() {
        if (pid < 0) return;
        ::kill(pid, SIGKILL);
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
};

ChildProcess::ChildProcess(std::unique_ptr<State> state) : m_state(std::move(state)) {}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&&) noexcept = default;
ChildProcess::~ChildProcess() = default;

Result<ChildProcess> ChildProcess::start(const Setup& setup) {
    ALCOVE_TRY(const Descriptor input, openInput(setup.input));
    ALCOVE_TRY(auto pipe, makePipe());

    std::vector<std::string> words = {setup.program.string()};
    words.insert(words.end(), setup.arguments.begin(), setup.arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);

    std::vector<std::string> added;
    for (const auto& [name, value] : setup.environment) added.push_back(concat(name, "=", value));
    std::vector<char*> variables;  // where a name stands twice, the first counts
    for (std::string& variable : added) variables.push_back(variable.data());
    for (char** variable = environ; *variable != nullptr; ++variable)
        variables.push_back(*variable);
    variables.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe.second.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A group of its own, so that Ctrl-C in the terminal reaches us alone and we say how it ends.
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);

    auto state = std::make_unique<State>();
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, setup.program.c_str(), &actions, &attributes, argv.data(),
                                    variables.data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0)
        return fail(setup.program.string(), " could not be started: ", systemError(error));
    state->pid = pid;
    state->output = std::move(pipe.first);
    return ChildProcess(std::move(state));
}

Result<ChildProcess::Read> ChildProcess::read(std::span<char> into, Clock::time_point deadline,
                                              const std::stop_token& stop) {
    using std::chrono::milliseconds;
    constexpr milliseconds kLookAtStop{50};
    for (;;) {
        if (stop.stop_requested()) return Read{ReadEnd::Stopped, 0};
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return Read{ReadEnd::Deadline, 0};
        pollfd wait{m_state->output.get(), POLLIN, 0};
        const auto span = stop.stop_possible() ? std::min(left, kLookAtStop) : left;
        const int ready =
            ::poll(&wait, 1, static_cast<int>(std::min<int64_t>(span.count(), 3'600'000)));
        if (ready < 0 && errno != EINTR) return fail("poll: ", systemError(errno));
        if (ready <= 0) continue;
        const ssize_t got = ::read(m_state->output.get(), into.data(), into.size());
        if (got > 0) return Read{ReadEnd::Data, static_cast<size_t>(got)};
        if (got == 0) return Read{ReadEnd::End, 0};
        if (errno != EINTR) return fail("its output could not be read: ", systemError(errno));
    }
}

ChildProcess::Exit ChildProcess::finish(Clock::time_point deadline) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(m_state->pid, &status, WNOHANG)) == 0 && Clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // it has closed its output
    if (ended == 0) {
        ::kill(m_state->pid, SIGKILL);
        while ((ended = ::waitpid(m_state->pid, &status, 0)) < 0 && errno == EINTR) {
        }
    }
    m_state->pid = -1;
    if (ended < 0) return {Ended::Crashed, 0};
    if (WIFEXITED(status)) return {Ended::Exited, WEXITSTATUS(status)};
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) return {Ended::OutOfTime, signal};
    if (signal == SIGXFSZ) return {Ended::OutOfFileSize, signal};
    return {signal == SIGKILL ? Ended::Killed : Ended::Crashed, signal};
}

}  // namespace alcove
