// The scheduler with the starter model: fairness, the queue's bound, going away, what is reused.
#include "app/host/scheduler.h"

#include <QtTest>
#include <future>

#include "app/generation/chat_prompt.h"

using namespace alcove;
using namespace alcove::app;
using namespace std::chrono_literals;
using engine::Model;
using engine::Token;

namespace {

constexpr auto kPatience = 120s;

std::string take(AnswerStream& stream) {
    std::string text;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!stream.ending() && std::chrono::steady_clock::now() < until)
        text += stream.next(50ms).text;
    return text;
}

}  // namespace

class SchedulerTest : public QObject {
    Q_OBJECT

    std::unique_ptr<engine::Runtime> m_runtime;
    std::shared_ptr<const Model> m_model;

    [[nodiscard]] std::unique_ptr<Scheduler> make(size_t sequences, size_t queue) {
        SchedulerOptions options;
        options.sequences = sequences;
        options.queue = queue;
        options.session.contextLength = 2048;
        return std::make_unique<Scheduler>(*m_runtime, options);
    }

    [[nodiscard]] GenerationRequest request(const std::string& text, int64_t tokens) const {
        GenerationRequest request;
        request.prompt = m_model->tokenizer()->encode(text);
        request.sampling.temperature = 0.0f;
        request.tokens = tokens;
        request.ignoreEnd = true;
        return request;
    }

private slots:
    void initTestCase() {
        const QString file =
            qEnvironmentVariable("ALCOVE_TEST_DATA") + "/models/SmolLM2-135M-Instruct.Q4_1.gguf";
        if (!QFile::exists(file)) QSKIP("ALCOVE_TEST_DATA has no starter models");
        auto model = Model::load(file.toStdString());
        QVERIFY2(model.ok(), model ? "" : model.message().c_str());
        m_model = *model;
        auto runtime = engine::Runtime::create(2, qgetenv("ALCOVE_CPU").toStdString());
        QVERIFY(runtime.ok());
        m_runtime = std::move(*runtime);
    }

    /// Greedy answers are the same alone and among others, whatever their length and start.
    void companyChangesNothing() {
        const auto scheduler = make(6, 64);
        std::vector<std::string> prompts, alone;
        for (int i = 0; i < 12; ++i)
            prompts.push_back("Story number " + std::to_string(i) + ": there was once a" +
                              std::string(static_cast<size_t>(i % 4) * 40, 'h'));
        for (size_t i = 0; i < prompts.size(); ++i) {
            const auto one = scheduler->submit(m_model, request(prompts[i], 10 + 3 * int64_t(i)));
            QVERIFY2(one.stream, one.reason.c_str());
            alone.push_back(take(*one.stream));
            QCOMPARE(one.stream->ending()->end, AnswerEnd::Limit);
        }
        std::vector<std::shared_ptr<AnswerStream>> streams;
        for (size_t i = 0; i < prompts.size(); ++i)
            streams.push_back(
                scheduler->submit(m_model, request(prompts[i], 10 + 3 * int64_t(i))).stream);
        for (size_t i = 0; i < prompts.size(); ++i) QCOMPARE(take(*streams[i]), alone[i]);
    }

    /// A prompt is read once, however many begin with it at the same time.
    void commonBeginningsAreReadOnce() {
        const auto scheduler = make(8, 64);
        std::string beginning;
        for (int i = 0; i < 200; ++i) beginning += "clause " + std::to_string(i) + ", ";
        std::vector<std::shared_ptr<AnswerStream>> streams;
        for (int i = 0; i < 6; ++i)
            streams.push_back(
                scheduler->submit(m_model, request(beginning + " question " + std::to_string(i), 4))
                    .stream);
        int64_t computed = 0, longest = 0;
        for (const auto& stream : streams) {
            (void)take(*stream);
            const AnswerUsage usage = stream->ending()->usage;
            computed += usage.promptTokens - usage.reusedTokens;
            longest = std::max(longest, usage.promptTokens);
        }
        QVERIFY2(computed < longest + 6 * 16, std::to_string(computed).c_str());
    }

    void queueIsBounded() {
        const auto scheduler = make(1, 3);
        std::vector<std::shared_ptr<AnswerStream>> streams;
        size_t refused = 0;
        GenerationRequest endless = request("Once upon a time", 0);
        endless.ignoreEnd = true;
        for (int i = 0; i < 20; ++i) {
            const auto one = scheduler->submit(m_model, endless);
            if (one.stream) {
                streams.push_back(one.stream);
                continue;
            }
            ++refused;
            QCOMPARE(one.refusal, Scheduler::Submission::Refusal::Busy);
        }
        QVERIFY(refused >= 16);
        QCOMPARE(scheduler->counts().refused, refused);
        for (const auto& stream : streams) stream->cancel();
        for (const auto& stream : streams) {
            (void)take(*stream);
            QCOMPARE(stream->ending()->end, AnswerEnd::Cancelled);
        }
        const auto next = scheduler->submit(m_model, request("Once upon a time", 2));
        QVERIFY(next.stream);
        (void)take(*next.stream);
        QCOMPARE(next.stream->ending()->end, AnswerEnd::Limit);
    }

    /// Going away in the middle of a long prompt frees the engine at once.
    void cancelledWhileReading() {
        const auto scheduler = make(2, 8);
        std::string text;
        for (int i = 0; i < 900; ++i) text += "w" + std::to_string(i) + " ";
        GenerationRequest longOne = request(text, 10);
        longOne.prompt.resize(2000);
        const auto stream = scheduler->submit(m_model, longOne).stream;
        std::this_thread::sleep_for(20ms);
        const auto asked = std::chrono::steady_clock::now();
        stream->cancel();
        (void)take(*stream);
        QCOMPARE(stream->ending()->end, AnswerEnd::Cancelled);
        QVERIFY(std::chrono::steady_clock::now() - asked < 1s);
        QCOMPARE(scheduler->counts().cancelled, uint64_t{1});
    }

    void whatCannotBeIsRefused() {
        const auto scheduler = make(1, 3);
        using Refusal = Scheduler::Submission::Refusal;
        QCOMPARE(scheduler->submit(m_model, {}).refusal, Refusal::Invalid);
        GenerationRequest one = request("x", 1);
        one.prompt.assign(3000, 5);
        QCOMPARE(scheduler->submit(m_model, one).refusal, Refusal::Invalid);
        one.prompt = {-1};
        QCOMPARE(scheduler->submit(m_model, one).refusal, Refusal::Invalid);
        one.prompt = {1};
        one.sampling.temperature = -1.0f;
        QCOMPARE(scheduler->submit(m_model, one).refusal, Refusal::Invalid);
    }

    /// Whoever waits is told when it ends.
    void endingTellsAll() {
        auto scheduler = make(1, 8);
        std::vector<std::shared_ptr<AnswerStream>> streams;
        for (int i = 0; i < 4; ++i)
            streams.push_back(scheduler->submit(m_model, request("Once upon a time", 500)).stream);
        (void)streams[0]->next(10s);
        scheduler->stop();
        for (const auto& stream : streams) {
            (void)take(*stream);
            QCOMPARE(stream->ending()->end, AnswerEnd::Cancelled);
        }
        QVERIFY(!scheduler->submit(m_model, request("x", 1)).stream);
        QVERIFY(!scheduler->compute([] {}));
    }
};

QTEST_APPLESS_MAIN(SchedulerTest)
#include "scheduler_test.moc"
