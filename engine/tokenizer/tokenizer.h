// Text to token ids and back, exactly as the model was trained: SPM, byte-level BPE, WordPiece and
// Unigram. A tokenizer is immutable after load and may be used by several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/reader.h"

namespace alcove::engine {

using Token = int32_t;
constexpr Token kNoToken = -1;

/// Bytes of a text, from `begin` to before `end`.
struct ByteRange {
    size_t begin = 0, end = 0;
};

struct EncodeOptions {
    bool addSpecial = false;    // BOS, EOS, CLS, SEP where the model's file asks for them
    bool parseSpecial = false;  // control tokens written in the text become themselves
    /// Ascending ranges that are somebody else's words: whatever stands there, or reaches into it,
    /// is never a special token, not even a user-defined one. So no document and no user can end
    /// a turn of the conversation.
    std::span<const ByteRange> plain = {};
};

class Tokenizer {
public:
    /// Builds the tokenizer a model file describes. A file without a vocabulary ("none",
    /// "no_vocab") has none: that is an error here; ask hasVocabulary() first.
    static Result<std::unique_ptr<const Tokenizer>> load(const GgufFile& file);
    [[nodiscard]] static bool hasVocabulary(const GgufFile& file);

    virtual ~Tokenizer() = default;

    /// Never fails: any byte sequence has tokens (invalid UTF-8 is treated as the reference treats
    /// it).
    [[nodiscard]] virtual std::vector<Token> encode(std::string_view text,
                                                    EncodeOptions options = {}) const = 0;

    /// The bytes of one token inside a text. Control tokens give their name when `special`, else
    /// nothing.
    [[nodiscard]] virtual std::string piece(Token token, bool special = false) const = 0;

    /// The text of a sequence; the blank that SPM puts before the first word is taken away.
    [[nodiscard]] std::string decode(std::span<const Token> tokens, bool special = false) const;

    [[nodiscard]] virtual int32_t size() const = 0;
    [[nodiscard]] virtual bool isControl(Token token) const = 0;
    /// Ends an answer: EOS, EOT, EOM and the families' own end-of-turn tokens.
    [[nodiscard]] virtual bool isEnd(Token token) const = 0;
    [[nodiscard]] virtual Token find(std::string_view piece) const = 0;  // kNoToken if absent

    struct Special {
        Token bos = kNoToken, eos = kNoToken, eot = kNoToken, eom = kNoToken, unknown = kNoToken;
        Token separator = kNoToken, padding = kNoToken, cls = kNoToken, mask = kNoToken;
        bool addBos = false, addEos = false, addSeparator = false;
        bool addSpacePrefix = false;
    };
    [[nodiscard]] const Special& special() const { return m_special; }

protected:
    Special m_special;
};

/// Turns tokens into text as they come and never emits half a character: bytes of an unfinished
/// UTF-8 sequence wait for the rest; what can never become valid is replaced by U+FFFD.
class StreamDecoder {
public:
    explicit StreamDecoder(const Tokenizer& tokenizer, bool special = false)
        : m_tokenizer(&tokenizer), m_special(special) {}

    /// Text that is complete with this token; may be empty.
    [[nodiscard]] std::string push(Token token);
    /// What is left at the end.
    [[nodiscard]] std::string finish();

private:
    const Tokenizer* m_tokenizer;
    bool m_special;
    bool m_started = false;
    std::string m_waiting;
};

}  // namespace alcove::engine
