#include "engine/base/terminal.h"

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <io.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#endif

namespace alcove {
namespace {

/// The folder an environment variable names; empty when it is not set, or relative, which for these
/// variables means nothing.
std::filesystem::path absoluteFrom(const char* name) {
    const char* value = std::getenv(name);
    std::filesystem::path folder = value ? value : "";
    return folder.is_absolute() ? folder : std::filesystem::path();
}

}  // namespace

#ifdef _WIN32

bool inputIsTerminal() { return _isatty(0) != 0; }
bool outputIsTerminal() { return _isatty(1) != 0; }
bool errorIsTerminal() { return _isatty(2) != 0; }

void holdStandardStreams() {}  // handles are not numbered from 0 there

struct InterruptWatcher::State {
    std::function<void()> onInterrupt;
    // The system's callback takes no argument: this is the one watcher there is.
    static inline std::atomic<State*> current{nullptr};

    static BOOL WINAPI handle(DWORD event) {
        State* state = current.load();
        if (event != CTRL_C_EVENT || !state) return FALSE;
        state->onInterrupt();
        return TRUE;
    }
};

InterruptWatcher::InterruptWatcher(std::function<void()> onInterrupt)
    : m_state(new State{std::move(onInterrupt)}) {
    State::current = m_state.get();
    SetConsoleCtrlHandler(&State::handle, TRUE);
}

InterruptWatcher::~InterruptWatcher() {
    SetConsoleCtrlHandler(&State::handle, FALSE);
    State::current = nullptr;
}

std::filesystem::path userDataFolder() { return absoluteFrom("LOCALAPPDATA"); }
std::filesystem::path userCacheFolder() { return absoluteFrom("LOCALAPPDATA"); }
std::filesystem::path userConfigFolder() { return absoluteFrom("APPDATA"); }
std::filesystem::path userRuntimeFolder() { return absoluteFrom("LOCALAPPDATA"); }

#else

bool inputIsTerminal() { return ::isatty(STDIN_FILENO) != 0; }
bool outputIsTerminal() { return ::isatty(STDOUT_FILENO) != 0; }
bool errorIsTerminal() { return ::isatty(STDERR_FILENO) != 0; }

void holdStandardStreams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) >= 0) continue;
        // The lowest free number is the stream's own. Opened the wrong way round.
        (void)!::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

/// SIGINT is blocked everywhere and taken by one thread that waits for it, so that what it calls
/// runs as ordinary code and not inside a signal handler.
struct InterruptWatcher::State {
    std::function<void()> onInterrupt;
    std::atomic<bool> stopping{false};
    sigset_t before{};  // the mask to go back to
    std::thread thread;

    void wait() {
        sigset_t interrupt;
        sigemptyset(&interrupt);
        sigaddset(&interrupt, SIGINT);
        for (;;) {
            int signal = 0;
            if (sigwait(&interrupt, &signal) != 0) continue;
            if (stopping) return;
            onInterrupt();
        }
    }
};

InterruptWatcher::InterruptWatcher(std::function<void()> onInterrupt) : m_state(new State) {
    m_state->onInterrupt = std::move(onInterrupt);
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, &m_state->before);
    m_state->thread = std::thread([state = m_state.get()] { state->wait(); });
}

InterruptWatcher::~InterruptWatcher() {
    m_state->stopping = true;
    pthread_kill(m_state->thread.native_handle(), SIGINT);  // wakes sigwait, and nobody else
    m_state->thread.join();
    pthread_sigmask(SIG_SETMASK, &m_state->before, nullptr);
}

std::filesystem::path userDataFolder() {
    if (const auto data = absoluteFrom("XDG_DATA_HOME"); !data.empty()) return data;
    const std::filesystem::path home = absoluteFrom("HOME");
    if (home.empty()) return {};
#ifdef __APPLE__
    return home / "Library" / "Application Support";
#else
    return home / ".local" / "share";
#endif
}

std::filesystem::path userCacheFolder() {
    if (const auto cache = absoluteFrom("XDG_CACHE_HOME"); !cache.empty()) return cache;
    const std::filesystem::path home = absoluteFrom("HOME");
    if (home.empty()) return {};
#ifdef __APPLE__
    return home / "Library" / "Caches";
#else
    return home / ".cache";
#endif
}

std::filesystem::path userConfigFolder() {
    if (const auto given = absoluteFrom("XDG_CONFIG_HOME"); !given.empty()) return given;
#ifdef __APPLE__
    return userDataFolder();
#else
    const std::filesystem::path home = absoluteFrom("HOME");
    return home.empty() ? home : home / ".config";
#endif
}

std::filesystem::path userRuntimeFolder() {
    if (const auto given = absoluteFrom("XDG_RUNTIME_DIR"); !given.empty()) return given;
    // Others may write there, so a folder of that name is ours only where it belongs to us; who
    // makes or seeks a socket in it looks (preparePrivateFolder, isOwn).
    return std::filesystem::path("/tmp") / ("alcove-" + std::to_string(::getuid()));
}

#endif

}  // namespace alcove
