// What a file may say about its vocabulary and what it may not: small vocabularies made here, whole
// and broken ones.
#include <QtTest>
#include <filesystem>
#include <functional>
#include <limits>

#include "engine/gguf/writer.h"
#include "engine/tokenizer/tokenizer.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

/// Metadata of a vocabulary; a test changes what it is about and loads it.
struct Recipe {
    std::string model = "llama";
    std::optional<std::string> pre;
    std::vector<std::string> tokens;
    std::vector<float> scores;
    std::vector<int32_t> types;
    std::vector<std::string> merges;
    std::function<void(GgufWriter&)> more = [](GgufWriter&) {};
};

constexpr int32_t kNormal = 1, kUnknown = 2, kControl = 3, kUser = 4;

Recipe spm() {
    Recipe recipe;
    recipe.tokens = {"<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab", "<x>"};
    recipe.scores = {0, 0, 0, -1, -2, -3, -4, -5, 0};
    recipe.types = {kUnknown, kControl, kControl, kNormal, kNormal,
                    kNormal,  kNormal,  kNormal,  kUser};
    return recipe;
}

Recipe bpe() {
    Recipe recipe;
    recipe.model = "gpt2";
    recipe.pre = "gpt-2";
    recipe.tokens = {"a", "b", "ab", "Ġ", "Ġab", "<|endoftext|>"};
    recipe.types = {kNormal, kNormal, kNormal, kNormal, kNormal, kControl};
    recipe.merges = {"a b", "Ġ ab"};
    return recipe;
}

Recipe unigram() {
    Recipe recipe = spm();
    recipe.model = "t5";
    recipe.more = [](GgufWriter& writer) { writer.addU32("tokenizer.ggml.unknown_token_id", 0); };
    return recipe;
}

Result<std::unique_ptr<const Tokenizer>> load(const Recipe& recipe) {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("v.gguf").toStdString();
    GgufWriter writer;
    writer.addString("tokenizer.ggml.model", recipe.model);
    if (recipe.pre) writer.addString("tokenizer.ggml.pre", *recipe.pre);
    writer.addStrings("tokenizer.ggml.tokens", recipe.tokens);
    if (!recipe.scores.empty()) writer.addF32s("tokenizer.ggml.scores", recipe.scores);
    if (!recipe.types.empty()) writer.addI32s("tokenizer.ggml.token_type", recipe.types);
    if (recipe.model == "gpt2") writer.addStrings("tokenizer.ggml.merges", recipe.merges);
    recipe.more(writer);
    ALCOVE_CHECK(writer.write(path));
    ALCOVE_TRY(const GgufFile file, GgufFile::open(path));
    return Tokenizer::load(file);
}

using Ids = std::vector<Token>;

}  // namespace

class VocabularyTest : public QObject {
    Q_OBJECT

private slots:
    void smallOnesWork() {
        const auto a = load(spm());
        QVERIFY2(a.ok(), a.ok() ? "" : a.message().c_str());
        QCOMPARE((*a)->encode("ab ab"), (Ids{7, 7}));
        QCOMPARE((*a)->encode("ab<x>ab<s>", {true, true}), (Ids{1, 7, 8, 7, 1}));
        QCOMPARE((*a)->encode("\xE2\x82z"), (Ids{3, 0, 0, 0}));  // no byte pieces: unknown
        QCOMPARE((*a)->decode(Ids{1, 7, 7}), std::string("ab ab"));
        const auto b = load(bpe());
        QVERIFY2(b.ok(), b.ok() ? "" : b.message().c_str());
        QCOMPARE((*b)->encode("ab ab<|endoftext|>", {false, true}), (Ids{2, 4, 5}));
        QVERIFY((*b)->isEnd(5) && (*b)->isControl(5) && !(*b)->isEnd(4));
        const auto c = load(unigram());
        QVERIFY2(c.ok(), c.ok() ? "" : c.message().c_str());
        QCOMPARE((*c)->encode("abzz"), (Ids{6, 0}));
    }

    void refused_data() {
        QTest::addColumn<QString>("what");
        for (const char* what :
             {"duplicate piece", "piece is not UTF-8", "no pieces", "score is not a number",
              "scores are too few", "types are too few", "bos is outside", "eos is no integer",
              "unknown model", "unknown pre", "charsmap is short", "charsmap lies",
              "charsmap is open", "merges are missing"}) {
            QTest::newRow(what) << what;
        }
    }
    void refused() {
        QFETCH(QString, what);
        Recipe recipe = what.startsWith("charsmap") ? unigram() : spm();
        const auto charsmap = [&](std::vector<uint8_t> bytes) {
            recipe.more = [bytes](GgufWriter& writer) {
                writer.addU32("tokenizer.ggml.unknown_token_id", 0);
                GgufArray array;
                array.count = bytes.size();
                array.packed = std::as_bytes(std::span(bytes));
                writer.addValue("tokenizer.ggml.precompiled_charsmap", {GgufType::Array, array});
            };
        };
        if (what == "duplicate piece") recipe.tokens[5] = std::string("a");
        if (what == "piece is not UTF-8") recipe.tokens[5] = std::string("\xC3");
        if (what == "no pieces") recipe.tokens.clear();
        if (what == "score is not a number") recipe.scores[4] = std::nanf("");
        if (what == "scores are too few") recipe.scores.pop_back();
        if (what == "types are too few") recipe.types.pop_back();
        if (what == "bos is outside") {
            recipe.more = [](GgufWriter& w) { w.addU32("tokenizer.ggml.bos_token_id", 9); };
        }
        if (what == "eos is no integer") {
            recipe.more = [](GgufWriter& w) { w.addString("tokenizer.ggml.eos_token_id", "2"); };
        }
        if (what == "unknown model") recipe.model = std::string("novel");
        if (what == "unknown pre") {
            recipe = bpe();
            recipe.pre = std::string("novel");
        }
        if (what == "charsmap is short") charsmap({1, 0});
        if (what == "charsmap lies") charsmap({255, 255, 255, 255, 0, 0});
        if (what == "charsmap is open") charsmap({0, 0, 0, 0, 'x'});
        if (what == "merges are missing") {
            recipe = bpe();
            recipe.model = std::string("gemma4");  // so that the recipe writes none
        }
        const auto tokenizer = load(recipe);
        QVERIFY(!tokenizer.ok());
        QVERIFY2(tokenizer.message().find("v.gguf") != std::string::npos,
                 tokenizer.message().c_str());
    }

    void absentVocabulary() {
        for (const char* model : {"none", "no_vocab"}) {
            Recipe recipe = spm();
            recipe.model = model;
            QVERIFY(!load(recipe).ok());
        }
    }

    void oddOnesWork() {
        Recipe recipe = spm();
        recipe.tokens[5].clear();  // gets a name of its own
        recipe.more = [](GgufWriter& w) {
            w.addU32("tokenizer.ggml.padding_token_id", UINT32_MAX);  // none, as converters say it
            w.addBool("tokenizer.ggml.add_space_prefix", false);
        };
        const auto tokenizer = load(recipe);
        QVERIFY2(tokenizer.ok(), tokenizer.ok() ? "" : tokenizer.message().c_str());
        QCOMPARE((*tokenizer)->special().padding, kNoToken);
        QCOMPARE((*tokenizer)->find("[EMPTY_5]"), Token{5});
        QCOMPARE((*tokenizer)->encode("a"), (Ids{4}));
        QCOMPARE((*tokenizer)->piece(-7), std::string());
        QCOMPARE((*tokenizer)->piece(1 << 30), std::string());
        Recipe merges = bpe();
        merges.merges = {"nopair", " ", "", "a  b", "x y", "a b", "xy z"};
        QVERIFY(load(merges).ok());
        // A charsmap whose trie leads outside itself replaces nothing.
        Recipe wild = unigram();
        static const std::vector<uint8_t> bytes = {8,    0,    0,    0,    0xFF, 0xFF, 0xFF,
                                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 'z',  0};
        wild.more = [](GgufWriter& writer) {
            writer.addU32("tokenizer.ggml.unknown_token_id", 0);
            GgufArray array;
            array.count = bytes.size();
            array.packed = std::as_bytes(std::span(bytes));
            writer.addValue("tokenizer.ggml.precompiled_charsmap", {GgufType::Array, array});
        };
        const auto loaded = load(wild);
        QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
        QCOMPARE((*loaded)->encode("ab"), (Ids{6}));
    }

    void streamsReplaceBrokenBytes() {
        Recipe recipe = spm();
        recipe.tokens.insert(recipe.tokens.end(), {"<0xE2>", "<0x82>", "<0xAC>"});
        recipe.scores.resize(12, 0);
        recipe.types.resize(12, 6);
        const auto tokenizer = load(recipe);
        QVERIFY2(tokenizer.ok(), tokenizer.ok() ? "" : tokenizer.message().c_str());
        StreamDecoder decoder(**tokenizer);
        QCOMPARE(decoder.push(7), std::string("ab"));  // without SPM's first blank
        QCOMPARE(decoder.push(9), std::string());
        QCOMPARE(decoder.push(10), std::string());
        QCOMPARE(decoder.push(11), std::string("€"));
        QCOMPARE(decoder.push(10), std::string("\uFFFD"));
        QCOMPARE(decoder.push(9), std::string());
        QCOMPARE(decoder.push(4), std::string("\uFFFDa"));
        QCOMPARE(decoder.push(9), std::string());
        QCOMPARE(decoder.push(10), std::string());
        QCOMPARE(decoder.finish(), std::string("\uFFFD"));
        QCOMPARE(decoder.finish(), std::string());
    }
};

QTEST_GUILESS_MAIN(VocabularyTest)
#include "vocabulary_test.moc"
