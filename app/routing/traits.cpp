#include "app/routing/traits.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "app/routing/words.h"
#include "engine/base/result.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

using Words = std::vector<std::string>;

// A blank before and behind each word; "…*" stands for all words that begin so.
constexpr std::string_view kCodeStrong =
    " python javascript typescript java c++ c# golang kotlin php sql bash regex regexp html css "
    "haskell perl cmake dockerfile traceback stacktrace segfault compiler javac gcc pytest numpy "
    "pandas ";
constexpr std::string_view kCodeWeak =
    " code function class method script program bug error exception loop array variable compile "
    "string algorithm api debug refactor funktion methode skript programm fehler schleife fonction "
    "función funzione função ";
constexpr std::string_view kTranslate =
    " translat* übersetz* traduis traduire traduction traduisez traduce traducir traducción "
    "traduzca "
    "tradurre traduci traduzione traduza traduzir tradução vertaal vertalen vertaling ";
constexpr std::string_view kSummarise =
    " summar* tldr zusammenfass* zusammengefasst résum* resumen resumir resuma riassum* samenvat* ";
constexpr std::string_view kMath =
    " calculate compute solve equation berechne berechnen ausrechnen gleichung "
    "ableitung calcule calculer équation calcula calcular ecuación calcola calcolare equazione "
    "equação bereken berekenen ";
constexpr std::string_view kWrite =
    " write draft compose rewrite rephrase schreib schreibe verfasse formuliere entwirf rédige "
    "écris "
    "réécris escribe redacta escribir scrivi riscrivi escreve escreva redija schrijf herschrijf ";
constexpr std::string_view kAsk =
    " what how why who whose whom when where which is are was were do does did can could will "
    "would "
    "should wie was warum wer wann wo welche welcher welches wieviel que qui quoi quel quelle "
    "quels "
    "comment pourquoi où quand combien qué quién cómo cuál cuándo dónde cuánto che chi come perché "
    "quando dove quale quanto quem como qual onde porque hoe wat waarom wie wanneer waar welke ";

bool isIn(const std::string& word, std::string_view list) {
    if (list.find(" " + word + " ") != std::string_view::npos) return true;
    for (size_t star = list.find('*'); star != std::string_view::npos;
         star = list.find('*', star + 1)) {
        const size_t begin = list.rfind(' ', star) + 1;
        if (word.starts_with(list.substr(begin, star - begin))) return true;
    }
    return false;
}

std::optional<std::string> firstIn(const Words& words, std::string_view list) {
    for (const std::string& word : words)
        if (isIn(word, list)) return word;
    return std::nullopt;
}

bool isDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// "3*4", "12 + 5", "2^8"; "-" and "/" only with blanks around, since "2021-03" is a date.
std::optional<std::string> calculation(std::string_view text) {
    for (size_t i = 1; i + 1 < text.size(); ++i) {
        const char c = text[i];
        const bool plain = c == '+' || c == '*' || c == '^' || c == '=';
        const bool blanked = (c == '-' || c == '/') && text[i - 1] == ' ' && text[i + 1] == ' ';
        if (!plain && !blanked) continue;
        size_t before = i, after = i + 1;
        while (before > 0 && text[before - 1] == ' ') --before;
        while (after < text.size() && text[after] == ' ') ++after;
        if (before > 0 && after < text.size() && isDigit(text[before - 1]) && isDigit(text[after]))
            return std::string(text.substr(before - 1, after - before + 2));
    }
    return std::nullopt;
}

std::string said(const std::string& word) { return concat("it says '", word, "'"); }

/// "fasse … zusammen": the verb is in two parts.
bool summarisesInTwo(const Words& words) {
    const auto has = [&](std::string_view word) {
        return std::ranges::find(words, word) != words.end();
    };
    return has("zusammen") && (has("fass") || has("fasse") || has("fassen"));
}

std::pair<Task, std::string> taskOf(std::string_view question, const Words& words) {
    if (question.find("```") != std::string_view::npos) return {Task::Code, "it has a code fence"};
    if (const auto word = firstIn(words, kCodeStrong)) return {Task::Code, said(*word)};
    Words weak;
    for (const std::string& word : words)
        if (isIn(word, kCodeWeak) && std::ranges::find(weak, word) == weak.end())
            weak.push_back(word);
    if (weak.size() > 1) return {Task::Code, concat("it says '", weak[0], "' and '", weak[1], "'")};
    if (const auto word = firstIn(words, kTranslate)) return {Task::Translate, said(*word)};
    if (const auto word = firstIn(words, kSummarise)) return {Task::Summarise, said(*word)};
    if (summarisesInTwo(words)) return {Task::Summarise, "it says 'fasse … zusammen'"};
    if (const auto word = firstIn(words, kMath)) return {Task::Math, said(*word)};
    if (const auto found = calculation(question))
        return {Task::Math, concat("it calculates: '", *found, "'")};
    if (!words.empty() && isIn(words.front(), kWrite))
        return {Task::Write, concat("it begins with '", words.front(), "'")};
    const size_t last = question.find_last_not_of(" \t\r\n");
    const bool marked = last != std::string_view::npos &&
                        (question[last] == '?' || question.substr(0, last + 1).ends_with("？") ||
                         question.substr(0, last + 1).ends_with("؟"));
    if (marked) return {Task::Question, "it ends with a question mark"};
    if (!words.empty() && isIn(words.front(), kAsk))
        return {Task::Question, concat("it begins with '", words.front(), "'")};
    return {Task::Other, "no word in it tells the task"};
}

}  // namespace

std::u32string codePoints(std::string_view text) {
    std::u32string points;
    for (size_t at = 0; at < text.size();) {
        const Utf8Char c = decodeUtf8Loosely(text, at);
        points += c.code;
        at += c.bytes;
    }
    return points;
}

std::string proseOf(std::string_view text) {
    std::string prose;
    for (bool inCode = false; !text.empty(); inCode = !inCode) {
        const size_t fence = std::min(text.find("```"), text.size());
        if (!inCode) prose += std::string(text.substr(0, fence)) + " ";
        text.remove_prefix(std::min(fence + 3, text.size()));
    }
    return prose;
}

std::vector<std::string> lowerWords(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    const auto close = [&] {
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
    };
    for (const char32_t c : codePoints(text)) {
        const UnicodeCategory category = unicodeCategory(c);
        const bool letter = category == UnicodeCategory::Letter ||
                            category == UnicodeCategory::Number ||
                            category == UnicodeCategory::Mark;
        if (letter || ((c == '+' || c == '#') && !word.empty()))
            appendUtf8(word, unicodeLower(c));
        else
            close();
    }
    close();
    return words;
}

std::string_view name(Task task) {
    switch (task) {
        case Task::Code:
            return "code";
        case Task::Translate:
            return "translate";
        case Task::Summarise:
            return "summarise";
        case Task::Math:
            return "math";
        case Task::Write:
            return "write";
        case Task::Question:
            return "question";
        case Task::Other:
            return "other";
    }
    return "other";
}

QuestionTraits traitsOf(std::string_view question, bool hasImage, bool hasDocuments) {
    QuestionTraits traits;
    const std::string prose = proseOf(question);
    std::tie(traits.task, traits.taskReason) = taskOf(question, lowerWords(prose));
    LanguageGuess guess = guessLanguage(prose);
    traits.language = std::move(guess.language);
    traits.languageReason = std::move(guess.reason);
    traits.length = codePoints(question).size();
    traits.hasImage = hasImage;
    traits.hasDocuments = hasDocuments;
    return traits;
}

}  // namespace alcove::app
