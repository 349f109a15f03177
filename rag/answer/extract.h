// The sentences that answer a question, chosen out of passages: what is answered without a language
// model, and what is marked with one.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/answer/question.h"
#include "rag/document.h"
#include "rag/embedder.h"

namespace alcove::rag {

/// A text that may hold the answer, and what is known about where it stands.
struct Source {
    std::string text;
    std::string heading;       // headings above it; columns of a table, with " | " between two
    std::string title;         // and the name of its file
    std::vector<size_t> cuts;  // ascending places where a page ends: no sentence goes across one
    double score = 0;          // as retrieval ranks it, 0 to 1
};

struct ScoredSentence {
    size_t source = 0;
    TextRange range;      // in the source's text
    double coverage = 0;  // share of the question's words, by rarity, 0 to 1
    std::optional<double> cosine;
    bool opposes = false;   // has the opposite of a word that is asked for
    bool fitsType = true;   // has a date where one is asked for, and so on
    bool entities = true;   // every name, number and date of the question is at hand
    bool attribute = true;  // something of what is asked about the names is at hand
    double score = 0;       // orders them
    double confidence = 0;  // that it answers, 0 to 1
};

struct ExtractOptions {
    size_t sources = 8;    // the first ones are looked at by sentence
    size_t embedded = 48;  // sentences whose meaning is compared at most
    std::stop_token stop;
};

/// All sentences of the sources, the best first. `embedder` may be null.
[[nodiscard]] Result<std::vector<ScoredSentence>> scoreSentences(
    const Question& question, const std::vector<Source>& sources, const Rarity& rarity,
    Embedder* embedder, const ExtractOptions& options = {});

/// The sentences of a source; none goes across a cut.
[[nodiscard]] std::vector<TextRange> sentencesOf(const Source& source);

/// True: a short line that names what follows it, and says nothing itself.
[[nodiscard]] bool isHeadingLine(const Source& source, TextRange sentence);

/// The confidence from which on a sentence counts as an answer. Measured on tests/data/ask.
[[nodiscard]] double leastConfidence(bool withEmbedder);

/// How a sentence reads by itself: a row of a table with the names of its columns, an item without
/// its bullet.
[[nodiscard]] std::string readable(const Source& source, TextRange sentence);

/// Names of the columns that a row at `range` has, or none.
[[nodiscard]] std::vector<std::string> columnsOf(const Source& source, TextRange range);

/// Cells of a row, trimmed.
[[nodiscard]] std::vector<std::string> cellsOf(std::string_view row);

/// Cosine of two rows of equal length.
[[nodiscard]] double cosine(std::span<const float> a, std::span<const float> b);

}  // namespace alcove::rag
