// WordPiece and byte-level BPE: tokens come from the model's own list and from added_tokens, each
// at its id; ids that neither fills, up to the rows of the embedding, become "[PADn]".
#include <array>

#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

constexpr std::string_view kContinuation = "##";        // WordPiece: inside a word
constexpr std::string_view kEncodedBlank = "\xc4\xa0";  // Ġ, a blank in the byte alphabet

/// The alphabet of byte-level BPE: printable bytes of Latin-1 stand for themselves, the 68 others
/// for U+0100 and up in order. Gives the byte of a code point, or -1.
int byteOf(uint32_t code) {
    const auto isPrintable = [](uint32_t byte) {
        return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte != 0xad);
    };
    if (code < 0x100) return isPrintable(code) ? static_cast<int>(code) : -1;
    uint32_t next = 0x100;
    for (uint32_t byte = 0; byte < 0x100; ++byte)
        if (!isPrintable(byte) && next++ == code) return static_cast<int>(byte);
    return -1;
}

/// The text an added token decodes to: through the byte alphabet when all its characters are in it
/// and the bytes are text, else as it stands.
std::string decodedToken(const std::string& token) {
    std::string bytes;
    for (size_t i = 0; i < token.size();) {
        const auto lead = static_cast<unsigned char>(token[i]);
        uint32_t code = lead;
        size_t length = 1;
        if (lead >= 0xc2 && lead < 0xe0 && i + 1 < token.size()) {
            code = (lead & 0x1fu) << 6 | (static_cast<unsigned char>(token[i + 1]) & 0x3fu);
            length = 2;
        } else if (lead >= 0x80) {
            return token;
        }
        const int byte = byteOf(code);
        if (byte < 0) return token;
        bytes += static_cast<char>(byte);
        i += length;
    }
    return isUtf8(bytes) ? bytes : token;
}

/// Puts tokens at their ids.
class TokenTable {
public:
    TokenTable(const std::string& name, int64_t size) : m_name(name) {
        m_vocabulary.tokens.resize(static_cast<size_t>(size));
        m_vocabulary.types.resize(static_cast<size_t>(size), TokenType::Unused);
        for (size_t i = 0; i < m_vocabulary.tokens.size(); ++i)
            m_vocabulary.tokens[i] = concat("[PAD", i, ']');
    }

    Result<void> put(const Json* id, const std::string& text, TokenType type) {
        const auto at = asInteger(id);
        const auto size = static_cast<int64_t>(m_vocabulary.tokens.size());
        if (!at || *at < 0 || *at >= size)
            return fail(m_name, ": token \"", text.substr(0, 60), "\" has id ",
                        id ? id->dump().substr(0, 30) : "none", ", outside the ", size,
                        " that config.json's vocab_size allows");
        m_vocabulary.tokens[static_cast<size_t>(*at)] = text;
        m_vocabulary.types[static_cast<size_t>(*at)] = type;
        return {};
    }
    ImportedVocabulary take() { return std::move(m_vocabulary); }

private:
    const std::string& m_name;
    ImportedVocabulary m_vocabulary;
};

Result<void> putAddedTokens(const Json* added, bool byteLevel, TokenTable& table) {
    if (!added || !added->is_array()) return {};
    for (const Json& token : *added) {
        std::string text(stringAt(&token, "content"));
        if (byteLevel && !isTrue(&token, "normalized")) text = decodedToken(text);
        const bool control = isTrue(&token, "special") || looksSpecial(text);
        if (!control) text = replaceAll(text, kWordMark, " ");
        ALCOVE_CHECK(table.put(find(token, "id"), text,
                               control ? TokenType::Control : TokenType::UserDefined));
    }
    return {};
}

/// A merge is "left right", or a pair, whose blanks are then encoded.
Result<std::vector<std::string>> readMerges(const Json* list, const std::string& name) {
    std::vector<std::string> merges;
    if (!list || !list->is_array() || list->empty()) return fail(name, ": model.merges is missing");
    merges.reserve(list->size());
    for (const Json& merge : *list) {
        if (const std::string* text = asString(&merge)) {
            merges.push_back(*text);
            continue;
        }
        const bool pair = merge.is_array() && merge.size() == 2;
        const std::string* left = pair ? asString(&merge[0]) : nullptr;
        const std::string* right = pair ? asString(&merge[1]) : nullptr;
        if (!left || !right)
            return fail(name, ": model.merges: entry ", merges.size(), " is no pair of tokens");
        merges.push_back(replaceAll(*left, " ", kEncodedBlank) + ' ' +
                         replaceAll(*right, " ", kEncodedBlank));
    }
    return merges;
}

/// bert's readers mark the start of a word, not its continuation.
void markWordStarts(ImportedVocabulary& vocabulary) {
    for (size_t i = 0; i < vocabulary.tokens.size(); ++i) {
        std::string& token = vocabulary.tokens[i];
        if (vocabulary.types[i] == TokenType::Control) continue;
        if (token.starts_with(kContinuation))
            token.erase(0, kContinuation.size());
        else
            token.insert(0, kWordMark);
    }
}

Result<void> checkNormalizer(const Json& tokenizer, const std::string& name) {
    const Json* normalizer = find(tokenizer, "normalizer");
    const Json* list = find(normalizer, "normalizers");
    const size_t count = !normalizer ? 0 : list && list->is_array() ? list->size() : 1;
    for (size_t i = 0; i < count; ++i) {
        const std::string_view type = stringAt(list ? &(*list)[i] : normalizer, "type");
        if (type != "NFC" && type != "Lowercase" && type != "StripAccents")
            return fail(name, ": normalizer \"", type, "\" is not imported for byte-level BPE");
    }
    return {};
}

}  // namespace

Result<ImportedVocabulary> readWordVocabulary(const TokenizerFiles& files,
                                              const ModelConfig& config) {
    const bool bytes = config.family != Family::Bert;
    const Json* model = find(files.tokenizer, "model");
    const Json* words = find(model, "vocab");
    if (!words || !words->is_object()) return fail(files.name, ": model.vocab is missing");
    TokenTable table(files.name, config.vocabulary);
    for (const auto& [text, id] : words->items())
        ALCOVE_CHECK(table.put(&id, text, TokenType::Normal));
    ALCOVE_CHECK(putAddedTokens(find(files.tokenizer, "added_tokens"), bytes, table));

    ImportedVocabulary vocabulary = table.take();
    vocabulary.model = bytes ? "gpt2" : "bert";
    if (!bytes) {
        // The name the reference finds for English WordPiece; readers of "bert" need none.
        vocabulary.pre = "jina-v2-en";
        markWordStarts(vocabulary);
        return vocabulary;
    }
    ALCOVE_CHECK(checkNormalizer(files.tokenizer, files.name));
    ALCOVE_TRY(vocabulary.pre, preTokenizerName(files.tokenizer, files.name));
    ALCOVE_TRY(vocabulary.merges, readMerges(find(model, "merges"), files.name));
    return vocabulary;
}

}  // namespace alcove::engine
