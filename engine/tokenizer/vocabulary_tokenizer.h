// What all tokenizers share: special tokens around and inside a text, and pieces back to bytes.
// A kind of tokenizer adds how plain text becomes tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/special_splitter.h"
#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/vocabulary.h"

namespace alcove::engine {

class VocabularyTokenizer : public Tokenizer {
public:
    [[nodiscard]] std::vector<Token> encode(std::string_view text,
                                            EncodeOptions options) const override;
    [[nodiscard]] std::string piece(Token token, bool special) const override;
    [[nodiscard]] int32_t size() const override { return m_vocabulary.size(); }
    [[nodiscard]] bool isControl(Token token) const override;
    [[nodiscard]] bool isEnd(Token token) const override;
    [[nodiscard]] Token find(std::string_view piece) const override {
        return m_vocabulary.find(piece);
    }

protected:
    explicit VocabularyTokenizer(Vocabulary vocabulary);

    /// Appends the tokens of plain text, never empty. The text begins the input or comes after a
    /// special token when `first`.
    virtual void encodePlain(std::string_view text, bool first, std::vector<Token>& out) const = 0;
    /// The bytes a normal piece stands for; ▁ becomes a blank unless a kind knows better.
    [[nodiscard]] virtual std::string normalPiece(std::string_view piece) const;

    /// Reads add_bos_token and its like; what the file does not say stays as it is.
    void readAdditions(const GgufFile& file);

    Vocabulary m_vocabulary;
    SpecialSplitter m_specials;
    Token m_front = kNoToken;  // put before and after the text when asked for
    Token m_back = kNoToken;
};

/// `▁`, which stands for a blank in pieces.
constexpr std::string_view kBlankMark = "\xE2\x96\x81";

/// The text with its blanks replaced by marks.
[[nodiscard]] std::string markBlanks(std::string_view text);

// The factories of the kinds, each in the file of its name.
using LoadedTokenizer = Result<std::unique_ptr<const Tokenizer>>;
LoadedTokenizer loadSpm(const GgufFile& file);
LoadedTokenizer loadBpe(const GgufFile& file, std::string_view preTokenizer);
LoadedTokenizer loadWordPiece(const GgufFile& file);
LoadedTokenizer loadUnigram(const GgufFile& file);

}  // namespace alcove::engine
