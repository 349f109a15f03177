// What a question asks for.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rag/answer/words.h"

namespace alcove::rag {

enum class Asks : uint8_t { Fact, Person, Time, Amount, Place, Reason };

/// Questions that a few passages cannot answer: all of a document or table must be looked at.
enum class Whole : uint8_t { No, Count, List, Compare, Sum, Average, Greatest, Least };

struct Question {
    std::string text;
    Asks asks = Asks::Fact;
    Whole whole = Whole::No;
    std::vector<Word> words;  // those that say what it is about
    Facts facts;              // what it takes as given
    /// One of these words must be in the answer: units of time for "how long". Empty: any will do.
    std::vector<std::string_view> units;
    bool yesOrNo = false;
    /// The verb of "when does it end", as an index of `words`; words.size(): not known.
    size_t verb = 0;
};

[[nodiscard]] Question parseQuestion(std::string_view text);

/// How much a word tells: more for the rare ones. Takes a word in lower case, as it was written.
using Rarity = std::function<double(const Word& word)>;

/// Words of questions that say what kind of answer is wanted rather than what about ("name",
/// "amount", "date").
[[nodiscard]] bool isMetaWord(std::string_view stem);

/// Whether a text has what such a question asks for: a date for Time, a number for Amount, a name
/// for Person.
[[nodiscard]] bool fits(const Question& question, std::string_view text,
                        const std::vector<Word>& words, const Facts& facts);

}  // namespace alcove::rag
