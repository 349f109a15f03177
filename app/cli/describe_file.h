// A model file's metadata and tensors, for people and for scripts.
#pragma once

#include <iosfwd>
#include <nlohmann/json.hpp>

#include "engine/gguf/reader.h"

namespace alcove::app {

/// Metadata as JSON; a long array is given by its length and its first elements.
[[nodiscard]] nlohmann::ordered_json describeFile(const engine::GgufFile& file, bool tensors);
void printDescription(const nlohmann::ordered_json& description, std::ostream& out);

}  // namespace alcove::app
