// The conversations in the sidebar, by folder and by day; or those that a search finds.
#pragma once

#include <QAbstractListModel>
#include <QDateTime>
#include <QQmlEngine>
#include <QString>
#include <functional>
#include <vector>

#include "app/conversations/conversation_store.h"
#include "ui/chat/background.h"

namespace alcove::ui {

class ChatList : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the window has one")
    Q_PROPERTY(int count READ count NOTIFY countChanged)
    /// Shows the archived ones instead.
    Q_PROPERTY(bool archive READ archive WRITE setArchive NOTIFY archiveChanged)
    Q_PROPERTY(QStringList folders READ folders NOTIFY foldersChanged)
    Q_PROPERTY(QString problem READ problem NOTIFY problemChanged)

public:
    enum Role {
        ConversationRole = Qt::UserRole + 1,
        TitleRole,
        SectionRole,
        HeadingRole,  // the section, of its first row alone
        PinnedRole,
        FolderRole,
    };

    ChatList(app::ConversationStore& store, Background& background);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QHash<int, QByteArray> roleNames() const override;
    [[nodiscard]] int count() const { return static_cast<int>(m_rows.size()); }
    [[nodiscard]] bool archive() const { return m_archive; }
    void setArchive(bool archive);
    [[nodiscard]] QStringList folders() const;
    [[nodiscard]] QString problem() const { return m_problem; }

    Q_INVOKABLE void rename(qint64 conversation, const QString& title);
    Q_INVOKABLE void setPinned(qint64 conversation, bool pinned);
    Q_INVOKABLE void setArchived(qint64 conversation, bool archived);
    /// Into the folder of this name, which is made where there is none; an empty name: into none.
    Q_INVOKABLE void moveTo(qint64 conversation, const QString& folder);
    /// Until it is purged it can be brought back.
    Q_INVOKABLE void remove(qint64 conversation);
    Q_INVOKABLE void restore(qint64 conversation);
    /// The conversation of this row; 0: there is none.
    Q_INVOKABLE [[nodiscard]] qint64 at(int row) const;

    /// Looks again.
    void refresh();
    /// For tests: what day it is.
    void setClock(std::function<QDateTime()> now) { m_now = std::move(now); }

signals:
    void countChanged();
    void archiveChanged();
    void foldersChanged();
    void problemChanged();
    void renamed(qint64 conversation, const QString& title);
    void removed(qint64 conversation, const QString& title);

private:
    struct Row {
        app::ConversationEntry entry;
        QString title, section, folder;
    };
    struct Loaded {
        std::vector<app::ConversationEntry> entries;
        std::vector<app::FolderEntry> folders;
    };
    void change(std::function<Result<void>(app::ConversationStore&)> change);
    void take(Loaded loaded);
    void fail(const Error& error);
    [[nodiscard]] QString titleOf(qint64 conversation) const;

    app::ConversationStore& m_store;
    Background& m_background;
    std::function<QDateTime()> m_now = &QDateTime::currentDateTime;
    std::vector<Row> m_rows;
    std::vector<app::FolderEntry> m_folders;
    bool m_archive = false;
    QString m_problem;
};

}  // namespace alcove::ui
