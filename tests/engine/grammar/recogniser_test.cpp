// The recogniser against a matcher that tries everything, and against grammars made to exhaust it.
#include <QtTest>
#include <map>
#include <random>
#include <set>

#include "tests/engine/grammar/given.h"

using namespace alcove::engine;
using namespace alcove::test;
using grammar::Recogniser;

namespace {

/// A small grammar over the letters a and b, written out and matched by trying everything.
struct Naive {
    struct Node {
        char kind;  // l(etter) s(equence) c(hoice) r(epeat) n(ame)
        int value = 0;
        int minimum = 0, maximum = 0;
        std::vector<Node> parts = {};
    };
    std::vector<Node> rules;

    [[nodiscard]] std::string text() const {
        std::string out;
        for (size_t i = 0; i < rules.size(); ++i)
            out += (i == 0 ? "root" : "r" + std::to_string(i)) + " ::= " + text(rules[i]) + "\n";
        return out;
    }
    static std::string text(const Node& node) {
        switch (node.kind) {
            case 'l':
                return node.value == 0 ? "\"a\"" : node.value == 1 ? "\"b\"" : "[ab]";
            case 'n':
                return node.value == 0 ? "root" : "r" + std::to_string(node.value);
            case 'r':
                return "(" + text(node.parts[0]) + "){" + std::to_string(node.minimum) + "," +
                       (node.maximum < 0 ? "" : std::to_string(node.maximum)) + "}";
            default:
                break;
        }
        std::string out = "(";
        for (size_t i = 0; i < node.parts.size(); ++i)
            out += (i == 0 ? "" : node.kind == 'c' ? " | " : " ") + text(node.parts[i]);
        return out + ")";
    }

    /// Where a match that begins at `at` may end.
    [[nodiscard]] std::set<size_t> ends(const Node& node, const std::string& in, size_t at) const {
        switch (node.kind) {
            case 'l':
                if (at < in.size() && (node.value == 2 || in[at] == "ab"[node.value]))
                    return {at + 1};
                return {};
            case 'n':
                return ends(rules[static_cast<size_t>(node.value)], in, at);
            case 'c': {
                std::set<size_t> all;
                for (const Node& part : node.parts) all.merge(ends(part, in, at));
                return all;
            }
            case 's': {
                std::set<size_t> here{at};
                for (const Node& part : node.parts) {
                    std::set<size_t> next;
                    for (const size_t from : here) next.merge(ends(part, in, from));
                    here = std::move(next);
                }
                return here;
            }
            default: {
                std::set<size_t> all, here{at};
                // More turns than letters are empty ones.
                const int most = node.maximum < 0 ? static_cast<int>(in.size()) + node.minimum + 1
                                                  : node.maximum;
                for (int turn = 0; turn <= most; ++turn) {
                    if (turn >= node.minimum) all.insert(here.begin(), here.end());
                    std::set<size_t> next;
                    for (const size_t from : here) next.merge(ends(node.parts[0], in, from));
                    here = std::move(next);
                }
                return all;
            }
        }
    }
    [[nodiscard]] bool takes(const std::string& in) const {
        return ends(rules[0], in, 0).contains(in.size());
    }
};

class Maker {
public:
    explicit Maker(uint32_t seed) : m_random(seed) {}
    Naive make() {
        Naive out;
        m_count = 1 + pick(3);
        for (int i = 0; i < m_count; ++i) out.rules.push_back(node(3, false));
        return out;
    }

private:
    int pick(int n) { return static_cast<int>(m_random() % static_cast<uint32_t>(n)); }
    /// Names stand only behind a letter: so nothing begins with itself.
    Naive::Node node(int depth, bool behind) {
        const int kind = depth == 0 ? 0 : pick(behind ? 8 : 6);
        if (kind >= 6) return {'n', pick(m_count)};
        if (kind <= 1) return {'l', pick(3)};
        if (kind <= 3) {
            Naive::Node made{'s'};
            const int count = pick(4);
            for (int i = 0; i < count; ++i) {
                const bool after = behind || (i > 0 && made.parts.front().kind == 'l');
                made.parts.push_back(node(depth - 1, after));
            }
            return made;
        }
        if (kind == 4) {
            Naive::Node made{'c'};
            const int count = 1 + pick(3);
            for (int i = 0; i < count; ++i) made.parts.push_back(node(depth - 1, behind));
            return made;
        }
        Naive::Node made{'r'};
        made.minimum = pick(3);
        made.maximum = pick(3) == 0 ? -1 : made.minimum + pick(3);
        // Beyond this, turns are counted and not unrolled: that must be tried, too.
        if (pick(4) == 0 && made.maximum >= 0) made.maximum = 70;
        made.parts.push_back(node(depth - 1, behind));
        return made;
    }
    std::mt19937 m_random;
    int m_count = 1;
};

}  // namespace

class RecogniserTest : public QObject {
    Q_OBJECT

private slots:
    void agreesWithTryingEverything() {
        constexpr int kGrammars = 400;
        constexpr size_t kLongest = 7;
        std::vector<std::string> texts{""};
        for (size_t i = 0; texts[i].size() < kLongest; ++i)
            for (const char letter : {'a', 'b'}) texts.push_back(texts[i] + letter);
        int taken = 0, made = 0;
        for (uint32_t seed = 0; seed < kGrammars; ++seed) {
            const Naive naive = Maker(seed).make();
            const auto parsed = Grammar::fromGbnf(naive.text());
            if (!parsed) {
                QVERIFY2(parsed.message().find("no text") != std::string::npos ||
                             parsed.message().find("begins with itself") != std::string::npos,
                         parsed.message().c_str());
                continue;
            }
            ++made;
            Recogniser recogniser((*parsed)->automaton());
            for (const std::string& text : texts) {
                const auto state = recogniser.next(recogniser.start(), text);
                const bool expected = naive.takes(text);
                taken += expected;
                QVERIFY2(recogniser.mayEnd(state) == expected, (naive.text() + text).c_str());
                if (state == Recogniser::kDead) continue;
                const std::string whole = completed(recogniser, state, text);
                QVERIFY2(naive.takes(whole), (naive.text() + text + " … " + whole).c_str());
            }
            QVERIFY(!recogniser.overloaded());
        }
        QVERIFY2(made > kGrammars / 2 && taken > 1000, "too few grammars say anything");
    }

    void keepingOneStateChangesNothing() {
        const GrammarPtr grammar =
            gbnf("root ::= item{0,90}\nitem ::= \"(\" root \")\" | [a-z]{3,70} \";\"");
        Recogniser plain(grammar->automaton()), kept(grammar->automaton());
        const std::string text = "((abc;)(def;xyz;()))(aaaaaaaaaaaaaaaaaaaaaaaaaaa;)";
        auto a = plain.start(), b = kept.start();
        for (const char byte : text) {
            a = plain.next(a, static_cast<uint8_t>(byte));
            b = kept.keepOnly(kept.next(b, static_cast<uint8_t>(byte)));
            QVERIFY(a != Recogniser::kDead && b != Recogniser::kDead);
            QCOMPARE(kept.mayEnd(b), plain.mayEnd(a));
            for (int next = 0; next < 256; ++next)
                QCOMPARE(kept.next(b, static_cast<uint8_t>(next)) == Recogniser::kDead,
                         plain.next(a, static_cast<uint8_t>(next)) == Recogniser::kDead);
        }
        QVERIFY(kept.bytes() < plain.bytes());
    }

    void rightRecursionNeedsNoMemory() {
        Recogniser recogniser(gbnf("root ::= \"a\" root | \"b\"")->automaton());
        const std::string text(100'000, 'a');
        const auto state = recogniser.next(recogniser.start(), text);
        QVERIFY(state != Recogniser::kDead);
        QVERIFY(recogniser.bytes() < 10'000);
    }

    void hugeCountsCostNothing() {
        Recogniser recogniser(gbnf("root ::= ([a-z]{1,100000} \";\"){1,1000000000}")->automaton());
        std::string text;
        for (int i = 0; i < 1000; ++i) text += std::string(static_cast<size_t>(i) + 1, 'x') + ";";
        QVERIFY(recogniser.mayEnd(recogniser.next(recogniser.start(), text)));
        QVERIFY(!recogniser.overloaded());
        Recogniser exact(gbnf("root ::= .{100000}")->automaton());
        const auto state = exact.next(exact.start(), std::string(99'999, 'x'));
        QVERIFY(!exact.mayEnd(state) && state != Recogniser::kDead);
        QVERIFY(exact.mayEnd(exact.next(state, 'x')));
        QCOMPARE(exact.next(exact.next(state, 'x'), 'x'), Recogniser::kDead);
    }

    /// Grammars with exponentially many ways to read one text.
    void ambiguityIsBounded_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("isRead");
        const auto row = [](const char* name, const char* text, bool isRead) {
            QTest::newRow(name) << QByteArray(text) << isRead;
        };
        row("stars of stars", R"(root ::= ((("a"*)*)*)* "c")", true);
        row("nested choice", R"(root ::= ("a" | "a" "a" | "aa")* "c")", true);
        row("many ways in", "root ::= s \"c\"\ns ::= \"a\" s s | \"a\" s | \"a\"", false);
        row("counts of counts", R"(root ::= ((("a"{1,9}){1,9}){1,9}){1,1000} "c")", false);
        row("counts of long counts", R"(root ::= ("a"{1,90}){1,100000} "c")", false);
        row("empty turns", R"(root ::= ("a"?){0,100000} "c")", true);
        row("brackets of two kinds", "root ::= x \"c\"\nx ::= \"a\" x \"b\" | \"a\" x \"d\" | \"\"",
            true);
    }

    void ambiguityIsBounded() {
        QFETCH(const QByteArray, text);
        QFETCH(const bool, isRead);
        Recogniser recogniser(gbnf(text.toStdString())->automaton());
        auto state = recogniser.start();
        constexpr int kLetters = 2000;
        for (int i = 0; i < kLetters && state != Recogniser::kDead; ++i)
            state = recogniser.next(state, 'a');
        QVERIFY2(recogniser.work() < uint64_t{kLetters} * 20'000,
                 QByteArray::number(static_cast<qulonglong>(recogniser.work())));
        if (isRead)
            QVERIFY(state != Recogniser::kDead && !recogniser.overloaded());
        else
            QVERIFY(recogniser.overloaded() || state != Recogniser::kDead);
        QVERIFY(recogniser.bytes() < Recogniser::kMostBytes);
    }

    void deepNestingIsRead() {
        Recogniser recogniser(gbnf("root ::= \"[\" root? \"]\"")->automaton());
        constexpr size_t kDepth = 100'000;
        auto state = recogniser.next(recogniser.start(), std::string(kDepth, '['));
        state = recogniser.next(state, std::string(kDepth - 1, ']'));
        QVERIFY(!recogniser.mayEnd(state));
        QVERIFY(recogniser.mayEnd(recogniser.next(state, ']')));
    }

private:
    /// The shortest text that begins with this one, as far as the recogniser can say.
    static std::string completed(Recogniser& recogniser, Recogniser::State state,
                                 const std::string& text) {
        std::map<Recogniser::State, std::string> ways{{state, text}};
        std::vector<Recogniser::State> queue{state};
        for (size_t i = 0; i < queue.size() && i < 5000; ++i) {
            const std::string way = ways[queue[i]];
            if (recogniser.mayEnd(queue[i])) return way;
            for (const char letter : {'a', 'b'}) {
                const auto next = recogniser.next(queue[i], static_cast<uint8_t>(letter));
                if (next == Recogniser::kDead || ways.contains(next)) continue;
                ways[next] = way + letter;
                queue.push_back(next);
            }
        }
        return "no text found";
    }
};

QTEST_APPLESS_MAIN(RecogniserTest)
#include "recogniser_test.moc"
