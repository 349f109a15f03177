// JSON files of a model folder and of the user. They are foreign input: the size is limited,
// nesting is limited before anything is built, and nothing throws. Look-ups answer "absent" for
// what is missing, null or inside something that is not an object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::engine {

using Json = nlohmann::json;

constexpr int kJsonDepth = 64;
constexpr uint64_t kJsonFileBytes = uint64_t{256} << 20;  // the largest tokenizer.json has 35 MB

/// `name` is for messages.
[[nodiscard]] Result<Json> parseJson(std::string_view text, const std::string& name);
/// The same with the members of objects in the order of the text.
[[nodiscard]] Result<nlohmann::ordered_json> parseOrderedJson(std::string_view text,
                                                              const std::string& name);
[[nodiscard]] Result<Json> readJson(const std::filesystem::path& file);
/// The same for a file that must hold an object, as nearly all do.
[[nodiscard]] Result<Json> readJsonObject(const std::filesystem::path& file);
/// A text file, which must be valid UTF-8 and no larger than `limit` bytes.
[[nodiscard]] Result<std::string> readText(const std::filesystem::path& file, uint64_t limit);

/// Well-formed: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool isUtf8(std::string_view text);

/// The member of an object; null pointer when there is none or it is JSON's null.
[[nodiscard]] const Json* find(const Json* object, std::string_view key);
[[nodiscard]] inline const Json* find(const Json& object, std::string_view key) {
    return find(&object, key);
}

// The value when it is there and of the kind asked for. An integer that is out of range and a
// number that is not finite count as absent.
[[nodiscard]] std::optional<int64_t> asInteger(const Json* value);
[[nodiscard]] std::optional<double> asNumber(const Json* value);
[[nodiscard]] std::optional<bool> asBoolean(const Json* value);
[[nodiscard]] const std::string* asString(const Json* value);

/// The string at `key`, or "" when there is none.
[[nodiscard]] std::string_view stringAt(const Json* object, std::string_view key);
[[nodiscard]] bool isTrue(const Json* object, std::string_view key);

}  // namespace alcove::engine
