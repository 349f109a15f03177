#include "ui/chat/message_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/chat/words.h"

namespace alcove::ui {

using app::MessageState;

MessageModel::Row MessageModel::rowOf(app::StoredMessage message) {
    Row row;
    row.text = QString::fromStdString(message.text);
    row.thought = QString::fromStdString(message.thought);
    if (message.details.is_object())
        row.thoughtSeconds = message.details.value("thought_seconds", 0.0);
    row.message = std::move(message);
    return row;
}

int MessageModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : count();
}

QVariant MessageModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<size_t>(index.row())];
    const app::StoredMessage& message = row.message;
    switch (role) {
        case MessageRole:
            return QVariant::fromValue<qint64>(message.id);
        case FromUserRole:
            return message.fromUser;
        case Qt::DisplayRole:
        case TextRole:
            return row.text;
        case ThoughtRole:
            return row.thought;
        case ThoughtLineRole:
            return thoughtLine(row);
        case GrowingRole:
            return message.state == MessageState::Growing;
        case ErrorRole:
            return message.state == MessageState::Failed ? QString::fromStdString(message.error)
                                                         : QString();
        case NoteRole:
            return note(row);
        case VersionRole:
            return message.version;
        case VersionsRole:
            return message.versions;
        case RatingRole:
            return message.rating;
        case SpeedRole:
            return speedWords(message.details);
        case ModelRole:
            return shownModel(QString::fromStdString(message.model));
        default:
            return {};
    }
}

QHash<int, QByteArray> MessageModel::roleNames() const {
    return {{MessageRole, "message"},
            {FromUserRole, "fromUser"},
            {TextRole, "text"},
            {ThoughtRole, "thought"},
            {ThoughtLineRole, "thoughtLine"},
            {GrowingRole, "growing"},
            {ErrorRole, "error"},
            {NoteRole, "note"},
            {VersionRole, "version"},
            {VersionsRole, "versions"},
            {RatingRole, "rating"},
            {SpeedRole, "speed"},
            {ModelRole, "model"}};
}

QString MessageModel::thoughtLine(const Row& row) const {
    if (row.thought.isEmpty()) return {};
    if (row.message.state == MessageState::Growing && row.text.isEmpty()) return tr("Thinking");
    const int seconds = std::max(1, static_cast<int>(std::lround(row.thoughtSeconds)));
    return seconds == 1 ? tr("Thought for a second") : tr("Thought for %1 seconds").arg(seconds);
}

QString MessageModel::note(const Row& row) const {
    switch (row.message.state) {
        case MessageState::Limit:
            return tr("The answer reached the end of what the model can keep in view.");
        case MessageState::Stopped:
            return tr("Stopped.");
        case MessageState::Interrupted:
            return tr("Alcove was closed before this answer was complete.");
        default:
            return {};
    }
}

void MessageModel::reset(std::vector<app::StoredMessage> messages) {
    beginResetModel();
    m_rows.clear();
    for (app::StoredMessage& message : messages) m_rows.push_back(rowOf(std::move(message)));
    endResetModel();
    emit countChanged();
}

void MessageModel::append(app::StoredMessage message) {
    beginInsertRows({}, count(), count());
    m_rows.push_back(rowOf(std::move(message)));
    endInsertRows();
    emit countChanged();
}

void MessageModel::removeLast(int rows) {
    rows = std::min(rows, count());
    if (rows <= 0) return;
    beginRemoveRows({}, count() - rows, count() - 1);
    m_rows.resize(m_rows.size() - static_cast<size_t>(rows));
    endRemoveRows();
    emit countChanged();
}

void MessageModel::setId(int row, int64_t message) {
    m_rows[static_cast<size_t>(row)].message.id = message;
    emit dataChanged(index(row), index(row), {MessageRole});
}

void MessageModel::setRating(int row, int rating) {
    m_rows[static_cast<size_t>(row)].message.rating = rating;
    emit dataChanged(index(row), index(row), {RatingRole});
}

void MessageModel::update(int64_t message, const AnswerJob::State& state) {
    const int at = rowOf(message);
    if (at < 0) return;
    Row& row = m_rows[static_cast<size_t>(at)];
    QList<int> roles;
    if (row.text.size() != state.text.size()) roles << TextRole << Qt::DisplayRole;
    if (row.thought.size() != state.thought.size()) roles << ThoughtRole;
    const bool thoughtEnds = row.text.isEmpty() != state.text.isEmpty();
    if (thoughtEnds || row.thought.isEmpty() != state.thought.isEmpty()) roles << ThoughtLineRole;
    row.text = state.text;
    row.thought = state.thought;
    row.thoughtSeconds = state.thoughtSeconds;
    if (state.ended) {
        row.message.text = state.text.toStdString();
        row.message.thought = state.thought.toStdString();
        row.message.state = state.end;
        row.message.error = state.error.toStdString();
        row.message.details = state.details;
        roles.clear();  // all of them
    } else if (roles.isEmpty()) {
        return;
    }
    emit dataChanged(index(at), index(at), roles);
}

const std::vector<app::StoredMessage> MessageModel::messages() const {
    std::vector<app::StoredMessage> all;
    for (const Row& row : m_rows) all.push_back(row.message);
    return all;
}

int MessageModel::rowOf(int64_t message) const {
    // An answer that grows is near the end.
    for (int row = count() - 1; row >= 0; --row)
        if (m_rows[static_cast<size_t>(row)].message.id == message) return row;
    return -1;
}

}  // namespace alcove::ui
