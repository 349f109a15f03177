// SentencePiece's byte-pair vocabularies ("llama" in a GGUF): a token's score says when it is
// merged, highest first.
//
// A tokenizer.model holds the scores. A tokenizer.json holds the list of merges in their order
// instead; the pairs that make one token stand together there, so the place of a token's first pair
// gives back the order of the scores (their values differ, which no reader sees).
#include "engine/base/mapped_file.h"
#include "engine/import/sentencepiece.h"
#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

constexpr float kUnfilledScore = -10000;
constexpr float kAddedScore = -1000;

ImportedVocabulary emptyVocabulary(int64_t size) {
    ImportedVocabulary vocabulary;
    vocabulary.model = "llama";
    vocabulary.pre = "default";
    vocabulary.tokens.resize(static_cast<size_t>(size));
    for (size_t i = 0; i < vocabulary.tokens.size(); ++i)
        vocabulary.tokens[i] = concat("[PAD", i, ']');
    vocabulary.types.resize(vocabulary.tokens.size(), TokenType::Unused);
    vocabulary.scores.resize(vocabulary.tokens.size(), kUnfilledScore);
    return vocabulary;
}

void putAdded(ImportedVocabulary& vocabulary, size_t id, std::string text, bool special) {
    const bool control = special || looksSpecial(text);
    vocabulary.tokens[id] = control ? std::move(text) : replaceAll(text, kWordMark, " ");
    vocabulary.types[id] = control ? TokenType::Control : TokenType::UserDefined;
    vocabulary.scores[id] = kAddedScore;
}

/// An id of an added token; nothing when the embedding has no row for it, as padded vocabularies
/// may have.
std::optional<size_t> placeOf(const ImportedVocabulary& vocabulary, std::optional<int64_t> id) {
    if (!id || *id < 0 || *id >= static_cast<int64_t>(vocabulary.tokens.size()))
        return std::nullopt;
    return static_cast<size_t>(*id);
}

Result<void> putAddedFromSettings(const TokenizerFiles& files, ImportedVocabulary& vocabulary) {
    const auto file = files.folder / "added_tokens.json";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        ALCOVE_TRY(const Json added, readJsonObject(file));
        for (const auto& [text, id] : added.items()) {
            const auto place = placeOf(vocabulary, asInteger(&id));
            if (!place) continue;
            vocabulary.tokens[*place] = text;
            vocabulary.types[*place] = TokenType::UserDefined;
            vocabulary.scores[*place] = kAddedScore;
        }
    }
    const Json* decoder = find(files.settings, "added_tokens_decoder");
    if (!decoder || !decoder->is_object()) return {};
    for (const auto& [key, token] : decoder->items()) {
        int64_t id = -1;
        if (!key.empty() && key.size() < 10 &&
            key.find_first_not_of("0123456789") == std::string::npos)
            id = std::stoll(key);
        const auto place = placeOf(vocabulary, id);
        if (place)
            putAdded(vocabulary, *place, std::string(stringAt(&token, "content")),
                     isTrue(&token, "special"));
    }
    return {};
}

TokenType typeOf(SentencePiece::Kind kind) {
    switch (kind) {
        case SentencePiece::Kind::Unknown:
            return TokenType::Unknown;
        case SentencePiece::Kind::Control:
            return TokenType::Control;
        case SentencePiece::Kind::Unused:
            return TokenType::Unused;
        case SentencePiece::Kind::Byte:
            return TokenType::Byte;
        default:
            return TokenType::Normal;
    }
}

Result<ImportedVocabulary> fromPieces(const TokenizerFiles& files, const ModelConfig& config) {
    ALCOVE_TRY(const MappedFile mapped, MappedFile::open(files.folder / "tokenizer.model"));
    ALCOVE_TRY(const SentencePieceModel model, parseSentencePiece(mapped.bytes(), files.name));
    if (!model.pairMerges)
        return fail(files.name, ": not a byte-pair model; ", familyName(config.family),
                    " models have no other");
    ImportedVocabulary vocabulary = emptyVocabulary(config.vocabulary);
    const size_t count = std::min(model.pieces.size(), vocabulary.tokens.size());
    for (size_t id = 0; id < count; ++id) {
        const SentencePiece& piece = model.pieces[id];
        if (!isUtf8(piece.text)) return fail(files.name, ": piece ", id, " is not valid UTF-8");
        vocabulary.tokens[id] = piece.text;
        vocabulary.types[id] = typeOf(piece.kind);
        vocabulary.scores[id] = piece.score;
    }
    if (!model.addDummyPrefix) vocabulary.addSpacePrefix = false;
    ALCOVE_CHECK(putAddedFromSettings(files, vocabulary));
    return vocabulary;
}

bool isByteToken(std::string_view token) {
    return token.size() == 6 && token.starts_with("<0x") && token.ends_with('>') &&
           token.substr(3, 2).find_first_not_of("0123456789ABCDEFabcdef") == std::string_view::npos;
}

/// Whether the tokenizer puts ▁ before the text, by a normaliser or by a pre-tokenizer.
bool prependsBlank(const Json& tokenizer) {
    const auto prepends = [](const Json* step) {
        const std::string_view type = stringAt(step, "type");
        if (type == "Prepend") return true;
        if (type != "Metaspace") return false;
        const std::string_view scheme = stringAt(step, "prepend_scheme");
        return scheme.empty() ? asBoolean(find(step, "add_prefix_space")).value_or(true)
                              : scheme != "never";
    };
    for (const auto& [part, list] :
         {std::pair("normalizer", "normalizers"), std::pair("pre_tokenizer", "pretokenizers")}) {
        const Json* root = find(tokenizer, part);
        if (prepends(root)) return true;
        const Json* steps = find(root, list);
        if (!steps || !steps->is_array()) continue;
        for (const Json& step : *steps)
            if (prepends(&step)) return true;
    }
    return false;
}

/// The text a merge makes.
std::optional<std::string> mergedText(const Json& merge) {
    if (const std::string* text = asString(&merge)) {
        const size_t blank = text->find(' ');
        if (blank == std::string::npos) return std::nullopt;
        return text->substr(0, blank) + text->substr(blank + 1);
    }
    if (!merge.is_array() || merge.size() != 2) return std::nullopt;
    const std::string* left = asString(&merge[0]);
    const std::string* right = asString(&merge[1]);
    if (!left || !right) return std::nullopt;
    return *left + *right;
}

/// Scores from the order of the merges; what no merge makes comes last.
Result<void> scoreByMerges(const Json* merges, const Json& words, const std::string& name,
                           ImportedVocabulary& vocabulary) {
    if (!merges || !merges->is_array()) return fail(name, ": model.merges is missing");
    std::vector<bool> scored(vocabulary.tokens.size(), false);
    int64_t rank = 0;
    for (const Json& merge : *merges) {
        const auto text = mergedText(merge);
        if (!text) return fail(name, ": model.merges: entry ", rank, " is no pair of tokens");
        const auto place = placeOf(vocabulary, asInteger(find(words, *text)));
        if (!place) return fail(name, ": model.merges: entry ", rank, " makes no token");
        if (!scored[*place]) vocabulary.scores[*place] = -static_cast<float>(rank);
        scored[*place] = true;
        ++rank;
    }
    for (size_t id = 0; id < scored.size(); ++id)
        if (!scored[id] && vocabulary.types[id] == TokenType::Normal)
            vocabulary.scores[id] = -static_cast<float>(rank);
    return {};
}

Result<ImportedVocabulary> fromMerges(const TokenizerFiles& files, const ModelConfig& config) {
    const Json* model = find(files.tokenizer, "model");
    const Json* words = find(model, "vocab");
    if (!words || !words->is_object()) return fail(files.name, ": model.vocab is missing");
    ImportedVocabulary vocabulary = emptyVocabulary(config.vocabulary);
    const std::string_view unknown = stringAt(model, "unk_token");
    for (const auto& [text, id] : words->items()) {
        const auto place = placeOf(vocabulary, asInteger(&id));
        if (!place)
            return fail(files.name, ": token \"", text.substr(0, 60), "\" has an id outside the ",
                        vocabulary.tokens.size(), " that config.json's vocab_size allows");
        vocabulary.tokens[*place] = text;
        vocabulary.types[*place] = isByteToken(text) ? TokenType::Byte
                                   : text == unknown ? TokenType::Unknown
                                                     : TokenType::Normal;
        vocabulary.scores[*place] = 0;
    }
    ALCOVE_CHECK(scoreByMerges(find(model, "merges"), *words, files.name, vocabulary));
    if (const Json* added = find(files.tokenizer, "added_tokens"); added && added->is_array())
        for (const Json& token : *added)
            if (const auto place = placeOf(vocabulary, asInteger(find(token, "id"))))
                putAdded(vocabulary, *place, std::string(stringAt(&token, "content")),
                         isTrue(&token, "special"));
    if (!prependsBlank(files.tokenizer)) vocabulary.addSpacePrefix = false;
    return vocabulary;
}

}  // namespace

Result<ImportedVocabulary> readMergedVocabulary(const TokenizerFiles& files,
                                                const ModelConfig& config) {
    return files.sentencePiece ? fromPieces(files, config) : fromMerges(files, config);
}

}  // namespace alcove::engine
