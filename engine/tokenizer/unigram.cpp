// SentencePiece's unigram language model, the tokenizer of T5 and of the XLM-R embedders.
//
// The text is normalised by the file's compiled rules, blanks become ▁, and of all ways to write it
// with pieces the one with the largest sum of scores (log probabilities) is found by dynamic
// programming over its bytes. A character that is no piece costs ten more than the worst piece;
// neighbouring unknown characters become one token.
//
// Source: Kudo 2018; sentencepiece's unigram_model.cc (EncodeOptimized) and normalizer.cc.
#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "engine/base/unicode.h"
#include "engine/tokenizer/charsmap.h"
#include "engine/tokenizer/trie.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace alcove::engine {
namespace {

class UnigramTokenizer : public VocabularyTokenizer {
public:
    UnigramTokenizer(Vocabulary vocabulary, Charsmap charsmap, const GgufFile& file)
        : VocabularyTokenizer(std::move(vocabulary)), m_charsmap(std::move(charsmap)) {
        m_special.addEos = true;
        readAdditions(file);
        m_mergeBlanks = file.boolean("tokenizer.ggml.remove_extra_whitespaces").value_or(false);
        collectPieces(file);
    }

protected:
    void encodePlain(std::string_view text, bool first, std::vector<Token>& out) const override;

private:
    struct Best {
        double score = -std::numeric_limits<double>::max();
        Token token = kNoToken;
        uint32_t begin = 0;
    };

    void collectPieces(const GgufFile& file);
    [[nodiscard]] std::string normalise(std::string_view text) const;
    [[nodiscard]] size_t userDefinedPrefix(std::string_view text) const;
    void extend(std::string_view text, size_t at, std::vector<Best>& best) const;

    Charsmap m_charsmap;
    bool m_mergeBlanks = false;
    Trie m_pieces;
    Trie m_userDefined;  // these pass the normalisation as they are
    double m_unknownScore = 0;
};

void UnigramTokenizer::collectPieces(const GgufFile& file) {
    // By the kinds the file gives, before names made control tokens of some.
    const GgufArray* types = file.array("tokenizer.ggml.token_type");
    std::vector<Trie::Key> pieces;
    std::vector<Trie::Key> userDefined;
    float least = std::numeric_limits<float>::max();
    for (Token token = 0; token < size(); ++token) {
        const int64_t type = types == nullptr ? 1 : types->integer(static_cast<uint64_t>(token));
        const std::string_view piece = m_vocabulary.piece(token);
        if (type == 1) least = std::min(least, m_vocabulary.score(token));
        if (type == 1 || type == 4 || type == 5) pieces.emplace_back(piece, token);
        if (type == 4) userDefined.emplace_back(piece, token);
    }
    constexpr float kPenalty = 10;
    m_unknownScore = least - kPenalty;
    m_pieces = Trie(std::move(pieces));
    m_userDefined = Trie(std::move(userDefined));
}

size_t UnigramTokenizer::userDefinedPrefix(std::string_view text) const {
    // As in the reference, the beginning of a user-defined piece is enough.
    uint32_t node = Trie::kRoot;
    size_t length = 0;
    while (length < text.size()) {
        node = m_userDefined.next(node, text[length]);
        if (node == Trie::kNone) break;
        ++length;
    }
    return length;
}

std::string UnigramTokenizer::normalise(std::string_view text) const {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    bool prefixed = false;
    bool inWord = false;
    const auto put = [&](std::string_view piece) {
        for (const char c : piece) {
            if (c == ' ') {
                inWord = false;
                if (!m_mergeBlanks) out.append(kBlankMark);
                continue;
            }
            if (!inWord) {
                inWord = true;
                if ((m_special.addSpacePrefix && !prefixed) || m_mergeBlanks) {
                    out.append(kBlankMark);
                    prefixed = true;
                }
            }
            out.push_back(c);
        }
    };
    while (!text.empty()) {
        size_t used = userDefinedPrefix(text);
        if (used > 0) {
            put(text.substr(0, used));
        } else if (const Charsmap::Match match = m_charsmap.longest(text); match.length > 0) {
            put(match.replacement);
            used = match.length;
        } else {
            const Utf8Char c = decodeUtf8Loosely(text, 0);
            used = c.bytes;
            put(c.valid ? text.substr(0, used) : kReplacement);
        }
        text.remove_prefix(used);
    }
    return out;
}

void UnigramTokenizer::extend(std::string_view text, size_t at, std::vector<Best>& best) const {
    const size_t character = std::min(utf8Length(text[at]), text.size() - at);
    const double score = best[at].score;
    const auto offer = [&](size_t end, double sum, Token token) {
        if (sum > best[end].score) best[end] = {sum, token, static_cast<uint32_t>(at)};
    };
    bool known = false;
    uint32_t node = Trie::kRoot;
    for (size_t end = at; end < text.size();) {
        node = m_pieces.next(node, text[end++]);
        if (node == Trie::kNone) break;
        const Token token = m_pieces.value(node);
        if (token == kNoToken) continue;
        known = known || end - at == character;
        // A user-defined piece is worth more than any log probability.
        const bool userDefined = m_vocabulary.is(token, TokenKind::UserDefined);
        offer(end, score + (userDefined ? 0.0 : m_vocabulary.score(token)), token);
    }
    if (!known) offer(at + character, score + m_unknownScore, m_special.unknown);
}

void UnigramTokenizer::encodePlain(std::string_view text, bool, std::vector<Token>& out) const {
    const std::string normal = normalise(text);
    if (normal.empty()) return;
    std::vector<Best> best(normal.size() + 1);
    best[0] = {0, m_special.unknown, 0};
    for (size_t at = 0; at < normal.size();
         at += std::min(utf8Length(normal[at]), normal.size() - at)) {
        extend(normal, at, best);
    }
    const size_t before = out.size();
    bool afterUnknown = false;
    for (size_t at = normal.size(); at > 0; at = best[at].begin) {
        const Token token = best[at].token;
        const bool unknown = token == m_special.unknown;
        if (!(unknown && afterUnknown)) out.push_back(token);
        afterUnknown = unknown;
    }
    std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
}

}  // namespace

LoadedTokenizer loadUnigram(const GgufFile& file) {
    ALCOVE_TRY(Vocabulary vocabulary, Vocabulary::load(file, TokenizerKind::Unigram));
    if (vocabulary.special().unknown == kNoToken) {
        return fail(file.name(), ": tokenizer.ggml.unknown_token_id is missing");
    }
    constexpr std::string_view kKey = "tokenizer.ggml.precompiled_charsmap";
    Charsmap charsmap;
    if (file.find(kKey) != nullptr) {
        const GgufArray* blob = file.array(kKey);
        if (blob == nullptr || (blob->type != GgufType::U8 && blob->type != GgufType::I8)) {
            return fail(file.name(), ": ", kKey, " is not a list of bytes");
        }
        auto parsed = Charsmap::parse(
            {reinterpret_cast<const char*>(blob->packed.data()), blob->packed.size()});
        if (!parsed) return fail(file.name(), ": ", kKey, " ", parsed.message());
        charsmap = std::move(*parsed);
    }
    return std::unique_ptr<const Tokenizer>(
        std::make_unique<UnigramTokenizer>(std::move(vocabulary), std::move(charsmap), file));
}

}  // namespace alcove::engine
