// Files that are broken on purpose: every truncated prefix and thousands of mutations of each file
// an import reads. An import may succeed or be refused; it must not crash, hang or leave a part of
// a file behind. The sanitizers watch in the builds that have them.
#include <QtTest>
#include <algorithm>
#include <random>

#include "engine/import/import.h"
#include "engine/import/safetensors.h"
#include "engine/import/sentencepiece.h"
#include "tests/engine/import/folders.h"

using namespace alcove;
using namespace alcove::engine;
using namespace alcove::tests;

namespace {

std::vector<std::byte> bytesOf(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

/// A header given as text, then `data` zero bytes.
std::vector<std::byte> fileOf(std::string_view header, size_t data) {
    std::vector<std::byte> file(8 + header.size() + data);
    for (size_t i = 0; i < 8; ++i) file[i] = static_cast<std::byte>(header.size() >> (8 * i));
    std::ranges::copy(std::as_bytes(std::span(header)), file.begin() + 8);
    return file;
}

/// Some bytes changed, a stretch removed or doubled.
std::vector<std::byte> mutated(std::vector<std::byte> bytes, std::mt19937& random) {
    const auto below = [&](size_t n) { return static_cast<std::ptrdiff_t>(random() % n); };
    const auto begin = bytes.begin() + below(bytes.size());
    const auto end =
        begin + below(static_cast<size_t>(std::min<std::ptrdiff_t>(bytes.end() - begin, 64)));
    const std::vector<std::byte> part(begin, end);
    switch (random() % 4) {
        case 0:
            bytes.erase(begin, end);
            break;
        case 1:
            bytes.insert(begin, part.begin(), part.end());
            break;
        default: {
            constexpr std::string_view kLikely = "0123456789-.eE[]{}\",:ntf\\\xff";
            for (size_t i = 0; i <= random() % 4; ++i)
                bytes[static_cast<size_t>(below(bytes.size()))] =
                    random() % 2 ? static_cast<std::byte>(random())
                                 : static_cast<std::byte>(kLikely[random() % kLikely.size()]);
        }
    }
    return bytes;
}

size_t rounds(size_t usual) {
    return qEnvironmentVariableIsSet("ALCOVE_TEST_FULL") ? usual * 20 : usual;
}

}  // namespace

class HostileTest : public QObject {
    Q_OBJECT

private slots:
    void refusesBadHeaders_data();
    void refusesBadHeaders();
    void survivesPrefixes();
    void survivesMutatedHeaders();
    void survivesMutatedPieces();
    void survivesMutatedFiles_data();
    void survivesMutatedFiles();
    void refusesDeepNesting();
};

void HostileTest::refusesBadHeaders_data() {
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<int>("data");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* what, const char* header, int data, const char* message) {
        QTest::newRow(what) << QByteArray(header) << data << message;
    };
    row("no json", "{", 0, "not valid JSON at byte");
    row("a list", "[]", 0, "not an object");
    row("unknown type", R"({"t":{"dtype":"F7","shape":[1],"data_offsets":[0,4]}})", 4, "\"F7\"");
    row("no shape", R"({"t":{"dtype":"F32","data_offsets":[0,4]}})", 4, "shape is not a list");
    row("negative size", R"({"t":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4,
        "no size");
    row("overflow", R"({"t":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})",
        0, "overflows");
    row("nine dimensions",
        R"({"t":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", 4,
        "9 dimensions");
    row("no offsets", R"({"t":{"dtype":"F32","shape":[1]}})", 4, "not a pair");
    row("backwards", R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4, "not a range");
    row("past the end", R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4,
        "cut short");
    row("other size", R"({"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8, "takes 12");
    row("a gap", R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8,
        "a gap or an overlap");
    row("an overlap",
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        8, "a gap or an overlap");
    row("a name twice",
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
        8, "a gap or an overlap");
    row("bytes of no tensor", R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8,
        "4 bytes after the last tensor");
}

void HostileTest::refusesBadHeaders() {
    QFETCH(QByteArray, header);
    QFETCH(int, data);
    QFETCH(QString, message);
    const auto bytes = fileOf(header.toStdString(), static_cast<size_t>(data));
    const auto file = SafetensorsFile::parse(bytes, "x.safetensors");
    QVERIFY(!file.ok());
    QVERIFY2(QString::fromStdString(file.message()).contains(message), file.message().c_str());
    QVERIFY(file.message().starts_with("x.safetensors"));
}

/// Each prefix lies in an allocation of exactly its size.
void HostileTest::survivesPrefixes() {
    const auto whole = safetensorsBytes({{"a", "F32", {3, 2}, {}}, {"b", "BF16", {5}, {}}});
    for (size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::byte> prefix(whole.data(), whole.data() + size);
        QVERIFY(!SafetensorsFile::parse(prefix, "x").ok());
    }
    QVERIFY(SafetensorsFile::parse(whole, "x").ok());
    const auto pieces = bytesOf(readWhole(ModelFolder::data() / "mistral" / "tokenizer.model"));
    for (size_t size = 0; size < pieces.size(); ++size) {
        const std::vector<std::byte> prefix(pieces.data(), pieces.data() + size);
        (void)parseSentencePiece(prefix, "x").ok();
    }
    QVERIFY(parseSentencePiece(pieces, "x").ok());
}

void HostileTest::survivesMutatedHeaders() {
    std::mt19937 random(1);
    const auto whole = safetensorsBytes({{"a", "F32", {3, 2}, {}}, {"b", "BF16", {5}, {}}});
    for (size_t i = 0; i < rounds(5000); ++i) {
        const auto bytes = mutated(whole, random);
        const auto file = SafetensorsFile::parse(bytes, "x");
        if (!file.ok()) continue;
        for (const SourceTensor& tensor : file->tensors())
            QVERIFY(tensor.data.size() <= bytes.size());
    }
}

void HostileTest::survivesMutatedPieces() {
    std::mt19937 random(2);
    const auto whole = bytesOf(readWhole(ModelFolder::data() / "mistral" / "tokenizer.model"));
    for (size_t i = 0; i < rounds(2000); ++i) {
        const auto bytes = mutated(whole, random);
        const auto model = parseSentencePiece(bytes, "x");
        if (model.ok()) QVERIFY(model->pieces.size() <= bytes.size());
    }
}

void HostileTest::survivesMutatedFiles_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("file");
    for (const auto& [name, file] : {std::pair("qwen2", "config.json"),
                                     {"qwen2", "tokenizer.json"},
                                     {"qwen2", "tokenizer_config.json"},
                                     {"bert", "modules.json"},
                                     {"bert", "tokenizer.json"},
                                     {"llama3", "model.safetensors.index.json"},
                                     {"gemma3", "config.json"},
                                     {"mistral", "tokenizer_config.json"}})
        QTest::addRow("%s %s", name, file) << name << file;
}

void HostileTest::survivesMutatedFiles() {
    QFETCH(QString, name);
    QFETCH(QString, file);
    std::mt19937 random(3);
    ModelFolder folder(name.toStdString());
    const auto path = folder.path() / file.toStdString();
    const auto whole = bytesOf(readWhole(path));
    for (size_t i = 0; i < rounds(60); ++i) {
        const auto bytes =
            i % 4 == 0 ? std::vector<std::byte>(
                             whole.begin(),
                             whole.begin() + static_cast<std::ptrdiff_t>(random() % whole.size()))
                       : mutated(whole, random);
        writeFile(path, bytes);
        const auto report = importModel(folder.path(), folder.out());
        if (report.ok()) std::filesystem::remove(folder.out());
        QVERIFY(folder.leftNothing());
    }
}

void HostileTest::refusesDeepNesting() {
    const std::string deep(100000, '[');
    const auto json = parseJson(deep, "x.json");
    QVERIFY(!json.ok());
    QVERIFY2(json.message().find("nested deeper than") != std::string::npos,
             json.message().c_str());
}

QTEST_GUILESS_MAIN(HostileTest)
#include "hostile_test.moc"
