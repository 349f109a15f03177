#pragma once
#include <QColor>
#include <QImage>
#include <QQuickItem>

namespace alcove::ui {

/// Draws an icon of resources/icons in one colour, at the pixels of the screen it is on. Pages use
/// Icon.qml, which knows the theme.
class IconShape : public QQuickItem {
    Q_OBJECT
    QML_ELEMENT
    /// The file without its ending: "chevron-down". Nothing is drawn for an empty name.
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged REQUIRED)
    Q_PROPERTY(QColor color READ color WRITE setColor NOTIFY colorChanged)
    /// Width and height that it is drawn with, in the middle of the item.
    Q_PROPERTY(qreal size READ size WRITE setSize NOTIFY sizeChanged)
    /// Left and right change places.
    Q_PROPERTY(bool mirrored READ mirrored WRITE setMirrored NOTIFY mirroredChanged)

public:
    explicit IconShape(QQuickItem* parent = nullptr);

    QString name() const { return m_name; }
    void setName(const QString& name);
    QColor color() const { return m_color; }
    void setColor(const QColor& color);
    qreal size() const { return m_size; }
    void setSize(qreal size);
    bool mirrored() const { return m_mirrored; }
    void setMirrored(bool mirrored);

    /// Every icon there is.
    static QStringList names();
    /// The icon in `pixels` × `pixels`; kept in QPixmapCache. Null if there is no such icon.
    static QImage draw(const QString& name, const QColor& color, int pixels, bool mirrored);

signals:
    void nameChanged();
    void colorChanged();
    void sizeChanged();
    void mirroredChanged();

protected:
    void componentComplete() override;
    void itemChange(ItemChange change, const ItemChangeData& data) override;
    void geometryChange(const QRectF& now, const QRectF& before) override;
    void updatePolish() override;
    QSGNode* updatePaintNode(QSGNode* node, UpdatePaintNodeData*) override;

private:
    void redraw();

    QString m_name;
    QColor m_color = Qt::black;
    qreal m_size = 16;
    bool m_mirrored = false;
    bool m_changed = false;  // m_image is newer than the texture
    QImage m_image;
};

}  // namespace alcove::ui
