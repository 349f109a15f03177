// The options of one command: declared once, each bound to the variable it fills. --help, the error
// messages and the parsing all come from these declarations.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace alcove::app {

/// What the process ends with.
enum ExitCode : int { kSuccess = 0, kFailure = 1, kUsage = 2 };

/// Where a command reads and writes: the process's own streams, or a test's.
struct Streams {
    std::istream& in;
    std::ostream& out;
    std::ostream& error;
};

class Options {
public:
    /// `usage` is what follows "alcove-cli ": "tokenize -m MODEL [--special] [--bos] <TEXT".
    Options(std::string usage, std::string about);

    // `names`: "-m, --model" or "--seed". `value`: what --help calls the argument.
    void flag(std::string names, std::string help, bool& target);
    void text(std::string names, std::string value, std::string help, std::string& target);
    void texts(std::string names, std::string value, std::string help,
               std::vector<std::string>& target);
    void integer(std::string names, std::string value, std::string help, int64_t& target,
                 int64_t lowest, int64_t greatest);
    /// Any 32-bit number; who uses it knows what is sensible.
    void integer(std::string names, std::string value, std::string help, int32_t& target);
    void number(std::string names, std::string value, std::string help, float& target);
    /// One of a few words.
    void choice(std::string names, std::string help, std::vector<std::string> words,
                std::string& target);
    void required(std::string_view longName);
    /// Words without a dash, in this order.
    void positional(std::string name, std::string help, std::string& target,
                    bool isRequired = true);
    void section(std::string title);  // a heading in --help before the options that follow

    /// Nothing when the command may run; else what to exit with: --help was asked for (and is
    /// printed), or a word was wrong (and an error says which).
    [[nodiscard]] std::optional<ExitCode> parse(std::span<const std::string> words,
                                                Streams& streams) const;
    /// Reports a mistake that only the command can see.
    [[nodiscard]] ExitCode usageError(const std::string& message, Streams& streams) const;

private:
    struct Option {
        std::string longName, shortName;
        std::string value;  // empty: takes none
        std::string help;
        std::function<Result<void>(const std::string&)> set;
        bool isRequired = false;
        std::string heading;
    };
    struct Positional {
        std::string name, help;
        std::string* target;
        bool isRequired;
    };
    void add(std::string names, std::string value, std::string help,
             std::function<Result<void>(const std::string&)> set);
    [[nodiscard]] const Option* find(std::string_view name) const;
    [[nodiscard]] Result<void> read(std::span<const std::string> words) const;
    void printHelp(std::ostream& out) const;

    std::string m_usage, m_about, m_heading;
    std::vector<Option> m_options;
    std::vector<Positional> m_positionals;
};

[[nodiscard]] Result<int64_t> parseInteger(std::string_view text);
[[nodiscard]] Result<float> parseNumber(std::string_view text);
/// "1,2,3", blanks allowed after commas.
[[nodiscard]] Result<std::vector<int32_t>> parseTokens(std::string_view text);

}  // namespace alcove::app
