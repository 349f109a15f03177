// A tree to a drawing, by the rules of The TeXbook's appendix G with the constants of the font.
#pragma once

#include "ui/math/drawing.h"
#include "ui/math/node.h"

namespace alcove::ui::math {

/// The style in which something is set, and how others follow from it.
struct Setting {
    Style style = Style::Text;
    bool cramped = false;

    bool display() const { return style == Style::Display; }
    bool small() const { return style >= Style::Script; }
    Setting script() const;
    Setting numerator() const;
    Setting crampedToo() const { return {style, true}; }
    /// As a node asks for; Inherit changes nothing.
    Setting in(Style other) const {
        return other == Style::Inherit ? *this : Setting{other, cramped};
    }
};

/// The space between two atoms in mu (18 an em); negative: only outside of scripts.
int spacing(Class left, Class right);

class Layout {
public:
    Layout(const MathFont& font, double size) : m_font(font), m_size(size) {}

    /// The whole formula, with its tags at the right.
    Box formula(const Node& root, bool display);

private:
    // ---- layout.cpp
    Box node(const Node& node, Setting setting);
    Box optional(const NodePtr& node, Setting setting);
    Box row(const Node& node, Setting setting, bool afterOrd = false);
    Box symbol(const Node& node, Setting setting);
    Box name(const Node& node, Setting setting);
    Box text(const QString& words, Setting setting, const Node* style);
    Box scripts(const Node& node, Setting setting);
    Box limits(const Node& node, Setting setting);

    // ---- layout_parts.cpp
    Box fraction(const Node& node, Setting setting);
    Box radical(const Node& node, Setting setting);
    Box delimited(const Node& node, Setting setting);
    Box accent(const Node& node, Setting setting);
    Box bar(const Node& node, Setting setting);
    Box brace(const Node& node, Setting setting);
    Box stack(const Node& node, Setting setting);
    Box arrow(const Node& node, Setting setting);
    Box phantom(const Node& node, Setting setting);
    Box boxed(const Node& node, Setting setting);
    Box cancel(const Node& node, Setting setting);
    Box piled(Box base, Box over, Box under, double gap);

    // ---- layout_tables.cpp
    Box table(const Node& node, Setting setting);

    // ---- stretch.cpp
    /// At least that high if the font can, its middle on the axis.
    Box delimiter(char32_t character, double height, Setting setting);
    /// At least (accents: at most) that wide, standing on the baseline as the font has it.
    Box stretched(char32_t character, double width, Setting setting, bool atMost);
    Box stretchedGlyph(GlyphId glyph, double length, Setting setting, bool vertical, bool atMost);
    Box assembled(const std::vector<Part>& parts, double length, Setting setting, bool vertical);
    void placePart(Box& box, GlyphId glyph, double begin, double end, Setting setting,
                   bool vertical);
    Box glyphBox(GlyphId glyph, Setting setting, Mark::What what);
    double delimiterHeight(const Box& inside, Setting setting) const;

    double em(Setting setting) const;
    double units(int fontUnits, Setting setting) const;
    double constant(Constant which, Setting setting) const;
    double axis(Setting setting) const { return constant(Constant::AxisHeight, setting); }
    static Mark rule(double x, double y, double width, double height);

    const MathFont& m_font;
    double m_size;
    std::vector<Box> m_tags;
};

}  // namespace alcove::ui::math
