#include "engine/tokenizer/special_splitter.h"

#include <algorithm>

namespace alcove::engine {
namespace {

using Part = SpecialSplitter::Part;

bool isAsciiBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Where no special token may be, in a text that begins at `origin`.
struct Protected {
    const char* origin;
    std::span<const ByteRange> ranges;

    [[nodiscard]] bool touches(std::string_view part) const {
        const size_t begin = static_cast<size_t>(part.data() - origin);
        const auto after =
            std::upper_bound(ranges.begin(), ranges.end(), begin,
                             [](size_t at, const ByteRange& range) { return at < range.end; });
        return after != ranges.end() && after->begin < begin + part.size();
    }
};

/// Cuts every occurrence of one name out of a plain part.
void cut(std::string_view text, std::string_view name, Token token, const Vocabulary& vocabulary,
         const Protected& kept, std::vector<Part>& out) {
    size_t from = 0;
    for (size_t at = 0; (at = text.find(name, from)) != std::string_view::npos;) {
        if (kept.touches(text.substr(at, name.size()))) {
            from = at + 1;
            continue;
        }
        from = 0;
        std::string_view left = text.substr(0, at);
        text.remove_prefix(at + name.size());
        if (vocabulary.is(token, TokenKind::StripLeft)) {
            while (!left.empty() && isAsciiBlank(left.back())) left.remove_suffix(1);
        }
        if (vocabulary.is(token, TokenKind::StripRight)) {
            while (!text.empty() && isAsciiBlank(text.front())) text.remove_prefix(1);
        }
        if (!left.empty()) out.push_back({left, kNoToken});
        out.push_back({{}, token});
    }
    if (!text.empty()) out.push_back({text, kNoToken});
}

}  // namespace

SpecialSplitter::SpecialSplitter(const Vocabulary& vocabulary) {
    constexpr int kParsed = TokenKind::Control | TokenKind::Unknown;
    for (Token token = 0; token < vocabulary.size(); ++token) {
        if (vocabulary.is(token, kParsed | TokenKind::UserDefined)) {
            m_names.push_back({token, vocabulary.is(token, kParsed)});
        }
    }
    std::sort(m_names.begin(), m_names.end(), [&](const Name& a, const Name& b) {
        const size_t sizeA = vocabulary.piece(a.token).size();
        const size_t sizeB = vocabulary.piece(b.token).size();
        return sizeA != sizeB ? sizeA > sizeB : a.token < b.token;
    });
    std::vector<Trie::Key> keys;
    for (size_t i = 0; i < m_names.size(); ++i) {
        const std::string_view name = vocabulary.piece(m_names[i].token);
        m_starts[static_cast<uint8_t>(name.front())] = true;
        keys.emplace_back(name, static_cast<int32_t>(i));
    }
    m_trie = Trie(std::move(keys));
}

std::vector<bool> SpecialSplitter::occurring(std::string_view text) const {
    std::vector<bool> found(m_names.size(), false);
    for (size_t begin = 0; begin < text.size(); ++begin) {
        if (!m_starts[static_cast<uint8_t>(text[begin])]) continue;
        uint32_t node = Trie::kRoot;
        for (size_t at = begin; at < text.size(); ++at) {
            node = m_trie.next(node, text[at]);
            if (node == Trie::kNone) break;
            if (const int32_t name = m_trie.value(node); name >= 0) {
                found[static_cast<size_t>(name)] = true;
            }
        }
    }
    return found;
}

std::vector<Part> SpecialSplitter::split(const Vocabulary& vocabulary, std::string_view text,
                                         bool parseSpecial,
                                         std::span<const ByteRange> plain) const {
    if (text.empty()) return {};
    const Protected kept{text.data(), plain};
    std::vector<Part> parts = {{text, kNoToken}};
    if (m_names.empty()) return parts;
    const std::vector<bool> found = occurring(text);
    std::vector<Part> next;
    for (size_t i = 0; i < m_names.size(); ++i) {
        const auto [token, onlyParsed] = m_names[i];
        if (!found[i] || (onlyParsed && !parseSpecial)) continue;
        next.clear();
        for (const Part& part : parts) {
            if (part.token != kNoToken) {
                next.push_back(part);
            } else {
                cut(part.text, vocabulary.piece(token), token, vocabulary, kept, next);
            }
        }
        parts.swap(next);
    }
    return parts;
}

}  // namespace alcove::engine
