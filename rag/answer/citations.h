// The citations in an answer: read, checked, and put where they are missing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rag/answer/support.h"

namespace alcove::rag {

struct AnswerSentence {
    std::string text;  // without its citations
    bool supported = false;
    Doubt doubt = Doubt::None;
    std::vector<size_t> cited;        // numbers from 1
    std::vector<TextRange> evidence;  // beside `cited`: where in the passage it stands
    TextRange range;                  // in the whole answer, with its citations
};

struct CitedAnswer {
    std::string text;  // with "[n]" after each claim
    std::vector<AnswerSentence> sentences;
    size_t dropped = 0;  // citations of passages that do not exist, or do not say it
};

/// Takes "[2]", "[1, 3]" and "【2】" out of a sentence; numbers ascend, each once.
[[nodiscard]] std::vector<size_t> takeCitations(std::string& sentence);

/// Reads a model's answer: each sentence keeps the citations that hold, gets those that it lacks,
/// and is marked where no passage says it. Sentences said before are left out. What is too
/// short to say anything by itself ("1,450 euros.") is held to the question's words too.
[[nodiscard]] Result<CitedAnswer> checkAnswer(std::string_view answer, SupportCheck& check,
                                              size_t passages, std::string_view question = {});

/// True: the sentence says that the documents do not tell.
[[nodiscard]] bool saysNothingFound(std::string_view sentence);

/// "as was shown (7)" for "as was shown [7]": a document's own marks would look like citations of
/// the answer, and a model that copies them would seem to cite.
[[nodiscard]] std::string withoutOwnMarks(std::string_view text);

/// The answer as text, its sentences with their numbers; sets their ranges, and takes marks that
/// are not the answer's own out of the sentences.
[[nodiscard]] std::string compose(std::vector<AnswerSentence>& sentences);

}  // namespace alcove::rag
