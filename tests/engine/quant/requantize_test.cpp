#include "engine/quant/requantize.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "engine/gguf/verify.h"
#include "engine/gguf/writer.h"
#include "engine/quant/quantize.h"
#include "tests/engine/quant/recipe.h"

using namespace alcove::engine;
namespace fs = std::filesystem;

namespace {

constexpr int kLayers = 8;

using Types = std::map<std::string, TensorType>;

struct Options {
    bool tied = false;
    float spike = 0;  // put into blk.0.attn_q.weight, row 1, column 3, when not 0
};

/// A file with the tensors of a small llama, in F32, of bell-shaped values.
void writeModel(const fs::path& path, Options options = {}) {
    GgufWriter writer;
    writer.addString("general.architecture", "llama");
    writer.addU32("general.file_type", 0);
    writer.addString("quantize.imatrix.file", "old");
    writer.addStrings("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b"});
    uint64_t counter = 0;
    const auto add = [&](const std::string& name, std::vector<int64_t> shape) {
        int64_t count = 1;
        for (const int64_t extent : shape) count *= extent;
        std::vector<float> values(static_cast<size_t>(count));
        for (float& value : values) value = recipe::bell(counter++) / 16;
        if (name == "blk.0.attn_q.weight" && options.spike != 0)
            values[static_cast<size_t>(shape[0]) + 3] = options.spike;
        const auto bytes = std::as_bytes(std::span(values));
        writer.addTensor(name, TensorType::F32, std::move(shape),
                         [data = std::vector<std::byte>(bytes.begin(), bytes.end())] {
                             return alcove::Result(data);
                         });
    };
    add("token_embd.weight", {256, 40});
    if (!options.tied) add("output.weight", {256, 40});
    add("output_norm.weight", {256});
    add("position_embd.weight", {256, 16});
    for (int layer = 0; layer < kLayers; ++layer) {
        const std::string prefix = "blk." + std::to_string(layer) + ".";
        add(prefix + "attn_norm.weight", {256});
        add(prefix + "attn_q.weight", {256, 8});
        add(prefix + "attn_v.weight", {256, 8});
        add(prefix + "ffn_down.weight", {512, 8});
        add(prefix + "ffn_down.bias", {256, 8});
        add(prefix + "ffn_gate_inp.weight", {256, 8});
        add(prefix + "ffn_up.weight", {96, 32});    // no multiple of 256
        add(prefix + "ffn_gate.weight", {36, 32});  // nor of 32
        add(prefix + "attn_qkv.weight", {256, 12});
        add(prefix + "small.weight", {32, 8});
    }
    QVERIFY(writer.write(path).ok());
}

Types typesOf(const GgufFile& file) {
    Types types;
    for (const TensorInfo& tensor : file.tensors()) types[std::string(tensor.name)] = tensor.type;
    return types;
}

std::vector<float> valuesOf(const GgufFile& file, std::string_view name) {
    const TensorInfo* tensor = file.tensor(name);
    std::vector<float> values(static_cast<size_t>(tensor->elements()));
    dequantize(tensor->type, tensor->data.data(), values.data(), tensor->elements());
    return values;
}

}  // namespace

class RequantizeTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    alcove::ThreadPool m_pool{2};

    fs::path path(const char* name) const { return m_dir.filePath(name).toStdString(); }

private slots:
    void initTestCase() { writeModel(path("in.gguf")); }

    void namesAreKnown() {
        QCOMPARE(typeChoice("q4_k_m")->type, TensorType::Q4_K);
        QVERIFY(typeChoice("Q4_K_M")->mix && !typeChoice("Q4_K")->mix);
        QVERIFY(!typeChoice("Q9") && !typeChoice(""));
        QVERIFY(typeChoiceNames().find("Q8_0, Q6_K, Q5_K_M") != std::string::npos);
    }

    void everyChoice_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("narrow");  // what rows of 96 get
        QTest::addColumn<double>("error");    // relative, of the matrices
        QTest::newRow("F32") << "F32" << "F32" << 0.0;
        QTest::newRow("F16") << "F16" << "F16" << 3e-4;
        QTest::newRow("BF16") << "BF16" << "BF16" << 2.2e-3;
        QTest::newRow("Q8_0") << "Q8_0" << "Q8_0" << 6e-3;
        QTest::newRow("Q6_K") << "Q6_K" << "Q8_0" << 0.018;
        QTest::newRow("Q5_K") << "Q5_K" << "Q5_1" << 0.04;
        QTest::newRow("Q5_K_M") << "Q5_K_M" << "Q5_1" << 0.04;
        QTest::newRow("Q5_1") << "Q5_1" << "Q5_1" << 0.04;
        QTest::newRow("Q5_0") << "Q5_0" << "Q5_0" << 0.05;
        QTest::newRow("Q4_K") << "Q4_K" << "Q5_0" << 0.08;
        QTest::newRow("Q4_K_M") << "Q4_K_M" << "Q5_0" << 0.08;
        QTest::newRow("Q4_1") << "Q4_1" << "Q4_1" << 0.08;
        QTest::newRow("Q4_0") << "Q4_0" << "Q4_0" << 0.1;
        QTest::newRow("IQ4_NL") << "IQ4_NL" << "IQ4_NL" << 0.08;
        QTest::newRow("IQ4_XS") << "IQ4_XS" << "IQ4_NL" << 0.08;
        QTest::newRow("MXFP4") << "MXFP4" << "MXFP4" << 0.13;
        QTest::newRow("Q3_K") << "Q3_K" << "Q4_0" << 0.16;
        QTest::newRow("Q2_K") << "Q2_K" << "Q4_0" << 0.28;
    }

    void everyChoice() {
        QFETCH(QString, name);
        QFETCH(QString, narrow);
        QFETCH(double, error);
        const TypeChoice choice = typeChoice(name.toStdString()).value();
        const auto report = quantizeFile(path("in.gguf"), path("out.gguf"), choice, m_pool);
        QVERIFY2(report.ok(), report.ok() ? "" : report.message().c_str());
        const auto out = GgufFile::open(path("out.gguf"));
        const auto in = GgufFile::open(path("in.gguf"));
        QVERIFY2(out.ok(), out.ok() ? "" : out.message().c_str());
        QCOMPARE(report->bytesAfter, out->bytes());
        QCOMPARE(report->fromQuantized, int64_t{0});
        QCOMPARE(out->integer("general.file_type").value(), int64_t{choice.fileType});
        QCOMPARE(out->integer("general.quantization_version").value(), int64_t{2});
        QCOMPARE(out->array("tokenizer.ggml.tokens")->strings[1], std::string_view("b"));
        QVERIFY(!out->find("quantize.imatrix.file"));
        Types types = typesOf(*out);
        QCOMPARE(types.size(), in->tensors().size());
        QCOMPARE(types["blk.3.attn_q.weight"], choice.type);
        QCOMPARE(types["blk.3.ffn_up.weight"], typeByName(narrow.toStdString()).value());
        for (const char* kept :
             {"output_norm.weight", "position_embd.weight", "blk.1.ffn_down.bias",
              "blk.1.ffn_gate_inp.weight", "blk.1.small.weight"})
            QCOMPARE(types[kept], TensorType::F32);
        for (const char* matrix : {"blk.3.attn_q.weight", "blk.7.ffn_up.weight"}) {
            const auto before = valuesOf(*in, matrix);
            const auto after = valuesOf(*out, matrix);
            double off = 0;
            double size = 0;
            for (size_t i = 0; i < before.size(); ++i) {
                off += std::pow(after[i] - before[i], 2);
                size += std::pow(before[i], 2);
            }
            QVERIFY2(std::sqrt(off / size) <= error,
                     qPrintable(QString("%1: %2").arg(matrix).arg(std::sqrt(off / size))));
        }
        const auto checked = verifyFile(path("out.gguf"), m_pool);
        QVERIFY(checked.ok() && checked->ok());
    }

    void mixesSpendBitsWhereItCounts() {
        for (const bool tied : {false, true}) {
            writeModel(path("model.gguf"), {.tied = tied});
            const auto report = quantizeFile(path("model.gguf"), path("mix.gguf"),
                                             typeChoice("Q4_K_M").value(), m_pool);
            QVERIFY(report.ok());
            const auto out = GgufFile::open(path("mix.gguf"));
            QVERIFY(out.ok());
            Types types = typesOf(*out);
            if (!tied) QCOMPARE(types["output.weight"], TensorType::Q6_K);
            QCOMPARE(types["token_embd.weight"], tied ? TensorType::Q6_K : TensorType::Q4_K);
            QCOMPARE(types["blk.0.attn_qkv.weight"], TensorType::Q5_K);
            QCOMPARE(types["blk.0.ffn_gate.weight"], TensorType::F16);
            const bool sensitive[kLayers] = {true, false, false, true, false, false, true, true};
            for (int layer = 0; layer < kLayers; ++layer) {
                const std::string prefix = "blk." + std::to_string(layer) + ".";
                const TensorType expected = sensitive[layer] ? TensorType::Q6_K : TensorType::Q4_K;
                QCOMPARE(types[prefix + "attn_v.weight"], expected);
                QCOMPARE(types[prefix + "ffn_down.weight"], expected);
                QCOMPARE(types[prefix + "attn_q.weight"], TensorType::Q4_K);
            }
            QCOMPARE(report->fallbacks.size(), size_t{2 * kLayers});
        }
    }

    /// Blocks of the type wanted are not unpacked and packed again.
    void sameTypeIsCopied() {
        const TypeChoice choice = typeChoice("Q4_K").value();
        QVERIFY(quantizeFile(path("in.gguf"), path("once.gguf"), choice, m_pool).ok());
        const auto again = quantizeFile(path("once.gguf"), path("twice.gguf"), choice, m_pool);
        QVERIFY(again.ok());
        QCOMPARE(again->converted, int64_t{0});
        const auto once = GgufFile::open(path("once.gguf"));
        const auto twice = GgufFile::open(path("twice.gguf"));
        for (const TensorInfo& tensor : once->tensors())
            QVERIFY(std::ranges::equal(tensor.data, twice->tensor(tensor.name)->data));
        const auto other =
            quantizeFile(path("once.gguf"), path("other.gguf"), typeChoice("Q8_0").value(), m_pool);
        QVERIFY(other.ok() && other->fromQuantized > 0);
    }

    void threadsDoNotChangeTheResult() {
        alcove::ThreadPool one(1);
        alcove::ThreadPool three(3);
        const TypeChoice choice = typeChoice("Q4_K_M").value();
        QVERIFY(quantizeFile(path("in.gguf"), path("one.gguf"), choice, one).ok());
        QVERIFY(quantizeFile(path("in.gguf"), path("three.gguf"), choice, three).ok());
        QFile first(m_dir.filePath("one.gguf"));
        QFile second(m_dir.filePath("three.gguf"));
        QVERIFY(first.open(QIODevice::ReadOnly) && second.open(QIODevice::ReadOnly));
        QVERIFY(first.readAll() == second.readAll());
    }

    void badValuesAreRefused_data() {
        QTest::addColumn<float>("value");
        QTest::addColumn<QString>("type");
        QTest::addColumn<QByteArray>("expected");
        const float infinity = std::numeric_limits<float>::infinity();
        const QByteArray notFinite = "row 1, column 3: the value is not a finite number";
        QTest::newRow("infinity") << infinity << "Q4_K" << notFinite;
        QTest::newRow("NaN") << std::nanf("") << "F16" << notFinite;
        QTest::newRow("F16") << 70000.0f << "F16"
                             << QByteArray("row 1, column 3: too large for F16: value is infinite");
        QTest::newRow("Q8_0") << 1e8f << "Q8_0"
                              << QByteArray("row 1, column 0: too large for Q8_0: scale d is");
        QTest::newRow("Q4_K") << -1e9f << "Q4_K" << QByteArray("too large for Q4_K");
    }

    void badValuesAreRefused() {
        QFETCH(float, value);
        QFETCH(QString, type);
        QFETCH(QByteArray, expected);
        writeModel(path("bad.gguf"), {.spike = value});
        const auto report = quantizeFile(path("bad.gguf"), path("none.gguf"),
                                         typeChoice(type.toStdString()).value(), m_pool);
        QVERIFY(!report.ok());
        const QByteArray message = QByteArray::fromStdString(report.message());
        QVERIFY2(message.contains("bad.gguf: tensor \"blk.0.attn_q.weight\": " +
                                  (expected.startsWith("row") ? expected : QByteArray())) &&
                     message.contains(expected),
                 message);
        QVERIFY(!fs::exists(path("none.gguf")));
    }

    void cancellingLeavesNothing() {
        size_t calls = 0;
        const auto report =
            quantizeFile(path("in.gguf"), path("none.gguf"), typeChoice("Q8_0").value(), m_pool,
                         [&](size_t done, size_t, std::string_view) {
                             ++calls;
                             return done < 5;
                         });
        QVERIFY(!report.ok());
        QCOMPARE(calls, size_t{6});
        QVERIFY(!fs::exists(path("none.gguf")));
    }

    void filesAreNamedInErrors() {
        const TypeChoice choice = typeChoice("Q8_0").value();
        const auto same = quantizeFile(path("in.gguf"), path("in.gguf"), choice, m_pool);
        QVERIFY(!same.ok() && same.message().find("files in use") != std::string::npos);
        const auto missing = quantizeFile(path("missing"), path("none.gguf"), choice, m_pool);
        QVERIFY(!missing.ok() && missing.message().find("missing") != std::string::npos);
        const auto folder = quantizeFile(path("in.gguf"), path("no/out.gguf"), choice, m_pool);
        QVERIFY(!folder.ok() && folder.message().find("no/out.gguf") != std::string::npos);
    }

    void ggufPyReadsIt() {
        const QString python = qEnvironmentVariable("ALCOVE_TEST_DATA") + "/venv/bin/python";
        if (!QFile::exists(python)) QSKIP("no Python with gguf: ALCOVE_TEST_DATA has no venv");
        QVERIFY(
            quantizeFile(path("in.gguf"), path("mix.gguf"), typeChoice("Q4_K_M").value(), m_pool)
                .ok());
        QProcess process;
        process.start(python, {ALCOVE_GGUF_DUMP, m_dir.filePath("mix.gguf")});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.readAllStandardError(), QByteArray());
        const QByteArray dump = process.readAllStandardOutput();
        const auto file = GgufFile::open(path("mix.gguf"));
        QCOMPARE(dump.count('\n'),
                 static_cast<int>(file->metadata().size() + file->tensors().size()));
        QVERIFY(dump.contains("general.file_type 15\n"));
        for (const TensorInfo& tensor : file->tensors()) {
            uint64_t sum = 0;
            for (const std::byte byte : tensor.data) sum += std::to_integer<unsigned>(byte);
            QString shape = QString::number(tensor.shape[0]);
            if (tensor.rank > 1) shape += "x" + QString::number(tensor.shape[1]);
            const std::string_view type = traitsOf(tensor.type)->name;
            const QString line = QString("\n%1 %2 %3 %4\n")
                                     .arg(QString::fromStdString(std::string(tensor.name)),
                                          QString::fromStdString(std::string(type)), shape)
                                     .arg(sum);
            QVERIFY2(dump.contains(line.toUtf8()), qPrintable(line));
        }
    }
};

QTEST_GUILESS_MAIN(RequantizeTest)
#include "requantize_test.moc"
