// The conversation that the page shows: what is asked, which versions are seen, what is being
// answered. Answers go on while another conversation is open.
#pragma once

#include <QObject>
#include <QQmlEngine>
#include <QString>
#include <map>
#include <memory>

#include "app/assistant/partner.h"
#include "app/conversations/conversation_store.h"
#include "ui/chat/answer_job.h"
#include "ui/chat/background.h"
#include "ui/chat/message_model.h"
#include "ui/chat/model_choices.h"

namespace alcove::ui {

class Chat : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the window has one")
    Q_PROPERTY(alcove::ui::MessageModel* messages READ messages CONSTANT)
    Q_PROPERTY(alcove::ui::ModelChoices* models READ models CONSTANT)
    /// 0: one that is not begun.
    Q_PROPERTY(double conversation READ conversation NOTIFY conversationChanged)
    Q_PROPERTY(QString title READ title NOTIFY titleChanged)
    Q_PROPERTY(QString draft READ draft WRITE setDraft NOTIFY draftChanged)
    /// An answer to this conversation is being written.
    Q_PROPERTY(bool busy READ busy NOTIFY busyChanged)
    /// "2,310 of 32,768 tokens"
    Q_PROPERTY(QString contextUsed READ contextUsed NOTIFY contextUsedChanged)
    /// What went wrong with what was asked of the page; empty: nothing.
    Q_PROPERTY(QString problem READ problem NOTIFY problemChanged)

public:
    /// All outlive it; `background` ends before it does.
    Chat(app::Partner& partner, app::ConversationStore& store, Background& background,
         ModelChoices& models);
    ~Chat() override;

    [[nodiscard]] MessageModel* messages() { return &m_messages; }
    [[nodiscard]] ModelChoices* models() { return &m_models; }
    [[nodiscard]] qint64 conversation() const { return m_conversation; }
    [[nodiscard]] QString title() const { return m_title; }
    [[nodiscard]] QString draft() const { return m_draft; }
    void setDraft(const QString& text);
    [[nodiscard]] bool busy() const { return m_asking || m_jobs.contains(m_conversation); }
    [[nodiscard]] QString contextUsed() const { return m_contextUsed; }
    [[nodiscard]] QString problem() const { return m_problem; }

    /// Shows a conversation; 0 begins another.
    Q_INVOKABLE void open(qint64 conversation);
    /// Asks what stands in the draft.
    Q_INVOKABLE void ask();
    Q_INVOKABLE void stop();
    /// Another answer to the same question, beside the one that is there.
    Q_INVOKABLE void retry(int row);
    /// The question anew in other words, beside the one that is there.
    Q_INVOKABLE void edit(int row, const QString& text);
    Q_INVOKABLE void showVersion(int row, int version);
    Q_INVOKABLE void rate(int row, int rating);
    Q_INVOKABLE void copy(int row) const;
    Q_INVOKABLE void dismissProblem() { setProblem({}); }
    /// A title that the user gave elsewhere.
    void retitle(qint64 conversation, const QString& title);
    /// The conversation is gone.
    void forget(qint64 conversation);

signals:
    void conversationChanged();
    void titleChanged();
    void draftChanged();
    void busyChanged();
    void contextUsedChanged();
    void problemChanged();
    /// The list of conversations is not right any more.
    void changed(qint64 conversation);

private:
    struct Opened {
        app::ConversationEntry entry;
        std::vector<app::StoredMessage> path;
        std::string draft;
    };
    struct Begun {
        Opened opened;
        int64_t answer = 0;
    };

    [[nodiscard]] static Result<Opened> load(app::ConversationStore& store, int64_t conversation);
    void show(Opened opened);
    void reload();
    void keepDraft();
    /// Keeps a question beside those under `parent`, with an answer that begins to grow.
    void begin(int64_t parent, const std::string& question, const QString& draftIfLost);
    void answer(int64_t parent);
    void start(int64_t conversation, const std::vector<app::StoredMessage>& path, int64_t answer);
    void follow(int64_t conversation);
    void ended(int64_t conversation, const AnswerJob::State& state);
    void askForTitle(int64_t conversation);
    void setProblem(const QString& problem);
    void noteContext();

    app::Partner& m_partner;
    app::ConversationStore& m_store;
    Background& m_background;
    ModelChoices& m_models;
    MessageModel m_messages;
    qint64 m_conversation = 0;
    QString m_title, m_draft, m_contextUsed, m_problem;
    bool m_asking = false;      // it is being kept, and not asked yet
    bool m_opening = false;     // another conversation is asked for, and not there yet
    bool m_typedSince = false;  // something was, since it was asked for
    bool m_askThen = false;     // what was typed is to be asked there
    int m_openings = 0;         // of conversations; what was loaded for an earlier one is dropped
    std::map<int64_t, std::unique_ptr<AnswerJob>> m_jobs;  // by conversation
    std::jthread m_titles;                                 // asks for one title at a time
};

}  // namespace alcove::ui
