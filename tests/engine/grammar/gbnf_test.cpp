// What GBNF means, and how mistakes in it are told.
#include <QtTest>

#include "tests/engine/grammar/given.h"

using namespace alcove::engine;
using namespace alcove::test;

class GbnfTest : public QObject {
    Q_OBJECT

private slots:
    void takes_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArrayList>("taken");
        QTest::addColumn<QByteArrayList>("refused");
        const auto row = [](const char* name, const char* text, const QByteArrayList& taken,
                            const QByteArrayList& refused) {
            QTest::newRow(name) << QByteArray(text) << taken << refused;
        };
        row("literal", R"(root ::= "ab")", {"ab"}, {"", "a", "abc", "b"});
        row("escapes", "root ::= \"\\n\\t\\r\\\\\\\"\\x41\\u00e9\\U0001F600\"",
            {"\n\t\r\\\"A\u00e9\U0001F600"}, {"\n\t\r\\\"A\u00e9"});
        row("empty literal", R"(root ::= "")", {""}, {"a"});
        row("empty rule", "root ::=", {""}, {"a"});
        row("empty alternative", R"(root ::= "a" | )", {"", "a"}, {"aa"});
        row("set", "root ::= [a-cx]", {"a", "b", "c", "x"}, {"d", "", "aa"});
        row("set with minus and hat", R"(root ::= [a\-^z-]+)", {"a-^z-", "-"}, {"b", "\\"});
        row("set with brackets", "root ::= [\\[\\]\"]+", {"[]\""}, {"\\"});
        row("others", R"(root ::= [^a-c\n])", {"d", "\u00e9", "\u20ac", "\U0001F600"},
            {"a", "\n", "", "\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80"});
        row("any", "root ::= .", {"a", "\n", "\u00e9", "\U0010FFFF"}, {"", "ab", "\xff"});
        row("wide range", "root ::= [\u00e0-\U0001F600]", {"\u00e0", "\u20ac", "\U0001F600"},
            {"a", "\u00df", "\U0001F601", "\xed\xbf\xbf"});
        row("star", R"(root ::= "a"*)", {"", "a", "aaaa"}, {"b", "ab"});
        row("plus", R"(root ::= "a"+)", {"a", "aaaa"}, {"", "ab"});
        row("optional", R"(root ::= "a"? "b")", {"b", "ab"}, {"aab", "a"});
        row("exactly", R"(root ::= "a"{3})", {"aaa"}, {"aa", "aaaa"});
        row("at least", R"(root ::= "a"{2,})", {"aa", "aaaaaaa"}, {"a"});
        row("between", R"(root ::= "a"{ 1 , 3 })", {"a", "aaa"}, {"", "aaaa"});
        row("never", R"(root ::= "b" "a"{0})", {"b"}, {"ba"});
        row("counted group", R"(root ::= ("a" "b"?){2,90})", {"aa", "aba", "abab", "aaab"},
            {"a", "ab", "bb"});
        row("counted characters", "root ::= .{3,5}", {"\u00e9ab", "\u20ac\u20ac\u20ac\u20ac\u20ac"},
            {"ab", "abcdef", "\u00e9a"});
        row("empty turns", R"(root ::= ("a"?){3,80} "b")", {"b", "ab", "aaab"}, {"a"});
        row("loop of nothing", R"(root ::= ("a"* "b"*)* "c")", {"c", "abbac"}, {"ab"});
        row("group over lines", "root ::= (\n  \"a\" |  # one\n\n \"b\"\n)", {"a", "b"}, {"ab"});
        row("bar ends the line", "root ::= \"a\" |\n \"b\"", {"a", "b"}, {"ab"});
        row("bar begins the line", "root ::= \"a\" # one\n # two\n | \"b\"\n", {"a", "b"}, {"ab"});
        row("body on the next line", "root ::=\n  \"a\"\r\n", {"a"}, {""});
        row("rules in any order", "x-1 ::= \"b\"\nroot ::= x-1 y_2\ny_2 ::= [0-9]+", {"b12"},
            {"b", "12"});
        row("right recursion", "root ::= \"a\" root | \"b\"", {"b", "aaab"}, {"a", "ba"});
        row("nesting", "root ::= \"(\" root* \")\"", {"()", "(()(()))"}, {"(", "(()", ")"});
        row("palindromes", R"(root ::= "a" root "a" | "b" root "b" | "")", {"", "abba", "aa"},
            {"ab", "aba"});
        row("common beginnings", "root ::= e\ne ::= t \"+\" e | t\nt ::= \"(\" e \")\" | [0-9]",
            {"1", "1+2", "((1)+2)+3"}, {"1+", "(1", "(1+2))"});
        row("ambiguous", "root ::= s\ns ::= \"a\" s s | \"a\"", {"a", "aaa", "aaaaa"}, {"aa", ""});
    }

    void takes() {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArrayList, taken);
        QFETCH(const QByteArrayList, refused);
        const GrammarPtr grammar = gbnf(text.toStdString());
        for (const QByteArray& one : taken)
            QVERIFY2(alcove::test::takes(grammar, one.toStdString()), one.toPercentEncoding());
        for (const QByteArray& one : refused)
            QVERIFY2(!alcove::test::takes(grammar, one.toStdString()), one.toPercentEncoding());
    }

    void refuses_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char* name, const char* text, const char* message) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(message);
        };
        row("nothing", "", "there is no rule 'root'");
        row("no root", "a ::= \"b\"", "there is no rule 'root'");
        row("unknown rule", "root ::= \"a\"\n  | wrod",
            "line 2, column 5: there is no rule 'wrod'");
        row("defined twice", "root ::= \"a\"\nroot ::= \"b\"",
            "line 2, column 1: the rule 'root' has been defined");
        row("no definition", "root = \"a\"", "line 1, column 6: '::=' is expected");
        row("open quote", "root ::= \"\u00e9\u00e9\" \"abc\n", "line 1, column 15: this quotation");
        row("open set", "root ::= [a-z\n", "line 1, column 10: this square bracket");
        row("open bracket", "root ::= (\"a\"\n", "line 1, column 10: this bracket is not closed");
        row("extra bracket", "root ::= \"a\")", "line 1, column 13: ')' is not expected");
        row("empty set", "root ::= []", "line 1, column 10: no character");
        row("backward range", "root ::= [z-a]", "line 1, column 11: this range ends before");
        row("count of nothing", "root ::= *", "nothing is before it");
        row("count without number", "root ::= \"a\"{,3}", "a number is expected, not ','");
        row("count without end", "root ::= \"a\"{3", "'}' is expected, not the end");
        row("backward count", "root ::= \"a\"{3,2}", "at least 3 and at most 2");
        row("immense count", "root ::= \"a\"{9999999999}", "the most that is read");
        row("unknown escape", R"(root ::= "\q")", "line 1, column 11: this escape is not known");
        row("short escape", R"(root ::= "\u12")", "needs 4 hexadecimal digits");
        row("half a pair", R"(root ::= "\ud800")", "names no character");
        row("beyond Unicode", R"(root ::= "\U00110000")", "names no character");
        row("tokens", "root ::= <think>", "tokens as in");
        row("no rule in a line", "root ::= \"a\"\n\"b\"", "line 2, column 1: the name of a rule");
        row("not UTF-8", "root ::= \"\xff\"", "line 1, column 11: the text is not valid UTF-8");
        row("left recursion", "root ::= e\ne ::= e \"+\" [0-9] | [0-9]",
            "'e' begins with itself ('e' → 'e')");
        row("left recursion in a circle", "root ::= a\na ::= b \"x\" | \"y\"\nb ::= \"\" a | \"z\"",
            "'a' begins with itself ('a' → 'b' → 'a')");
        row("left recursion behind nothing", "root ::= n root \"x\" | \"y\"\nn ::= \"a\"?",
            "'root' begins with itself");
        row("never ends", "root ::= \"a\" root", "no text can satisfy it");
        row("many counts", "root ::= \"a\"**********", "counts follow one another");
    }

    void refuses() {
        QFETCH(const QByteArray, text);
        QFETCH(const QByteArray, message);
        const auto made = engine(text);
        QVERIFY(!made.isEmpty());
        QVERIFY2(made.contains(message), made);
    }

    void deepNestingIsRefused() {
        const QByteArray made = engine("root ::= " + QByteArray(100'000, '(') + "\"a\"");
        QVERIFY2(made.contains("brackets are open at once"), made);
    }

private:
    static QByteArray engine(const QByteArray& text) {
        const auto made = Grammar::fromGbnf(text.toStdString());
        return made ? QByteArray() : QByteArray::fromStdString(made.message());
    }
};

QTEST_APPLESS_MAIN(GbnfTest)
#include "gbnf_test.moc"
