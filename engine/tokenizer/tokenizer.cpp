#include "engine/tokenizer/tokenizer.h"

#include "engine/base/unicode.h"
#include "engine/tokenizer/vocabulary_tokenizer.h"

namespace alcove::engine {
namespace {

/// What the decoders take from one token: SPM's first word loses the blank put before it.
std::string nextPiece(const Tokenizer& tokenizer, Token token, bool special, bool& started) {
    std::string piece = tokenizer.piece(token, special);
    if (piece.empty() || started) return piece;
    started = true;
    if (tokenizer.special().addSpacePrefix && piece.front() == ' ') piece.erase(0, 1);
    return piece;
}

/// Moves what is complete from `waiting` to the result; U+FFFD stands for what cannot be. At the
/// `end` an unfinished sequence cannot be either.
std::string takeComplete(std::string& waiting, bool end) {
    std::string out;
    std::string_view rest = waiting;
    while (!rest.empty()) {
        const Utf8Prefix prefix = strictUtf8Prefix(rest);
        if (prefix.state == Utf8Prefix::State::Unfinished && !end) break;
        if (prefix.state == Utf8Prefix::State::Whole) {
            out.append(rest.substr(0, prefix.bytes));
        } else {
            appendUtf8(out, kReplacementCharacter);
        }
        rest.remove_prefix(prefix.bytes);
    }
    waiting.erase(0, waiting.size() - rest.size());
    return out;
}

}  // namespace

bool Tokenizer::hasVocabulary(const GgufFile& file) {
    const std::string_view model = file.string("tokenizer.ggml.model").value_or("none");
    return model != "none" && model != "no_vocab";
}

Result<std::unique_ptr<const Tokenizer>> Tokenizer::load(const GgufFile& file) {
    if (!hasVocabulary(file)) return fail(file.name(), ": the file has no vocabulary");
    const std::string_view model = *file.string("tokenizer.ggml.model");
    const std::string_view pre = file.string("tokenizer.ggml.pre").value_or("");
    if (model == "llama") return loadSpm(file);
    if (model == "gpt2") return loadBpe(file, pre);
    if (model == "gemma4") return loadBpe(file, "gemma4");
    if (model == "bert") return loadWordPiece(file);
    if (model == "t5") return loadUnigram(file);
    return fail(file.name(), ": tokenizer.ggml.model is \"", model,
                "\"; known are llama, gpt2, gemma4, bert and t5");
}

std::string Tokenizer::decode(std::span<const Token> tokens, bool special) const {
    std::string out;
    bool started = false;
    for (const Token token : tokens) out += nextPiece(*this, token, special, started);
    return out;
}

std::string StreamDecoder::push(Token token) {
    m_waiting += nextPiece(*m_tokenizer, token, m_special, m_started);
    return takeComplete(m_waiting, false);
}

std::string StreamDecoder::finish() { return takeComplete(m_waiting, true); }

}  // namespace alcove::engine
