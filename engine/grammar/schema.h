// JSON schemas to rules. See grammar.h for what is made of a schema.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/base/result.h"
#include "engine/grammar/expression.h"
#include "engine/grammar/schema_keywords.h"
#include "engine/grammar/schema_string.h"

namespace alcove::engine::grammar {

/// Errors name the place in the schema: "#/properties/age: 'not' is not supported".
[[nodiscard]] Result<Rules> parseSchema(const nlohmann::ordered_json& schema,
                                        const StringForm& form = {});

/// What a flat schema asks of a string.
[[nodiscard]] StringLimits stringLimits(const Schema& flat);

}  // namespace alcove::engine::grammar
