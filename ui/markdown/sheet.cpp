#include "ui/markdown/sheet.h"

#include <QClipboard>
#include <QCursor>
#include <QGuiApplication>
#include <QMimeData>
#include <QPainter>
#include <QPointingDevice>
#include <QQuickWindow>
#include <QSGImageNode>
#include <QStyleHints>
#include <QTextBoundaryFinder>
#include <algorithm>
#include <cmath>

namespace alcove::ui {

namespace {

constexpr int kPageHeight = 256;
/// Sheets lower than this are painted whole; of others what is seen, and as much around it.
constexpr qreal kMargin = 1024;

bool comesFromTouch(const QPointerEvent* event) {
    const QInputDevice* device = event->device();
    return device && device->type() == QInputDevice::DeviceType::TouchScreen;
}

}  // namespace

std::pair<qsizetype, qsizetype> Sheet::Selection::within(int box, qsizetype length) const {
    if (box < from.box || box > to.box) return {0, 0};
    return {box == from.box ? from.offset : 0, box == to.box ? to.offset : length};
}

Sheet::Sheet(QQuickItem* parent) : QQuickItem(parent) {
    setFlag(ItemHasContents);
    setAcceptedMouseButtons(Qt::LeftButton);
    setAcceptHoverEvents(true);
    setCursor(Qt::IBeamCursor);
}

void Sheet::setStyle(MarkdownStyle* style) {
    if (style == m_style) return;
    if (m_style) disconnect(m_style, nullptr, this, nullptr);
    m_style = style;
    if (style)
        connect(style, &MarkdownStyle::changed, this, [this] {
            restyle();
            relayout();
        });
    restyle();
    relayout();
    emit styleChanged();
}

Sheet::Selection Sheet::selection() const {
    return m_anchor < m_end ? Selection{m_anchor, m_end} : Selection{m_end, m_anchor};
}

QString Sheet::selectedText() const {
    const Selection chosen = selection();
    return chosen.isEmpty() ? QString() : textBetween(chosen.from, chosen.to);
}

QString Sheet::plainText() const {
    const int last = boxCount() - 1;
    return last < 0 ? QString() : textBetween({0, 0}, {last, boxText(last).size()});
}

void Sheet::setOpenCitation(int number) {
    if (number == m_openCitation) return;
    m_openCitation = number;
    for (const SheetLink& link : m_links)
        if (link.citation > 0) repaint(link.rect.adjusted(-2, -2, 2, 2));
    emit openCitationChanged();
}

QVariantList Sheet::linkItems() const {
    QVariantList items;
    for (const SheetLink& link : m_links) items.push_back(QVariant::fromValue(link));
    return items;
}

void Sheet::setContentX(qreal x) {
    x = std::round(std::clamp(x, 0.0, std::max(0.0, m_contentSize.width() - width())));
    if (x == m_contentX) return;
    m_contentX = x;
    repaint(boundingRect());
    emit contentXChanged();
}

void Sheet::copy() const {
    const Selection chosen = selection();
    if (chosen.isEmpty()) return;
    auto data = std::make_unique<QMimeData>();
    data->setText(textBetween(chosen.from, chosen.to));
    const QString html = htmlBetween(chosen.from, chosen.to);
    if (!html.isEmpty()) data->setHtml(html);
    QGuiApplication::clipboard()->setMimeData(data.release());
}

void Sheet::selectAll() {
    const int last = boxCount() - 1;
    if (last >= 0) setSelection({0, 0}, {last, boxText(last).size()});
}

void Sheet::deselect() { setSelection(m_end, m_end); }

void Sheet::setSelection(Place anchor, Place end) {
    if (anchor == m_anchor && end == m_end) return;
    m_anchor = anchor;
    m_end = end;
    repaint(boundingRect());
    emit selectionChanged();
}

void Sheet::selectWord(Place place) {
    const QString text = boxText(place.box);
    QTextBoundaryFinder finder(QTextBoundaryFinder::Word, text);
    finder.setPosition(std::min(place.offset, text.size()));
    if (!finder.isAtBoundary() || place.offset == text.size()) finder.toPreviousBoundary();
    const qsizetype from = std::max<qsizetype>(0, finder.position());
    finder.toNextBoundary();
    const qsizetype to = finder.position() < 0 ? text.size() : finder.position();
    setSelection({place.box, from}, {place.box, to});
}

void Sheet::activate(int link) {
    const QList<SheetLink> all = m_links;
    if (link < 0 || link >= all.size()) return;
    if (all[link].citation > 0) {
        emit citationActivated(all[link].citation);
    } else {
        emit linkActivated(all[link].url);
    }
}

void Sheet::relayout(qreal from) {
    if (!isComponentComplete() || !m_style) return;
    m_layoutWidth = width();
    m_contentSize = layoutContent(width());
    setImplicitSize(std::ceil(m_contentSize.width()), std::ceil(m_contentSize.height()));
    // What was selected may be gone.
    const int last = boxCount() - 1;
    if (!selection().isEmpty() && (last < 0 || selection().to.box > last ||
                                   selection().to.offset > boxText(selection().to.box).size())) {
        m_anchor = m_end = {};
        emit selectionChanged();
    }
    if (m_contentX > 0) setContentX(m_contentX);
    repaint(QRectF(0, from, std::max(width(), 1.0), 1e9));
    QList<SheetLink> found = findLinks();
    if (found != m_links) {
        m_links = std::move(found);
        emit linksChanged();
    }
    emit contentChanged();
}

void Sheet::repaint(const QRectF& where) {
    const size_t first = size_t(std::max(0.0, where.top()) / kPageHeight);
    const auto stop = size_t(std::clamp(where.bottom() / kPageHeight + 1, 0.0, 1e6));
    for (size_t i = first; i < std::min(stop, m_pages.size()); ++i) m_pages[i].dirty = true;
    polish();
}

void Sheet::componentComplete() {
    QQuickItem::componentComplete();
    restyle();
    relayout();
}

void Sheet::geometryChange(const QRectF& now, const QRectF& before) {
    QQuickItem::geometryChange(now, before);
    if (now.width() != m_layoutWidth) relayout();
    if (now.height() != before.height()) polish();
}

void Sheet::itemChange(ItemChange change, const ItemChangeData& data) {
    QQuickItem::itemChange(change, data);
    if (change == ItemSceneChange) {
        disconnect(m_frames);
        if (data.window)
            m_frames = connect(data.window, &QQuickWindow::afterAnimating, this, [this] {
                if (height() > kMargin) paintPages();
            });
        polish();
    } else if (change == ItemDevicePixelRatioHasChanged) {
        repaint(boundingRect());
    } else if (change == ItemActiveFocusHasChanged && !data.boolValue) {
        deselect();
    } else if (change == ItemVisibleHasChanged && data.boolValue) {
        polish();
    }
}

QRectF Sheet::visibleArea() const {
    if (height() <= kMargin || !window()) return boundingRect();
    const QSizeF size = window()->size();
    return mapRectFromScene(QRectF(QPointF(), size)).adjusted(0, -kMargin / 2, 0, kMargin / 2);
}

void Sheet::updatePolish() { paintPages(); }

void Sheet::paintPages() {
    if (!m_style || !window() || !isVisible() || width() <= 0) return;
    const qreal ratio = window()->effectiveDevicePixelRatio();
    const QRectF seen = visibleArea();
    m_pages.resize(size_t(std::ceil(std::max(0.0, height()) / kPageHeight)));
    bool changed = false;
    for (size_t i = 0; i < m_pages.size(); ++i) {
        Page& page = m_pages[i];
        const qreal top = qreal(i) * kPageHeight;
        const QRectF area(0, top, width(), std::min<qreal>(kPageHeight, height() - top));
        if (!area.intersects(seen)) {
            if (page.image.isNull()) continue;
            page = {};
            page.fresh = changed = true;
            continue;
        }
        const QSize pixels(int(std::ceil(area.width() * ratio)),
                           int(std::ceil(area.height() * ratio)));
        if (!page.dirty && page.image.size() == pixels) continue;
        if (page.image.size() != pixels)
            page.image = QImage(pixels, QImage::Format_ARGB32_Premultiplied);
        page.image.setDevicePixelRatio(ratio);
        page.image.fill(Qt::transparent);
        QPainter painter(&page.image);
        painter.translate(-m_contentX, -top);
        paintContent(painter, area.translated(m_contentX, 0));
        page.dirty = false;
        page.fresh = changed = true;
    }
    if (changed) update();
}

QSGNode* Sheet::updatePaintNode(QSGNode* node, UpdatePaintNodeData*) {
    if (!node) {
        node = new QSGNode;
        for (Page& page : m_pages) page.fresh = true;
    }
    while (node->childCount() > int(m_pages.size())) delete node->lastChild();
    QSGNode* child = node->firstChild();
    for (size_t i = 0; i < m_pages.size(); ++i) {
        Page& page = m_pages[i];
        auto* image = static_cast<QSGImageNode*>(child);
        const bool added = image == nullptr;
        if (added) {
            image = window()->createImageNode();
            image->setFiltering(QSGTexture::Nearest);
            image->setOwnsTexture(true);
            page.fresh = true;
        } else {
            child = image->nextSibling();
        }
        if (!page.fresh) continue;
        page.fresh = false;
        QImage pixels = page.image;
        if (pixels.isNull()) {
            pixels = QImage(1, 1, QImage::Format_ARGB32_Premultiplied);
            pixels.fill(Qt::transparent);
        }
        image->setTexture(window()->createTextureFromImage(pixels));
        const qreal ratio = page.image.isNull() ? 1 : pixels.devicePixelRatio();
        image->setRect(QRectF(QPointF(0, qreal(i) * kPageHeight), pixels.size() / ratio));
        image->setSourceRect(QRectF(QPointF(), pixels.size()));
        // The software renderer looks at a node when it is added: it must have its texture.
        if (added) node->appendChildNode(image);
    }
    return node;
}

void Sheet::mousePressEvent(QMouseEvent* event) {
    const QPointF point = toContent(event->position());
    m_pressed = linkAt(point);
    m_dragged = false;
    m_pressPoint = event->position();
    // A finger scrolls, and taps links; it does not select.
    if (comesFromTouch(event)) {
        if (m_pressed < 0) event->ignore();
        return;
    }
    setKeepMouseGrab(true);
    forceActiveFocus(Qt::MouseFocusReason);
    const Place place = placeAt(point);
    if (m_clicks == 2) {  // a third click takes the whole paragraph
        m_clicks = 0;
        setSelection({place.box, 0}, {place.box, boxText(place.box).size()});
        m_dragged = true;
        return;
    }
    m_clicks = 0;
    setSelection(event->modifiers() & Qt::ShiftModifier ? m_anchor : place, place);
}

void Sheet::mouseMoveEvent(QMouseEvent* event) {
    if (comesFromTouch(event)) return;
    const QPointF moved = event->position() - m_pressPoint;
    const int distance = QGuiApplication::styleHints()->startDragDistance();
    if (!m_dragged && moved.manhattanLength() < distance) return;
    m_dragged = true;
    setSelection(m_anchor, placeAt(toContent(event->position())));
}

void Sheet::mouseReleaseEvent(QMouseEvent* event) {
    setKeepMouseGrab(false);
    const int link = linkAt(toContent(event->position()));
    if (!m_dragged && link >= 0 && link == m_pressed) activate(link);
    m_pressed = -1;
}

void Sheet::mouseDoubleClickEvent(QMouseEvent* event) {
    m_clicks = 2;
    m_dragged = true;
    selectWord(placeAt(toContent(event->position())));
}

void Sheet::hoverMoveEvent(QHoverEvent* event) { hoverLink(linkAt(toContent(event->position()))); }

void Sheet::hoverLeaveEvent(QHoverEvent*) { hoverLink(-1); }

void Sheet::hoverLink(int link) {
    if (link == m_hovered) return;
    const QList<SheetLink>& all = m_links;
    const bool wasCitation =
        m_hovered >= 0 && m_hovered < all.size() && all[m_hovered].citation > 0;
    m_hovered = link;
    setCursor(link >= 0 ? Qt::PointingHandCursor : Qt::IBeamCursor);
    if (link >= 0 && all[link].citation > 0) {
        emit citationHovered(all[link].citation, all[link].rect.translated(-m_contentX, 0));
    } else if (wasCitation) {
        emit citationHovered(0, QRectF());
    }
}

void Sheet::wheelEvent(QWheelEvent* event) {
    const bool sideways = std::abs(event->angleDelta().x()) > std::abs(event->angleDelta().y()) ||
                          event->modifiers() & Qt::ShiftModifier;
    if (!sideways || m_contentSize.width() <= width()) return event->ignore();
    const QPoint delta =
        event->pixelDelta().isNull() ? event->angleDelta() / 2 : event->pixelDelta();
    setContentX(m_contentX - (delta.x() != 0 ? delta.x() : delta.y()));
}

void Sheet::keyPressEvent(QKeyEvent* event) {
    if (event->matches(QKeySequence::Copy)) {
        copy();
    } else if (event->matches(QKeySequence::SelectAll)) {
        selectAll();
    } else if (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right) {
        const qreal before = m_contentX;
        setContentX(m_contentX + (event->key() == Qt::Key_Left ? -48 : 48));
        event->setAccepted(m_contentX != before);
    } else if (event->key() == Qt::Key_Escape && !selection().isEmpty()) {
        deselect();
    } else {
        event->ignore();
    }
}

}  // namespace alcove::ui
