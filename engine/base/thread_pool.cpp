#include "engine/base/thread_pool.h"

#include <algorithm>
#include <system_error>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace alcove {
namespace {

constexpr int kSpins = 4000;  // longer than the serial code between two operations

void relax() {
#if defined(__x86_64__) || defined(_M_X64)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
    if (threads < 1) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    try {
        for (int i = 1; i < threads; ++i) m_threads.emplace_back([this, i] { loop(i); });
    } catch (const std::system_error&) {  // the system grants no more: those there are will do
    }
}

ThreadPool::~ThreadPool() {
    m_stopping = true;
    {
        std::lock_guard lock(m_mutex);
        m_round.fetch_add(1);
    }
    m_wake.notify_all();
    for (std::thread& thread : m_threads) thread.join();
}

void ThreadPool::runErased(Call call, void* work) {
    if (m_threads.empty()) {
        call(work, 0, 1);
        return;
    }
    m_call = call;
    m_work = work;
    m_pending.store(static_cast<int>(m_threads.size()), std::memory_order_relaxed);
    m_round.fetch_add(1);  // sequentially consistent with m_sleeping below: no wake-up is lost
    if (m_sleeping.load() > 0) {
        std::lock_guard lock(m_mutex);
        m_wake.notify_all();
    }
    call(work, 0, size());
    for (int spins = 0; m_pending.load(std::memory_order_acquire) != 0; ++spins) {
        if (spins < kSpins)
            relax();
        else
            std::this_thread::yield();
    }
}

void ThreadPool::loop(int worker) {
    uint64_t seen = 0;
    for (;;) {
        for (int spins = 0; m_round.load(std::memory_order_acquire) == seen && spins < kSpins;
             ++spins)
            relax();
        if (m_round.load() == seen) {
            std::unique_lock lock(m_mutex);
            m_sleeping.fetch_add(1);
            m_wake.wait(lock, [&] { return m_round.load() != seen; });
            m_sleeping.fetch_sub(1);
        }
        ++seen;
        if (m_stopping) return;
        m_call(m_work, worker, size());
        m_pending.fetch_sub(1, std::memory_order_release);
    }
}

}  // namespace alcove
