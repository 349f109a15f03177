// DOCX (ECMA-376): word/document.xml as a stream. Headings are paragraphs whose style has an
// outline level or the name of a heading; list items have numbering; text that tracking says was
// deleted is not read. Pages are where Word last broke them, as far as it wrote that down.
#include <algorithm>
#include <map>

#include "rag/reader/formats/archive.h"
#include "rag/reader/formats/formats.h"

namespace alcove::rag {
namespace {

int toInt(std::string_view text, int otherwise) {
    int value = 0;
    if (text.empty() || text.size() > 6) return otherwise;
    for (const char c : text) {
        if (c < '0' || c > '9') return otherwise;
        value = value * 10 + (c - '0');
    }
    return value;
}

/// Style id → level of heading.
class StyleHandler : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "style") {
            m_id = attributes["styleId"];
        } else if (name == "basedOn") {
            basedOn[m_id] = attributes["val"];
        } else if (name == "outlineLvl") {
            levels[m_id] = toInt(attributes["val"], 9) + 1;
        } else if (name == "name") {
            std::string value(attributes["val"]);
            for (char& c : value) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
            if (value.rfind("heading ", 0) == 0) levels[m_id] = toInt(value.substr(8), 1);
            if (value == "title") levels[m_id] = 1;
        }
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}

    [[nodiscard]] int level(std::string id) const {
        for (int i = 0; i < 20; ++i) {  // styles may be based on each other in a circle
            if (const auto found = levels.find(id); found != levels.end())
                return found->second <= 9 ? found->second : 0;
            const auto base = basedOn.find(id);
            if (base == basedOn.end()) return 0;
            id = base->second;
        }
        return 0;
    }
    std::map<std::string, int> levels;
    std::map<std::string, std::string> basedOn;

private:
    std::string m_id;
};

class BodyHandler : public XmlHandler {
public:
    BodyHandler(const StyleHandler& styles, BlockWriter& out, bool notes)
        : m_styles(styles), m_out(out), m_notes(notes) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (m_skip > 0 || name == "Fallback" || name == "del" || name == "moveFrom" ||
            name == "instrText" || name == "delText") {
            ++m_skip;
            return;
        }
        if (name == "p") {
            beginParagraph();
        } else if (name == "pStyle") {
            m_paragraph.level = m_styles.level(std::string(attributes["val"]));
        } else if (name == "outlineLvl") {
            const int level = toInt(attributes["val"], 9) + 1;
            if (level <= 9) m_paragraph.level = level;
        } else if (name == "numPr") {
            m_paragraph.list = std::max(m_paragraph.list, 1);
        } else if (name == "ilvl") {
            m_paragraph.list = toInt(attributes["val"], 0) + 1;
        } else if (name == "numId") {
            if (attributes["val"] == "0") m_paragraph.list = -1;  // taken out of its style's list
        } else if (name == "t") {
            m_inText = true;
        } else if (name == "tab" && !m_inProperties) {
            m_paragraph.text += '\t';
        } else if (name == "br" || name == "cr") {
            if (attributes["type"] == "page") m_breaks = true;
            m_paragraph.text += '\n';
        } else if (name == "noBreakHyphen") {
            m_paragraph.text += "\xE2\x80\x91";
        } else if (name == "lastRenderedPageBreak") {
            m_breaks = true;
        } else if (name == "pPr" || name == "rPr" || name == "sectPr") {
            ++m_inProperties;
        } else if (name == "tbl") {
            if (m_tables++ == 0) {
                m_rows = 0;
                m_firstRow.clear();
            }
        } else if (name == "tr" && m_tables == 1) {
            m_cells.clear();
            m_isHeader = false;
        } else if (name == "tblHeader" && m_tables == 1) {
            m_isHeader = attributes["val"] != "0" && attributes["val"] != "false";
        } else if (name == "tc" && m_tables == 1) {
            m_cells.emplace_back();
        } else if (name == "gridSpan" && m_tables == 1) {
            m_span = std::clamp(toInt(attributes["val"], 1), 1, 100);
        } else if ((name == "footnote" || name == "endnote") && m_notes) {
            const bool separator = attributes.has("type") && attributes["type"] != "normal";
            if (separator) m_skip = 1;
        }
    }

    void end(std::string_view name) override {
        if (m_skip > 0) {
            --m_skip;
            return;
        }
        if (name == "t") {
            m_inText = false;
        } else if (name == "p") {
            endParagraph();
        } else if (name == "pPr" || name == "rPr" || name == "sectPr") {
            --m_inProperties;
        } else if (name == "tc" && m_tables == 1) {
            m_cells.resize(m_cells.size() + static_cast<size_t>(m_span) - 1);
            m_span = 1;
        } else if (name == "tr" && m_tables == 1) {
            endRow();
        } else if (name == "tbl") {
            if (--m_tables == 0 && m_rows == 1) writeFirstRow(false);
        }
    }

    void text(std::string_view text) override {
        if (m_skip == 0 && m_inText) m_paragraph.text += text;
    }

    Result<void> status() override { return m_out.status(); }

    void beginPage() {
        m_breaks = false;
        m_out.page(PageKind::Page, std::to_string(++m_page));
    }

private:
    struct Paragraph {
        std::string text;
        int level = 0, list = 0;
    };

    /// Text boxes stand inside of a paragraph, as paragraphs of their own.
    void beginParagraph() {
        m_open.push_back(std::move(m_paragraph));
        m_paragraph = {};
    }

    void endParagraph() {
        Paragraph done = std::move(m_paragraph);
        if (!m_open.empty()) {
            m_paragraph = std::move(m_open.back());
            m_open.pop_back();
        }
        if (m_tables > 0) {
            if (m_cells.empty()) return;
            std::string& cell = m_cells.back();
            if (!cell.empty()) cell += ' ';
            cell += done.text;
            return;
        }
        if (m_notes) {
            m_out.note(done.text);
        } else if (done.level > 0) {
            m_out.heading(done.level, done.text);
        } else if (done.list > 0) {
            m_out.listItem(done.list, done.text);
        } else {
            m_out.paragraph(done.text);
        }
        if (m_breaks && m_page > 0) beginPage();
    }

    /// A table's first row is its header if Word says so, or if there are more rows and it has no
    /// empty cell and no number.
    void endRow() {
        ++m_rows;
        if (m_rows == 1) {
            m_firstRow = m_cells;
            m_firstIsHeader = m_isHeader;
            return;
        }
        if (m_rows == 2) writeFirstRow(true);
        m_out.row(m_cells);
    }

    void writeFirstRow(bool moreFollow) {
        const bool looksLike =
            m_firstRow.size() > 1 &&
            std::none_of(m_firstRow.begin(), m_firstRow.end(), [](const std::string& cell) {
                return cell.empty() || cell.find_first_of("0123456789") != std::string::npos;
            });
        const bool header = m_firstIsHeader || (moreFollow && looksLike);
        m_out.table(header ? m_firstRow : std::vector<std::string>());
        if (!header) m_out.row(m_firstRow);
    }

    const StyleHandler& m_styles;
    BlockWriter& m_out;
    const bool m_notes;
    Paragraph m_paragraph;
    std::vector<Paragraph> m_open;
    int m_skip = 0;
    bool m_inText = false;
    int m_inProperties = 0;
    int m_tables = 0;
    int64_t m_rows = 0;
    std::vector<std::string> m_cells, m_firstRow;
    bool m_isHeader = false, m_firstIsHeader = false;
    int m_span = 1;
    int m_page = 0;
    bool m_breaks = false;
};

}  // namespace

Result<void> readDocx(const Source& source, ReadContext& context, BlockWriter& out) {
    ALCOVE_TRY(const Archive archive, Archive::open(source, context));
    out.document(SourceKind::Docx, readMetadata(archive, "docProps/core.xml"));
    StyleHandler styles;
    if (archive.has("word/styles.xml")) {
        if (auto parsed = archive.parse("word/styles.xml", styles); !parsed) return parsed.error();
    }
    BodyHandler body(styles, out, false);
    body.beginPage();
    ALCOVE_CHECK(archive.parse("word/document.xml", body));
    for (const char* part : {"word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"}) {
        if (!archive.has(part)) continue;
        BodyHandler notes(styles, out, true);
        ALCOVE_CHECK(archive.parse(part, notes));
    }
    return out.status();
}

}  // namespace alcove::rag
