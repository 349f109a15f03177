// Draws a formula. All glyphs become one path, filled once: their outlines are the font's at any
// scale, and no font engine's cache grows with each size that stretches.
#include <QFontInfo>
#include <QGuiApplication>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/math/drawing.h"
#include "ui/math/math.h"

namespace alcove::ui {

namespace math {

QFont textFont(const Mark& mark) {
    QFont font;
    if (mark.mono) {
        font.setFamilies({QStringLiteral("JetBrains Mono"), QStringLiteral("monospace")});
        font.setStyleHint(QFont::Monospace);
    } else {
        font.setFamilies({QStringLiteral("Inter"), QGuiApplication::font().family()});
    }
    font.setPixelSize(std::max(1, qRound(mark.size / kMathShare)));
    font.setBold(mark.bold);
    font.setItalic(mark.italic);
    return font;
}

namespace {

/// Whole pixels of the device, where the painter neither turns nor shears.
class PixelGrid {
public:
    explicit PixelGrid(const QTransform& transform)
        : m_snaps(transform.type() <= QTransform::TxScale && transform.m22() > 0 &&
                  transform.m11() > 0),
          m_scaleX(transform.m11()),
          m_scaleY(transform.m22()),
          m_offsetX(transform.dx()),
          m_offsetY(transform.dy()) {}

    bool snaps() const { return m_snaps; }
    double line(double y) const {
        return m_snaps ? (std::round(y * m_scaleY + m_offsetY) - m_offsetY) / m_scaleY : y;
    }
    double ruleTop(double top, double height) const {
        if (!m_snaps) return top;
        const double whole = thickness(height, m_scaleY);
        const double middle = (top + height / 2) * m_scaleY + m_offsetY;
        return (std::round(middle - whole / 2) - m_offsetY) / m_scaleY;
    }
    /// How strongly letters are drawn a second time: where a pixel is coarse, hairlines are mostly
    /// anti-aliasing, and pale beside the window's sturdy type.
    double darkening(double size) const {
        const double pixels = size * std::abs(m_scaleX);
        return std::clamp((kCoarse - pixels) / (kCoarse - kCoarsest), 0.0, 1.0) * kDarkest;
    }
    /// A horizontal or vertical line, as thick as whole pixels come near, one at least.
    QRectF rule(double x, double y, double width, double height) const {
        if (!m_snaps) return {x, y, width, height};
        if (width >= height)
            return {x, ruleTop(y, height), width, thickness(height, m_scaleY) / m_scaleY};
        const double left = (std::round(x * m_scaleX + m_offsetX) - m_offsetX) / m_scaleX;
        return {left, y, thickness(width, m_scaleX) / m_scaleX, height};
    }

private:
    static double thickness(double length, double scale) {
        return std::max(1.0, std::round(length * scale));
    }

    static constexpr double kCoarse = 26, kCoarsest = 17;  // pixels an em
    static constexpr double kDarkest = 0.8;

    bool m_snaps;
    double m_scaleX, m_scaleY, m_offsetX, m_offsetY;
};

void paintLine(QPainter& painter, const Mark& mark, QPointF at, QColor ink) {
    painter.setPen(QPen(ink, mark.size, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(at, at + QPointF(mark.width, mark.height));
}

}  // namespace

}  // namespace math

MathPicture::MathPicture(std::shared_ptr<const math::Drawing> drawing)
    : m_drawing(std::move(drawing)) {}

QSizeF MathPicture::size() const { return {m_drawing->box.width, m_drawing->box.height()}; }
double MathPicture::baseline() const { return m_drawing->box.ascent; }
QString MathPicture::spoken() const { return m_drawing->spoken; }

void MathPicture::paint(QPainter& painter, QPointF topLeft) const {
    using math::Mark;
    const math::MathFont& font = math::MathFont::ours();
    const math::PixelGrid grid(painter.deviceTransform());
    const double baseY = grid.line(topLeft.y() + m_drawing->box.ascent);

    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::TextAntialiasing);
    QPainterPath glyphs;
    glyphs.setFillRule(Qt::WindingFill);
    for (const Mark& mark : m_drawing->box.marks) {
        QPointF at(topLeft.x() + mark.x, baseY + mark.y);
        const QPointF scale =
            QPointF(mark.stretchX, mark.stretchY) * (mark.size / font.unitsPerEm());
        switch (mark.what) {
            case Mark::What::Glyph:
                at.setY(grid.line(at.y()));
                font.addOutline(glyphs, mark.glyph, scale, at);
                break;
            case Mark::What::Stretch:
                font.addOutline(glyphs, mark.glyph, scale, at);
                break;
            case Mark::What::Radical: {
                const double top = baseY + mark.ruleTop;
                at.ry() += grid.ruleTop(top, mark.height) - top;
                font.addOutline(glyphs, mark.glyph, scale, at);
                break;
            }
            case Mark::What::Text:
                painter.setFont(math::textFont(mark));
                painter.setPen(m_drawing->ink);
                painter.drawText(QPointF(at.x(), grid.line(at.y())), mark.text);
                break;
            case Mark::What::Rule:
                painter.setRenderHint(QPainter::Antialiasing, !grid.snaps());
                painter.fillRect(grid.rule(at.x(), at.y(), mark.width, mark.height),
                                 m_drawing->ink);
                painter.setRenderHint(QPainter::Antialiasing);
                break;
            case Mark::What::Line:
                math::paintLine(painter, mark, at, m_drawing->ink);
                break;
        }
    }
    painter.fillPath(glyphs, m_drawing->ink);
    if (const double more = grid.darkening(m_drawing->size); more > 0) {
        QColor again = m_drawing->ink;
        again.setAlphaF(static_cast<float>(again.alphaF() * more));
        painter.fillPath(glyphs, again);
    }
    painter.restore();
}

}  // namespace alcove::ui
