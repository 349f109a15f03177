// What a file says, as the reader found it: text by page, and blocks that say what each part is.
//
// The text of a page is complete and in reading order; a block is a range of it. So a citation is
// (page, range), and what it cites is cut from the page: document.text(block). Blocks follow each
// other, never overlap, are never empty, and between two of them stand only line feeds.
//
// Ranges are byte offsets into UTF-8 and lie on borders of characters. Line ends are '\n'.
// rag/reader_client checks all of this on what the reader sends, so who holds a Document may rely
// on it, whatever file it came from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alcove::rag {

enum class SourceKind : uint8_t {
    Pdf,
    Docx,
    Odt,
    Pptx,
    Xlsx,
    Ods,
    Epub,
    Html,
    Markdown,
    Text,
    Rtf,
    Csv,  // and TSV
    Eml,
    Mbox,
    Json,
    Code,
};

/// What one Page of the document is.
enum class PageKind : uint8_t {
    Page,  // paper: PDF; a DOCX as far as its program wrote where pages ended
    Slide,
    Sheet,
    Chapter,  // one file of an EPUB
    Message,  // one mail
    Flow,     // a text without pages: the only one of its document (or of an attachment)
};

enum class BlockKind : uint8_t {
    Heading,
    Paragraph,
    ListItem,
    TableHeader,  // the row that names the columns
    TableRow,
    Code,  // line feeds and indentation are kept; so too in Note
    Note,  // footnote, speaker's note, comment, a mail's head
};

struct TextRange {
    uint64_t begin = 0;  // bytes
    uint64_t end = 0;    // one past the last

    [[nodiscard]] uint64_t size() const { return end - begin; }
    friend bool operator==(const TextRange&, const TextRange&) = default;
};

/// In points (1/72 inch) from the upper left corner of the page.
struct Box {
    float x = 0, y = 0, width = 0, height = 0;
};

/// Where one line, or the part of one in a column, stands on the page.
struct LineBox {
    TextRange range;
    Box box;
};

constexpr uint32_t kNone = UINT32_MAX;

struct Block {
    BlockKind kind = BlockKind::Paragraph;
    /// Heading: 1 is the highest, up to 9. ListItem: 1 is the outermost.
    uint8_t level = 0;
    uint32_t page = 0;         // index into Document::pages
    uint32_t heading = kNone;  // the heading above it, as index into Document::blocks; always less
                               // than its own
    uint32_t table = kNone;    // TableHeader, TableRow: index into Document::tables
    TextRange range;           // in the text of its page
};

/// Cells stand in the text of their rows, with a tab between two; there are no other tabs and no
/// line feeds in a row.
struct Table {
    std::vector<std::string> header;  // names of the columns; empty where there are none
};

struct Page {
    PageKind kind = PageKind::Flow;
    /// As the document counts or names it: "xii", "Budget", "attachment plan.pdf, page 3".
    std::string label;
    std::string text;
    float width = 0, height = 0;  // points; 0 where there is no paper
    std::vector<LineBox> lines;   // PDF alone; ranges ascend
    bool scanned = false;         // an image: what text there is comes from OCR
};

/// Something the reader could not give, though the rest is there: "page 4 is a scan and …".
struct Warning {
    uint32_t page = kNone;
    std::string message;
};

struct Document {
    SourceKind kind = SourceKind::Text;
    std::string title;     // as the file says; may be empty
    std::string author;    // likewise; for a mail the sender
    std::string date;      // likewise, as it stands there
    std::string language;  // SourceKind::Code: "cpp", "python", …; else empty
    std::vector<Page> pages;
    std::vector<Block> blocks;
    std::vector<Table> tables;
    std::vector<Warning> warnings;

    [[nodiscard]] std::string_view text(const Block& block) const {
        return std::string_view(pages[block.page].text)
            .substr(block.range.begin, block.range.size());
    }

    /// Texts of the headings above a block, the highest first.
    [[nodiscard]] std::vector<std::string_view> headingPath(const Block& block) const {
        std::vector<std::string_view> path;
        for (uint32_t at = block.heading; at != kNone; at = blocks[at].heading)
            path.insert(path.begin(), text(blocks[at]));
        return path;
    }
};

[[nodiscard]] std::string_view name(SourceKind kind);  // "pdf", "docx", …
[[nodiscard]] std::string_view name(PageKind kind);    // "page", "slide", …
[[nodiscard]] std::string_view name(BlockKind kind);   // "heading", "list_item", "table_row", …

}  // namespace alcove::rag
