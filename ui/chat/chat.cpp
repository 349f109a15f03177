#include "ui/chat/chat.h"

#include <QClipboard>
#include <QGuiApplication>
#include <algorithm>
#include <utility>

#include "app/assistant/title.h"
#include "ui/chat/words.h"

namespace alcove::ui {
namespace {

using Json = nlohmann::ordered_json;

/// What the model gets of a conversation: its answers without their thoughts, and nothing of an
/// answer that failed before its first word.
Json messagesFor(const std::vector<app::StoredMessage>& path) {
    Json messages = Json::array();
    for (const app::StoredMessage& message : path)
        if (!message.text.empty())
            messages.push_back(
                {{"role", message.fromUser ? "user" : "assistant"}, {"content", message.text}});
    return messages;
}

}  // namespace

Chat::Chat(app::Partner& partner, app::ConversationStore& store, Background& background,
           ModelChoices& models)
    : m_partner(partner), m_store(store), m_background(background), m_models(models) {
    connect(&m_models, &ModelChoices::currentChanged, this, &Chat::noteContext);
    open(0);
}

Chat::~Chat() = default;

Result<Chat::Opened> Chat::load(app::ConversationStore& store, int64_t conversation) {
    Opened opened;
    if (conversation != 0) {
        ALCOVE_TRY(opened.entry, store.entry(conversation));
        ALCOVE_TRY(opened.path, store.path(conversation));
    }
    ALCOVE_TRY(opened.draft, store.draft(conversation));
    return opened;
}

void Chat::open(qint64 conversation) {
    const int opening = ++m_openings;
    m_opening = true;
    m_typedSince = m_askThen = false;
    m_background.run(
        this, [&store = m_store, conversation] { return load(store, conversation); },
        [this, opening](Result<Opened> opened) {
            if (opening != m_openings) return;
            m_opening = false;
            if (!opened) return setProblem(QString::fromStdString(opened.message()));
            show(std::move(*opened));
            if (std::exchange(m_askThen, false)) ask();
        });
}

void Chat::show(Opened opened) {
    m_conversation = opened.entry.id;
    m_title = QString::fromStdString(opened.entry.title);
    // What is typed before the page is there is not lost to what was kept earlier.
    const bool typed = std::exchange(m_typedSince, false);
    if (!typed) m_draft = QString::fromStdString(opened.draft);
    m_messages.reset(std::move(opened.path));
    follow(m_conversation);
    setProblem({});
    emit conversationChanged();
    emit titleChanged();
    emit draftChanged();
    emit busyChanged();
    noteContext();
    if (typed) keepDraft();
}

void Chat::reload() {
    m_background.run(
        this, [&store = m_store, id = m_conversation] { return load(store, id); },
        [this, opening = m_openings](Result<Opened> opened) {
            if (opening != m_openings || !opened) return;
            m_messages.reset(std::move(opened->path));
            follow(m_conversation);
            noteContext();
        });
}

void Chat::setDraft(const QString& text) {
    if (m_draft == text) return;
    m_draft = text;
    m_typedSince = true;
    emit draftChanged();
    if (!m_opening) keepDraft();  // else it is kept where it is shown then
}

void Chat::keepDraft() {
    m_background.run(
        this,
        [&store = m_store, id = m_conversation, draft = m_draft.toStdString()] {
            return store.setDraft(id, draft);
        },
        [this](const Result<void>& kept) {
            if (!kept)
                setProblem(tr("What you are writing could not be saved: %1")
                               .arg(QString::fromStdString(kept.message())));
        });
}

void Chat::ask() {
    const QString text = m_draft.trimmed();
    if (m_opening) m_askThen = true;  // of the conversation that the user has chosen
    if (text.isEmpty() || m_opening || busy()) return;
    const int64_t parent = m_messages.count() > 0 ? m_messages.at(m_messages.count() - 1).id : 0;
    const QString draft = std::exchange(m_draft, {});
    m_typedSince = false;
    emit draftChanged();
    begin(parent, text.toStdString(), draft);
}

void Chat::edit(int row, const QString& text) {
    if (row < 0 || row >= m_messages.count() || text.trimmed().isEmpty() || busy()) return;
    const int64_t parent = m_messages.at(row).parent;
    m_messages.removeLast(m_messages.count() - row);
    begin(parent, text.trimmed().toStdString(), {});
}

void Chat::begin(int64_t parent, const std::string& question, const QString& draftIfLost) {
    setProblem({});
    m_asking = true;
    emit busyChanged();
    // Shown at once; both have their ids, and the answer begins, when they are kept.
    app::StoredMessage asked;
    asked.fromUser = true;
    asked.parent = parent;
    asked.text = question;
    m_messages.append(asked);
    app::StoredMessage growing;
    growing.state = app::MessageState::Growing;
    m_messages.append(growing);

    const auto keep = [&store = m_store, conversation = m_conversation, parent, question,
                       model = m_models.current().id]() -> Result<Begun> {
        Begun begun;
        int64_t id = conversation;
        if (id == 0) {
            ALCOVE_TRY(id, store.create(app::firstWords(question)));
        }
        app::NewMessage message;
        message.parent = parent;
        message.fromUser = true;
        message.text = question;
        ALCOVE_TRY(const int64_t kept, store.add(id, message));
        ALCOVE_CHECK(store.setDraft(conversation, ""));
        app::NewMessage answer;
        answer.parent = kept;
        answer.model = model;
        answer.state = app::MessageState::Growing;
        ALCOVE_TRY(begun.answer, store.add(id, answer));
        ALCOVE_TRY(begun.opened, load(store, id));
        return begun;
    };
    m_background.run(this, keep, [this, draftIfLost, opening = m_openings](Result<Begun> begun) {
        m_asking = false;
        const bool shown = opening == m_openings;
        if (!begun) {
            if (shown) {
                m_messages.removeLast(2);
                m_draft = draftIfLost;
                emit draftChanged();
                emit busyChanged();
            }
            return setProblem(tr("The question could not be saved, so it was not "
                                 "asked: %1")
                                  .arg(QString::fromStdString(begun.message())));
        }
        const std::vector<app::StoredMessage> path = begun->opened.path;
        const int64_t conversation = begun->opened.entry.id;
        if (shown) show(std::move(begun->opened));
        start(conversation, path, begun->answer);
        emit changed(conversation);
    });
}

void Chat::retry(int row) {
    if (row < 0 || row >= m_messages.count() || m_messages.at(row).fromUser || busy()) return;
    const int64_t parent = m_messages.at(row).parent;
    m_messages.removeLast(m_messages.count() - row);
    answer(parent);
}

void Chat::answer(int64_t parent) {
    setProblem({});
    m_asking = true;
    emit busyChanged();
    app::StoredMessage growing;
    growing.state = app::MessageState::Growing;
    m_messages.append(growing);
    m_background.run(
        this,
        [&store = m_store, conversation = m_conversation, parent,
         model = m_models.current().id]() -> Result<Begun> {
            Begun begun;
            app::NewMessage message;
            message.parent = parent;
            message.model = model;
            message.state = app::MessageState::Growing;
            ALCOVE_TRY(begun.answer, store.add(conversation, message));
            ALCOVE_TRY(begun.opened, load(store, conversation));
            return begun;
        },
        [this, opening = m_openings](Result<Begun> begun) {
            m_asking = false;
            if (!begun) {
                if (opening == m_openings) reload();
                emit busyChanged();
                return setProblem(QString::fromStdString(begun.message()));
            }
            const std::vector<app::StoredMessage> path = begun->opened.path;
            const int64_t conversation = begun->opened.entry.id;
            if (opening == m_openings) show(std::move(begun->opened));
            start(conversation, path, begun->answer);
        });
}

void Chat::start(int64_t conversation, const std::vector<app::StoredMessage>& path,
                 int64_t answer) {
    app::PartnerQuestion question;
    question.model = m_models.current();
    question.messages = messagesFor(path);
    auto job = std::make_unique<AnswerJob>(m_partner, m_store,
                                           AnswerJob::Place{conversation, answer}, question);
    connect(
        job.get(), &AnswerJob::moved, this, [this, conversation] { follow(conversation); },
        Qt::QueuedConnection);
    m_jobs[conversation] = std::move(job);
    follow(conversation);  // it may have moved before it was listened to
    emit busyChanged();
}

void Chat::follow(int64_t conversation) {
    const auto job = m_jobs.find(conversation);
    if (job == m_jobs.end()) return;
    const AnswerJob::State state = job->second->state();
    if (conversation == m_conversation) m_messages.update(job->second->place().message, state);
    if (!state.ended) return;
    m_jobs.erase(job);
    ended(conversation, state);
}

void Chat::ended(int64_t conversation, const AnswerJob::State& state) {
    if (conversation == m_conversation) {
        emit busyChanged();
        noteContext();
    }
    emit changed(conversation);
    if (state.end == app::MessageState::Complete) askForTitle(conversation);
}

void Chat::askForTitle(int64_t conversation) {
    m_background.run(
        this, [&store = m_store, conversation] { return load(store, conversation); },
        [this, conversation](Result<Opened> opened) {
            if (!opened || opened->entry.titled || opened->path.size() != 2) return;
            const app::PartnerQuestion question =
                app::titleQuestion(m_models.current(), opened->path[0].text, opened->path[1].text);
            m_titles = std::jthread([this, conversation, question](const std::stop_token& stop) {
                const Result<app::ChatReply> reply = m_partner.answer(question, {}, stop);
                const auto title = reply ? app::titleIn(reply->text) : std::nullopt;
                if (!title) return;
                const Result<app::ConversationEntry> now = m_store.entry(conversation);
                // Who named it meanwhile knows better.
                if (!now || now->titled || !m_store.rename(conversation, *title, true)) return;
                QMetaObject::invokeMethod(
                    this,
                    [this, conversation, shown = QString::fromStdString(*title)] {
                        retitle(conversation, shown);
                        emit changed(conversation);
                    },
                    Qt::QueuedConnection);
            });
        });
}

void Chat::stop() {
    const auto job = m_jobs.find(m_conversation);
    if (job != m_jobs.end()) job->second->stop();
}

void Chat::showVersion(int row, int version) {
    if (row < 0 || row >= m_messages.count() || busy()) return;
    m_background.run(
        this,
        [&store = m_store, message = m_messages.at(row).id, version] {
            return store.choose(message, version);
        },
        [this](const Result<void>& chosen) {
            if (!chosen) return setProblem(QString::fromStdString(chosen.message()));
            reload();
        });
}

void Chat::rate(int row, int rating) {
    if (row < 0 || row >= m_messages.count()) return;
    const int now = m_messages.at(row).rating == rating ? 0 : rating;
    m_messages.setRating(row, now);
    m_background.run(
        this,
        [&store = m_store, message = m_messages.at(row).id, now] {
            return store.rate(message, now);
        },
        [this](const Result<void>& kept) {
            if (!kept) setProblem(QString::fromStdString(kept.message()));
        });
}

void Chat::copy(int row) const {
    if (row < 0 || row >= m_messages.count()) return;
    const QModelIndex index = m_messages.index(row);
    QGuiApplication::clipboard()->setText(
        m_messages.data(index, MessageModel::TextRole).toString());
}

void Chat::retitle(qint64 conversation, const QString& title) {
    if (conversation != m_conversation || title == m_title) return;
    m_title = title;
    emit titleChanged();
}

void Chat::forget(qint64 conversation) {
    m_jobs.erase(conversation);
    if (conversation == m_conversation) open(0);
}

void Chat::setProblem(const QString& problem) {
    if (problem == m_problem) return;
    m_problem = problem;
    emit problemChanged();
}

void Chat::noteContext() {
    int64_t used = 0;
    for (int row = m_messages.count() - 1; row >= 0 && used == 0; --row) {
        const Json& details = m_messages.at(row).details;
        if (details.is_object())
            used = details.value("prompt_tokens", int64_t{0}) +
                   details.value("answer_tokens", int64_t{0});
    }
    const QString words = contextWords(used, m_models.current().context);
    if (words == m_contextUsed) return;
    m_contextUsed = words;
    emit contextUsedChanged();
}

}  // namespace alcove::ui
