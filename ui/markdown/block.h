#pragma once
// What a Markdown text is once it is read: blocks, one under the other, with their nesting told by
// depths, and runs, which are the pieces of a line of text that look and act alike.
#include <QString>
#include <vector>

namespace alcove::ui {

enum class RunKind : quint8 { Text, Code, Math, DisplayMath, Citation, Image, LineBreak };

struct Run {
    RunKind kind = RunKind::Text;
    bool bold = false;
    bool italic = false;
    bool strike = false;
    bool unsupported = false;  ///< to be underlined with dots
    bool closed = true;        ///< formulas: the end is there already
    int citation = 0;
    qsizetype begin = 0;  ///< where it stands in the source, in UTF-16 units
    qsizetype end = 0;
    QString text;  ///< what is read; TeX for formulas, the alternative text for pictures
    QString link;  ///< never opened by itself
    bool operator==(const Run&) const = default;
};
using Runs = std::vector<Run>;

enum class BlockKind : quint8 {
    Paragraph,
    Heading,
    ListItem,
    Quote,
    Code,
    Table,
    Rule,
    DisplayMath
};
enum class ItemMarker : quint8 { None, Bullet, Number, TaskOpen, TaskDone };
enum class ColumnAlign : quint8 { Default, Left, Center, Right };

struct Block {
    BlockKind kind = BlockKind::Paragraph;
    ItemMarker marker = ItemMarker::None;
    bool tight = false;  ///< a list item whose neighbours follow without a blank line
    bool closed = true;  ///< formulas: the end is there already
    int level = 0;       ///< headings: 1 to 6
    int number = 0;      ///< of an item in an ordered list
    int listDepth = 0;   ///< lists around it
    int quoteDepth = 0;  ///< quotes around it
    int quoteInset = 0;  ///< lists around its outermost quote
    QString language;    ///< of code, as it was written
    QString text;        ///< code, or TeX
    Runs runs;
    std::vector<ColumnAlign> columns;
    std::vector<std::vector<Runs>> rows;  ///< of a table; the first is its header
    bool operator==(const Block&) const = default;
};
using Blocks = std::vector<Block>;

/// A piece of the source, in UTF-16 units.
struct SourceRange {
    qsizetype begin = 0;
    qsizetype end = 0;
    bool operator==(const SourceRange&) const = default;
};

}  // namespace alcove::ui
