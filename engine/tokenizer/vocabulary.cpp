#include "engine/tokenizer/vocabulary.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <span>
#include <string>

#include "engine/base/unicode.h"

namespace alcove::engine {
namespace {

using Names = std::span<const std::string_view>;

// Names by which the families' tokens are known where a file does not say what they do. The order
// decides which of several becomes eot().
constexpr std::string_view kTurnEnds[] = {
    "<|eot_id|>",        "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>",
    "<|end_of_text|>",   "<EOT>",      "_<EOT>",  "[EOT]",         "<｜end▁of▁sentence｜>",
    "<end_of_utterance>"};
constexpr std::string_view kMessageEnds[] = {"<|eom_id|>"};
constexpr std::string_view kOtherEnds[] = {
    "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "</s>",
    "[EOS]",      "<eos>",    "<turn|>",   "[e~[",      "<|tool_response>"};

// Fill-in-the-middle: padding, repository and file separators end an answer; the others only
// become control tokens.
struct FillNames {
    std::string_view key, oldKey;
    std::array<std::string_view, 8> names;
    bool ends;
};
constexpr FillNames kFill[] = {
    {"fim_pre_token_id",
     "prefix_token_id",
     {"<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>",
      "<|code_prefix|>", "<|prefix|>"},
     false},
    {"fim_suf_token_id",
     "suffix_token_id",
     {"<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>",
      "<|code_suffix|>", "<|suffix|>"},
     false},
    {"fim_mid_token_id",
     "middle_token_id",
     {"<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>",
      "<|code_middle|>", "<|middle|>"},
     false},
    {"fim_pad_token_id", "", {"<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"}, true},
    {"fim_rep_token_id",
     "",
     {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"},
     true},
    {"fim_sep_token_id", "", {"<|file_sep|>"}, true},
};

uint8_t kindOf(int64_t type) {
    switch (type) {  // as GGUF numbers them
        case 1:
            return TokenKind::Normal;
        case 2:
            return TokenKind::Unknown;
        case 3:
            return TokenKind::Control;
        case 4:
            return TokenKind::UserDefined;
        case 5:
            return TokenKind::Unused;
        case 6:
            return TokenKind::Byte;
        default:
            return 0;
    }
}

Tokenizer::Special defaults(TokenizerKind kind) {
    Tokenizer::Special special;
    switch (kind) {
        case TokenizerKind::Spm:
            special.bos = 1;
            special.eos = 2;
            special.unknown = 0;
            break;
        case TokenizerKind::Bpe:
            special.bos = 11;
            special.eos = 11;
            break;
        case TokenizerKind::WordPiece:
            special.bos = 101;
            special.unknown = 100;
            special.separator = 102;
            special.padding = 0;
            special.mask = 103;
            break;
        case TokenizerKind::Unigram:
            special.eos = 1;
            special.unknown = 2;
            special.padding = 0;
            break;
    }
    return special;
}

bool isStrictUtf8(std::string_view text) {
    while (!text.empty()) {
        const Utf8Prefix prefix = strictUtf8Prefix(text);
        if (prefix.state != Utf8Prefix::State::Whole) return false;
        text.remove_prefix(prefix.bytes);
    }
    return true;
}

bool containsAny(std::string_view text, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    });
}

}  // namespace

std::string tokenizerKey(std::string_view name) { return "tokenizer.ggml." + std::string(name); }

Result<Vocabulary> Vocabulary::load(const GgufFile& file, TokenizerKind kind) {
    Vocabulary vocabulary;
    ALCOVE_CHECK(vocabulary.readPieces(file));
    ALCOVE_CHECK(vocabulary.readScores(file));
    ALCOVE_CHECK(vocabulary.readKinds(file));
    ALCOVE_CHECK(vocabulary.readSpecial(file, kind));
    ALCOVE_CHECK(vocabulary.findEnds(file));
    vocabulary.settleEnds();
    vocabulary.setStripping(file);
    return vocabulary;
}

Result<void> Vocabulary::readPieces(const GgufFile& file) {
    const GgufArray* tokens = file.array("tokenizer.ggml.tokens");
    if (tokens == nullptr || tokens->type != GgufType::String || tokens->count == 0) {
        return fail(file.name(), ": tokenizer.ggml.tokens is not a list of strings");
    }
    if (tokens->count > static_cast<uint64_t>(std::numeric_limits<Token>::max()) / 8) {
        return fail(file.name(), ": tokenizer.ggml.tokens has ", tokens->count,
                    " entries, too many");
    }
    size_t bytes = 0;
    for (const std::string_view piece : tokens->strings) bytes += piece.size();
    m_pieces.reserve(tokens->count, bytes);
    for (size_t i = 0; i < tokens->strings.size(); ++i) {
        const std::string_view piece = tokens->strings[i];
        if (!isStrictUtf8(piece)) {
            return fail(file.name(), ": tokenizer.ggml.tokens: entry ", i, " is not UTF-8");
        }
        switch (m_pieces.add(piece.empty() ? concat("[EMPTY_", i, "]") : std::string(piece))) {
            case PieceTable::Added::Yes:
                break;
            case PieceTable::Added::Duplicate:
                return fail(file.name(), ": tokenizer.ggml.tokens: entry ", i, " (\"", piece,
                            "\") appears twice");
            case PieceTable::Added::Collides:
                return fail(file.name(), ": tokenizer.ggml.tokens: too many entries collide");
        }
    }
    return {};
}

Result<void> Vocabulary::readScores(const GgufFile& file) {
    m_scores.assign(static_cast<size_t>(size()), 0.0F);
    if (file.find("tokenizer.ggml.scores") == nullptr) return {};
    const GgufArray* scores = file.array("tokenizer.ggml.scores");
    if (scores == nullptr || (scores->type != GgufType::F32 && scores->type != GgufType::I32)) {
        return fail(file.name(), ": tokenizer.ggml.scores is not a list of numbers");
    }
    if (scores->count != m_scores.size()) {
        return fail(file.name(), ": tokenizer.ggml.scores has ", scores->count, " entries for ",
                    m_scores.size(), " tokens");
    }
    for (size_t i = 0; i < m_scores.size(); ++i) {
        m_scores[i] = static_cast<float>(scores->number(i));
        if (!std::isfinite(m_scores[i])) {
            return fail(file.name(), ": tokenizer.ggml.scores: entry ", i, " is not finite");
        }
    }
    return {};
}

Result<void> Vocabulary::readKinds(const GgufFile& file) {
    m_kinds.assign(static_cast<size_t>(size()), TokenKind::Normal);
    if (file.find("tokenizer.ggml.token_type") == nullptr) return {};
    const GgufArray* types = file.array("tokenizer.ggml.token_type");
    if (types == nullptr || (types->type != GgufType::I32 && types->type != GgufType::U32)) {
        return fail(file.name(), ": tokenizer.ggml.token_type is not a list of 32-bit integers");
    }
    if (types->count != m_kinds.size()) {
        return fail(file.name(), ": tokenizer.ggml.token_type has ", types->count, " entries for ",
                    m_kinds.size(), " tokens");
    }
    for (size_t i = 0; i < m_kinds.size(); ++i) m_kinds[i] = kindOf(types->integer(i));
    return {};
}

Result<Token> Vocabulary::readId(const GgufFile& file, std::string_view name,
                                 Token fallback) const {
    const std::string key = tokenizerKey(name);
    if (file.find(key) == nullptr) return contains(fallback) ? fallback : kNoToken;
    const std::optional<int64_t> id = file.integer(key);
    if (!id) return fail(file.name(), ": ", key, " is not an integer");
    // Converters write -1 (in 32 bits) for a token that a model has not got.
    if (*id == -1 || *id == int64_t{UINT32_MAX}) return kNoToken;
    if (*id < 0 || *id >= size()) {
        return fail(file.name(), ": ", key, " is ", *id, ", the vocabulary has ", size(),
                    " tokens");
    }
    return static_cast<Token>(*id);
}

Result<void> Vocabulary::readSpecial(const GgufFile& file, TokenizerKind kind) {
    m_special = defaults(kind);
    struct Field {
        std::string_view key;
        Token* id;
    };
    const Field fields[] = {{"bos_token_id", &m_special.bos},
                            {"eos_token_id", &m_special.eos},
                            {"eot_token_id", &m_special.eot},
                            {"eom_token_id", &m_special.eom},
                            {"unknown_token_id", &m_special.unknown},
                            {"seperator_token_id", &m_special.separator},  // so spelt in files
                            {"padding_token_id", &m_special.padding},
                            {"mask_token_id", &m_special.mask},
                            {"cls_token_id", &m_special.cls}};
    for (const Field& field : fields) {
        ALCOVE_TRY(*field.id, readId(file, field.key, *field.id));
    }
    if (kind == TokenizerKind::WordPiece) {
        // BERT's files name the same token BOS or CLS.
        if (file.find("tokenizer.ggml.bos_token_id") == nullptr && m_special.cls != kNoToken) {
            m_special.bos = m_special.cls;
        }
        if (m_special.cls == kNoToken) m_special.cls = m_special.bos;
    }
    return {};
}

Token Vocabulary::firstControl(Names names) {
    for (const std::string_view name : names) {
        const Token token = name.empty() ? kNoToken : find(name);
        if (token == kNoToken) continue;
        mark(token, TokenKind::Control);
        return token;
    }
    return kNoToken;
}

Result<void> Vocabulary::findEnds(const GgufFile& file) {
    m_ends.assign(static_cast<size_t>(size()), false);
    const auto end = [&](Token token) {
        if (token != kNoToken) m_ends[static_cast<size_t>(token)] = true;
    };
    if (m_special.eot == kNoToken) m_special.eot = firstControl(kTurnEnds);
    if (m_special.eom == kNoToken) m_special.eom = firstControl(kMessageEnds);
    for (const FillNames& fill : kFill) {
        ALCOVE_TRY(Token token, readId(file, fill.key, kNoToken));
        if (!fill.oldKey.empty()) {
            ALCOVE_TRY(token, readId(file, fill.oldKey, token));
        }
        if (token == kNoToken) token = firstControl(fill.names);
        if (fill.ends) end(token);
    }
    for (const Names names : {Names(kTurnEnds), Names(kMessageEnds), Names(kOtherEnds)}) {
        for (const std::string_view name : names) {
            const Token token = find(name);
            if (token == kNoToken) continue;
            end(token);
            mark(token, TokenKind::Control);
        }
    }
    // The channel marks of the harmony format are text to the model's users.
    for (const std::string_view name :
         {"<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"}) {
        const Token token = find(name);
        if (token != kNoToken) m_kinds[static_cast<size_t>(token)] = TokenKind::UserDefined;
    }
    end(m_special.eos);
    end(m_special.eot);
    end(m_special.eom);
    return {};
}

void Vocabulary::settleEnds() {
    const auto ends = [&](std::string_view name) {
        const Token token = find(name);
        return token != kNoToken && isEnd(token);
    };
    const auto demote = [&](std::string_view name, uint8_t kind) {
        const auto token = static_cast<size_t>(find(name));
        m_ends[token] = false;
        m_kinds[token] = kind;
    };
    // Where an answer is made of channels, <|end|> ends a channel only.
    const bool calls = ends("<|call|>") || ends("<|calls|>");
    if (calls && ends("<|end|>") && (ends("<|return|>") || ends("<|flush|>"))) {
        demote("<|end|>", TokenKind::UserDefined);
    }
    // Gemma 4 has the HTML tag </s> among its normal words.
    if (ends("<|tool_response>") && ends("</s>")) demote("</s>", TokenKind::Normal);
}

void Vocabulary::strip(std::string_view piece, int kinds, bool on) {
    const Token token = find(piece);
    if (token == kNoToken) return;
    uint8_t& bits = m_kinds[static_cast<size_t>(token)];
    bits = static_cast<uint8_t>(on ? bits | kinds : bits & ~kinds);
}

void Vocabulary::setStripping(const GgufFile& file) {
    // No file says which tokens swallow blanks; it is known of these models.
    std::string name(file.string("general.name").value_or(""));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const std::string_view pre = file.string("tokenizer.ggml.pre").value_or("");
    const std::string_view architecture = file.string("general.architecture").value_or("");
    if (containsAny(pre, {"jina-v2-de", "jina-v2-es", "jina-v2-code"}) ||
        containsAny(architecture, {"nomic-bert-moe", "jina-bert-v3"})) {
        strip("<mask>", TokenKind::StripLeft, true);
    } else if (containsAny(name, {"phi-3", "phi3"})) {
        constexpr int kSpecial = TokenKind::Control | TokenKind::UserDefined | TokenKind::Unknown;
        for (Token token = 0; token < size(); ++token) {
            if (is(token, kSpecial)) mark(token, TokenKind::StripRight);
        }
        strip("</s>", TokenKind::StripRight, true);
        for (const std::string_view piece : {"<unk>", "<s>", "<|endoftext|>"}) {
            strip(piece, TokenKind::StripRight, false);
        }
    } else if (containsAny(name, {"modern-bert"})) {
        strip("[MASK]", TokenKind::StripLeft, true);
    }
}

Token Vocabulary::byteToken(uint8_t byte) const {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    const char name[] = {'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'};
    return find({name, sizeof name});
}

}  // namespace alcove::engine
