#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

constexpr size_t kDeepest = 256;  // brackets within brackets

bool belongsToLiteral(char byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '+' || byte == '.';
}

}  // namespace

JsonScanner::Step JsonScanner::open(char closer) {
    if (m_closers.size() >= kDeepest) return Step::Bad;
    m_closers.push_back(closer);
    return Step::More;
}

JsonScanner::Step JsonScanner::begin(char byte) {
    if (isJsonBlank(byte)) return Step::More;
    m_started = true;
    if (byte == '{') return open('}');
    if (byte == '[') return open(']');
    m_inString = byte == '"';
    m_literal = belongsToLiteral(byte);
    return m_inString || m_literal ? Step::More : Step::Bad;
}

JsonScanner::Step JsonScanner::takeInString(char byte) {
    if (m_escaped) {
        m_escaped = false;
    } else if (byte == '\\') {
        m_escaped = true;
    } else if (byte == '"') {
        m_inString = false;
        if (m_closers.empty()) return Step::Last;
    }
    return Step::More;
}

JsonScanner::Step JsonScanner::take(char byte) {
    if (!m_started) return begin(byte);
    if (m_inString) return takeInString(byte);
    if (m_literal) return belongsToLiteral(byte) ? Step::More : Step::Past;
    switch (byte) {
        case '"':
            m_inString = true;
            return Step::More;
        case '{':
            return open('}');
        case '[':
            return open(']');
        case '}':
        case ']':
            if (m_closers.back() != byte) return Step::Bad;
            m_closers.pop_back();
            return m_closers.empty() ? Step::Last : Step::More;
        default:
            return Step::More;
    }
}

void appendJsonEscaped(std::string& out, char byte) {
    constexpr std::string_view kHex = "0123456789abcdef";
    if (byte == '"' || byte == '\\') {
        out += {'\\', byte};
    } else if (byte == '\n') {
        out += "\\n";
    } else if (byte == '\t') {
        out += "\\t";
    } else if (const auto code = static_cast<unsigned char>(byte); code < 0x20) {
        out += "\\u00";
        out += kHex[code >> 4];
        out += kHex[code & 15];
    } else {
        out += byte;
    }
}

std::string jsonQuoted(std::string_view text) {
    std::string out = "\"";
    for (const char byte : text) appendJsonEscaped(out, byte);
    return out + '"';
}

}  // namespace alcove::engine
