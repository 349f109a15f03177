// XLSX: a page for each sheet, a row for each row that says something. Numbers that a style shows
// as a date are written as one (ISO 8601); other formats of numbers are left as the value.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "rag/reader/formats/archive.h"
#include "rag/reader/formats/formats.h"

namespace alcove::rag {
namespace {

class SheetList : public XmlHandler {
public:
    struct Sheet {
        std::string name, id;
        bool hidden;
    };
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "sheet")
            sheets.push_back(
                {std::string(attributes["name"]), std::string(attributes.prefixed("id")),
                 attributes["state"] == "hidden" || attributes["state"] == "veryHidden"});
        if (name == "workbookPr")
            from1904 = attributes["date1904"] == "1" || attributes["date1904"] == "true";
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    std::vector<Sheet> sheets;
    bool from1904 = false;
};

class SharedStrings : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes&) override {
        if (name == "si") strings.emplace_back();
        if (name == "t") m_inText = m_phonetic == 0;
        if (name == "rPh") ++m_phonetic;  // how it is read aloud
    }
    void end(std::string_view name) override {
        if (name == "t") m_inText = false;
        if (name == "rPh") --m_phonetic;
    }
    void text(std::string_view text) override {
        if (m_inText && !strings.empty()) strings.back() += text;
    }
    std::vector<std::string> strings;

private:
    bool m_inText = false;
    int m_phonetic = 0;
};

/// Which cell styles show dates.
class StyleHandler : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "numFmt") {
            if (isDate(attributes["formatCode"]))
                m_formats.insert(std::string(attributes["numFmtId"]));
        } else if (name == "cellXfs") {
            m_inCells = true;
        } else if (name == "xf" && m_inCells) {
            const std::string id(attributes["numFmtId"]);
            const int number = std::atoi(id.c_str());
            const bool builtIn = (number >= 14 && number <= 22) || (number >= 45 && number <= 47) ||
                                 (number >= 27 && number <= 36);
            dates.push_back(builtIn || m_formats.count(id) != 0);
        }
    }
    void end(std::string_view name) override {
        if (name == "cellXfs") m_inCells = false;
    }
    void text(std::string_view) override {}
    std::vector<bool> dates;

private:
    /// Letters of dates outside of quotes, colours and escapes: yyyy-mm-dd, h:mm.
    static bool isDate(std::string_view code) {
        bool quoted = false, bracket = false;
        for (size_t i = 0; i < code.size(); ++i) {
            const char c = code[i];
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = !quoted;
            else if (c == '[')
                bracket = true;
            else if (c == ']')
                bracket = false;
            else if (!quoted && !bracket &&
                     std::string_view("yYdDhHsS").find(c) != std::string_view::npos)
                return true;
        }
        return false;
    }
    std::set<std::string> m_formats;
    bool m_inCells = false;
};

/// Days since 1899-12-30 (or 1904-01-01) as a date; the calendar by Hinnant's days-from-civil,
/// turned round.
std::string dateOf(double serial, bool from1904) {
    if (!(serial >= 0) || serial > 2958466) return {};
    const auto day = static_cast<int64_t>(std::floor(serial));
    const auto seconds = static_cast<int64_t>(std::llround((serial - std::floor(serial)) * 86400));
    int64_t z = day + (from1904 ? -24107 : -25569) + 719468 + (seconds == 86400 ? 1 : 0);
    const int64_t era = z / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int64_t d = doy - (153 * mp + 2) / 5 + 1;
    const int64_t m = mp < 10 ? mp + 3 : mp - 9;
    const int64_t y = yoe + era * 400 + (m <= 2 ? 1 : 0);
    const int64_t time = seconds % 86400;
    char text[64];
    const auto hours = static_cast<int>(time / 3600), minutes = static_cast<int>(time / 60 % 60);
    if (day == 0)
        std::snprintf(text, sizeof text, "%02d:%02d:%02d", hours, minutes,
                      static_cast<int>(time % 60));
    else if (time == 0)
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", static_cast<int>(y), static_cast<int>(m),
                      static_cast<int>(d));
    else
        std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", static_cast<int>(y),
                      static_cast<int>(m), static_cast<int>(d), hours, minutes);
    return text;
}

class SheetHandler : public XmlHandler {
public:
    SheetHandler(const std::vector<std::string>& strings, const std::vector<bool>& dates,
                 bool from1904, BlockWriter& out)
        : m_strings(strings), m_dates(dates), m_from1904(from1904), m_out(out) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "row") {
            m_cells.clear();
        } else if (name == "c") {
            m_column = columnOf(attributes["r"], m_cells.size());
            m_type = attributes["t"];
            m_style = static_cast<size_t>(std::atoi(std::string(attributes["s"]).c_str()));
            m_value.clear();
        } else if (name == "v" || name == "t") {
            m_inValue = true;
        }
    }
    void end(std::string_view name) override {
        if (name == "v" || name == "t")
            m_inValue = false;
        else if (name == "c")
            endCell();
        else if (name == "row")
            endRow();
    }
    void text(std::string_view text) override {
        if (m_inValue && m_value.size() < (size_t{1} << 20)) m_value += text;
    }
    Result<void> status() override { return m_out.status(); }

    /// A sheet with one row of content has no header.
    void finish() {
        if (m_rows != 1) return;
        m_out.table({});
        m_out.row(m_first);
    }

private:
    static constexpr size_t kMostColumns = 16384;

    /// "BC12" → 54.
    static size_t columnOf(std::string_view reference, size_t next) {
        size_t column = 0;
        for (const char c : reference) {
            if (c < 'A' || c > 'Z' || column > kMostColumns) break;
            column = column * 26 + static_cast<size_t>(c - 'A' + 1);
        }
        return column == 0 ? std::min(next, kMostColumns - 1) : std::min(column, kMostColumns) - 1;
    }

    void endCell() {
        std::string value = std::move(m_value);
        m_value.clear();
        if (m_type == "s") {
            char* end = nullptr;
            const unsigned long index = std::strtoul(value.c_str(), &end, 10);
            value = end != value.c_str() && index < m_strings.size() ? m_strings[index] : "";
        } else if (m_type == "b") {
            value = value == "1" ? "TRUE" : "FALSE";
        } else if ((m_type.empty() || m_type == "n") && m_style < m_dates.size() &&
                   m_dates[m_style]) {
            const std::string date = dateOf(std::strtod(value.c_str(), nullptr), m_from1904);
            if (!date.empty() && !value.empty()) value = date;
        }
        if (value.empty()) return;
        if (m_cells.size() <= m_column) m_cells.resize(m_column + 1);
        m_cells[m_column] = std::move(value);
        if (m_rows == 0 && m_type != "s" && m_type != "inlineStr" && m_type != "str")
            m_firstHasNumbers = true;
    }

    void endRow() {
        if (m_cells.empty()) return;
        ++m_rows;
        if (m_rows == 1) {
            m_first = std::move(m_cells);
            return;
        }
        if (m_rows == 2) {
            const bool header = !m_firstHasNumbers;
            m_out.table(header ? m_first : std::vector<std::string>());
            if (!header) m_out.row(m_first);
        }
        m_out.row(m_cells);
    }

    const std::vector<std::string>& m_strings;
    const std::vector<bool>& m_dates;
    const bool m_from1904;
    BlockWriter& m_out;
    std::vector<std::string> m_cells, m_first;
    std::string m_type, m_value;
    size_t m_column = 0, m_style = 0;
    int64_t m_rows = 0;
    bool m_inValue = false, m_firstHasNumbers = false;
};

}  // namespace

Result<void> readXlsx(const Source& source, ReadContext& context, BlockWriter& out) {
    const std::string main = "xl/workbook.xml";
    ALCOVE_TRY(const Archive archive, Archive::open(source, context));
    SheetList list;
    ALCOVE_CHECK(archive.parse(main, list));
    ALCOVE_TRY(const auto relations, readRelations(archive, main));
    SharedStrings shared;
    StyleHandler styles;
    if (archive.has("xl/sharedStrings.xml"))
        ALCOVE_CHECK(archive.parse("xl/sharedStrings.xml", shared));
    if (archive.has("xl/styles.xml")) ALCOVE_CHECK(archive.parse("xl/styles.xml", styles));
    out.document(SourceKind::Xlsx, readMetadata(archive, "docProps/core.xml"));
    for (const auto& sheet : list.sheets) {
        const auto part =
            std::find_if(relations.begin(), relations.end(),
                         [&](const Relation& relation) { return relation.id == sheet.id; });
        if (part == relations.end() || !archive.has(part->target)) continue;
        if (part->type != "worksheet") continue;  // a chart
        out.page(PageKind::Sheet, sheet.name);
        if (sheet.hidden) out.warning("the sheet \"" + sheet.name + "\" is hidden in its program");
        SheetHandler handler(shared.strings, styles.dates, list.from1904, out);
        ALCOVE_CHECK(archive.parse(part->target, handler));
        handler.finish();
    }
    return out.status();
}

}  // namespace alcove::rag
