// Rows that several parts of the embedded store look up or make.
#pragma once

#include <cstdint>
#include <string_view>

#include "rag/store/catalogue.h"
#include "rag/store/sqlite.h"

namespace alcove::rag {

/// Made where there is none.
[[nodiscard]] Result<int64_t> collectionId(Database& database, std::string_view name);
/// Likewise; an error where the library knows it with another dimension.
[[nodiscard]] Result<int64_t> embedderId(Database& database, const EmbedderKey& embedder);

}  // namespace alcove::rag
