// What a question to a library comes to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rag/answer/citations.h"
#include "rag/retrieve/retriever.h"

namespace alcove::app {

/// What [n] in the answer stands for. The range is exact: of a sentence, or of a table's row.
struct Citation {
    size_t n = 0;
    rag::DocumentRecord document;
    uint32_t page = 0;     // from 0
    std::string label;     // of the page, as the document names it
    rag::TextRange range;  // in the text of the page
    std::string text;      // that range
};

struct AnswerPassage {
    rag::Passage passage;
    bool given = false;  // to the model
    /// The sentences that answer, in passage.text, the best first.
    std::vector<rag::TextRange> marks;
};

/// How the answer came about.
enum class AnswerKind : uint8_t {
    Nothing,  // the documents do not tell
    Quoted,   // sentences of the documents
    Written,  // by the model, checked against the passages
    Scanned,  // computed from whole documents or tables
};
[[nodiscard]] std::string_view name(AnswerKind kind);

struct LookedAt {
    size_t documents = 0, passages = 0, rows = 0;  // rows of tables
    size_t leftOut = 0;                            // passages that the context had no room for
    bool wholeDocuments = false;                   // nothing of these documents was left out
    std::string text;                              // the same in a sentence
};

struct Answer {
    std::string asked;
    std::string question;  // as it was understood, with what a follow-up left out
    AnswerKind kind = AnswerKind::Nothing;
    std::string text;
    std::vector<rag::AnswerSentence> sentences;  // `cited` are numbers of citations
    std::vector<Citation> citations;             // by n, from 1
    std::vector<AnswerPassage> passages;         // the best first
    double confidence = 0;                       // that the best sentence answers, 0 to 1
    LookedAt lookedAt;
    std::vector<std::string> notes;  // "2 passages did not fit", "1 citation did not hold"
};

}  // namespace alcove::app
