// What every format writes to: blocks in reading order, turned into the reader's stream.
//
// The stream is lines of JSON, each an object with one member that says what it is:
//
//   {"document":{"version":1,"kind":"docx","title":"…","author":"…","date":"…","language":"…"}}
//   {"page":{"kind":"page","label":"1","width":595.3,"height":841.9,"scanned":true}}
//   {"table":{"header":["Name","Age"]}}
//   {"block":{"kind":"paragraph","begin":0,"text":"…","level":1,"heading":4,"table":0}}
//   {"lines":[[begin,end,x,y,width,height],…]}
//   {"warning":{"page":3,"message":"…"}}
//   {"end":{"blocks":12}}                                    or, instead of it, at any time
//   {"refused":{"reason":"encrypted","message":"encrypted: …"}}
//
// Pages, tables and blocks are counted from 0 as they come; a block, and the lines, belong to the
// page last begun. `begin` is where the block's text starts in the text of its page; what lies
// between the end of the block before and there is line feeds, at most two. Members that say
// nothing (level 0, no heading, empty strings) are left out. The first line is "document", the
// last "end" or "refused"; a stream that ends otherwise is broken.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "rag/document.h"
#include "rag/refusal.h"

namespace alcove::rag {

struct Metadata {
    std::string title, author, date, language;
};

class BlockWriter {
public:
    using Sink = std::function<void(std::string_view)>;
    static constexpr size_t kLongestBlock = 256 * 1024;  // longer ones are cut in pieces

    /// After `limit` bytes nothing more is written but a few warnings of the document and the end,
    /// and status() is a refusal.
    BlockWriter(Sink sink, uint64_t limit) : m_sink(std::move(sink)), m_limit(limit) {}

    /// Of the file itself: what contained documents (attachments) say of themselves is not taken.
    void document(SourceKind kind, const Metadata& metadata);
    void page(PageKind kind, std::string_view label, float width = 0, float height = 0,
              bool scanned = false);

    // Text may be of any shape: invalid UTF-8 and control characters are replaced, runs of blanks
    // become one (not in code and notes), and what is then empty is not written.
    void heading(int level, std::string_view text);
    void paragraph(std::string_view text) { block(BlockKind::Paragraph, 0, text); }
    void listItem(int level, std::string_view text) { block(BlockKind::ListItem, level, text); }
    void code(std::string_view text) { block(BlockKind::Code, 0, text); }
    void note(std::string_view text) { block(BlockKind::Note, 0, text); }
    void table(std::vector<std::string> header);  // begins one; its header's row is written
    void row(std::span<const std::string> cells);
    /// Begins a table of which every row comes by exact(), the header's too.
    void beginTable(std::span<const std::string> header);

    /// Writes a text that is clean already and says where it begins in its page.
    uint64_t exact(BlockKind kind, int level, std::string_view text);
    void lines(std::span<const LineBox> lines);
    void warning(std::string_view message);  // about the page in work
    void documentWarning(std::string_view message);

    /// What begins here is another document within this one: headings start anew, and labels of
    /// pages get this name in front. The return value goes to leave().
    struct Outer {
        std::string prefix;
        std::vector<std::pair<int, uint32_t>> headings;
    };
    [[nodiscard]] Outer enter(std::string_view name);
    void leave(Outer outer);

    [[nodiscard]] Result<void> status() const;
    [[nodiscard]] bool full() const { return m_full; }
    [[nodiscard]] uint32_t blocks() const { return m_blocks; }
    [[nodiscard]] uint32_t pages() const { return m_pages; }
    [[nodiscard]] uint64_t textBytes() const { return m_texts; }  // of all blocks

    void end();
    void refused(const Error& error);

private:
    static constexpr int kMostLate = 4;
    void block(BlockKind kind, int level, std::string_view text);
    void writeRow(BlockKind kind, std::span<const std::string> cells);
    bool put(std::string_view line);  // false: there is no room for it

    Sink m_sink;
    uint64_t m_limit;
    uint64_t m_written = 0;
    bool m_full = false;
    int m_late = 0;  // warnings after that
    bool m_begun = false;
    uint32_t m_pages = 0, m_blocks = 0, m_tables = 0;
    uint64_t m_textSize = 0;  // of the page in work
    uint64_t m_texts = 0;
    BlockKind m_last = BlockKind::Paragraph;
    std::string m_prefix;
    std::vector<std::pair<int, uint32_t>> m_headings;  // level and block, the innermost last
    std::string m_line;
};

/// Valid UTF-8 without control characters; blanks of all sorts become single spaces, blanks at line
/// ends and beginnings go, more than one empty line does not stay.
[[nodiscard]] std::string cleanProse(std::string_view text);
/// Valid UTF-8 without control characters except tab and line feed; no empty lines at either end.
[[nodiscard]] std::string cleanVerbatim(std::string_view text);
/// cleanProse without line feeds.
[[nodiscard]] std::string cleanCell(std::string_view text);

}  // namespace alcove::rag
