#pragma once
// Cuts a text where no block can reach across, so that what stands before a cut never has to be
// read again.
//
// A cut is before a complete line that begins in column 0, follows a blank line, is no list marker
// of a list that may go on, and stands in no fence. There every container is closed: quotes end
// with the blank line, items need an indent, and a paragraph does not go on lazily. A fence is
// followed only where it is certainly none of a list item's; where that is not certain no more cuts
// are made in this segment, which costs time and nothing else. Reference definitions work across
// cuts: where a text may have one (`mayDefineLinks`) it must be read whole.
#include <functional>

#include "ui/markdown/line_shape.h"

namespace alcove::ui {

class SegmentScanner {
public:
    /// Takes the complete lines of `text` from `from` on, calls `cut` with the place of each cut,
    /// and returns the place of the line that is not complete yet.
    qsizetype scan(QStringView text, qsizetype from, const std::function<void(qsizetype)>& cut);
    /// Whether the text may define links if `rest` stands in the line that is not complete.
    bool mayDefineLinksWith(QStringView rest) const;
    /// Takes the next line, without its end. True: a new segment begins with it.
    bool nextLine(QStringView line);
    /// A line outside of fences had "]:", which may be a definition of a link.
    bool mayDefineLinks() const { return m_mayDefineLinks; }

private:
    void followFence(QStringView line, int indent);
    void followList(QStringView line, int indent);

    bool m_mayDefineLinks = false;
    bool m_afterBlank = false;
    bool m_sawMarker = false;
    bool m_emptyItem = false;  ///< the last line was a marker with nothing behind it
    bool m_poisoned = false;   ///< nobody knows whether a fence is open
    bool m_uncertain = false;  ///< m_itemContent may belong to a list that has ended
    int m_itemContent = 0;     ///< content column of the outermost list's item; 0: none
    Fence m_fence;             ///< open, and not within a list item
};

}  // namespace alcove::ui
