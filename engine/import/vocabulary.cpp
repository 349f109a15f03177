#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

/// The key's name for a role; readers expect the misspelling.
std::string idKey(std::string_view role) {
    std::string_view name = role;
    if (role == "unk") name = "unknown";
    if (role == "sep") name = "seperator";
    if (role == "pad") name = "padding";
    return concat("tokenizer.ggml.", name, "_token_id");
}

void writeSpecialTokens(const SpecialTokens& special, GgufWriter& writer) {
    for (const auto& [role, id] : special.ids) writer.addU32(idKey(role), id);
    for (const auto& [role, flag] : special.added)
        writer.addBool(concat("tokenizer.ggml.add_", role, "_token"), flag);
    if (special.lowercase)
        writer.addBool("tokenizer.ggml.normalizer.lowercase", *special.lowercase);
    if (special.stripAccents)
        writer.addBool("tokenizer.ggml.normalizer.strip_accents", *special.stripAccents);
    std::vector<std::string> names;
    for (const auto& [name, text] : special.namedTemplates) {
        names.push_back(name);
        writer.addString("tokenizer.chat_template." + name, text);
    }
    if (!names.empty()) writer.addStrings("tokenizer.chat_templates", names);
    if (special.chatTemplate) writer.addString("tokenizer.chat_template", *special.chatTemplate);
}

/// Whether a blank goes before the text, where the settings say it; llama's reader asks for it.
void readSpacePrefix(const TokenizerFiles& files, Family family, ImportedVocabulary& vocabulary) {
    if (family == Family::Gemma3) {
        if (vocabulary.model == "llama") vocabulary.addSpacePrefix = false;
    } else if (family == Family::Llama) {
        if (const auto flag = asBoolean(find(files.settings, "add_prefix_space")))
            vocabulary.addSpacePrefix = flag;
    }
}

/// Byte-level models of this vocabulary size never begin with BOS, whatever their files say.
void correctSmallGranite(const ModelConfig& config, SpecialTokens& special) {
    constexpr int64_t kSize = 49152;
    if (config.family != Family::Llama || config.vocabulary != kSize) return;
    for (auto& [role, flag] : special.added)
        if (role == "bos") {
            flag = false;
            return;
        }
    special.added.emplace_back("bos", false);
}

}  // namespace

bool looksSpecial(std::string_view token) {
    const auto between = [&](std::string_view first, std::string_view last) {
        return token.starts_with(first) && token.ends_with(last);
    };
    return token == "<pad>" || token == "<mask>" || token == "<2mass>" || token == "[@BOS@]" ||
           between("<|", "|>") || between("<\xef\xbd\x9c", "\xef\xbd\x9c>") ||  // fullwidth bars
           between("<unused", ">");
}

std::string replaceAll(std::string_view text, std::string_view from, std::string_view to) {
    std::string result;
    for (size_t at = 0;;) {
        const size_t hit = text.find(from, at);
        result += text.substr(at, hit - at);
        if (hit == std::string_view::npos) return result;
        result += to;
        at = hit + from.size();
    }
}

Result<ImportedVocabulary> readVocabulary(const std::filesystem::path& folder,
                                          const ModelConfig& config) {
    ALCOVE_TRY(const TokenizerFiles files, readTokenizerFiles(folder, config.family));
    const Json* model = find(files.tokenizer, "model");
    const std::string_view type = stringAt(model, "type");
    const bool words = config.family == Family::Bert;
    if (!files.sentencePiece && type != (words ? "WordPiece" : "BPE"))
        return fail(files.name, ": tokenizer model \"", type, "\" is not imported for ",
                    familyName(config.family), " models");
    const bool merged = files.sentencePiece || (!words && isTrue(model, "byte_fallback"));
    ALCOVE_TRY(ImportedVocabulary vocabulary,
               merged ? readMergedVocabulary(files, config) : readWordVocabulary(files, config));
    readSpacePrefix(files, config.family, vocabulary);
    ALCOVE_TRY(vocabulary.special, readSpecialTokens(files, config, vocabulary.tokens.size()));
    correctSmallGranite(config, vocabulary.special);
    return vocabulary;
}

void writeVocabulary(const ImportedVocabulary& vocabulary, GgufWriter& writer) {
    writer.addString("tokenizer.ggml.model", vocabulary.model);
    writer.addString("tokenizer.ggml.pre", vocabulary.pre);
    writer.addStrings("tokenizer.ggml.tokens", vocabulary.tokens);
    if (!vocabulary.scores.empty()) writer.addF32s("tokenizer.ggml.scores", vocabulary.scores);
    std::vector<int32_t> types;
    for (const TokenType type : vocabulary.types) types.push_back(static_cast<int32_t>(type));
    writer.addI32s("tokenizer.ggml.token_type", types);
    if (!vocabulary.merges.empty()) writer.addStrings("tokenizer.ggml.merges", vocabulary.merges);
    if (vocabulary.addSpacePrefix)
        writer.addBool("tokenizer.ggml.add_space_prefix", *vocabulary.addSpacePrefix);
    writeSpecialTokens(vocabulary.special, writer);
}

}  // namespace alcove::engine
