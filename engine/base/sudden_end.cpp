#include "engine/base/sudden_end.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <system_error>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <signal.h>
#include <unistd.h>
#endif

namespace alcove {
namespace {

constexpr size_t kPlaces = 16;
constexpr size_t kLongestPath = 4096;

enum class State : int { Free, Filling, Used, Removing };

struct Place {
    std::atomic<State> state{State::Free};
    std::filesystem::path::value_type path[kLongestPath] = {};  // valid while Used or Removing
};
static_assert(std::atomic<State>::is_always_lock_free);

std::array<Place, kPlaces> g_places;

bool step(Place& place, State from, State to) {
    return place.state.compare_exchange_strong(from, to);
}

void removeFile(const std::filesystem::path::value_type* path) {
#ifdef _WIN32
    DeleteFileW(path);
#else
    ::unlink(path);
#endif
}

void removeFolder(const std::filesystem::path::value_type* path) {
#ifdef _WIN32
    RemoveDirectoryW(path);
#else
    ::rmdir(path);
#endif
}

}  // namespace

UnfinishedFile addUnfinishedFile(const std::filesystem::path& path) {
    std::error_code failed;
    const std::filesystem::path whole = std::filesystem::absolute(path, failed);
    if (failed || whole.native().size() >= kLongestPath) return UnfinishedFile::None;
    for (size_t i = 0; i < kPlaces; ++i) {
        if (!step(g_places[i], State::Free, State::Filling)) continue;
        *std::copy(whole.native().begin(), whole.native().end(), g_places[i].path) = 0;
        g_places[i].state = State::Used;
        return static_cast<UnfinishedFile>(i);
    }
    return UnfinishedFile::None;
}

void forgetUnfinishedFile(UnfinishedFile file) {
    if (file == UnfinishedFile::None) return;
    // Where this fails the process is about to end and the place belongs to who ends it.
    (void)step(g_places[static_cast<size_t>(file)], State::Used, State::Free);
}

void removeUnfinishedFiles() {
    for (Place& place : g_places)
        if (step(place, State::Used, State::Removing)) removeFile(place.path);
    for (Place& place : g_places)  // a file's path is free by now, or what is there is no folder
        if (place.state == State::Removing) removeFolder(place.path);
}

#ifdef _WIN32

void prepareForSuddenEnd(std::string_view) {  // a mapped file cannot be cut there
    SetConsoleCtrlHandler(
        [](DWORD) -> BOOL {
            removeUnfinishedFiles();
            return FALSE;  // the system's own handler ends the process
        },
        TRUE);
}

void surviveClosedPipes() {}  // there is no such signal there

#else

namespace {

constexpr std::string_view kCut =
    ": a file that was being read has been cut, or its disk cannot be read; unfinished output was "
    "removed. Put the file back and start anew.\n";
std::array<char, 256> g_sentence;  // filled before the handler is set
size_t g_sentenceLength = 0;

void endBySignal(int signal) {
    removeUnfinishedFiles();
    ::raise(signal);  // SA_RESETHAND: the default action, as soon as this handler returns
}

std::atomic_flag g_told;

/// Several threads may read past the end of a cut file at once; the first speaks for all.
void onBusError(int signal, siginfo_t* info, void*) {
    if (info->si_code != BUS_ADRERR) {
        ::signal(signal, SIG_DFL);
        return endBySignal(signal);
    }
    while (g_told.test_and_set()) ::pause();
    removeUnfinishedFiles();
    (void)!::write(STDERR_FILENO, g_sentence.data(), g_sentenceLength);
    ::_exit(1);
}

}  // namespace

void prepareForSuddenEnd(std::string_view program) {
    program = program.substr(0, g_sentence.size() - kCut.size());
    const auto end = std::copy(program.begin(), program.end(), g_sentence.begin());
    std::copy(kCut.begin(), kCut.end(), end);
    g_sentenceLength = program.size() + kCut.size();

    struct sigaction action{};
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    action.sa_handler = endBySignal;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU}) {
        struct sigaction before{};
        if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL)
            ::sigaction(signal, &action, nullptr);
    }
    // A limit on the size of files is then an error of write(), which has words.
    ::signal(SIGXFSZ, SIG_IGN);
    action.sa_flags = SA_SIGINFO;
    action.sa_sigaction = onBusError;
    ::sigaction(SIGBUS, &action, nullptr);
}

void surviveClosedPipes() {
    sigset_t pipes;
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipes, nullptr);
}

#endif

}  // namespace alcove
