#pragma once
// An item that draws text itself: pages of pixels, painted only where they are seen and only when
// something in them changed, so that scrolling costs nothing and streaming a few lines. It can be
// selected from with the mouse, copied from, and tells of links and citations. What the text is,
// and how it lies, is up to the classes that derive from it: they have boxes (a paragraph, the
// cells of a table, the lines of code), and a place is an offset in one of them.
#include <QtQml/qqmlregistration.h>

#include <QImage>
#include <QPointer>
#include <QQuickItem>
#include <QRectF>
#include <compare>
#include <vector>

#include "ui/markdown/block.h"
#include "ui/markdown/markdown_style.h"
#include "ui/markdown/sheet_link.h"

namespace alcove::ui {

class Sheet : public QQuickItem {
    Q_OBJECT
    QML_ANONYMOUS
    Q_PROPERTY(
        alcove::ui::MarkdownStyle* style READ style WRITE setStyle NOTIFY styleChanged REQUIRED)
    Q_PROPERTY(QString selectedText READ selectedText NOTIFY selectionChanged)
    Q_PROPERTY(QString plainText READ plainText NOTIFY contentChanged)
    Q_PROPERTY(int openCitation READ openCitation WRITE setOpenCitation NOTIFY openCitationChanged)
    /// Wider contents than the sheet are moved by this.
    Q_PROPERTY(qreal contentX READ contentX WRITE setContentX NOTIFY contentXChanged)
    Q_PROPERTY(qreal contentWidth READ contentWidth NOTIFY contentChanged)
    /// For what takes the keyboard's focus over the text.
    Q_PROPERTY(QVariantList links READ linkItems NOTIFY linksChanged)

public:
    explicit Sheet(QQuickItem* parent = nullptr);

    MarkdownStyle* style() const { return m_style; }
    void setStyle(MarkdownStyle* style);
    QString selectedText() const;
    QString plainText() const;
    int openCitation() const { return m_openCitation; }
    void setOpenCitation(int number);
    qreal contentX() const { return m_contentX; }
    void setContentX(qreal x);
    qreal contentWidth() const { return m_contentSize.width(); }
    const QList<SheetLink>& links() const { return m_links; }
    QVariantList linkItems() const;

    Q_INVOKABLE void copy() const;
    Q_INVOKABLE void selectAll();
    Q_INVOKABLE void deselect();
    /// What a click on the link or citation with this index does.
    Q_INVOKABLE void activate(int link);

signals:
    void styleChanged();
    void selectionChanged();
    void contentChanged();
    void contentXChanged();
    void linksChanged();
    void openCitationChanged();
    void linkActivated(const QString& url);
    void citationActivated(int number);
    /// 0: none any more.
    void citationHovered(int number, const QRectF& where);

protected:
    struct Place {
        int box = 0;
        qsizetype offset = 0;
        auto operator<=>(const Place&) const = default;
    };
    struct Selection {
        Place from;
        Place to;
        bool isEmpty() const { return from == to; }
        /// The selected part of a box with `length` characters.
        std::pair<qsizetype, qsizetype> within(int box, qsizetype length) const;
    };

    // Places are in the content's coordinates: `contentX` is added already.
    virtual int boxCount() const = 0;
    virtual QString boxText(int box) const = 0;
    virtual Place placeAt(QPointF point) const = 0;
    virtual QString textBetween(Place from, Place to) const = 0;
    virtual QString htmlBetween(Place, Place) const { return {}; }
    virtual QList<SheetLink> findLinks() const { return {}; }
    virtual int linkAt(QPointF) const { return -1; }
    virtual void paintContent(QPainter& painter, const QRectF& clip) = 0;
    /// Lays out for the width; returns the content's size.
    virtual QSizeF layoutContent(qreal width) = 0;
    /// Makes the content anew after a change of the style.
    virtual void restyle() = 0;

    /// After a change; what lies above `from` looks as before.
    void relayout(qreal from = 0);
    void repaint(const QRectF& where);
    Selection selection() const;
    void setSelection(Place anchor, Place end);

    void componentComplete() override;
    void geometryChange(const QRectF& now, const QRectF& before) override;
    void itemChange(ItemChange change, const ItemChangeData& data) override;
    void updatePolish() override;
    QSGNode* updatePaintNode(QSGNode* node, UpdatePaintNodeData*) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void hoverEnterEvent(QHoverEvent* event) override { hoverMoveEvent(event); }
    void hoverMoveEvent(QHoverEvent* event) override;
    void hoverLeaveEvent(QHoverEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Page {
        QImage image;
        bool dirty = true;
        bool fresh = false;  ///< painted, and not handed to the scene yet
    };

    void paintPages();
    QRectF visibleArea() const;
    void hoverLink(int link);
    QPointF toContent(QPointF point) const { return point + QPointF(m_contentX, 0); }
    void selectWord(Place place);

    QPointer<MarkdownStyle> m_style;
    std::vector<Page> m_pages;
    QList<SheetLink> m_links;
    QSizeF m_contentSize;
    qreal m_contentX = 0;
    qreal m_layoutWidth = -1;
    int m_openCitation = 0;
    int m_hovered = -1;
    int m_pressed = -1;
    bool m_dragged = false;
    int m_clicks = 0;
    Place m_anchor;
    Place m_end;
    QPointF m_pressPoint;
    QMetaObject::Connection m_frames;
};

}  // namespace alcove::ui
