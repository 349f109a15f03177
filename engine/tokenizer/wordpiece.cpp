// WordPiece, the tokenizer of BERT and its embedding descendants.
//
// Text is normalised (base letters, lower case), control characters vanish, and it falls into words
// at blanks, around every punctuation character and every Chinese one. A word takes the longest
// piece from its left again and again; if something is left that no piece begins, the whole word is
// unknown. Files mark the pieces that begin a word with ▁.
//
// Source: BERT's BasicTokenizer and WordpieceTokenizer. Where the reference differs (each character
// is reduced to the first of its decomposition, marks are dropped by category) it is followed.
#include <memory>
#include <utility>

#include "engine/base/unicode.h"
#include "engine/tokenizer/trie.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace alcove::engine {
namespace {

/// The blocks that BERT treats as Chinese; the fifth begins 0x100 late, as in the tokenizer that
/// models were trained with.
bool isChinese(char32_t code) {
    struct Block {
        char32_t first, last;
    };
    constexpr Block kBlocks[] = {{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},
                                 {0x20000, 0x2A6DF}, {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F},
                                 {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
    for (const Block& block : kBlocks) {
        if (code >= block.first && code <= block.last) return true;
    }
    return false;
}

class WordPieceTokenizer : public VocabularyTokenizer {
public:
    WordPieceTokenizer(Vocabulary vocabulary, const GgufFile& file)
        : VocabularyTokenizer(std::move(vocabulary)) {
        m_special.addBos = true;
        m_special.addSeparator = true;
        readAdditions(file);
        m_front = m_special.bos;
        m_back = m_special.separator;
        m_lower = file.boolean("tokenizer.ggml.normalizer.lowercase").value_or(true);
        m_strip = file.boolean("tokenizer.ggml.normalizer.strip_accents").value_or(m_lower);
        std::vector<Trie::Key> keys;
        for (Token token = 0; token < size(); ++token) {
            keys.emplace_back(m_vocabulary.piece(token), token);
        }
        m_pieces = Trie(std::move(keys));
    }

protected:
    void encodePlain(std::string_view text, bool, std::vector<Token>& out) const override {
        const CharClassTable& classes = charClasses();
        std::string word(kBlankMark);
        const auto finish = [&] {
            if (word.size() > kBlankMark.size()) encodeWord(word, out);
            word.resize(kBlankMark.size());
        };
        for (size_t at = 0; at < text.size();) {
            const Utf8Char c = decodeUtf8Loosely(text, at);
            at += c.bytes;
            const char32_t code = m_strip ? unicodeBase(c.code) : c.code;
            const uint8_t bits = classes[code];
            if ((bits & CharClass::White) != 0) {
                finish();
                continue;
            }
            if (code == 0 || code == kReplacementCharacter || (bits & CharClass::Control) != 0 ||
                (m_strip && (bits & CharClass::Mark) != 0)) {
                continue;
            }
            const bool alone = (bits & CharClass::Punctuation) != 0 ||
                               (code < 0x7F && (bits & CharClass::Symbol) != 0) || isChinese(code);
            if (alone) finish();
            appendUtf8(word, m_lower ? unicodeLower(code) : code);
            if (alone) finish();
        }
        finish();
    }

private:
    void encodeWord(std::string_view word, std::vector<Token>& out) const {
        const size_t before = out.size();
        while (!word.empty()) {
            uint32_t node = Trie::kRoot;
            Token longest = kNoToken;
            size_t length = 0;
            for (size_t i = 0; i < word.size(); ++i) {
                node = m_pieces.next(node, word[i]);
                if (node == Trie::kNone) break;
                if (const Token token = m_pieces.value(node); token != kNoToken) {
                    longest = token;
                    length = i + 1;
                }
            }
            if (longest == kNoToken) {
                out.resize(before);
                if (m_special.unknown != kNoToken) out.push_back(m_special.unknown);
                return;
            }
            out.push_back(longest);
            word.remove_prefix(length);
        }
    }

    bool m_lower = true;
    bool m_strip = true;  // accents
    Trie m_pieces;
};

}  // namespace

LoadedTokenizer loadWordPiece(const GgufFile& file) {
    ALCOVE_TRY(Vocabulary vocabulary, Vocabulary::load(file, TokenizerKind::WordPiece));
    return std::unique_ptr<const Tokenizer>(
        std::make_unique<WordPieceTokenizer>(std::move(vocabulary), file));
}

}  // namespace alcove::engine
