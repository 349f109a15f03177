#include "rag/answer/table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "rag/answer/extract.h"

namespace alcove::rag {
namespace {

bool isTable(const Chunk& chunk) {
    return chunk.kind == BlockKind::TableHeader || chunk.kind == BlockKind::TableRow;
}

/// Lines of a chunk, as ranges in the text of its page.
std::vector<std::pair<TextRange, std::string_view>> linesOf(const Chunk& chunk) {
    std::vector<std::pair<TextRange, std::string_view>> lines;
    const std::string_view body = chunk.body;
    for (size_t begin = 0; begin < body.size();) {
        const size_t end = std::min(body.find('\n', begin), body.size());
        if (end > begin)
            lines.push_back({{chunk.range.begin + begin, chunk.range.begin + end},
                             body.substr(begin, end - begin)});
        begin = end + 1;
    }
    return lines;
}

std::vector<std::string> columnsInHeading(std::string_view heading, size_t wanted) {
    constexpr std::string_view kBetweenHeadings = " › ", kBetweenColumns = " | ";
    const size_t last = heading.rfind(kBetweenHeadings);
    if (last != std::string_view::npos) heading.remove_prefix(last + kBetweenHeadings.size());
    std::vector<std::string> names;
    for (size_t begin = 0; begin <= heading.size();) {
        const size_t end = std::min(heading.find(kBetweenColumns, begin), heading.size());
        names.emplace_back(heading.substr(begin, end - begin));
        begin = end + kBetweenColumns.size();
    }
    return names.size() == wanted ? names : std::vector<std::string>();
}

class Collector {
public:
    Collector(std::string_view title, size_t mostRows) : m_title(title), m_mostRows(mostRows) {}

    void add(const StoredChunk& stored) {
        const Chunk& chunk = stored.chunk;
        if (!isTable(chunk)) {
            finish();
            return;
        }
        const bool opens = chunk.kind == BlockKind::TableHeader;
        const bool another =
            m_open && (opens || chunk.page != m_page || stored.ordinal != m_ordinal + 1);
        if (another) finish();
        auto lines = linesOf(chunk);
        // Headings may open the chunk; the header is the first line with tabs.
        if (opens) {
            size_t header = 0;
            while (header < lines.size() &&
                   lines[header].second.find('\t') == std::string_view::npos)
                ++header;
            if (header == lines.size()) header = 0;
            begin(stored);
            for (size_t i = 0; i < header; ++i)
                m_table.title += "\n" + std::string(lines[i].second);
            if (!lines.empty()) m_table.columns = cellsOf(lines[header].second);
            lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(
                                                           std::min(header + 1, lines.size())));
        } else if (!m_open) {
            begin(stored);
            if (!lines.empty())
                m_table.columns =
                    columnsInHeading(chunk.heading, cellsOf(lines.front().second).size());
        }
        for (const auto& [range, text] : lines) addRow(chunk.page, range, cellsOf(text));
        m_ordinal = stored.ordinal;
    }

    std::vector<WholeTable> finishAll(size_t* left) {
        finish();
        if (left != nullptr) *left = m_left;
        return std::move(m_tables);
    }

private:
    void begin(const StoredChunk& stored) {
        m_open = true;
        m_page = stored.chunk.page;
        m_table = {};
        m_table.document = stored.document;
        m_table.title = m_title + "\n" + stored.chunk.heading;
    }

    void addRow(uint32_t page, TextRange range, std::vector<std::string> cells) {
        if (m_rows >= m_mostRows) {
            ++m_left;
            return;
        }
        std::vector<TableRow>& rows = m_table.rows;
        const size_t columns = m_table.columns.size();
        // The end of a chunk may have cut a long row inside a cell, or between two.
        if (!rows.empty() && columns > 1 && rows.back().cells.size() < columns &&
            rows.back().cells.size() + cells.size() <= columns + 1) {
            TableRow& open = rows.back();
            size_t first = 0;
            if (open.cells.size() + cells.size() == columns + 1) {
                open.cells.back() += " " + cells.front();
                first = 1;
            }
            for (size_t i = first; i < cells.size(); ++i) open.cells.push_back(std::move(cells[i]));
            open.range.end = range.end;
            return;
        }
        ++m_rows;
        rows.push_back({page, range, std::move(cells)});
    }

    void finish() {
        if (m_open && !m_table.rows.empty()) {
            size_t columns = m_table.columns.size();
            for (const TableRow& row : m_table.rows) columns = std::max(columns, row.cells.size());
            while (m_table.columns.size() < columns) m_table.columns.emplace_back();
            for (size_t i = 0; i < columns; ++i)
                if (m_table.columns[i].empty())
                    m_table.columns[i] = "column " + std::to_string(i + 1);
            for (TableRow& row : m_table.rows) row.cells.resize(columns);
            m_tables.push_back(std::move(m_table));
        }
        m_open = false;
    }

    std::string m_title;
    size_t m_mostRows, m_rows = 0, m_left = 0;
    bool m_open = false;
    uint32_t m_page = 0, m_ordinal = 0;
    WholeTable m_table;
    std::vector<WholeTable> m_tables;
};

}  // namespace

std::vector<WholeTable> tablesOf(std::span<const StoredChunk> chunks, std::string_view title,
                                 size_t mostRows, size_t* left) {
    Collector collector(title, mostRows);
    for (const StoredChunk& chunk : chunks) collector.add(chunk);
    return collector.finishAll(left);
}

std::optional<double> cellNumber(std::string_view cell) {
    std::string digits;
    bool negative = false;
    size_t letters = 0;
    for (const char c : cell) {
        if ((c >= '0' && c <= '9') || c == '.' || c == ',' || c == '\'')
            digits += c;
        else if (c == '-' && digits.empty())
            negative = true;
        else if (c == '(' && digits.empty())
            negative = true;
        else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            ++letters;
        else if (c == ' ' || c == '%' || c == '$' || c == ')' || c == '+' ||
                 static_cast<uint8_t>(c) >= 0x80)  // €, £, a narrow blank
            continue;
        else
            return std::nullopt;
    }
    while (!digits.empty() && (digits.back() == '.' || digits.back() == ',')) digits.pop_back();
    // "49 euros" and "12 kg" are numbers; "A-1001" and "Room 4" are not.
    const bool leads =
        !cell.empty() && ((cell.front() >= '0' && cell.front() <= '9') || cell.front() == '-' ||
                          cell.front() == '(' || cell.front() == '+' || cell.front() == '$' ||
                          static_cast<uint8_t>(cell.front()) >= 0x80);
    if (digits.empty() || (letters > 0 && (!leads || letters > 8))) return std::nullopt;
    double value = 0;
    if (!numberOf(digits, value)) return std::nullopt;
    return negative ? -value : value;
}

std::string shown(double value) {
    char text[64];
    const double rounded = std::round(value * 1e4) / 1e4;
    std::snprintf(text, sizeof text, "%.4f", std::abs(rounded));
    std::string digits = text;
    while (digits.back() == '0') digits.pop_back();
    if (digits.back() == '.') digits.pop_back();
    const size_t point = std::min(digits.find('.'), digits.size());
    // Money keeps two places.
    if (point < digits.size() && digits.size() - point == 2) digits += '0';
    for (size_t at = point; at > 3; at -= 3) digits.insert(at - 3, ",");
    return (rounded < 0 ? "-" : "") + digits;
}

}  // namespace alcove::rag
