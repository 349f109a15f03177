// Embeddings and ranks of the tiny models against the oracle's, and how the embedder treats texts.

#include <QTest>
#include <cmath>
#include <numeric>

#include "engine/model/embedder.h"
#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

constexpr double kReordered = 1e-10;

double lengthOf(std::span<const float> values) {
    double sum = 0.0;
    for (const float v : values) sum += static_cast<double>(v) * v;
    return std::sqrt(sum);
}

}  // namespace

class EncoderTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        GOLDEN_TRY(m_goldens, golden::Goldens::load());
    }

    void vectors_data() { addModels(); }
    /// One text at a time, all at once, and all at once in small batches.
    void vectors() {
        for (const Kernels* kernels : runnableKernels())
            for (const int64_t batch : {1, 45, 2048}) {
                const std::vector<std::vector<float>> found =
                    computed({.batch = batch, .precision = Precision::Exact, .normalise = false},
                             kernels->name);
                QCOMPARE(found.size(), file().goldens.size());
                for (size_t i = 0; i < found.size(); ++i)
                    GOLDEN_BELOW(golden::nmse(found[i], file().goldens[i].exact),
                                 file().exactTolerance, kernels->name, ", text ", i);
            }
    }

    void fastVectors_data() { addModels(); }
    void fastVectors() {
        for (const Kernels* kernels : runnableKernels()) {
            const std::vector<std::vector<float>> found =
                computed({.precision = Precision::Fast, .normalise = false}, kernels->name);
            QCOMPARE(found.size(), file().goldens.size());
            for (size_t i = 0; i < found.size(); ++i)
                GOLDEN_BELOW(golden::nmse(found[i], file().goldens[i].values), file().tolerance,
                             kernels->name, ", text ", i);
        }
    }

    void twoThreads_data() { addModels(); }
    void twoThreads() {
        const EmbedderOptions options = {.normalise = false};
        const auto one = computed(options, "", 1);
        QVERIFY(!one.empty());
        QCOMPARE(computed(options, "", 2), one);
    }

    void normalised_data() { addModels(); }
    void normalised() {
        if (pooling() == Pooling::None || pooling() == Pooling::Rank) return;
        const auto plain = computed({.precision = Precision::Exact, .normalise = false});
        const auto unit = computed({.precision = Precision::Exact});
        QVERIFY(!plain.empty());
        QCOMPARE(unit.size(), plain.size());
        for (size_t i = 0; i < unit.size(); ++i) {
            QVERIFY(std::abs(lengthOf(unit[i]) - 1.0) < 1e-6);
            const double dot =
                std::inner_product(unit[i].begin(), unit[i].end(), plain[i].begin(), 0.0);
            QVERIFY(std::abs(dot / lengthOf(plain[i]) - 1.0) < 1e-6);
        }
    }

    void orderIsKept() {
        GOLDEN_TRY(auto embedder, create("bert-mean", {.batch = 64}));
        std::vector<std::vector<Token>> texts;
        for (uint64_t i = 0; i < 40; ++i)
            texts.push_back(golden::someTokens(i, 1 + (i * 7) % 33, 96));
        GOLDEN_TRY(const auto together, embedder->embedTokens(texts));
        QCOMPARE(together.size(), texts.size());
        for (size_t i = 0; i < texts.size(); ++i) {
            GOLDEN_TRY(const auto alone, embedder->embedTokens(std::span(texts).subspan(i, 1)));
            QCOMPARE(together[i].tokens, static_cast<int64_t>(texts[i].size()));
            GOLDEN_BELOW(golden::nmse(together[i].values, alone.front().values), kReordered,
                         "text ", i);
        }
        GOLDEN_TRY(const auto none, embedder->embedTokens({}));
        QVERIFY(none.empty());
    }

    void refusals() {
        GOLDEN_TRY(auto embedder, create("bert-mean", {}));
        const std::vector<Token> empty, outside = {1, 96}, negative = {-1};
        const std::vector<Token> tooLong = golden::someTokens(1, 257, 96);
        for (const auto& tokens : {empty, outside, negative, tooLong}) {
            QVERIFY(!embedder->embedTokens(std::span(&tokens, 1)).ok());
            QVERIFY(!embedder->tokenStates(tokens).ok());
        }
        const std::string text = "no vocabulary";
        QVERIFY(!embedder->embed(std::span(&text, 1)).ok());
        QVERIFY(!embedder->rank("a", std::span(&text, 1)).ok());
        std::stop_source stop;
        stop.request_stop();
        const std::vector<Token> good = {1, 2, 3};
        QVERIFY(!embedder->embedTokens(std::span(&good, 1), stop.get_token()).ok());
        QVERIFY(embedder->embedTokens(std::span(&good, 1)).ok());
    }

    void longTextsAreCutWithNotice() {
        GOLDEN_TRY(auto embedder, create("bert-words", {}));
        std::string text = "the cat sat";
        const std::vector<std::string> texts = {text, [&] {
                                                    for (int i = 0; i < 200; ++i) text += " on it";
                                                    return text;
                                                }()};
        GOLDEN_TRY(const auto found, embedder->embed(texts));
        QCOMPARE(found[0].tokens, 5);  // with CLS and SEP
        QVERIFY(!found[0].truncated);
        QCOMPARE(found[1].tokens, 405);
        QVERIFY(found[1].truncated);
        // its beginning was used, and the end mark with it
        std::vector<Token> beginning = wordTokens("the cat sat");
        while (beginning.size() < 255)
            for (const Token token : wordTokens("on it")) beginning.push_back(token);
        beginning.insert(beginning.begin(), kCls);
        beginning.resize(256);
        beginning.back() = kSep;
        GOLDEN_TRY(const auto expected, embedder->embedTokens(std::span(&beginning, 1)));
        GOLDEN_BELOW(golden::nmse(found[1].values, expected.front().values), kReordered, "");
    }

    void ranks() {
        GOLDEN_TRY(auto embedder, create("bert-rank", {.precision = Precision::Exact}));
        const std::string query = "where is the cat?";
        const std::vector<std::string> texts = {"the cat sat on the mat.", "a blue river",
                                                "the dog ran under a tree, and the cat was not it"};
        GOLDEN_TRY(const auto scores, embedder->rank(query, texts));
        QCOMPARE(scores.size(), texts.size());
        for (size_t i = 0; i < texts.size(); ++i) {
            std::vector<Token> pair = {kCls};
            for (const Token token : wordTokens(query)) pair.push_back(token);
            pair.push_back(kSep);
            for (const Token token : wordTokens(texts[i])) pair.push_back(token);
            pair.push_back(kSep);
            GOLDEN_TRY(const auto head, embedder->embedTokens(std::span(&pair, 1)));
            QCOMPARE(head.front().values.size(), size_t{1});
            QVERIFY2(std::abs(head.front().values.front() - scores[i]) < 1e-5f,
                     concat(scores[i], " instead of ", head.front().values.front()).c_str());
        }
    }

private:
    static constexpr Token kCls = 2, kSep = 3;

    void addModels() {
        QTest::addColumn<QString>("name");
        if (!m_goldens) return;
        for (const golden::File* file : m_goldens->ofKind("encoder"))
            QTest::newRow(file->name.c_str()) << QString::fromStdString(file->name);
    }

    const golden::File& file() const {
        const QString name = *static_cast<QString*>(QTest::qData("name", QMetaType::QString));
        return m_goldens->file(name.toStdString());
    }

    Pooling pooling() const {
        const auto model = Model::load(golden::tinyPath(file().name));
        return model.ok() ? (*model)->info().pooling : Pooling::None;
    }

    /// Token ids of words that the little vocabulary has, without CLS and SEP.
    static std::vector<Token> wordTokens(const std::string& text) {
        const auto model = Model::load(golden::tinyPath("bert-rank"));
        if (!model.ok() || !(*model)->tokenizer()) return {};
        return (*model)->tokenizer()->encode(text);
    }

    Result<std::unique_ptr<Embedder>> create(const std::string& name,
                                             const EmbedderOptions& options,
                                             std::string_view kernels = "", int threads = 1) {
        m_embedder.reset();
        ALCOVE_TRY(m_runtime, Runtime::create(threads, kernels));
        ALCOVE_TRY(auto model, Model::load(golden::tinyPath(name)));
        return Embedder::create(model, *m_runtime, options);
    }

    /// The vectors of the row's golden texts; none, with a warning, when something failed.
    std::vector<std::vector<float>> computed(const EmbedderOptions& options,
                                             std::string_view kernels = "", int threads = 1) {
        const auto found = tryCompute(options, kernels, threads);
        if (found) return *found;
        qWarning("%s", found.message().c_str());
        return {};
    }

    Result<std::vector<std::vector<float>>> tryCompute(const EmbedderOptions& options,
                                                       std::string_view kernels, int threads) {
        ALCOVE_TRY(m_embedder, create(file().name, options, kernels, threads));
        std::vector<std::vector<float>> found;
        std::vector<std::vector<Token>> texts;
        for (const golden::Rows& rows : file().goldens) texts.push_back(rows.tokens);
        if (m_embedder->model().info().pooling == Pooling::None) {
            for (const auto& tokens : texts) {
                ALCOVE_TRY(found.emplace_back(), m_embedder->tokenStates(tokens));
            }
            return found;
        }
        ALCOVE_TRY(auto embeddings, m_embedder->embedTokens(texts));
        for (Embedding& embedding : embeddings) found.push_back(std::move(embedding.values));
        return found;
    }

    std::unique_ptr<golden::Goldens> m_goldens;
    std::unique_ptr<Runtime> m_runtime;
    std::unique_ptr<Embedder> m_embedder;
};

QTEST_GUILESS_MAIN(EncoderTest)
#include "encoder_test.moc"
