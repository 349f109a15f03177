// What a search in all conversations finds, as one types.
#pragma once

#include <QAbstractListModel>
#include <QQmlEngine>
#include <QString>
#include <vector>

#include "app/conversations/conversation_store.h"
#include "ui/chat/background.h"

namespace alcove::ui {

class ChatSearch : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the window has one")
    Q_PROPERTY(int count READ count NOTIFY countChanged)
    Q_PROPERTY(QString typed READ typed WRITE setTyped NOTIFY typedChanged)
    /// What was typed has been looked for, and nothing was found.
    Q_PROPERTY(bool nothing READ nothing NOTIFY countChanged)
    /// It is being looked for.
    Q_PROPERTY(bool waiting READ waiting NOTIFY countChanged)

public:
    enum Role { ConversationRole = Qt::UserRole + 1, MessageRole, TitleRole, ExcerptRole, DayRole };

    ChatSearch(app::ConversationStore& store, Background& background);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] int count() const { return static_cast<int>(m_hits.size()); }
    [[nodiscard]] QString typed() const { return m_typed; }
    void setTyped(const QString& typed);
    [[nodiscard]] bool nothing() const { return m_answered && m_hits.empty(); }
    [[nodiscard]] bool waiting() const { return m_waiting; }
    Q_INVOKABLE [[nodiscard]] qint64 conversationAt(int row) const;

signals:
    void countChanged();
    void typedChanged();

private:
    void take(std::vector<app::SearchHit> hits);

    app::ConversationStore& m_store;
    Background& m_background;
    std::vector<app::SearchHit> m_hits;
    QString m_typed;
    int m_asked = 0;  // answers to what was typed before are dropped
    bool m_answered = false, m_waiting = false;
};

/// An excerpt as rich text, the ranges that were found in bold.
[[nodiscard]] QString markedExcerpt(const app::SearchHit& hit);

}  // namespace alcove::ui
