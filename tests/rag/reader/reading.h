// Reads bytes as the application reads a file: through the client, by the real reader.
#pragma once

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "rag/reader_client/reader_client.h"

namespace alcove::test {

class Reading {
public:
    rag::ReadOptions options;
    rag::Refusal refusal = rag::Refusal::Damaged;

    Reading() { options.reader = ALCOVE_READER; }

    [[nodiscard]] std::filesystem::path save(const QString& name, const QByteArray& bytes) const {
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("the test's folder can not be written to");
        return file.fileName().toStdString();
    }
    [[nodiscard]] Result<rag::Document> read(const QString& name, const QByteArray& bytes) {
        return rag::readDocument(save(name, bytes), options, &refusal);
    }
    [[nodiscard]] QString folder() const { return m_folder.path(); }

private:
    QTemporaryDir m_folder;
};

/// A document as lines to compare with: "heading1 | text", a line feed in a text as "⏎", a tab as
/// "→", pages as "[slide 2]".
inline QStringList outlineOf(const rag::Document& document) {
    QStringList lines;
    uint32_t page = rag::kNone;
    for (const rag::Block& block : document.blocks) {
        if (block.page != page && document.pages.size() > 1) {
            const rag::Page& now = document.pages[block.page];
            lines << QString("[%1 %2]").arg(
                QString::fromStdString(std::string(rag::name(now.kind))),
                QString::fromStdString(now.label));
        }
        page = block.page;
        const std::string_view text = document.text(block);
        QString shown = QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
        shown.replace('\n', u'⏎').replace('\t', u'→');
        QString kind = QString::fromStdString(std::string(rag::name(block.kind)));
        if (block.level > 0) kind += QString::number(block.level);
        lines << kind + " | " + shown;
    }
    return lines;
}

}  // namespace alcove::test
