#include <future>
#include <thread>

#include "app/library/priority_embedder.h"
#include "made_up.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;

class PriorityTest : public QObject {
    Q_OBJECT

private slots:
    void rowsComeInTheOrderOfTheTexts() {
        WordEmbedder plain;
        PriorityEmbedder embedder(std::make_unique<WordEmbedder>());
        std::vector<std::string> texts;
        for (int i = 0; i < 200; ++i)
            texts.push_back(std::string(static_cast<size_t>(i * 37 % 500), 'a') + " " +
                            std::to_string(i));
        texts.emplace_back();
        const auto expected = plain.embedPassages(texts, {});
        const auto rows = embedder.embedPassages(texts, {});
        QVERIFY_OK(rows);
        QCOMPARE(*rows, *expected);
        const auto none = embedder.embedPassages({}, {});
        QVERIFY_OK(none);
        QVERIFY(none->empty());
    }

    void aQuestionComesBeforeTheNextGroup() {
        auto inner = std::make_unique<WordEmbedder>();
        std::promise<void> begun, go;
        std::vector<std::string> order;  // written by whoever has the embedder
        size_t largest = 0;
        inner->onPassages = [&](size_t count, const std::stop_token&) {
            largest = std::max(largest, count);
            order.emplace_back("passages");
            if (order.size() == 1) {
                begun.set_value();
                go.get_future().wait();
            }
        };
        inner->onQuestion = [&] { order.emplace_back("question"); };
        PriorityEmbedder embedder(std::move(inner));
        const std::vector<std::string> texts(1000, "some words that are to be embedded");
        auto passages =
            std::async(std::launch::async, [&] { return embedder.embedPassages(texts, {}).ok(); });
        begun.get_future().wait();
        auto question =
            std::async(std::launch::async, [&] { return embedder.embedQuestion("who?", {}).ok(); });
        // The question is in line before the first group may end.
        while (embedder.questionsWaiting() == 0) std::this_thread::yield();
        go.set_value();
        QVERIFY(question.get());
        QVERIFY(passages.get());
        QVERIFY(order.size() > 10);
        QCOMPARE(order[1], std::string("question"));
        QVERIFY2(largest <= 16, std::to_string(largest).c_str());
    }

    void stoppingEndsBetweenGroups() {
        auto inner = std::make_unique<WordEmbedder>();
        std::stop_source stop;
        int groups = 0;
        inner->onPassages = [&](size_t, const std::stop_token&) {
            if (++groups == 2) stop.request_stop();
        };
        PriorityEmbedder embedder(std::move(inner));
        const std::vector<std::string> texts(1000, "words");
        QVERIFY(!embedder.embedPassages(texts, stop.get_token()).ok());
        QCOMPARE(groups, 2);
        QVERIFY_OK(embedder.embedQuestion("and it goes on", {}));
    }
};

QTEST_GUILESS_MAIN(PriorityTest)
#include "priority_test.moc"
