// A shadow is a rounded rectangle, blurred. Blurring three times with a box is close to a Gaussian;
// it is done once for a radius, reach and colour, on a picture that holds the four corners. On the
// screen it is cut into three columns and three rows, of which the middle ones are stretched (a
// nine-patch).
#include "ui/controls/shadow.h"

#include <QPainter>
#include <QPixmapCache>
#include <QQuickWindow>
#include <QSGImageNode>
#include <QSGTexture>
#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

namespace alcove::ui {
namespace {

/// Each value becomes the mean of those up to `half` before and behind it.
void blurLine(std::vector<float>& line, int half) {
    const int count = int(line.size());
    std::vector<float> sums(line.size() + 1, 0.0f);
    for (int i = 0; i < count; ++i) sums[i + 1] = sums[i] + line[i];
    for (int i = 0; i < count; ++i) {
        const int first = std::max(0, i - half);
        const int last = std::min(count, i + half + 1);
        line[i] = (sums[last] - sums[first]) / float(2 * half + 1);
    }
}

void blurRows(std::vector<float>& values, int side, int half) {
    std::vector<float> line(side);
    for (int y = 0; y < side; ++y) {
        std::copy_n(values.begin() + y * side, side, line.begin());
        for (int pass = 0; pass < 3; ++pass) blurLine(line, half);
        std::copy_n(line.begin(), side, values.begin() + y * side);
    }
}

void transpose(std::vector<float>& values, int side) {
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < y; ++x) std::swap(values[y * side + x], values[x * side + y]);
}

/// Owns the texture that its pieces share.
struct Patches : QSGNode {
    std::unique_ptr<QSGTexture> texture;
    std::vector<QSGImageNode*> pieces;
};

/// Where three stretches of a line begin and end: two fixed ends and what is between.
struct Cuts {
    qreal at[4];
};

}  // namespace

Shadow::Shadow(QQuickItem* parent) : QQuickItem(parent) { setFlag(ItemHasContents); }

void Shadow::setRadius(qreal radius) {
    if (radius == m_radius) return;
    m_radius = radius;
    redraw();
}

void Shadow::setColor(const QColor& color) {
    if (color == m_color) return;
    m_color = color;
    redraw();
}

void Shadow::setReach(qreal reach) {
    if (reach == m_reach) return;
    m_reach = reach;
    redraw();
}

void Shadow::setDrop(qreal drop) {
    if (drop == m_drop) return;
    m_drop = drop;
    redraw();
}

QImage Shadow::corners(int radius, int reach, const QColor& color) {
    const int side = 2 * (radius + 2 * reach) + 1;
    const QString key = QStringLiteral("alcove-shadow/%1/%2/%3")
                            .arg(radius)
                            .arg(reach)
                            .arg(color.name(QColor::HexArgb));
    QPixmap kept;
    if (QPixmapCache::find(key, &kept)) return kept.toImage();
    QImage shape(side, side, QImage::Format_Grayscale8);
    shape.fill(Qt::black);
    QPainter painter(&shape);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::white);
    painter.drawRoundedRect(QRectF(shape.rect()).adjusted(reach, reach, -reach, -reach), radius,
                            radius);
    painter.end();
    std::vector<float> values(size_t(side) * side);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x)
            values[y * side + x] = float(shape.constScanLine(y)[x]) / 255.0f;
    for (int direction = 0; direction < 2; ++direction) {
        blurRows(values, side, std::max(1, reach / 3));
        transpose(values, side);
    }
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            QColor pixel = color;
            pixel.setAlphaF(color.alphaF() * values[y * side + x]);
            image.setPixel(x, y, qPremultiply(pixel.rgba()));
        }
    QPixmapCache::insert(key, QPixmap::fromImage(image));
    return image;
}

void Shadow::redraw() {
    if (isComponentComplete()) polish();
    emit changed();
}

void Shadow::componentComplete() {
    QQuickItem::componentComplete();
    polish();
}

void Shadow::itemChange(ItemChange change, const ItemChangeData& data) {
    if (change == ItemDevicePixelRatioHasChanged || change == ItemSceneChange) polish();
    QQuickItem::itemChange(change, data);
}

void Shadow::geometryChange(const QRectF& now, const QRectF& before) {
    QQuickItem::geometryChange(now, before);
    if (now.size() != before.size()) update();
}

void Shadow::updatePolish() {
    if (!window()) return;
    const qreal ratio = window()->effectiveDevicePixelRatio();
    m_image = corners(int(std::round(m_radius * ratio)), int(std::round(m_reach * ratio)), m_color);
    m_stale = true;
    update();
}

QSGNode* Shadow::updatePaintNode(QSGNode* old, UpdatePaintNodeData*) {
    if (m_stale || m_image.isNull() || width() <= 0 || height() <= 0) {
        delete old;
        old = nullptr;
    }
    if (m_image.isNull() || width() <= 0 || height() <= 0) return nullptr;
    auto* node = static_cast<Patches*>(old);
    if (!node) {
        node = new Patches;
        node->texture.reset(window()->createTextureFromImage(m_image));
        for (int i = 0; i < 8; ++i) {
            QSGImageNode* piece = window()->createImageNode();
            piece->setTexture(node->texture.get());
            piece->setFiltering(QSGTexture::Linear);
            node->appendChildNode(piece);
            node->pieces.push_back(piece);
        }
        m_stale = false;
    }
    const qreal pixels = m_image.width();
    const qreal corner = (pixels - 1) / 2;
    const Cuts from = {{0, corner, corner + 1, pixels}};
    const qreal end = corner / window()->effectiveDevicePixelRatio();
    const auto stretch = [this, end](qreal length, qreal shift) {
        const qreal fixed = std::min(end, length / 2 + m_reach);
        return Cuts{{shift - m_reach, shift - m_reach + fixed, shift + length + m_reach - fixed,
                     shift + length + m_reach}};
    };
    const Cuts across = stretch(width(), 0);
    const Cuts down = stretch(height(), m_drop);
    for (int i = 0; i < 8; ++i) {
        const int cell = i < 4 ? i : i + 1;  // the middle one is never seen
        const int x = cell % 3;
        const int y = cell / 3;
        node->pieces[i]->setSourceRect(
            QRectF(QPointF(from.at[x], from.at[y]), QPointF(from.at[x + 1], from.at[y + 1])));
        node->pieces[i]->setRect(
            QRectF(QPointF(across.at[x], down.at[y]), QPointF(across.at[x + 1], down.at[y + 1])));
    }
    return node;
}

}  // namespace alcove::ui
