// A prompt as a model reads it, and the part of it that is worth keeping on disk.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/answer/writer.h"
#include "engine/model/model.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {

[[nodiscard]] Result<std::vector<engine::Token>> promptTokens(const engine::Model& model,
                                                              const Prompt& prompt);

/// Tokens that an answer may have in a context, at most as many as are asked for. Fails where the
/// context is too short for documents and an answer.
[[nodiscard]] Result<int64_t> roomForAnswer(int64_t context, int64_t asked);

/// The computed state of the documents of a prompt: they come before the question, so that it
/// serves the next one too. Its file is named after the tokens it stands for.
struct KeptPrefill {
    std::filesystem::path file;
    size_t tokens = 0;  // of the prompt's beginning
};
/// Nothing where the prompt is not to be kept, or too short to be worth a file.
[[nodiscard]] Result<std::optional<KeptPrefill>> keptPrefill(
    const engine::Model& model, const Prompt& prompt, const std::vector<engine::Token>& whole,
    const std::filesystem::path& folder);
/// Leaves the files that were used last.
void removeOldPrefill(const std::filesystem::path& folder);

}  // namespace alcove::app
