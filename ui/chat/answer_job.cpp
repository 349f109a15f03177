#include "ui/chat/answer_job.h"

#include <chrono>
#include <utility>

namespace alcove::ui {
namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double secondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

Json detailsOf(const app::ChatReply& reply, double seconds, double firstAfter) {
    Json details = {{"seconds", seconds}, {"first_after", firstAfter}};
    if (reply.promptTokens > 0) details["prompt_tokens"] = reply.promptTokens;
    if (reply.reusedTokens > 0) details["reused_tokens"] = reply.reusedTokens;
    if (reply.answerTokens > 0) details["answer_tokens"] = reply.answerTokens;
    double rate = reply.tokensPerSecond;
    if (rate <= 0 && reply.answerTokens > 1 && seconds > firstAfter)
        rate = static_cast<double>(reply.answerTokens) / (seconds - firstAfter);
    if (rate > 0) details["tokens_per_second"] = rate;
    return details;
}

}  // namespace

AnswerJob::AnswerJob(app::Partner& partner, app::ConversationStore& store, Place place,
                     app::PartnerQuestion question)
    : m_partner(partner),
      m_store(store),
      m_place(place),
      m_question(std::move(question)),
      m_thread([this](const std::stop_token& stop) { work(stop); }) {}

AnswerJob::~AnswerJob() {
    m_thread.request_stop();
    m_thread.join();
}

AnswerJob::State AnswerJob::state() const {
    m_told = false;  // before looking, so that what comes meanwhile is told again
    const std::lock_guard lock(m_mutex);
    return {QString::fromStdString(m_text),
            QString::fromStdString(m_thought),
            m_thoughtSeconds,
            m_ended,
            m_end,
            QString::fromStdString(m_error),
            m_details};
}

void AnswerJob::work(const std::stop_token& stop) {
    const Clock::time_point begin = Clock::now();
    double firstAfter = -1, thoughtBegan = -1;
    const auto first = [&] {
        if (firstAfter < 0) firstAfter = secondsSince(begin);
    };
    const app::Partner::Listener listener{[&](std::string_view thought) {
                                              first();
                                              if (thoughtBegan < 0)
                                                  thoughtBegan = secondsSince(begin);
                                              take(thought, {});
                                          },
                                          [&](std::string_view text) {
                                              first();
                                              if (thoughtBegan >= 0) {
                                                  const std::lock_guard lock(m_mutex);
                                                  if (m_thoughtSeconds == 0)
                                                      m_thoughtSeconds =
                                                          secondsSince(begin) - thoughtBegan;
                                              }
                                              take({}, text);
                                          }};
    const Result<app::ChatReply> reply = m_partner.answer(m_question, listener, stop);
    Json details =
        reply ? detailsOf(*reply, secondsSince(begin), std::max(firstAfter, 0.0)) : Json::object();
    if (thoughtBegan >= 0) {
        const std::lock_guard lock(m_mutex);
        if (m_thoughtSeconds == 0) m_thoughtSeconds = secondsSince(begin) - thoughtBegan;
        details["thought_seconds"] = m_thoughtSeconds;
    }
    using enum app::MessageState;
    if (stop.stop_requested())
        end(Stopped, {}, std::move(details));
    else if (!reply)
        end(Failed, reply.message(), std::move(details));
    else
        end(reply->finish == "length" ? Limit : Complete, {}, std::move(details));
}

void AnswerJob::take(std::string_view thought, std::string_view text) {
    const Result<void> kept = m_store.grow(m_place.message, thought, text);
    {
        const std::lock_guard lock(m_mutex);
        m_thought += thought;
        m_text += text;
        if (!kept && m_lost.empty()) m_lost = kept.message();
    }
    tell();
}

void AnswerJob::end(app::MessageState state, const std::string& error, Json details) {
    std::string told = error;
    const Result<void> kept = m_store.finish(m_place.message, state, error, details);
    {
        const std::lock_guard lock(m_mutex);
        if (m_lost.empty() && !kept) m_lost = kept.message();
        if (!m_lost.empty())
            told = concat(told, told.empty() ? "" : " ",
                          "This answer could not be saved; copy what you need. (", m_lost, ")");
        m_error = told;
        m_end = m_lost.empty() ? state : app::MessageState::Failed;
        m_details = std::move(details);
        m_ended = true;
    }
    tell();
}

void AnswerJob::tell() {
    if (!m_told.exchange(true)) emit moved();  // queued: the receiver lives on another thread
}

}  // namespace alcove::ui
