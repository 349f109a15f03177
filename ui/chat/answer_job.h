// One answer being written: asked for on a thread of its own, committed as it comes, and only then
// told to the window.
#pragma once

#include <QObject>
#include <QString>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/assistant/partner.h"
#include "app/conversations/conversation_store.h"

namespace alcove::ui {

class AnswerJob final : public QObject {
    Q_OBJECT

public:
    struct Place {
        int64_t conversation = 0, message = 0;
    };
    /// As far as it has come.
    struct State {
        QString text, thought;
        double thoughtSeconds = 0;  // of a thought that has ended
        bool ended = false;
        app::MessageState end = app::MessageState::Growing;
        QString error;
        nlohmann::ordered_json details;
    };

    /// Partner and store outlive it.
    AnswerJob(app::Partner& partner, app::ConversationStore& store, Place place,
              app::PartnerQuestion question);
    /// Stops it and waits until what came is kept.
    ~AnswerJob() override;

    [[nodiscard]] const Place& place() const { return m_place; }
    void stop() { m_thread.request_stop(); }
    [[nodiscard]] State state() const;

signals:
    /// There is more; told at most once until state() is asked for.
    void moved();

private:
    void work(const std::stop_token& stop);
    void take(std::string_view thought, std::string_view text);
    void end(app::MessageState state, const std::string& error, nlohmann::ordered_json details);
    void tell();

    app::Partner& m_partner;
    app::ConversationStore& m_store;
    const Place m_place;
    const app::PartnerQuestion m_question;

    mutable std::mutex m_mutex;  // guards what follows
    std::string m_text, m_thought, m_lost;
    double m_thoughtSeconds = 0;
    bool m_ended = false;
    app::MessageState m_end = app::MessageState::Growing;
    std::string m_error;
    nlohmann::ordered_json m_details;

    mutable std::atomic<bool> m_told{false};
    std::jthread m_thread;  // last: it uses what is above
};

}  // namespace alcove::ui
