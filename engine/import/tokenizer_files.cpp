// Finds a folder's tokenizer and brings the older vocabulary files into the form of tokenizer.json.
#include <algorithm>

#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

constexpr uint64_t kVocabularyBytes = uint64_t{64} << 20;

bool has(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored);
}

/// Lines without their ends; "\r\n" counts as one.
std::vector<std::string_view> linesOf(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

Json addedToken(int64_t id, std::string_view content, bool special) {
    return {{"id", id}, {"content", content}, {"special", special}, {"normalized", false}};
}

/// added_tokens_decoder of tokenizer_config.json and added_tokens.json, as tokenizer.json has them.
Result<Json> addedTokens(const std::filesystem::path& folder, const Json& settings) {
    Json added = Json::array();
    if (const Json* decoder = find(settings, "added_tokens_decoder");
        decoder && decoder->is_object()) {
        for (const auto& [id, token] : decoder->items()) {
            const bool digits = !id.empty() && id.size() < 10 &&
                                id.find_first_not_of("0123456789") == std::string::npos;
            if (!digits)
                return fail((folder / "tokenizer_config.json").string(),
                            ": added_tokens_decoder: \"", id.substr(0, 40), "\" is no id");
            added.push_back(
                addedToken(std::stoll(id), stringAt(&token, "content"), isTrue(&token, "special")));
        }
    } else if (const auto file = folder / "added_tokens.json"; has(file)) {
        ALCOVE_TRY(const Json tokens, readJsonObject(file));
        for (const auto& [content, id] : tokens.items())
            added.push_back(addedToken(asInteger(&id).value_or(-1), content, false));
    }
    return added;
}

/// vocab.txt: a token a line, the line's number is its id.
Result<Json> fromWordList(const std::filesystem::path& file, const Json& settings) {
    ALCOVE_TRY(const std::string text, readText(file, kVocabularyBytes));
    Json words = Json::object();
    Json added = Json::array();
    int64_t id = 0;
    for (const std::string_view line : linesOf(text)) {
        words[std::string(line)] = id;
        for (const std::string_view special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"})
            if (line == special) added.push_back(addedToken(id, line, true));
        ++id;
    }
    const bool lower = asBoolean(find(settings, "do_lower_case")).value_or(true);
    const auto special = [](std::string_view token) {
        return Json{{"SpecialToken", {{"id", token}, {"type_id", 0}}}};
    };
    const Json first = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
    const Json second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
    return Json{
        {"added_tokens", std::move(added)},
        {"normalizer", {{"type", "BertNormalizer"}, {"lowercase", lower}, {"strip_accents", {}}}},
        {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
        {"post_processor",
         {{"type", "TemplateProcessing"},
          {"single", Json::array({special("[CLS]"), first, special("[SEP]")})},
          {"pair",
           Json::array({special("[CLS]"), first, special("[SEP]"), second, special("[SEP]")})}}},
        {"model", {{"type", "WordPiece"}, {"unk_token", "[UNK]"}, {"vocab", std::move(words)}}}};
}

/// The splitting rules of a tokenizer class that ships without a tokenizer.json.
Result<Json> rulesOfClass(std::string_view name, const std::string& where) {
    if (name == "GPT2Tokenizer" || name == "GPT2TokenizerFast")
        return Json{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}};
    if (name == "Qwen2Tokenizer" || name == "Qwen2TokenizerFast") {
        constexpr std::string_view kPattern =
            R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
        const Json split = {{"type", "Split"},
                            {"pattern", {{"Regex", kPattern}}},
                            {"behavior", "Isolated"},
                            {"invert", false}};
        const Json bytes = {
            {"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}};
        return Json{{"type", "Sequence"}, {"pretokenizers", Json::array({split, bytes})}};
    }
    return fail(where, ": there is no tokenizer.json, and tokenizer_class \"", name,
                "\" does not tell how text is split");
}

/// merges.txt: a pair a line, after an optional first line that names the version.
Result<Json> readMerges(const std::filesystem::path& file) {
    ALCOVE_TRY(const std::string text, readText(file, kVocabularyBytes));
    Json merges = Json::array();
    size_t number = 0;
    for (const std::string_view line : linesOf(text)) {
        ++number;
        if (line.empty() || (number == 1 && line.starts_with('#'))) continue;
        if (std::count(line.begin(), line.end(), ' ') != 1 || line.starts_with(' ') ||
            line.ends_with(' '))
            return fail(file.string(), ": line ", number, " is not a pair of tokens");
        merges.push_back(line);
    }
    return merges;
}

/// vocab.json and merges.txt, the files of the first byte-level BPE tokenizers.
Result<Json> fromVocabularyAndMerges(const std::filesystem::path& folder, const Json& settings) {
    ALCOVE_TRY(Json words, readJsonObject(folder / "vocab.json"));
    ALCOVE_TRY(Json merges, readMerges(folder / "merges.txt"));
    ALCOVE_TRY(Json added, addedTokens(folder, settings));
    ALCOVE_TRY(Json rules, rulesOfClass(stringAt(&settings, "tokenizer_class"), folder.string()));
    return Json{
        {"added_tokens", std::move(added)},
        {"pre_tokenizer", std::move(rules)},
        {"model", {{"type", "BPE"}, {"vocab", std::move(words)}, {"merges", std::move(merges)}}}};
}

bool isByteLevel(const Json& tokenizer) {
    const Json* model = find(tokenizer, "model");
    return stringAt(model, "type") == "BPE" && !isTrue(model, "byte_fallback");
}

}  // namespace

Result<TokenizerFiles> readTokenizerFiles(const std::filesystem::path& folder, Family family) {
    TokenizerFiles files;
    files.folder = folder;
    if (has(folder / "tokenizer_config.json")) {
        ALCOVE_TRY(files.settings, readJsonObject(folder / "tokenizer_config.json"));
    }
    const bool words = family == Family::Bert;
    files.name = (folder / "tokenizer.json").string();
    if (has(folder / "tokenizer.json")) {
        ALCOVE_TRY(files.tokenizer, readJsonObject(folder / "tokenizer.json"));
    } else if (words && has(folder / "vocab.txt")) {
        files.name = (folder / "vocab.txt").string();
        ALCOVE_TRY(files.tokenizer, fromWordList(folder / "vocab.txt", files.settings));
    }
    const bool mayBePieces = !words && (files.tokenizer.is_null() || !isByteLevel(files.tokenizer));
    if (mayBePieces && has(folder / "tokenizer.model")) {
        files.sentencePiece = true;
        files.name = (folder / "tokenizer.model").string();
    } else if (!words && files.tokenizer.is_null() && has(folder / "vocab.json")) {
        files.name = (folder / "vocab.json").string();
        ALCOVE_TRY(files.tokenizer, fromVocabularyAndMerges(folder, files.settings));
    }
    if (files.tokenizer.is_null() && !files.sentencePiece)
        return fail(folder.string(), ": no tokenizer: neither tokenizer.json nor ",
                    words ? "vocab.txt" : "tokenizer.model nor vocab.json with merges.txt");
    return files;
}

}  // namespace alcove::engine
