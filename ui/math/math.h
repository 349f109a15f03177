// Formulas: LaTeX in, a picture out. Laid out by TeX's own rules with a font that the program
// brings.
//
//     QString mistake;
//     if (const auto picture = layoutMath(u"\\frac{a}{b}", true, 15, ink, &mistake))
//         picture->paint(painter, QPointF(x, textBaseline - picture->baseline()));
//
// May be called from any thread that may use QFont, once there is a QGuiApplication.
#pragma once

#include <QColor>
#include <QPointF>
#include <QSizeF>
#include <QString>
#include <QStringView>
#include <memory>
#include <optional>

class QPainter;

namespace alcove::ui {

namespace math {
struct Drawing;
}

/// Immutable; a copy shares what it draws.
class MathPicture {
public:
    explicit MathPicture(std::shared_ptr<const math::Drawing> drawing);

    QSizeF size() const;
    /// From the top.
    double baseline() const;
    /// Lines are drawn in whole pixels of the device, and the baseline stands on one.
    void paint(QPainter& painter, QPointF topLeft) const;
    /// The formula in plain words, for screen readers.
    QString spoken() const;

private:
    std::shared_ptr<const math::Drawing> m_drawing;  // shared: pictures are copied about
};

/// Nothing: the source has something that is not known or not closed; `mistake` says what and
/// where.
std::optional<MathPicture> layoutMath(QStringView tex, bool display, double pixelSize, QColor ink,
                                      QString* mistake = nullptr);

}  // namespace alcove::ui
