// What a question looks like from outside: what routes decide by.
//
// Simple on purpose, so that anyone can foresee what they give: words that are listed in the code,
// counted; no model. They are guesses. A question that says nothing of its language has none, and a
// task is "other" before it is a wrong one.
//
// Language. Text between code fences does not count. Where most letters are not Latin the script
// decides: Han with kana is "ja", without is "zh"; Cyrillic is "uk" where it has і, ї, є or ґ, else
// "ru"; Arabic with Persian letters is "fa". Among Latin letters the frequent small words of nine
// languages vote, and letters that one of them alone has. The most votes win; none or a tie: "".
//
// Task, the first that fits: "code" (a code fence, the name of a programming language or the like,
// or two of the weaker words), "translate", "summarise", "math" (a word for calculating, or an
// operator between two numbers), "write" (the question begins with such a word), "question" (it
// ends with a question mark or begins with a question word), "other". Words are known in English,
// German, French, Spanish, Italian, Portuguese and Dutch.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace alcove::app {

enum class Task { Code, Translate, Summarise, Math, Write, Question, Other };
inline constexpr std::array kTasks = {Task::Code,  Task::Translate, Task::Summarise, Task::Math,
                                      Task::Write, Task::Question,  Task::Other};
[[nodiscard]] std::string_view name(Task task);

struct QuestionTraits {
    Task task = Task::Other;
    std::string taskReason;  // "it says 'python'"
    std::string language;    // as ISO 639-1 has it; empty: not told
    std::string languageReason;
    size_t length = 0;  // characters (code points)
    bool hasImage = false, hasDocuments = false;
};

[[nodiscard]] QuestionTraits traitsOf(std::string_view question, bool hasImage, bool hasDocuments);

}  // namespace alcove::app
