// The words of a text as answers are judged by: stems, numbers by value, dates by day, names and
// negations. For English, with the numbers and dates of other languages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rag/document.h"

namespace alcove::rag {

struct Word {
    TextRange range;   // in the text
    std::string text;  // in lower case
    std::string stem;  // without endings: "payments", "paid" and "pay" have one
    bool stop = false;
    bool large = false;   // begins with a capital
    bool opens = false;   // the first word of a sentence or of a line
    bool number = false;  // begins with a digit
    bool code = false;    // letters and digits, or capitals alone: "A4", "GDPR"
};

/// In reading order. "3.5", "12,000" and "2021-03-04" are one word; "'s" is not part of one.
[[nodiscard]] std::vector<Word> wordsOf(std::string_view text);
[[nodiscard]] std::string stemOf(std::string_view lowerCaseWord);

/// A part that is 0 was not said.
struct Date {
    int year = 0, month = 0, day = 0;
    friend bool operator==(const Date&, const Date&) = default;
};

/// What a claim can be held to.
struct Facts {
    struct Number {
        double value = 0;
        TextRange range;
    };
    struct DateAt {
        Date date;
        TextRange range;
    };
    std::vector<Number> numbers;  // without those of dates; words ("twelve") too
    std::vector<DateAt> dates;
    std::vector<Word> names;  // capitals inside a sentence, and codes
};
[[nodiscard]] Facts factsOf(std::string_view text);
[[nodiscard]] Facts factsOf(std::string_view text, const std::vector<Word>& words);

/// The value of one word: "1,250.50", "12", "3.5", "twelve"; false: it is none.
[[nodiscard]] bool numberOf(std::string_view word, double& value);
/// 1 to 12 for the name of a month or its first letters; 0: it is none.
[[nodiscard]] int monthOf(std::string_view lowerCaseWord);
/// Whether the word says no: "not", "never", "without", "isn't".
[[nodiscard]] bool negates(std::string_view lowerCaseWord);
/// Whether `asked` is part of `said`: 2021 of 3 March 2021; the same day, of the same day.
[[nodiscard]] bool covers(const Date& said, const Date& asked);
/// Equal but for rounding in the last place of a double.
[[nodiscard]] bool sameNumber(double a, double b);

}  // namespace alcove::rag
