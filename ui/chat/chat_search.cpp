#include "ui/chat/chat_search.h"

#include <utility>

#include "ui/chat/words.h"

namespace alcove::ui {
namespace {

constexpr int kMostHits = 50;

}  // namespace

QString markedExcerpt(const app::SearchHit& hit) {
    QString rich;
    size_t at = 0;
    const auto add = [&](size_t begin, size_t end, bool marked) {
        if (begin >= end) return;
        const QString text =
            QString::fromUtf8(hit.excerpt.data() + begin, static_cast<qsizetype>(end - begin))
                .replace(QLatin1Char('\n'), QLatin1Char(' '))
                .toHtmlEscaped();
        rich += marked ? QStringLiteral("<b>%1</b>").arg(text) : text;
    };
    for (const auto& [begin, end] : hit.marks) {
        if (begin < at || end > hit.excerpt.size()) continue;
        add(at, begin, false);
        add(begin, end, true);
        at = end;
    }
    add(at, hit.excerpt.size(), false);
    return rich;
}

ChatSearch::ChatSearch(app::ConversationStore& store, Background& background)
    : m_store(store), m_background(background) {}

int ChatSearch::rowCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : count(); }

QVariant ChatSearch::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const app::SearchHit& hit = m_hits[static_cast<size_t>(index.row())];
    switch (role) {
        case ConversationRole:
            return QVariant::fromValue<qint64>(hit.conversation);
        case MessageRole:
            return QVariant::fromValue<qint64>(hit.message);
        case Qt::DisplayRole:
        case TitleRole:
            return QString::fromStdString(hit.title);
        case ExcerptRole:
            return markedExcerpt(hit);
        case DayRole:
            return dayWords(QDateTime::fromMSecsSinceEpoch(hit.changed),
                            QDateTime::currentDateTime());
        default:
            return {};
    }
}

QHash<int, QByteArray> ChatSearch::roleNames() const {
    return {{ConversationRole, "conversation"},
            {MessageRole, "message"},
            {TitleRole, "title"},
            {ExcerptRole, "excerpt"},
            {DayRole, "day"}};
}

qint64 ChatSearch::conversationAt(int row) const {
    return row >= 0 && row < count() ? m_hits[static_cast<size_t>(row)].conversation : 0;
}

void ChatSearch::setTyped(const QString& typed) {
    if (typed == m_typed) return;
    m_typed = typed;
    emit typedChanged();
    const int asked = ++m_asked;
    if (typed.trimmed().isEmpty()) {
        m_answered = m_waiting = false;
        return take({});
    }
    m_waiting = true;
    m_background.run(
        this,
        [&store = m_store, words = typed.toStdString()] { return store.search(words, kMostHits); },
        [this, asked](Result<std::vector<app::SearchHit>> hits) {
            if (asked != m_asked) return;
            m_answered = hits.ok();
            m_waiting = false;
            take(hits ? std::move(*hits) : std::vector<app::SearchHit>());
        });
}

void ChatSearch::take(std::vector<app::SearchHit> hits) {
    beginResetModel();
    m_hits = std::move(hits);
    endResetModel();
    emit countChanged();
}

}  // namespace alcove::ui
