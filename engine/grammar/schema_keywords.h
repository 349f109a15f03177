// The keywords of one JSON schema: read, checked and brought to one form; and what two of them say
// together. Subschemas inside (properties, items) stay as they are.
//
// A flat schema has no $ref, allOf, anyOf, oneOf, const or nullable; `type` is an array, `enum`
// what the value may be, `items` and `prefixItems` as in draft 2020-12, exclusive bounds numbers.
// What only annotates is gone.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace alcove::engine::grammar {

using Schema = nlohmann::ordered_json;

/// The keywords of `schema` itself, which must be an object, without those that combine schemas.
/// Errors begin with `path`.
[[nodiscard]] Result<Schema> flatKeywords(const Schema& schema, const std::string& path);

/// Whether the schema is nothing but a $ref and annotations.
[[nodiscard]] bool isPlainReference(const Schema& schema);

/// What obeys both flat schemas; `false` where nothing does.
[[nodiscard]] Result<Schema> merged(const Schema& a, const Schema& b);

/// Whether a value obeys a flat schema; nothing where that is not looked into (patterns, members).
[[nodiscard]] std::optional<bool> obeys(const Schema& value, const Schema& flat);

/// Types that values of a flat schema are written with: those it names, or those its keywords are
/// about, or all.
[[nodiscard]] std::vector<std::string> writtenTypes(const Schema& flat);
/// Types that it allows.
[[nodiscard]] std::vector<std::string> allowedTypes(const Schema& flat);

/// The count at a key, or `absent`.
[[nodiscard]] uint64_t countAt(const Schema& flat, const char* key, uint64_t absent);

}  // namespace alcove::engine::grammar
