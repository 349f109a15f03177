#include "ui/chat/background.h"

namespace alcove::ui {

Background::Background() : m_thread([this](const std::stop_token& stop) { loop(stop); }) {}

void Background::end() {
    {
        const std::lock_guard lock(m_mutex);
        if (std::exchange(m_ended, true)) return;
    }
    m_thread.request_stop();
    m_thread.join();
}

void Background::post(std::function<void()> work) {
    {
        const std::lock_guard lock(m_mutex);
        if (m_ended) return;
        m_waiting.push_back(std::move(work));
    }
    m_wake.notify_one();
}

void Background::loop(const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, stop, [this] { return !m_waiting.empty(); });
        if (m_waiting.empty()) return;  // it ends
        const std::function<void()> work = std::move(m_waiting.front());
        m_waiting.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

}  // namespace alcove::ui
