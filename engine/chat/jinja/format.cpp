// Python's two ways to format: "%5.2f" % x and "{:>10}".format(x).
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

constexpr int64_t kWidest = 1'000'000;  // of a field; more is a mistake or an attack

/// [[fill]align][sign][#][0][width][,][.precision][type]
struct Spec {
    std::string fill = " ";
    char align = 0;
    char sign = '-';
    bool alternate = false;
    int64_t width = 0;
    char grouping = 0;
    int64_t precision = -1;
    char type = 0;
};

std::string padded(const Spec& spec, const std::string& text, char usualAlign) {
    const int64_t length = static_cast<int64_t>(countCodePoints(text));
    if (length >= spec.width) return text;
    const int64_t gap = spec.width - length;
    const char align = spec.align ? spec.align : usualAlign;
    const auto fill = [&spec](int64_t count) {
        std::string out;
        for (int64_t i = 0; i < count; ++i) out += spec.fill;
        return out;
    };
    if (align == '<') return text + fill(gap);
    if (align == '^') return fill(gap / 2) + text + fill(gap - gap / 2);
    if (align == '=') {
        const size_t sign =
            !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ') ? 1 : 0;
        return text.substr(0, sign) + fill(gap) + text.substr(sign);
    }
    return fill(gap) + text;
}

/// Puts a separator between groups of digits of the whole part that begins `digits`.
std::string grouped(const std::string& digits, char separator, size_t size) {
    size_t whole = 0;
    while (whole < digits.size() && std::isalnum(static_cast<unsigned char>(digits[whole])))
        ++whole;
    std::string out;
    for (size_t i = 0; i < whole; ++i) {
        if (i > 0 && (whole - i) % size == 0) out += separator;
        out += digits[i];
    }
    return out + digits.substr(whole);
}

std::string inBase(uint64_t value, unsigned base, bool upper) {
    const char* digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string out;
    do {
        out.insert(out.begin(), digits[value % base]);
        value /= base;
    } while (value != 0);
    return out;
}

std::string withSign(const Spec& spec, bool isNegative, const std::string& digits) {
    std::string out;
    if (isNegative || spec.sign != '-') out += isNegative ? '-' : spec.sign;
    return out += digits;
}

std::string printReal(char type, int precision, bool alternate, double value) {
    char buffer[1500];
    const char format[] = {'%',
                           alternate ? '#' : '.',
                           alternate ? '.' : '*',
                           alternate ? '*' : type,
                           alternate ? type : '\0',
                           '\0'};
    std::snprintf(buffer, sizeof buffer, format, precision, value);
    return buffer;
}

std::string formatReal(State& state, const Spec& spec, double value) {
    if (spec.precision > 1000) state.fail("a number is formatted with more than 1000 digits");
    const double size = std::abs(value);
    const char lower = static_cast<char>(spec.type | 0x20);
    std::string digits;
    if (std::isnan(value) || std::isinf(value)) {
        digits = std::isnan(value) ? "nan" : "inf";
        if (spec.type == '%') digits += '%';
    } else if (spec.type == 0 && spec.precision < 0) {
        digits = realToString(size);
    } else if (spec.type == 0) {  // like g, but with one digit after the point at least
        digits =
            printReal('g', static_cast<int>(std::max<int64_t>(spec.precision, 1)), false, size);
        if (digits.find_first_of(".e") == std::string::npos) digits += ".0";
    } else if (spec.type == '%') {
        digits = printReal('f', spec.precision < 0 ? 6 : static_cast<int>(spec.precision),
                           spec.alternate, size * 100) +
                 "%";
    } else {
        const int64_t precision = spec.precision < 0 ? 6 : spec.precision;
        digits = printReal(lower == 'n' ? 'g' : lower, static_cast<int>(precision), spec.alternate,
                           size);
    }
    if (spec.type == 'E' || spec.type == 'F' || spec.type == 'G') digits = toUpper(digits);
    if (spec.grouping) digits = grouped(digits, spec.grouping, 3);
    return padded(spec, withSign(spec, std::signbit(value) && !std::isnan(value), digits), '>');
}

std::string formatInteger(State& state, const Spec& spec, int64_t value) {
    const uint64_t size =
        value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    std::string digits;
    switch (spec.type) {
        case 'b':
            digits = inBase(size, 2, false);
            break;
        case 'o':
            digits = inBase(size, 8, false);
            break;
        case 'x':
            digits = inBase(size, 16, false);
            break;
        case 'X':
            digits = inBase(size, 16, true);
            break;
        case 'c': {
            std::string out;
            if (value < 0 || value > 0x10FFFF) state.fail("no character has the number ", value);
            append(out, static_cast<char32_t>(value));
            return padded(spec, out, '<');
        }
        default:
            digits = std::to_string(size);
    }
    const bool decimal = spec.type == 0 || spec.type == 'd' || spec.type == 'n';
    if (spec.grouping) digits = grouped(digits, spec.grouping, decimal ? 3 : 4);
    if (spec.alternate && !decimal) digits = std::string("0") + spec.type + digits;
    return padded(spec, withSign(spec, value < 0, digits), '>');
}

bool isDigitCharacter(char c) { return c >= '0' && c <= '9'; }

/// Reads a number at the front and removes it; -1 if there is none.
int64_t takeNumber(State& state, std::string_view& text) {
    if (text.empty() || !isDigitCharacter(text[0])) return -1;
    int64_t value = 0;
    while (!text.empty() && isDigitCharacter(text[0])) {
        value = value * 10 + (text[0] - '0');
        if (value > kWidest) state.fail("a width or precision is too large");
        text.remove_prefix(1);
    }
    return value;
}

Spec parseSpec(State& state, std::string_view text) {
    Spec spec;
    const std::string_view whole = text;
    static constexpr std::string_view kAligns = "<>=^";
    const size_t first = decode(text).bytes;
    const auto alignAt = [&](size_t at) {
        return at < text.size() && kAligns.find(text[at]) != std::string_view::npos;
    };
    if (first > 0 && alignAt(first)) {
        spec.fill = text.substr(0, first);
        spec.align = text[first];
        text.remove_prefix(first + 1);
    } else if (alignAt(0)) {
        spec.align = text[0];
        text.remove_prefix(1);
    }
    if (!text.empty() && (text[0] == '+' || text[0] == '-' || text[0] == ' ')) {
        spec.sign = text[0];
        text.remove_prefix(1);
    }
    if (text.starts_with('#')) {
        spec.alternate = true;
        text.remove_prefix(1);
    }
    if (text.starts_with('0')) {
        if (!spec.align) {
            spec.align = '=';
            spec.fill.assign(1, '0');
        }
        text.remove_prefix(1);
    }
    spec.width = std::max<int64_t>(takeNumber(state, text), 0);
    if (!text.empty() && (text[0] == ',' || text[0] == '_')) {
        spec.grouping = text[0];
        text.remove_prefix(1);
    }
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        spec.precision = takeNumber(state, text);
        if (spec.precision < 0) state.fail("the precision is missing in the format ", whole);
    }
    if (!text.empty()) {
        spec.type = text[0];
        text.remove_prefix(1);
    }
    if (!text.empty()) state.fail("the format ", whole.substr(0, 60), " is not understood");
    return spec;
}

std::string formatText(State& state, Spec spec, std::string_view text) {
    if (spec.type != 0 && spec.type != 's') {
        state.fail("the format ", spec.type, " does not work on a string");
    }
    if (spec.align == '=') {
        if (spec.fill != "0") state.fail("the alignment = does not work on a string");
        spec.align = '<';
    }
    if (spec.precision >= 0)
        text = text.substr(0, offsetOf(text, static_cast<size_t>(spec.precision)));
    return padded(spec, std::string(text), '<');
}

/// format(value, spec).
std::string formatValue(State& state, const Value& value, std::string_view specText) {
    if (specText.empty()) return std::string(toText(state, value));
    const Spec spec = parseSpec(state, specText);
    static constexpr std::string_view kRealTypes = "eEfFgG%";
    static constexpr std::string_view kIntegerTypes = "bcdoxXn";
    const bool realType = spec.type != 0 && kRealTypes.find(spec.type) != std::string_view::npos;
    const bool integerType =
        spec.type != 0 && kIntegerTypes.find(spec.type) != std::string_view::npos;
    if (value.is(Kind::Float) || (value.isIntegral() && realType)) {
        if (spec.type != 0 && !realType && spec.type != 'n') {
            state.fail("the format ", spec.type, " does not work on a float");
        }
        return formatReal(state, spec, value.asReal());
    }
    if (value.is(Kind::Int) || (value.is(Kind::Bool) && integerType)) {
        if (spec.type != 0 && !integerType)
            state.fail("the format ", spec.type, " does not work on an int");
        if (spec.precision >= 0) state.fail("a precision does not work on an int");
        return formatInteger(state, spec, value.asInteger());
    }
    if (value.is(Kind::Bool)) return formatInteger(state, spec, value.asInteger());
    if (value.isString()) return formatText(state, spec, value.str());
    if (value.isUndefined()) failUndefined(state, value);
    state.fail("a format with width or type does not work on a ", typeName(value));
}

/// repr(), and ascii() when `ascii`.
std::string quoted(State& state, const Value& value, bool ascii) {
    std::string out;
    appendRepr(state, out, value);
    if (!ascii || isAscii(out)) return out;
    std::string escaped;
    for (size_t at = 0; at < out.size();) {
        const CodePoint c = decode(std::string_view(out).substr(at));
        if (c.value < 0x80) {
            escaped += static_cast<char>(c.value);
        } else {
            char buffer[16];
            const char* format = c.value < 0x100     ? "\\x%02x"
                                 : c.value < 0x10000 ? "\\u%04x"
                                                     : "\\U%08x";
            std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned>(c.value));
            escaped += buffer;
        }
        at += c.bytes;
    }
    return escaped;
}

// ---- %

class Percent {
public:
    Percent(State& state, const Value& format, const Value& values)
        : m_state(state), m_rest(format.str()), m_markup(format.markup), m_values(values) {
        // One value need not be in a tuple.
        m_items = values.is(Kind::Tuple) ? values.elements() : std::span<const Value>(&m_values, 1);
    }

    Value run() {
        while (true) {
            const size_t at = m_rest.find('%');
            m_out += m_rest.substr(0, at);
            if (at == std::string_view::npos) break;
            m_rest.remove_prefix(at + 1);
            directive();
            if (m_out.size() > m_state.limits.memory) m_state.fail("a formatted text is too large");
        }
        // A dict serves names and need not be used up; anything else does.
        const bool mayRemain = m_values.is(Kind::Dict) || m_values.is(Kind::List);
        if (m_used < m_items.size() && !(mayRemain && !m_values.is(Kind::Tuple))) {
            m_state.fail("not all values were used by the format");
        }
        return m_state.text(m_out, m_markup);
    }

private:
    Value take() {
        if (m_used >= m_items.size()) m_state.fail("the format needs more values than it gets");
        return m_items[m_used++];
    }

    int64_t takeWidth() {
        if (m_rest.starts_with('*')) {
            m_rest.remove_prefix(1);
            const int64_t width = integerOf(m_state, take(), "a width");
            if (std::abs(width) > kWidest) m_state.fail("a width is too large");
            return width;
        }
        return takeNumber(m_state, m_rest);
    }

    void directive() {
        bool named = false;
        Value value;
        if (m_rest.starts_with('(')) {
            const size_t end = m_rest.find(')');
            if (end == std::string_view::npos) m_state.fail("a name in a format is not closed");
            if (!m_values.is(Kind::Dict)) m_state.fail("a format with names needs a dict");
            const std::string_view name = m_rest.substr(1, end - 1);
            const Value* found = find(*m_values.dict, Value::of(name), m_state.meter);
            if (!found) m_state.fail("the format needs ", name, ", which the dict lacks");
            value = *found;
            named = true;
            m_used = m_items.size();
            m_rest.remove_prefix(end + 1);
        }
        Spec spec;
        bool zero = false;
        for (; !m_rest.empty(); m_rest.remove_prefix(1)) {
            const char flag = m_rest[0];
            if (flag == '-') {
                spec.align = '<';
            } else if (flag == '+' || (flag == ' ' && spec.sign != '+')) {
                spec.sign = flag;
            } else if (flag == '#') {
                spec.alternate = true;
            } else if (flag == '0') {
                zero = true;
            } else if (flag != ' ') {
                break;
            }
        }
        spec.width = takeWidth();
        if (spec.width < -1) {
            spec.align = '<';
            spec.width = -spec.width;
        }
        if (m_rest.starts_with('.')) {
            m_rest.remove_prefix(1);
            spec.precision = std::max<int64_t>(takeWidth(), 0);
        }
        while (!m_rest.empty() && (m_rest[0] == 'l' || m_rest[0] == 'h' || m_rest[0] == 'L'))
            m_rest.remove_prefix(1);
        if (m_rest.empty()) m_state.fail("a format ends in the middle of a directive");
        const char type = m_rest[0];
        m_rest.remove_prefix(1);
        if (type == '%') {
            m_out += '%';
            return;
        }
        if (!named) value = take();
        if (zero && !spec.align) {
            spec.align = '=';
            spec.fill.assign(1, '0');
        }
        convert(spec, type, value);
    }

    void convert(Spec spec, char type, const Value& value) {
        switch (type) {
            case 's':
            case 'r':
            case 'a': {
                std::string text = type == 's' ? std::string(toText(m_state, value))
                                               : quoted(m_state, value, type == 'a');
                if (m_markup && !(value.isString() && value.markup)) text = escapeHtml(text);
                if (spec.align == '=') {
                    spec.align = 0;
                    spec.fill.assign(1, ' ');
                }
                if (spec.precision >= 0)
                    text.resize(offsetOf(text, static_cast<size_t>(spec.precision)));
                m_out += padded(spec, text, '>');
                return;
            }
            case 'c':
                character(spec, value);
                return;
            case 'd':
            case 'i':
            case 'u':
            case 'x':
            case 'X':
            case 'o':
                integer(spec, type, value);
                return;
            case 'e':
            case 'E':
            case 'f':
            case 'F':
            case 'g':
            case 'G':
                mustBeDefined(m_state, value);
                if (!value.isNumber())
                    m_state.fail("%", type, " needs a number, not a ", typeName(value));
                spec.type = type;
                m_out += formatReal(m_state, spec, value.asReal());
                return;
            default:
                m_state.fail("the format %", type, " is not understood");
        }
    }

    void character(Spec spec, const Value& value) {
        if (value.isIntegral()) {
            spec.type = 'c';
            if (!spec.align) spec.align = '>';
            m_out += formatInteger(m_state, spec, value.asInteger());
            return;
        }
        if (!value.isString() || countCodePoints(value.str()) != 1)
            m_state.fail("%c needs one character");
        m_out += padded(spec, std::string(value.str()), '>');
    }

    void integer(Spec spec, char type, const Value& value) {
        mustBeDefined(m_state, value);
        const bool decimal = type == 'd' || type == 'i' || type == 'u';
        if (!value.isIntegral() && !(value.is(Kind::Float) && decimal)) {
            m_state.fail("%", type, " needs a whole number, not a ", typeName(value));
        }
        if (value.is(Kind::Float) && !(std::abs(value.real) < 9.2e18))
            m_state.fail("a number is too large");
        const int64_t number =
            value.is(Kind::Float) ? static_cast<int64_t>(value.real) : value.asInteger();
        spec.type = decimal ? 'd' : type;
        if (spec.precision >= 0) {  // digits at least
            Spec digits;
            digits.sign = spec.sign;
            digits.type = spec.type;
            digits.fill.assign(1, '0');
            digits.align = '=';
            digits.width = spec.precision + (number < 0 || spec.sign != '-' ? 1 : 0);
            m_out += padded(spec, formatInteger(m_state, digits, number), '>');
            return;
        }
        m_out += formatInteger(m_state, spec, number);
    }

    State& m_state;
    std::string_view m_rest;
    bool m_markup;
    Value m_values;
    std::span<const Value> m_items;
    size_t m_used = 0;
    std::string m_out;
};

// ---- {}

class Braces {
public:
    Braces(State& state, const Args& args, bool markup)
        : m_state(state), m_args(args), m_markup(markup) {}

    std::string run(std::string_view text, int depth) {
        if (depth > 2) m_state.fail("a format is nested too deep");
        std::string out;
        while (!text.empty()) {
            const char c = text[0];
            text.remove_prefix(1);
            if (c == '{' && !text.starts_with('{')) {
                field(out, text, depth);
            } else if (c == '}' && !text.starts_with('}')) {
                m_state.fail("a single '}' stands in a format");
            } else {
                if (c == '{' || c == '}') text.remove_prefix(1);
                out += c;
            }
            if (out.size() > m_state.limits.memory) m_state.fail("a formatted text is too large");
        }
        return out;
    }

private:
    /// {name!conversion:spec}; `text` begins after the brace and is left after the closing one.
    void field(std::string& out, std::string_view& text, int depth) {
        size_t end = 0;
        for (int open = 1;; ++end) {
            if (end >= text.size()) m_state.fail("a '{' of a format is not closed");
            if (text[end] == '{') ++open;
            if (text[end] == '}' && --open == 0) break;
        }
        std::string_view inside = text.substr(0, end);
        text.remove_prefix(end + 1);
        size_t nameEnd = 0;  // brackets may hold what else ends a name
        for (bool bracket = false; nameEnd < inside.size(); ++nameEnd) {
            const char c = inside[nameEnd];
            if (c == '[') bracket = true;
            if (c == ']') bracket = false;
            if (!bracket && (c == '!' || c == ':')) break;
        }
        Value value = lookUp(inside.substr(0, nameEnd));
        inside.remove_prefix(nameEnd);
        if (inside.starts_with('!')) {
            if (inside.size() < 2 || (inside.size() > 2 && inside[2] != ':')) {
                m_state.fail("a conversion in a format is not understood");
            }
            value = converted(value, inside[1]);
            inside.remove_prefix(2);
        }
        if (inside.starts_with(':')) inside.remove_prefix(1);
        const std::string spec =
            inside.find('{') == std::string_view::npos && inside.find('}') == std::string_view::npos
                ? std::string(inside)
                : run(inside, depth + 1);
        const std::string made = formatValue(m_state, value, spec);
        out += m_markup && !(value.isString() && value.markup) ? escapeHtml(made) : made;
    }

    Value converted(const Value& value, char how) {
        if (how == 's') return Value::of(toText(m_state, value));
        if (how == 'r' || how == 'a') return m_state.text(quoted(m_state, value, how == 'a'));
        m_state.fail("the conversion !", how, " is unknown");
    }

    Value argument(std::string_view name) {
        const bool number =
            !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
        if (name.empty() || number) {
            if (name.empty() ? m_numbered : m_counted) {
                m_state.fail("a format mixes {} with numbered fields");
            }
            (name.empty() ? m_counted : m_numbered) = true;
            const int64_t index =
                name.empty() ? m_next++ : parseInteger(name, 10).value_or(INT64_MAX);
            if (index >= static_cast<int64_t>(m_args.positional.size())) {
                m_state.fail("the format needs more values than it gets");
            }
            return m_args.positional[static_cast<size_t>(index)];
        }
        for (const NamedValue& named : m_args.named) {
            if (named.name == name) return named.value;
        }
        m_state.fail("the format needs a value named ", name.substr(0, 60));
    }

    /// name.attribute[item] …
    Value lookUp(std::string_view path) {
        const size_t end = std::min(path.find_first_of(".["), path.size());
        Value value = argument(path.substr(0, end));
        path.remove_prefix(end);
        while (!path.empty()) {
            if (path[0] == '.') {
                path.remove_prefix(1);
                const size_t stop = std::min(path.find_first_of(".["), path.size());
                if (stop == 0) m_state.fail("a name in a format is empty");
                value = getAttribute(m_state, value, path.substr(0, stop));
                path.remove_prefix(stop);
            } else if (path[0] == '[') {
                const size_t stop = path.find(']');
                if (stop == std::string_view::npos || stop == 1)
                    m_state.fail("a '[' in a format is not closed");
                const std::string_view key = path.substr(1, stop - 1);
                const bool number = key.find_first_not_of("0123456789") == std::string_view::npos;
                const auto index = number ? parseInteger(key, 10) : std::nullopt;
                value = getItem(m_state, value, index ? Value::of(*index) : Value::of(key));
                path.remove_prefix(stop + 1);
            } else {
                m_state.fail("a name in a format is not understood");
            }
        }
        return value;
    }

    State& m_state;
    const Args& m_args;
    bool m_markup;
    int64_t m_next = 0;
    bool m_counted = false, m_numbered = false;
};

}  // namespace

Value formatPercent(State& state, const Value& format, const Value& values) {
    state.meter.spendBytes(format.length * 4);
    return Percent(state, format, values).run();
}

Value formatBraces(State& state, const Value& format, const Args& args) {
    state.meter.spendBytes(format.length * 4);
    return state.text(Braces(state, args, format.markup).run(format.str(), 1), format.markup);
}

}  // namespace alcove::engine::jinja
