// Masks over real vocabularies: against every token tried byte by byte, and beside the sampler.
#include "engine/grammar/constraint.h"

#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "engine/sampling/sampler.h"
#include "tests/engine/grammar/given.h"
#include "tests/engine/grammar/vocabularies.h"

using namespace alcove::engine;
using namespace alcove::test;
using grammar::Recogniser;

namespace {

/// A tokenizer of a few pieces: "</s>" ends, "<ctl>" is a control token, "▁" does nothing.
class FewTokens : public Tokenizer {
public:
    FewTokens(std::vector<std::string> pieces, bool dropsBlank) : m_pieces(std::move(pieces)) {
        m_special.addSpacePrefix = dropsBlank;
    }
    std::vector<Token> encode(std::string_view, EncodeOptions) const override { return {}; }
    std::string piece(Token token, bool special) const override {
        const std::string& piece = m_pieces[static_cast<size_t>(token)];
        return isControl(token) && !special ? "" : piece;
    }
    int32_t size() const override { return static_cast<int32_t>(m_pieces.size()); }
    bool isControl(Token token) const override {
        const std::string& piece = m_pieces[static_cast<size_t>(token)];
        return piece == "</s>" || piece == "<ctl>";
    }
    bool isEnd(Token token) const override {
        return m_pieces[static_cast<size_t>(token)] == "</s>";
    }
    Token find(std::string_view piece) const override {
        const auto at = std::find(m_pieces.begin(), m_pieces.end(), piece);
        return at == m_pieces.end() ? kNoToken : static_cast<Token>(at - m_pieces.begin());
    }

private:
    std::vector<std::string> m_pieces;
};

std::vector<bool> allowedBy(Constraint& constraint, int32_t size) {
    std::vector<float> logits(static_cast<size_t>(size), 1.0f);
    const auto masked = constraint.mask(logits);
    if (!masked) qFatal("%s", masked.message().c_str());
    std::vector<bool> allowed;
    for (const float logit : logits) allowed.push_back(logit == 1.0f);
    return allowed;
}

const char* const kObject = R"({"type":"object","properties":{
    "name":{"type":"string"},"short":{"type":"string","maxLength":12},
    "code":{"type":"string","pattern":"^[A-Z]{2,40}[0-9]*$"},
    "list":{"type":"array","items":{"type":"number"},"maxItems":80},
    "one":{"enum":["red","green","blue"]}},
    "required":["name","short","code","list","one"]})";

}  // namespace

class ConstraintTest : public QObject {
    Q_OBJECT

private slots:
    void masksAreExact_data() {
        QTest::addColumn<QString>("vocabulary");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("isSchema");
        for (const char* name : {"llama-spm", "gpt-2", "qwen2", "gemma-4"}) {
            const auto row = [name](const char* what, const char* text, bool isSchema) {
                QTest::addRow("%s, %s", name, what)
                    << QString(name) << QByteArray(text) << isSchema;
            };
            row("object", kObject, true);
            row("anything", "true", true);
            row("words", "root ::= word (\" \" word)*\nword ::= [a-z]+ | [A-Z]{1,8}", false);
            row("other scripts", "root ::= [^ -\\x7f]{0,30} \".\" [\\u0370-\\u03ff]* | .{3,90}",
                false);
            row("characters of a rule", "root ::= \"<\" c* \">\"\nc ::= [^<>\\\\] | \"\\\\\" .",
                false);
        }
    }

    void masksAreExact() {
        QFETCH(const QString, vocabulary);
        QFETCH(const QByteArray, text);
        QFETCH(const bool, isSchema);
        const auto tokenizer = alcove::test::vocabulary(vocabulary);
        if (!tokenizer) QSKIP("ALCOVE_TEST_DATA has no vocabularies");
        const auto trie = std::make_shared<const TokenTrie>(*tokenizer);
        const GrammarPtr grammar = isSchema ? schema(text.toStdString()) : gbnf(text.toStdString());
        Constraint constraint(grammar, trie);
        Recogniser plain(grammar->automaton());
        auto state = plain.start();
        std::mt19937 random(7);
        bool first = trie->dropsFirstBlank();
        constexpr int kTokens = 12;
        for (int step = 0; step < kTokens && !constraint.finished(); ++step) {
            const std::vector<bool> allowed = allowedBy(constraint, tokenizer->size());
            std::vector<Token> choices;
            for (Token token = 0; token < tokenizer->size(); ++token) {
                std::string bytes = tokenizer->piece(token);
                if (first && bytes.starts_with(' ')) bytes.erase(0, 1);
                bool fits = !bytes.empty() && !tokenizer->isControl(token) &&
                            plain.next(state, bytes) != Recogniser::kDead;
                if (tokenizer->isEnd(token)) fits = plain.mayEnd(state);
                if (allowed[static_cast<size_t>(token)] != fits)
                    QFAIL(qPrintable(QString("token %1 '%2' after %3 tokens: allowed %4")
                                         .arg(token)
                                         .arg(QString::fromStdString(bytes))
                                         .arg(step)
                                         .arg(allowed[static_cast<size_t>(token)])));
                if (fits && !tokenizer->isEnd(token)) choices.push_back(token);
            }
            QVERIFY(!choices.empty());
            const Token chosen = choices[random() % choices.size()];
            std::string bytes = tokenizer->piece(chosen);
            if (first && bytes.starts_with(' ')) bytes.erase(0, 1);
            state = plain.next(state, bytes);
            first = false;
            const auto accepted = constraint.accept(chosen);
            QVERIFY2(accepted.ok(), accepted ? "" : accepted.message().c_str());
            QCOMPARE(constraint.mayEnd(), plain.mayEnd(state));
        }
    }

    void endsOnlyWhereTheGrammarDoes() {
        const FewTokens tokens({"a", "b", "ab", "</s>", "<ctl>", "", "a"}, false);
        Constraint constraint(gbnf("root ::= \"ab\"+"), std::make_shared<const TokenTrie>(tokens));
        using Bits = std::vector<bool>;
        QCOMPARE(allowedBy(constraint, 7), Bits({true, false, true, false, false, false, true}));
        QVERIFY(!constraint.accept(3).ok());
        QVERIFY(!constraint.accept(1).ok());
        QVERIFY(!constraint.accept(4).ok());
        QVERIFY(!constraint.accept(77).ok());
        QVERIFY(constraint.accept(6).ok());
        QCOMPARE(allowedBy(constraint, 7), Bits({false, true, false, false, false, false, false}));
        QCOMPARE(*constraint.forced(), std::optional<Token>(1));
        QVERIFY(!constraint.mayEnd());
        QVERIFY(constraint.accept(1).ok());
        QVERIFY(constraint.mayEnd() && !constraint.finished());
        QCOMPARE(*constraint.forced(), std::optional<Token>());
        QCOMPARE(*constraint.allows(3), true);
        QCOMPARE(*constraint.allows(1), false);
        // Logits beyond the vocabulary belong to no token.
        std::vector<float> logits(9, 1.0f);
        QVERIFY(constraint.mask(logits).ok());
        QVERIFY(std::isinf(logits[7]) && std::isinf(logits[8]) && logits[3] == 1.0f);
        QVERIFY(constraint.accept(3).ok());
        QVERIFY(constraint.finished());
        QVERIFY(!constraint.mask(logits).ok() && !constraint.accept(0).ok());
        constraint.restart();
        QCOMPARE(allowedBy(constraint, 7), Bits({true, false, true, false, false, false, true}));
    }

    void finishesWhereNothingCanFollow() {
        const FewTokens tokens({"a", "</s>"}, false);
        Constraint constraint(gbnf("root ::= \"a\"{2}"), std::make_shared<const TokenTrie>(tokens));
        QVERIFY(constraint.accept(0).ok() && !constraint.finished());
        QVERIFY(constraint.accept(0).ok() && constraint.finished());
        QCOMPARE(allowedBy(constraint, 2), std::vector<bool>({false, true}));
    }

    void theFirstBlankIsDropped() {
        const FewTokens tokens({" a", "a", " ", "  a", "</s>"}, true);
        const auto trie = std::make_shared<const TokenTrie>(tokens);
        using Bits = std::vector<bool>;
        Constraint constraint(gbnf("root ::= \"a\" \" a\"?"), trie);
        QCOMPARE(allowedBy(constraint, 5), Bits({true, true, false, false, false}));
        QVERIFY(!constraint.accept(2).ok());
        QVERIFY(constraint.accept(0).ok());
        QCOMPARE(allowedBy(constraint, 5), Bits({true, false, true, false, true}));
        QVERIFY(constraint.accept(0).ok());
        constraint.restart(false);
        QCOMPARE(allowedBy(constraint, 5), Bits({false, true, false, false, false}));
        Constraint blank(gbnf("root ::= \" a\""), trie);
        QCOMPARE(allowedBy(blank, 5), Bits({false, false, false, true, false}));
    }

    void charactersMayBeSplit() {
        const FewTokens tokens({"\xE2", "\x82", "\xAC", "\x82\xAC!", "!", "\xE2\x82\xAC", "x\xE2"},
                               false);
        const auto trie = std::make_shared<const TokenTrie>(tokens);
        Constraint constraint(gbnf("root ::= [\u20aca]{1,90} \"!\""), trie);
        using Bits = std::vector<bool>;
        QCOMPARE(allowedBy(constraint, 7), Bits({true, false, false, false, false, true, false}));
        QVERIFY(constraint.accept(0).ok());
        QCOMPARE(allowedBy(constraint, 7), Bits({false, true, false, true, false, false, false}));
        QVERIFY(constraint.accept(1).ok());
        QCOMPARE(*constraint.forced(), std::optional<Token>(2));
    }

    void aVocabularyThatLacksBytesIsReported() {
        const FewTokens tokens({"a", "</s>"}, false);
        Constraint constraint(gbnf("root ::= \"ab\""), std::make_shared<const TokenTrie>(tokens));
        QVERIFY(constraint.accept(0).ok());
        std::vector<float> logits(2);
        const auto masked = constraint.mask(logits);
        QVERIFY(!masked.ok());
        QVERIFY(masked.message().find("vocabulary has no token") != std::string::npos);
    }

    void anAmbiguousGrammarIsReported() {
        const FewTokens tokens({"a", "aaaaaaaaaaaaaaaa", "c", "</s>"}, false);
        Constraint constraint(gbnf("root ::= (\"a\"{1,90}){1,100000} \"c\""),
                              std::make_shared<const TokenTrie>(tokens));
        alcove::Result<void> result;
        for (int i = 0; i < 2000 && result; ++i) {
            std::vector<float> logits(4);
            result = constraint.mask(logits);
            if (result) result = constraint.accept(1);
        }
        QVERIFY(!result.ok());
        QVERIFY2(result.message().find("too many ways") != std::string::npos,
                 result.message().c_str());
    }

    /// Whatever the sampler's options do to logits, a forbidden token stays forbidden.
    void samplersKeepForbiddenTokensOut() {
        const FewTokens tokens({"a", "b", "c", "d", "</s>"}, false);
        const auto trie = std::make_shared<const TokenTrie>(tokens);
        std::mt19937 random(3);
        for (uint64_t seed = 0; seed < 300; ++seed) {
            SamplingOptions options;
            options.seed = seed;
            options.temperature = seed % 3 == 0 ? 0.0f : 1.5f;
            options.topK = seed % 2 == 0 ? 0 : 3;
            options.minP = 0.0f;
            options.typicalP = seed % 5 == 0 ? 0.5f : 1.0f;
            options.repetitionPenalty = 0.01f;
            options.frequencyPenalty = -100.0f;
            options.presencePenalty = -100.0f;
            options.dryMultiplier = 2.0f;
            options.dryAllowedLength = 1;
            options.xtcProbability = 0.5f;
            options.logitBias = {{1, 1000.0f}, {3, std::numeric_limits<float>::infinity()}};
            Sampler sampler(options);
            Constraint constraint(gbnf("root ::= [ac]{12}"), trie);
            for (int i = 0; i < 30; ++i) sampler.accept(static_cast<Token>(random() % 5));
            while (!constraint.finished()) {
                std::vector<float> logits(5);
                for (float& logit : logits)
                    logit = static_cast<float>(random() % 2000) / 100.0f - 10.0f;
                QVERIFY(constraint.mask(logits).ok());
                const Token token = sampler.sample(logits);
                QVERIFY(token == 0 || token == 2);
                sampler.accept(token);
                QVERIFY(constraint.accept(token).ok());
            }
        }
    }

    /// Long answers must not gather memory without an end.
    void longAnswersStayWithinBounds() {
        const FewTokens tokens({"(", ")", "a", "b", "</s>"}, false);
        Constraint constraint(gbnf("root ::= \"(\" [ab]{1,2000000} root? \")\""),
                              std::make_shared<const TokenTrie>(tokens));
        std::vector<float> logits(5);
        QVERIFY(constraint.accept(0).ok());
        for (int i = 0; i < 600'000; ++i) {
            if (i % 50 == 0) QVERIFY(constraint.mask(logits).ok());
            QVERIFY(constraint.accept(2 + i % 2).ok());
        }
        QVERIFY(constraint.accept(1).ok() && constraint.finished());
    }
};

QTEST_APPLESS_MAIN(ConstraintTest)
#include "constraint_test.moc"
