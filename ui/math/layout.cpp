#include "ui/math/layout.h"

#include <QFontMetricsF>
#include <algorithm>
#include <utility>

#include "ui/math/symbols.h"

namespace alcove::ui::math {

namespace {

constexpr double kTagGap = 2;  // em

/// Which binary operators are none, because nothing stands at one side of them (rules 5 and 6).
void settleOperators(std::vector<std::pair<Class, bool>>& atoms) {
    Class* before = nullptr;
    for (auto& [atom, isSpace] : atoms) {
        if (isSpace) continue;
        if (atom == Class::Bin) {
            const bool none = !before || *before == Class::Bin || *before == Class::Op ||
                              *before == Class::Rel || *before == Class::Open ||
                              *before == Class::Punct;
            if (none) atom = Class::Ord;
        } else if (before && *before == Class::Bin &&
                   (atom == Class::Rel || atom == Class::Close || atom == Class::Punct)) {
            *before = Class::Ord;
        }
        before = &atom;
    }
    if (before && *before == Class::Bin) *before = Class::Ord;
}

}  // namespace

int spacing(Class left, Class right) {
    // Chapter 18's table: 1 thin, 2 medium, 3 thick; negative only outside of scripts.
    static constexpr int8_t kTable[8][8] = {
        {0, 1, -2, -3, 0, 0, 0, -1},     {1, 1, 0, -3, 0, 0, 0, -1},
        {-2, -2, 0, 0, -2, 0, 0, -2},    {-3, -3, 0, 0, -3, 0, 0, -3},
        {0, 0, 0, 0, 0, 0, 0, 0},        {0, 1, -2, -3, 0, 0, 0, -1},
        {-1, -1, 0, -1, -1, -1, -1, -1}, {-1, 1, -2, -3, -1, 0, -1, -1}};
    static constexpr int kMu[] = {0, 3, 4, 5};
    const int entry = kTable[static_cast<size_t>(left)][static_cast<size_t>(right)];
    return entry < 0 ? -kMu[-entry] : kMu[entry];
}

void Box::place(Box other, double x, double down) {
    ascent = std::max(ascent, other.ascent - down);
    descent = std::max(descent, other.descent + down);
    if (marks.empty() && x == 0 && down == 0) {
        marks = std::move(other.marks);
        return;
    }
    marks.reserve(marks.size() + other.marks.size());
    for (Mark& mark : other.marks) {
        mark.x += x;
        mark.y += down;
        mark.ruleTop += down;
        marks.push_back(std::move(mark));
    }
}

Setting Setting::script() const { return {small() ? Style::ScriptScript : Style::Script, cramped}; }

Setting Setting::numerator() const {
    switch (style) {
        case Style::Display:
            return {Style::Text, cramped};
        case Style::Text:
            return {Style::Script, cramped};
        default:
            return {Style::ScriptScript, cramped};
    }
}

double Layout::em(Setting setting) const {
    if (setting.style == Style::Script) return m_size * m_font.scriptPercent() / 100;
    if (setting.style == Style::ScriptScript) return m_size * m_font.scriptScriptPercent() / 100;
    return m_size;
}

double Layout::units(int fontUnits, Setting setting) const {
    return em(setting) * fontUnits / m_font.unitsPerEm();
}

double Layout::constant(Constant which, Setting setting) const {
    return units(m_font.constant(which), setting);
}

Mark Layout::rule(double x, double y, double width, double height) {
    Mark mark;
    mark.what = Mark::What::Rule;
    mark.x = x;
    mark.y = y;
    mark.width = width;
    mark.height = height;
    return mark;
}

Box Layout::formula(const Node& root, bool display) {
    const Setting setting{display ? Style::Display : Style::Text, false};
    Box whole = node(root, setting);
    for (Box& tag : m_tags) {
        const double x = whole.width + kTagGap * m_size;
        const double width = tag.width;
        whole.place(std::move(tag), x, 0);
        whole.width = x + width;
    }
    return whole;
}

Box Layout::node(const Node& node, Setting setting) {
    switch (node.kind) {
        case Kind::Symbol:
            return symbol(node, setting);
        case Kind::Name:
            return name(node, setting);
        case Kind::Text:
            return text(node.text, setting, &node);
        case Kind::Row:
            return row(node, setting);
        case Kind::Scripts:
            return scripts(node, setting);
        case Kind::Fraction:
            return fraction(node, setting);
        case Kind::Radical:
            return radical(node, setting);
        case Kind::Delimited:
            return delimited(node, setting);
        case Kind::Delimiter:
            return delimiter(node.character, node.amount * em(setting), setting);
        case Kind::Accent:
            return accent(node, setting);
        case Kind::Bar:
            return bar(node, setting);
        case Kind::Brace:
            return brace(node, setting);
        case Kind::Stack:
            return stack(node, setting);
        case Kind::Arrow:
            return arrow(node, setting);
        case Kind::Table:
            return table(node, setting);
        case Kind::Phantom:
        case Kind::Smash:
            return phantom(node, setting);
        case Kind::Boxed:
            return boxed(node, setting);
        case Kind::Cancel:
            return cancel(node, setting);
        case Kind::Tag:
            m_tags.push_back(this->node(*node.children.front(), {Style::Text, false}));
            return {};
        case Kind::Space: {
            Box box;
            box.width = node.amount * em(setting);
            return box;
        }
        case Kind::Style:
            break;  // the row looks at it
    }
    return {};
}

Box Layout::optional(const NodePtr& child, Setting setting) {
    return child ? node(*child, setting) : Box();
}

Box Layout::row(const Node& node, Setting setting, bool afterOrd) {
    if (node.kind != Kind::Row) return this->node(node, setting);
    std::vector<std::pair<Class, bool>> atoms;  // with whether it is a mere space
    std::vector<std::pair<Box, bool>> boxes;    // with whether it is set as a script
    if (afterOrd) {
        atoms.emplace_back(Class::Ord, false);
        boxes.emplace_back(Box(), false);
    }
    for (const NodePtr& child : node.children) {
        if (child->kind == Kind::Style) {
            setting = setting.in(child->style);
            continue;
        }
        const bool isSpace = child->kind == Kind::Space || child->kind == Kind::Tag;
        atoms.emplace_back(child->atom, isSpace);
        boxes.emplace_back(this->node(*child, setting), setting.small());
    }
    settleOperators(atoms);
    Box whole;
    if (boxes.size() == 1) whole.single = boxes.front().first.single;
    const Class* before = nullptr;
    for (size_t i = 0; i < boxes.size(); ++i) {
        auto& [box, small] = boxes[i];
        const auto& [atom, isSpace] = atoms[i];
        if (!isSpace) {
            const int mu = before ? spacing(*before, atom) : 0;
            if (mu > 0 || (mu < 0 && !small)) whole.width += std::abs(mu) / 18.0 * em(setting);
            before = &atom;
        }
        const double advance = box.width + box.italic;
        const double x = whole.width;
        whole.place(std::move(box), x, 0);
        whole.width = x + advance;
    }
    return whole;
}

Box Layout::symbol(const Node& node, Setting setting) {
    char32_t character = node.character;
    // The font has primes drawn for scripts, where they are set below their usual height.
    if (setting.small() && character >= 0x2032 && character <= 0x2034) character += 0xE000 - 0x2000;
    GlyphId glyph = m_font.glyph(character);
    if (glyph == 0) return text(QString::fromUcs4(&node.character, 1), setting, nullptr);
    if (node.atom != Class::Op || !node.large) {
        Box box = glyphBox(glyph, setting, Mark::What::Glyph);
        box.ascent = std::max(0.0, box.ascent);
        box.descent = std::max(0.0, box.descent);
        return box;
    }
    if (setting.display()) {
        const bool integral = character >= 0x222B && character <= 0x2233;
        const int least = integral ? m_font.unitsPerEm() * 2 : m_font.displayOperatorMinHeight();
        for (const Variant& variant : m_font.variants(glyph, true)) {
            glyph = variant.glyph;
            if (variant.length >= least) break;
        }
    }
    Box drawn = glyphBox(glyph, setting, Mark::What::Stretch);
    const double middle = (drawn.ascent - drawn.descent) / 2;
    Box box;
    box.width = drawn.width;
    box.italic = drawn.italic;
    box.centred = true;
    box.place(std::move(drawn), 0, middle - axis(setting));
    return box;
}

Box Layout::name(const Node& node, Setting setting) {
    Box whole;
    for (const uint character : node.text.toUcs4()) {
        if (character == ' ') {
            whole.width += em(setting) / 6;
            continue;
        }
        const GlyphId glyph = m_font.glyph(character == '-' ? 0x2010 : character);
        Box box = glyph ? glyphBox(glyph, setting, Mark::What::Glyph)
                        : text(QString::fromUcs4(reinterpret_cast<const char32_t*>(&character), 1),
                               setting, nullptr);
        const double x = whole.width;
        const double width = box.width;
        whole.place(std::move(box), x, 0);
        whole.width = x + width;
    }
    return whole;
}

Box Layout::text(const QString& words, Setting setting, const Node* style) {
    Mark mark;
    mark.what = Mark::What::Text;
    mark.text = words;
    mark.size = em(setting);
    if (style) {
        mark.bold = style->bold;
        mark.italic = style->italic;
        mark.mono = style->mono;
    }
    const QFontMetricsF metrics(textFont(mark));
    Box box;
    box.width = metrics.horizontalAdvance(words);
    const QRectF ink = metrics.tightBoundingRect(words);
    box.ascent = std::max(0.0, -ink.top());
    box.descent = std::max(0.0, ink.bottom());
    mark.width = box.width;
    box.marks.push_back(std::move(mark));
    return box;
}

Box Layout::scripts(const Node& node, Setting setting) {
    const Node& base = *node.children[0];
    const bool limitsAbove =
        node.limits == Limits::Always || (node.limits == Limits::DisplayOnly && setting.display());
    if (limitsAbove) return limits(node, setting);

    Box nucleus = this->node(base, setting);
    const bool hasUp = node.children[1] != nullptr, hasDown = node.children[2] != nullptr;
    const Setting upSetting = setting.script(), downSetting = setting.script().crampedToo();
    Box up = optional(node.children[1], upSetting), down = optional(node.children[2], downSetting);

    // Rule 18a: beside a box the scripts stand at its edges, beside a letter at their usual height.
    double rise = 0, drop = 0;
    if (nucleus.single == 0 && !nucleus.marks.empty() && base.kind != Kind::Name) {
        rise = nucleus.ascent - constant(Constant::SuperscriptBaselineDropMax, upSetting);
        drop = nucleus.descent + constant(Constant::SubscriptBaselineDropMin, downSetting);
    }
    if (hasUp) {
        const Constant usual =
            setting.cramped ? Constant::SuperscriptShiftUpCramped : Constant::SuperscriptShiftUp;
        rise = std::max({rise, constant(usual, setting),
                         up.descent + constant(Constant::SuperscriptBottomMin, setting)});
    }
    if (hasDown) drop = std::max(drop, constant(Constant::SubscriptShiftDown, setting));
    if (hasDown && !hasUp)
        drop = std::max(drop, down.ascent - constant(Constant::SubscriptTopMax, setting));
    if (hasUp && hasDown) {
        const double gap = (rise - up.descent) - (down.ascent - drop);
        const double missing = constant(Constant::SubSuperscriptGapMin, setting) - gap;
        if (missing > 0) {
            drop += missing;
            const double higher = constant(Constant::SuperscriptBottomMaxWithSubscript, setting) -
                                  (rise - up.descent);
            if (higher > 0) {
                const double moved = std::min(higher, missing);
                rise += moved;
                drop -= moved;
            }
        }
    }
    Box whole;
    const double lean = nucleus.italic;
    // An integral's advance reaches its top; the subscript goes under it.
    const double upX = nucleus.width + (nucleus.centred ? 0 : lean);
    const double downX = nucleus.width - (nucleus.centred ? lean : 0);
    double right = nucleus.width;
    if (hasUp) right = std::max(right, upX + up.width + up.italic);
    if (hasDown) right = std::max(right, downX + down.width + down.italic);
    whole.place(std::move(nucleus), 0, 0);
    if (hasUp) whole.place(std::move(up), upX, -rise);
    if (hasDown) whole.place(std::move(down), downX, drop);
    whole.width = right + constant(Constant::SpaceAfterScript, setting);
    return whole;
}

Box Layout::limits(const Node& node, Setting setting) {
    Box nucleus = this->node(*node.children[0], setting);
    Box up = optional(node.children[1], setting.script());
    Box down = optional(node.children[2], setting.script().crampedToo());
    const double lean = nucleus.italic / 2;
    const double width = std::max({nucleus.width, up.width, down.width});
    const double upX = (width - up.width) / 2 + lean, downX = (width - down.width) / 2 - lean;
    const double top = nucleus.ascent, bottom = nucleus.descent;
    Box whole;
    whole.width = width;
    const double nucleusX = (width - nucleus.width) / 2;
    whole.place(std::move(nucleus), nucleusX, 0);
    if (node.children[1]) {
        const double gap =
            std::max(constant(Constant::UpperLimitGapMin, setting),
                     constant(Constant::UpperLimitBaselineRiseMin, setting) - up.descent);
        const double rise = top + gap + up.descent;
        whole.place(std::move(up), upX, -rise);
    }
    if (node.children[2]) {
        const double gap =
            std::max(constant(Constant::LowerLimitGapMin, setting),
                     constant(Constant::LowerLimitBaselineDropMin, setting) - down.ascent);
        const double drop = bottom + gap + down.ascent;
        whole.place(std::move(down), downX, drop);
    }
    return whole;
}

}  // namespace alcove::ui::math
