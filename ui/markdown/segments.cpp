#include "ui/markdown/segments.h"

namespace alcove::ui {

qsizetype SegmentScanner::scan(QStringView text, qsizetype from,
                               const std::function<void(qsizetype)>& cut) {
    while (from < text.size()) {
        const qsizetype end = lineEnd(text, from);
        // A '\r' at the very end may be half of a line end.
        if (end == text.size() || (text[end] == u'\r' && end + 1 == text.size())) break;
        if (nextLine(text.mid(from, end - from))) cut(from);
        from = afterLineEnd(text, end);
    }
    return from;
}

bool SegmentScanner::mayDefineLinksWith(QStringView rest) const {
    SegmentScanner ahead = *this;
    ahead.nextLine(rest);
    return ahead.mayDefineLinks();
}

bool SegmentScanner::nextLine(QStringView line) {
    if (!m_fence.mark.isNull()) {
        const Fence fence = fenceOf(line);
        if (fence.mark == m_fence.mark && fence.length >= m_fence.length && fence.canClose &&
            indentOf(line) < 4) {
            m_fence = {};
        }
        m_afterBlank = false;
        return false;
    }
    if (line.contains(QLatin1String("]:"))) m_mayDefineLinks = true;
    if (isBlank(line)) {
        m_uncertain |= m_emptyItem;  // an item may begin with one blank line at most
        m_afterBlank = true;
        return false;
    }
    const int indent = indentOf(line);
    const bool cut = m_afterBlank && !m_poisoned && !line[0].isSpace() &&
                     !(m_sawMarker && listMarker(line).content > 0);
    if (cut) {
        const bool links = m_mayDefineLinks;
        *this = SegmentScanner();
        m_mayDefineLinks = links;
        m_afterBlank = true;
    }
    m_emptyItem = isBlank(line.mid(containerPrefix(line, 100).size));
    followList(line, indent);
    followFence(line, indent);
    m_afterBlank = false;
    return cut;
}

void SegmentScanner::followList(QStringView line, int indent) {
    if (m_itemContent > 0 && indent >= m_itemContent) return;  // within the item
    const ListMarker marker = isRule(line) ? ListMarker{} : listMarker(line);
    if (marker.content == 0) {
        if (m_itemContent > 0) m_uncertain = true;
        return;
    }
    m_sawMarker = true;
    if (indent >= 4) {
        if (m_itemContent > 0) m_uncertain = true;
        return;
    }
    // "2. " within a paragraph is text, and then its column means nothing.
    if (!m_afterBlank && m_itemContent == 0 && !marker.interrupts) m_uncertain = true;
    m_itemContent = marker.content;
}

void SegmentScanner::followFence(QStringView line, int indent) {
    const Fence fence = fenceOf(line);
    if (fence.mark.isNull()) return;
    if (m_itemContent > 0 && indent >= m_itemContent && !m_uncertain) return;
    if (indent >= 4) {
        // md4c 0.4.8 opens a fence in a paragraph at any indent.
        if (!m_afterBlank || m_uncertain) m_poisoned = true;
        return;
    }
    if (m_itemContent > 0 && indent > 0 && m_uncertain) {
        m_poisoned = true;
        return;
    }
    m_fence = fence;
    m_itemContent = 0;
    m_uncertain = false;
}

}  // namespace alcove::ui
