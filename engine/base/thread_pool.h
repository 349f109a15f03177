// Fork-join over a fixed set of threads, for kernels whose pieces take microseconds.
//
// The caller is worker 0. Idle workers spin for a short while, because the next operation of a
// forward pass comes within microseconds, and then sleep, so that an idle engine costs nothing.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace alcove {

class ThreadPool {
public:
    /// `threads` counts the caller; values below 1 mean one for each core.
    explicit ThreadPool(int threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    [[nodiscard]] int size() const { return static_cast<int>(m_threads.size()) + 1; }

    /// Calls work(worker, workers) once on every thread and returns when all are done. Not
    /// reentrant; one thread at a time may call it.
    template <typename Work>
    void run(Work&& work) {
        using Plain = std::remove_reference_t<Work>;
        runErased([](void* w, int i, int n) { (*static_cast<Plain*>(w))(i, n); },
                  const_cast<std::remove_const_t<Plain>*>(&work));
    }

    /// Splits [0, count) into pieces of `grain` that free workers take in turn: body(begin, end).
    template <typename Body>
    void forEach(int64_t count, int64_t grain, Body&& body) {
        if (count <= grain || size() == 1) {
            if (count > 0) body(int64_t{0}, count);
            return;
        }
        std::atomic<int64_t> next{0};
        run([&](int, int) {
            for (;;) {
                const int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
                if (begin >= count) return;
                body(begin, begin + grain < count ? begin + grain : count);
            }
        });
    }

private:
    using Call = void (*)(void*, int, int);
    void runErased(Call call, void* work);
    void loop(int worker);

    std::vector<std::thread> m_threads;
    std::atomic<uint64_t> m_round{0};  // counts rounds; a change starts the work
    std::atomic<int> m_pending{0};     // workers that have not finished this round
    std::atomic<bool> m_stopping{false};
    Call m_call = nullptr;   // written before m_round changes, read after
    void* m_work = nullptr;  // as m_call
    std::mutex m_mutex;      // guards sleeping on m_wake
    std::condition_variable m_wake;
    std::atomic<int> m_sleeping{0};
};

}  // namespace alcove
