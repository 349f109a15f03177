#!/usr/bin/env python3
"""Prints random JSON schemas, one a line, all of whose values have bounded lengths.

random_schemas.py FIRST COUNT      the schema of each number is always the same
"""
import json
import random
import sys

from jsonschema import Draft202012Validator

NAMES = ["name", "id", "na", "größe", "größer", "a b", "quote\"d", "back\\slash", "tags", "value",
         "x", "xy", "xyz", "line\nend", "πλάτος", "kind"]
PATTERNS = ["^[a-z]{1,8}$", "^[A-Z]{2}-[0-9]{4}$", "^(red|green|blue)$", "^\\d{1,3}(\\.\\d{1,3}){2}$",
            "^#[0-9a-fA-F]{6}$", "^[^aeiou\"\\\\]{2,9}$", "^(?:ab?c+){1,3}$|^none$", "^\\w{3,6}\\s\\w+$",
            "^[α-ω😀]{1,4}$", "^\\$[1-9][0-9]{0,4}\\.[0-9]{2}$", "^.{0,7}$"]
# The last but one and the eighth have lengths without an end where "+" stands: bounded below.
PATTERNS = [p.replace("c+", "c{1,3}").replace("\\w+$", "\\w{1,5}$") for p in PATTERNS]
FORMATS = ["date", "time", "date-time", "uuid", "email", "ipv4", "ipv6", "hostname"]


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.definitions = {}

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, choices):
        return self.random.choice(choices)

    def whole(self, low, high):
        return self.random.randint(low, high)

    def schema(self):
        if self.chance(0.3):
            for name in ("leaf", "pair/of~two"):
                self.definitions[name] = self.any(1)
        if self.chance(0.15):
            self.definitions["list"] = {
                "type": "object", "required": ["value", "next"], "additionalProperties": False,
                "properties": {"value": self.scalar(),
                               "next": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/list"}]}}}
        made = self.any(3)
        if self.definitions:
            made = {**made, "$defs": self.definitions}
        if self.chance(0.3):
            made = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "x", **made}
        return made

    def any(self, depth):
        if self.definitions and self.chance(0.2):
            name = self.pick(sorted(self.definitions))
            return {"$ref": "#/$defs/" + name.replace("~", "~0").replace("/", "~1")}
        if depth == 0 or self.chance(0.25):
            return self.scalar()
        return self.pick([self.object, self.object, self.object, self.array, self.tuple, self.any_of,
                          self.one_of, self.all_of])(depth)

    def scalar(self):
        made = self.pick([self.string, self.string, self.string, self.integer, self.integer,
                          self.number, self.number, self.enum, self.const, self.types,
                          lambda: {"type": "boolean"}])()
        if self.chance(0.1):
            made["description"] = "something"
        return made

    def string(self):
        kind = self.random.random()
        if kind < 0.25:
            return {"type": "string", "pattern": self.pick(PATTERNS)}
        if kind < 0.45:
            return {"type": "string", "format": self.pick(FORMATS)}
        if kind < 0.55:
            return {"type": "string", "pattern": "^[a-z]+$", "maxLength": self.whole(1, 9)}
        least = self.pick([0, 0, 1, 5])
        return {"type": "string", "minLength": least, "maxLength": least + self.whole(0, 30)}

    def integer(self):
        made = {"type": "integer"}
        span = self.pick([10, 300, 10 ** 6, 10 ** 15])
        if self.chance(0.7):
            made[self.pick(["minimum", "exclusiveMinimum"])] = self.whole(-span, span)
        if self.chance(0.7):
            low = made.get("minimum", made.get("exclusiveMinimum", -span))
            made[self.pick(["maximum", "exclusiveMaximum"])] = low + 50 + self.whole(0, span)
        if self.chance(0.3):
            made["multipleOf"] = self.pick([1, 2, 5, 7, 12, 25])
        return made

    def number(self):
        made = {"type": "number"}
        if self.chance(0.3):
            return made
        low = round(self.random.uniform(-1000, 1000), self.whole(0, 4))
        if self.chance(0.7):
            made[self.pick(["minimum", "exclusiveMinimum"])] = low
        if self.chance(0.7):
            high = low + self.pick([0.01, 0.5, 3, 1000.25])
            made[self.pick(["maximum", "exclusiveMaximum"])] = high
        if self.chance(0.2):  # exact in binary: the checker divides doubles
            made = {"type": "number", "minimum": -50, "maximum": 50.5,
                    "multipleOf": self.pick([0.25, 0.5, 3])}
        return made

    def enum(self):
        values = ["red", "green", "größe", "", "a\"b", 1, -2.5, None, True, [1, "x"], {"k": [None]}]
        return {"enum": self.random.sample(values, self.whole(1, 6))}

    def const(self):
        return {"const": self.pick(["fixed", 7, None, {"a": 1, "b": ["c"]}, "tab\t"])}

    def types(self):
        return {"type": self.random.sample(["integer", "null", "boolean"], 2), "maximum": 5}

    def object(self, depth):
        names = self.random.sample(NAMES, self.whole(0, 6))
        made = {"type": "object", "properties": {name: self.any(depth - 1) for name in names},
                "additionalProperties": False}
        made["required"] = [name for name in names if self.chance(0.6)]
        if names and self.chance(0.15):
            made["minProperties"] = 1
        if len(made["required"]) < len(names) and self.chance(0.15):
            made["maxProperties"] = max(1, len(names) - 1)
        if self.chance(0.2):
            del made["additionalProperties"]
        return made

    def array(self, depth):
        least = self.pick([0, 0, 1, 2])
        return {"type": "array", "items": self.any(depth - 1), "minItems": least,
                "maxItems": least + self.whole(0, 3)}

    def tuple(self, depth):
        first = [self.any(depth - 1) for _ in range(self.whole(1, 3))]
        made = {"type": "array", "prefixItems": first, "items": False}
        if self.chance(0.5):
            made["minItems"] = len(first)
        if self.chance(0.3):
            made["items"] = self.scalar()
            made["maxItems"] = len(first) + 2
        return made

    def any_of(self, depth):
        if self.chance(0.3):
            base = self.object(depth)
            names = list(base["properties"])[:3]
            if names:
                return {**base, "anyOf": [{"required": [name]} for name in names]} \
                    if "maxProperties" not in base else base
        return {"anyOf": [self.any(depth - 1) for _ in range(self.whole(1, 3))]}

    def one_of(self, depth):
        branches = []
        for kind in self.random.sample(["circle", "square", "line"], self.whole(2, 3)):
            branch = {"type": "object", "required": ["kind", "value"],
                      "properties": {"kind": {"const": kind}, "value": self.any(depth - 1)},
                      "additionalProperties": False}
            branches.append(branch)
        if self.chance(0.4):
            branches.append({"type": "string", "maxLength": 5})
        if self.chance(0.3):
            branches.append({"type": "integer", "minimum": 0, "maximum": 9})
        return {"oneOf": branches}

    def all_of(self, depth):
        first = {"type": "object", "required": ["left"],
                 "properties": {"left": self.any(depth - 1), "both": {"type": "integer", "minimum": -9}}}
        second = {"type": "object", "required": ["right", "both"],
                  "properties": {"right": self.any(depth - 1), "both": {"type": "number", "maximum": 99}}}
        return {"allOf": [first, second]}


def main():
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for number in range(first, first + count):
        schema = Maker(number).schema()
        Draft202012Validator.check_schema(schema)
        print(json.dumps(schema, ensure_ascii=False))


if __name__ == "__main__":
    main()
