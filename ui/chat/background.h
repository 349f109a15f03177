// One thread on which the window's work with files is done, in the order it was asked for, so that
// the window's own thread never waits for a disk.
#pragma once

#include <QMetaObject>
#include <QObject>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace alcove::ui {

class Background {
public:
    Background();
    ~Background() { end(); }

    /// Does what was asked for; nothing is taken any more.
    void end();

    void post(std::function<void()> work);
    /// `then` gets what `work` gives, on the receiver's thread. The receiver lives until end().
    template <typename Work, typename Then>
    void run(QObject* receiver, Work work, Then then) {
        post([receiver, work = std::move(work), then = std::move(then)]() mutable {
            // Shared: a queued call is copied, a result need not be copyable.
            auto result = std::make_shared<decltype(work())>(work());
            QMetaObject::invokeMethod(
                receiver, [result, then = std::move(then)]() mutable { then(std::move(*result)); },
                Qt::QueuedConnection);
        });
    }

private:
    void loop(const std::stop_token& stop);

    std::mutex m_mutex;  // guards what follows
    std::condition_variable_any m_wake;
    std::deque<std::function<void()>> m_waiting;
    bool m_ended = false;
    std::jthread m_thread;  // last: it uses what is above
};

}  // namespace alcove::ui
