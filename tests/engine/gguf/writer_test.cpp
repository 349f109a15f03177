#include "engine/gguf/writer.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <iterator>

#include "tests/engine/gguf/raw.h"

using namespace alcove::engine;
namespace fs = std::filesystem;

namespace {

GgufWriter::Produce bytesOf(size_t size, uint8_t value) {
    return [=]() -> alcove::Result<std::vector<std::byte>> {
        return std::vector<std::byte>(size, std::byte{value});
    };
}

GgufWriter everything() {
    GgufWriter writer;
    writer.addString("general.architecture", "tiny");
    writer.addU32("u32", 4000000000u);
    writer.addU64("u64", 18000000000000000000u);
    writer.addI32("i32", -7);
    writer.addF32("f32", 0.25f);
    writer.addBool("yes", true);
    writer.addStrings("strings", std::vector<std::string>{"a", "", "é"});
    writer.addI32s("i32s", std::vector<int32_t>{1, -2});
    writer.addU32s("u32s", std::vector<uint32_t>{3, 4, 5});
    writer.addF32s("f32s", std::vector<float>{0.5f});
    const bool bools[] = {true, false};
    writer.addBools("bools", bools);
    writer.addTensor("one", TensorType::F32, {3}, bytesOf(12, 1));
    writer.addTensor("two", TensorType::Q8_0, {64, 2}, bytesOf(136, 2));
    writer.addTensor("three", TensorType::BF16, {2, 1, 5}, bytesOf(20, 3));
    return writer;
}

std::vector<std::byte> contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

qsizetype filesIn(const QTemporaryDir& dir) {
    return QDir(dir.path()).entryList(QDir::Files).size();
}

}  // namespace

class WriterTest : public QObject {
    Q_OBJECT

private slots:
    void whatIsWrittenIsRead() {
        const QTemporaryDir dir;
        const fs::path path = dir.filePath("out.gguf").toStdString();
        const auto written = everything().write(path);
        QVERIFY2(written.ok(), written.ok() ? "" : written.message().c_str());
        QCOMPARE(filesIn(dir), 1);
        const auto file = GgufFile::open(path);
        QVERIFY2(file.ok(), file.ok() ? "" : file.message().c_str());
        QCOMPARE(file->version(), 3u);
        QCOMPARE(file->metadata().size(), size_t{11});
        QCOMPARE(file->string("general.architecture").value(), std::string_view("tiny"));
        QCOMPARE(file->integer("u32").value(), int64_t{4000000000});
        QCOMPARE(file->number("u64").value(), 18e18);
        QCOMPARE(file->integer("i32").value(), int64_t{-7});
        QCOMPARE(file->number("f32").value(), 0.25);
        QCOMPARE(file->boolean("yes").value(), true);
        QCOMPARE(file->array("strings")->strings[2], std::string_view("é"));
        QCOMPARE(file->array("i32s")->integer(1), int64_t{-2});
        QCOMPARE(file->array("u32s")->integer(2), int64_t{5});
        QCOMPARE(file->array("f32s")->number(0), 0.5);
        QCOMPARE(file->array("bools")->integer(0), int64_t{1});
        const TensorInfo* three = file->tensor("three");
        QCOMPARE(three->rank, 3);
        QCOMPARE(three->shape[2], int64_t{5});
        QCOMPARE(three->type, TensorType::BF16);
        QCOMPARE(three->data.size(), size_t{20});
        QCOMPARE(std::to_integer<int>(three->data[19]), 3);
        QCOMPARE(file->bytes() % 32, uint64_t{0});
    }

    /// Values of every type, arrays and nested ones, pass through unchanged.
    void valuesAreCopiedAsTheyAre() {
        const auto source = raw::tinyFile();
        const auto file = GgufFile::parse(source, "tiny");
        QVERIFY(file.ok());
        GgufWriter writer;
        for (const auto& [key, value] : file->metadata())
            if (key != "general.alignment") writer.addValue(key, value);
        const QTemporaryDir dir;
        const fs::path path = dir.filePath("out.gguf").toStdString();
        QVERIFY(writer.write(path).ok());
        const auto copy = contents(path);
        // The pairs start at byte 24 in both; the source's last is the alignment.
        const std::string_view sourceText(reinterpret_cast<const char*>(source.data()),
                                          source.size());
        const size_t pairs = sourceText.find("general.alignment") - 8;
        QVERIFY(copy.size() >= pairs);
        QVERIFY(std::equal(source.begin() + 24, source.begin() + static_cast<long>(pairs),
                           copy.begin() + 24));
    }

    void mistakesAreReported_data() {
        QTest::addColumn<QString>("mistake");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("key") << "key" << QByteArray("metadata \"u32\" was added twice");
        QTest::newRow("alignment") << "alignment" << QByteArray("\"general.alignment\" cannot");
        QTest::newRow("name") << "name" << QByteArray("tensor \"one\" has no name or was added");
        QTest::newRow("row") << "row" << QByteArray("rows of 33 values are no multiple of the 32");
        QTest::newRow("shape") << "shape" << QByteArray("a dimension of -1 is not possible");
        QTest::newRow("overflow") << "overflow" << QByteArray("is not possible");
        QTest::newRow("rank") << "rank" << QByteArray("its rank is 5");
        QTest::newRow("size") << "size" << QByteArray("tensor \"bad\": 5 bytes were produced");
        QTest::newRow("producer") << "producer" << QByteArray("the source is gone");
    }

    void mistakesAreReported() {
        QFETCH(QString, mistake);
        QFETCH(QByteArray, expected);
        GgufWriter writer = everything();
        if (mistake == "key") writer.addU32("u32", 1);
        if (mistake == "alignment") writer.addU32("general.alignment", 64);
        if (mistake == "name") writer.addTensor("one", TensorType::F32, {1}, bytesOf(4, 0));
        if (mistake == "row") writer.addTensor("bad", TensorType::Q8_0, {33}, bytesOf(34, 0));
        if (mistake == "shape") writer.addTensor("bad", TensorType::F32, {4, -1}, bytesOf(4, 0));
        if (mistake == "overflow")
            writer.addTensor("bad", TensorType::F32, {int64_t{1} << 40, int64_t{1} << 40},
                             bytesOf(4, 0));
        if (mistake == "rank")
            writer.addTensor("bad", TensorType::F32, {1, 1, 1, 1, 1}, bytesOf(4, 0));
        if (mistake == "size") writer.addTensor("bad", TensorType::F32, {1}, bytesOf(5, 0));
        if (mistake == "producer")
            writer.addTensor("bad", TensorType::F32, {1},
                             []() -> alcove::Result<std::vector<std::byte>> {
                                 return alcove::fail("the source is gone");
                             });
        const QTemporaryDir dir;
        const auto written = writer.write(dir.filePath("out.gguf").toStdString());
        QVERIFY(!written.ok());
        QVERIFY2(QByteArray::fromStdString(written.message()).contains(expected),
                 written.message().c_str());
        QCOMPARE(filesIn(dir), 0);
    }

    void failureKeepsTheOlderFile() {
        const QTemporaryDir dir;
        const fs::path path = dir.filePath("out.gguf").toStdString();
        QVERIFY(everything().write(path).ok());
        const auto before = contents(path);
        GgufWriter writer = everything();
        writer.addTensor("bad", TensorType::F32, {1}, bytesOf(5, 0));
        QVERIFY(!writer.write(path).ok());
        QVERIFY(contents(path) == before);
    }

    void ggufPyReadsTheSame() {
        const QString python = qEnvironmentVariable("ALCOVE_TEST_DATA") + "/venv/bin/python";
        if (!QFile::exists(python)) QSKIP("no Python with gguf: ALCOVE_TEST_DATA has no venv");
        const QTemporaryDir dir;
        QVERIFY(everything().write(dir.filePath("out.gguf").toStdString()).ok());
        QProcess process;
        process.start(python, {ALCOVE_GGUF_DUMP, dir.filePath("out.gguf")});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.readAllStandardError(), QByteArray());
        QCOMPARE(process.readAllStandardOutput(), QByteArray("general.architecture tiny\n"
                                                             "u32 4000000000\n"
                                                             "u64 18000000000000000000\n"
                                                             "i32 -7\n"
                                                             "f32 0.25\n"
                                                             "yes True\n"
                                                             "strings ['a', '', 'é']\n"
                                                             "i32s [1, -2]\n"
                                                             "u32s [3, 4, 5]\n"
                                                             "f32s [0.5]\n"
                                                             "bools [True, False]\n"
                                                             "one F32 3 12\n"
                                                             "two Q8_0 64x2 272\n"
                                                             "three BF16 2x1x5 60\n"));
    }
};

QTEST_GUILESS_MAIN(WriterTest)
#include "writer_test.moc"
