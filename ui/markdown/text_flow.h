#pragma once
// Runs laid out as lines. Pictures within the text (chips of citations, formulas, the padding
// around code) are stretched characters, so that QTextLayout breaks, orders and measures them like
// letters, in both directions of writing; they are drawn over their places. Lines have a fixed
// height, and grow only for what is higher.
#include <QColor>
#include <QFont>
#include <QHash>
#include <QPainter>
#include <QTextLayout>
#include <memory>
#include <vector>

#include "ui/markdown/block.h"
#include "ui/markdown/markdown_style.h"
#include "ui/markdown/math_source.h"

namespace alcove::ui {

struct TextLook {
    QFont font;
    QFont mono;
    QColor ink;
    qreal lineHeight = 24;
    bool operator==(const TextLook&) const = default;
};

/// What is drawn differently without anything being laid out anew.
struct TextState {
    qsizetype selectedFrom = 0;
    qsizetype selectedTo = 0;
    int openCitation = 0;
};

class TextFlow {
public:
    void setContent(const Runs& runs, const TextLook& look, const MarkdownStyle& style);
    const Runs& runs() const { return m_runs; }

    /// In a width below 0 nothing is broken.
    void layout(qreal width, Qt::Alignment alignment = Qt::AlignLeading);
    qreal height() const { return m_height; }
    /// Of the longest line; before layout() of the text in one line.
    qreal naturalWidth() const { return m_naturalWidth; }
    bool isRightToLeft() const { return m_text.isRightToLeft(); }

    void paint(QPainter& painter, QPointF at, const QRectF& clip, const TextState& state) const;

    qsizetype length() const { return m_text.size(); }
    QString shownText() const { return m_text; }
    qsizetype positionAt(QPointF place) const;
    Runs copyRuns(qsizetype from, qsizetype to) const;
    /// The run with a link or a citation at a place, and all of them; -1: none.
    int activeRunAt(QPointF place) const;
    std::vector<int> activeRuns() const;
    QRectF runRect(int run) const;

private:
    struct Piece {
        int run;
        qsizetype begin;
        qsizetype length;
        bool pad = false;  ///< nothing to be read
    };
    struct Object {
        qsizetype at;
        int run;
        qreal width;
        qreal ascent;
        qreal descent;
        std::optional<MathBox> math;
    };
    using Formats = QList<QTextLayout::FormatRange>;

    void addRun(int index, Formats& formats);
    void addObject(int run, qreal width, std::optional<MathBox> math, Formats& formats);
    void addChip(int run, Formats& formats);
    bool addFormula(int run, Formats& formats);
    std::vector<QRectF> rects(qsizetype from, qsizetype length) const;
    void paintGrounds(QPainter& painter) const;
    void paintObjects(QPainter& painter, const TextState& state) const;
    void paintDots(QPainter& painter) const;
    QPointF placeOf(const Object& object) const;
    QFont chipFont() const;

    Runs m_runs;
    TextLook m_look;
    QColor m_accent, m_softAccent, m_onAccent, m_warning, m_code, m_selection;
    QString m_text;
    std::vector<Piece> m_pieces;
    std::vector<Object> m_objects;
    QHash<QString, MathBox> m_formulas;  ///< laid out before, while the look stays
    std::unique_ptr<QTextLayout> m_layout;
    qreal m_height = 0;
    qreal m_naturalWidth = 0;
};

}  // namespace alcove::ui
