// JSON in, as values; and out, as Python's json.dumps writes it.
#include <cmath>
#include <limits>

#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {

using Json = nlohmann::ordered_json;

/// Strings stay where they are: the JSON outlives the render.
Value fromJson(State& state, const Json& json) {
    const Deeper deeper(state);
    switch (json.type()) {
        case Json::value_t::boolean:
            return Value::of(json.get<bool>());
        case Json::value_t::number_integer:
            return Value::of(json.get<int64_t>());
        case Json::value_t::number_unsigned: {
            const uint64_t number = json.get<uint64_t>();
            constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
            return number <= kMost ? Value::of(static_cast<int64_t>(number))
                                   : Value::of(static_cast<double>(number));
        }
        case Json::value_t::number_float:
            return Value::of(json.get<double>());
        case Json::value_t::string:
            return Value::of(std::string_view(json.get_ref<const std::string&>()));
        case Json::value_t::array: {
            const std::span<Value> items = state.arena.array<Value>(json.size());
            size_t at = 0;
            for (const Json& item : json) items[at++] = fromJson(state, item);
            return Value::list(items);
        }
        case Json::value_t::object: {
            DictBuilder builder(state.arena);
            for (const auto& [key, item] : json.get_ref<const Json::object_t&>()) {
                builder.set(Value::of(std::string_view(key)), fromJson(state, item));
            }
            return Value::of(builder.finish());
        }
        default:
            return Value::none();
    }
}

namespace {

struct Style {
    bool ascii = false;
    bool sorted = false;
    bool indented = false;
    std::string_view indent;  // of one level
    std::string_view itemSeparator = ", ";
    std::string_view keySeparator = ": ";
};

class Writer {
public:
    Writer(State& state, const Style& style) : m_state(state), m_style(style) {}

    void write(const Value& value) {
        const Deeper deeper(m_state);
        if (m_out.size() > m_state.limits.output) m_state.fail("the JSON is too large");
        switch (value.kind) {
            case Kind::None:
                m_out += "null";
                break;
            case Kind::Bool:
                m_out += value.boolean ? "true" : "false";
                break;
            case Kind::Int:
                m_out += std::to_string(value.integer);
                break;
            case Kind::Float:
                m_out += number(value.real);
                break;
            case Kind::String:
                quoted(value.str());
                break;
            case Kind::List:
            case Kind::Tuple:
                list(value.elements());
                break;
            case Kind::Dict:
                dict(*value.dict);
                break;
            case Kind::Undefined:
                m_state.fail("an undefined value can not be written as JSON");
            default:
                m_state.fail("a ", typeName(value), " can not be written as JSON");
        }
    }
    [[nodiscard]] const std::string& text() const { return m_out; }

private:
    static std::string number(double value) {
        if (std::isnan(value)) return "NaN";
        if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
        return realToString(value);
    }

    void unit(uint32_t value) {
        static constexpr char kHex[] = "0123456789abcdef";
        m_out += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) m_out += kHex[value >> shift & 15];
    }

    void escaped(char32_t c) {
        if (c < 0x10000) {
            unit(c);
        } else {
            unit(0xD800 + ((c - 0x10000) >> 10));
            unit(0xDC00 + ((c - 0x10000) & 0x3FF));
        }
    }

    void quoted(std::string_view text) {
        m_state.meter.spendBytes(text.size() * 4);
        m_out += '"';
        for (size_t at = 0; at < text.size();) {
            const char c = text[at];
            static constexpr std::string_view kSpecial = "\"\\\n\r\t\f\b";
            static constexpr std::string_view kNames = "\"\\nrtfb";
            if (const size_t special = kSpecial.find(c); special != std::string_view::npos) {
                m_out += '\\';
                m_out += kNames[special];
                ++at;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                unit(static_cast<unsigned char>(c));
                ++at;
            } else if (m_style.ascii && static_cast<unsigned char>(c) >= 0x80) {
                const CodePoint decoded = decode(text.substr(at));
                escaped(decoded.value);
                at += decoded.bytes;
            } else {
                m_out += c;
                ++at;
            }
        }
        m_out += '"';
    }

    void newline() {
        if (!m_style.indented) return;
        m_out += '\n';
        for (int i = 0; i < m_level; ++i) m_out += m_style.indent;
    }

    void separate(bool first) {
        if (!first) m_out += m_style.itemSeparator;
        newline();
    }

    void list(std::span<const Value> items) {
        m_out += '[';
        ++m_level;
        for (size_t i = 0; i < items.size(); ++i) {
            separate(i == 0);
            write(items[i]);
        }
        --m_level;
        if (!items.empty()) newline();
        m_out += ']';
    }

    void key(const Value& value) {
        switch (value.kind) {
            case Kind::String:
                quoted(value.str());
                break;
            case Kind::None:
                m_out += "\"null\"";
                break;
            case Kind::Bool:
                m_out += value.boolean ? "\"true\"" : "\"false\"";
                break;
            case Kind::Int:
                m_out += concat("\"", value.integer, "\"");
                break;
            case Kind::Float:
                m_out += concat("\"", number(value.real), "\"");
                break;
            default:
                m_state.fail("a ", typeName(value), " can not be a key in JSON");
        }
    }

    void sort(std::vector<Entry>& entries) {
        std::vector<Keyed> rows;
        for (const Entry& entry : entries) rows.push_back({{entry.key}, entry.value});
        sortKeyed(m_state, rows, false);
        for (size_t i = 0; i < rows.size(); ++i) entries[i] = {rows[i].keys[0], rows[i].item};
    }

    void dict(const Dict& dict) {
        std::vector<Entry> entries(dict.entries.begin(), dict.entries.end());
        if (m_style.sorted) sort(entries);
        m_out += '{';
        ++m_level;
        for (size_t i = 0; i < entries.size(); ++i) {
            separate(i == 0);
            key(entries[i].key);
            m_out += m_style.keySeparator;
            write(entries[i].value);
        }
        --m_level;
        if (!entries.empty()) newline();
        m_out += '}';
    }

    State& m_state;
    const Style& m_style;
    std::string m_out;
    int m_level = 0;
};

}  // namespace

Value toJson(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "tojson", args, {"ensure_ascii", "indent", "separators", "sort_keys"});
    Style style;
    style.ascii = truth(bound.get(0, Value::of(false)));
    style.sorted = truth(bound.get(3, Value::of(false)));
    const Value indent = bound.get(1, Value::none());
    if (!indent.isNone()) {
        style.indented = true;
        style.itemSeparator = ",";
        style.indent = indent.isString()
                           ? indent.str()
                           : binary(state, Op::Mul, Value::of(std::string_view(" ")), indent).str();
    }
    const Value separators = bound.get(2, Value::none());
    if (!separators.isNone()) {
        const std::vector<Value> two = collect(state, separators);
        if (two.size() != 2) state.fail("separators of tojson have to be two strings");
        style.itemSeparator = stringOf(state, two[0], "a separator of tojson");
        style.keySeparator = stringOf(state, two[1], "a separator of tojson");
    }
    Writer writer(state, style);
    writer.write(input);
    return state.text(writer.text());
}

}  // namespace alcove::engine::jinja
