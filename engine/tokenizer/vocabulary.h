// The vocabulary a model file carries: pieces, scores, kinds and special tokens, checked and copied
// out of the file, so that a tokenizer does not need the file to stay open.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/reader.h"
#include "engine/tokenizer/piece_table.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::engine {

enum class TokenizerKind : uint8_t { Spm, Bpe, WordPiece, Unigram };

/// What is known of a token, as bits: a piece that the file calls normal can turn out to be a
/// control token by its name.
struct TokenKind {
    enum : uint8_t {
        Normal = 1,
        Unknown = 2,
        Control = 4,
        UserDefined = 8,
        Unused = 16,
        Byte = 32,
        StripLeft = 64,    // blanks before it belong to it
        StripRight = 128,  // blanks after it belong to it
    };
};

class Vocabulary {
public:
    static Result<Vocabulary> load(const GgufFile& file, TokenizerKind kind);

    [[nodiscard]] int32_t size() const { return m_pieces.size(); }
    [[nodiscard]] bool contains(Token token) const { return token >= 0 && token < size(); }
    [[nodiscard]] Token find(std::string_view piece) const { return m_pieces.find(piece); }
    // The token must be one of the vocabulary's.
    [[nodiscard]] std::string_view piece(Token token) const { return m_pieces[token]; }
    [[nodiscard]] float score(Token token) const { return m_scores[static_cast<size_t>(token)]; }
    [[nodiscard]] bool is(Token token, int kinds) const {
        return (m_kinds[static_cast<size_t>(token)] & kinds) != 0;
    }
    [[nodiscard]] bool isEnd(Token token) const { return m_ends[static_cast<size_t>(token)]; }

    /// The token `<0x0A>` of a byte, or kNoToken.
    [[nodiscard]] Token byteToken(uint8_t byte) const;

    /// Ids from the file or the kind's defaults; addBos and its like are the tokenizer's.
    [[nodiscard]] const Tokenizer::Special& special() const { return m_special; }

private:
    Result<void> readPieces(const GgufFile& file);
    Result<void> readScores(const GgufFile& file);
    Result<void> readKinds(const GgufFile& file);
    Result<void> readSpecial(const GgufFile& file, TokenizerKind kind);
    Result<Token> readId(const GgufFile& file, std::string_view key, Token fallback) const;
    Result<void> findEnds(const GgufFile& file);
    void settleEnds();
    void setStripping(const GgufFile& file);
    Token firstControl(std::span<const std::string_view> names);
    void mark(Token token, int kinds) {
        uint8_t& bits = m_kinds[static_cast<size_t>(token)];
        bits = static_cast<uint8_t>(bits | kinds);
    }
    void strip(std::string_view piece, int kinds, bool on);

    PieceTable m_pieces;
    std::vector<float> m_scores;
    std::vector<uint8_t> m_kinds;
    std::vector<bool> m_ends;
    Tokenizer::Special m_special;
};

/// Joins strings for a piece's look-up key: `tokenizer.ggml.` and a name.
[[nodiscard]] std::string tokenizerKey(std::string_view name);

}  // namespace alcove::engine
