// CSV and TSV (RFC 4180, and what programs make of it): the separator is the one that gives the
// first lines the same number of cells; quotes may hold separators and line ends. The first row is
// the header unless it has a number in it.
#include <algorithm>
#include <array>

#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

constexpr size_t kMostCells = 16384;  // of a row; what is further right is one cell

/// Takes the next row off the text. A quote that is never closed holds for its line alone.
std::vector<std::string> takeRow(std::string_view& text, char separator) {
    std::vector<std::string> cells;
    std::string cell;
    size_t at = 0;
    bool start = true;  // of a cell
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"' && start) {
            size_t end = at + 1;
            std::string content;
            for (;;) {
                const size_t quote = text.find('"', end);
                if (quote == std::string_view::npos || quote - at > (size_t{1} << 20)) {
                    end = std::string_view::npos;
                    break;
                }
                content += text.substr(end, quote - end);
                end = quote;
                if (quote + 1 >= text.size() || text[quote + 1] != '"') break;
                content += '"';
                end += 2;
            }
            if (end != std::string_view::npos) {
                cell += content;
                at = end + 1;
                start = false;
                continue;
            }
        }
        start = false;
        if (c == '\n' || c == '\r') {
            at += c == '\r' && at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1;
            break;
        }
        if (c == separator && cells.size() < kMostCells) {
            cells.push_back(std::move(cell));
            cell.clear();
            start = true;
        } else {
            cell += c;
        }
        ++at;
    }
    cells.push_back(std::move(cell));
    text.remove_prefix(at);
    return cells;
}

bool isTsv(std::string_view name) {
    return name.size() > 4 &&
           (name.substr(name.size() - 4) == ".tsv" || name.substr(name.size() - 4) == ".tab");
}

char findSeparator(const Source& source, std::string_view text) {
    if (isTsv(source.name)) return '\t';
    char best = ',';
    size_t bestScore = 0;
    for (const char candidate : {',', ';', '\t', '|'}) {
        std::string_view rest = text.substr(0, 64 * 1024);
        size_t score = 0, expected = 0;
        for (int row = 0; row < 20 && !rest.empty(); ++row) {
            const size_t cells = takeRow(rest, candidate).size();
            if (row == 0) expected = cells;
            if (cells == expected && cells > 1) score += 100 + std::min<size_t>(cells, 50);
        }
        if (score > bestScore) {
            bestScore = score;
            best = candidate;
        }
    }
    return best;
}

bool isNumber(std::string_view cell) {
    return !cell.empty() && cell.find_first_of("0123456789") != std::string_view::npos &&
           cell.find_first_not_of("0123456789.,+-%$ eE") == std::string_view::npos;
}

bool isHeader(const std::vector<std::string>& cells) {
    return std::none_of(cells.begin(), cells.end(), isNumber) &&
           std::any_of(cells.begin(), cells.end(), [](const auto& cell) { return !cell.empty(); });
}

}  // namespace

Result<void> readCsv(const Source& source, BlockWriter& out) {
    out.document(SourceKind::Csv, {});
    out.page(PageKind::Sheet, "");
    const std::string decoded = toUtf8(source.bytes);
    std::string_view rest = decoded;
    const char separator = findSeparator(source, rest);
    bool first = true;
    while (!rest.empty()) {
        const auto cells = takeRow(rest, separator);
        if (first && cells.size() == 1 && cells[0].empty()) continue;
        if (first) out.table(isHeader(cells) ? cells : std::vector<std::string>());
        if (!first || !isHeader(cells)) out.row(cells);
        first = false;
        ALCOVE_CHECK(out.status());
    }
    return {};
}

}  // namespace alcove::rag
