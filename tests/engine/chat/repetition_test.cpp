// Thoughts that go round in circles, and texts that only look like it.
#include "engine/chat/repetition.h"

#include <QtTest>
#include <random>
#include <string>

using alcove::engine::RepetitionWatch;

class RepetitionTest : public QObject {
    Q_OBJECT

private slots:
    void noticesLoops_data();
    void noticesLoops();
    void leavesOtherTextAlone();
    void cutsOfTheTextDoNotMatter();
    void speed();

private:
    static std::string words(unsigned seed, size_t size) {
        std::mt19937 random(seed);
        std::string text;
        while (text.size() < size) {
            const size_t length = 2 + random() % 7;
            for (size_t i = 0; i < length; ++i) text += static_cast<char>('a' + random() % 26);
            text += ' ';
        }
        text.resize(size);
        return text;
    }

    /// How many bytes it took to notice; 0 if it was not.
    static size_t noticedAfter(const std::string& text) {
        RepetitionWatch watch;
        for (size_t i = 0; i < text.size(); ++i) {
            if (watch.push(std::string_view(text).substr(i, 1))) return i + 1;
        }
        return 0;
    }
};

void RepetitionTest::noticesLoops_data() {
    QTest::addColumn<int>("period");
    for (const int period : {1, 2, 13, 133, 134, 1000, 4095, 4096}) {
        QTest::addRow("%d", period) << period;
    }
}

void RepetitionTest::noticesLoops() {
    QFETCH(const int, period);
    std::string run = words(3, size_t(period));
    run.back() = '.';
    const std::string before = words(4, 5000);
    std::string text = before;
    while (text.size() < before.size() + run.size() * 6 + 600) text += run;
    const size_t noticed = noticedAfter(text);
    const size_t expected = before.size() + run.size() + std::max(3 * run.size(), size_t{400});
    // The words before may end as the run does.
    QVERIFY2(noticed <= expected && noticed + 8 >= expected,
             qPrintable(QString("%1, expected %2").arg(noticed).arg(expected)));
    QCOMPARE(noticedAfter(before + run + run + run), size_t{0});
}

void RepetitionTest::leavesOtherTextAlone() {
    QCOMPARE(noticedAfter(words(5, 40'000)), size_t{0});
    std::string numbers, table;
    for (int i = 0; i < 500; ++i) {
        numbers += std::to_string(i) + ", ";
        table += "| " + std::to_string(i * 7919 % 1000) + " | yes |\n";
    }
    QCOMPARE(noticedAfter(numbers), size_t{0});
    QCOMPARE(noticedAfter(table), size_t{0});
    QCOMPARE(noticedAfter(std::string(300, '-')), size_t{0});
    QCOMPARE(noticedAfter(std::string(10'000, '\n')), size_t{0});  // blanks count as one
    // Three times the same, with something new between.
    const std::string paragraph = words(6, 1500);
    QCOMPARE(noticedAfter(paragraph + "a" + paragraph + "b" + paragraph + "c" + paragraph),
             size_t{0});
}

void RepetitionTest::cutsOfTheTextDoNotMatter() {
    const std::string run = "Wait, is it so?  \n No.\n\n";
    std::string text;
    for (int i = 0; i < 40; ++i) text += run;
    RepetitionWatch watch;
    QVERIFY(!watch.push(text.substr(0, 300)));
    QVERIFY(watch.push(text.substr(300)));
    QVERIFY(watch.repeats());
    QVERIFY(watch.push("and something else"));  // it stays said
}

void RepetitionTest::speed() {
    const std::string text = words(7, 10'000);
    QBENCHMARK {
        RepetitionWatch watch;
        QVERIFY(!watch.push(text));
    }
}

QTEST_GUILESS_MAIN(RepetitionTest)
#include "repetition_test.moc"
