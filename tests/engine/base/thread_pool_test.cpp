#include "engine/base/thread_pool.h"

#include <QtTest>
#include <atomic>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

using alcove::ThreadPool;

class ThreadPoolTest : public QObject {
    Q_OBJECT

private slots:
    void runCallsEveryWorkerOnce_data() {
        QTest::addColumn<int>("threads");
        for (const int threads : {1, 2, 3, 8}) QTest::addRow("%d", threads) << threads;
    }

    void runCallsEveryWorkerOnce() {
        QFETCH(int, threads);
        ThreadPool pool(threads);
        QCOMPARE(pool.size(), threads);
        std::vector<std::atomic<int>> calls(static_cast<size_t>(threads));
        std::atomic<int> wrong{0};
        for (int round = 0; round < 200; ++round)
            pool.run([&](int worker, int workers) {
                if (workers != threads) ++wrong;
                ++calls[static_cast<size_t>(worker)];
            });
        QCOMPARE(wrong.load(), 0);
        for (const auto& count : calls) QCOMPARE(count.load(), 200);
    }

    void callerIsWorkerZero() {
        ThreadPool pool(2);
        std::thread::id zero;
        pool.run([&](int worker, int) {
            if (worker == 0) zero = std::this_thread::get_id();
        });
        QVERIFY(zero == std::this_thread::get_id());
    }

    void forEachTakesEveryIndexOnce_data() {
        QTest::addColumn<int>("threads");
        QTest::addColumn<qint64>("count");
        QTest::addColumn<qint64>("grain");
        for (const int threads : {1, 2, 5})
            for (const qint64 count : {0, 1, 2, 7, 64, 1000})
                for (const qint64 grain : {1, 3, 64, 5000})
                    QTest::addRow("%d threads, %lld by %lld", threads,
                                  static_cast<long long>(count), static_cast<long long>(grain))
                        << threads << count << grain;
    }

    void forEachTakesEveryIndexOnce() {
        QFETCH(int, threads);
        QFETCH(qint64, count);
        QFETCH(qint64, grain);
        ThreadPool pool(threads);
        std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
        std::atomic<int> tooLarge{0};
        pool.forEach(count, grain, [&](int64_t begin, int64_t end) {
            if (threads > 1 && end - begin > grain) ++tooLarge;
            for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
        });
        QCOMPARE(tooLarge.load(), 0);
        for (const auto& times : seen) QCOMPARE(times.load(), 1);
    }

    /// Plain writes of one round are seen by whichever workers take part in the next.
    void roundsAreOrdered() {
        constexpr int64_t kCount = 300;
        ThreadPool pool(3);
        std::vector<int64_t> from(kCount, 0);
        std::vector<int64_t> to(kCount, 0);
        for (int round = 0; round < 2000; ++round) {
            pool.forEach(kCount, 7, [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i)
                    to[static_cast<size_t>(i)] = from[static_cast<size_t>((i + 101) % kCount)] + 1;
            });
            std::swap(from, to);
        }
        QCOMPARE(std::accumulate(from.begin(), from.end(), int64_t{0}), kCount * 2000);
    }

    void idlePoolsCanBeMadeAndDropped() {
        for (int i = 0; i < 100; ++i) ThreadPool pool(4);
        ThreadPool automatic(0);
        QVERIFY(automatic.size() >= 1);
    }
};

QTEST_GUILESS_MAIN(ThreadPoolTest)
#include "thread_pool_test.moc"
