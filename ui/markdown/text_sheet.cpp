#include "ui/markdown/text_sheet.h"

#include <algorithm>
#include <cmath>

#include "ui/markdown/rich_text.h"

namespace alcove::ui {

void TextSheet::setBlock(const MarkdownBlock& block) {
    if (block == m_block) return;
    m_block = block;
    restyle();
    relayout();
    emit blockChanged();
}

void TextSheet::restyle() {
    if (!style() || !isComponentComplete()) return;
    const Block& block = m_block.block();
    m_look = {};
    m_look.font.setFamily(style()->family);
    m_look.font.setPixelSize(std::max(1, int(std::lround(style()->readingSize))));
    m_look.ink = style()->ink;
    m_look.lineHeight = style()->readingLine;
    if (block.kind == BlockKind::Heading && block.level <= style()->headingSizes.size()) {
        const qreal size = style()->headingSizes[block.level - 1];
        m_look.font.setPixelSize(std::max(1, int(std::lround(size))));
        m_look.font.setWeight(QFont::DemiBold);
        m_look.lineHeight = std::max(style()->readingLine, std::round(size * 1.35));
        if (size > style()->readingSize)
            m_look.font.setLetterSpacing(QFont::AbsoluteSpacing, size * style()->titleTracking);
    } else if (block.kind == BlockKind::Quote) {
        m_look.ink = style()->muted;
    }
    m_look.mono = m_look.font;
    m_look.mono.setFamily(style()->monoFamily);
    m_look.mono.setStyleHint(QFont::Monospace);
    m_look.mono.setLetterSpacing(QFont::AbsoluteSpacing, 0);
    m_look.mono.setStyleStrategy(QFont::PreferNoShaping);
    m_look.mono.setPixelSize(std::max(1, int(std::lround(m_look.font.pixelSize() * 0.9))));
    m_flow.setContent(block.runs, m_look, *style());
}

QSizeF TextSheet::layoutContent(qreal width) {
    const bool formula = m_block.block().kind == BlockKind::DisplayMath;
    m_flow.layout(width > 0 ? width : -1, formula ? Qt::AlignHCenter : Qt::AlignLeading);
    return {m_flow.naturalWidth(), m_flow.height()};
}

QList<SheetLink> TextSheet::findLinks() const {
    QList<SheetLink> result;
    for (const int run : m_flow.activeRuns()) {
        const Run& link = m_flow.runs()[size_t(run)];
        result.push_back({link.text, link.link, link.citation, m_flow.runRect(run)});
    }
    return result;
}

int TextSheet::linkAt(QPointF point) const {
    const std::vector<int> active = m_flow.activeRuns();
    const auto found = std::find(active.begin(), active.end(), m_flow.activeRunAt(point));
    return found == active.end() ? -1 : int(found - active.begin());
}

QString TextSheet::textBetween(Place from, Place to) const {
    return toPlainText(m_flow.copyRuns(from.offset, to.offset));
}

QString TextSheet::htmlBetween(Place from, Place to) const {
    return toRichText(m_flow.copyRuns(from.offset, to.offset));
}

void TextSheet::paintContent(QPainter& painter, const QRectF& clip) {
    const Selection chosen = selection();
    const auto [from, to] =
        chosen.isEmpty() ? std::pair<qsizetype, qsizetype>() : chosen.within(0, m_flow.length());
    m_flow.paint(painter, QPointF(), clip, {from, to, openCitation()});
}

}  // namespace alcove::ui
