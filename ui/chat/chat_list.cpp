#include "ui/chat/chat_list.h"

#include <algorithm>
#include <utility>

#include "ui/chat/words.h"

namespace alcove::ui {

ChatList::ChatList(app::ConversationStore& store, Background& background)
    : m_store(store), m_background(background) {
    refresh();
}

int ChatList::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : count(); }

QVariant ChatList::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<size_t>(index.row())];
    switch (role) {
        case ConversationRole:
            return QVariant::fromValue<qint64>(row.entry.id);
        case Qt::DisplayRole:
        case TitleRole:
            return row.title;
        case SectionRole:
            return row.section;
        case HeadingRole:
            return index.row() == 0 ||
                           m_rows[static_cast<size_t>(index.row()) - 1].section != row.section
                       ? row.section
                       : QString();
        case PinnedRole:
            return row.entry.pinned;
        case FolderRole:
            return row.folder;
        default:
            return {};
    }
}

QHash<int, QByteArray> ChatList::roleNames() const {
    return {{ConversationRole, "conversation"}, {TitleRole, "title"},   {SectionRole, "section"},
            {HeadingRole, "heading"},           {PinnedRole, "pinned"}, {FolderRole, "folder"}};
}

QStringList ChatList::folders() const {
    QStringList names;
    for (const app::FolderEntry& folder : m_folders) names << QString::fromStdString(folder.name);
    return names;
}

qint64 ChatList::at(int row) const {
    return row >= 0 && row < count() ? m_rows[static_cast<size_t>(row)].entry.id : 0;
}

QString ChatList::titleOf(qint64 conversation) const {
    for (const Row& row : m_rows)
        if (row.entry.id == conversation) return row.title;
    return {};
}

void ChatList::setArchive(bool archive) {
    if (archive == m_archive) return;
    m_archive = archive;
    emit archiveChanged();
    refresh();
}

void ChatList::refresh() {
    m_background.run(
        this,
        [&store = m_store,
         shelf = m_archive ? app::Shelf::Archived : app::Shelf::Active]() -> Result<Loaded> {
            Loaded loaded;
            ALCOVE_TRY(loaded.entries, store.list(shelf));
            ALCOVE_TRY(loaded.folders, store.folders());
            return loaded;
        },
        [this](Result<Loaded> loaded) {
            if (loaded)
                take(std::move(*loaded));
            else
                fail(loaded.error());
        });
}

void ChatList::take(Loaded loaded) {
    const bool sameFolders = std::ranges::equal(
        m_folders, loaded.folders,
        [](const auto& a, const auto& b) { return a.id == b.id && a.name == b.name; });
    m_folders = std::move(loaded.folders);
    std::vector<Row> rows;
    const QDateTime now = m_now();
    for (app::ConversationEntry& entry : loaded.entries) {
        Row row;
        const auto folder = std::ranges::find(m_folders, entry.folder, &app::FolderEntry::id);
        if (folder != m_folders.end()) row.folder = QString::fromStdString(folder->name);
        row.section = entry.pinned ? tr("Pinned")
                      : !row.folder.isEmpty()
                          ? row.folder
                          : dayWords(QDateTime::fromMSecsSinceEpoch(entry.changed), now);
        row.title = QString::fromStdString(entry.title);
        row.entry = std::move(entry);
        rows.push_back(std::move(row));
    }
    // Pinned ones, those in folders by the folders' names, the others by day; each latest first.
    const auto group = [](const Row& row) {
        return row.entry.pinned ? 0 : row.folder.isEmpty() ? 2 : 1;
    };
    std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) {
        if (group(a) != group(b)) return group(a) < group(b);
        return group(a) == 1 && QString::localeAwareCompare(a.folder, b.folder) < 0;
    });
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
    emit countChanged();
    if (!sameFolders) emit foldersChanged();
    if (m_problem.isEmpty()) return;
    m_problem.clear();
    emit problemChanged();
}

void ChatList::fail(const Error& error) {
    m_problem = QString::fromStdString(error.message);
    emit problemChanged();
}

void ChatList::change(std::function<Result<void>(app::ConversationStore&)> change) {
    m_background.run(
        this, [&store = m_store, change = std::move(change)] { return change(store); },
        [this](const Result<void>& changed) {
            refresh();
            if (!changed) fail(changed.error());
        });
}

void ChatList::rename(qint64 conversation, const QString& title) {
    const QString name = title.simplified();
    if (name.isEmpty()) return;
    change([conversation, text = name.toStdString()](app::ConversationStore& store) {
        return store.rename(conversation, text, true);
    });
    emit renamed(conversation, name);
}

void ChatList::setPinned(qint64 conversation, bool pinned) {
    change([=](app::ConversationStore& store) { return store.setPinned(conversation, pinned); });
}

void ChatList::setArchived(qint64 conversation, bool archived) {
    change(
        [=](app::ConversationStore& store) { return store.setArchived(conversation, archived); });
}

void ChatList::moveTo(qint64 conversation, const QString& folder) {
    change([conversation, name = folder.simplified().toStdString()](
               app::ConversationStore& store) -> Result<void> {
        if (name.empty()) return store.setFolder(conversation, 0);
        ALCOVE_TRY(const std::vector<app::FolderEntry> folders, store.folders());
        const auto known = std::ranges::find(folders, name, &app::FolderEntry::name);
        if (known != folders.end()) return store.setFolder(conversation, known->id);
        ALCOVE_TRY(const int64_t made, store.addFolder(name));
        return store.setFolder(conversation, made);
    });
}

void ChatList::remove(qint64 conversation) {
    const QString title = titleOf(conversation);
    change([=](app::ConversationStore& store) { return store.remove(conversation); });
    emit removed(conversation, title);
}

void ChatList::restore(qint64 conversation) {
    change([=](app::ConversationStore& store) { return store.restore(conversation); });
}

}  // namespace alcove::ui
