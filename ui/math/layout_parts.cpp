// Fractions, roots, delimiters, accents, braces: each a rule of appendix G, or of the OpenType
// specification where that says more.
#include <algorithm>

#include "ui/math/layout.h"

namespace alcove::ui::math {

namespace {

constexpr double kNullDelimiter = 0.12;                      // em
constexpr double kBinomialDisplay = 2.39, kBinomial = 1.01;  // em
constexpr double kStrutAscent = 0.84, kStrutDescent = 0.36;  // em: a line of 12 points in 10
constexpr double kBarClear = 0.12;                           // em
constexpr double kFramePadding = 0.3;                        // em
constexpr double kArrowPadding = 0.5;  // em, at each side of what stands on it

}  // namespace

Box Layout::fraction(const Node& node, Setting outer) {
    const Setting setting = outer.in(node.style);
    Box top = row(*node.children[0], setting.numerator());
    Box bottom = row(*node.children[1], setting.numerator().crampedToo());
    if (node.large) {  // \cfrac: all lines alike
        top.ascent = std::max(top.ascent, kStrutAscent * m_size);
        bottom.ascent = std::max(bottom.ascent, kStrutAscent * m_size * 0.8);
        bottom.descent = std::max(bottom.descent, kStrutDescent * m_size * 0.5);
    }
    const bool display = setting.display();
    const double thickness = constant(Constant::FractionRuleThickness, setting);
    const double middle = axis(setting);
    double up, down;
    if (node.bar) {
        up = constant(display ? Constant::FractionNumeratorDisplayStyleShiftUp
                              : Constant::FractionNumeratorShiftUp,
                      setting);
        down = constant(display ? Constant::FractionDenominatorDisplayStyleShiftDown
                                : Constant::FractionDenominatorShiftDown,
                        setting);
        const double gapUp = constant(
            display ? Constant::FractionNumDisplayStyleGapMin : Constant::FractionNumeratorGapMin,
            setting);
        const double gapDown = constant(display ? Constant::FractionDenomDisplayStyleGapMin
                                                : Constant::FractionDenominatorGapMin,
                                        setting);
        up = std::max(up, middle + thickness / 2 + gapUp + top.descent);
        down = std::max(down, bottom.ascent + gapDown + thickness / 2 - middle);
    } else {
        up = constant(display ? Constant::StackTopDisplayStyleShiftUp : Constant::StackTopShiftUp,
                      setting);
        down = constant(
            display ? Constant::StackBottomDisplayStyleShiftDown : Constant::StackBottomShiftDown,
            setting);
        const double least =
            constant(display ? Constant::StackDisplayStyleGapMin : Constant::StackGapMin, setting);
        const double missing = least - ((up - top.descent) - (bottom.ascent - down));
        if (missing > 0) {
            up += missing / 2;
            down += missing / 2;
        }
    }
    const double width = std::max(top.width, bottom.width);
    Box inside;
    inside.width = width;
    const double topX = (width - top.width) / 2, bottomX = (width - bottom.width) / 2;
    inside.place(std::move(top), topX, -up);
    inside.place(std::move(bottom), bottomX, down);
    if (node.bar) inside.marks.push_back(rule(0, -middle - thickness / 2, width, thickness));

    Box whole;
    if (node.left == 0 && node.right == 0) {
        const double side = kNullDelimiter * em(outer);
        whole.place(std::move(inside), side, 0);
        whole.width = width + 2 * side;
        return whole;
    }
    const double height = std::max((display ? kBinomialDisplay : kBinomial) * em(setting),
                                   delimiterHeight(inside, setting));
    Box left = delimiter(node.left, height, setting),
        right = delimiter(node.right, height, setting);
    const double leftWidth = left.width, rightWidth = right.width;
    whole.place(std::move(left), 0, 0);
    whole.place(std::move(inside), leftWidth, 0);
    whole.place(std::move(right), leftWidth + width, 0);
    whole.width = leftWidth + width + rightWidth;
    return whole;
}

Box Layout::radical(const Node& node, Setting setting) {
    Box body = row(*node.children[0], setting.crampedToo());
    const double thickness = constant(Constant::RadicalRuleThickness, setting);
    double gap = constant(
        setting.display() ? Constant::RadicalDisplayStyleVerticalGap : Constant::RadicalVerticalGap,
        setting);
    const double needed = body.height() + gap + thickness;
    Box sign = stretchedGlyph(m_font.glyph(0x221A), needed, setting, true, false);
    const double spare = sign.height() - needed;
    if (spare > 0) gap += spare / 2;  // rule 11: the body stands in the middle of what is left
    const double ruleTop = -(body.ascent + gap + thickness);
    const double signDown = ruleTop + sign.ascent;  // its top at the rule's
    for (Mark& mark : sign.marks) {
        mark.what = Mark::What::Radical;
        mark.ruleTop = ruleTop - signDown;
        mark.height = thickness;
    }

    Box whole;
    double x = 0;
    if (node.children[1]) {
        Box degree = row(*node.children[1], {Style::ScriptScript, false});
        x = constant(Constant::RadicalKernBeforeDegree, setting);
        const double width = degree.width;
        const double bottom = signDown + sign.descent;  // of the sign, below the baseline
        const double raise = sign.height() * m_font.degreeRaisePercent() / 100;
        const double down = bottom - raise - degree.descent;
        const double after = constant(Constant::RadicalKernAfterDegree, setting);
        // A long degree pushes the sign to the right, a short one does not pull it to the left.
        const double shift = std::max(0.0, x + width + after);
        whole.place(std::move(degree), shift - after - width, down);
        x = shift;
    }
    const double signWidth = sign.width, bodyWidth = body.width + body.italic;
    whole.place(std::move(sign), x, signDown);
    x += signWidth;
    whole.place(std::move(body), x, 0);
    // The rule begins within the sign, so that no light falls through the joint.
    const double joint = std::min(thickness, signWidth / 4);
    whole.marks.push_back(rule(x - joint, ruleTop, bodyWidth + joint, thickness));
    whole.ascent =
        std::max(whole.ascent, -ruleTop + constant(Constant::RadicalExtraAscender, setting) / 2);
    whole.width = x + bodyWidth;
    return whole;
}

Box Layout::delimited(const Node& node, Setting setting) {
    std::vector<Box> parts;
    Box tallest;
    for (const NodePtr& child : node.children) {
        parts.push_back(row(*child, setting));
        tallest.ascent = std::max(tallest.ascent, parts.back().ascent);
        tallest.descent = std::max(tallest.descent, parts.back().descent);
    }
    const double height = delimiterHeight(tallest, setting);
    Box whole;
    double x = 0;
    const auto append = [&](Box box) {
        const double advance = box.width + box.italic;
        whole.place(std::move(box), x, 0);
        x += advance;
    };
    const auto appendDelimiter = [&](char32_t character) {
        Box box = delimiter(character, height, setting);
        box.italic = 0;
        append(std::move(box));
    };
    // Bars have no room at their sides, and columns of numbers would look like more of them.
    const bool bars = node.left == '|' || node.left == 0x2016;
    const double clear =
        bars && node.children.front()->kind == Kind::Table ? kBarClear * em(setting) : 0;
    appendDelimiter(node.left);
    x += clear;
    for (size_t i = 0; i < parts.size(); ++i) {
        append(std::move(parts[i]));
        if (i < node.marks.size()) {
            x += 0.17 * em(setting);
            appendDelimiter(node.marks[i]);
            x += 0.17 * em(setting);
        }
    }
    x += clear;
    appendDelimiter(node.right);
    whole.width = x;
    return whole;
}

Box Layout::accent(const Node& node, Setting setting) {
    // A dot under an accent is not written.
    Node* inner = node.children[0].get();
    Node dotless(Kind::Symbol);
    const char32_t letter = inner->kind == Kind::Symbol ? inner->character : 0;
    if (letter == 0x1D456 || letter == 0x1D457) {
        dotless.character = letter - 0x1D456 + 0x1D6A4;
        inner = &dotless;
    }
    Box base = row(*inner, setting.crampedToo());
    const bool arrowLike = node.wide && node.character >= 0x20D0;
    const double wanted = node.wide ? base.width + base.italic : 0;
    Box mark = stretched(node.character, wanted, setting, !arrowLike);

    double at = (base.width + base.italic) / 2, attach = mark.width / 2;
    if (base.single && !node.wide) {
        at = base.width / 2 + base.italic / 2;
        if (const auto place = m_font.topAccent(base.single)) at = units(*place, setting);
    }
    const GlyphId glyph = m_font.glyph(node.character);
    if (glyph && mark.marks.size() == 1 && mark.marks.front().glyph == glyph) {
        const GlyphBounds bounds = m_font.bounds(glyph);
        if (const auto place = m_font.topAccent(glyph))
            attach = units(*place - bounds.left, setting);
    }
    const double lift =
        base.ascent - std::min(base.ascent, constant(Constant::AccentBaseHeight, setting));
    Box whole;
    whole.width = base.width;
    whole.italic = base.italic;
    whole.single = base.single;
    whole.place(std::move(base), 0, 0);
    whole.place(std::move(mark), at - attach, -lift);
    return whole;
}

Box Layout::bar(const Node& node, Setting setting) {
    Box body = row(*node.children[0], node.below ? setting : setting.crampedToo());
    const double width = body.width + body.italic;
    const double thickness = constant(
        node.below ? Constant::UnderbarRuleThickness : Constant::OverbarRuleThickness, setting);
    const double gap = constant(
        node.below ? Constant::UnderbarVerticalGap : Constant::OverbarVerticalGap, setting);
    const double top = node.below ? body.descent + gap : -(body.ascent + gap + thickness);
    Box whole;
    whole.width = width;
    whole.place(std::move(body), 0, 0);
    whole.marks.push_back(rule(0, top, width, thickness));
    if (node.below)
        whole.descent = top + thickness + constant(Constant::UnderbarExtraDescender, setting);
    else
        whole.ascent = -top + constant(Constant::OverbarExtraAscender, setting);
    return whole;
}

/// Centred above and below; the gaps are from ink to ink.
Box Layout::piled(Box base, Box over, Box under, double gap) {
    const double width = std::max({base.width, over.width, under.width});
    const double top = base.ascent, bottom = base.descent;
    const double baseX = (width - base.width) / 2, overX = (width - over.width) / 2,
                 underX = (width - under.width) / 2;
    const double rise = top + gap + over.descent, drop = bottom + gap + under.ascent;
    Box whole;
    whole.width = width;
    whole.place(std::move(base), baseX, 0);
    if (!over.marks.empty()) whole.place(std::move(over), overX, -rise);
    if (!under.marks.empty()) whole.place(std::move(under), underX, drop);
    return whole;
}

Box Layout::brace(const Node& node, Setting setting) {
    Box body = row(*node.children[0], setting);
    body.width += body.italic;
    body.italic = 0;
    Box mark = stretched(node.character, body.width, setting, false);
    const double gap = constant(Constant::StretchStackGapAboveMin, setting);
    return node.below ? piled(std::move(body), {}, std::move(mark), gap)
                      : piled(std::move(body), std::move(mark), {}, gap);
}

Box Layout::stack(const Node& node, Setting setting) {
    Box base = row(*node.children[0], setting);
    Box over = optional(node.children[1], setting.script());
    Box under = optional(node.children[2], setting.script().crampedToo());
    return piled(std::move(base), std::move(over), std::move(under),
                 constant(Constant::UpperLimitGapMin, setting));
}

Box Layout::arrow(const Node& node, Setting setting) {
    Box over = optional(node.children[0], setting.script());
    Box under = optional(node.children[1], setting.script().crampedToo());
    const double padding = 2 * kArrowPadding * em(setting.script());
    const double width = std::max({over.width + padding, under.width + padding, 1.2 * em(setting)});
    Box line = stretched(node.character, width, setting, false);
    return piled(std::move(line), std::move(over), std::move(under),
                 constant(Constant::StretchStackGapAboveMin, setting));
}

Box Layout::phantom(const Node& node, Setting setting) {
    Box body = row(*node.children[0], setting);
    if (node.kind == Kind::Smash) {
        body.ascent = body.descent = 0;
        return body;
    }
    Box room;
    if (node.wide) room.width = body.width + body.italic;
    if (node.high) {
        room.ascent = body.ascent;
        room.descent = body.descent;
    }
    return room;
}

Box Layout::boxed(const Node& node, Setting setting) {
    Box body = row(*node.children[0], setting);
    const double pad = kFramePadding * m_size;
    const double line = constant(Constant::FractionRuleThickness, setting);
    const double width = body.width + body.italic + 2 * pad;
    const double top = -(body.ascent + pad), bottom = body.descent + pad;
    Box whole;
    whole.place(std::move(body), pad, 0);
    whole.width = width;
    whole.ascent = -top;
    whole.descent = bottom;
    whole.marks.push_back(rule(0, top, width, line));
    whole.marks.push_back(rule(0, bottom - line, width, line));
    whole.marks.push_back(rule(0, top, line, bottom - top));
    whole.marks.push_back(rule(width - line, top, line, bottom - top));
    return whole;
}

Box Layout::cancel(const Node& node, Setting setting) {
    Box body = row(*node.children[0], setting);
    body.width += body.italic;
    body.italic = 0;
    const auto line = [&](bool upward) {
        Mark mark;
        mark.what = Mark::What::Line;
        mark.width = body.width;
        mark.y = upward ? body.descent : -body.ascent;
        mark.height = upward ? -body.height() : body.height();
        mark.size = constant(Constant::FractionRuleThickness, setting);
        return mark;
    };
    const Mark first = line(node.upward);
    if (node.both) body.marks.push_back(line(!node.upward));
    body.marks.push_back(first);
    body.single = 0;
    return body;
}

}  // namespace alcove::ui::math
