// Tools whose arguments have every kind of schema that forms write in ways of their own.
#pragma once

#include <nlohmann/json.hpp>

namespace alcove::test {

inline const nlohmann::ordered_json kTools = nlohmann::ordered_json::parse(R"([
  {"type": "function", "function": {"name": "book", "strict": true, "parameters": {
    "type": "object", "additionalProperties": false, "required": ["city", "days", "kind"],
    "$defs": {"place": {"type": "object", "required": ["x"], "additionalProperties": false,
                        "properties": {"x": {"type": "integer", "minimum": -9, "maximum": 9},
                                       "name": {"type": "string", "maxLength": 5}}}},
    "properties": {
      "city": {"type": "string", "minLength": 2, "maxLength": 6},
      "days": {"type": "integer", "minimum": 1, "maximum": 30},
      "kind": {"enum": ["a <b>", "two\nlines", "plain", "\"q\""]},
      "code": {"type": "string", "pattern": "^[A-Z<]{2}[0-9]{1,3}$"},
      "when": {"type": "string", "format": "date"},
      "note": {"type": ["string", "null"], "maxLength": 4},
      "either": {"anyOf": [{"type": "integer", "minimum": 5, "maximum": 77},
                           {"type": "string", "minLength": 1, "maxLength": 8}]},
      "level": {"enum": ["low", 3, null, "true", true]},
      "place": {"$ref": "#/$defs/place"},
      "parts": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/place"}},
      "rate": {"type": "number", "minimum": 0, "maximum": 1},
      "sure": {"type": "boolean"}}}}},
  {"type": "function", "function": {"name": "say-it", "parameters": {
    "type": "object", "required": ["text", "undeclared"],
    "properties": {"text": {"type": "string"}, "tags": {"type": "array", "maxItems": 2,
      "items": {"enum": ["x", "y z"]}}}}}},
  {"type": "function", "function": {"name": "now"}},
  {"type": "function", "function": {"name": "maybe", "parameters": {
    "type": ["object", "null"], "maxProperties": 2, "additionalProperties": {"type": "integer"}}}}
])");

}  // namespace alcove::test
