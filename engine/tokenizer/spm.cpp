// SentencePiece's greedy tokenizer, which llama, mistral, phi-3 and gemma's files up to 3n use.
//
// Blanks become ▁. The text's characters are merged pair by pair; a pair merges if both together
// are a piece, that with the highest score first. A character that is no piece becomes one token
// for each of its bytes.
//
// Source: sentencepiece's bpe_model.cc; the rules about blanks and special tokens are those of the
// reference's "llama" vocabulary.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/tokenizer/pair_merger.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace alcove::engine {
namespace {

class SpmTokenizer : public VocabularyTokenizer {
public:
    SpmTokenizer(Vocabulary vocabulary, const GgufFile& file)
        : VocabularyTokenizer(std::move(vocabulary)) {
        m_special.addBos = true;
        m_special.addSpacePrefix = true;
        readAdditions(file);
        rankScores();
        for (Token token = 0; token < size(); ++token) {
            m_neighbours.addPiece(m_vocabulary.piece(token));
        }
        for (int byte = 0; byte < 256; ++byte) {
            const Token token = m_vocabulary.byteToken(static_cast<uint8_t>(byte));
            const char itself = static_cast<char>(byte);
            m_bytes[byte] = token != kNoToken ? token : m_vocabulary.find({&itself, 1});
            if (m_bytes[byte] == kNoToken) m_bytes[byte] = m_special.unknown;
        }
    }

protected:
    void encodePlain(std::string_view text, bool first, std::vector<Token>& out) const override {
        std::string marked = markBlanks(text);
        if (first && m_special.addSpacePrefix) marked.insert(0, kBlankMark);
        PairMerger merger;
        std::vector<Symbol> symbols;
        m_neighbours.split(marked, [&](size_t begin, size_t end) {
            encodePart(std::string_view(marked).substr(begin, end - begin), merger, symbols, out);
        });
    }

private:
    void encodePart(std::string_view text, PairMerger& merger, std::vector<Symbol>& symbols,
                    std::vector<Token>& out) const {
        symbols.clear();
        for (size_t at = 0; at < text.size();) {
            const size_t length = std::min(utf8Length(text[at]), text.size() - at);
            symbols.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(length), -1});
            at += length;
        }
        merger.merge(symbols, [&](const Symbol& left, const Symbol& right) -> Joined {
            const Token token = m_vocabulary.find(text.substr(left.begin, left.size + right.size));
            if (token == kNoToken) return {};
            return {m_order[static_cast<size_t>(token)], token};
        });
        for (const Symbol& symbol : symbols) {
            const std::string_view piece = text.substr(symbol.begin, symbol.size);
            const Token token = symbol.id >= 0 ? symbol.id : m_vocabulary.find(piece);
            if (token != kNoToken) {
                out.push_back(token);
                continue;
            }
            for (const char byte : piece) appendByte(static_cast<uint8_t>(byte), out);
        }
    }

    void appendByte(uint8_t byte, std::vector<Token>& out) const {
        if (m_bytes[byte] != kNoToken) out.push_back(m_bytes[byte]);
    }

    /// Scores only matter by their order, which fits an integer key: 0 for the highest.
    void rankScores() {
        std::vector<Token> byScore(static_cast<size_t>(size()));
        for (size_t i = 0; i < byScore.size(); ++i) byScore[i] = static_cast<Token>(i);
        std::sort(byScore.begin(), byScore.end(),
                  [&](Token a, Token b) { return m_vocabulary.score(a) > m_vocabulary.score(b); });
        m_order.resize(byScore.size());
        uint32_t order = 0;
        for (size_t i = 0; i < byScore.size(); ++i) {
            if (i > 0 && m_vocabulary.score(byScore[i]) != m_vocabulary.score(byScore[i - 1])) {
                ++order;
            }
            m_order[static_cast<size_t>(byScore[i])] = order;
        }
    }

    std::vector<uint32_t> m_order;  // of each token's merge
    NeighbourFilter m_neighbours;
    Token m_bytes[256];
};

}  // namespace

LoadedTokenizer loadSpm(const GgufFile& file) {
    ALCOVE_TRY(Vocabulary vocabulary, Vocabulary::load(file, TokenizerKind::Spm));
    return std::unique_ptr<const Tokenizer>(
        std::make_unique<SpmTokenizer>(std::move(vocabulary), file));
}

}  // namespace alcove::engine
