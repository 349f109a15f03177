// Tokenizers against llama.cpp's: on the cases that come with its vocabularies, and on random text
// whose hashed ids are committed (tests/data/tokenizer/make_goldens.py made them).
#include "engine/tokenizer/tokenizer.h"

#include <QtTest>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/base/unicode.h"
#include "engine/gguf/writer.h"
#include "engine/tokenizer/pre_tokenizer.h"
#include "tests/engine/tokenizer/random_strings.h"

using namespace alcove;
using namespace alcove::engine;
using test::hashOf;

namespace {

constexpr size_t kPlain = 10000;   // golden hashes of plain strings, then of
constexpr size_t kSpecial = 2000;  // strings with special tokens

std::string readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

QByteArray readable(std::string_view text) {
    return QByteArray(text.data(), static_cast<qsizetype>(text.size())).toPercentEncoding(" ");
}

struct Loaded {
    std::unique_ptr<const Tokenizer> tokenizer;
    std::vector<std::string> pieces;  // as the file has them
};

/// The file's tokenizer, with another pre-tokenizer if one is named.
Result<Loaded> loadTokenizer(const std::string& path, const std::string& pre,
                             const QString& scratch) {
    ALCOVE_TRY(GgufFile file, GgufFile::open(path));
    if (!pre.empty()) {
        GgufWriter writer;
        for (const auto& [key, value] : file.metadata()) {
            if (key.starts_with("tokenizer.") && key != "tokenizer.ggml.pre" &&
                !key.starts_with("tokenizer.chat_template")) {
                writer.addValue(key, value);
            }
        }
        for (const char* key : {"general.name", "general.architecture"}) {
            if (file.find(key) != nullptr) writer.addValue(key, *file.find(key));
        }
        writer.addString("tokenizer.ggml.pre", pre);
        const std::filesystem::path copy = scratch.toStdString();
        ALCOVE_CHECK(writer.write(copy));
        ALCOVE_TRY(file, GgufFile::open(copy));
    }
    Loaded loaded;
    ALCOVE_TRY(loaded.tokenizer, Tokenizer::load(file));
    const GgufArray* tokens = file.array("tokenizer.ggml.tokens");
    loaded.pieces.assign(tokens->strings.begin(), tokens->strings.end());
    return loaded;
}

}  // namespace

class TokenizerTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cases_data() { addVocabularies(); }
    void cases();
    void randomStrings_data();
    void randomStrings();
    void roundTrip_data() { addVocabularies(); }
    void roundTrip();
    void streams_data() { addVocabularies(); }
    void streams();
    void everyPreTokenizerHasGoldens();
    void longWords_data() { addVocabularies(); }
    void longWords();
    void plainRanges_data() { addVocabularies(); }
    void plainRanges();
    void ends();
    void agreesWithHuggingFace();

private:
    void addVocabularies();

    std::string m_data;  // empty without ALCOVE_TEST_DATA
    test::RandomStrings m_strings;
    QTemporaryDir m_scratch;
};

void TokenizerTest::initTestCase() {
    m_data = qEnvironmentVariable("ALCOVE_TEST_DATA").toStdString();
    QVERIFY(m_strings.load(ALCOVE_GOLDENS "/strings.json"));
}

void TokenizerTest::addVocabularies() {
    QTest::addColumn<QString>("path");
    const QDir folder(QString::fromStdString(m_data + "/vocabs"));
    const QStringList names = folder.entryList({"*.gguf"});
    if (m_data.empty() || names.empty()) QSKIP("no vocabularies in ALCOVE_TEST_DATA/vocabs");
    for (const QString& name : names) {
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
}

void TokenizerTest::cases() {
    QFETCH(QString, path);
    const std::string in = readFile(path.toStdString() + ".inp");
    std::istringstream out(readFile(path.toStdString() + ".out"));
    if (in.empty()) return;  // a vocabulary without cases
    auto loaded = loadTokenizer(path.toStdString(), "", {});
    QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());

    constexpr std::string_view kSeparator = "\n__ggml_vocab_test__\n";
    int cases = 0;
    std::string line;
    for (size_t at = 0; at < in.size() && std::getline(out, line);) {
        const size_t end = std::min(in.find(kSeparator, at), in.size());
        const std::string text = in.substr(at, end - at);
        at = end + kSeparator.size();
        std::istringstream ids(line);
        const std::vector<Token> expected(std::istream_iterator<Token>(ids), {});
        QVERIFY2(loaded->tokenizer->encode(text) == expected, readable(text).constData());
        ++cases;
    }
    QVERIFY(cases >= 40);
}

void TokenizerTest::randomStrings_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("pre");
    QTest::addColumn<QString>("golden");
    if (m_data.empty()) QSKIP("ALCOVE_TEST_DATA is not set");
    std::ifstream file(ALCOVE_GOLDENS "/index.json");
    for (const auto& row : nlohmann::json::parse(file)) {
        const std::string name = row["file"], pre = row["pre"], golden = row["golden"];
        QTest::addRow("%s %s", name.c_str(), pre.c_str())
            << QString::fromStdString(m_data + "/" + name) << QString::fromStdString(pre)
            << QString::fromStdString(golden);
    }
}

void TokenizerTest::randomStrings() {
    QFETCH(QString, path);
    QFETCH(QString, pre);
    QFETCH(QString, golden);
    if (!QFile::exists(path)) QSKIP(qPrintable(path + " is missing"));
    const std::string hashes = readFile(ALCOVE_GOLDENS "/" + golden.toStdString());
    QCOMPARE(hashes.size(), 2 * (kPlain + kSpecial));
    const auto expected = [&](size_t i) {
        return static_cast<uint16_t>(static_cast<uint8_t>(hashes[2 * i]) |
                                     static_cast<uint8_t>(hashes[2 * i + 1]) << 8);
    };
    auto loaded =
        loadTokenizer(path.toStdString(), pre.toStdString(), m_scratch.filePath("vocabulary.gguf"));
    QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
    // An alias shares its file with the pre-tokenizer it equals: fewer strings show that.
    const bool alias = !golden.contains(pre);
    const size_t step = alias && !qEnvironmentVariableIsSet("ALCOVE_TEST_FULL") ? 10 : 1;
    for (size_t i = 0; i < kPlain; i += step) {
        const std::string text = m_strings.make(i);
        const auto ids = loaded->tokenizer->encode(text);
        QVERIFY2(hashOf(ids) == expected(i), qPrintable(QString("%1: ").arg(i) + readable(text)));
    }
    for (size_t i = kPlain; i < kPlain + kSpecial; i += step) {
        const std::string text = m_strings.make(i, loaded->pieces);
        const auto ids = loaded->tokenizer->encode(text, {true, true});
        QVERIFY2(hashOf(ids) == expected(i), qPrintable(QString("%1: ").arg(i) + readable(text)));
    }
}

void TokenizerTest::roundTrip() {
    QFETCH(QString, path);
    auto loaded = loadTokenizer(path.toStdString(), "", {});
    QVERIFY(loaded.ok());
    const Tokenizer& tokenizer = *loaded->tokenizer;
    std::string all;  // every byte that UTF-8 has
    for (char32_t code = 0; code < 0x800; ++code) appendUtf8(all, code);
    for (char32_t code = 0x800; code < 0x110000; code += 0x800) {
        if (code != 0xD800) appendUtf8(all, code);
    }
    // WordPiece and Unigram, and vocabularies that lack pieces for some bytes.
    if (tokenizer.decode(tokenizer.encode(all)) != all) QSKIP("this vocabulary loses characters");
    for (uint64_t seed = 0; seed < 1000; ++seed) {
        const std::string text = m_strings.make(seed);
        bool valid = true;
        for (std::string_view rest = text; valid && !rest.empty();) {
            const Utf8Prefix prefix = strictUtf8Prefix(rest);
            valid = prefix.state == Utf8Prefix::State::Whole;
            rest.remove_prefix(prefix.bytes);
        }
        // Written-out marks come back as blanks from vocabularies that use them so.
        if (!valid || text.find("▁") != std::string::npos) continue;
        QVERIFY2(tokenizer.decode(tokenizer.encode(text)) == text, readable(text).constData());
    }
}

void TokenizerTest::streams() {
    QFETCH(QString, path);
    auto loaded = loadTokenizer(path.toStdString(), "", {});
    QVERIFY(loaded.ok());
    const Tokenizer& tokenizer = *loaded->tokenizer;
    const auto isValid = [](std::string_view text) {
        while (!text.empty()) {
            const Utf8Prefix prefix = strictUtf8Prefix(text);
            if (prefix.state != Utf8Prefix::State::Whole) return false;
            text.remove_prefix(prefix.bytes);
        }
        return true;
    };
    for (uint64_t seed = 0; seed < 500; ++seed) {
        std::vector<Token> ids = tokenizer.encode(m_strings.make(seed));
        if (seed % 2 == 1) {  // any ids, some of them none
            uint64_t state = seed;
            for (Token& id : ids) {
                state = state * 6364136223846793005U + 1442695040888963407U;
                id = static_cast<Token>(state >> 33) % (tokenizer.size() + 2) - 1;
            }
        }
        StreamDecoder decoder(tokenizer, seed % 3 == 0);
        std::string streamed;
        for (const Token id : ids) {
            const std::string text = decoder.push(id);
            QVERIFY(isValid(text));
            streamed += text;
        }
        const std::string rest = decoder.finish();
        QVERIFY(isValid(rest));
        streamed += rest;
        const std::string whole = tokenizer.decode(ids, seed % 3 == 0);
        if (isValid(whole)) QCOMPARE(streamed, whole);
    }
}

void TokenizerTest::everyPreTokenizerHasGoldens() {
    std::ifstream file(ALCOVE_GOLDENS "/index.json");
    std::map<std::string, int> seen;
    for (const auto& row : nlohmann::json::parse(file)) ++seen[row["pre"]];
    for (const char* own : {"", "gpt-2", "llama-bpe", "gemma4"}) ++seen[own];  // vocabularies
    for (const PreTokenizer& pre : allPreTokenizers()) {
        QVERIFY2(seen[std::string(pre.name)] > 0, std::string(pre.name).c_str());
    }
}

void TokenizerTest::longWords() {
    QFETCH(QString, path);
    auto loaded = loadTokenizer(path.toStdString(), "", {});
    QVERIFY(loaded.ok());
    // Quadratic work anywhere would take hours.
    for (const char* unit : {"a", " ", "\n", "1", "=", "漢", " 漢", "\xFF", "▁", "<", "e\u0301"}) {
        std::string text;
        while (text.size() < 100000) text += unit;
        const auto ids = loaded->tokenizer->encode(text + "漢", {true, true});
        QVERIFY(ids.size() < 2 * text.size() + 16);
    }
}

/// Somebody else's words never become special tokens, however they are written.
void TokenizerTest::plainRanges() {
    QFETCH(QString, path);
    auto loaded = loadTokenizer(path.toStdString(), "", {});
    QVERIFY(loaded.ok());
    const Tokenizer& tokenizer = *loaded->tokenizer;
    int tried = 0;
    for (Token id = 0; id < tokenizer.size() && tried < 20; ++id) {
        const std::string name = tokenizer.isControl(id) ? tokenizer.piece(id, true) : "";
        const std::string data = "one " + name + " two";
        if (tokenizer.encode(data, {.parseSpecial = true}) == tokenizer.encode(data)) continue;
        ++tried;
        const std::string text = name + data + name;
        const auto specials = [&](const std::vector<ByteRange>& plain) {
            const auto ids = tokenizer.encode(text, {.parseSpecial = true, .plain = plain});
            return std::count_if(ids.begin(), ids.end(),
                                 [&](Token token) { return tokenizer.isControl(token); });
        };
        const size_t begin = name.size(), end = begin + data.size();
        QCOMPARE(specials({}), 3);
        QCOMPARE(specials({{begin, end}}), 2);
        QCOMPARE(specials({{begin, begin + 2}, {begin + 5, begin + 6}}), 2);  // a byte is enough
        QCOMPARE(specials({{begin, begin + 4}, {begin + 4 + name.size(), end}}), 3);  // beside it
        QCOMPARE(specials({{0, text.size()}}), 0);
    }
    QVERIFY(tried > 0 || path.contains("command-r") || path.contains("falcon"));
}

void TokenizerTest::ends() {
    if (m_data.empty()) QSKIP("ALCOVE_TEST_DATA is not set");
    const auto endsOf = [&](const char* name) {
        auto loaded = loadTokenizer(m_data + "/vocabs/ggml-vocab-" + name + ".gguf", "", {});
        std::string ends;
        for (Token id = 0; loaded.ok() && id < loaded->tokenizer->size(); ++id) {
            if (loaded->tokenizer->isEnd(id)) ends += loaded->tokenizer->piece(id, true) + " ";
        }
        return ends;
    };
    QCOMPARE(endsOf("llama-bpe"), std::string("<|end_of_text|> <|eot_id|> "));
    QCOMPARE(endsOf("qwen2"), std::string("</s> <|endoftext|> <|im_end|> "));
    QCOMPARE(endsOf("phi-3"), std::string("</s> <|endoftext|> <|end|> "));
    QCOMPARE(endsOf("llama-spm"), std::string("</s> "));
    QCOMPARE(endsOf("gemma-4"), std::string("<eos> <|tool_response> <turn|> "));
}

void TokenizerTest::agreesWithHuggingFace() {
    const std::string python = m_data + "/venv/bin/python";
    const std::string model = m_data + "/models/all-MiniLM-L6-v2/tokenizer.json";
    const std::string vocabulary = m_data + "/vocabs/ggml-vocab-bert-bge.gguf";
    for (const std::string& path : {python, model, vocabulary}) {
        if (!std::filesystem::exists(path)) QSKIP((path + " is missing").c_str());
    }
    // MiniLM's vocabulary is BERT's, as bge's is.
    auto loaded = loadTokenizer(vocabulary, "", {});
    QVERIFY(loaded.ok());
    QString input;
    std::vector<std::vector<Token>> ours;
    const std::string samples[] = {"Hello, world!",
                                   "naïve café résumé",
                                   "l'État c'est moi.",
                                   "漢字とかな and kanji",
                                   "don't stop-believing (1986)",
                                   "internationalization of tokenization",
                                   "a\tb\nc",
                                   "👍 emoji",
                                   "",
                                   "ß Straße ﬁ",
                                   "x = y + 1; // $5.00"};
    for (const std::string& sample : samples) {
        input += QString::fromStdString(nlohmann::json(sample).dump()) + "\n";
        ours.push_back(loaded->tokenizer->encode(sample, {true, false}));
    }
    QProcess process;
    process.start(QString::fromStdString(python),
                  {"-c",
                   "import json,sys,tokenizers\n"
                   "t=tokenizers.Tokenizer.from_file(sys.argv[1]); t.no_truncation(); "
                   "t.no_padding()\n"
                   "for line in sys.stdin: print(*t.encode(json.loads(line)).ids)",
                   QString::fromStdString(model)});
    process.write(input.toUtf8());
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished(60000) && process.exitCode() == 0);
    for (const auto& ids : ours) {
        std::istringstream line(process.readLine().toStdString());
        QCOMPARE(ids, std::vector<Token>(std::istream_iterator<Token>(line), {}));
    }
}

QTEST_GUILESS_MAIN(TokenizerTest)
#include "tokenizer_test.moc"
