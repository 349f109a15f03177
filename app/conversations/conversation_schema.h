// The tables of conversations.db and how older ones become newer ones.
#pragma once

#include <cstdint>
#include <filesystem>

#include "rag/store/sqlite.h"

namespace alcove::app {

/// "AlcC": marks the database as ours (PRAGMA application_id).
constexpr int64_t kConversationsId = 0x416c6343;
/// The version this program writes (PRAGMA user_version).
[[nodiscard]] int64_t newestConversations();

/// What can be said of a file without SQLite, which might change it: whether it may be opened. A
/// file that is not there, or has no bytes, is a new one.
[[nodiscard]] Result<void> checkIsConversations(const std::filesystem::path& file);

/// Brings a database, new or of any older version, to the newest, in one transaction for each step;
/// one of a later version is refused and left as it is.
[[nodiscard]] Result<void> migrateConversations(rag::Database& database);

}  // namespace alcove::app
