// What a program in a terminal needs of the system and C++ does not name.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

namespace alcove {

[[nodiscard]] bool inputIsTerminal();
[[nodiscard]] bool outputIsTerminal();
[[nodiscard]] bool errorIsTerminal();

/// For the beginning of a main. Where a standard stream came closed, the next file opened would
/// take its place, and messages would be written into that file: its place is taken by what can
/// neither be read nor written.
void holdStandardStreams();

/// While it lives, Ctrl-C calls a function on a thread of its own instead of ending the program.
/// Make it before any other thread: they inherit that the signal is not for them. One at a time.
class InterruptWatcher {
public:
    explicit InterruptWatcher(std::function<void()> onInterrupt);
    ~InterruptWatcher();
    InterruptWatcher(const InterruptWatcher&) = delete;
    InterruptWatcher& operator=(const InterruptWatcher&) = delete;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Where the user's data of this application belongs, without its own folder name. Empty where the
/// environment does not say (no home); never relative to the working directory.
[[nodiscard]] std::filesystem::path userDataFolder();

/// The same for what may be lost: it can be made again.
[[nodiscard]] std::filesystem::path userCacheFolder();
/// The same for what the user has chosen: settings, keys.
[[nodiscard]] std::filesystem::path userConfigFolder();

/// Where sockets of this user belong, for as long as the user is logged in: private, and short
/// enough for a socket's name.
[[nodiscard]] std::filesystem::path userRuntimeFolder();

}  // namespace alcove
