#pragma once
// The blocks of an answer as rows. Set `text` again as it grows: the rows that are shown stay, and
// only what changed is told.
#include <QtQml/qqmlregistration.h>

#include <QAbstractListModel>
#include <QList>

#include "ui/markdown/markdown_block.h"
#include "ui/markdown/markdown_document.h"

namespace alcove::ui {

class MarkdownModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    Q_PROPERTY(QString text READ text WRITE setText NOTIFY textChanged)
    /// More text is coming: what is open at its end is shown as if it were closed.
    Q_PROPERTY(bool streaming READ isStreaming WRITE setStreaming NOTIFY streamingChanged)
    /// How many passages the answer may cite; 0: "[1]" is text.
    Q_PROPERTY(int citations READ citations WRITE setCitations NOTIFY citationsChanged)
    /// Beginnings and ends, in turn, of what no document supports (UTF-16 units of the text).
    Q_PROPERTY(
        QList<int> unsupported READ unsupported WRITE setUnsupported NOTIFY unsupportedChanged)

public:
    enum Kind {
        Paragraph = int(BlockKind::Paragraph),
        Heading = int(BlockKind::Heading),
        ListItem = int(BlockKind::ListItem),
        Quote = int(BlockKind::Quote),
        Code = int(BlockKind::Code),
        Table = int(BlockKind::Table),
        Rule = int(BlockKind::Rule),
        DisplayMath = int(BlockKind::DisplayMath)
    };
    Q_ENUM(Kind)
    /// How far a block stands below the one before it.
    enum Space { NoSpace, TightSpace, ParagraphSpace, SectionSpace };
    Q_ENUM(Space)
    enum Role { KindRole = Qt::UserRole + 1, BlockRole, SpaceRole, SharedQuotesRole };

    explicit MarkdownModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    QString text() const { return m_document.text(); }
    void setText(const QString& text);
    bool isStreaming() const { return m_options.unfinished; }
    void setStreaming(bool streaming);
    int citations() const { return m_options.citations; }
    void setCitations(int citations);
    QList<int> unsupported() const;
    void setUnsupported(const QList<int>& edges);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    const MarkdownDocument& document() const { return m_document; }

signals:
    void textChanged();
    void streamingChanged();
    void citationsChanged();
    void unsupportedChanged();

private:
    void update(const QString& text);
    void showFrom(size_t first);
    void replace(size_t row, MarkdownBlock block);
    Space spaceAbove(size_t row) const;

    MarkdownDocument m_document;
    ParseOptions m_options;
    std::vector<SourceRange> m_unsupported;
    std::vector<MarkdownBlock> m_rows;
};

}  // namespace alcove::ui
