// The messages of the open conversation, as the page shows them.
#pragma once

#include <QAbstractListModel>
#include <QQmlEngine>
#include <QString>
#include <optional>
#include <vector>

#include "app/conversations/conversation_store.h"
#include "ui/chat/answer_job.h"

namespace alcove::ui {

class MessageModel : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("a chat has one")
    Q_PROPERTY(int count READ count NOTIFY countChanged)

public:
    enum Role {
        MessageRole = Qt::UserRole + 1,
        FromUserRole,
        TextRole,
        ThoughtRole,
        ThoughtLineRole,  // "Thought for 4 seconds"
        GrowingRole,
        ErrorRole,
        NoteRole,  // how it ended, where that is worth a word
        VersionRole,
        VersionsRole,
        RatingRole,
        SpeedRole,  // "31 tokens/s"
        ModelRole,
    };

    explicit MessageModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] int count() const { return static_cast<int>(m_rows.size()); }

    void reset(std::vector<app::StoredMessage> messages);
    void append(app::StoredMessage message);
    void removeLast(int rows);
    /// The message as it stands in the store now; ids of rows that were shown before they were
    /// kept.
    void setId(int row, int64_t message);
    void setRating(int row, int rating);
    /// How far an answer has come; nothing where it is not shown.
    void update(int64_t message, const AnswerJob::State& state);

    [[nodiscard]] const app::StoredMessage& at(int row) const {
        return m_rows[static_cast<size_t>(row)].message;
    }
    [[nodiscard]] const std::vector<app::StoredMessage> messages() const;
    [[nodiscard]] int rowOf(int64_t message) const;  // -1: not shown

signals:
    void countChanged();

private:
    /// Text is kept as the page takes it: it is asked for often while an answer grows.
    struct Row {
        app::StoredMessage message;
        QString text, thought;
        double thoughtSeconds = 0;
    };
    static Row rowOf(app::StoredMessage message);
    [[nodiscard]] QString thoughtLine(const Row& row) const;
    [[nodiscard]] QString note(const Row& row) const;

    std::vector<Row> m_rows;
};

}  // namespace alcove::ui
