#include "rag/retrieve/near_duplicates.h"

#include <algorithm>

#include "engine/base/checksum.h"
#include "engine/base/unicode.h"

namespace alcove::rag {

WordRuns wordRuns(std::string_view text) {
    constexpr uint8_t kWord = CharClass::Letter | CharClass::Number | CharClass::Mark;
    const CharClassTable& classes = charClasses();
    std::vector<uint64_t> words;
    bool inside = false;
    for (size_t at = 0; at < text.size();) {
        const Utf8Char c = decodeUtf8Loosely(text, at);
        at += c.bytes;
        const bool part = c.valid && (classes[c.code] & kWord) != 0;
        if (part) {
            if (!inside) words.push_back(kChecksumStart);
            const char32_t lower = unicodeLower(c.code);
            words.back() = checksum(std::as_bytes(std::span(&lower, 1)), words.back());
        }
        inside = part;
    }
    WordRuns runs;
    for (size_t i = 0; i < words.size(); ++i) {
        const size_t count = std::min<size_t>(3, words.size() - i);
        if (count < 3 && words.size() >= 3) break;
        runs.push_back(checksum(std::as_bytes(std::span(words).subspan(i, count))));
    }
    std::sort(runs.begin(), runs.end());
    runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
    return runs;
}

bool nearlyTheSame(const WordRuns& a, const WordRuns& b) {
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    size_t shared = 0;
    for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
        if (*x == *y) {
            ++shared;
            ++x;
            ++y;
        } else if (*x < *y) {
            ++x;
        } else {
            ++y;
        }
    }
    return shared * 10 >= (a.size() + b.size() - shared) * 8;
}

}  // namespace alcove::rag
