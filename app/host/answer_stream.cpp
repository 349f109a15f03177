#include "app/host/answer_stream.h"

#include <iterator>

namespace alcove::app {

AnswerPiece AnswerStream::next(std::chrono::milliseconds patience) {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, patience, [&] { return !m_waiting.empty() || m_ending; });
    return std::exchange(m_waiting, {});
}

std::optional<AnswerEnding> AnswerStream::ending() const {
    const std::lock_guard lock(m_mutex);
    return m_waiting.empty() ? m_ending : std::nullopt;
}

void AnswerStream::push(AnswerPiece piece) {
    if (piece.empty()) return;
    {
        const std::lock_guard lock(m_mutex);
        m_waiting.text += piece.text;
        m_waiting.tokens.insert(m_waiting.tokens.end(),
                                std::make_move_iterator(piece.tokens.begin()),
                                std::make_move_iterator(piece.tokens.end()));
    }
    m_changed.notify_one();
}

void AnswerStream::end(AnswerEnding ending) {
    {
        const std::lock_guard lock(m_mutex);
        m_ending = std::move(ending);
    }
    m_changed.notify_one();
}

}  // namespace alcove::app
