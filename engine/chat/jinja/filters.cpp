// The filters that work on one value. Those on sequences are in filters_sequence.cpp.
#include "engine/chat/jinja/filters.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/chat/jinja/builtins.h"
#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

/// The value as text; a string keeps its kind.
Value softText(State& state, const Value& value) {
    return value.isString() ? value : Value::of(toText(state, value));
}

Value method(State& state, const Value& input, std::string_view name, const Args& args) {
    return call(state, getAttribute(state, softText(state, input), name), args);
}

template <const char* name>
Value viaMethod(State& state, const Value& input, const Args& args) {
    return method(state, input, name, args);
}

constexpr char kUpperName[] = "upper";
constexpr char kLowerName[] = "lower";
constexpr char kCapitalizeName[] = "capitalize";
constexpr char kTrimName[] = "strip";

Value title(State& state, const Value& input, const Args& args) {
    const Bound none(state, "title", args, {});
    const Value text = softText(state, input);
    std::string out;
    std::string_view rest = text.str();
    const auto parts = [](char32_t c) {
        return isSpace(c) || c == '-' || c == '(' || c == '{' || c == '[' || c == '<';
    };
    state.meter.spendBytes(rest.size() * 16);
    while (!rest.empty()) {  // a run of separators, or a word up to the next one
        const bool separators = parts(decode(rest).value);
        size_t end = 0;
        while (end < rest.size() && parts(decode(rest.substr(end)).value) == separators) {
            end += decode(rest.substr(end)).bytes;
        }
        const std::string_view word = rest.substr(0, end);
        const size_t first = decode(word).bytes;
        out += separators ? std::string(word)
                          : toUpper(word.substr(0, first)) + toLower(word.substr(first));
        rest.remove_prefix(end);
    }
    return state.text(out, text.markup);
}

Value center(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "center", args, {"width"});
    const Value width = bound.get(0, Value::of(int64_t{80}));
    return method(state, input, "center", {{&width, 1}, {}});
}

Value replace(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "replace", args, {"old", "new", "count"}, 2);
    const Value count = bound.get(2, Value::none());
    const Value three[] = {Value::of(toText(state, *bound.get(0))),
                           Value::of(toText(state, *bound.get(1))),
                           count.isNone() ? Value::of(int64_t{-1}) : count};
    return method(state, Value::of(toText(state, input)), "replace", {three, {}});
}

Value toStringFilter(State& state, const Value& input, const Args& args) {
    const Bound none(state, "string", args, {});
    return softText(state, input);
}

Value safe(State& state, const Value& input, const Args& args) {
    const Bound none(state, "safe", args, {});
    return Value::of(toText(state, input), true);
}

Value escape(State& state, const Value& input, const Args& args) {
    const Bound none(state, "escape", args, {});
    if (input.isString() && input.markup) return input;
    const std::string_view text = toText(state, input);
    state.meter.spendBytes(text.size() * 4);
    return state.text(escapeHtml(text), true);
}

Value forceEscape(State& state, const Value& input, const Args& args) {
    return escape(state, Value::of(toText(state, input)), args);
}

Value stripTags(State& state, const Value& input, const Args& args) {
    const Bound none(state, "striptags", args, {});
    std::string text(toText(state, input));
    state.meter.spendBytes(text.size() * 8);
    const auto cut = [&text](std::string_view open, std::string_view close) {
        std::string out;
        size_t at = 0;
        while (true) {
            const size_t begin = text.find(open, at);
            const size_t end = begin == std::string::npos ? begin : text.find(close, begin);
            if (end == std::string::npos) break;
            out.append(text, at, begin - at);
            at = end + close.size();
        }
        text = out + text.substr(at);
    };
    cut("<!--", "-->");
    cut("<", ">");
    std::string out;
    std::string_view rest = trimLeft(text);
    bool blank = false;
    while (!rest.empty()) {
        const CodePoint c = decode(rest);
        if (isSpace(c.value)) {
            blank = true;
        } else {
            if (blank) out += ' ';
            blank = false;
            out += rest.substr(0, c.bytes);
        }
        rest.remove_prefix(c.bytes);
    }
    return state.text(out);
}

Value defaultFilter(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "default", args, {"default_value", "boolean"});
    const bool replaced =
        input.isUndefined() || (truth(bound.get(1, Value::of(false))) && !truth(input));
    return replaced ? bound.get(0, Value::of(std::string_view(""))) : input;
}

Value length(State& state, const Value& input, const Args& args) {
    const Bound none(state, "length", args, {});
    return Value::of(lengthOf(state, input));
}

Value attribute(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "attr", args, {"name"}, 1);
    const std::string_view name = stringOf(state, *bound.get(0), "the name of an attribute");
    mustBeDefined(state, input);
    Value found;
    return findMethod(state, input, name, found) ? found : state.missing(input, *bound.get(0));
}

Value absolute(State& state, const Value& input, const Args& args) {
    const Bound none(state, "abs", args, {});
    mustBeDefined(state, input);
    if (!input.isNumber()) state.fail("abs needs a number, not a ", typeName(input));
    if (input.is(Kind::Float)) return Value::of(std::abs(input.real));
    return input.asInteger() < 0 ? negative(state, input) : Value::of(input.asInteger());
}

Value fromReal(double real, const Value& otherwise) {
    if (!(std::abs(real) < 9.2e18)) return otherwise;
    return Value::of(static_cast<int64_t>(real));
}

Value integerFilter(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "int", args, {"default", "base"});
    const Value otherwise = bound.get(0, Value::of(int64_t{0}));
    mustBeDefined(state, input);
    if (input.isIntegral()) return Value::of(input.asInteger());
    if (input.is(Kind::Float)) return fromReal(input.real, otherwise);
    if (!input.isString()) return otherwise;
    const int64_t base = integerOf(state, bound.get(1, Value::of(int64_t{10})), "the base");
    if (const auto integer =
            parseInteger(input.str(), static_cast<int>(std::clamp<int64_t>(base, -1, 99)))) {
        return Value::of(*integer);
    }
    const auto real = parseReal(input.str());
    return real ? fromReal(*real, otherwise) : otherwise;
}

Value realFilter(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "float", args, {"default"});
    mustBeDefined(state, input);
    if (input.isNumber()) return Value::of(input.asReal());
    if (input.isString()) {
        if (const auto real = parseReal(input.str())) return Value::of(*real);
    }
    return bound.get(0, Value::of(0.0));
}

/// Rounded half to even on the decimal digits of the exact value, as Python rounds.
double roundedTo(double value, int64_t digits) {
    if (!std::isfinite(value) || digits > 300) return value;
    if (digits < -300) return std::copysign(0.0, value);
    if (digits >= 0) {
        char buffer[700];
        std::snprintf(buffer, sizeof buffer, "%.*f", static_cast<int>(digits), value);
        return parseReal(buffer).value_or(value);
    }
    const double scale = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(value / scale) * scale;
}

Value roundFilter(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "round", args, {"precision", "method"});
    const int64_t digits = integerOf(state, bound.get(0, Value::of(int64_t{0})), "the precision");
    const std::string_view how =
        stringOf(state, bound.get(1, Value::of(std::string_view("common"))), "the method of round");
    mustBeDefined(state, input);
    if (!input.isNumber()) state.fail("round needs a number, not a ", typeName(input));
    if (how == "common") {
        if (!input.isIntegral()) return Value::of(roundedTo(input.real, digits));
        if (digits >= 0) return Value::of(input.asInteger());
        return Value::of(
            static_cast<int64_t>(roundedTo(static_cast<double>(input.asInteger()), digits)));
    }
    if (how != "ceil" && how != "floor") state.fail("the method of round is common, ceil or floor");
    const double scale = std::pow(10.0, static_cast<double>(digits));
    const double scaled = input.asReal() * scale;
    return Value::of((how == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale);
}

Value formatFilter(State& state, const Value& input, const Args& args) {
    if (!args.positional.empty() && !args.named.empty()) {
        state.fail("format takes values in order or by name, not both");
    }
    const Value text = softText(state, input);
    if (args.named.empty()) return formatPercent(state, text, state.tuple(args.positional));
    DictBuilder builder(state.arena);
    for (const NamedValue& named : args.named) builder.set(Value::of(named.name), named.value);
    return formatPercent(state, text, Value::of(builder.finish()));
}

Value indentFilter(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "indent", args, {"width", "first", "blank"});
    const Value width = bound.get(0, Value::of(int64_t{4}));
    const std::string_view unit =
        width.isString() ? width.str()
                         : binary(state, Op::Mul, Value::of(std::string_view(" ")), width).str();
    const bool first = truth(bound.get(1, Value::of(false)));
    const bool blank = truth(bound.get(2, Value::of(false)));
    const Value text = Value::of(stringOf(state, input, "the input of indent"));
    // With the newline that jinja2 appends, so that a last empty line is not lost.
    const Value withEnd = binary(state, Op::Add, text, Value::of(std::string_view("\n")));
    const Value lines = call(state, getAttribute(state, withEnd, "splitlines"), {});
    std::string out;
    for (size_t i = 0; i < lines.length; ++i) {
        const std::string_view line = lines.items[i].str();
        if (i > 0) out += '\n';
        if (i == 0 ? first : blank || !line.empty()) out += unit;
        out += line;
        if (out.size() > state.limits.memory) state.fail("the result of indent is too large");
    }
    return state.text(out, input.markup);
}

Value truncate(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "truncate", args, {"length", "killwords", "end", "leeway"});
    const int64_t most = integerOf(state, bound.get(0, Value::of(int64_t{255})), "the length");
    const Value end = bound.get(2, Value::of(std::string_view("...")));
    const Value leewayValue = bound.get(3, Value::none());
    const int64_t leeway = leewayValue.isNone() ? 5 : integerOf(state, leewayValue, "the leeway");
    const int64_t endLength = lengthOf(state, end);
    if (most < endLength)
        state.fail("truncate to ", most, " leaves no room for the end of ", endLength);
    if (leeway < 0) state.fail("the leeway of truncate is negative");
    if (lengthOf(state, input) <= most + std::min<int64_t>(leeway, INT32_MAX)) return input;
    Value kept = slice(state, input, Value::none(), Value::of(most - endLength), Value::none());
    if (!truth(bound.get(1, Value::of(false)))) {
        const std::string_view text = stringOf(state, kept, "the input of truncate");
        kept = Value::of(text.substr(0, std::min(text.rfind(' '), text.size())), kept.markup);
    }
    return binary(state, Op::Add, kept, end);
}

Value wordCount(State& state, const Value& input, const Args& args) {
    const Bound none(state, "wordcount", args, {});
    std::string_view text = toText(state, input);
    state.meter.spendBytes(text.size() * 16);
    int64_t count = 0;
    bool inWord = false;
    while (!text.empty()) {
        const CodePoint c = decode(text);
        const bool word = isAlpha(c.value) || isNumeric(c.value) || c.value == '_';
        count += word && !inWord;
        inWord = word;
        text.remove_prefix(c.bytes);
    }
    return Value::of(count);
}

void appendUrl(std::string& out, std::string_view text, bool query) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (char c : text) {
        const unsigned char byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == '~' ||
                           (c == '/' && !query);
        if (plain) {
            out += c;
        } else if (query && c == ' ') {
            out += '+';
        } else {
            out += {'%', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
}

Value urlEncode(State& state, const Value& input, const Args& args) {
    const Bound none(state, "urlencode", args, {});
    std::string out;
    if (input.isString() || !isIterable(input)) {
        state.meter.spendBytes(input.isString() ? input.length * 4 : 0);
        appendUrl(out, toText(state, input), false);
        return state.text(out);
    }
    const Value pairs = input.is(Kind::Dict) ? Value::viewOf(input.dict, ViewOf::Items) : input;
    Iterator iterator(state, pairs);
    for (Value pair; iterator.next(state, pair);) {
        const std::vector<Value> two = collect(state, pair);
        if (two.size() != 2) state.fail("urlencode needs pairs of a name and a value");
        if (!out.empty()) out += '&';
        appendUrl(out, toText(state, two[0]), true);
        out += '=';
        appendUrl(out, toText(state, two[1]), true);
        if (out.size() > state.limits.memory) state.fail("the result of urlencode is too large");
    }
    return state.text(out);
}

Value xmlAttributes(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "xmlattr", args, {"autospace"});
    mustBeDefined(state, input);
    if (!input.is(Kind::Dict)) state.fail("xmlattr needs a dict, not a ", typeName(input));
    std::string out;
    for (const Entry& entry : input.dict->entries) {
        if (entry.value.isNone() || entry.value.isUndefined()) continue;
        const std::string_view key = stringOf(state, entry.key, "the name of an attribute");
        if (key.find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos) {
            state.fail("an attribute's name contains what it must not");
        }
        if (!out.empty()) out += ' ';
        out += escapeHtml(key) + "=\"";
        const bool isMarkup = entry.value.isString() && entry.value.markup;
        const std::string_view text = toText(state, entry.value);
        out += isMarkup ? std::string(text) : escapeHtml(text);
        out += '"';
    }
    if (!out.empty() && truth(bound.get(0, Value::of(true)))) out.insert(0, 1, ' ');
    return state.text(out);
}

Value fileSize(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "filesizeformat", args, {"binary"});
    const bool binaryUnits = truth(bound.get(0, Value::of(false)));
    mustBeDefined(state, input);
    const auto parsed =
        input.isString() ? parseReal(input.str()) : std::optional<double>(input.asReal());
    if (!parsed || (!input.isString() && !input.isNumber()))
        state.fail("filesizeformat needs a number");
    const double base = binaryUnits ? 1024 : 1000;
    if (*parsed == 1) return Value::of(std::string_view("1 Byte"));
    if (*parsed < base)
        return state.text(concat(static_cast<int64_t>(std::max(*parsed, -9e18)), " Bytes"));
    static constexpr std::string_view kDecimal[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    static constexpr std::string_view kBinary[] = {"KiB", "MiB", "GiB", "TiB",
                                                   "PiB", "EiB", "ZiB", "YiB"};
    double unit = base;
    size_t at = 0;
    for (; at < 7 && *parsed >= unit * base; ++at) unit *= base;
    char buffer[400];
    std::snprintf(buffer, sizeof buffer, "%.1f ", *parsed / unit);
    return state.text(std::string(buffer) + std::string(binaryUnits ? kBinary[at] : kDecimal[at]));
}

/// For debugging only: repr(), without the sorting and the line breaks of Python's pprint.
Value prettyPrint(State& state, const Value& input, const Args& args) {
    const Bound none(state, "pprint", args, {});
    std::string out;
    appendRepr(state, out, input);
    return state.text(out);
}

template <const char* name>
Value refused(State& state, const Value&, const Args&) {
    state.fail("the filter ", name, " is not supported in chat templates");
}

constexpr char kRandomName[] = "random";
constexpr char kUrlizeName[] = "urlize";
constexpr char kWordwrapName[] = "wordwrap";

}  // namespace

std::span<const NamedFilter> valueFilters() {
    static constexpr NamedFilter kFilters[] = {
        {"abs", absolute},
        {"attr", attribute},
        {"capitalize", viaMethod<kCapitalizeName>},
        {"center", center},
        {"count", length},
        {"d", defaultFilter},
        {"default", defaultFilter},
        {"e", escape},
        {"escape", escape},
        {"filesizeformat", fileSize},
        {"float", realFilter},
        {"forceescape", forceEscape},
        {"format", formatFilter},
        {"indent", indentFilter},
        {"int", integerFilter},
        {"length", length},
        {"lower", viaMethod<kLowerName>},
        {"pprint", prettyPrint},
        {"random", refused<kRandomName>},
        {"replace", replace},
        {"round", roundFilter},
        {"safe", safe},
        {"string", toStringFilter},
        {"striptags", stripTags},
        {"title", title},
        {"tojson", toJson},
        {"trim", viaMethod<kTrimName>},
        {"truncate", truncate},
        {"upper", viaMethod<kUpperName>},
        {"urlencode", urlEncode},
        {"urlize", refused<kUrlizeName>},
        {"wordcount", wordCount},
        {"wordwrap", refused<kWordwrapName>},
        {"xmlattr", xmlAttributes},
    };
    return kFilters;
}

FilterFn findFilter(std::string_view name) {
    for (const std::span<const NamedFilter> table : {valueFilters(), sequenceFilters()}) {
        for (const NamedFilter& filter : table) {
            if (filter.name == name) return filter.function;
        }
    }
    return nullptr;
}

}  // namespace alcove::engine::jinja
