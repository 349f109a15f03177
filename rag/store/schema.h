// The tables of a library and how older ones become newer ones.
#pragma once

#include <cstdint>

#include "rag/store/sqlite.h"

namespace alcove::rag {

/// "Alcv": marks the database as ours (PRAGMA application_id).
constexpr int64_t kApplicationId = 0x416c6376;
/// The version this program writes (PRAGMA user_version).
[[nodiscard]] int64_t newestSchema();

/// Brings a database, new or of any older version, to `version`, in one transaction for each step;
/// one that is newer, or not a library, is refused and left as it is.
[[nodiscard]] Result<void> migrate(Database& database, int64_t version = newestSchema());

/// That nothing need be brought anywhere: for a database that cannot be written.
[[nodiscard]] Result<void> checkIsNewest(Database& database);

}  // namespace alcove::rag
