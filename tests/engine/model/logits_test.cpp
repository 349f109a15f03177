// Logits of the tiny models against the oracle's, in every way the engine computes them.
//
// Models of F32 weights are held to the oracle itself, quantised ones computed exactly to the
// oracle with the same weights as F32, and quantised ones computed fast to both within 1e-2.

#include <QTest>

#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

// Sums of floats in another order: what splitting a batch elsewhere may change.
constexpr double kReordered = 1e-10;
// A cache rounded to halves moves each key and value by up to 2^-11 of itself, one rounded to 8
// bits by up to 1/254 of the largest of its 32. Measured: at most 3.4e-6 and 1.2e-3.
constexpr double kHalfCache = 1e-5;
constexpr double kByteCache = 4e-3;

struct Setting {
    Precision precision = Precision::Exact;
    CacheType cache = CacheType::F32;
    int64_t batch = 512;
    int threads = 1;
    std::string_view kernels = {};
    bool stepwise = false;
};

}  // namespace

class LogitsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        auto loaded = golden::Goldens::load();
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
        m_goldens = std::move(*loaded);
    }

    void prefill_data() { addGoldens(); }
    void prefill() { checkExact({}); }

    void tokenByToken_data() { addGoldens(); }
    void tokenByToken() { checkExact({.stepwise = true}); }

    void fast_data() { addGoldens(); }
    void fast() {
        for (const bool stepwise : {false, true}) {
            const std::vector<float> rows =
                computed({.precision = Precision::Fast, .stepwise = stepwise});
            GOLDEN_BELOW(golden::nmse(rows, golden().values), file().tolerance,
                         "against the oracle");
            GOLDEN_BELOW(golden::nmse(rows, golden().exact),
                         std::max(file().tolerance, file().exactTolerance),
                         "against the oracle with F32 weights");
        }
    }

    void batchSizes_data() { addGoldens(); }
    void batchSizes() {
        const std::vector<float> whole = computed({});
        for (const int64_t batch : {1, 7, 16}) {
            const std::vector<float> rows = computed({.batch = batch});
            GOLDEN_BELOW(golden::nmse(rows, whole), kReordered, "batches of ", batch);
        }
    }

    void twoThreads_data() { addGoldens(); }
    /// Threads share out rows and heads, no sum is split: not a bit may differ.
    void twoThreads() {
        for (const Precision precision : {Precision::Exact, Precision::Fast}) {
            const std::vector<float> one = computed({.precision = precision, .threads = 1});
            const std::vector<float> two = computed({.precision = precision, .threads = 2});
            QVERIFY(!one.empty());
            QVERIFY2(one == two,
                     concat("two threads differ by NMSE ", golden::nmse(two, one)).c_str());
        }
    }

    void instructionSets_data() { addGoldens(); }
    void instructionSets() {
        for (const Kernels* kernels : runnableKernels()) {
            const std::vector<float> exact = computed({.kernels = kernels->name});
            GOLDEN_BELOW(golden::nmse(exact, golden().exact), file().exactTolerance, kernels->name,
                         ", exact");
            const std::vector<float> fast =
                computed({.precision = Precision::Fast, .kernels = kernels->name});
            GOLDEN_BELOW(golden::nmse(fast, golden().values), file().tolerance, kernels->name,
                         ", fast");
        }
    }

    void smallCaches_data() { addGoldens(); }
    void smallCaches() {
        const std::vector<float> wide = computed({});
        for (const bool stepwise : {false, true}) {
            const std::vector<float> half =
                computed({.cache = CacheType::F16, .stepwise = stepwise});
            GOLDEN_BELOW(golden::nmse(half, wide), kHalfCache, "cache of halves");
            const std::vector<float> byte =
                computed({.cache = CacheType::Q8_0, .stepwise = stepwise});
            GOLDEN_BELOW(golden::nmse(byte, wide), kByteCache, "cache of bytes");
        }
    }

private:
    void addGoldens() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("index");
        if (!m_goldens) return;
        for (const golden::File* file : m_goldens->ofKind("decoder"))
            for (size_t i = 0; i < file->goldens.size(); ++i)
                QTest::addRow("%s/%d", file->name.c_str(),
                              static_cast<int>(file->goldens[i].context))
                    << QString::fromStdString(file->name) << static_cast<int>(i);
    }

    const golden::File& file() const {
        const QString name = *static_cast<QString*>(QTest::qData("name", QMetaType::QString));
        return m_goldens->file(name.toStdString());
    }
    const golden::Rows& golden() const {
        const int index = *static_cast<int*>(QTest::qData("index", QMetaType::Int));
        return file().goldens[static_cast<size_t>(index)];
    }

    /// Logits at the golden's positions; empty, with a warning, when something failed.
    std::vector<float> computed(const Setting& setting) {
        const auto rows = tryCompute(setting);
        if (rows) return *rows;
        qWarning("%s", rows.message().c_str());
        return {};
    }

    Result<std::vector<float>> tryCompute(const Setting& setting) {
        ALCOVE_TRY(auto runtime, Runtime::create(setting.threads, setting.kernels));
        ALCOVE_TRY(auto model, Model::load(golden::tinyPath(file().name)));
        ALCOVE_TRY(auto session, Session::create(model, *runtime,
                                                 {.contextLength = golden().context,
                                                  .cache = setting.cache,
                                                  .batch = setting.batch,
                                                  .precision = setting.precision}));
        const std::vector<Token>& tokens = golden().tokens;
        std::vector<float> all;
        if (!setting.stepwise) {
            ALCOVE_CHECK(session->feed(tokens, Logits::All));
            all.assign(session->logits().begin(), session->logits().end());
        }
        for (size_t i = 0; setting.stepwise && i < tokens.size(); ++i) {
            ALCOVE_CHECK(session->feed(std::span(tokens).subspan(i, 1)));
            all.insert(all.end(), session->logits().begin(), session->logits().end());
        }
        return golden::rowsAt(all, golden().width, golden().positions);
    }

    void checkExact(const Setting& setting) {
        GOLDEN_BELOW(golden::nmse(computed(setting), golden().exact), file().exactTolerance,
                     file().architecture);
    }

    std::unique_ptr<golden::Goldens> m_goldens;
};

QTEST_GUILESS_MAIN(LogitsTest)
#include "logits_test.moc"
