#include "engine/sampling/sampler.h"

#include <QtTest>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/sampling/portable_math.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

constexpr size_t kCount = 512;
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

uint64_t splitmix(uint64_t& state) {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/// As make_goldens.py makes them: exact multiples of 2^−20 in [−8, 8).
std::vector<float> makeLogits(uint64_t seed, size_t count = kCount) {
    std::vector<float> logits(count);
    for (float& logit : logits)
        logit = static_cast<float>(static_cast<double>(splitmix(seed) >> 40) * 0x1p-20 - 8.0);
    return logits;
}

const nlohmann::json& goldens() {
    static const nlohmann::json cases =
        nlohmann::json::parse(std::ifstream(ALCOVE_SOURCE_DIR "/tests/data/sampling/goldens.json"));
    return cases;
}

SamplingOptions plain() {  // nothing but the draw
    SamplingOptions o;
    o.temperature = 1.0f;
    o.topK = 0;
    o.topP = 1.0f;
    o.minP = 0.0f;
    return o;
}

SamplingOptions optionsOf(const nlohmann::json& golden) {
    SamplingOptions o = plain();
    const auto take = [&](const char* key, auto& field) {
        if (golden.contains(key)) golden[key].get_to(field);
    };
    take("temperature", o.temperature);
    take("topK", o.topK);
    take("topP", o.topP);
    take("minP", o.minP);
    take("typicalP", o.typicalP);
    take("repetitionPenalty", o.repetitionPenalty);
    take("frequencyPenalty", o.frequencyPenalty);
    take("presencePenalty", o.presencePenalty);
    take("penaltyWindow", o.penaltyWindow);
    take("dryMultiplier", o.dryMultiplier);
    take("dryBase", o.dryBase);
    take("dryAllowedLength", o.dryAllowedLength);
    o.dryWindow = 64;
    take("dryWindow", o.dryWindow);
    take("dryBreakers", o.dryBreakers);
    take("xtcProbability", o.xtcProbability);
    take("xtcThreshold", o.xtcThreshold);
    take("logitBias", o.logitBias);
    return o;
}

/// DRY as it is defined, in cubic time: the longest suffix of the history that ends before each
/// earlier place.
std::map<int32_t, int64_t> slowRepetitions(const std::vector<int32_t>& history, int64_t limit) {
    std::map<int32_t, int64_t> prolongs;
    const auto size = static_cast<int64_t>(history.size());
    for (int64_t next = 1; next < size; ++next) {  // history[next] came after a repetition
        int64_t length = 0;
        while (length < next && length < limit &&
               history[static_cast<size_t>(next - 1 - length)] ==
                   history[static_cast<size_t>(size - 1 - length)])
            ++length;
        int64_t& longest = prolongs[history[static_cast<size_t>(next)]];
        longest = std::max(longest, length);
    }
    return prolongs;
}

/// Draws `draws` tokens; each one's share must lie within five standard deviations of `expected`.
void checkShares(Sampler& sampler, const std::vector<float>& logits,
                 const std::vector<Sampler::Choice>& expected, int draws) {
    std::map<int32_t, int> counts;
    for (int i = 0; i < draws; ++i) {
        std::vector<float> copy = logits;
        ++counts[sampler.sample(copy)];
    }
    int seen = 0;
    for (const Sampler::Choice& choice : expected) {
        const auto p = static_cast<double>(choice.probability);
        const double deviation = std::sqrt(draws * p * (1.0 - p)) + 1.0;
        const int count = counts[choice.token];
        seen += count;
        QVERIFY2(std::abs(count - draws * p) < 5.0 * deviation,
                 qPrintable(QString("token %1: %2 of %3 draws, probability %4")
                                .arg(choice.token)
                                .arg(count)
                                .arg(draws)
                                .arg(p)));
    }
    QCOMPARE(seen, draws);  // nothing outside the choices was drawn
}

}  // namespace

class SamplerTest : public QObject {
    Q_OBJECT
private slots:
    void golden_data() {
        QTest::addColumn<int>("index");
        for (size_t i = 0; i < goldens().size(); ++i)
            QTest::newRow(goldens()[i]["name"].get<std::string>().c_str()) << static_cast<int>(i);
    }

    /// The same tokens with the same probabilities as llama.cpp's samplers leave.
    void golden() {
        QFETCH(int, index);
        const nlohmann::json& golden = goldens()[static_cast<size_t>(index)];
        std::vector<float> logits = makeLogits(golden["seed"].get<uint64_t>());
        Sampler sampler(optionsOf(golden));
        for (const int32_t token : golden["history"].get<std::vector<int32_t>>())
            sampler.accept(token);
        const std::vector<Sampler::Choice> choices = sampler.choices(logits);
        QCOMPARE(choices.size(), golden["count"].get<size_t>());
        const auto tokens = golden["tokens"].get<std::vector<int32_t>>();
        const auto expected = golden["probabilities"].get<std::vector<double>>();
        for (size_t i = 0; i < tokens.size(); ++i) {
            QCOMPARE(choices[i].token, tokens[i]);
            const auto p = static_cast<double>(choices[i].probability);
            QVERIFY2(std::abs(p - expected[i]) <= 1e-5 * expected[i],
                     qPrintable(QString("%1: %2, not %3").arg(i).arg(p).arg(expected[i])));
        }
    }

    void greedyTakesTheFirstOfTheGreatest() {
        SamplingOptions o;
        o.temperature = 0.0f;
        Sampler sampler(o);
        std::vector<float> logits = {1.0f, 3.0f, -2.0f, 3.0f};
        QCOMPARE(sampler.sample(logits), 1);
    }

    void brokenLogits_data() {
        QTest::addColumn<QList<float>>("logits");
        QTest::addColumn<QList<int>>("allowed");
        QTest::newRow("NaN among numbers") << QList<float>{kNaN, 1.0f, kNaN} << QList<int>{1};
        QTest::newRow("infinity wins") << QList<float>{5.0f, kInfinity, 9.0f} << QList<int>{1};
        QTest::newRow("two infinities")
            << QList<float>{kInfinity, 0.0f, kInfinity} << QList<int>{0, 2};
        QTest::newRow("forbidden") << QList<float>{-kInfinity, -kInfinity, -1e30f} << QList<int>{2};
        QTest::newRow("extremes") << QList<float>{-3e38f, 3e38f} << QList<int>{1};
        QTest::newRow("nothing left") << QList<float>{-kInfinity, kNaN} << QList<int>{-1};
        QTest::newRow("empty") << QList<float>{} << QList<int>{-1};
    }

    void brokenLogits() {
        QFETCH(QList<float>, logits);
        QFETCH(QList<int>, allowed);
        for (const bool everyRule : {false, true}) {
            for (const float temperature : {0.0f, 0.7f}) {
                SamplingOptions o = plain();
                o.temperature = temperature;
                if (everyRule) {
                    o.typicalP = 0.9f;
                    o.topP = 0.9f;
                    o.minP = 0.1f;
                    o.repetitionPenalty = 1.5f;
                    o.dryMultiplier = 1.0f;
                }
                Sampler sampler(o);
                for (int i = 0; i < 20; ++i) {
                    std::vector<float> copy(logits.begin(), logits.end());
                    QVERIFY(allowed.contains(sampler.sample(copy)));
                }
            }
        }
    }

    void seedReproduces() {
        const auto text = [](uint64_t seed) {
            SamplingOptions o;
            o.seed = seed;
            o.xtcProbability = 0.5f;
            o.xtcThreshold = 0.05f;
            o.repetitionPenalty = 1.2f;
            Sampler sampler(o);
            std::vector<int32_t> tokens;
            for (uint64_t step = 0; step < 200; ++step) {
                std::vector<float> logits = makeLogits(step);
                tokens.push_back(sampler.sample(logits));
                sampler.accept(tokens.back());
            }
            return tokens;
        };
        QVERIFY(text(7) == text(7));
        QVERIFY(text(7) != text(8));
        // The same on every platform: these were written down once.
        const std::vector<int32_t> first(text(7));
        uint64_t hash = 1469598103934665603u;
        for (const int32_t token : first)
            hash = (hash ^ static_cast<uint64_t>(token)) * 1099511628211u;
        QCOMPARE(hash, uint64_t{8420150111756624736u});
    }

    void drawsFollowTheProbabilities_data() {
        QTest::addColumn<float>("temperature");
        QTest::addColumn<int>("topK");
        QTest::newRow("everything") << 1.0f << 0;
        QTest::newRow("cold") << 0.3f << 0;
        QTest::newRow("ten, hot") << 3.0f << 10;
    }

    void drawsFollowTheProbabilities() {
        QFETCH(float, temperature);
        QFETCH(int, topK);
        SamplingOptions o = plain();
        o.temperature = temperature;
        o.topK = topK;
        Sampler sampler(o);
        const std::vector<float> logits = makeLogits(99, 64);
        std::vector<float> copy = logits;
        const auto expected = sampler.choices(copy);
        checkShares(sampler, logits, expected, 40000);
    }

    void xtcThrowsItsDice() {
        SamplingOptions o = plain();
        o.xtcProbability = 0.25f;
        o.xtcThreshold = 0.2f;
        Sampler sampler(o);
        int excluded = 0;
        for (int i = 0; i < 4000; ++i) {
            std::vector<float> logits = {2.0f, 2.0f, 1.9f, 0.0f};  // three reach 0.2
            const auto choices = sampler.choices(logits);
            QVERIFY(choices.size() == 4 || choices.size() == 2);
            if (choices.size() == 2) {
                ++excluded;
                QCOMPARE(choices[0].token, 2);  // the least of the likely ones stays
            }
        }
        QVERIFY(std::abs(excluded - 1000) < 5 * 28);
    }

    void dryMatchesItsDefinition() {
        for (uint64_t seed = 0; seed < 300; ++seed) {
            uint64_t state = seed;
            const size_t length = 3 + splitmix(state) % 120;
            const uint64_t alphabet = 1 + splitmix(state) % 4;
            SamplingOptions o = plain();
            o.dryMultiplier = 1.0f;
            o.dryBase = 1.0f + static_cast<float>(seed % 3) * 0.5f;
            o.dryAllowedLength = 1 + static_cast<int32_t>(seed % 4);
            Dry dry(o);
            std::vector<int32_t> history(length);
            for (int32_t& token : history) token = static_cast<int32_t>(splitmix(state) % alphabet);
            std::vector<float> logits(8, 0.0f);
            dry.apply(history, logits);
            for (const auto& [token, repeated] : slowRepetitions(history, 1 << 20)) {
                const int64_t over = repeated - o.dryAllowedLength;
                const bool counts = over >= 0 && static_cast<int64_t>(length) > o.dryAllowedLength;
                const double expected =
                    counts ? -std::pow(static_cast<double>(o.dryBase), static_cast<double>(over))
                           : 0.0;
                const auto found = static_cast<double>(logits[static_cast<size_t>(token)]);
                QVERIFY(std::abs(found - expected) <= 1e-6 * std::abs(expected));
            }
        }
    }

    void penaltyWindowForgets() {
        SamplingOptions o = plain();
        o.presencePenalty = 100.0f;
        o.penaltyWindow = 3;
        Sampler sampler(o);
        for (const int32_t token : {0, 1, 1, 2, 3}) sampler.accept(token);  // 1, 2, 3 are held
        std::vector<float> logits(5, 0.0f);
        const auto choices = sampler.choices(logits);
        QCOMPARE(choices[0].token, 0);
        QCOMPARE(choices[1].token, 4);
        QVERIFY(choices[2].probability < 1e-30f);
    }

    void topPOfManyEqualsTopPOfAll() {  // the widening guess and the plain way meet
        const std::vector<float> logits = makeLogits(5, 50000);
        for (const float p : {0.01f, 0.3f, 0.9f, 0.9999f}) {
            Candidates fast, slow;
            selectTopP(logits, p, fast);
            selectAbove(logits, -kInfinity, slow);
            keepTopP(slow, p);
            // The two sum the weights in another order: the last candidate may differ.
            QVERIFY(std::max(fast.size(), slow.size()) - std::min(fast.size(), slow.size()) <= 1);
            for (size_t i = 0; i < std::min(fast.size(), slow.size()); ++i)
                QCOMPARE(fast[i].token, slow[i].token);
        }
    }

    void portableMathIsRight() {
        double worst = 0.0;
        for (float x = -86.9f; x <= 0.0f; x += 0.00037f) {
            const double exact = std::exp(static_cast<double>(x));
            const auto found = static_cast<double>(portable::expNonPositive(x));
            worst = std::max(worst, std::abs(found - exact) / exact);
        }
        QVERIFY2(worst < 2.4e-7, qPrintable(QString::number(worst)));
        QCOMPARE(portable::expNonPositive(0.0f), 1.0f);
        QCOMPARE(portable::expNonPositive(-kInfinity), 0.0f);
        for (double x = 1e-30; x < 1e30; x *= 1.37)
            QVERIFY(std::abs(portable::log(x) - std::log(x)) <=
                    1e-15 * (1 + std::abs(std::log(x))));
        QCOMPARE(portable::power(1.5, 7), 17.0859375);
    }

    void validateNamesTheOption_data() {
        QTest::addColumn<QString>("field");
        QTest::addColumn<QString>("word");
        for (const char* pair : {"temperature|temperature", "topK|top-k", "topP|top-p",
                                 "minP|min-p", "typicalP|typical", "penaltyWindow|penalty window",
                                 "dryAllowedLength|DRY allowed", "bias|logit bias"}) {
            const QStringList parts = QString(pair).split('|');
            QTest::newRow(pair) << parts[0] << parts[1];
        }
    }

    void validateNamesTheOption() {
        QFETCH(QString, field);
        QFETCH(QString, word);
        SamplingOptions o;
        QVERIFY(validate(o, 100).ok());
        if (field == "temperature") o.temperature = kNaN;
        if (field == "topK") o.topK = -1;
        if (field == "topP") o.topP = 1.5f;
        if (field == "minP") o.minP = -0.1f;
        if (field == "typicalP") o.typicalP = 2.0f;
        if (field == "penaltyWindow") o.penaltyWindow = -2;
        if (field == "dryAllowedLength") o.dryAllowedLength = 0;
        if (field == "bias") o.logitBias = {{100, 1.0f}};
        const Result<void> result = validate(o, 100);
        QVERIFY(!result.ok());
        QVERIFY2(result.message().find(word.toStdString()) != std::string::npos,
                 result.message().c_str());
    }

    /// Time is printed, never asserted.
    void speed_data() {
        QTest::addColumn<int>("topK");
        QTest::addColumn<float>("topP");
        QTest::newRow("usual") << 40 << 0.95f;
        QTest::newRow("top-p alone") << 0 << 0.95f;
        QTest::newRow("greedy") << 1 << 1.0f;
    }

    void speed() {
        QFETCH(int, topK);
        QFETCH(float, topP);
        SamplingOptions o;
        o.topK = topK;
        o.topP = topP;
        Sampler sampler(o);
        std::vector<float> logits = makeLogits(3, 151936);
        for (float& logit : logits) logit *= logit * logit / 16.0f;  // peaked, as models' are
        std::vector<float> copy(logits.size());
        double best = 1e9;
        for (int i = 0; i < 30; ++i) {
            copy = logits;
            const auto start = std::chrono::steady_clock::now();
            (void)sampler.sample(copy);
            const std::chrono::duration<double, std::milli> taken =
                std::chrono::steady_clock::now() - start;
            best = std::min(best, taken.count());
        }
        qInfo("151,936 logits: %.3f ms", best);
    }
};

QTEST_GUILESS_MAIN(SamplerTest)
#include "sampler_test.moc"
