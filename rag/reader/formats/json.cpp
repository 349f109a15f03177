// JSON: what a person would look for is a path and its value. Objects of plain values become one
// paragraph of "name: value" lines, arrays of such objects table rows; deeper structure becomes
// headings with the path. A text that is no JSON, or JSON lines, is refused or read line by line.
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

Result<void> readLines(std::string_view text, BlockWriter& out) {
    size_t number = 0;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const Json value = parse(line);
        if (value.is_discarded())
            return refuse(Refusal::Mislabelled, "not JSON: line ", number,
                          " can not be understood");
        Writer(out).write(value, "", 0);
        ALCOVE_CHECK(out.status());
    }
    return {};
}

}  // namespace

Result<void> readJson(const Source& source, BlockWriter& out) {
    const std::string text = toUtf8(source.bytes);
    const Json value = parse(text);
    out.document(SourceKind::Json, {});
    out.page(PageKind::Flow, "");
    if (value.is_discarded()) return readLines(text, out);
    Writer(out).write(value, "", 0);
    return out.status();
}

}  // namespace alcove::rag
