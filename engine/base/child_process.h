// A program of our own, run for one piece of work and thrown away: it gets an open file as its
// standard input, what it writes on standard output is read here, and it dies with this object.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace alcove {

/// The folder of the running program, empty where the system does not tell.
[[nodiscard]] std::filesystem::path programFolder();
/// "name" or, on Windows, "name.exe".
[[nodiscard]] std::string programName(const std::string& name);

/// Starts a program of our own that outlives this one: a session of its own, no streams.
[[nodiscard]] Result<void> startDetached(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments);

class ChildProcess {
public:
    using Clock = std::chrono::steady_clock;

    struct Setup {
        std::filesystem::path program;
        std::vector<std::string> arguments;
        std::filesystem::path input;  // opened here, for reading
        /// Added to its environment; for what must not stand on a command line.
        std::vector<std::pair<std::string, std::string>> environment;
        /// Bytes; where the system lets a parent set it (Windows). Elsewhere the program limits
        /// itself.
        uint64_t memory = 0;
    };
    /// What comes on its standard error goes nowhere.
    static Result<ChildProcess> start(const Setup& setup);

    enum class Ended : uint8_t { Exited, Killed, Crashed, OutOfTime, OutOfFileSize };
    struct Exit {
        Ended how;
        int code;  // exit code, or the signal
    };
    enum class ReadEnd : uint8_t { Data, End, Deadline, Stopped };
    struct Read {
        ReadEnd end;
        size_t bytes;
    };

    /// Waits for output until the deadline. Data: `bytes` were read, at least one.
    [[nodiscard]] Result<Read> read(std::span<char> into, Clock::time_point deadline,
                                    const std::stop_token& stop);
    /// Ends it, unless it has ended by itself by the deadline, and says how it ended.
    [[nodiscard]] Exit finish(Clock::time_point deadline);

    ChildProcess(ChildProcess&&) noexcept;
    ChildProcess& operator=(ChildProcess&&) noexcept;
    ~ChildProcess();

private:
    struct State;
    explicit ChildProcess(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace alcove
