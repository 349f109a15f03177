// A formula as a tree: what the parser makes and the layout reads.
#pragma once

#include <QString>
#include <cstdint>
#include <memory>
#include <vector>

namespace alcove::ui::math {

/// The kinds of atoms that decide about spacing (The TeXbook, chapter 18), in its order.
enum class Class : uint8_t { Ord, Op, Bin, Rel, Open, Close, Punct, Inner };

enum class Kind : uint8_t {
    Symbol,     // character
    Name,       // text, upright: sin, lim
    Text,       // text in the window's type
    Row,        // children
    Scripts,    // base, superscript, subscript: the last two may be missing
    Fraction,   // numerator, denominator; left and right around it
    Radical,    // body, degree: may be missing
    Delimited,  // children with `marks` between left and right
    Delimiter,  // character, of `amount` em
    Accent,     // one child with character over (or under) it
    Bar,        // one child with a line over (or under) it
    Brace,      // one child with character stretched over (or under) it
    Stack,      // base, over, under: the last two may be missing
    Arrow,      // over, under: may be missing; character is stretched
    Table,      // rows of cells
    Space,      // amount in em
    Phantom,    // one child that takes room and is not seen
    Smash,      // one child that is seen and takes no height
    Boxed,      // one child in a frame
    Cancel,     // one child struck out
    Style,      // what follows is set in `style`
    Tag         // one child, at the right of the formula
};

enum class Style : uint8_t { Display, Text, Script, ScriptScript, Inherit };
/// Where an operator's scripts stand.
enum class Limits : uint8_t { Beside, DisplayOnly, Always };

struct Node;
using NodePtr = std::unique_ptr<Node>;

struct TableShape {
    enum class Spacing : uint8_t { Matrix, Aligned, Gathered, Cases, Small, Substack };
    Spacing spacing = Spacing::Matrix;
    Style cellStyle = Style::Text;
    /// 'l', 'c', 'r'; the last holds for further columns, in an aligned one they alternate.
    QString columns = QStringLiteral("c");
    std::vector<int> verticalLines;    // before this column
    std::vector<int> horizontalLines;  // before this row
    std::vector<std::vector<NodePtr>> rows;
    std::vector<double> extraGap;  // em, after each row
};

struct Node {
    explicit Node(Kind k, Class c = Class::Ord) : kind(k), atom(c) {}

    Kind kind;
    Class atom;
    char32_t character = 0;
    QString text;
    std::vector<NodePtr> children;
    Limits limits = Limits::Beside;
    Style style = Style::Inherit;
    bool large = false;   // an operator that is larger in displayed formulas
    bool below = false;   // accents, bars and braces
    bool wide = false;    // accents that grow; phantoms that have a width
    bool high = false;    // phantoms that have a height
    bool bold = false;    // text
    bool italic = false;  // text
    bool mono = false;    // text
    bool bar = true;      // of a fraction
    bool both = false;    // struck out by two lines
    bool upward = true;   // the line that strikes out
    double amount = 0;    // em
    char32_t left = 0;    // delimiters; 0: none
    char32_t right = 0;
    std::vector<char32_t> marks;  // \middle, between the children
    std::unique_ptr<TableShape> table;
};

inline NodePtr makeNode(Kind kind, Class atom = Class::Ord) {
    return std::make_unique<Node>(kind, atom);
}

}  // namespace alcove::ui::math
