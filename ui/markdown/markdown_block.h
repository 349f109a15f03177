#pragma once
// A block as QML sees it: cheap to copy, shared with the model, never changed.
#include <QtQml/qqmlregistration.h>

#include <QMetaType>
#include <memory>

#include "ui/markdown/block.h"

namespace alcove::ui {

class MarkdownBlock {
    Q_GADGET
    QML_VALUE_TYPE(markdownBlock)
    Q_PROPERTY(int level READ level CONSTANT)
    Q_PROPERTY(int listDepth READ listDepth CONSTANT)
    Q_PROPERTY(int quoteDepth READ quoteDepth CONSTANT)
    Q_PROPERTY(int quoteInset READ quoteInset CONSTANT)
    Q_PROPERTY(bool tight READ isTight CONSTANT)
    Q_PROPERTY(bool closed READ isClosed CONSTANT)
    /// Of a list item: "•", "3."; empty for tasks and all else.
    Q_PROPERTY(QString bullet READ bullet CONSTANT)
    Q_PROPERTY(bool isItem READ isItem CONSTANT)
    Q_PROPERTY(bool isTask READ isTask CONSTANT)
    Q_PROPERTY(bool isDone READ isDone CONSTANT)
    Q_PROPERTY(QString language READ language CONSTANT)
    Q_PROPERTY(QString text READ text CONSTANT)
    Q_PROPERTY(QString plainText READ plainText CONSTANT)

public:
    MarkdownBlock() = default;
    /// Shared: the model and each view of the block hold it.
    explicit MarkdownBlock(std::shared_ptr<const Block> block) : m_block(std::move(block)) {}

    const Block& block() const;
    int level() const { return block().level; }
    int listDepth() const { return block().listDepth; }
    int quoteDepth() const { return block().quoteDepth; }
    int quoteInset() const { return block().quoteInset; }
    bool isTight() const { return block().tight; }
    bool isClosed() const { return block().closed; }
    QString bullet() const;
    bool isItem() const { return block().marker != ItemMarker::None; }
    bool isTask() const;
    bool isDone() const { return block().marker == ItemMarker::TaskDone; }
    QString language() const { return block().language; }
    QString text() const { return block().text; }
    QString plainText() const;
    bool operator==(const MarkdownBlock& other) const { return block() == other.block(); }

private:
    std::shared_ptr<const Block> m_block;
};

}  // namespace alcove::ui

Q_DECLARE_METATYPE(alcove::ui::MarkdownBlock)
