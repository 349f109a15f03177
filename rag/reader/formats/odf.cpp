// ODT and ODS (OASIS OpenDocument): content.xml as a stream. A repeated cell or row is written as
// often as it is meant only while it says something: sheets end with a million empty ones.
#include <algorithm>
#include <cstdlib>
#include <map>

#include "rag/reader/formats/archive.h"
#include "rag/reader/formats/formats.h"

namespace alcove::rag {
namespace {

int countOf(std::string_view text, int most) {
    const long value = std::strtol(std::string(text.substr(0, 10)).c_str(), nullptr, 10);
    return static_cast<int>(std::clamp<long>(value, 1, most));
}

class OdfHandler : public XmlHandler {
public:
    OdfHandler(bool sheets, BlockWriter& out) : m_sheets(sheets), m_out(out) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (m_skip > 0 || name == "tracked-changes" || name == "forms" || name == "note-citation" ||
            name == "content-validations" || (m_sheets && name == "annotation")) {
            ++m_skip;
            return;
        }
        if (name == "p" || name == "h") {
            beginParagraph();
            if (name == "h") m_paragraph.level = countOf(attributes["outline-level"], 9);
        } else if (name == "note" || name == "annotation") {
            ++m_inNote;
        } else if (name == "list") {
            ++m_listDepth;
        } else if (name == "s") {
            m_paragraph.text.append(static_cast<size_t>(countOf(attributes["c"], 100)), ' ');
        } else if (name == "tab") {
            m_paragraph.text += '\t';
        } else if (name == "line-break") {
            m_paragraph.text += '\n';
        } else if (name == "table") {
            if (m_tables++ == 0) beginTable(attributes["name"]);
        } else if (name == "table-header-rows") {
            m_inHeader = true;
        } else if (name == "table-row" && m_tables == 1) {
            m_cells.clear();
            m_rowRepeats = countOf(attributes["number-rows-repeated"], 1000);
        } else if ((name == "table-cell" || name == "covered-table-cell") && m_tables == 1) {
            m_cell.clear();
            m_cellRepeats = countOf(attributes["number-columns-repeated"], 16384);
            m_isNumber =
                attributes["value-type"] == "float" || attributes["value-type"] == "currency" ||
                attributes["value-type"] == "percentage" || attributes["value-type"] == "date";
            m_date = attributes["value-type"] == "date" ? attributes["date-value"] : "";
        }
    }

    void end(std::string_view name) override {
        if (m_skip > 0) {
            --m_skip;
            return;
        }
        if (name == "p" || name == "h")
            endParagraph();
        else if (name == "note" || name == "annotation")
            endNote();
        else if (name == "list")
            --m_listDepth;
        else if (name == "table-header-rows")
            m_inHeader = false;
        else if ((name == "table-cell" || name == "covered-table-cell") && m_tables == 1)
            endCell();
        else if (name == "table-row" && m_tables == 1)
            endRow();
        else if (name == "table" && --m_tables == 0)
            endTable();
    }

    void text(std::string_view text) override {
        if (m_skip == 0 && (!m_open.empty())) m_paragraph.text += text;
    }
    Result<void> status() override { return m_out.status(); }

private:
    struct Paragraph {
        std::string text;
        int level = 0;
    };
    void beginParagraph() {
        m_open.push_back(std::move(m_paragraph));
        m_paragraph = {};
    }
    void endParagraph() {
        if (m_open.empty()) return;
        Paragraph done = std::move(m_paragraph);
        m_paragraph = std::move(m_open.back());
        m_open.pop_back();
        if (m_inNote > 0) {
            m_noteText += (m_noteText.empty() ? "" : "\n") + done.text;
        } else if (m_tables > 0) {
            if (!m_cell.empty()) m_cell += ' ';
            m_cell += done.text;
        } else if (done.level > 0) {
            m_out.heading(done.level, done.text);
        } else if (m_listDepth > 0) {
            m_out.listItem(m_listDepth, done.text);
        } else {
            m_out.paragraph(done.text);
        }
        if (m_open.empty() && m_inNote == 0) writeNotes();
    }
    /// A note stands in the middle of a sentence: it follows the paragraph it belongs to.
    void endNote() {
        if (--m_inNote > 0) return;
        m_notes.push_back(std::move(m_noteText));
        m_noteText.clear();
    }
    void writeNotes() {
        if (m_tables > 0) return;
        for (const std::string& note : m_notes) m_out.note(note);
        m_notes.clear();
    }

    void beginTable(std::string_view name) {
        if (m_sheets) m_out.page(PageKind::Sheet, name);
        m_rows = 0;
        m_first.clear();
    }
    void endCell() {
        if (!m_date.empty()) m_cell = m_date;
        const int repeats = m_cell.empty() ? m_cellRepeats : std::min(m_cellRepeats, 1000);
        if (m_cells.size() + static_cast<size_t>(repeats) <= 16384)
            m_cells.insert(m_cells.end(), static_cast<size_t>(repeats), m_cell);
        if (m_rows == 0 && m_isNumber) m_firstHasNumbers = true;
        m_cell.clear();
    }
    void endRow() {
        while (!m_cells.empty() && m_cells.back().empty()) m_cells.pop_back();
        if (m_cells.empty()) return;
        for (int i = 0; i < m_rowRepeats; ++i) addRow();
    }
    void addRow() {
        ++m_rows;
        if (m_rows == 1) {
            m_first = m_cells;
            m_firstIsHeader = m_inHeader;
            return;
        }
        if (m_rows == 2) writeFirst(true);
        m_out.row(m_cells);
    }
    void writeFirst(bool moreFollow) {
        const bool looksLike = moreFollow && !m_firstHasNumbers && m_first.size() > 1;
        const bool header = m_firstIsHeader || looksLike;
        m_out.table(header ? m_first : std::vector<std::string>());
        if (!header) m_out.row(m_first);
    }
    void endTable() {
        if (m_rows == 1) writeFirst(false);
        m_firstHasNumbers = false;
        writeNotes();
    }

    const bool m_sheets;
    BlockWriter& m_out;
    Paragraph m_paragraph;
    std::vector<Paragraph> m_open;
    std::vector<std::string> m_notes;
    std::string m_noteText, m_cell, m_date;
    std::vector<std::string> m_cells, m_first;
    int m_skip = 0, m_inNote = 0, m_listDepth = 0, m_tables = 0;
    int m_rowRepeats = 1, m_cellRepeats = 1;
    int64_t m_rows = 0;
    bool m_inHeader = false, m_isNumber = false, m_firstHasNumbers = false;
    bool m_firstIsHeader = false;
};

/// META-INF/manifest.xml says of an encrypted document how it was encrypted.
class ManifestHandler : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes&) override {
        if (name == "encryption-data" || name == "keyinfo") encrypted = true;
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    bool encrypted = false;
};

}  // namespace

Result<void> readOdf(const Source& source, ReadContext& context, SourceKind kind,
                     BlockWriter& out) {
    ALCOVE_TRY(const Archive archive, Archive::open(source, context));
    if (archive.has("META-INF/manifest.xml")) {
        ManifestHandler manifest;
        ALCOVE_CHECK(archive.parse("META-INF/manifest.xml", manifest));
        if (manifest.encrypted || archive.has("encrypted-package"))
            return refuse(Refusal::Encrypted,
                          "save it without a password to have it read; this kind of encryption is "
                          "not undone here");
    }
    out.document(kind, readMetadata(archive, "meta.xml"));
    const bool sheets = kind == SourceKind::Ods;
    if (!sheets) out.page(PageKind::Flow, "");
    OdfHandler handler(sheets, out);
    ALCOVE_CHECK(archive.parse("content.xml", handler));
    return out.status();
}

}  // namespace alcove::rag
