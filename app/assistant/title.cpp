#include "app/assistant/title.h"

#include <algorithm>

#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestTitle = 60;   // bytes
constexpr size_t kShownOfEach = 1200;  // bytes of question and answer that the model gets
constexpr int64_t kTitleTokens = 24;

bool isBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Blanks and line ends become one blank each.
std::string onOneLine(std::string_view text) {
    std::string line;
    for (const char c : text) {
        if (!isBlank(c))
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    if (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

/// At most so many bytes, whole characters, cut between words where there are any.
std::string shortened(std::string text, size_t most) {
    if (text.size() <= most) return text;
    size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    const size_t blank = text.rfind(' ', end);
    if (blank != std::string::npos && blank > most / 2) end = blank;
    text.resize(end);
    return text + "…";
}

}  // namespace

std::string firstWords(std::string_view question) {
    return shortened(onOneLine(printableText(question)), kLongestTitle);
}

PartnerQuestion titleQuestion(const PartnerModel& model, std::string_view question,
                              std::string_view answer) {
    PartnerQuestion asked;
    asked.model = model;
    asked.thinking = false;
    asked.tokens = kTitleTokens;
    const auto begin = [](std::string_view text) {
        return shortened(std::string(text), kShownOfEach);
    };
    asked.messages = Json::array(
        {{{"role", "system"},
          {"content",
           "You name conversations. Reply with a title of two to six words in the language of the "
           "conversation, and nothing else."}},
         {{"role", "user"},
          {"content", "Question: " + begin(question) + "\n\nAnswer: " + begin(answer) +
                          "\n\nTitle of this conversation:"}}});
    return asked;
}

std::optional<std::string> titleIn(std::string_view reply) {
    constexpr std::string_view kQuotes = "\"'*#`_ ";
    std::string title(reply.substr(0, reply.find('\n')));
    for (const std::string_view label : {"Title:", "title:", "Titel:"})
        if (title.starts_with(label)) title.erase(0, label.size());
    const size_t begin = title.find_first_not_of(kQuotes);
    if (begin == std::string::npos) return std::nullopt;
    title = title.substr(begin, title.find_last_not_of(kQuotes) - begin + 1);
    if (!title.empty() && title.back() == '.') title.pop_back();
    title = onOneLine(printableText(title));
    const auto words = std::ranges::count(title, ' ') + 1;
    if (title.empty() || title.size() > kLongestTitle || words > 8) return std::nullopt;
    return title;
}

}  // namespace alcove::app
