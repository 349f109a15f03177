// all-MiniLM-L6-v2, imported as F16 and as Q8_0, against the same model in numpy
// (tests/support/minilm_oracle.py) on 1,000 sentences.

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <fstream>

#include "engine/import/import.h"
#include "engine/model/embedder.h"
#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

constexpr size_t kCount = 1000, kWidth = 384;

template <typename T>
std::vector<T> readAll(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
    return values;
}

}  // namespace

class MiniLmTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        const auto data = golden::testData();
        if (!data) QSKIP("ALCOVE_TEST_DATA names no folder with test data");
        m_models = *data / "models";
        const auto python = *data / "venv" / "bin" / "python";
        for (const auto& needed : {python, m_models / "all-MiniLM-L6-v2" / "model.safetensors"})
            if (!std::filesystem::exists(needed))
                QSKIP(concat("missing: ", needed.string()).c_str());
        const std::filesystem::path out = m_folder.path().toStdString();
        QProcess oracle;
        oracle.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        oracle.start(
            QString::fromStdString(python.string()),
            {QStringLiteral(ALCOVE_SOURCES "/tests/support/minilm_oracle.py"),
             QString::fromStdString((m_models / "all-MiniLM-L6-v2").string()), m_folder.path()});
        QVERIFY(oracle.waitForFinished(-1));
        QCOMPARE(oracle.exitCode(), 0);
        std::ifstream lines(out / "sentences.txt");
        for (std::string line; std::getline(lines, line);) m_sentences.push_back(line);
        m_vectors = readAll<float>(out / "vectors.f32");
        m_lengths = readAll<int32_t>(out / "lengths.i32");
        QCOMPARE(m_sentences.size(), kCount);
        QCOMPARE(m_vectors.size(), kCount * kWidth);
        QCOMPARE(m_lengths.size(), kCount);
        GOLDEN_TRY(m_runtime, golden::runtime(0));
    }

    void cosines_data() {
        QTest::addColumn<QString>("type");
        QTest::addColumn<double>("least");
        QTest::newRow("F16") << "F16" << 0.9999;
        QTest::newRow("Q8_0") << "Q8_0" << 0.999;
    }
    void cosines() {
        QFETCH(QString, type);
        QFETCH(double, least);
        const auto path = std::filesystem::path(m_folder.path().toStdString()) / "imported.gguf";
        ImportOptions options;
        options.type = type.toStdString();
        const auto imported = importModel(m_models / "all-MiniLM-L6-v2", path, options);
        QVERIFY2(imported.ok(), imported.ok() ? "" : imported.message().c_str());
        GOLDEN_TRY(auto model, Model::load(path));
        GOLDEN_TRY(auto embedder, Embedder::create(model, *m_runtime));
        QCOMPARE(embedder->dimension(), static_cast<int64_t>(kWidth));
        GOLDEN_TRY(const auto found, embedder->embed(m_sentences));
        QCOMPARE(found.size(), kCount);
        double worst = 1.0;
        for (size_t i = 0; i < kCount; ++i) {
            QCOMPARE(found[i].tokens, m_lengths[i]);
            QVERIFY(!found[i].truncated);
            double cosine = 0.0;
            for (size_t k = 0; k < kWidth; ++k)
                cosine += static_cast<double>(found[i].values[k]) * m_vectors[i * kWidth + k];
            worst = std::min(worst, cosine);
            QVERIFY2(cosine >= least, concat(cosine, ": ", m_sentences[i]).c_str());
        }
        qInfo("least cosine %.6f", worst);
    }

private:
    QTemporaryDir m_folder;
    std::filesystem::path m_models;
    std::vector<std::string> m_sentences;
    std::vector<float> m_vectors;
    std::vector<int32_t> m_lengths;
    std::unique_ptr<Runtime> m_runtime;
};

QTEST_GUILESS_MAIN(MiniLmTest)
#include "minilm_test.moc"
