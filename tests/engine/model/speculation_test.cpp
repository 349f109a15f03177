// Computing ahead must not show: guessed tokens have the bits of single ones, on every table of
// kernels, and a text is the same with and without it.

#include "engine/model/speculation.h"

#include <QTest>
#include <cstring>

#include "engine/model/prompt_lookup.h"
#include "engine/sampling/sampler.h"
#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

struct Text {
    std::vector<Token> tokens;
    std::vector<float> logits;  // of the last
    SpeculationReport report;
};

bool sameBits(std::span<const float> a, std::span<const float> b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

PromptLookup lookupOf(std::initializer_list<Token> tokens) {
    PromptLookup lookup;
    for (const Token token : tokens) lookup.append(token);
    return lookup;
}

/// Everything that has a state: penalties, DRY, XTC and the draw.
SamplingOptions everything(uint64_t seed) {
    SamplingOptions o;
    o.temperature = 0.9f;
    o.repetitionPenalty = 1.05f;
    o.frequencyPenalty = 0.02f;
    o.dryMultiplier = 0.3f;
    o.dryAllowedLength = 6;
    o.xtcProbability = 0.2f;
    o.seed = seed;
    return o;
}

}  // namespace

class SpeculationTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        GOLDEN_TRY(m_goldens, golden::Goldens::load());
    }

    // ---- guessing

    void longestRunCounts() {
        const PromptLookup lookup = lookupOf({1, 2, 3, 4, 50, 9, 2, 3, 4, 60, 7, 1, 2, 3, 4});
        QCOMPARE(lookup.matched(), 4);
        QCOMPARE(lookup.continuation(3), (std::vector<Token>{50, 9, 2}));
    }

    void latestOfEqualRunsCounts() {
        const PromptLookup lookup = lookupOf({1, 2, 3, 50, 1, 2, 3, 60, 1, 2, 3});
        QCOMPARE(lookup.matched(), 3);
        QCOMPARE(lookup.continuation(1), (std::vector<Token>{60}));
    }

    void shortRunsDoNotCount() {
        QCOMPARE(lookupOf({1, 2, 9, 1, 2}).matched(), 0);
        QVERIFY(lookupOf({1, 2, 9, 1, 2}).continuation(4).empty());
        QVERIFY(PromptLookup().continuation(1).empty());
    }

    void runAtTheEndIsRepeated() {
        const PromptLookup lookup = lookupOf({8, 1, 2, 1, 2, 1, 2});
        QCOMPARE(lookup.matched(), 4);
        QCOMPARE(lookup.continuation(5), (std::vector<Token>{1, 2, 1, 2, 1}));
    }

    /// What pays is guessed: more the longer the run, less the dearer a row, nothing when wrong.
    void policyLearns() {
        GuessPolicy policy;
        QCOMPARE(policy.count(0, 100), 0);
        QVERIFY(policy.count(30, 100) > policy.count(4, 100));
        QCOMPARE(policy.count(30, 2), 2);
        policy.learnPass(1, 1.0);
        const int64_t before = policy.count(30, 100);
        for (int i = 0; i < 40; ++i) policy.learnPass(5, 4.0);  // 0.75 a row
        QVERIFY(policy.count(30, 100) < before);
        for (int i = 0; i < 40; ++i) policy.learnPass(5, 1.2);  // 0.05 a row
        QVERIFY(policy.count(30, 100) > before);
        for (int i = 0; i < 60; ++i) policy.learnGuess(4, false);
        QCOMPARE(policy.count(4, 100), 0);
        for (int i = 0; i < 60; ++i) policy.learnGuess(4, true);
        QVERIFY(policy.count(4, 100) > 0);
    }

    // ---- the same bits

    void guessesHaveTheBitsOfSingleTokens_data() { addModels(); }
    /// Right and wrong guesses of every count, beyond windows, on every table of kernels.
    void guessesHaveTheBitsOfSingleTokens() {
        const golden::File& file = currentFile();
        const int64_t vocabulary = file.goldens.front().width;
        GOLDEN_TRY(const std::shared_ptr<const Model> model,
                   Model::load(golden::tinyPath(file.name)));
        const auto text = golden::someTokens(3, 90, vocabulary);
        for (const Kernels* kernels : runnableKernels())
            for (const CacheType cache : {CacheType::F32, CacheType::F16, CacheType::Q8_0})
                for (const Precision precision : {Precision::Exact, Precision::Fast}) {
                    GOLDEN_TRY(const auto runtime, Runtime::create(1, kernels->name));
                    const SessionOptions options{
                        .contextLength = 128, .cache = cache, .batch = 16, .precision = precision};
                    GOLDEN_TRY(auto single, Session::create(model, *runtime, options));
                    GOLDEN_TRY(auto ahead, Session::create(model, *runtime, options));
                    const auto head = std::span(text).first(20);
                    GOLDEN_OK(single->prompt(head));
                    GOLDEN_OK(ahead->prompt(head));
                    size_t at = head.size();
                    for (size_t count = 1; at + count <= text.size(); ++count) {
                        const size_t right = count - count / 3;  // the others are wrong
                        auto guesses =
                            std::vector<Token>(text.begin() + static_cast<ptrdiff_t>(at),
                                               text.begin() + static_cast<ptrdiff_t>(at + count));
                        for (size_t i = right; i < count; ++i)
                            guesses[i] = (guesses[i] + 1) % static_cast<Token>(vocabulary);
                        GOLDEN_OK(ahead->feedGuesses(guesses));
                        for (size_t i = 0; i < right; ++i) {
                            GOLDEN_OK(single->feed(std::span(text).subspan(at + i, 1)));
                            const auto width = static_cast<size_t>(vocabulary);
                            QVERIFY2(sameBits(ahead->logits().subspan(i * width, width),
                                              single->logits()),
                                     concat(kernels->name, " cache ", static_cast<int>(cache),
                                            " precision ", static_cast<int>(precision), " token ",
                                            i, " of ", count, " after ", at)
                                         .c_str());
                        }
                        at += right;
                        QCOMPARE(ahead->truncate(static_cast<int64_t>(at)),
                                 static_cast<int64_t>(at));
                    }
                }
    }

    void textIsTheSame_data() { addModels(); }
    /// Greedy and drawn texts, on the best kernels, from a prompt that repeats itself.
    void textIsTheSame() {
        const golden::File& file = currentFile();
        GOLDEN_TRY(const std::shared_ptr<const Model> model,
                   Model::load(golden::tinyPath(file.name)));
        GOLDEN_TRY(const auto runtime, Runtime::create(1, ""));
        std::vector<Token> prompt = golden::someTokens(5, 24, file.goldens.front().width);
        prompt.insert(prompt.end(), prompt.begin(), prompt.end());
        for (uint64_t seed = 0; seed < 3; ++seed) {
            SamplingOptions sampling = everything(seed);
            if (seed == 0) {
                sampling = SamplingOptions();
                sampling.temperature = 0.0f;
            }
            GOLDEN_TRY(const Text with, generate(model, *runtime, prompt, sampling, true));
            GOLDEN_TRY(const Text without, generate(model, *runtime, prompt, sampling, false));
            QCOMPARE(with.tokens, without.tokens);
            QVERIFY(sameBits(with.logits, without.logits));
            m_drafted += with.report.drafted;
            m_accepted += with.report.accepted;
        }
    }

    /// Otherwise the test above shows nothing.
    void somethingWasGuessed() {
        if (!m_drafted) QSKIP("no text was made");
        qInfo("%lld drafted, %lld accepted", static_cast<long long>(m_drafted),
              static_cast<long long>(m_accepted));
        QVERIFY(m_accepted > 0);
        QVERIFY(m_drafted > m_accepted);
    }

    // ---- edges

    void contextEnd() {
        GOLDEN_TRY(const std::shared_ptr<const Model> model,
                   Model::load(golden::tinyPath("llama")));
        GOLDEN_TRY(const auto runtime, Runtime::create(1, ""));
        GOLDEN_TRY(auto session, Session::create(model, *runtime, {.contextLength = 32}));
        std::vector<Token> prompt;
        for (int i = 0; i < 26; ++i) prompt.push_back(1 + i % 4);
        GOLDEN_OK(session->prompt(prompt));
        {
            Speculation speculation(*session);
            for (int i = 26; i < 32; ++i) GOLDEN_OK(speculation.feed(1 + i % 4));
            QCOMPARE(speculation.length(), 32);
            QVERIFY(speculation.report().accepted > 0);
            QVERIFY(!speculation.feed(1).ok());
            QCOMPARE(speculation.length(), 32);
        }
        QCOMPARE(session->length(), 32);
    }

    void dropsWhatWasNotFed() {
        GOLDEN_TRY(const std::shared_ptr<const Model> model,
                   Model::load(golden::tinyPath("llama")));
        GOLDEN_TRY(const auto runtime, Runtime::create(1, ""));
        GOLDEN_TRY(auto session, Session::create(model, *runtime, {.contextLength = 64}));
        std::vector<Token> prompt;
        for (int i = 0; i < 26; ++i) prompt.push_back(1 + i % 4);
        GOLDEN_OK(session->prompt(prompt));
        {
            Speculation speculation(*session);
            GOLDEN_OK(speculation.feed(1 + 26 % 4));
            QVERIFY(session->length() > 27);
            std::stop_source stop;
            stop.request_stop();
            QVERIFY(!speculation.feed(9, stop.get_token()).ok());
            QCOMPARE(speculation.length(), 27);
        }
        QCOMPARE(session->length(), 27);
    }

    void tooManyGuesses() {
        GOLDEN_TRY(const std::shared_ptr<const Model> model,
                   Model::load(golden::tinyPath("llama")));
        GOLDEN_TRY(const auto runtime, Runtime::create(1, ""));
        GOLDEN_TRY(auto session,
                   Session::create(model, *runtime, {.contextLength = 64, .batch = 4}));
        QVERIFY(!session->feedGuesses(std::vector<Token>(5, 1)).ok());
        QCOMPARE(session->length(), 0);
    }

private:
    void addModels() {
        QTest::addColumn<QString>("name");
        if (!m_goldens) return;
        for (const golden::File* file : m_goldens->ofKind("decoder"))
            QTest::newRow(file->name.c_str()) << QString::fromStdString(file->name);
    }
    const golden::File& currentFile() {
        return m_goldens->file(
            static_cast<QString*>(QTest::qData("name", QMetaType::QString))->toStdString());
    }

    static Result<Text> generate(const std::shared_ptr<const Model>& model, Runtime& runtime,
                                 std::span<const Token> prompt, const SamplingOptions& sampling,
                                 bool ahead) {
        constexpr int kTokens = 100;
        ALCOVE_TRY(auto session, Session::create(model, runtime, {.contextLength = 256}));
        ALCOVE_CHECK(session->prompt(prompt));
        Sampler sampler(sampling);
        for (const Token token : prompt) sampler.accept(token);
        Text text;
        std::optional<Speculation> speculation;
        if (ahead) speculation.emplace(*session);
        const auto logits = [&] { return ahead ? speculation->logits() : session->logits(); };
        for (int i = 0; i < kTokens; ++i) {
            const Token token = sampler.sample(logits());
            text.tokens.push_back(token);
            sampler.accept(token);
            if (ahead)
                ALCOVE_CHECK(speculation->feed(token));
            else
                ALCOVE_CHECK(session->feed(std::span(&token, 1)));
        }
        text.logits.assign(logits().begin(), logits().end());
        if (ahead) text.report = speculation->report();
        return text;
    }

    std::unique_ptr<golden::Goldens> m_goldens;
    int64_t m_drafted = 0, m_accepted = 0;
};

QTEST_GUILESS_MAIN(SpeculationTest)
#include "speculation_test.moc"
