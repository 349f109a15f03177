// What a laid-out formula is made of: marks at places, and the room they take. y grows downwards,
// from the baseline; lengths are the painter's.
#pragma once

#include <QColor>
#include <QFont>
#include <QString>
#include <vector>

#include "ui/math/math_font.h"

namespace alcove::ui::math {

/// The letters of the formulas' font are smaller than the window's at one size: with this they
/// stand beside each other as equals.
inline constexpr double kMathShare = 1.1;

struct Mark {
    enum class What : uint8_t {
        Glyph,    // its baseline moves to a whole pixel
        Stretch,  // a glyph that stays where it is: a delimiter, a part of one
        Radical,  // a glyph that stays with the rule at (ruleTop, height)
        Text,
        Rule,  // a filled rectangle of width × height below and right of (x, y)
        Line   // from (x, y) to (x + width, y + height)
    };
    What what = What::Glyph;
    GlyphId glyph = 0;
    bool bold = false, italic = false, mono = false;  // of text
    double x = 0, y = 0, width = 0, height = 0;
    double size = 0;  // of an em; of a line, its thickness
    double ruleTop = 0;
    double stretchX = 1, stretchY = 1;  // of a part that fills a run
    QString text;
};

struct Box {
    double width = 0, ascent = 0, descent = 0;
    double italic = 0;     // how far the top leans out at the right
    GlyphId single = 0;    // it is this one glyph, so accents know their place
    bool centred = false;  // an operator: its scripts stand at its own edges
    std::vector<Mark> marks;

    double height() const { return ascent + descent; }
    /// Takes over what `other` draws, its baseline `down` below ours; our width stays.
    void place(Box other, double x, double down);
};

struct Drawing {
    Box box;
    double size = 0;  // of an em
    QColor ink;
    QString spoken;
};

/// The window's type, where its font has been loaded, else the application's.
QFont textFont(const Mark& mark);

}  // namespace alcove::ui::math
