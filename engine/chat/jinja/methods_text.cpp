// The methods of Python's str.
#include <algorithm>

#include "engine/chat/jinja/methods.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

std::string_view selfText(State&, const Value& self) { return self.str(); }

Value textLike(State& state, const Value& self, std::string_view made) {
    return state.text(made, self.markup);
}

/// A part of the text itself: shares its bytes.
Value partOf(const Value& self, std::string_view part) { return Value::of(part, self.markup); }

enum class Side : uint8_t { Left, Right, Both };

template <Side side>
Value strip(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "strip", args, {"chars"});
    const Value set = bound.get(0, Value::none());
    std::string_view text = selfText(state, self);
    if (set.isNone()) {
        if (side != Side::Right) text = trimLeft(text);
        if (side != Side::Left) text = trimRight(text);
        return partOf(self, text);
    }
    const std::string_view chars = stringOf(state, set, "the argument of strip");
    const size_t before = text.size();
    if (side != Side::Right) text = trimLeft(text, chars);
    if (side != Side::Left) text = trimRight(text, chars);
    state.meter.spend(static_cast<int64_t>((before - text.size()) * chars.size() / 16));
    return partOf(self, text);
}

template <std::string (*convert)(std::string_view)>
Value converted(State& state, const Value& self, const Args& args) {
    const Bound none(state, "this method", args, {});
    state.meter.spendBytes(self.length * 16);
    return textLike(state, self, convert(self.str()));
}

/// str.startswith and endswith: a string or a tuple of strings, and where to look.
template <bool atEnd>
Value hasEnd(State& state, const Value& self, const Args& args) {
    const Bound bound(state, atEnd ? "endswith" : "startswith", args, {"prefix", "start", "end"},
                      1);
    std::string_view text = self.str();
    if (bound.get(1) || bound.get(2)) {
        text = slice(state, self, bound.get(1, Value::none()), bound.get(2, Value::none()),
                     Value::none())
                   .str();
    }
    const auto matches = [&](const Value& part) {
        const std::string_view end = stringOf(state, part, "what a string starts or ends with");
        return atEnd ? text.ends_with(end) : text.starts_with(end);
    };
    const Value& part = *bound.get(0);
    if (!part.is(Kind::Tuple)) return Value::of(matches(part));
    bool any = false;
    for (const Value& one : part.elements()) any = any || matches(one);
    return Value::of(any);
}

Value listOf(State& state, const Value& self, const std::vector<std::string_view>& parts) {
    const std::span<Value> items = state.arena.array<Value>(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) items[i] = partOf(self, parts[i]);
    state.meter.spend(static_cast<int64_t>(parts.size() / 4));
    return Value::list(items);
}

/// At runs of white space, from the left; at most `most` cuts.
std::vector<std::string_view> splitBlanks(std::string_view text, int64_t most) {
    std::vector<std::string_view> parts;
    text = trimLeft(text);
    while (!text.empty()) {
        if (most >= 0 && static_cast<int64_t>(parts.size()) >= most) {
            parts.push_back(text);
            break;
        }
        size_t end = 0;
        while (end < text.size()) {
            const CodePoint c = decode(text.substr(end));
            if (isSpace(c.value)) break;
            end += c.bytes;
        }
        parts.push_back(text.substr(0, end));
        text = trimLeft(text.substr(end));
    }
    return parts;
}

std::vector<std::string_view> splitBlanksRight(std::string_view text, int64_t most) {
    if (most < 0) return splitBlanks(text, most);
    std::vector<std::string_view> parts;
    text = trimRight(text);
    while (!text.empty()) {
        if (static_cast<int64_t>(parts.size()) >= most) {
            parts.push_back(text);
            break;
        }
        // Walk over the word: its code points from the right.
        size_t at = text.size();
        while (at > 0) {
            size_t start = at - 1;
            while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
            if (isSpace(decode(text.substr(start)).value)) break;
            at = start;
        }
        parts.push_back(text.substr(at));
        text = trimRight(text.substr(0, at));
    }
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<std::string_view> splitAt(std::string_view text, std::string_view mark, int64_t most) {
    std::vector<std::string_view> parts;
    while (most < 0 || static_cast<int64_t>(parts.size()) < most) {
        const size_t at = text.find(mark);
        if (at == std::string_view::npos) break;
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + mark.size());
    }
    parts.push_back(text);
    return parts;
}

std::vector<std::string_view> splitAtRight(std::string_view text, std::string_view mark,
                                           int64_t most) {
    if (most < 0) most = INT64_MAX;
    std::vector<std::string_view> parts;
    while (static_cast<int64_t>(parts.size()) < most && text.size() >= mark.size()) {
        const size_t at = text.rfind(mark);
        if (at == std::string_view::npos) break;
        parts.push_back(text.substr(at + mark.size()));
        text = text.substr(0, at);
    }
    parts.push_back(text);
    std::reverse(parts.begin(), parts.end());
    return parts;
}

template <bool fromRight>
Value split(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "split", args, {"sep", "maxsplit"});
    const Value mark = bound.get(0, Value::none());
    const int64_t most = integerOf(state, bound.get(1, Value::of(int64_t{-1})), "maxsplit");
    state.meter.spendBytes(self.length * 4);
    if (mark.isNone()) {
        return listOf(
            state, self,
            fromRight ? splitBlanksRight(self.str(), most) : splitBlanks(self.str(), most));
    }
    const std::string_view text = stringOf(state, mark, "the separator of split");
    if (text.empty()) state.fail("the separator of split is empty");
    return listOf(
        state, self,
        fromRight ? splitAtRight(self.str(), text, most) : splitAt(self.str(), text, most));
}

Value splitLines(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "splitlines", args, {"keepends"});
    const bool keep = truth(bound.get(0, Value::of(false)));
    state.meter.spendBytes(self.length * 4);
    std::vector<std::string_view> lines;
    std::string_view text = self.str();
    size_t end = 0;
    while (end < text.size()) {
        const CodePoint c = decode(text.substr(end));
        const char32_t v = c.value;
        const bool ends =
            (v >= 10 && v <= 13) || (v >= 28 && v <= 30) || v == 0x85 || v == 0x2028 || v == 0x2029;
        if (!ends) {
            end += c.bytes;
            continue;
        }
        size_t after = end + c.bytes;
        if (v == '\r' && after < text.size() && text[after] == '\n') ++after;
        lines.push_back(text.substr(0, keep ? after : end));
        text.remove_prefix(after);
        end = 0;
    }
    if (!text.empty()) lines.push_back(text);
    return listOf(state, self, lines);
}

template <bool fromRight>
Value partition(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "partition", args, {"sep"}, 1);
    const std::string_view mark = stringOf(state, *bound.get(0), "the separator of partition");
    if (mark.empty()) state.fail("the separator of partition is empty");
    const std::string_view text = self.str();
    const size_t at = fromRight ? text.rfind(mark) : text.find(mark);
    if (at == std::string_view::npos) {
        const Value none = partOf(self, {});
        return fromRight ? state.tuple({none, none, self}) : state.tuple({self, none, none});
    }
    return state.tuple({partOf(self, text.substr(0, at)), partOf(self, mark),
                        partOf(self, text.substr(at + mark.size()))});
}

Value replace(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "replace", args, {"old", "new", "count"}, 2);
    const std::string_view old = stringOf(state, *bound.get(0), "what replace looks for");
    std::string_view with = stringOf(state, *bound.get(1), "what replace puts in");
    int64_t left = integerOf(state, bound.get(2, Value::of(int64_t{-1})), "the count of replace");
    if (self.markup && !bound.get(1)->markup) with = state.arena.copy(escapeHtml(with));
    const std::string_view text = self.str();
    state.meter.spendBytes(text.size() * 2);
    std::string out;
    size_t at = 0;
    const auto grow = [&](std::string_view part) {
        out += part;
        if (out.size() > state.limits.memory) state.fail("the result of replace is too large");
    };
    while (left != 0 && at <= text.size()) {
        const size_t found = text.find(old, at);
        if (found == std::string_view::npos) break;
        if (left > 0) --left;
        grow(text.substr(at, found - at));
        grow(with);
        at = found + old.size();
        if (old.empty()) {  // between all code points
            if (at >= text.size()) return textLike(state, self, out);
            const size_t bytes = decode(text.substr(at)).bytes;
            grow(text.substr(at, bytes));
            at += bytes;
        }
        state.meter.spend(1);
    }
    if (at < text.size()) grow(text.substr(at));
    return textLike(state, self, out);
}

/// Byte range that [start:end] of a search covers, and its offset in code points.
struct Window {
    std::string_view text;
    int64_t before = 0;
};

Window windowOf(State& state, const Value& self, const Bound& bound) {
    if (!bound.get(1) && !bound.get(2)) return {self.str(), 0};
    const Value part =
        slice(state, self, bound.get(1, Value::none()), bound.get(2, Value::none()), Value::none());
    if (part.length == 0) return {{}, 0};
    const size_t offset = static_cast<size_t>(part.text - self.text);
    return {part.str(), static_cast<int64_t>(countCodePoints(self.str().substr(0, offset)))};
}

template <bool fromRight, bool mustExist>
Value find(State& state, const Value& self, const Args& args) {
    const Bound bound(state, mustExist ? "index" : "find", args, {"sub", "start", "end"}, 1);
    const std::string_view part = stringOf(state, *bound.get(0), "what to find");
    const Window window = windowOf(state, self, bound);
    state.meter.spendBytes(self.length * 2);
    const size_t at = fromRight ? window.text.rfind(part) : window.text.find(part);
    if (at == std::string_view::npos) {
        if (mustExist) state.fail("the string does not contain what index looks for");
        return Value::of(int64_t{-1});
    }
    return Value::of(window.before +
                     static_cast<int64_t>(countCodePoints(window.text.substr(0, at))));
}

Value countText(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "count", args, {"sub", "start", "end"}, 1);
    const std::string_view part = stringOf(state, *bound.get(0), "what to count");
    const std::string_view text = windowOf(state, self, bound).text;
    state.meter.spendBytes(text.size() * 2);
    if (part.empty()) return Value::of(static_cast<int64_t>(countCodePoints(text)) + 1);
    int64_t count = 0;
    for (size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; at += part.size())
        ++count;
    return Value::of(count);
}

Value join(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "join", args, {"iterable"}, 1);
    std::string out;
    Iterator iterator(state, *bound.get(0));
    bool first = true;
    for (Value item; iterator.next(state, item); first = false) {
        if (!first) out += self.str();
        if (!item.isString() && !self.markup) {
            state.fail("join of a string takes strings only, not a ", typeName(item));
        }
        out += self.markup && !item.markup ? escapeHtml(toText(state, item))
                                           : std::string(toText(state, item));
        if (out.size() > state.limits.memory) state.fail("the result of join is too large");
    }
    return textLike(state, self, out);
}

template <bool (*test)(char32_t)>
Value all(State& state, const Value& self, const Args& args) {
    const Bound none(state, "this method", args, {});
    std::string_view text = self.str();
    state.meter.spendBytes(text.size() * 8);
    bool good = !text.empty();
    while (good && !text.empty()) {
        const CodePoint c = decode(text);
        good = test(c.value);
        text.remove_prefix(c.bytes);
    }
    return Value::of(good);
}

bool isAlnum(char32_t c) { return isAlpha(c) || isDecimal(c) || isDigit(c) || isNumeric(c); }
bool isAsciiCharacter(char32_t c) { return c < 0x80; }
bool isNameCharacter(char32_t c) { return isAlnum(c) || c == '_'; }

Value isAsciiText(State& state, const Value& self, const Args& args) {
    return self.length == 0 ? Value::of(true) : all<isAsciiCharacter>(state, self, args);
}

Value isPrintableText(State& state, const Value& self, const Args& args) {
    return self.length == 0 ? Value::of(true) : all<isPrintable>(state, self, args);
}

Value isIdentifier(State& state, const Value& self, const Args& args) {
    const bool digitFirst = self.length > 0 && isDecimal(decode(self.str()).value);
    return digitFirst ? Value::of(false) : all<isNameCharacter>(state, self, args);
}

/// isupper and islower: some letter with case, and none of the other one.
template <bool upper>
Value hasCase(State& state, const Value& self, const Args& args) {
    const Bound none(state, "this method", args, {});
    bool some = false;
    std::string_view text = self.str();
    state.meter.spendBytes(text.size() * 8);
    while (!text.empty()) {
        const CodePoint c = decode(text);
        if (isTitle(c.value) || (upper ? isLower(c.value) : isUpper(c.value)))
            return Value::of(false);
        some = some || (upper ? isUpper(c.value) : isLower(c.value));
        text.remove_prefix(c.bytes);
    }
    return Value::of(some);
}

Value isTitleText(State& state, const Value& self, const Args& args) {
    const Bound none(state, "istitle", args, {});
    bool some = false;
    bool afterCased = false;
    std::string_view text = self.str();
    state.meter.spendBytes(text.size() * 8);
    while (!text.empty()) {
        const CodePoint c = decode(text);
        const bool up = isUpper(c.value) || isTitle(c.value);
        const bool low = isLower(c.value);
        if ((up && afterCased) || (low && !afterCased)) return Value::of(false);
        afterCased = up || low;
        some = some || afterCased;
        text.remove_prefix(c.bytes);
    }
    return Value::of(some);
}

/// ljust, rjust and center.
template <Side side>
Value justify(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "justification", args, {"width", "fillchar"}, 1);
    const int64_t width = integerOf(state, *bound.get(0), "the width");
    const std::string_view fill =
        stringOf(state, bound.get(1, Value::of(std::string_view(" "))), "the fill character");
    if (countCodePoints(fill) != 1) state.fail("the fill character has to be one character");
    const int64_t length = lengthOf(state, self);
    if (width <= length) return self;
    const int64_t gap = width - length;
    // Python's center puts the odd blank left when the width is odd.
    const int64_t left = side == Side::Left    ? 0
                         : side == Side::Right ? gap
                                               : gap / 2 + (gap & width & 1);
    const Value filler = Value::of(fill, self.markup);
    const std::string_view parts[] = {binary(state, Op::Mul, filler, Value::of(left)).str(),
                                      self.str(),
                                      binary(state, Op::Mul, filler, Value::of(gap - left)).str()};
    return Value::of(state.arena.join(parts), self.markup);
}

Value zfill(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "zfill", args, {"width"}, 1);
    const int64_t gap = integerOf(state, *bound.get(0), "the width") - lengthOf(state, self);
    if (gap <= 0) return self;
    const std::string_view text = self.str();
    const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    const std::string_view parts[] = {
        text.substr(0, sign),
        binary(state, Op::Mul, Value::of(std::string_view("0")), Value::of(gap)).str(),
        text.substr(sign)};
    return Value::of(state.arena.join(parts), self.markup);
}

template <bool prefix>
Value removeEnd(State& state, const Value& self, const Args& args) {
    const Bound bound(state, prefix ? "removeprefix" : "removesuffix", args, {"part"}, 1);
    const std::string_view part = stringOf(state, *bound.get(0), "what to remove");
    std::string_view text = self.str();
    if (prefix && text.starts_with(part)) text.remove_prefix(part.size());
    if (!prefix && text.ends_with(part)) text.remove_suffix(part.size());
    return partOf(self, text);
}

Value expandTabs(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "expandtabs", args, {"tabsize"});
    const int64_t size = integerOf(state, bound.get(0, Value::of(int64_t{8})), "the size of a tab");
    std::string out;
    int64_t column = 0;
    for (size_t at = 0; at < self.length;) {
        const CodePoint c = decode(self.str().substr(at));
        if (c.value == '\t') {
            const int64_t blanks = size > 0 ? size - column % size : 0;
            state.arena.charge(static_cast<size_t>(blanks));
            out.append(static_cast<size_t>(blanks), ' ');
            column += blanks;
        } else {
            out += self.str().substr(at, c.bytes);
            column = c.value == '\n' || c.value == '\r' ? 0 : column + 1;
        }
        at += c.bytes;
    }
    return textLike(state, self, out);
}

Value format(State& state, const Value& self, const Args& args) {
    return formatBraces(state, self, args);
}

Value formatMap(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "format_map", args, {"mapping"}, 1);
    if (!bound.get(0)->is(Kind::Dict)) state.fail("format_map needs a dict");
    std::vector<NamedValue> named;
    for (const Entry& entry : bound.get(0)->dict->entries) {
        if (entry.key.isString()) named.push_back({entry.key.str(), entry.value});
    }
    return formatBraces(state, self, {{}, named});
}

constexpr Method kText[] = {
    {"capitalize", converted<capitalized>},
    {"casefold", converted<toLower>},
    {"center", justify<Side::Both>},
    {"count", countText},
    {"endswith", hasEnd<true>},
    {"expandtabs", expandTabs},
    {"find", find<false, false>},
    {"format", format},
    {"format_map", formatMap},
    {"index", find<false, true>},
    {"isalnum", all<isAlnum>},
    {"isalpha", all<isAlpha>},
    {"isascii", isAsciiText},
    {"isdecimal", all<isDecimal>},
    {"isdigit", all<isDigit>},
    {"isidentifier", isIdentifier},
    {"islower", hasCase<false>},
    {"isnumeric", all<isNumeric>},
    {"isprintable", isPrintableText},
    {"isspace", all<isSpace>},
    {"istitle", isTitleText},
    {"isupper", hasCase<true>},
    {"join", join},
    {"ljust", justify<Side::Left>},
    {"lower", converted<toLower>},
    {"lstrip", strip<Side::Left>},
    {"partition", partition<false>},
    {"removeprefix", removeEnd<true>},
    {"removesuffix", removeEnd<false>},
    {"replace", replace},
    {"rfind", find<true, false>},
    {"rindex", find<true, true>},
    {"rjust", justify<Side::Right>},
    {"rpartition", partition<true>},
    {"rsplit", split<true>},
    {"rstrip", strip<Side::Right>},
    {"split", split<false>},
    {"splitlines", splitLines},
    {"startswith", hasEnd<false>},
    {"strip", strip<Side::Both>},
    {"swapcase", converted<swapCase>},
    {"title", converted<toTitle>},
    {"upper", converted<toUpper>},
    {"zfill", zfill},
};

}  // namespace

std::span<const Method> textMethods() { return kText; }

}  // namespace alcove::engine::jinja
