#include "ui/markdown/math_source.h"

#include "ui/math/math.h"

namespace alcove::ui {

std::optional<MathBox> layoutFormula(QStringView tex, bool display, qreal pixelSize, QColor ink) {
    const std::optional<MathPicture> picture = layoutMath(tex, display, pixelSize, ink);
    if (!picture) return std::nullopt;
    return MathBox{picture->size(), picture->baseline(),
                   [picture = *picture](QPainter& painter, QPointF topLeft) {
                       picture.paint(painter, topLeft);
                   }};
}

}  // namespace alcove::ui
