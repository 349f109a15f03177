// Markdown (CommonMark's blocks, and tables): structure becomes blocks, marks of emphasis and links
// stay in the text as their author wrote them only where they carry words.
//
// Line by line, one open block at a time. What is left out of CommonMark: nested quotes and lists
// keep their text and lose their nesting beyond the level of a list.
#include <algorithm>

#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

std::string_view trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

size_t indentOf(std::string_view line) {
    size_t columns = 0;
    for (const char c : line) {
        if (c == ' ')
            ++columns;
        else if (c == '\t')
            columns += 4 - columns % 4;
        else
            break;
    }
    return columns;
}

/// [words](address) → words; **words** → words; `code` → code; ![words](address) → words.
std::string inlineText(std::string_view text) {
    std::string out;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\' && at + 1 < text.size() &&
            std::ispunct(static_cast<unsigned char>(text[at + 1]))) {
            out += text[++at];
        } else if (c == '`') {
            size_t ticks = 1;
            while (at + ticks < text.size() && text[at + ticks] == '`') ++ticks;
            const size_t end = text.find(text.substr(at, ticks), at + ticks);
            if (end == std::string_view::npos) {
                out += text.substr(at, ticks);
                at += ticks - 1;
            } else {
                out += text.substr(at + ticks, end - at - ticks);
                at = end + ticks - 1;
            }
        } else if (c == '*' || (c == '~' && text.substr(at, 2) == "~~")) {
            const char before = at > 0 ? text[at - 1] : ' ';
            const char after = at + 1 < text.size() ? text[at + 1] : ' ';
            if (before == ' ' && after == ' ') out += c;  // a multiplication
        } else if (c == '_') {
            const auto isWord = [](char x) {
                return std::isalnum(static_cast<unsigned char>(x)) != 0;
            };
            const bool inner =
                at > 0 && at + 1 < text.size() && isWord(text[at - 1]) && isWord(text[at + 1]);
            if (inner) out += c;
        } else if (c == ']' && text.substr(at + 1, 1) == "(") {
            const size_t close = text.find(')', at);
            if (close == std::string_view::npos)
                out += c;
            else
                at = close;
        } else if (c == '[' || (c == '!' && text.substr(at + 1, 1) == "[")) {
            const size_t close = text.find(']', at);
            if (c == '[' && (close == std::string_view::npos || text.substr(close + 1, 1) != "("))
                out += c;
            else if (c == '!' &&
                     (close == std::string_view::npos || text.substr(close + 1, 1) != "("))
                out += c;
        } else {
            out += c;
        }
    }
    return out;
}

std::vector<std::string> cellsOf(std::string_view line) {
    line = trimmed(line);
    if (!line.empty() && line.front() == '|') line.remove_prefix(1);
    if (!line.empty() && line.back() == '|' && (line.size() < 2 || line[line.size() - 2] != '\\'))
        line.remove_suffix(1);
    std::vector<std::string> cells(1);
    for (size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '|')
            cells.back() += line[++at];
        else if (line[at] == '|')
            cells.emplace_back();
        else
            cells.back() += line[at];
    }
    for (std::string& cell : cells) cell = inlineText(trimmed(cell));
    return cells;
}

bool isTableRule(std::string_view line) {
    line = trimmed(line);
    return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
           line.find_first_not_of("|-: \t") == std::string_view::npos;
}

class Markdown {
public:
    explicit Markdown(BlockWriter& out) : m_out(out) {}

    void line(std::string_view line) {
        const std::string_view content = trimmed(line);
        if (m_fence != 0) {
            if (isFence(content) && content[0] == m_fence && content.size() >= m_fenceSize &&
                content.find_first_not_of(m_fence) == std::string_view::npos) {
                m_out.code(m_text);
                m_text.clear();
                m_fence = 0;
            } else {
                m_text.append(line).append("\n");
            }
            return;
        }
        if (content.empty()) {
            flush();
            return;
        }
        if (m_inTable) {
            if (content.find('|') != std::string_view::npos) {
                m_out.row(cellsOf(content));
                return;
            }
            m_inTable = false;
        }
        if (isFence(content)) {
            flush();
            m_fence = content[0];
            m_fenceSize = std::min(content.find_first_not_of(m_fence), content.size());
        } else if (indentOf(line) >= 4 && m_text.empty() && !m_inList) {
            m_kind = BlockKind::Code;
            m_text.append(line).append("\n");
        } else if (m_kind == BlockKind::Code && !m_text.empty() && indentOf(line) >= 4) {
            m_text.append(line).append("\n");
        } else if (!heading(content) && !underline(content) && !listItem(line, content) &&
                   !tableStart(content)) {
            if (m_kind == BlockKind::Code) flush();
            std::string_view text = content;
            while (!text.empty() && text[0] == '>') text = trimmed(text.substr(1));
            if (!m_text.empty()) m_text += '\n';
            m_text += text;
        }
    }
    void end() {
        if (m_fence != 0)
            m_out.code(m_text);
        else
            flush();
    }

private:
    static bool isFence(std::string_view content) {
        return content.substr(0, 3) == "```" || content.substr(0, 3) == "~~~";
    }

    void flush() {
        m_inTable = false;
        if (m_kind == BlockKind::Code)
            m_out.code(m_text);
        else if (m_kind == BlockKind::ListItem)
            m_out.listItem(m_level, inlineText(m_text));
        else
            m_out.paragraph(inlineText(m_text));
        if (m_kind != BlockKind::ListItem && !m_text.empty()) m_inList = false;
        m_kind = BlockKind::Paragraph;
        m_text.clear();
    }

    bool heading(std::string_view content) {
        const size_t level = std::min(content.find_first_not_of('#'), content.size());
        if (level == 0 || level > 6 ||
            (level < content.size() && content[level] != ' ' && content[level] != '\t'))
            return false;
        flush();
        m_inList = false;
        std::string_view text = trimmed(content.substr(level));
        const size_t end = text.find_last_not_of('#');
        if (end == std::string_view::npos)
            text = {};
        else if (end + 1 < text.size() && text[end] == ' ')
            text = trimmed(text.substr(0, end));
        m_out.heading(static_cast<int>(level), inlineText(text));
        return true;
    }

    /// "===" below a line makes it a heading, as "---" does; "---" alone is a rule.
    bool underline(std::string_view content) {
        const bool equals = content.find_first_not_of('=') == std::string_view::npos;
        const bool dashes = content.find_first_not_of("-") == std::string_view::npos;
        if ((equals || dashes) && !m_text.empty() && m_kind == BlockKind::Paragraph &&
            m_text.find('\n') == std::string::npos) {
            m_out.heading(equals ? 1 : 2, inlineText(m_text));
            m_text.clear();
            return true;
        }
        const bool rule =
            content.size() >= 3 && content.find_first_not_of("-*_ ") == std::string_view::npos &&
            content.find_first_not_of(std::string{content[0], ' '}) == std::string_view::npos;
        if (!rule) return false;
        flush();
        return true;
    }

    bool listItem(std::string_view line, std::string_view content) {
        size_t mark = 0;
        if (content.size() > 1 && (content[0] == '-' || content[0] == '*' || content[0] == '+') &&
            (content[1] == ' ' || content[1] == '\t')) {
            mark = 2;
        } else {
            const size_t digits = std::min(content.find_first_not_of("0123456789"), content.size());
            if (digits == 0 || digits > 9 || digits + 1 >= content.size() ||
                (content[digits] != '.' && content[digits] != ')') || content[digits + 1] != ' ')
                return false;
        }
        flush();
        m_inList = true;
        m_kind = BlockKind::ListItem;
        m_level = static_cast<int>(std::min<size_t>(indentOf(line) / 2, 8)) + 1;
        m_text = trimmed(content.substr(mark));  // numbers stay: they are part of what is said
        return true;
    }

    bool tableStart(std::string_view content) {
        if (!isTableRule(content) || m_kind != BlockKind::Paragraph || m_text.empty() ||
            m_text.find('|') == std::string::npos)
            return false;
        const size_t last = m_text.rfind('\n');
        const std::string header = last == std::string::npos ? m_text : m_text.substr(last + 1);
        m_text.resize(last == std::string::npos ? 0 : last);
        flush();
        m_out.table(cellsOf(header));
        m_inTable = true;
        return true;
    }

    BlockWriter& m_out;
    BlockKind m_kind = BlockKind::Paragraph;  // of m_text
    std::string m_text;
    int m_level = 1;
    bool m_inList = false, m_inTable = false;
    char m_fence = 0;
    size_t m_fenceSize = 0;
};

/// "---", lines of "name: value", "---" at the start: what the file says of itself.
Metadata takeFrontMatter(std::string_view& text) {
    Metadata about;
    if (text.substr(0, 4) != "---\n" && text.substr(0, 5) != "---\r\n") return about;
    const size_t end = text.find("\n---", 3);
    if (end == std::string_view::npos || end > 16384) return about;
    std::string_view head = text.substr(4, end - 4);
    text.remove_prefix(std::min(text.find('\n', end + 1), text.size()));
    while (!head.empty()) {
        const size_t lineEnd = std::min(head.find('\n'), head.size());
        const std::string_view line = head.substr(0, lineEnd);
        head.remove_prefix(std::min(lineEnd + 1, head.size()));
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = trimmed(line.substr(0, colon));
        std::string_view value = trimmed(line.substr(colon + 1));
        if (value.size() > 1 && value.front() == value.back() &&
            (value.front() == '"' || value.front() == '\''))
            value = value.substr(1, value.size() - 2);
        if (name == "title") about.title = value;
        if (name == "author") about.author = value;
        if (name == "date") about.date = value;
    }
    return about;
}

}  // namespace

Result<void> readMarkdown(const Source& source, BlockWriter& out) {
    const std::string decoded = toUtf8(source.bytes);
    std::string_view text = decoded;
    out.document(SourceKind::Markdown, takeFrontMatter(text));
    out.page(PageKind::Flow, "");
    Markdown markdown(out);
    while (!text.empty()) {
        const size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        markdown.line(line);
        text.remove_prefix(std::min(end + 1, text.size()));
        ALCOVE_CHECK(out.status());
    }
    markdown.end();
    return out.status();
}

}  // namespace alcove::rag
