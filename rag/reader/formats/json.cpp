// JSON: what a person would look for is a path and its value. Objects of plain values become one
// paragraph of "name: value" lines, arrays of such objects table rows; deeper structure becomes
// headings with the path. JSON lines are read line by line; a line that cannot be understood is
// left out and named. What begins as JSON and goes wrong further on is read as the text it is.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kDeepest = 200;

std::string shown(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool isPlain(const Json& value) { return !value.is_structured() || value.empty(); }

/// All members alike: the columns of a table. Empty when it is none.
std::vector<std::string> columnsOf(const Json& array) {
    std::vector<std::string> names;
    if (!array.is_array() || array.size() < 2 || !array[0].is_object()) return {};
    for (const auto& [name, value] : array[0].items()) names.push_back(name);
    if (names.empty() || names.size() > 1000) return {};
    for (const Json& entry : array) {
        if (!entry.is_object() || entry.size() > names.size()) return {};
        for (const auto& [name, value] : entry.items())
            if (!isPlain(value) || std::find(names.begin(), names.end(), name) == names.end())
                return {};
    }
    return names;
}

class Writer {
public:
    explicit Writer(BlockWriter& out) : m_out(out) {}

    void write(const Json& value, const std::string& name, int depth) {
        if (!m_out.status()) return;
        if (isPlain(value) || depth > kDeepest) {
            m_out.paragraph(name.empty() ? shown(value) : name + ": " + shown(value));
            return;
        }
        if (!name.empty()) m_out.heading(std::min(depth, 9), name);
        if (const auto columns = columnsOf(value); !columns.empty()) {
            writeTable(value, columns);
            return;
        }
        std::string plain;
        for (const auto& [key, member] : value.items())
            if (isPlain(member))
                plain += (value.is_array() ? "" : key + ": ") + shown(member) + "\n";
        m_out.paragraph(plain);
        for (const auto& [key, member] : value.items())
            if (!isPlain(member)) write(member, key, depth + 1);
    }

private:
    void writeTable(const Json& array, const std::vector<std::string>& columns) {
        m_out.table(columns);
        for (const Json& entry : array) {
            std::vector<std::string> cells;
            for (const std::string& column : columns) {
                const auto found = entry.find(column);
                cells.push_back(found == entry.end() ? "" : shown(*found));
            }
            m_out.row(cells);
        }
    }
    BlockWriter& m_out;
};

/// JSON by nlohmann, unless it nests so deep that taking it apart would need the whole stack.
Json parse(std::string_view text) {
    Json::parser_callback_t shallow = [](int depth, Json::parse_event_t, Json&) {
        return depth < kDeepest;
    };
    return Json::parse(text, shallow, false);
}

bool isBlank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// Calls take(line, number) for each that is not empty, until it says false.
template <typename Take>
void eachLine(std::string_view text, const Take& take) {
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!isBlank(line) && !take(line, number)) return;
    }
}

/// True: of the first lines most are values by themselves.
bool looksLikeLines(std::string_view text) {
    constexpr size_t kLooked = 100;
    size_t good = 0, bad = 0;
    eachLine(text, [&](std::string_view line, size_t) {
        const Json value = parse(line);
        if (value.is_discarded())
            ++bad;
        else if (value.is_structured())
            ++good;
        return good + bad < kLooked;
    });
    return good > 0 && good >= bad;
}

Result<void> readLines(std::string_view text, BlockWriter& out) {
    constexpr size_t kMostNamed = 20;
    size_t bad = 0;
    eachLine(text, [&](std::string_view line, size_t number) {
        const Json value = parse(line);
        if (!value.is_discarded())
            Writer(out).write(value, "", 0);
        else if (++bad <= kMostNamed)
            out.documentWarning(concat("line ", number, " is not JSON and was left out"));
        return !out.full();
    });
    if (bad > kMostNamed)
        out.documentWarning(concat(bad - kMostNamed, " more lines are not JSON and were left out"));
    return out.status();
}

/// Where a text stops being JSON.
struct Mistake {
    size_t line = 1;
    bool begun = false;  // something was understood before
};

Mistake findMistake(std::string_view text) {
    Mistake mistake;
    const Json::parser_callback_t see = [&](int depth, Json::parse_event_t event, Json&) {
        mistake.begun = mistake.begun || (depth > 0 && event == Json::parse_event_t::value);
        return depth < kDeepest;
    };
    try {
        [[maybe_unused]] const Json value = Json::parse(text, see, true);
    } catch (const Json::parse_error& error) {
        const auto until = text.substr(0, std::min<size_t>(error.byte, text.size()));
        mistake.line += static_cast<size_t>(std::count(until.begin(), until.end(), '\n'));
    }
    return mistake;
}

Result<void> readBroken(std::string_view text, BlockWriter& out) {
    if (looksLikeLines(text)) return readLines(text, out);
    const Mistake mistake = findMistake(text);
    if (!mistake.begun)
        return refuse(Refusal::Mislabelled, "not JSON: line ", mistake.line,
                      " can not be understood");
    out.documentWarning(
        concat("it is not JSON from line ", mistake.line, " on; all of it was read as plain text"));
    writeParagraphs(text, out);
    return out.status();
}

}  // namespace

Result<void> readJson(const Source& source, BlockWriter& out) {
    const std::string text = toUtf8(source.bytes);
    const Json value = parse(text);
    out.document(SourceKind::Json, {});
    out.page(PageKind::Flow, "");
    if (value.is_discarded()) return readBroken(text, out);
    Writer(out).write(value, "", 0);
    return out.status();
}

}  // namespace alcove::rag
