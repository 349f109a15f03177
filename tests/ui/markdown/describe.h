#pragma once
// Blocks as short text, for expectations that can be read.
#include <QStringList>

#include "ui/markdown/block.h"

inline QString describe(const alcove::ui::Runs& runs) {
    using alcove::ui::RunKind;
    QString out;
    for (const auto& run : runs) {
        QString text = run.text;
        switch (run.kind) {
            case RunKind::Text:
                break;
            case RunKind::Code:
                text = u'`' + text + u'`';
                break;
            case RunKind::Math:
                text = u'$' + text + u'$';
                break;
            case RunKind::DisplayMath:
                text = QStringLiteral("$$") + text + QStringLiteral("$$");
                break;
            case RunKind::Citation:
                text = QStringLiteral("{cite %1}").arg(run.citation);
                break;
            case RunKind::Image:
                text = QStringLiteral("{image %1}").arg(text);
                break;
            case RunKind::LineBreak:
                text = QStringLiteral("{br}");
                break;
        }
        if (run.bold) text = QStringLiteral("{b %1}").arg(text);
        if (run.italic) text = QStringLiteral("{i %1}").arg(text);
        if (run.strike) text = QStringLiteral("{s %1}").arg(text);
        if (run.unsupported) text = QStringLiteral("{? %1}").arg(text);
        if (!run.link.isEmpty()) text = QStringLiteral("{a %2 %1}").arg(text, run.link);
        out += text;
    }
    return out;
}

inline QString describe(const alcove::ui::Block& block) {
    using namespace alcove::ui;
    static const QStringList kinds = {"p", "h", "li", "q", "code", "table", "hr", "math"};
    QString out = kinds[int(block.kind)];
    if (block.level > 0) out += QString::number(block.level);
    if (block.listDepth > 0) out += QStringLiteral(" list%1").arg(block.listDepth);
    if (block.quoteDepth > 0) out += QStringLiteral(" quote%1").arg(block.quoteDepth);
    switch (block.marker) {
        case ItemMarker::None:
            break;
        case ItemMarker::Bullet:
            out += " *";
            break;
        case ItemMarker::Number:
            out += QStringLiteral(" %1.").arg(block.number);
            break;
        case ItemMarker::TaskOpen:
            out += " [ ]";
            break;
        case ItemMarker::TaskDone:
            out += " [x]";
            break;
    }
    if (!block.closed) out += " open";
    if (!block.language.isEmpty()) out += u' ' + block.language;
    out += u':';
    if (!block.text.isEmpty()) out += u' ' + block.text;
    if (block.kind != BlockKind::DisplayMath && !block.runs.empty())
        out += u' ' + describe(block.runs);
    static const QString aligns = "-<=>";
    for (const ColumnAlign align : block.columns) out += aligns[int(align)];
    for (const auto& row : block.rows) {
        out += QStringLiteral(" /");
        for (const Runs& cell : row) out += u' ' + describe(cell) + QStringLiteral(" |");
    }
    return out;
}

inline QStringList describe(const alcove::ui::Blocks& blocks) {
    QStringList out;
    for (const auto& block : blocks) out << describe(block);
    return out;
}
