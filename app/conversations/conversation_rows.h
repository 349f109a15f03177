// What the parts of the store share. Each is done within the transaction of who calls.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "app/conversations/conversation_tree.h"
#include "rag/store/sqlite.h"

namespace alcove::app {

/// Milliseconds since 1970.
[[nodiscard]] int64_t now();

/// Runs a statement that returns a row for each it changes, to its end, where it is committed; an
/// error if there was none.
[[nodiscard]] Result<void> mustChange(rag::Statement& statement, std::string_view what, int64_t id);

[[nodiscard]] std::string detailsText(const nlohmann::ordered_json& details);  // null: ""
[[nodiscard]] nlohmann::ordered_json detailsOf(std::string_view text);

[[nodiscard]] Result<void> indexTitle(rag::Database& database, int64_t id, std::string_view title);
[[nodiscard]] Result<void> forgetTitle(rag::Database& database, int64_t id, std::string_view title);
[[nodiscard]] Result<void> indexMessage(rag::Database& database, int64_t id, std::string_view text);
[[nodiscard]] Result<void> forgetMessage(rag::Database& database, int64_t id,
                                         std::string_view text);

/// Adds the pieces of a message that grows to what it had before.
[[nodiscard]] Result<void> addPieces(rag::Database& database, int64_t message, std::string& thought,
                                     std::string& text);
/// Ends the growing of a message: joins its pieces and lets its words be found.
[[nodiscard]] Result<void> endGrowing(rag::Database& database, int64_t message, MessageState state);

}  // namespace alcove::app
