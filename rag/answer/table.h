// Tables of a document, put together from its chunks, and questions about all of their rows.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rag/answer/question.h"
#include "rag/store/chunk_store.h"

namespace alcove::rag {

struct TableRow {
    uint32_t page = 0;
    TextRange range;                 // in the text of the page
    std::vector<std::string> cells;  // as many as there are columns
};

/// A table as it was read.
struct WholeTable {
    DocumentId document = 0;
    std::string title;                 // of its document, its file and the headings above it
    std::vector<std::string> columns;  // never empty: "column 2" where a name is missing
    std::vector<TableRow> rows;
};

/// In reading order. Rows that a chunk's end cut are whole again. Rows beyond `mostRows` of all
/// tables together are left out; `left` says how many.
[[nodiscard]] std::vector<WholeTable> tablesOf(std::span<const StoredChunk> chunks,
                                               std::string_view title, size_t mostRows,
                                               size_t* left = nullptr);

/// What a question about all rows comes to.
struct TableAnswer {
    std::string text;          // a sentence or several
    std::vector<size_t> rows;  // that it rests on, indices
    size_t matching = 0;       // rows that the question's conditions leave
    std::string conditions;    // "City is Oslo and Quantity > 10"; empty: none
    double fit = 0;            // share of the question's words that the table explains, 0 to 1
    std::vector<std::string> notes;  // "2 cells of Total are no numbers and were left out"
};

/// Nothing where the question is not of this table, or cannot be computed from it.
[[nodiscard]] std::optional<TableAnswer> askTable(const Question& question,
                                                  const WholeTable& table);

/// The number a cell holds: "1,250.00", "€ 49", "12 %", "(300)"; nothing where it holds words.
[[nodiscard]] std::optional<double> cellNumber(std::string_view cell);
/// A number as it is shown: no more places than it needs, thousands apart.
[[nodiscard]] std::string shown(double value);

}  // namespace alcove::rag
