// RTF (specification 1.9.1): groups, control words, and text in the code page of its font. What
// groups say beside the text (fonts, colours, pictures, styles) is skipped; headings are paragraphs
// with an outline level, cells and rows become tables.
#include <algorithm>
#include <array>
#include <map>

#include "engine/base/unicode.h"
#include "rag/reader/formats/formats.h"
#include "rag/reader/text/encoding.h"

namespace alcove::rag {
namespace {

constexpr size_t kDeepest = 1000;  // groups

constexpr std::array<std::string_view, 24> kSkipped = {
    "colortbl",  "stylesheet",        "pict",         "object",     "header",    "footer",
    "headerl",   "headerr",           "footerl",      "footerr",    "headerf",   "footerf",
    "listtable", "listoverridetable", "themedata",    "datastore",  "xmlnstbl",  "rsidtbl",
    "generator", "fldinst",           "latentstyles", "nonshppict", "bkmkstart", "bkmkend"};

/// \fcharset to a code page.
std::string_view pageOfCharset(int charset) {
    switch (charset) {
        case 77:
            return "macintosh";
        case 128:
            return "windows-31j";
        case 129:
            return "windows-949";
        case 134:
            return "gb18030";
        case 136:
            return "big5";
        case 161:
            return "windows-1253";
        case 162:
            return "windows-1254";
        case 163:
            return "windows-1258";
        case 177:
            return "windows-1255";
        case 178:
            return "windows-1256";
        case 186:
            return "windows-1257";
        case 204:
            return "windows-1251";
        case 222:
            return "windows-874";
        case 238:
            return "windows-1250";
        default:
            return {};
    }
}

class Rtf {
public:
    Rtf(std::string_view text, BlockWriter& out) : m_text(text), m_out(out) {}

    Result<void> read() {
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '{') {
                if (m_groups.size() >= kDeepest)
                    return refuse(Refusal::Damaged, "groups nest deeper than ", kDeepest);
                flushBytes();
                m_groups.push_back(m_state);
                m_state.starts = true;
                ++m_at;
            } else if (c == '}') {
                flushBytes();
                if (m_groups.empty()) break;  // what follows the last group is no part of it
                endGroup();
                m_state = m_groups.back();
                m_groups.pop_back();
                ++m_at;
                if (m_groups.empty()) break;
            } else if (c == '\\') {
                control();
                if (!m_out.status()) return m_out.status();
            } else {
                if (c != '\r' && c != '\n') byte(c);
                ++m_at;
            }
        }
        flushBytes();
        if (m_inRow) endRow();
        endParagraph();
        return m_out.status();
    }

    /// What \info says; read before the text so that it comes first in the stream.
    Metadata metadata() const {
        Metadata about;
        about.title = field("{\\title ");
        about.author = field("{\\author ");
        return about;
    }

private:
    enum class Destination : uint8_t { Text, Skipped, Fonts, Note, Info };
    struct State {
        Destination destination = Destination::Text;
        int font = 0;
        int unicodeSkip = 1;
        bool hidden = false;
        bool starts = false;  // nothing of the group was seen yet
    };

    [[nodiscard]] std::string field(std::string_view opening) const {
        const size_t at = m_text.substr(0, 65536).find(opening);
        if (at == std::string_view::npos) return {};
        const size_t begin = at + opening.size();
        const size_t end = m_text.find('}', begin);
        if (end == std::string_view::npos || end - begin > 1000) return {};
        const std::string_view raw = m_text.substr(begin, end - begin);
        return raw.find('\\') == std::string_view::npos ? toUtf8As(raw, "windows-1252") : "";
    }

    void byte(char c) {
        m_state.starts = false;
        if (m_skipBytes > 0) {
            --m_skipBytes;
            return;
        }
        if (m_state.hidden) return;
        if (m_state.destination == Destination::Text || m_state.destination == Destination::Note)
            m_bytes += c;
    }

    void flushBytes() {
        if (m_bytes.empty()) return;
        const auto font = m_fonts.find(m_state.font);
        const std::string_view page = font != m_fonts.end() && !font->second.empty()
                                          ? std::string_view(font->second)
                                          : m_codePage;
        target() += toUtf8As(m_bytes, page);
        m_bytes.clear();
    }
    void character(char32_t code) {
        flushBytes();
        if (m_state.hidden) return;
        if (m_state.destination == Destination::Text || m_state.destination == Destination::Note)
            appendUtf8(target(), code);
    }
    std::string& target() {
        return m_state.destination == Destination::Note ? m_note : m_paragraph;
    }

    void endGroup() {
        const bool noteEnds = m_state.destination == Destination::Note &&
                              m_groups.back().destination != Destination::Note;
        if (!noteEnds) return;
        m_notes.push_back(std::move(m_note));
        m_note.clear();
    }

    void endParagraph() {
        if (m_inTable) {
            m_cell += m_cell.empty() ? m_paragraph : " " + m_paragraph;
        } else {
            if (m_level > 0)
                m_out.heading(m_level, m_paragraph);
            else if (m_list > 0)
                m_out.listItem(m_list, m_paragraph);
            else
                m_out.paragraph(m_paragraph);
            for (const std::string& note : m_notes) m_out.note(note);
            m_notes.clear();
            m_tableOpen = m_tableOpen && m_paragraph.empty();
        }
        m_paragraph.clear();
    }
    void endCell() {
        m_inTable = true;
        endParagraph();
        m_cells.push_back(std::move(m_cell));
        m_cell.clear();
        m_inRow = true;
    }
    void endRow() {
        m_inTable = false;
        m_inRow = false;
        if (!m_tableOpen) {
            const bool header =
                m_cells.size() > 1 &&
                std::none_of(m_cells.begin(), m_cells.end(), [](const std::string& cell) {
                    return cell.empty() || cell.find_first_of("0123456789") != std::string::npos;
                });
            m_out.table(header ? m_cells : std::vector<std::string>());
            if (!header) m_out.row(m_cells);
            m_tableOpen = true;
        } else {
            m_out.row(m_cells);
        }
        m_cells.clear();
    }

    static int hex(char c) {
        if (c >= '0' && c <= '9') return c - '0';
        c = static_cast<char>(c | 32);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    void control() {
        if (++m_at >= m_text.size()) return;
        const char c = m_text[m_at];
        const bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter) {
            symbol(c);
            return;
        }
        const size_t begin = m_at;
        while (m_at < m_text.size() && (m_text[m_at] | 32) >= 'a' && (m_text[m_at] | 32) <= 'z' &&
               m_at - begin < 32)
            ++m_at;
        const std::string_view word = m_text.substr(begin, m_at - begin);
        bool negative = false, given = false;
        int64_t number = 0;
        if (m_at + 1 < m_text.size() && m_text[m_at] == '-' && m_text[m_at + 1] >= '0' &&
            m_text[m_at + 1] <= '9') {
            negative = true;
            ++m_at;
        }
        for (int i = 0;
             m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9' && i < 10;
             ++m_at, ++i) {
            number = number * 10 + (m_text[m_at] - '0');
            given = true;
        }
        if (negative) number = -number;
        if (m_at < m_text.size() && m_text[m_at] == ' ') ++m_at;
        controlWord(word, static_cast<int>(std::clamp<int64_t>(number, INT32_MIN, INT32_MAX)),
                    given);
        m_state.starts = false;
    }

    void symbol(char c) {
        ++m_at;
        switch (c) {
            case '\'':
                if (m_at + 1 < m_text.size() && hex(m_text[m_at]) >= 0 &&
                    hex(m_text[m_at + 1]) >= 0) {
                    byte(static_cast<char>(hex(m_text[m_at]) * 16 + hex(m_text[m_at + 1])));
                    m_at += 2;
                }
                break;
            case '*':
                // A destination that may be skipped by who does not know it: which are known is
                // decided by its word.
                m_optional = true;
                return;
            case '~':
                character(0xA0);
                break;
            case '_':
                character(0x2011);
                break;
            case '\\':
            case '{':
            case '}':
                byte(c);
                break;
            case '\n':
            case '\r':
                flushBytes();
                endParagraph();
                break;
            default:
                break;
        }
        m_state.starts = false;
    }

    void controlWord(std::string_view word, int number, bool given) {
        if (word == "bin") {  // raw bytes follow
            m_at +=
                std::min<size_t>(static_cast<size_t>(std::max(number, 0)), m_text.size() - m_at);
            return;
        }
        const bool optional = std::exchange(m_optional, false);
        if (m_state.destination == Destination::Skipped) return;
        if (word == "fonttbl") {
            m_state.destination = Destination::Fonts;
        } else if (word == "info") {
            m_state.destination = Destination::Skipped;
        } else if (word == "footnote" || word == "annotation") {
            m_state.destination = Destination::Note;
        } else if (std::find(kSkipped.begin(), kSkipped.end(), word) != kSkipped.end() ||
                   (optional && word != "shppict" && word != "shpinst")) {
            flushBytes();
            m_state.destination = Destination::Skipped;
        } else if (m_state.destination == Destination::Fonts) {
            if (word == "f") m_state.font = number;
            if (word == "fcharset") m_fonts[m_state.font] = pageOfCharset(number);
        } else {
            textWord(word, number, given);
        }
    }

    void textWord(std::string_view word, int number, bool given) {
        if (word == "u") {
            unicode(number);
        } else if (word == "uc") {
            m_state.unicodeSkip = std::clamp(number, 0, 16);
        } else if (word == "ansicpg") {
            m_codePage = "windows-" + std::to_string(number);
        } else if (word == "mac") {
            m_codePage = "macintosh";
        } else if (word == "f") {
            flushBytes();
            m_state.font = number;
        } else if (word == "v") {
            flushBytes();
            m_state.hidden = !given || number != 0;
        } else if (word == "plain") {
            flushBytes();
            m_state.hidden = false;
        } else if (word == "par" || word == "sect") {
            flushBytes();
            if (m_state.destination == Destination::Note)
                m_note += '\n';
            else
                endParagraph();
        } else if (word == "pard") {
            flushBytes();
            m_level = m_list = 0;
            if (!m_inRow) m_inTable = false;
        } else if (word == "outlinelevel") {
            m_level = std::clamp(number, 0, 8) + 1;
        } else if (word == "ls") {
            m_list = std::max(m_list, 1);
        } else if (word == "ilvl") {
            m_list = std::clamp(number, 0, 8) + 1;
        } else if (word == "intbl") {
            m_inTable = true;
        } else if (word == "cell" || word == "nestcell") {
            flushBytes();
            endCell();
        } else if (word == "row" || word == "nestrow") {
            flushBytes();
            endRow();
        } else if (word == "line") {
            character('\n');
        } else if (word == "tab") {
            character('\t');
        } else {
            punctuation(word);
        }
    }

    void punctuation(std::string_view word) {
        constexpr std::array<std::pair<std::string_view, char32_t>, 7> kMarks = {
            {{"emdash", 0x2014},
             {"endash", 0x2013},
             {"lquote", 0x2018},
             {"rquote", 0x2019},
             {"ldblquote", 0x201C},
             {"rdblquote", 0x201D},
             {"bullet", 0x2022}}};
        for (const auto& [name, code] : kMarks)
            if (name == word) character(code);
    }

    /// UTF-16 in signed numbers; after each comes what older programs show, to be skipped.
    void unicode(int number) {
        const auto unit = static_cast<char32_t>(number & 0xFFFF);
        m_skipBytes = m_state.unicodeSkip;
        if (unit >= 0xD800 && unit < 0xDC00) {
            m_highSurrogate = unit;
            return;
        }
        char32_t code = unit;
        if (unit >= 0xDC00 && unit < 0xE000)
            code = m_highSurrogate ? 0x10000 + ((m_highSurrogate - 0xD800) << 10) + (unit - 0xDC00)
                                   : kReplacementCharacter;
        m_highSurrogate = 0;
        character(code);
    }

    std::string_view m_text;
    BlockWriter& m_out;
    size_t m_at = 0;
    State m_state;
    std::vector<State> m_groups;
    std::map<int, std::string> m_fonts;  // code pages
    std::string m_codePage = "windows-1252";
    std::string m_bytes;  // not decoded yet
    std::string m_paragraph, m_note, m_cell;
    std::vector<std::string> m_cells, m_notes;
    int m_skipBytes = 0;
    char32_t m_highSurrogate = 0;
    int m_level = 0, m_list = 0;
    bool m_inTable = false, m_inRow = false, m_tableOpen = false, m_optional = false;
};

}  // namespace

Result<void> readRtf(const Source& source, BlockWriter& out) {
    Rtf rtf(source.bytes, out);
    out.document(SourceKind::Rtf, rtf.metadata());
    out.page(PageKind::Flow, "");
    return rtf.read();
}

}  // namespace alcove::rag
