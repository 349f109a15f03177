// dequantize() against gguf-py, to the bit; see tests/data/quant/make_goldens.py.
#include <QtTest>
#include <vector>

#include "engine/quant/quantize.h"
#include "tests/engine/quant/goldens.h"
#include "tests/engine/quant/recipe.h"

using namespace alcove::engine;

namespace {

constexpr int kTypes = 16;

}  // namespace

class DequantizeTest : public QObject {
    Q_OBJECT

private slots:
    void randomBlocks_data() {
        QTest::addColumn<QString>("type");
        QTest::addColumn<qint64>("blocks");
        QTest::addColumn<quint64>("expected");
        int rows = 0;
        for (const QStringList& fields : goldens("checksums.txt")) {
            if (fields[0] != "dequantize") continue;
            QTest::newRow(qPrintable(fields[1]))
                << fields[1] << fields[2].toLongLong() << fields[3].toULongLong(nullptr, 16);
            ++rows;
        }
        QCOMPARE(rows, kTypes);
    }

    /// Any bytes make a block, so infinite, NaN and subnormal scales are among them.
    void randomBlocks() {
        QFETCH(QString, type);
        QFETCH(qint64, blocks);
        QFETCH(quint64, expected);
        const TypeTraits& traits = *traitsOf(typeNamed(type));
        const auto bytes = recipe::randomBytes(static_cast<size_t>(blocks * traits.blockBytes));
        std::vector<float> values(static_cast<size_t>(blocks * traits.blockSize));
        dequantize(traits.type, bytes.data(), values.data(), blocks * traits.blockSize);
        QCOMPARE(recipe::checksum(values), expected);
    }

    void oneBlock_data() {
        QTest::addColumn<QString>("type");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("floats");
        const QList<QStringList> lines = goldens("blocks.txt");
        QCOMPARE(lines.size(), kTypes);
        for (const QStringList& fields : lines)
            QTest::newRow(qPrintable(fields[0]))
                << fields[0] << QByteArray::fromHex(fields[1].toLatin1())
                << QByteArray::fromHex(fields[2].toLatin1());
    }

    /// At an odd address, too: a file may be read in pieces.
    void oneBlock() {
        QFETCH(QString, type);
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, floats);
        std::vector<float> values(static_cast<size_t>(floats.size()) / sizeof(float));
        for (const qsizetype shift : {0, 1}) {
            const QByteArray moved = QByteArray(shift, 'x') + bytes;
            dequantize(typeNamed(type), reinterpret_cast<const std::byte*>(moved.data() + shift),
                       values.data(), static_cast<int64_t>(values.size()));
            for (size_t i = 0; i < values.size(); ++i) {
                float expected;
                std::memcpy(&expected, floats.data() + i * sizeof(float), sizeof expected);
                if (std::isnan(expected))
                    QVERIFY(std::isnan(values[i]));
                else
                    QCOMPARE(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected));
            }
        }
    }
};

QTEST_GUILESS_MAIN(DequantizeTest)
#include "dequantize_test.moc"
