// Tokens of each language; and that no text is lost, whatever it is.
#include "ui/markdown/highlighter.h"

#include <QtTest>
#include <random>

#include "ui/markdown/language.h"

using namespace alcove::ui;

namespace {

constexpr char kMarks[] = {'c', 's', 'n', 'k', 't', 'f', 'a', 'y', '+', '-', 'h'};

/// "k:int s:\"x\"", line by line.
QString tokensOf(const QString& language, const QString& code) {
    const Highlighter highlighter(language);
    LineState state;
    QStringList lines;
    for (const QString& line : code.split(u'\n')) {
        std::vector<Token> tokens;
        state = highlighter.highlight(line, state, tokens);
        QStringList words;
        for (const Token& token : tokens)
            words << QString(QChar(kMarks[int(token.kind)])) + u':' +
                         line.mid(token.begin, token.length);
        lines << words.join(u' ');
    }
    return lines.join(u'\n');
}

}  // namespace

class HighlighterTest : public QObject {
    Q_OBJECT

private slots:
    void colours_data();
    void colours();
    void everyLanguageIsKnown();
    void losesNothing();
    void goesOnFromAnyLine();
    void statesStaySmall();
};

void HighlighterTest::colours_data() {
    QTest::addColumn<QString>("language");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("tokens");
    const auto row = [](const char* language, const char* code, const char* tokens) {
        QTest::addRow("%s: %s", language, code)
            << QString(language) << QString::fromUtf8(code) << QString::fromUtf8(tokens);
    };
    row("c", "#include <a.h>\nint f(char c) { return '\\''; } /* x\ny */ 0x1F",
        "a:#include\nt:int f:f t:char k:return s:'\\'' c:/* x\nc:y */ n:0x1F");
    row("cpp", "auto s = R\"x(a\n\"b)\" )x\"; // end\nconst Foo& g = 1'000.5e-3;",
        "k:auto s:R\"x(a\ns:\"b)\" )x\" c:// end\nk:const t:Foo n:1'000.5e-3");
    row("csharp", "var s = @\"a\"\"b\"; string t = $\"x{y}\";",
        "t:var s:@\"a\"\"b\" t:string s:$\"x s:\"");
    row("java", "@Override\npublic void f() { String s = \"\"\"\n a\"\"\"; }",
        "a:@Override\nk:public t:void f:f t:String s:\"\"\"\ns: a\"\"\"");
    row("kotlin", "fun f() = \"a ${g(\"x\")} b\" /* /* */ */",
        "k:fun f:f s:\"a  f:g s:\"x\" s: b\" c:/* /* */ */");
    row("js", "const a = `x ${b ? `y` : {c: 1}} z\nw`; // d",
        "k:const s:`x  s:`y` n:1 s: z\ns:w` c:// d");
    row("ts", "let a: string = 'x'; class Foo {}", "k:let t:string s:'x' k:class t:Foo");
    row("python", "@cache\ndef f(x: int) -> None:\n  '''a\n  b''' # c",
        "a:@cache\nk:def f:f t:int k:None\ns:'''a\ns:  b''' c:# c");
    row("ruby", "def f\n  puts \"a #{1 + 2} b\"\n  @x = nil\nend",
        "k:def\ns:\"a  n:1 n:2 s: b\"\na:@x k:nil\nk:end");
    row("go", "func main() { s := `a\n`; var n int = 3 }",
        "k:func f:main s:`a\ns:` k:var t:int n:3");
    row("rust", "#[derive(Debug)]\nfn f<'a>(c: &'a str) { 'x'; r#\"a\"b\"#; } // e",
        "a:#[derive(Debug)]\nk:fn t:str s:'x' s:r#\"a\"b\"# c:// e");
    row("swift", "let s = \"a \\(f(1)) b\"", "k:let s:\"a  f:f n:1 s: b\"");
    row("php", "function f($a) { return \"x\"; } # y",
        "k:function f:f a:$a k:return s:\"x\" c:# y");
    row("bash", "if [ \"$x\" ]; then echo $y; fi # z\na#b",
        "k:if s:\"$x\" k:then k:echo a:$y k:fi c:# z\n");
    row("bash", "cat <<'EOF'\n$x\nEOF\necho 1", "s:<<'EOF'\ns:$x\ns:EOF\nk:echo n:1");
    row("powershell", "Function F { $a = \"x\" } <# y\n#>", "k:Function a:$a s:\"x\" c:<# y\nc:#>");
    row("sql", "SELECT a, 'it''s' FROM t -- x", "k:SELECT s:'it''s' k:FROM c:-- x");
    row("json", "{\"a\": \"b\", \"c\": [1, true]}", "y:\"a\" s:\"b\" y:\"c\" n:1 k:true");
    row("yaml", "a: b # c\n- d-e: \"f\"\n  g: true", "y:a c:# c\ny:d-e s:\"f\"\ny:g k:true");
    row("toml", "[a.b]\nc = \"d\" # e", "h:[a.b]\ny:c s:\"d\" c:# e");
    row("ini", "[a]\nb = c ; d", "h:[a]\ny:b c:; d");
    row("html", "<a href=\"x\">t &amp;</a><!-- c\n-->",
        "k:<a y:href s:\"x\" k:> n:&amp; k:</a> c:<!-- c\nc:-->");
    row("css", "a { color: #fff; } /* x */ @media", "y:color c:/* x */ a:@media");
    row("markdown", "# a\n`b` *c*\n```\nd\n```", "h:# a\ns:`b` k:* k:*\ns:```\ns:d\ns:```");
    row("diff", "--- a\n+++ b\n@@ 1\n-x\n+y\n z", "a:--- a\na:+++ b\nf:@@ 1\n-:-x\n+:+y\n");
    row("cmake", "add_library(x STATIC) # y", "f:add_library c:# y");
    row("qml", "Item { width: 3; property int a }", "t:Item y:width n:3 k:property t:int");
    row("lua", "local s = [[a\nb]] -- c", "k:local s:[[a\ns:b]] c:-- c");
    row("r", "x <- function(a) TRUE # b", "k:function k:TRUE c:# b");
    row("dockerfile", "FROM a:1\nRUN x # y", "k:FROM n:1\nk:RUN c:# y");
    row("latex", "\\frac{a}{b} 50\\% % c", "a:\\frac n:50 c:% c");
    row("make", "a: b\n\t$(CC) # c", "y:a\nc:# c");
    row("haskell", "f :: Int -- a\n{- {- -} -}", "t:Int c:-- a\nc:{- {- -} -}");
    row("nosuch", "int a = 1;", "");
}

void HighlighterTest::colours() {
    QFETCH(QString, language);
    QFETCH(QString, code);
    QFETCH(QString, tokens);
    QCOMPARE(tokensOf(language, code), tokens);
}

void HighlighterTest::everyLanguageIsKnown() {
    QVERIFY(allLanguages().size() >= 30);
    QSet<QString> names;
    for (const Language& language : allLanguages())
        for (const QStringView alias : language.aliases.split(u' ')) {
            QVERIFY2(!names.contains(alias.toString()), qPrintable(alias.toString()));
            names.insert(alias.toString());
            QVERIFY(Highlighter(alias.toString().toUpper()).knowsLanguage());
        }
    QVERIFY(!Highlighter(u"").knowsLanguage());
    QCOMPARE(Highlighter(u"py").languageName(), QString("Python"));
    QCOMPARE(Highlighter(u"Brainrot").languageName(), QString("Brainrot"));
}

void HighlighterTest::losesNothing() {
    std::mt19937 random(3);
    static const QStringList pieces = {
        "\"",   "'",   "`",   "${",     "}",     "{",    "(",    ")",  "/*",  "*/",
        "//",   "#",   "<<E", "E",      "R\"x(", ")x\"", "r#\"", "\\", "<a",  ">",
        "<!--", "-->", "@a",  "$b",     "1.5e+", "0x",   " ",    "\t", "if",  "é",
        "😀",   "[[",  "]]",  "\"\"\"", "=",     ":",    "--",   "%",  "&x;", "a.b"};
    for (const Language& language : allLanguages())
        for (int round = 0; round < 60; ++round) {
            const Highlighter highlighter(language.aliases.split(u' ').front());
            LineState state;
            for (int line = 0; line < 12; ++line) {
                QString text;
                for (auto n = random() % 14; n > 0; --n)
                    text += random() % 9 == 0 ? QString(QChar(ushort(random())))
                                              : pieces[qsizetype(random() % uint(pieces.size()))];
                std::vector<Token> tokens;
                state = highlighter.highlight(text, state, tokens);
                qsizetype last = 0;
                for (const Token& token : tokens) {
                    QVERIFY(token.begin >= last && token.length > 0);
                    last = token.begin + token.length;
                }
                QVERIFY(last <= text.size());
            }
        }
}

/// A line coloured again from the state before it is coloured as before.
void HighlighterTest::goesOnFromAnyLine() {
    const QStringList lines = {"const a = `x ${ {", "b: \"}\" } } y", "z`; /* c", "*/ f(1)"};
    const Highlighter highlighter(u"js");
    std::vector<LineState> states{{}};
    std::vector<std::vector<Token>> all;
    for (const QString& line : lines) {
        all.emplace_back();
        states.push_back(highlighter.highlight(line, states.back(), all.back()));
    }
    QCOMPARE(states.back(), LineState());
    for (qsizetype i = lines.size() - 1; i >= 0; --i) {
        std::vector<Token> tokens;
        QCOMPARE(highlighter.highlight(lines[i], states[size_t(i)], tokens), states[size_t(i) + 1]);
        QCOMPARE(tokens, all[size_t(i)]);
    }
}

void HighlighterTest::statesStaySmall() {
    const Highlighter highlighter(u"js");
    std::vector<Token> tokens;
    LineState state = highlighter.highlight(QString("`${").repeated(100'000), {}, tokens);
    QVERIFY(state.levels.size() <= 8);
    QVERIFY(tokens.size() <= 300'000);
    tokens.clear();
    const Highlighter nested(u"rust");
    state = nested.highlight(QString("/*").repeated(100'000), {}, tokens);
    QCOMPARE(tokens.size(), size_t(1));
    QVERIFY(state.comment <= 1000);
}

QTEST_APPLESS_MAIN(HighlighterTest)
#include "highlighter_test.moc"
