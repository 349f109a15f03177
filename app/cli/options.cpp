#include "app/cli/options.h"

#include <algorithm>
#include <charconv>
#include <ostream>

#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

constexpr size_t kHelpColumn = 30;

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string out;
    for (const std::string& word : words) out += (out.empty() ? "" : std::string(separator)) + word;
    return out;
}

void printEntry(std::ostream& out, std::string entry, const std::string& help) {
    entry = "  " + entry;
    if (entry.size() + 2 > kHelpColumn)
        out << entry << '\n' << std::string(kHelpColumn, ' ');
    else
        out << entry << std::string(kHelpColumn - entry.size(), ' ');
    out << help << '\n';
}

/// What from_chars made of the whole of a text.
Result<void> checkRead(std::string_view text, const char* end, std::errc error,
                       std::string_view wanted) {
    if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument)
        return fail("'", text, "' is not ", wanted);
    if (error == std::errc::result_out_of_range)
        return fail("'", text, "' is too large or too small for ", wanted);
    return {};
}

}  // namespace

Result<int64_t> parseInteger(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    ALCOVE_CHECK(checkRead(text, end, error, "a whole number"));
    return value;
}

Result<float> parseNumber(std::string_view text) {
    float value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    ALCOVE_CHECK(checkRead(text, end, error, "a number"));
    return value;
}

Result<std::vector<int32_t>> parseTokens(std::string_view text) {
    std::vector<int32_t> tokens;
    for (;;) {
        const size_t comma = text.find(',');
        std::string_view word = text.substr(0, comma);
        while (!word.empty() && word.front() == ' ') word.remove_prefix(1);
        ALCOVE_TRY(const int64_t value, parseInteger(word));
        if (value < 0 || value > INT32_MAX) return fail("'", word, "' is not a token");
        tokens.push_back(static_cast<int32_t>(value));
        if (comma == std::string_view::npos) return tokens;
        text.remove_prefix(comma + 1);
    }
}

Options::Options(std::string usage, std::string about, std::string program)
    : m_program(std::move(program)),
      m_usage(std::move(usage)),
      m_about(std::move(about)),
      m_heading("Options") {}

void Options::parsed(std::string names, std::string value, std::string help,
                     std::function<Result<void>(const std::string&)> take) {
    Option option;
    const size_t comma = names.find(", ");
    if (comma != std::string::npos) option.shortName = names.substr(0, comma);
    option.longName = comma == std::string::npos ? std::move(names) : names.substr(comma + 2);
    option.value = std::move(value);
    option.help = std::move(help);
    option.set = std::move(take);
    option.heading = m_heading;
    m_options.push_back(std::move(option));
}

void Options::flag(std::string names, std::string help, bool& target) {
    parsed(std::move(names), "", std::move(help), [&target](const std::string&) -> Result<void> {
        target = true;
        return {};
    });
}

void Options::text(std::string names, std::string value, std::string help, std::string& target) {
    parsed(std::move(names), std::move(value), std::move(help),
           [&target](const std::string& word) -> Result<void> {
               target = word;
               return {};
           });
}

void Options::text(std::string names, std::string value, std::string help,
                   std::optional<std::string>& target) {
    parsed(std::move(names), std::move(value), std::move(help),
           [&target](const std::string& word) -> Result<void> {
               target = word;
               return {};
           });
}

void Options::name(std::string names, std::string value, std::string help, std::string& target) {
    parsed(std::move(names), value, std::move(help),
           [&target, value](const std::string& word) -> Result<void> {
               if (word.empty()) return fail("it is empty; ", value, " is expected");
               target = word;
               return {};
           });
}

void Options::texts(std::string names, std::string value, std::string help,
                    std::vector<std::string>& target) {
    parsed(std::move(names), std::move(value), std::move(help),
           [&target](const std::string& word) -> Result<void> {
               target.push_back(word);
               return {};
           });
}

namespace {

/// Reads a word into a target where it lies in the range. What is not a number lies in none.
template <typename Number, typename Target>
auto inRange(Result<Number> (*read)(std::string_view), Target& target, Target lowest,
             Target greatest) {
    return [read, &target, lowest, greatest](const std::string& word) -> Result<void> {
        ALCOVE_TRY(const Number number, read(word));
        if (!(number >= lowest && number <= greatest))
            return fail(word, " is not between ", lowest, " and ", greatest);
        target = static_cast<Target>(number);
        return {};
    };
}

}  // namespace

void Options::integer(std::string names, std::string value, std::string help, int64_t& target,
                      int64_t lowest, int64_t greatest) {
    parsed(std::move(names), std::move(value), std::move(help),
           inRange(parseInteger, target, lowest, greatest));
}

void Options::integer(std::string names, std::string value, std::string help, int32_t& target,
                      int32_t lowest, int32_t greatest) {
    parsed(std::move(names), std::move(value), std::move(help),
           inRange(parseInteger, target, lowest, greatest));
}

void Options::number(std::string names, std::string value, std::string help, float& target,
                     float lowest, float greatest) {
    parsed(std::move(names), std::move(value), std::move(help),
           inRange(parseNumber, target, lowest, greatest));
}

void Options::choice(std::string names, std::string help, std::vector<std::string> words,
                     std::string& target) {
    const std::string value = joined(words, "|");
    parsed(std::move(names), value, std::move(help),
           [&target, words = std::move(words)](const std::string& word) -> Result<void> {
               if (std::find(words.begin(), words.end(), word) == words.end())
                   return fail("'", word, "' is not one of ", joined(words, ", "));
               target = word;
               return {};
           });
}

void Options::required(std::string_view longName) {
    for (Option& option : m_options)
        if (option.longName == longName) option.isRequired = true;
}

void Options::positional(std::string name, std::string help, std::string& target, bool isRequired) {
    m_positionals.push_back({std::move(name), std::move(help), &target, isRequired});
}

void Options::rest(std::string name, std::string help, std::vector<std::string>& target,
                   bool isRequired) {
    m_positionals.push_back({std::move(name), std::move(help), nullptr, isRequired, &target});
}

void Options::section(std::string title) { m_heading = std::move(title); }

const Options::Option* Options::find(std::string_view name) const {
    for (const Option& option : m_options)
        if (name == option.longName || (!option.shortName.empty() && name == option.shortName))
            return &option;
    return nullptr;
}

Result<void> Options::read(std::span<const std::string> words) {
    size_t position = 0;
    bool onlyPositionals = false;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (!onlyPositionals && word == "--") {
            onlyPositionals = true;
            continue;
        }
        if (onlyPositionals || word.size() < 2 || word[0] != '-') {
            if (position == m_positionals.size()) return fail("'", word, "' is one word too many");
            if (word.empty()) return fail(m_positionals[position].name, " is empty");
            if (m_positionals[position].rest != nullptr)
                m_positionals[position].rest->push_back(word);
            else
                *m_positionals[position++].target = word;
            continue;
        }
        const size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
        const std::string name = word.substr(0, equals);
        const Option* option = find(name);
        if (!option) return fail("there is no option ", name);
        m_given.insert(option->longName);
        std::string value;
        if (option->value.empty()) {
            if (equals != std::string::npos) return fail(name, " takes no value");
        } else if (equals != std::string::npos) {
            value = word.substr(equals + 1);
        } else {
            if (i + 1 == words.size()) return fail(name, " needs a value (", option->value, ")");
            value = words[++i];
        }
        if (const Result<void> set = option->set(value); !set)
            return fail(name, ": ", set.message());
    }
    for (const Option& option : m_options)
        if (option.isRequired && !given(option.longName))
            return fail(option.longName, " is missing");
    if (position < m_positionals.size() && m_positionals[position].isRequired &&
        (m_positionals[position].rest == nullptr || m_positionals[position].rest->empty()))
        return fail(m_positionals[position].name, " is missing");
    return {};
}

void Options::printHelp(std::ostream& out) const {
    out << "usage: " << m_program << ' ' << m_usage << "\n\n" << m_about << '\n';
    if (!m_positionals.empty()) {
        out << '\n';
        for (const Positional& positional : m_positionals)
            printEntry(out, positional.name, positional.help);
    }
    std::string heading;
    for (const Option& option : m_options) {
        if (option.heading != heading) {
            heading = option.heading;
            out << '\n' << heading << ":\n";
        }
        const std::string names =
            option.shortName.empty() ? option.longName : option.shortName + ", " + option.longName;
        const std::string value = option.value.empty() ? "" : " " + option.value;
        printEntry(out, names + value, option.help);
    }
    printEntry(out, "--help", "this text");
}

std::optional<ExitCode> Options::parse(std::span<const std::string> words, Streams& streams) {
    for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
        if (words[i] == "--help" || words[i] == "-h") {
            printHelp(streams.out);
            return kSuccess;
        }
        const Option* option = find(words[i]);
        if (option && !option->value.empty()) ++i;  // the next word is its value, whatever it is
    }
    if (const Result<void> done = read(words); !done) return usageError(done.message(), streams);
    return std::nullopt;
}

ExitCode Options::usageError(const std::string& message, Streams& streams) const {
    streams.error << m_program << ": " << printable(message, kUncut) << "\nusage: " << m_program
                  << ' ' << m_usage << '\n';
    return kUsage;
}

}  // namespace alcove::app
