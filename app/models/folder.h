// The folder where models are kept, and what lies in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace alcove::app {

/// $ALCOVE_MODELS, or "alcove/models" in the user's data folder. Empty where neither is known.
[[nodiscard]] std::filesystem::path modelsFolder();

/// What to say where modelsFolder() is empty.
inline constexpr std::string_view kNoModelsFolder =
    "no models' folder is known: neither ALCOVE_MODELS nor HOME names one (set ALCOVE_MODELS)";

/// The file a user means by `name`: a path, or the name (with or without ".gguf") of a model in the
/// folder.
[[nodiscard]] Result<std::filesystem::path> findModel(const std::string& name,
                                                      const std::filesystem::path& folder);

struct StoredModel {
    std::filesystem::path path;
    std::string name, architecture, quantisation;
    uint64_t bytes = 0;
    int64_t contextLength = 0;
    bool embeds = false;  // it makes vectors, and writes nothing
    std::string problem;  // why it cannot be read; empty: it can
};

/// The GGUF files of the folder by name. A split model is listed once, by its first part. A file
/// that is broken is listed with its problem.
[[nodiscard]] Result<std::vector<StoredModel>> listModels(const std::filesystem::path& folder);

/// The model the terminal chat opens when none is named.
inline constexpr std::string_view kStarterChatModel = "SmolLM2-135M-Instruct.Q4_1.gguf";
/// The model that makes vectors of texts when none is named.
inline constexpr std::string_view kStarterEmbeddingModel = "all-MiniLM-L6-v2.F16.gguf";

}  // namespace alcove::app
