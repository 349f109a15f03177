#include "engine/gguf/reader.h"

#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "tests/engine/gguf/raw.h"

using namespace alcove::engine;
using raw::Bytes;
namespace fs = std::filesystem;

namespace {

QByteArray message(const alcove::Result<GgufFile>& file) {
    return file.ok() ? QByteArray("it was read") : QByteArray::fromStdString(file.message());
}

alcove::Result<GgufFile> parse(const Bytes& bytes) {
    return GgufFile::parse(bytes.bytes(), "bad.gguf");
}

Bytes withTensor(std::string_view name, std::vector<uint64_t> shape, TensorType type,
                 uint64_t offset, size_t data) {
    Bytes bytes;
    bytes.header(1, 0).tensor(name, std::move(shape), type, offset).align().zeros(data);
    return bytes;
}

Bytes withPair(std::string_view key, GgufType type) {
    Bytes bytes;
    bytes.header(0, 1).key(key, type);
    return bytes;
}

Bytes splitPart(uint16_t index, uint16_t count, int32_t tensors, std::string_view name) {
    Bytes bytes;
    bytes.header(1, 4).key("split.no", GgufType::U16).put(index);
    bytes.key("split.count", GgufType::U16).put(count);
    bytes.key("split.tensors.count", GgufType::I32).put(tensors);
    bytes.key("part", GgufType::U16).put(index);
    bytes.tensor(name, {8}, TensorType::F32, 0).align();
    for (int i = 0; i < 8; ++i) bytes.put(static_cast<float>(index));
    return bytes;
}

void save(const fs::path& path, const std::vector<std::byte>& bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

class ReaderTest : public QObject {
    Q_OBJECT

    void refusals(const char* row, const Bytes& bytes, const char* expected) {
        QTest::newRow(row) << QByteArray(reinterpret_cast<const char*>(bytes.bytes().data()),
                                         static_cast<qsizetype>(bytes.size()))
                           << QByteArray(expected);
    }

private slots:
    void readsEveryValue_data() {
        QTest::addColumn<uint>("version");
        QTest::newRow("version 2") << 2u;
        QTest::newRow("version 3") << 3u;
    }

    void readsEveryValue() {
        QFETCH(uint, version);
        const auto bytes = raw::tinyFile(version);
        const auto file = GgufFile::parse(bytes, "tiny");
        QVERIFY2(file.ok(), message(file));
        QCOMPARE(file->version(), version);
        QCOMPARE(file->bytes(), uint64_t{bytes.size()});
        QCOMPARE(file->metadata().size(), size_t{19});
        QCOMPARE(file->metadata()[2].first, std::string_view("u16"));
        QCOMPARE(file->integer("u8").value(), int64_t{200});
        QCOMPARE(file->integer("i8").value(), int64_t{-100});
        QCOMPARE(file->integer("u16").value(), int64_t{60000});
        QCOMPARE(file->integer("i16").value(), int64_t{-30000});
        QCOMPARE(file->integer("u32").value(), int64_t{4000000000});
        QCOMPARE(file->integer("i32").value(), int64_t{-2000000000});
        QCOMPARE(file->integer("i64").value(), int64_t{-9000000000000000000});
        QCOMPARE(file->number("f32").value(), 1.5);
        QCOMPARE(file->number("f64").value(), 2.25);
        QCOMPARE(file->boolean("bool").value(), true);
        QCOMPARE(file->string("string").value(), std::string_view("hé"));
    }

    void lookUpsAreTyped() {
        const auto bytes = raw::tinyFile();
        const auto file = GgufFile::parse(bytes, "tiny");
        QVERIFY(file.ok());
        QVERIFY(!file->integer("missing") && !file->find("missing") && !file->array("missing"));
        QVERIFY(!file->integer("f32") && !file->integer("bool") && !file->integer("string"));
        QVERIFY(!file->boolean("u8") && !file->string("u8") && !file->array("u8"));
        QVERIFY(!file->integer("u64"));  // above the largest int64_t
        QCOMPARE(file->number("u64").value(), 18e18);
        QCOMPARE(file->number("i8").value(), -100.0);
        QVERIFY(!file->number("string") && !file->number("bool"));
    }

    void readsArrays() {
        const auto bytes = raw::tinyFile();
        const auto file = GgufFile::parse(bytes, "tiny");
        QVERIFY(file.ok());
        const GgufArray* i16s = file->array("i16s");
        QCOMPARE(i16s->count, uint64_t{3});
        QCOMPARE(i16s->integer(1), int64_t{-2});
        QCOMPARE(i16s->number(2), 3.0);
        QCOMPARE(i16s->integer(3), int64_t{0});  // beyond the end
        QCOMPARE(file->array("f32s")->number(1), -4.0);
        QCOMPARE(file->array("bools")->integer(1), int64_t{1});
        QCOMPARE(file->array("strings")->strings.size(), size_t{2});
        QCOMPARE(file->array("strings")->strings[0], std::string_view("a"));
        QCOMPARE(file->array("empty")->count, uint64_t{0});
        const GgufArray* nested = file->array("nested");
        QCOMPARE(nested->arrays.size(), size_t{2});
        QCOMPARE(nested->arrays[0].integer(1), int64_t{8});
        QCOMPARE(nested->arrays[1].strings[0], std::string_view("x"));
    }

    void placesTensors() {
        const auto bytes = raw::tinyFile();
        const auto file = GgufFile::parse(bytes, "tiny");
        QVERIFY(file.ok());
        QCOMPARE(file->tensors().size(), size_t{3});
        QVERIFY(!file->tensor("four"));
        const TensorInfo* two = file->tensor("two");
        QCOMPARE(two->rank, 2);
        QCOMPARE(two->elements(), int64_t{64});
        QCOMPARE(two->rows(), int64_t{2});
        QCOMPARE(two->data.size(), size_t{68});
        const TensorInfo* one = file->tensor("one");
        float last;
        std::memcpy(&last, one->data.data() + 8, 4);
        QCOMPARE(last, 3.0f);
        QCOMPARE((one->data.data() - bytes.data()) % 64, std::ptrdiff_t{0});
        QCOMPARE(file->tensor("three")->data.data() + 8, bytes.data() + bytes.size());
    }

    void readsAFileOfNothing() {
        Bytes bytes;
        bytes.header(0, 0);
        QVERIFY(parse(bytes).ok());
    }

    void refuses_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("expected");
        refusals("nothing", Bytes(), "at byte 0, magic: needs 4 bytes, but 0 remain");
        refusals("magic", Bytes().text("GGML").zeros(20), "at byte 0, magic: not \"GGUF\"");
        refusals("version 1", Bytes().header(0, 0, 1), "at byte 4, version: 1 is not supported");
        refusals("version 4", Bytes().header(0, 0, 4), "at byte 4, version: 4 is not supported");
        refusals("big-endian", Bytes().header(0, 0, 0x03000000),
                 "at byte 4, version: the file is big-endian");
        refusals("tensor count", Bytes().header(uint64_t{1} << 60, 0),
                 "at byte 8, tensor count: 1152921504606846976 of them, at least 25 bytes each");
        refusals("metadata count", Bytes().header(0, ~uint64_t{0}),
                 "at byte 16, metadata count: 18446744073709551615 of them");
        refusals("tensor count behind metadata",
                 Bytes().header(2, 1).key("k", GgufType::String).string(std::string(50, 'x')),
                 "at byte 8, tensor count: 2 of them");
        refusals("key length", Bytes().header(0, 1).u64(~uint64_t{0}).zeros(20),
                 "at byte 32, metadata 0 key: needs 18446744073709551615 bytes, but 20 remain");
        refusals("empty key", Bytes().header(0, 1).string("").zeros(20),
                 "at byte 24, metadata 0 key: its length is 0");
        refusals("long key", Bytes().header(0, 1).string(std::string(65536, 'k')).zeros(20),
                 "its length is 65536");
        refusals("value type", withPair("k", static_cast<GgufType>(13)).zeros(20),
                 "at byte 33, \"k\": value type 13 does not exist");
        refusals("string length", withPair("k", GgufType::String).u64(1u << 30).zeros(9),
                 "at byte 45, \"k\": needs 1073741824 bytes, but 9 remain");
        refusals("scalar cut", withPair("k", GgufType::U64).zeros(7),
                 "at byte 37, \"k\": needs 8 bytes, but 7 remain");
        refusals("bool", withPair("k", GgufType::Bool).put(uint8_t{2}),
                 "at byte 37, \"k\": a bool is 2");
        refusals("array element type",
                 withPair("k", GgufType::Array).type(static_cast<GgufType>(99)).u64(0),
                 "at byte 37, \"k\": value type 99");
        refusals("array count",
                 withPair("k", GgufType::Array).type(GgufType::F64).u64(~uint64_t{0} / 8).zeros(64),
                 "at byte 41, \"k\": 2305843009213693951 of them, at least 8 bytes each");
        refusals("string count",
                 withPair("k", GgufType::Array).type(GgufType::String).u64(9).zeros(64),
                 "at byte 41, \"k\": 9 of them, at least 8 bytes each");
        refusals("bool in array",
                 withPair("k", GgufType::Array).type(GgufType::Bool).u64(2).put(uint16_t{0x0301}),
                 "at byte 50, \"k\": a bool is 3");
        Bytes deep = withPair("k", GgufType::Array);
        for (int i = 0; i < 100; ++i) deep.type(GgufType::Array).u64(1);
        refusals("deep arrays", deep, "\"k\": arrays are nested more than 4 deep");
        Bytes twice;
        twice.header(0, 2).key("k", GgufType::U8).put(uint8_t{0}).key("k", GgufType::U8);
        refusals("key twice", twice.put(uint8_t{0}), "at byte 38, metadata 1 key: \"k\" comes a");
        for (const uint32_t alignment : {0u, 1u, 4u, 48u, 1u << 21, 0x80000000u})
            refusals(qPrintable(QString("alignment %1").arg(alignment)),
                     withPair("general.alignment", GgufType::U32).u32(alignment),
                     "at byte 24, \"general.alignment\": ");
        refusals("alignment's type", withPair("general.alignment", GgufType::F32).put(32.0f),
                 "\"general.alignment\": it is not an integer");
        refusals("lone part of a split model",
                 withPair("split.count", GgufType::U16).put(uint16_t{2}), "\"split.count\" is 2");
    }

    void refuses() {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, expected);
        const auto file = GgufFile::parse(
            std::as_bytes(std::span(bytes.constData(), static_cast<size_t>(bytes.size()))),
            "bad.gguf");
        QVERIFY2(message(file).startsWith("bad.gguf: ") && message(file).contains(expected),
                 message(file));
    }

    void refusesTensors_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("expected");
        const auto f32 = TensorType::F32;
        const uint64_t huge = uint64_t{1} << 62;
        refusals("empty name", withTensor("", {1}, f32, 0, 64), "at byte 24, tensor 0 name: its");
        refusals("rank", withTensor("t", {1, 1, 1, 1, 1}, f32, 0, 64),
                 "at byte 33, tensor \"t\": its rank is 5");
        refusals("zero", withTensor("t", {4, 0}, f32, 0, 64),
                 "at byte 45, tensor \"t\": dimension 1 is 0");
        refusals("one huge dimension", withTensor("t", {huge}, f32, 0, 64),
                 "at byte 37, tensor \"t\": dimension 0 is 4611686018427387904, too large");
        refusals("product", withTensor("t", {1u << 31, 1u << 31, 4}, f32, 0, 64),
                 "at byte 45, tensor \"t\": dimension 1 is 2147483648, too large");
        refusals("product wraps to 0", withTensor("t", {1u << 31, 1u << 31, 2, 2}, f32, 0, 64),
                 "too large");
        refusals("foreign type", withTensor("t", {256}, static_cast<TensorType>(21), 0, 64),
                 "at byte 45, tensor \"t\": tensor type 21 (IQ3_S) is not supported");
        refusals("unknown type", withTensor("t", {256}, static_cast<TensorType>(1000), 0, 64),
                 "tensor type 1000 (unknown) is not supported");
        refusals("part of a block", withTensor("t", {48, 2}, TensorType::Q4_0, 0, 64),
                 "rows of 48 values are no multiple of the 32 in a block of type Q4_0");
        refusals("offset not aligned", withTensor("t", {1}, f32, 4, 64),
                 "at byte 49, tensor \"t\" offset: 4 is no multiple of 32");
        refusals("offset outside", withTensor("t", {1}, f32, 64, 64),
                 "at byte 49, tensor \"t\" off");
        refusals("offset wraps", withTensor("t", {8}, f32, ~uint64_t{0} - 31, 64),
                 "end beyond the file's 128 bytes");
        refusals("data cut", withTensor("t", {8}, f32, 32, 63), "end beyond the file's 127 bytes");
        refusals("no data at all", withTensor("t", {1}, f32, 0, 0), "end beyond the file's");
        Bytes twice;
        twice.header(2, 0).tensor("t", {1}, f32, 0).tensor("t", {1}, f32, 32).align().zeros(64);
        refusals("name twice", twice, "tensor 1 name: \"t\" comes a second time");
        Bytes overlap;
        overlap.header(2, 0).tensor("a", {9}, f32, 0).tensor("b", {8}, f32, 32).align().zeros(64);
        refusals("overlap", overlap, "tensor \"b\" offset: its data overlap those of \"a\"");
    }

    void refusesTensors() { refuses(); }

    void hostileNamesAreMadeHarmless() {
        const auto file = parse(withPair("\x1b[2J\n" + std::string(200, 'x'), GgufType::U64));
        QVERIFY2(message(file).contains("\"\\x1b[2J\\x0ax"), message(file));
        QVERIFY(message(file).size() < 200);
    }

    void opensSplitFilesFromAnyPart() {
        const QTemporaryDir dir;
        const fs::path folder = dir.path().toStdString();
        save(folder / "m-00001-of-00003.gguf", splitPart(0, 3, 3, "a").bytes());
        save(folder / "m-00002-of-00003.gguf", splitPart(1, 3, 3, "b").bytes());
        save(folder / "m-00003-of-00003.gguf", splitPart(2, 3, 3, "c").bytes());
        for (const char* name : {"m-00001-of-00003.gguf", "m-00003-of-00003.gguf"}) {
            const auto file = GgufFile::open(folder / name);
            QVERIFY2(file.ok(), message(file));
            QCOMPARE(file->tensors().size(), size_t{3});
            QCOMPARE(file->integer("part").value(), int64_t{0});
            float value;
            std::memcpy(&value, file->tensor("c")->data.data(), 4);
            QCOMPARE(value, 2.0f);
            QCOMPARE(file->bytes(), 3 * uint64_t{splitPart(0, 3, 3, "a").size()});
        }
    }

    void refusesSplits_data() {
        QTest::addColumn<QString>("name");  // of the first of two parts
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* title, const char* name, const Bytes& first,
                            const Bytes& second, const char* expected) {
            const auto array = [](const Bytes& b) {
                return QByteArray(reinterpret_cast<const char*>(b.bytes().data()),
                                  static_cast<qsizetype>(b.size()));
            };
            QTest::newRow(title) << name << array(first) << array(second) << QByteArray(expected);
        };
        const char* right = "m-00001-of-00002.gguf";
        const Bytes a = splitPart(0, 2, 2, "a");
        const Bytes b = splitPart(1, 2, 2, "b");
        row("its name", "m.gguf", a, b, "must be named NAME-00001-of-00002.gguf");
        row("number of the first", right, splitPart(1, 2, 2, "a"), b, "must be named NAME-00002");
        row("number too large", right, splitPart(2, 2, 2, "a"), b, "\"split.no\" is not a part's");
        row("number of the second", right, a, splitPart(0, 2, 2, "b"), "\"split.no\" is 0 where 1");
        row("count of the second", right, a, splitPart(1, 3, 2, "b"), "\"split.count\" is 3 but");
        row("a tensor too few", right, splitPart(0, 2, 3, "a"), b, "is 3 but the 2 parts have 2");
        row("tensor twice", right, a, splitPart(1, 2, 2, "a"), "an earlier part");
        row("second damaged", right, a, Bytes().text("GGUF"), "00002-of-00002.gguf: at byte 4");
        row("second missing", right, a, Bytes(), "00002-of-00002.gguf: cannot be opened");
    }

    void refusesSplits() {
        QFETCH(QString, name);
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QByteArray, expected);
        const QTemporaryDir dir;
        const fs::path folder = dir.path().toStdString();
        std::ofstream(folder / name.toStdString(), std::ios::binary) << first.toStdString();
        if (!second.isEmpty())
            std::ofstream(folder / "m-00002-of-00002.gguf", std::ios::binary)
                << second.toStdString();
        const auto file = GgufFile::open(folder / name.toStdString());
        QVERIFY2(message(file).contains(expected), message(file));
        QVERIFY2(message(file).contains(dir.path().toUtf8()), message(file));
    }

    void readsVocabularies() {
        const QString folder = qEnvironmentVariable("ALCOVE_TEST_DATA") + "/vocabs";
        const QStringList names = QDir(folder).entryList({"*.gguf"});
        if (names.isEmpty()) QSKIP("no vocabularies: ALCOVE_TEST_DATA names no folder with them");
        for (const QString& name : names) {
            const auto file = GgufFile::open((folder + "/" + name).toStdString());
            QVERIFY2(file.ok(), message(file));
            QVERIFY(file->array("tokenizer.ggml.tokens")->count > 1000);
        }
    }
};

QTEST_GUILESS_MAIN(ReaderTest)
#include "reader_test.moc"
