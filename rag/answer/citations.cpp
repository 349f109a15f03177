#include "rag/answer/citations.h"

#include <algorithm>
#include <array>
#include <set>

#include "rag/answer/sentences.h"

namespace alcove::rag {
namespace {

constexpr size_t kLargestNumber = 9999;

struct Marks {
    std::string_view open, close;
};
constexpr std::array kMarks = {Marks{"[", "]"}, Marks{"【", "】"}};

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// Where a mark with numbers and nothing else ends: "7", "2, 3", "4–6"; 0: it is none.
size_t endOfMark(std::string_view text, size_t at, std::string_view close) {
    constexpr std::string_view kBetween = " ,;^-";
    constexpr std::array<std::string_view, 2> kDashes = {"–", "—"};
    size_t digits = 0;
    for (; at < text.size(); ++at) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with(close)) return digits > 0 ? at + close.size() : 0;
        const auto dash = std::find_if(kDashes.begin(), kDashes.end(),
                                       [&](std::string_view one) { return rest.starts_with(one); });
        if (isDigit(text[at]))
            ++digits;
        else if (dash != kDashes.end())
            at += dash->size() - 1;
        else if (kBetween.find(text[at]) == std::string_view::npos)
            return 0;
    }
    return 0;
}

/// Reads "2" or "1, 3" up to the closing mark; returns the end, 0: it is no citation.
size_t readNumbers(std::string_view text, size_t at, std::string_view close,
                   std::vector<size_t>& numbers) {
    std::vector<size_t> read;
    while (at < text.size()) {
        while (at < text.size() && (text[at] == ' ' || text[at] == '[' || text[at] == '^')) ++at;
        size_t value = 0, digits = 0;
        for (; at < text.size() && isDigit(text[at]) && digits < 5; ++at, ++digits)
            value = value * 10 + static_cast<size_t>(text[at] - '0');
        if (digits == 0) return 0;
        read.push_back(value);
        while (at < text.size() && text[at] == ' ') ++at;
        if (text.substr(at, close.size()) == close) {
            numbers.insert(numbers.end(), read.begin(), read.end());
            return at + close.size();
        }
        if (at >= text.size() || (text[at] != ',' && text[at] != ';')) return 0;
        ++at;
    }
    return 0;
}

std::string keyOf(std::string_view text) {
    std::string key;
    for (const Word& word : wordsOf(text)) key += word.text + " ";
    return key;
}

}  // namespace

std::vector<size_t> takeCitations(std::string& sentence) {
    std::vector<size_t> numbers;
    std::string rest;
    for (size_t at = 0; at < sentence.size();) {
        size_t end = 0;
        for (const Marks& marks : kMarks)
            if (std::string_view(sentence).substr(at, marks.open.size()) == marks.open)
                end = readNumbers(sentence, at + marks.open.size(), marks.close, numbers);
        if (end > 0) {
            while (!rest.empty() && rest.back() == ' ') rest.pop_back();
            at = end;
        } else {
            rest += sentence[at++];
        }
    }
    while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\n')) rest.pop_back();
    sentence = rest;
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    std::erase_if(numbers, [](size_t n) { return n == 0 || n > kLargestNumber; });
    return numbers;
}

bool saysNothingFound(std::string_view sentence) {
    std::string text;
    for (const Word& word : wordsOf(sentence)) text += " " + word.text;
    text += " ";
    constexpr std::array<std::string_view, 12> kPhrases = {
        " not in your documents ", " not in the documents ", " do not contain ",
        " does not contain ",      " do not say ",           " does not say ",
        " no information ",        " not mentioned ",        " not provided in ",
        " is not specified ",      " cannot be answered ",   " do not mention "};
    return std::any_of(kPhrases.begin(), kPhrases.end(), [&](std::string_view phrase) {
        return text.find(phrase) != std::string::npos;
    });
}

std::string withoutOwnMarks(std::string_view text) {
    std::string kept;
    for (size_t at = 0; at < text.size();) {
        bool found = false;
        for (const Marks& marks : kMarks) {
            if (text.substr(at, marks.open.size()) != marks.open) continue;
            const size_t end = endOfMark(text, at + marks.open.size(), marks.close);
            if (end == 0) continue;
            const size_t inside = at + marks.open.size();
            kept += '(';
            kept += text.substr(inside, end - marks.close.size() - inside);
            kept += ')';
            at = end;
            found = true;
            break;
        }
        if (!found) kept += text[at++];
    }
    return kept;
}

std::string compose(std::vector<AnswerSentence>& sentences) {
    std::string all;
    for (AnswerSentence& sentence : sentences) {
        sentence.text = withoutOwnMarks(sentence.text);
        if (!all.empty()) all += beginsItem(sentence.text) ? '\n' : ' ';
        sentence.range.begin = all.size();
        all += sentence.text;
        for (const size_t n : sentence.cited) all += " [" + std::to_string(n) + "]";
        sentence.range.end = all.size();
    }
    return all;
}

Result<CitedAnswer> checkAnswer(std::string_view answer, SupportCheck& check, size_t passages,
                                std::string_view question) {
    CitedAnswer out;
    std::set<std::string> said;
    const std::vector<TextRange> ranges = splitSentences(answer);
    for (const TextRange range : ranges) {
        AnswerSentence sentence;
        sentence.text = answer.substr(range.begin, range.size());
        const std::vector<size_t> numbers = takeCitations(sentence.text);
        const std::string key = keyOf(sentence.text);
        if (key.empty()) {  // a citation by itself belongs to what stands before it
            out.dropped += numbers.size();
            continue;
        }
        if (!said.insert(key).second) continue;
        if (saysNothingFound(sentence.text)) {
            sentence.doubt = Doubt::NoClaim;
            out.dropped += numbers.size();
            out.sentences.push_back(std::move(sentence));
            continue;
        }
        std::string claim = sentence.text;
        if (!SupportCheck::standsAlone(claim)) claim = std::string(question) + " " + claim;
        for (const size_t n : numbers) {
            if (n > passages) {
                ++out.dropped;
                continue;
            }
            ALCOVE_TRY(const Support support, check.check(claim, {n - 1}));
            if (!support.supported()) {
                ++out.dropped;
                continue;
            }
            sentence.cited.push_back(n);
            sentence.evidence.push_back(support.evidence);
        }
        if (sentence.cited.empty()) {
            ALCOVE_TRY(const Support support, check.check(claim));
            sentence.doubt = support.doubt;
            if (support.supported()) {
                sentence.cited.push_back(support.source + 1);
                sentence.evidence.push_back(support.evidence);
            }
        }
        sentence.supported = !sentence.cited.empty();
        if (sentence.supported) sentence.doubt = Doubt::None;
        out.sentences.push_back(std::move(sentence));
    }
    out.text = compose(out.sentences);
    return out;
}

}  // namespace alcove::rag
