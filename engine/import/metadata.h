// General keys: what a GGUF says about itself whatever its architecture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/gguf/types.h"
#include "engine/gguf/writer.h"

namespace alcove::engine {

/// "all-MiniLM-L6-v2" → "All MiniLM L6 v2"
[[nodiscard]] std::string titleOf(const std::filesystem::path& folder);

/// "23M", "1.5B": two digits.
[[nodiscard]] std::string sizeLabel(int64_t parameters);

/// general.name, general.size_label (where there are `parameters`) and, from the front matter of
/// README.md, general.license.
void writeIdentity(const std::filesystem::path& folder, const std::string& name,
                   std::optional<int64_t> parameters, GgufWriter& writer);

/// general.sampling.*, the settings that generation_config.json recommends. A file that is not
/// valid is no reason to refuse the model; it is left aside.
void writeSampling(const std::filesystem::path& folder, GgufWriter& writer);

/// general.file_type, as readers number the mixtures of types.
void writeFileType(TensorType type, GgufWriter& writer);

}  // namespace alcove::engine
