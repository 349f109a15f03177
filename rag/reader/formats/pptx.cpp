// PPTX: slides in the order of the presentation; the title is the heading, what stands in tables
// are rows, the speaker's notes follow their slide.
#include <algorithm>

#include "rag/reader/formats/archive.h"
#include "rag/reader/formats/formats.h"

namespace alcove::rag {
namespace {

class SlideOrder : public XmlHandler {
public:
    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (name == "sldId") ids.emplace_back(attributes.prefixed("id"));
    }
    void end(std::string_view) override {}
    void text(std::string_view) override {}
    std::vector<std::string> ids;
};

class SlideHandler : public XmlHandler {
public:
    SlideHandler(BlockWriter& out, bool notes) : m_out(out), m_notes(notes) {}

    void start(std::string_view name, const XmlAttributes& attributes) override {
        if (m_skip > 0 || name == "Fallback") {
            ++m_skip;
        } else if (name == "sp") {
            m_placeholder.clear();
        } else if (name == "ph") {
            m_placeholder = attributes["type"];
        } else if (name == "p") {
            m_text.clear();
            m_level = 0;
        } else if (name == "pPr") {
            const std::string_view level = attributes["lvl"];
            if (level.size() == 1 && level[0] >= '0' && level[0] <= '8') m_level = level[0] - '0';
        } else if (name == "buNone") {
            m_level = -1;
        } else if (name == "t") {
            m_inText = true;
        } else if (name == "br") {
            m_text += '\n';
        } else if (name == "tbl") {
            m_inTable = true;
            m_rows = 0;
            m_headed = false;
        } else if (name == "tblPr") {
            m_headed = attributes["firstRow"] == "1" || attributes["firstRow"] == "true";
        } else if (name == "tr") {
            m_cells.clear();
        } else if (name == "tc") {
            m_cells.emplace_back();
        }
    }

    void end(std::string_view name) override {
        if (m_skip > 0) {
            --m_skip;
        } else if (name == "t") {
            m_inText = false;
        } else if (name == "tr" && m_inTable) {
            const bool header = m_rows++ == 0 && m_headed;
            if (m_rows == 1) m_out.table(header ? m_cells : std::vector<std::string>());
            if (!header) m_out.row(m_cells);
        } else if (name == "tbl") {
            m_inTable = false;
        } else if (name == "p") {
            endParagraph();
        }
    }

    void text(std::string_view text) override {
        if (m_skip == 0 && m_inText) m_text += text;
    }
    Result<void> status() override { return m_out.status(); }

private:
    void endParagraph() {
        if (m_inTable) {
            if (m_cells.empty()) return;
            if (!m_cells.back().empty()) m_cells.back() += ' ';
            m_cells.back() += m_text;
        } else if (m_placeholder == "sldNum" || m_placeholder == "dt" || m_placeholder == "ftr" ||
                   m_placeholder == "hdr") {
            // the same on every slide
        } else if (m_notes) {
            if (m_placeholder == "body") m_out.note(m_text);
        } else if (m_placeholder == "title" || m_placeholder == "ctrTitle") {
            m_out.heading(1, m_text);
        } else if (m_placeholder == "subTitle") {
            m_out.paragraph(m_text);
        } else if ((m_placeholder.empty() && m_level <= 0) || m_level < 0) {
            m_out.paragraph(m_text);
        } else {
            m_out.listItem(m_level + 1, m_text);
        }
        m_text.clear();
    }

    BlockWriter& m_out;
    const bool m_notes;
    std::string m_text, m_placeholder;
    int m_level = 0, m_skip = 0, m_rows = 0;
    bool m_inText = false, m_inTable = false, m_headed = false;
    std::vector<std::string> m_cells;
};

}  // namespace

Result<void> readPptx(const Source& source, ReadContext& context, BlockWriter& out) {
    const std::string main = "ppt/presentation.xml";
    ALCOVE_TRY(const Archive archive, Archive::open(source, context));
    SlideOrder order;
    ALCOVE_CHECK(archive.parse(main, order));
    ALCOVE_TRY(const auto relations, readRelations(archive, main));
    out.document(SourceKind::Pptx, readMetadata(archive, "docProps/core.xml"));
    int number = 0;
    for (const std::string& id : order.ids) {
        const auto slide =
            std::find_if(relations.begin(), relations.end(),
                         [&](const Relation& relation) { return relation.id == id; });
        out.page(PageKind::Slide, std::to_string(++number));
        if (slide == relations.end() || !archive.has(slide->target)) {
            out.warning(concat("slide ", number, " is missing in the file"));
            continue;
        }
        SlideHandler handler(out, false);
        ALCOVE_CHECK(archive.parse(slide->target, handler));
        ALCOVE_TRY(const auto parts, readRelations(archive, slide->target));
        for (const Relation& part : parts) {
            if (part.type != "notesSlide" || !archive.has(part.target)) continue;
            SlideHandler notes(out, true);
            ALCOVE_CHECK(archive.parse(part.target, notes));
        }
    }
    return out.status();
}

}  // namespace alcove::rag
