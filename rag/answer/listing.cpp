#include "rag/answer/listing.h"

#include <algorithm>
#include <array>

#include "rag/answer/related.h"

namespace alcove::rag {
namespace {

constexpr double kLeastMatch = 0.8;

bool ordersOnly(const Word& word) {
    constexpr std::array<std::string_view, 34> kWords = {
        "list",      "all",       "every",    "show",       "name",      "find",      "give",
        "enumerate", "many",      "number",   "count",      "times",     "time",      "often",
        "mention",   "mentioned", "mentions", "occur",      "occurs",    "sentence",  "sentences",
        "passage",   "passages",  "places",   "document",   "documents", "file",      "files",
        "section",   "sections",  "exist",    "altogether", "total",     "paragraphs"};
    return std::find(kWords.begin(), kWords.end(), word.text) != kWords.end();
}

bool has(const std::vector<Word>& words, const Word& wanted) {
    return std::any_of(words.begin(), words.end(), [&](const Word& word) {
        return word.text == wanted.text || related(word.stem, wanted.stem) >= kLeastMatch;
    });
}

std::string_view lastHeading(std::string_view heading) {
    constexpr std::string_view kBetweenHeadings = " › ";
    const size_t last = heading.rfind(kBetweenHeadings);
    return last == std::string_view::npos ? heading
                                          : heading.substr(last + kBetweenHeadings.size());
}

}  // namespace

std::vector<Word> listedWords(const Question& question, const std::vector<Source>& sources) {
    std::vector<Word> titles;
    std::string before;
    for (const Source& source : sources) {
        if (source.title == before) continue;
        before = source.title;
        const std::vector<Word> words = wordsOf(source.title);
        titles.insert(titles.end(), words.begin(), words.end());
    }
    std::vector<Word> wanted;
    for (const Word& word : question.words)
        if (!ordersOnly(word) && !word.stop &&
            std::none_of(titles.begin(), titles.end(),
                         [&](const Word& title) { return title.stem == word.stem; }))
            wanted.push_back(word);
    return wanted;
}

std::vector<Listed> listMatches(const Question& question, const std::vector<Source>& sources) {
    const std::vector<Word> wanted = listedWords(question, sources);
    std::vector<Listed> listed;
    if (wanted.empty()) return listed;
    std::string above, heading;
    for (size_t at = 0; at < sources.size(); ++at) {
        const Source& source = sources[at];
        if (source.heading != above || (at > 0 && sources[at - 1].title != source.title)) {
            above = source.heading;
            heading = std::string(lastHeading(above));
        }
        for (const TextRange range : sentencesOf(source)) {
            const std::string text = readable(source, range);
            const std::vector<Word> words = wordsOf(text);
            if (words.empty()) continue;
            if (isHeadingLine(source, range)) {
                heading = text;
                continue;
            }
            const std::vector<Word> over = wordsOf(heading);
            if (std::all_of(wanted.begin(), wanted.end(),
                            [&](const Word& word) { return has(words, word) || has(over, word); }))
                listed.push_back({at, range});
        }
    }
    return listed;
}

}  // namespace alcove::rag
