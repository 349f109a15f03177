#pragma once
// Where pictures of formulas come from. The rest of this folder knows a box with a baseline.
#include <QColor>
#include <QPainter>
#include <QSizeF>
#include <QStringView>
#include <functional>
#include <optional>

namespace alcove::ui {

struct MathBox {
    QSizeF size;
    qreal baseline = 0;  ///< below its top
    std::function<void(QPainter&, QPointF)> paint;
};

/// Nothing: the formula is not understood, and its source is shown.
std::optional<MathBox> layoutFormula(QStringView tex, bool display, qreal pixelSize, QColor ink);

}  // namespace alcove::ui
