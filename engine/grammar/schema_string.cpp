#include "engine/grammar/schema_string.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/base/unicode.h"
#include "engine/grammar/regex.h"

namespace alcove::engine::grammar {
namespace {

CodeSet controls() { return CodeSet(0, 0x1F); }
/// What a string holds as it is.
CodeSet plainCharacters() {
    return CodeSet({{0, 0x1F}, {U'"', U'"'}, {U'\\', U'\\'}}).complement();
}

Expr hexDigits(uint32_t count) {
    return repeat(oneOf(CodeSet({{U'0', U'9'}, {U'A', U'F'}, {U'a', U'f'}})), count, count);
}

/// Any one character, also as an escape. A pair of surrogates is one character, half of one none.
Expr anyCharacter() {
    const CodeSet hex({{U'0', U'9'}, {U'A', U'F'}, {U'a', U'f'}});
    const CodeSet d({{U'd', U'd'}, {U'D', U'D'}});
    const Expr basic = choice({
        sequence({oneOf(hex.without(d)), hexDigits(3)}),
        sequence({oneOf(d), oneOf(CodeSet(U'0', U'7')), hexDigits(2)}),
    });
    const Expr pair = sequence(
        {oneOf(d), oneOf(CodeSet({{U'8', U'9'}, {U'A', U'B'}, {U'a', U'b'}})), hexDigits(2),
         text("\\u"), oneOf(d), oneOf(CodeSet({{U'C', U'F'}, {U'c', U'f'}})), hexDigits(2)});
    std::vector<CodeRange> letters;
    for (const char c : std::string("\"\\/bfnrt")) letters.push_back({char32_t(c), char32_t(c)});
    const Expr escape =
        sequence({text("\\"),
                  choice({oneOf(CodeSet(letters)), sequence({text("u"), choice({basic, pair})})})});
    return choice({oneOf(plainCharacters()), escape});
}

/// One character of a set, escaped where it must be, in one way each.
Expr writeSet(const CodeSet& set) {
    std::vector<Expr> ways{oneOf(set.common(plainCharacters()))};
    constexpr std::pair<char, const char*> kShort[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\b', "\\b"},
                                                       {'\f', "\\f"}, {'\n', "\\n"},  {'\r', "\\r"},
                                                       {'\t', "\\t"}};
    CodeSet left = set.common(controls());
    for (const auto& [code, escape] : kShort) {
        const auto c = static_cast<char32_t>(code);
        if (set.contains(c)) ways.push_back(text(escape));
        left = left.without(CodeSet(c, c));
    }
    for (const CodeRange& range : left.ranges())
        for (char32_t c = range.first; c <= range.last; ++c)
            ways.push_back(text(concat("\\u00", c / 16, "0123456789abcdef"[c % 16])));
    return choice(std::move(ways));
}

std::vector<char32_t> codesOf(const std::string& value) {
    std::vector<char32_t> codes;
    for (size_t at = 0; at < value.size();) {
        const Utf8Char c = decodeUtf8Loosely(value, at);
        at += c.bytes;
        codes.push_back(c.code);
    }
    return codes;
}

/// What a text holds in which characters stand for themselves; nobody means other controls.
CodeSet rawCharacters() {
    return CodeSet({{0, 8}, {0xB, 0xC}, {0xE, 0x1F}, {0x7F, 0x7F}}).complement();
}
/// Without what the mark begins with, no text has the mark in it.
CodeSet rawCharactersBut(const std::string& never) {
    const char32_t first = codesOf(never).front();
    return rawCharacters().without(CodeSet(first, first));
}

WriteSet writerOf(const StringForm& form) {
    if (!form.isRaw()) return writeSet;
    return [plain = rawCharactersBut(form.never)](const CodeSet& set) {
        return oneOf(set.common(plain));
    };
}

Expr marked(Expr inside, const StringForm& form) {
    return sequence({text(form.open), std::move(inside), text(form.close)});
}

// Formats as regular expressions: what they match is valid; not all that is valid is matched.
const std::map<std::string, std::string>& formats() {
    static const std::map<std::string, std::string> all = [] {
        const std::string year = "(?:[1-9][0-9]{3})";
        const std::string date =
            "(?:" + year +
            "-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|"
            "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))|"
            "[1-9][0-9](?:0[48]|[2468][048]|[13579][26])-02-29)";
        const std::string clock = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?";
        const std::string zone = "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])";
        const std::string byte = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
        const std::string hex = "[0-9a-fA-F]";
        const std::string label = "[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?";
        const std::string host = label + "(?:\\." + label + "){0,3}\\.[a-z]{2,10}";
        const std::string path = "(?:/[A-Za-z0-9._~-]{1,40}){0,8}/?";
        const std::string query = "(?:\\?[A-Za-z0-9._~=&-]{1,80})?(?:#[A-Za-z0-9._~-]{1,40})?";
        std::map<std::string, std::string> made = {
            {"date", date},
            {"time", clock + zone},
            {"date-time", date + "T" + clock + zone},
            {"duration",
             "P(?:[0-9]{1,4}W|[0-9]{1,4}Y(?:[0-9]{1,2}M(?:[0-9]{1,2}D)?)?|[0-9]{1,4}M(?:[0-9]{1,2}"
             "D)?|[0-9]{1,4}D|(?:[0-9]{1,4}D)?T(?:[0-9]{1,4}H(?:[0-9]{1,2}M(?:[0-9]{1,2}S)?)?|"
             "[0-9]{1,4}M(?:[0-9]{1,2}S)?|[0-9]{1,4}S))"},
            {"uuid", hex + "{8}-" + hex + "{4}-" + hex + "{4}-" + hex + "{4}-" + hex + "{12}"},
            {"email", "[A-Za-z0-9_+-]{1,30}(?:\\.[A-Za-z0-9_+-]{1,30}){0,3}@" + host},
            {"hostname", host},
            {"ipv4", byte + "(?:\\." + byte + "){3}"},
            {"ipv6", "(?:" + hex + "{1,4}:){7}" + hex + "{1,4}"},
            {"uri", "https?://" + host + path + query},
            {"json-pointer", "(?:/(?:[^/~]|~[01]){0,60}){0,16}"},
        };
        made["idn-email"] = made["email"];
        made["idn-hostname"] = made["hostname"];
        made["iri"] = made["url"] = made["uri"];
        made["uri-reference"] = made["iri-reference"] = made["uri"];
        return made;
    }();
    return all;
}

/// A pattern whose strings all have the lengths wanted; or those that do, where that can be said.
Result<Expr> withinLengths(const Regex& regex, const StringLimits& limits, const StringForm& form,
                           const char* what) {
    if (limits.shortest <= regex.shortest && regex.longest <= limits.longest)
        return marked(regex.expr, form);
    if (regex.longest < limits.shortest || regex.shortest > limits.longest) return nothing();
    if (regex.run.size() == 1) {
        const Regex::Run& run = regex.run.front();
        const auto least = std::max<uint64_t>(run.minimum, limits.shortest);
        const auto most = std::min<uint64_t>(run.maximum, limits.longest);
        return marked(repeat(writerOf(form)(run.set), static_cast<uint32_t>(least),
                             static_cast<uint32_t>(most)),
                      form);
    }
    return fail(what, " beside minLength or maxLength is supported only where all that it matches ",
                "is as long, or where it is one set of characters with a count: put the lengths ",
                "into the pattern");
}

}  // namespace

bool formatSaysNothing(const std::string& format) {
    static const std::set<std::string> names = {"password", "binary", "byte",
                                                "float",    "double", "path"};
    return names.contains(format);
}

Result<Expr> stringWithin(const StringLimits& limits, const StringForm& form) {
    if (limits.shortest > limits.longest) return nothing();
    if (limits.pattern && limits.format)
        return fail("pattern and format together are not supported");
    if (limits.pattern) {
        Result<Regex> regex = parseRegex(*limits.pattern, CodeSet::all(), writerOf(form));
        if (!regex) return fail("pattern: ", regex.message());
        if (isNothing(regex->expr)) return nothing();
        return withinLengths(*regex, limits, form, "pattern");
    }
    if (limits.format && !formatSaysNothing(*limits.format)) {
        const auto format = formats().find(*limits.format);
        if (format == formats().end())
            return fail("the format '", printable(*limits.format), "' is not supported");
        ALCOVE_TRY(const Regex regex,
                   parseRegex("^(?:" + format->second + ")$", CodeSet::all(), writerOf(form)));
        return withinLengths(regex, limits, form, "format");
    }
    if (limits.shortest >= kUnlimited) return nothing();
    const auto shortest = static_cast<uint32_t>(limits.shortest);
    const auto longest = static_cast<uint32_t>(std::min<uint64_t>(limits.longest, kUnlimited));
    static const Expr inJson = anyCharacter();  // one, so that its rule is one
    if (!form.isRaw()) return marked(repeat(inJson, shortest, longest), form);
    const Expr plain = oneOf(rawCharactersBut(form.never));
    if (longest != kUnlimited) return marked(repeat(plain, shortest, longest), form);
    return marked(sequence({repeat(plain, shortest, shortest), textWithout(form.never)}), form);
}

Expr textWithout(const std::string& never) {
    // The automaton of Knuth, Morris and Pratt: node i says that the last i characters are the
    // mark's first. All nodes end the text, and there is none for the whole mark.
    const std::vector<char32_t> mark = codesOf(never);
    GraphBuilder graph;
    std::vector<uint32_t> nodes;
    for (size_t i = 0; i < mark.size(); ++i) nodes.push_back(graph.node());
    graph.arrow(GraphBuilder::kStart, nodes[0], empty());
    std::vector<CodeRange> known;
    for (const char32_t code : mark) known.push_back({code, code});
    const CodeSet letters(known);
    const CodeSet others = rawCharacters().without(letters);
    const auto after = [&](size_t held, char32_t code) {
        std::vector<char32_t> text(mark.begin(), mark.begin() + static_cast<ptrdiff_t>(held));
        text.push_back(code);
        size_t length = text.size();
        while (!std::equal(text.end() - static_cast<ptrdiff_t>(length), text.end(), mark.begin()))
            --length;
        return length;
    };
    for (size_t held = 0; held < mark.size(); ++held) {
        graph.arrow(nodes[held], GraphBuilder::kEnd, empty());
        graph.arrow(nodes[held], nodes[0], oneOf(others));
        for (const CodeRange& range : letters.ranges())
            for (char32_t code = range.first; code <= range.last; ++code)
                if (const size_t next = after(held, code); next < mark.size())
                    graph.arrow(nodes[held], nodes[next], oneOf(CodeSet(code, code)));
    }
    return std::move(graph).build();
}

Expr exactKey(const std::string& name, const StringForm& form) {
    const bool isWord = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
    return form.bareKeys && isWord ? text(name) : exactString(name, form);
}

Expr exactString(const std::string& value, const StringForm& form) {
    if (form.isRaw())
        return value.find(form.never) == std::string::npos
                   ? text(concat(form.open, value, form.close))
                   : nothing();
    using Handler = nlohmann::ordered_json::error_handler_t;
    return text(nlohmann::ordered_json(value).dump(-1, ' ', false, Handler::replace));
}

Expr stringBut(const std::set<std::string>& values, const StringForm& form) {
    GraphBuilder graph;
    const CodeSet plain = form.isRaw() ? rawCharactersBut(form.never) : plainCharacters();
    const uint32_t free = graph.node();  // the string differs from all values
    graph.arrow(free, free, oneOf(plain));
    graph.arrow(free, GraphBuilder::kEnd, text(form.close));
    const uint32_t root = graph.node();
    graph.arrow(GraphBuilder::kStart, root, text(form.open));
    struct Node {
        std::map<char32_t, size_t> next;
        uint32_t number;
        bool isValue = false;
    };
    std::vector<Node> nodes{{{}, root}};
    for (const std::string& value : values) {
        size_t at = 0;
        for (size_t i = 0; i < value.size();) {
            const Utf8Char c = decodeUtf8Loosely(value, i);
            i += c.bytes;
            const auto [next, isNew] = nodes[at].next.emplace(c.code, nodes.size());
            const size_t to = next->second;
            if (isNew) nodes.push_back({{}, graph.node()});
            at = to;
        }
        nodes[at].isValue = true;
    }
    for (const Node& node : nodes) {
        std::vector<CodeRange> known;
        for (const auto& [code, next] : node.next) {
            known.push_back({code, code});
            graph.arrow(node.number, nodes[next].number, oneOf(CodeSet(code, code).common(plain)));
        }
        graph.arrow(node.number, free, oneOf(plain.without(CodeSet(std::move(known)))));
        if (!node.isValue) graph.arrow(node.number, GraphBuilder::kEnd, text(form.close));
    }
    return std::move(graph).build();
}

}  // namespace alcove::engine::grammar
