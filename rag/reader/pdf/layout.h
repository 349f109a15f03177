// From what PDFium tells of a page (its text, line ends included, and a box for each run of
// glyphs, without saying which box belongs to which letters) to lines with places, and from lines
// to paragraphs, headings, lists and tables in reading order. No Qt here.
//
// The idea: the boxes come in the order of the text. So boxes are gathered into lines by geometry,
// these are aligned with the lines of the text, and a line with a wide gap is cut there, at the
// blank that the widths suggest. What follows is what a reader does: columns are read one after the
// other, lines of a paragraph run on, words cut at a line's end grow together again, what repeats
// at the top or bottom of pages is not part of the text.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rag/document.h"

namespace alcove::rag::pdf {

/// What PDFium writes for a hyphen at a line's end, and what older ones wrote.
constexpr char16_t kJoined = 0xFFFE, kJoinedOld = 2;

struct RawPage {
    std::u16string text;
    std::vector<Box> boxes;
    float width = 0, height = 0;
};

/// A line of a page, or the part of one in a column or cell.
struct Line {
    uint32_t begin = 0, end = 0;  // in RawPage::text
    Box box;                      // of width 0 where no box could be found
    float em = 0;                 // size of its letters, as far as their boxes tell
    float base = 0;               // where its letters stand
    uint32_t row = 0;             // parts of one line have the same

    [[nodiscard]] float right() const { return box.x + box.width; }
    [[nodiscard]] float bottom() const { return box.y + box.height; }
};

[[nodiscard]] std::vector<Line> findLines(const RawPage& page);

/// A part of the source that became a part of a block's text.
struct Piece {
    TextRange out;                // in the text of its block, bytes
    uint32_t begin = 0, end = 0;  // in RawPage::text
    Box box;
};

struct TextBlock {
    BlockKind kind = BlockKind::Paragraph;
    int level = 0;
    std::string text;           // rows: cells with tabs between
    std::vector<Piece> pieces;  // one for each line
    bool startsTable = false;
};

/// What the whole document tells about its pages.
struct Context {
    float bodyEm = 0;                    // size of most of the text; 0: not known
    std::map<std::string, int> outline;  // of this page: key of a title → level
    std::set<std::string> hyphenated;    // words seen with a hyphen inside of a line
};

[[nodiscard]] std::vector<TextBlock> findBlocks(const RawPage& page, const std::vector<Line>& lines,
                                                const Context& context);

/// Lines that repeat at the edges of neighbouring pages, digits apart: page i's that are to go.
struct LinedPage {
    RawPage raw;
    std::vector<Line> lines;
};
[[nodiscard]] std::vector<Line> withoutRunning(const std::vector<const LinedPage*>& window,
                                               size_t page, size_t pagesInAll);

/// Letters and digits alone, small: what titles are compared by.
[[nodiscard]] std::string titleKey(std::u16string_view text);

/// UTF-8 with ligatures and presentation forms taken apart. Where `from` is given, it gets for each
/// byte the index of the unit it comes from.
[[nodiscard]] std::string toText(std::u16string_view text, std::vector<uint32_t>* from = nullptr);

/// The em of most letters.
[[nodiscard]] float commonEm(const std::vector<const LinedPage*>& pages);

/// Remembers words like "well-known", so that a line's end does not make "wellknown" of them.
void collectHyphenated(const RawPage& page, std::set<std::string>& words);

}  // namespace alcove::rag::pdf
