#include "ui/markdown/markdown_block.h"

#include "ui/markdown/rich_text.h"

namespace alcove::ui {

const Block& MarkdownBlock::block() const {
    static const Block kEmpty;
    return m_block ? *m_block : kEmpty;
}

QString MarkdownBlock::bullet() const {
    switch (block().marker) {
        case ItemMarker::Bullet:
            return block().listDepth % 2 == 1 ? QStringLiteral("•") : QStringLiteral("◦");
        case ItemMarker::Number:
            return QString::number(block().number) + u'.';
        default:
            return {};
    }
}

bool MarkdownBlock::isTask() const {
    return block().marker == ItemMarker::TaskOpen || block().marker == ItemMarker::TaskDone;
}

QString MarkdownBlock::plainText() const {
    if (block().kind != BlockKind::Table)
        return block().runs.empty() ? block().text : toPlainText(block().runs);
    QString text;
    for (const auto& row : block().rows) {
        for (size_t i = 0; i < row.size(); ++i)
            text += (i > 0 ? QStringLiteral("\t") : QString()) + toPlainText(row[i]);
        text += u'\n';
    }
    text.chop(1);
    return text;
}

}  // namespace alcove::ui
