#include "ui/math/math.h"

#include <algorithm>
#include <cmath>

#include "ui/math/layout.h"
#include "ui/math/parser.h"
#include "ui/math/spoken.h"

namespace alcove::ui {

namespace {

/// Letters lean out of their boxes; who clips to the picture's size shall not cut them.
void makeRoomForInk(math::Box& box) {
    const math::MathFont& font = math::MathFont::ours();
    double left = 0, right = box.width;
    for (const math::Mark& mark : box.marks) {
        if (mark.what == math::Mark::What::Rule || mark.what == math::Mark::What::Line) {
            left = std::min(left, mark.x);
            right = std::max(right, mark.x + mark.width);
        } else if (mark.what != math::Mark::What::Text) {
            const math::GlyphBounds bounds = font.bounds(mark.glyph);
            const double scale = mark.size / font.unitsPerEm();
            left = std::min(left, mark.x + bounds.left * scale * mark.stretchX);
            right = std::max(right, mark.x + bounds.right * scale * mark.stretchX);
            box.ascent = std::max(box.ascent, bounds.top * scale * mark.stretchY - mark.y);
            box.descent = std::max(box.descent, mark.y - bounds.bottom * scale * mark.stretchY);
        }
    }
    for (math::Mark& mark : box.marks) mark.x -= left;
    box.width = right - left;
}

}  // namespace

std::optional<MathPicture> layoutMath(QStringView tex, bool display, double pixelSize, QColor ink,
                                      QString* mistake) {
    const math::Parsed parsed = math::parse(tex);
    if (!parsed.root) {
        if (mistake) *mistake = parsed.mistake;
        return std::nullopt;
    }
    auto drawing = std::make_shared<math::Drawing>();
    const double asked = std::isfinite(pixelSize) ? std::clamp(pixelSize, 1.0, 1000.0) : 15.0;
    const double size = asked * math::kMathShare;
    drawing->box = math::Layout(math::MathFont::ours(), size).formula(*parsed.root, display);
    drawing->size = size;
    drawing->ink = ink;
    drawing->spoken = math::spoken(*parsed.root);
    makeRoomForInk(drawing->box);
    return MathPicture(std::move(drawing));
}

}  // namespace alcove::ui
