// The vocabulary of a model folder as a GGUF stores it: tokens with types and scores or merges, the
// ids of special tokens, and the chat template.
//
// Three kinds: WordPiece (bert), byte-level BPE ("gpt2"), SentencePiece merges ("llama"). The
// source is tokenizer.json; a SentencePiece tokenizer.model goes before it, and where there is no
// tokenizer.json the older vocabulary files (vocab.txt; vocab.json with merges.txt) are first
// brought into its form, so that one code path reads all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/writer.h"
#include "engine/import/config.h"
#include "engine/import/json.h"

namespace alcove::engine {

enum class TokenType : int32_t {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
};

/// The tokenizer's files, in the form of tokenizer.json and tokenizer_config.json.
struct TokenizerFiles {
    std::filesystem::path folder;
    std::string name;            // of the file the vocabulary comes from, for messages
    Json tokenizer;              // null when only a tokenizer.model is there
    Json settings;               // tokenizer_config.json; null when there is none
    bool sentencePiece = false;  // tokenizer.model is the source
};

[[nodiscard]] Result<TokenizerFiles> readTokenizerFiles(const std::filesystem::path& folder,
                                                        Family family);

/// Which tokens begin, end and structure a text, and the chat template.
struct SpecialTokens {
    std::vector<std::pair<std::string, uint32_t>> ids;  // "bos" → 1, …
    std::vector<std::pair<std::string, bool>> added;    // "bos" → put before every text
    std::optional<bool> lowercase, stripAccents;
    std::optional<std::string> chatTemplate;
    std::vector<std::pair<std::string, std::string>> namedTemplates;  // beside the default
};

/// `vocabulary` bounds the ids.
[[nodiscard]] Result<SpecialTokens> readSpecialTokens(const TokenizerFiles& files,
                                                      const ModelConfig& config, size_t vocabulary);

/// The name readers know the tokenizer's splitting rules by ("llama-bpe", "qwen2", …), found from
/// the rules themselves; an error quotes rules that have no name.
[[nodiscard]] Result<std::string> preTokenizerName(const Json& tokenizer, const std::string& name);

struct ImportedVocabulary {
    std::string model;  // "bert", "gpt2", "llama"
    std::string pre;
    std::vector<std::string> tokens;
    std::vector<TokenType> types;
    std::vector<float> scores;        // "llama"
    std::vector<std::string> merges;  // "gpt2"
    std::optional<bool> addSpacePrefix;
    SpecialTokens special;
};

[[nodiscard]] Result<ImportedVocabulary> readVocabulary(const std::filesystem::path& folder,
                                                        const ModelConfig& config);

void writeVocabulary(const ImportedVocabulary& vocabulary, GgufWriter& writer);

// Parts of readVocabulary(), one for each kind. They fill tokens, types, scores and merges.
[[nodiscard]] Result<ImportedVocabulary> readWordVocabulary(const TokenizerFiles& files,
                                                            const ModelConfig& config);
[[nodiscard]] Result<ImportedVocabulary> readMergedVocabulary(const TokenizerFiles& files,
                                                              const ModelConfig& config);

/// Added tokens that act as control tokens though their file does not say so: "<|…|>", "<pad>", ….
[[nodiscard]] bool looksSpecial(std::string_view token);

/// All of `text` with `from` replaced.
[[nodiscard]] std::string replaceAll(std::string_view text, std::string_view from,
                                     std::string_view to);

constexpr std::string_view kWordMark = "\xe2\x96\x81";  // ▁, a blank in SentencePiece's alphabet

}  // namespace alcove::engine
