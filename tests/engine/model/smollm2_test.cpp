// SmolLM2 135M (Q4_1) against the oracle: greedy texts, distances between the two likeliest tokens
// and perplexity. What the oracle computed is in tests/data/model/smollm2.json.

#include <QTest>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/cpu/kernels.h"
#include "engine/model/speculation.h"
#include "engine/sampling/sampler.h"
#include "golden.h"

using namespace alcove;
using namespace alcove::engine;
using nlohmann::json;

namespace {

constexpr size_t kWindow = 512;
// Of exact arithmetic, whose sums are only taken in another order.
constexpr double kExactNoise = 0.01;
// Of activations with 15 bits and a cache of halves: three times its rms.
constexpr double kFineNoise = 0.03;

struct Step {
    Token first, second;
    double distance;  // between their logits, in the oracle
    double exact;     // the same without rounding activations to 8 bits
};

Token likeliest(std::span<const float> logits) {
    return static_cast<Token>(std::ranges::max_element(logits) - logits.begin());
}

double leadOf(Token first, Token second, std::span<const float> logits) {
    return static_cast<double>(logits[static_cast<size_t>(first)]) -
           logits[static_cast<size_t>(second)];
}

/// −log of the probability that a row of logits gives a token.
double lossOf(std::span<const float> logits, Token token) {
    const double top = *std::ranges::max_element(logits);
    double sum = 0.0;
    for (const float logit : logits) sum += std::exp(logit - top);
    return top + std::log(sum) - logits[static_cast<size_t>(token)];
}

}  // namespace

class SmolLm2Test : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        const auto data = golden::testData();
        if (!data) QSKIP("ALCOVE_TEST_DATA names no folder with test data");
        std::ifstream in(std::filesystem::path(ALCOVE_MODEL_DATA) / "smollm2.json");
        QVERIFY(in.is_open());
        m_golden = json::parse(in);
        const auto path = *data / "models" / m_golden.at("file").get<std::string>();
        if (!std::filesystem::exists(path))
            QSKIP(concat("the model is missing: ", path.string()).c_str());
        GOLDEN_TRY(m_runtime, golden::runtime(0));
        GOLDEN_TRY(m_model, Model::load(path));
        m_noise = m_golden.at("noise").at("rms");
        m_greatestNoise = m_golden.at("noise").at("max");
    }

    void tokens_data() { addPrompts(); }
    void tokens() {
        if (!m_model->tokenizer()) QSKIP("built without tokenizers");
        const std::string text = prompt().at("prompt");
        QCOMPARE(m_model->tokenizer()->encode(text, {.parseSpecial = true}), promptTokens());
    }

    void greedy_data() { addPrompts(); }
    /// The same text, or a first difference that exact arithmetic, with the oracle's own tokens
    /// before it, does not make either: there the oracle's rounding of activations to 8 bits did.
    void greedy() {
        GOLDEN_TRY(auto session, create(Precision::Fine));
        GOLDEN_OK(session->prompt(promptTokens()));
        const std::vector<Step> steps = promptSteps();
        QVERIFY(steps.size() >= 32 || isEnd(steps.back().first));
        std::vector<Token> text = promptTokens();
        for (size_t i = 0; i < steps.size(); ++i) {
            const Token token = likeliest(session->logits());
            if (token != steps[i].first) {
                GOLDEN_TRY(auto exact, create(Precision::Exact));
                GOLDEN_OK(exact->prompt(text));
                const double lead = leadOf(steps[i].first, token, exact->logits());
                const std::string what =
                    concat("token ", i, " is ", token, " and not ", steps[i].first,
                           ", which leads by ", lead, " in exact arithmetic (over its second by ",
                           steps[i].exact, ", in the oracle's by ", steps[i].distance, ")");
                QVERIFY2(lead < kFineNoise && steps[i].distance < m_greatestNoise, what.c_str());
                qInfo("%s", what.c_str());
                return;
            }
            text.push_back(token);
            GOLDEN_OK(session->feed(std::span(&token, 1)));
        }
    }

    void distances_data() {
        QTest::addColumn<int>("precision");
        QTest::newRow("exact") << static_cast<int>(Precision::Exact);
        QTest::newRow("fine") << static_cast<int>(Precision::Fine);
        QTest::newRow("fast") << static_cast<int>(Precision::Fast);
    }
    /// With the oracle's own tokens before each step, the two likeliest lie as far apart as in its
    /// exact computation; what is computed fast is no noisier than the oracle.
    void distances() {
        QFETCH(int, precision);
        const std::map<Precision, double> allowed = {{Precision::Exact, kExactNoise},
                                                     {Precision::Fine, kFineNoise / 3},
                                                     {Precision::Fast, 1.2 * m_noise}};
        double sum = 0.0, greatest = 0.0;
        int count = 0;
        for (const json& entry : m_golden.at("prompts")) {
            GOLDEN_TRY(auto session, create(static_cast<Precision>(precision)));
            const auto steps = stepsOf(entry);
            GOLDEN_OK(session->prompt(entry.at("tokens").get<std::vector<Token>>()));
            std::vector<float> row(session->logits().begin(), session->logits().end());
            std::vector<Token> rest;
            for (const Step& step : steps) rest.push_back(step.first);
            GOLDEN_OK(session->feed(rest, Logits::All));
            const auto all = session->logits();
            for (size_t i = 0; i < steps.size(); ++i) {
                const Step& step = steps[i];
                const double moved = leadOf(step.first, step.second, row) - step.exact;
                sum += moved * moved;
                greatest = std::max(greatest, std::abs(moved));
                ++count;
                const auto next = all.subspan(i * row.size(), row.size());
                row.assign(next.begin(), next.end());
            }
        }
        const double rms = std::sqrt(sum / count);
        qInfo("distances move by %.4f (rms), %.4f (greatest); the oracle's own noise is %.3f", rms,
              greatest, m_noise);
        QVERIFY(rms < allowed.at(static_cast<Precision>(precision)));
    }

    void textWithoutSpeculation_data() {
        QTest::addColumn<QByteArray>("kernels");
        QTest::addColumn<int>("precision");
        QTest::addColumn<int>("cache");
        QTest::addColumn<int>("seed");  // 0: greedy
        for (const Kernels* kernels : runnableKernels()) {
            const QByteArray name(kernels->name.data(), static_cast<int>(kernels->name.size()));
            if (name == "reference" && !qEnvironmentVariableIsSet("ALCOVE_TEST_FULL")) continue;
            const auto add = [&](const char* row, Precision precision, CacheType cache, int seed) {
                QTest::addRow("%s %s", name.data(), row)
                    << name << static_cast<int>(precision) << static_cast<int>(cache) << seed;
            };
            add("exact", Precision::Exact, CacheType::F16, 1);
            if (name == "reference") continue;  // exact, whatever it is asked for
            add("fine", Precision::Fine, CacheType::F16, 0);
            add("fast", Precision::Fast, CacheType::F16, 1);
            add("fast, Q8_0 cache", Precision::Fast, CacheType::Q8_0, 0);
        }
    }
    /// Told a text one and a half times it goes on with the rest; what is computed ahead changes
    /// no token, and much of it is used.
    void textWithoutSpeculation() {
        QFETCH(QByteArray, kernels);
        QFETCH(int, precision);
        QFETCH(int, cache);
        QFETCH(int, seed);
        GOLDEN_TRY(const auto runtime, Runtime::create(0, kernels.toStdString()));
        std::vector<Token> prompt;
        for (const json& entry : m_golden.at("prompts")) {
            const auto tokens = entry.at("tokens").get<std::vector<Token>>();
            prompt.insert(prompt.end(), tokens.begin(), tokens.end());
            if (prompt.size() >= 100) break;
        }
        const size_t once = std::min<size_t>(prompt.size(), 200);
        prompt.resize(once);
        for (size_t i = 0; i < once / 2; ++i) prompt.push_back(prompt[i]);
        SamplingOptions sampling;
        sampling.temperature = seed ? 0.3f : 0.0f;
        sampling.seed = static_cast<uint64_t>(seed);
        std::vector<Token> texts[2];
        int64_t accepted = 0;
        for (const bool ahead : {false, true}) {
            GOLDEN_TRY(const auto session,
                       Session::create(m_model, *m_runtime,
                                       {.contextLength = 512,
                                        .cache = static_cast<CacheType>(cache),
                                        .precision = static_cast<Precision>(precision)}));
            GOLDEN_OK(session->prompt(prompt));
            Sampler sampler(sampling);
            std::optional<Speculation> speculation;
            if (ahead) speculation.emplace(*session);
            for (int i = 0; i < 40; ++i) {
                const Token token =
                    sampler.sample(ahead ? speculation->logits() : session->logits());
                texts[ahead].push_back(token);
                sampler.accept(token);
                GOLDEN_OK(ahead ? speculation->feed(token) : session->feed(std::span(&token, 1)));
            }
            if (ahead) accepted = speculation->report().accepted;
        }
        QCOMPARE(texts[1], texts[0]);
        QVERIFY2(accepted >= 15, concat(accepted, " of 40 tokens were guessed").c_str());
    }

    void perplexity_data() {
        QTest::addColumn<QByteArray>("kernels");
        QTest::addColumn<int>("precision");
        for (const Kernels* kernels : runnableKernels()) {
            const QByteArray name(kernels->name.data(), static_cast<int>(kernels->name.size()));
            const bool slow = name == "reference";  // and exact, whatever it is asked for
            if (!slow || qEnvironmentVariableIsSet("ALCOVE_TEST_FULL"))
                QTest::addRow("%s exact", name.data())
                    << name << static_cast<int>(Precision::Exact);
            if (slow) continue;
            QTest::addRow("%s fine", name.data()) << name << static_cast<int>(Precision::Fine);
            QTest::addRow("%s fast", name.data()) << name << static_cast<int>(Precision::Fast);
        }
    }
    /// Near the oracle's, and nearer to that of exact arithmetic: speed costs no accuracy.
    void perplexity() {
        if (!m_model->tokenizer()) QSKIP("built without tokenizers");
        QFETCH(QByteArray, kernels);
        QFETCH(int, precision);
        if (m_exactLoss == 0.0) {
            GOLDEN_TRY(m_exactLoss, meanLoss(*m_runtime, Precision::Exact));
        }
        GOLDEN_TRY(const auto runtime, Runtime::create(0, kernels.toStdString()));
        GOLDEN_TRY(const double loss, meanLoss(*runtime, static_cast<Precision>(precision)));
        const double expected = m_golden.at("perplexity").at("meanLoss").get<double>();
        const double toOracle = std::exp(loss - expected) - 1;
        const double toExact = std::exp(loss - m_exactLoss) - 1;
        qInfo("perplexity %.4f, %.3f %% from the oracle's, %.3f %% from exact arithmetic's",
              std::exp(loss), 100 * toOracle, 100 * toExact);
        QVERIFY(std::abs(toOracle) < 0.005);
        QVERIFY(std::abs(toExact) < 0.002);
    }

private:
    void addPrompts() {
        QTest::addColumn<int>("index");
        if (m_golden.is_null()) return;
        for (size_t i = 0; i < m_golden.at("prompts").size(); ++i)
            QTest::addRow("%zu", i) << static_cast<int>(i);
    }
    const json& prompt() const {
        const int index = *static_cast<int*>(QTest::qData("index", QMetaType::Int));
        return m_golden.at("prompts").at(static_cast<size_t>(index));
    }
    std::vector<Token> promptTokens() const { return prompt().at("tokens"); }
    std::vector<Step> promptSteps() const { return stepsOf(prompt()); }
    static std::vector<Step> stepsOf(const json& entry) {
        std::vector<Step> steps;
        for (const json& step : entry.at("steps"))
            steps.push_back({step.at(0), step.at(1), step.at(2), step.at(3)});
        return steps;
    }
    bool isEnd(Token token) const {
        const auto ends = m_golden.at("ends").get<std::vector<Token>>();
        return std::ranges::find(ends, token) != ends.end();
    }

    Result<std::unique_ptr<Session>> create(Precision precision) {
        return create(*m_runtime, precision);
    }
    Result<std::unique_ptr<Session>> create(Runtime& runtime, Precision precision) {
        return Session::create(
            m_model, runtime,
            {.contextLength = kWindow,
             .cache = precision == Precision::Exact ? CacheType::F32 : CacheType::F16,
             .precision = precision});
    }

    /// −log of the probability of a token of the licence, on average.
    Result<double> meanLoss(Runtime& runtime, Precision precision) {
        std::ifstream in(std::filesystem::path(ALCOVE_SOURCES) / "LICENSE");
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto tokens = m_model->tokenizer()->encode(text);
        if (tokens.size() != m_golden.at("perplexity").at("tokens").get<size_t>())
            return fail("the oracle saw another number of tokens than ", tokens.size());
        ALCOVE_TRY(auto session, create(runtime, precision));
        double sum = 0.0;
        size_t count = 0;
        for (size_t start = 0; start + kWindow <= tokens.size(); start += kWindow) {
            const auto window = std::span(tokens).subspan(start, kWindow);
            session->truncate(0);
            ALCOVE_CHECK(session->feed(window, Logits::All));
            const size_t width = session->logits().size() / kWindow;
            for (size_t i = 0; i + 1 < kWindow; ++i, ++count)
                sum += lossOf(session->logits().subspan(i * width, width), window[i + 1]);
        }
        return sum / static_cast<double>(count);
    }

    json m_golden;
    double m_exactLoss = 0.0;
    double m_noise = 0.0, m_greatestNoise = 0.0;  // of the oracle's leads, by rounding activations
    std::unique_ptr<Runtime> m_runtime;
    std::shared_ptr<const Model> m_model;
};

QTEST_GUILESS_MAIN(SmolLm2Test)
#include "smollm2_test.moc"
