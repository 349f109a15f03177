#include "engine/gguf/verify.h"

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <limits>

#include "engine/gguf/writer.h"
#include "engine/quant/block_check.h"
#include "engine/quant/blocks.h"
#include "tests/engine/gguf/raw.h"

using namespace alcove::engine;

namespace {

constexpr uint16_t kInfinity = 0x7c00;
constexpr uint16_t kNan = 0xfe01;

}  // namespace

class VerifyTest : public QObject {
    Q_OBJECT

private slots:
    void findsBadScales_data() {
        QTest::addColumn<QString>("type");
        QTest::addColumn<int>("offset");  // of a half in the block
        QTest::addColumn<QByteArray>("field");
        const QByteArray d = "scale d";
        QTest::newRow("F16") << "F16" << 0 << QByteArray("value");
        QTest::newRow("Q4_0") << "Q4_0" << 0 << d;
        QTest::newRow("Q4_1 d") << "Q4_1" << 0 << d;
        QTest::newRow("Q4_1 m") << "Q4_1" << 2 << QByteArray("offset m");
        QTest::newRow("Q5_0") << "Q5_0" << 0 << d;
        QTest::newRow("Q5_1 d") << "Q5_1" << 0 << d;
        QTest::newRow("Q5_1 m") << "Q5_1" << 2 << QByteArray("offset m");
        QTest::newRow("Q8_0") << "Q8_0" << 0 << d;
        QTest::newRow("Q2_K d") << "Q2_K" << 80 << d;
        QTest::newRow("Q2_K dmin") << "Q2_K" << 82 << QByteArray("scale dmin");
        QTest::newRow("Q3_K") << "Q3_K" << 108 << d;
        QTest::newRow("Q4_K d") << "Q4_K" << 0 << d;
        QTest::newRow("Q4_K dmin") << "Q4_K" << 2 << QByteArray("scale dmin");
        QTest::newRow("Q5_K d") << "Q5_K" << 0 << d;
        QTest::newRow("Q5_K dmin") << "Q5_K" << 2 << QByteArray("scale dmin");
        QTest::newRow("Q6_K") << "Q6_K" << 208 << d;
        QTest::newRow("IQ4_NL") << "IQ4_NL" << 0 << d;
        QTest::newRow("IQ4_XS") << "IQ4_XS" << 0 << d;
    }

    void findsBadScales() {
        QFETCH(QString, type);
        QFETCH(int, offset);
        QFETCH(QByteArray, field);
        const TypeTraits& traits = *traitsOf(*typeByName(type.toStdString()));
        std::vector<std::byte> blocks(static_cast<size_t>(traits.blockBytes) * 5);
        QVERIFY(!findFault(traits.type, blocks.data(), 5));
        std::byte* third = blocks.data() + 3 * traits.blockBytes + offset;
        std::memcpy(third, &kInfinity, 2);
        auto fault = findFault(traits.type, blocks.data(), 5);
        QVERIFY(fault.has_value());
        QCOMPARE(fault->block, int64_t{3});
        QCOMPARE(QByteArray::fromStdString(fault->what), field + " is infinite");
        std::memcpy(third, &kNan, 2);
        fault = findFault(traits.type, blocks.data(), 5);
        QCOMPARE(QByteArray::fromStdString(fault->what), field + " is not a number");
    }

    void findsBadValues() {
        float floats[] = {1.0f, std::numeric_limits<float>::max(), -1e-45f,
                          -std::numeric_limits<float>::infinity()};
        const auto* bytes = reinterpret_cast<const std::byte*>(floats);
        QVERIFY(!findFault(TensorType::F32, bytes, 3));
        QCOMPARE(findFault(TensorType::F32, bytes, 4)->block, int64_t{3});
        QCOMPARE(findNotFinite(floats).value(), int64_t{3});
        const uint16_t bfloats[] = {0x3f80, 0x7f7f, 0x7f80};
        const auto* narrow = reinterpret_cast<const std::byte*>(bfloats);
        QVERIFY(!findFault(TensorType::BF16, narrow, 2));
        QCOMPARE(findFault(TensorType::BF16, narrow, 3)->block, int64_t{2});
        BlockMXFP4 block{};
        block.e = 252;
        QVERIFY(std::isfinite(12 * mxfp4Scale(252)));
        QVERIFY(!findFault(TensorType::MXFP4, reinterpret_cast<std::byte*>(&block), 1));
        block.e = 253;
        QVERIFY(findFault(TensorType::MXFP4, reinterpret_cast<std::byte*>(&block), 1));
    }

    void reportsWhatIsThere() {
        const auto bytes = raw::tinyFile();
        const auto file = GgufFile::parse(bytes, "tiny");
        QVERIFY(file.ok());
        alcove::ThreadPool pool(2);
        const auto report = verify(*file, pool);
        QVERIFY(report.ok());
        QCOMPARE(report->tensors, int64_t{3});
        QCOMPARE(report->metadata, int64_t{19});
        QCOMPARE(report->elements, int64_t{3 + 64 + 4});
        QCOMPARE(report->types.size(), size_t{3});
        QCOMPARE(report->types[0].first, TensorType::Q8_0);
        QCOMPARE(report->faults.size(), size_t{1});  // no architecture
        QVERIFY(report->faults[0].find("general.architecture") != std::string::npos);
    }

    /// The first fault of each tensor, however many threads look for it.
    void reportsFaultsOfFiles() {
        GgufWriter writer;
        writer.addString("general.architecture", "test");
        writer.addTensor("good", TensorType::F32, {1000},
                         [] { return alcove::Result(std::vector<std::byte>(4000)); });
        writer.addTensor("bad", TensorType::F16, {1000000}, [] {
            std::vector<std::byte> data(2000000);
            for (const size_t at : {700001u, 900000u})
                std::memcpy(data.data() + at * 2, &kInfinity, 2);
            return alcove::Result(std::move(data));
        });
        const QTemporaryDir dir;
        const std::filesystem::path path = dir.filePath("model.gguf").toStdString();
        QVERIFY(writer.write(path).ok());
        alcove::ThreadPool pool(3);
        const auto report = verifyFile(path, pool);
        QVERIFY(report.ok() && !report->ok());
        QCOMPARE(report->faults.size(), size_t{1});
        QCOMPARE(report->faults[0],
                 std::string("tensor \"bad\": block 700001 (byte 1400002 of its data): value is "
                             "infinite"));
        QVERIFY(
            !verifyFile(path, pool, [](size_t, size_t, std::string_view) { return false; }).ok());
        QVERIFY(!verifyFile(dir.filePath("missing").toStdString(), pool).ok());
    }
};

QTEST_GUILESS_MAIN(VerifyTest)
#include "verify_test.moc"
