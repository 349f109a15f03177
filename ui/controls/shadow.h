#pragma once
#include <QColor>
#include <QImage>
#include <QQuickItem>

namespace alcove::ui {

/// The soft shadow of what floats, around the item's own rectangle. It is a picture of the corners,
/// stretched along the edges: the software renderer has no effects. Nothing is drawn below the
/// middle of the item.
class Shadow : public QQuickItem {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(qreal radius MEMBER m_radius WRITE setRadius NOTIFY changed)
    Q_PROPERTY(QColor color MEMBER m_color WRITE setColor NOTIFY changed)
    /// How far it reaches beyond the item.
    Q_PROPERTY(qreal reach MEMBER m_reach WRITE setReach NOTIFY changed)
    /// How far it lies lower than the item.
    Q_PROPERTY(qreal drop MEMBER m_drop WRITE setDrop NOTIFY changed)

public:
    explicit Shadow(QQuickItem* parent = nullptr);
    void setRadius(qreal radius);
    void setColor(const QColor& color);
    void setReach(qreal reach);
    void setDrop(qreal drop);

    /// A square of 2 × (radius + 2 × reach) + 1 pixels: all corners, and a line and a column
    /// between them.
    static QImage corners(int radius, int reach, const QColor& color);

signals:
    void changed();

protected:
    void componentComplete() override;
    void itemChange(ItemChange change, const ItemChangeData& data) override;
    void geometryChange(const QRectF& now, const QRectF& before) override;
    void updatePolish() override;
    QSGNode* updatePaintNode(QSGNode* node, UpdatePaintNodeData*) override;

private:
    void redraw();

    qreal m_radius = 14;
    QColor m_color = Qt::black;
    qreal m_reach = 20;
    qreal m_drop = 6;
    bool m_stale = false;  // the node was made of another picture
    QImage m_image;
};

}  // namespace alcove::ui
