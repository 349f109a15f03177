#include "ui/controls/icon_shape.h"

#include <QDir>
#include <QPainter>
#include <QPixmapCache>
#include <QQmlInfo>
#include <QQuickWindow>
#include <QSGImageNode>
#include <QSvgRenderer>
#include <cmath>
#include <memory>

namespace alcove::ui {
namespace {

const QString kFolder = QStringLiteral(":/alcove/icons/");

}  // namespace

IconShape::IconShape(QQuickItem* parent) : QQuickItem(parent) {
    setFlag(ItemHasContents);
    setImplicitSize(m_size, m_size);
}

void IconShape::setName(const QString& name) {
    if (name == m_name) return;
    m_name = name;
    redraw();
    emit nameChanged();
}

void IconShape::setColor(const QColor& color) {
    if (color == m_color) return;
    m_color = color;
    redraw();
    emit colorChanged();
}

void IconShape::setSize(qreal size) {
    if (size == m_size) return;
    m_size = size;
    setImplicitSize(size, size);
    redraw();
    emit sizeChanged();
}

void IconShape::setMirrored(bool mirrored) {
    if (mirrored == m_mirrored) return;
    m_mirrored = mirrored;
    redraw();
    emit mirroredChanged();
}

QStringList IconShape::names() {
    QStringList names = QDir(kFolder).entryList({QStringLiteral("*.svg")}, QDir::Files, QDir::Name);
    for (QString& name : names) name.chop(4);
    return names;
}

QImage IconShape::draw(const QString& name, const QColor& color, int pixels, bool mirrored) {
    const QString key = QStringLiteral("alcove-icon/%1/%2/%3/%4")
                            .arg(name, color.name(QColor::HexArgb))
                            .arg(pixels)
                            .arg(mirrored ? 1 : 0);
    QPixmap kept;
    if (QPixmapCache::find(key, &kept)) return kept.toImage();
    QSvgRenderer renderer(kFolder + name + QStringLiteral(".svg"));
    if (!renderer.isValid()) return {};
    QImage image(pixels, pixels, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    if (mirrored) {
        painter.translate(pixels, 0);
        painter.scale(-1, 1);
    }
    renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    painter.resetTransform();
    // The files are drawn in black; their ink becomes the colour, edges keep their softness.
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(image.rect(), color);
    painter.end();
    QPixmapCache::insert(key, QPixmap::fromImage(image));
    return image;
}

void IconShape::redraw() {
    if (isComponentComplete()) polish();
}

void IconShape::componentComplete() {
    QQuickItem::componentComplete();
    redraw();
}

void IconShape::itemChange(ItemChange change, const ItemChangeData& data) {
    if (change == ItemDevicePixelRatioHasChanged || change == ItemSceneChange) redraw();
    QQuickItem::itemChange(change, data);
}

void IconShape::geometryChange(const QRectF& now, const QRectF& before) {
    QQuickItem::geometryChange(now, before);
    if (now.size() != before.size()) update();
}

void IconShape::updatePolish() {
    if (!window()) return;
    const int pixels = int(std::ceil(m_size * window()->effectiveDevicePixelRatio()));
    m_image =
        m_name.isEmpty() || pixels <= 0 ? QImage() : draw(m_name, m_color, pixels, m_mirrored);
    if (m_image.isNull() && !m_name.isEmpty() && pixels > 0)
        qmlWarning(this) << "there is no icon named" << m_name;
    m_changed = true;
    update();
}

QSGNode* IconShape::updatePaintNode(QSGNode* old, UpdatePaintNodeData*) {
    if (m_image.isNull()) {
        delete old;
        return nullptr;
    }
    auto* node = static_cast<QSGImageNode*>(old);
    if (!node) {
        node = window()->createImageNode();
        node->setOwnsTexture(true);
        m_changed = true;
    }
    if (m_changed) {
        node->setTexture(
            window()->createTextureFromImage(m_image, QQuickWindow::TextureCanUseAtlas));
        m_changed = false;
    }
    // On whole pixels, so that lines stay sharp.
    const qreal ratio = window()->effectiveDevicePixelRatio();
    const qreal side = m_image.width() / ratio;
    const auto whole = [ratio](qreal place) { return std::round(place * ratio) / ratio; };
    node->setRect(whole((width() - side) / 2), whole((height() - side) / 2), side, side);
    return node;
}

}  // namespace alcove::ui
