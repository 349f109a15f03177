// Schemas with texts that they take and texts that they refuse, and schemas that are refused. In a
// file that moc does not see, since it stumbles over such raw strings.
#pragma once

#include <QByteArrayList>
#include <vector>

namespace alcove::test {

struct SchemaCase {
    const char* name;
    const char* schema;
    QByteArrayList taken, refused;
};

inline std::vector<SchemaCase> schemaCases() {
    std::vector<SchemaCase> all;
    const auto add = [&all](const char* name, const char* schema, const QByteArrayList& taken,
                            const QByteArrayList& refused) {
        all.push_back({name, schema, taken, refused});
    };
    add("anything", "true", {"null", "[1, \"a\", {\"b\":{}}]", "-1.5e+3", "\"\""},
        {"", "nul", "[1,]", "{\"a\"}", "01", "1.", "\"\n\"", " 1", "{  }", "\"\\x\""});
    add("any object", R"({"type":"object"})", {"{}", "{ }", R"({"a":1,"b":[]})"}, {"[]", "1"});
    add("any array", R"({"type":"array"})", {"[]", "[1,[2]]"}, {"{}"});
    add("types", R"({"type":["integer","null"]})", {"1", "null", "-20"}, {"1.5", "\"\""});
    add("nullable", R"({"type":"string","nullable":true})", {"null", "\"a\""}, {"1"});
    add("boolean", R"({"type":"boolean"})", {"true", "false"}, {"null", "1"});
    add("nothing else said", R"({"title":"x","description":"y","default":3})", {"3", "{}"}, {});
    add("false inside", R"({"properties":{"a":false,"b":true}})", {"{}", R"({"b":1})"},
        {R"({"a":1})"});

    add("string", R"({"type":"string"})",
        {R"("")", R"("aé€😀")", R"("\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00")"},
        {R"(")", "\"\t\"", R"("\ud83d")", R"("\ud83dx")", R"("\u12")", "\"\xff\""});
    add("lengths", R"({"type":"string","minLength":2,"maxLength":3})",
        {R"("ab")", R"("é€😀")", R"("\n\n")", R"("\ud83d\ude00a")"},
        {R"("a")", R"("abcd")", R"("")"});
    add("exact pattern", R"({"type":"string","pattern":"^[A-Z]{2}-\\d+$"})",
        {R"("AB-1")", R"("ZZ-0042")"}, {R"("AB-")", R"("ab-1")", R"("xAB-1")", R"("AB-1 ")"});
    add("pattern anywhere", R"({"pattern":"b+"})", {R"("b")", R"("abbc")"}, {R"("ac")", "1"});
    add("pattern of ways", R"({"pattern":"^(?:a|b(c|d)?)$|^x"})",
        {R"("a")", R"("bc")", R"("b")", R"("xyz")"}, {R"("ac")", R"("yx")"});
    add("pattern with escapes", R"({"pattern":"^[\"\\\\\\n\\u0001]$"})",
        {R"("\"")", R"("\\")", R"("\n")", R"("\u0001")"}, {R"("")", R"("n")", "\"\n\""});
    add("pattern and length", R"({"pattern":"^[a-z]+$","minLength":2,"maxLength":3})",
        {R"("ab")", R"("abc")"}, {R"("a")", R"("abcd")"});
    add("date", R"({"format":"date"})", {R"("2024-02-29")", R"("1999-12-31")"},
        {R"("2023-02-29")", R"("2024-13-01")", R"("2024-04-31")"});
    add("date-time", R"({"format":"date-time"})",
        {R"("2024-02-29T23:59:59Z")", R"("2024-01-01T00:00:00.123+05:30")"},
        {R"("2024-01-01T24:00:00Z")", R"("2024-01-01 00:00:00Z")"});
    add("uuid", R"({"format":"uuid"})", {R"("123e4567-e89b-12d3-a456-426614174000")"},
        {R"("123e4567-e89b-12d3-a456-42661417400")"});
    add("email", R"({"format":"email"})", {R"("a.b@c.de")"}, {R"("a@b")", R"("a.b.c")"});
    add("ipv4", R"({"format":"ipv4"})", {R"("255.0.10.1")"}, {R"("256.0.0.1")", R"("1.2.3")"});

    add("number", R"({"type":"number"})", {"0", "-0.5", "1e5", "12.25E-2"}, {"00", ".5", "+1"});
    add("integers", R"({"type":"integer"})", {"0", "-7", "123456789012345678"},
        {"-0", "1.0", "1e2", "007", "1234567890123456789"});
    add("integers between", R"({"type":"integer","minimum":-5,"maximum":120})",
        {"-5", "-1", "0", "9", "99", "100", "120"}, {"-6", "121", "130", "200", "1000", "-10"});
    add("integers above", R"({"type":"integer","exclusiveMinimum":99})", {"100", "1000"},
        {"99", "9", "0", "-100"});
    add("integers below", R"({"type":"integer","exclusiveMaximum":-10})", {"-11", "-100"},
        {"-10", "-9", "0", "11"});
    add("bounds between integers", R"({"type":"integer","minimum":1.5,"maximum":3.5})", {"2", "3"},
        {"1", "4"});
    add("long integers",
        R"({"type":"integer","minimum":12345678901234567,"maximum":12345678901234571})",
        {"12345678901234567", "12345678901234570"}, {"12345678901234566", "12345678901234572"});
    add("numbers between", R"({"type":"number","minimum":-1.25,"exclusiveMaximum":2.5})",
        {"-1.25", "-1.2", "-1", "0", "0.0", "2.49", "2"},
        {"-1.26", "-1.250001", "2.5", "2.50", "3", "-2", "1e0"});
    add("numbers from zero", R"({"type":"number","exclusiveMinimum":0})", {"0.001", "1", "15.5"},
        {"0", "0.0", "-1", "-0.5"});
    add("small numbers", R"({"type":"number","minimum":0.001,"maximum":0.002})",
        {"0.001", "0.0015", "0.002", "0.0020"}, {"0", "0.0009", "0.0021", "0.01"});
    add("multiples", R"({"type":"integer","multipleOf":7,"minimum":-14,"maximum":30})",
        {"-14", "-7", "0", "7", "28"}, {"1", "13", "35", "-21"});
    add("multiples of parts", R"({"type":"number","multipleOf":0.25,"minimum":0,"maximum":2})",
        {"0", "0.25", "0.5", "0.50", "1.75", "2", "2.0"}, {"0.1", "0.3", "2.25", "0.125"});
    add("integers of half multiples", R"({"type":"integer","multipleOf":2.5,"maximum":20})",
        {"0", "5", "20", "-10"}, {"2", "25", "7"});
    add("int32", R"({"type":"integer","format":"int32"})", {"2147483647", "-2147483648"},
        {"2147483648", "-2147483649"});

    add("enum", R"({"enum":["a","ab",1,null,[1,2],{"k":"v"}]})",
        {R"("a")", R"("ab")", "1", "null", "[1,2]", "[1, 2]", R"({"k":"v"})"},
        {R"("b")", "2", "[1]", "[2,1]"});
    add("const", R"({"const":"x\ny"})", {R"("x\ny")"}, {R"("x")"});
    add("enum of a type", R"({"type":"string","enum":["a",1]})", {R"("a")"}, {"1"});

    add("object", R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"null"},
            "c":{"type":"boolean"}},"required":["b"]})",
        {R"({"b":null})", R"({"a":1,"b":null})", R"({"b":null,"c":true})",
         R"({ "a": 1, "b": null, "c": false })", "{\n\"b\":\nnull\n}"},
        {"{}", R"({"a":1})", R"({"b":null,"a":1})", R"({"b":null,})", R"({"b":null,"d":1})",
         R"({"b":  null})"});
    add("required beyond the declared", R"({"properties":{"a":{"type":"null"}},
            "required":["z"],"additionalProperties":{"type":"integer"}})",
        {R"({"z":1})", R"({"a":null,"z":1,"q":2})"}, {"{}", R"({"z":null})", R"({"a":1,"z":1})"});
    add("other properties", R"({"properties":{"a":{"type":"null"},"ab":{"type":"null"}},
            "additionalProperties":{"type":"integer"}})",
        {"{}", R"({"x":1})", R"({"abc":1,"":2})", R"({"a":null,"ac":3})", R"({"é":1})"},
        {R"({"a":1})", R"({"x":null})", R"({"ab":1})", R"({"x":1,"ab":null})"});
    add("no others", R"({"type":"object","additionalProperties":false})", {"{}"}, {R"({"a":1})"});
    add("at least", R"({"properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},
            "minProperties":2})",
        {R"({"a":1,"b":2})", R"({"a":1,"c":3})", R"({"a":1,"b":2,"c":3})"}, {"{}", R"({"b":2})"});
    add("at most", R"({"properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},
            "maxProperties":1})",
        {"{}", R"({"b":2})"}, {R"({"a":1,"b":2})"});
    add("at most others", R"({"additionalProperties":{"type":"null"},"maxProperties":2})",
        {"{}", R"({"x":null})", R"({"x":null,"y":null})"}, {R"({"x":null,"y":null,"z":null})"});

    add("items", R"({"items":{"type":"integer"},"minItems":2,"maxItems":3})",
        {"[1,2]", "[ 1, 2, 3 ]"}, {"[]", "[1]", "[1,2,3,4]", "[1,null]"});
    add("many items", R"({"items":{"type":"integer"},"minItems":1,"maxItems":500})",
        {"[1]", "[1,2,3]"}, {"[]"});
    add("tuple", R"({"prefixItems":[{"type":"integer"},{"type":"null"}],"items":false})",
        {"[]", "[1]", "[1,null]"}, {"[null]", "[1,null,1]"});
    add("tuple and more", R"({"prefixItems":[{"type":"integer"}],"items":{"type":"null"},
            "minItems":2})",
        {"[1,null]", "[1,null,null]"}, {"[1]", "[1,1]"});
    add("tuple as it was", R"({"items":[{"type":"integer"}],"additionalItems":{"type":"null"}})",
        {"[1,null]", "[]"}, {"[1,1]"});
    add("tuple that must be longer", R"({"prefixItems":[{"const":1}],"minItems":2})", {"[1,{}]"},
        {"[1]", "[2,1]"});
    add("one unique item", R"({"items":{"type":"null"},"maxItems":1,"uniqueItems":true})",
        {"[]", "[null]"}, {"[null,null]"});

    add("any of", R"({"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]})",
        {"1", R"("a")"}, {"null", R"("ab")"});
    add("any of, beside properties", R"({"type":"object","properties":{"a":{"type":"integer"},
            "b":{"type":"integer"}},"anyOf":[{"required":["a"]},{"required":["b"]}]})",
        {R"({"a":1})", R"({"b":1})", R"({"a":1,"b":1})"}, {"{}"});
    add("one of types", R"({"oneOf":[{"type":"integer"},{"type":"string"}]})", {"1", R"("a")"},
        {"null"});
    add("one of, told by a property", R"({"oneOf":[
            {"type":"object","properties":{"kind":{"const":"a"},"x":{"type":"null"}},"required":["kind"]},
            {"type":"object","properties":{"kind":{"const":"b"}},"required":["kind"]}]})",
        {R"({"kind":"a","x":null})", R"({"kind":"b"})"}, {R"({"kind":"c"})", "{}"});
    add("one of ranges",
        R"({"oneOf":[{"type":"integer","maximum":3},{"type":"integer","minimum":4}]})", {"3", "4"},
        {});
    add("all of", R"({"allOf":[{"type":"integer","minimum":3},{"maximum":5},{"type":"number"}]})",
        {"3", "5"}, {"2", "6", "3.5"});
    add("all of objects", R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},
            "required":["a"]},{"properties":{"a":{"minimum":5},"b":{"type":"null"}},"required":["b"]}]})",
        {R"({"a":5,"b":null})"}, {R"({"a":4,"b":null})", R"({"a":5})"});
    add("all of closed objects", R"({"allOf":[{"properties":{"a":{"type":"integer"}},
            "additionalProperties":false},{"properties":{"b":{"type":"null"}}}]})",
        {"{}", R"({"a":1})"}, {R"({"b":null})"});
    add("all of enums", R"({"allOf":[{"enum":[1,2,3]},{"enum":[2,3,4]},{"minimum":3}]})", {"3"},
        {"2", "1", "4"});
    add("reference", R"({"$ref":"#/$defs/a~1b%20c","$defs":{"a/b c":{"type":"integer"}}})", {"1"},
        {"null"});
    add("reference with more",
        R"({"$ref":"#/$defs/n","maximum":9,"$defs":{"n":{"type":"integer",
            "minimum":1}}})",
        {"1", "9"}, {"0", "10"});
    add("tree", R"({"$ref":"#/$defs/t","$defs":{"t":{"type":"object","properties":{"v":
            {"type":"integer"},"c":{"type":"array","items":{"$ref":"#/$defs/t"}}},"required":["v"]}}})",
        {R"({"v":1})", R"({"v":1,"c":[{"v":2,"c":[]},{"v":3}]})"}, {R"({"c":[]})"});
    add("list that ends with null", R"({"type":"object","properties":{"next":{"anyOf":[
            {"$ref":"#"},{"type":"null"}]}},"required":["next"]})",
        {R"({"next":null})", R"({"next":{"next":null}})"}, {"{}"});
    add("an optional part that never ends", R"({"$defs":{"l":{"type":"object","properties":
            {"l":{"$ref":"#/$defs/l"}},"required":["l"]}},"properties":{"l":{"$ref":"#/$defs/l"},
            "k":{"const":1}}})",
        {"{}", R"({"k":1})"}, {R"({"l":{}})"});
    return all;
}

struct RefusedSchema {
    const char* name;
    const char* schema;
    const char* message;  // a part of it
};

inline std::vector<RefusedSchema> refusedSchemas() {
    return {
        {"not a schema", "3", "#: a schema must be an object"},
        {"false", "false", "no text can satisfy it"},
        {"contradiction", R"({"type":"integer","minimum":3,"maximum":2})", "no text can satisfy"},
        {"no common type", R"({"allOf":[{"type":"string"},{"type":"null"}]})",
         "no text can satisfy"},
        {"not", R"({"properties":{"a":{"not":{"type":"null"}}}})", "#/properties/a: 'not' is not"},
        {"if", R"({"items":{"if":{},"then":{}}})", "#/items: 'if' is not supported"},
        {"pattern properties", R"({"patternProperties":{"a":{}}})", "'patternProperties' is not"},
        {"unique", R"({"type":"array","uniqueItems":true})", "'uniqueItems' is not supported"},
        {"contains", R"({"contains":{}})", "'contains' is not supported"},
        {"unknown type", R"({"type":"text"})", "'type' must be one of"},
        {"bad required", R"({"required":"a"})", "'required' must be an array"},
        {"bad property", R"({"properties":{"a":3}})", "#/properties/a: a schema must be"},
        {"bad length", R"({"maxLength":-1})", "'maxLength' must be a whole number"},
        {"bad multiple", R"({"multipleOf":0})", "'multipleOf' must be greater than 0"},
        {"large multiple", R"({"type":"integer","multipleOf":123457})",
         "#: multipleOf 123457 is not"},
        {"look ahead", R"({"properties":{"p":{"pattern":"^(?=a)b"}}})",
         "#/properties/p: pattern: at byte 4 of '^(?=a)b': looking ahead"},
        {"back reference", R"({"pattern":"(a)\\1"})", "back references"},
        {"word boundary", R"({"pattern":"\\ba"})", "word boundaries"},
        {"Unicode class", R"({"pattern":"\\p{L}"})", "classes of Unicode"},
        {"inner anchor", R"({"pattern":"a$b"})", "'$' is read only at the end"},
        {"open group", R"({"pattern":"(a"})", "a bracket is not closed"},
        {"pattern and lengths", R"({"pattern":"^(ab)+$","maxLength":3})", "beside minLength"},
        {"format", R"({"format":"colour"})", "the format 'colour' is not supported"},
        {"no reference", R"({"$ref":"#/$defs/a"})", "there is nothing of this name"},
        {"far reference", R"({"$ref":"https://example.org/a"})", "other documents are not read"},
        {"anchor", R"({"$ref":"#a"})", "not anchors"},
        {"circle", R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}})", "only to itself"},
        {"circle of alternatives", R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})",
         "begins with itself"},
        {"circle of all", R"({"allOf":[{"$ref":"#"}]})", "refers to itself without an end"},
        {"never ends", R"({"properties":{"a":{"$ref":"#"}},"required":["a"]})",
         "no text can satisfy"},
        {"one of overlapping", R"({"oneOf":[{"type":"integer"},{"type":"number"}]})",
         "'oneOf': a value could obey both its alternatives 0 and 1"},
        {"one of objects", R"({"oneOf":[{"properties":{"a":{}}},{"properties":{"b":{}}}]})",
         "could obey both"},
        {"two patterns", R"({"allOf":[{"pattern":"a"},{"pattern":"b"}]})",
         "two different 'pattern'"},
        {"enum with pattern", R"({"enum":["a"],"pattern":"a"})", "beside 'enum'"},
    };
}

}  // namespace alcove::test
