// The options of one command: declared once, each bound to the variable it fills. --help, the error
// messages and the parsing all come from these declarations.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <set>
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
    Options(std::string usage, std::string about, std::string program = "alcove-cli");

    // `names`: "-m, --model" or "--seed". `value`: what --help calls the argument.
    void flag(std::string names, std::string help, bool& target);
    void text(std::string names, std::string value, std::string help, std::string& target);
    /// The same where nothing given differs from nothing in it.
    void text(std::string names, std::string value, std::string help,
              std::optional<std::string>& target);
    /// The same for what cannot be empty: a file, a model, a name.
    void name(std::string names, std::string value, std::string help, std::string& target);
    void texts(std::string names, std::string value, std::string help,
               std::vector<std::string>& target);
    void integer(std::string names, std::string value, std::string help, int64_t& target,
                 int64_t lowest, int64_t greatest);
    void integer(std::string names, std::string value, std::string help, int32_t& target,
                 int32_t lowest, int32_t greatest);
    void number(std::string names, std::string value, std::string help, float& target, float lowest,
                float greatest);
    /// What `take` makes of the word; its error follows the option's name.
    void parsed(std::string names, std::string value, std::string help,
                std::function<Result<void>(const std::string&)> take);
    /// One of a few words.
    void choice(std::string names, std::string help, std::vector<std::string> words,
                std::string& target);
    void required(std::string_view longName);
    /// Words without a dash, in this order. None may be empty.
    void positional(std::string name, std::string help, std::string& target,
                    bool isRequired = true);
    /// All words without a dash that are left, after the others. None may be empty.
    void rest(std::string name, std::string help, std::vector<std::string>& target,
              bool isRequired = true);
    void section(std::string title);  // a heading in --help before the options that follow

    /// Nothing when the command may run; else what to exit with: --help was asked for (and is
    /// printed), or a word was wrong (and an error says which).
    [[nodiscard]] std::optional<ExitCode> parse(std::span<const std::string> words,
                                                Streams& streams);
    /// Whether parse() met the option.
    [[nodiscard]] bool given(std::string_view longName) const { return m_given.contains(longName); }
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
        std::vector<std::string>* rest = nullptr;  // takes any number, instead of target
    };
    [[nodiscard]] const Option* find(std::string_view name) const;
    [[nodiscard]] Result<void> read(std::span<const std::string> words);
    void printHelp(std::ostream& out) const;

    std::string m_program, m_usage, m_about, m_heading;
    std::vector<Option> m_options;
    std::vector<Positional> m_positionals;
    std::set<std::string, std::less<>> m_given;  // long names
};

[[nodiscard]] Result<int64_t> parseInteger(std::string_view text);
[[nodiscard]] Result<float> parseNumber(std::string_view text);
/// "1,2,3", blanks allowed after commas.
[[nodiscard]] Result<std::vector<int32_t>> parseTokens(std::string_view text);

}  // namespace alcove::app
