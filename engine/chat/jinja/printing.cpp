// str() and repr() of Python.
#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

void checkSize(State& state, const std::string& out) {
    if (out.size() > state.limits.output) state.fail("a value is too large to be printed");
}

void appendItems(State& state, std::string& out, std::span<const Value> items) {
    bool first = true;
    for (const Value& item : items) {
        if (!first) out += ", ";
        first = false;
        appendRepr(state, out, item);
    }
}

void appendDict(State& state, std::string& out, const Dict& dict) {
    out += '{';
    bool first = true;
    for (const Entry& entry : dict.entries) {
        if (!first) out += ", ";
        first = false;
        appendRepr(state, out, entry.key);
        out += ": ";
        appendRepr(state, out, entry.value);
    }
    out += '}';
}

void appendView(State& state, std::string& out, const Value& view) {
    out += typeName(view);
    out += "([";
    bool first = true;
    Iterator iterator(state, view);
    for (Value item; iterator.next(state, item); first = false) {
        if (!first) out += ", ";
        appendRepr(state, out, item);
    }
    out += "])";
}

void appendRange(std::string& out, const Range& range) {
    out += concat("range(", range.start, ", ", range.start + range.step * range.count);
    if (range.step != 1) out += concat(", ", range.step);
    out += ')';
}

}  // namespace

void appendRepr(State& state, std::string& out, const Value& value) {
    const Deeper deeper(state);
    checkSize(state, out);
    switch (value.kind) {
        case Kind::Undefined:
            out += "Undefined";
            break;
        case Kind::None:
            out += "None";
            break;
        case Kind::Bool:
            out += value.boolean ? "True" : "False";
            break;
        case Kind::Int:
            out += std::to_string(value.integer);
            break;
        case Kind::Float:
            out += realToString(value.real);
            break;
        case Kind::String:
            state.meter.spendBytes(value.length * 8);
            if (value.markup) out += "Markup(";
            appendQuoted(out, value.str());
            if (value.markup) out += ')';
            break;
        case Kind::List:
            out += '[';
            appendItems(state, out, value.elements());
            out += ']';
            break;
        case Kind::Tuple:
            out += '(';
            appendItems(state, out, value.elements());
            out += value.length == 1 ? ",)" : ")";
            break;
        case Kind::Dict:
            appendDict(state, out, *value.dict);
            break;
        case Kind::View:
            appendView(state, out, value);
            break;
        case Kind::Range:
            appendRange(out, *value.range);
            break;
        case Kind::Namespace: {
            DictBuilder builder(state.arena);
            for (const auto& [name, item] : value.space->attributes)
                builder.set(Value::of(name), item);
            out += "<Namespace ";
            appendDict(state, out, *builder.finish());
            out += '>';
            break;
        }
        case Kind::Callable:
            if (value.callable->macro && value.callable->macro->kind == StmtKind::CallBlock) {
                out += "<Macro anonymous>";
            } else {
                out += concat(value.callable->macro ? "<Macro '" : "<function '",
                              value.callable->name, "'>");
            }
            break;
        case Kind::Loop:
            out += concat("<LoopContext ", value.loop->index + 1, "/", lengthOf(state, value), ">");
            break;
        case Kind::Generator:
        case Kind::Counter:
            out += concat("<", typeName(value), " object>");
            break;
    }
}

void appendText(State& state, std::string& out, const Value& value) {
    if (value.isUndefined()) return;
    if (value.isString()) {
        out += value.str();
        checkSize(state, out);
    } else {
        appendRepr(state, out, value);
    }
}

std::string_view toText(State& state, const Value& value) {
    switch (value.kind) {
        case Kind::Undefined:
            return {};
        case Kind::String:
            return value.str();
        case Kind::None:
            return "None";
        case Kind::Bool:
            return value.boolean ? "True" : "False";
        default:
            break;
    }
    std::string out;
    appendRepr(state, out, value);
    return state.text(out).str();
}

std::string escapeHtml(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&#34;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

}  // namespace alcove::engine::jinja
