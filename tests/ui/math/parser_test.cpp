// What is read of LaTeX, what is refused and how, and that no input is too much.
#include "ui/math/parser.h"

#include <QTest>
#include <random>

#include "tests/ui/math/formulas.h"
#include "ui/math/symbols.h"

using namespace alcove::ui::math;

namespace {

/// The tree as text: what a golden can be compared with.
QString shown(const Node& node);

QString shown(const NodePtr& node) { return node ? shown(*node) : QStringLiteral("-"); }

QString all(const Node& node) {
    QString text;
    for (const NodePtr& child : node.children) text += shown(child);
    return text;
}

QString edge(char32_t c) { return c ? QString::fromUcs4(&c, 1) : QStringLiteral("."); }

QString table(const TableShape& shape) {
    QStringList rows;
    for (const auto& row : shape.rows) {
        QStringList cells;
        for (const NodePtr& cell : row) cells += all(*cell);
        rows += cells.join(u'&');
    }
    return QStringLiteral("table(%1|%2)").arg(shape.columns, rows.join(u'/'));
}

QString shown(const Node& node) {
    static const char* const kClasses[] = {
        "", "op:", "bin:", "rel:", "open:", "close:", "punct:", "inner:"};
    switch (node.kind) {
        case Kind::Symbol:
            return QLatin1String(kClasses[static_cast<int>(node.atom)]) + edge(node.character);
        case Kind::Name:
            return QStringLiteral("[%1]").arg(node.text);
        case Kind::Text:
            return QStringLiteral("\"%1\"").arg(node.text);
        case Kind::Row:
            return QStringLiteral("{%1}").arg(all(node));
        case Kind::Scripts:
            return QStringLiteral("(%1^%2_%3)")
                .arg(shown(node.children[0]), shown(node.children[1]), shown(node.children[2]));
        case Kind::Fraction:
            return QStringLiteral("%1(%2 %3)")
                .arg(node.bar ? QStringLiteral("frac") : QStringLiteral("choose"),
                     shown(node.children[0]), shown(node.children[1]));
        case Kind::Radical:
            return QStringLiteral("root(%1 %2)")
                .arg(shown(node.children[0]), shown(node.children[1]));
        case Kind::Delimited:
            return QStringLiteral("<%1 %2 %3>").arg(edge(node.left), all(node), edge(node.right));
        case Kind::Table:
            return table(*node.table);
        case Kind::Space:
            return QStringLiteral("~");
        default:
            return QStringLiteral("%1(%2)").arg(static_cast<int>(node.kind)).arg(all(node));
    }
}

}  // namespace

class MathParserTest : public QObject {
    Q_OBJECT

private slots:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void everyFormula();
    void everyCommandIsKnown();
    void everyEnvironment();
    void hostileInput_data();
    void hostileInput();
    void anyChangeIsReadOrRefused();
    void alphabets();
};

void MathParserTest::reads_data() {
    QTest::addColumn<QString>("tex");
    QTest::addColumn<QString>("tree");
    const auto row = [](const char* name, const QString& tex, const QString& tree) {
        QTest::newRow(name) << tex << tree;
    };
    row("letters", u"ab"_qs, u"{𝑎𝑏}"_qs);
    row("classes", u"a+b=(c,d)"_qs, u"{𝑎bin:+𝑏rel:=open:(𝑐punct:,𝑑close:)}"_qs);
    row("scripts", u"x_i^2"_qs, u"{(𝑥^2_𝑖)}"_qs);
    row("one digit", u"x^23"_qs, u"{(𝑥^2_-)3}"_qs);
    row("primes", u"f''^2"_qs, u"{(𝑓^{′′2}_-)}"_qs);
    row("no base", u"{}_a^b"_qs, u"{({}^𝑏_𝑎)}"_qs);
    row("fraction", u"\\frac12"_qs, u"{frac(1 2)}"_qs);
    row("over", u"{a \\over b+c}"_qs, u"{{frac({𝑎} {𝑏bin:+𝑐})}}"_qs);
    row("choose", u"n\\choose k"_qs, u"{choose({𝑛} {𝑘})}"_qs);
    row("root", u"\\sqrt[3]{x}"_qs, u"{root(𝑥 {3})}"_qs);
    row("root of one", u"\\sqrt2"_qs, u"{root(2 -)}"_qs);
    row("delimiters", u"\\left( a \\right]"_qs, u"{<( {𝑎} ]>}"_qs);
    row("no delimiter", u"\\left. a \\right|"_qs, u"{<. {𝑎} |>}"_qs);
    row("angles", u"\\left< a \\middle| b \\right>"_qs, u"{<⟨ {𝑎}{𝑏} ⟩>}"_qs);
    row("alphabet", u"\\mathbb{R}\\mathbf x"_qs, u"{ℝ𝐱}"_qs);
    row("old alphabet", u"{\\bf a} b"_qs, u"{{𝐚}𝑏}"_qs.replace(u"{𝐚}"_qs, u"𝐚"_qs));
    row("text", u"\\text{if $x$ }"_qs, u"{{\"if \"{𝑥}\" \"}}"_qs);
    row("name", u"\\sin x"_qs, u"{[sin]𝑥}"_qs);
    row("operatorname", u"\\operatorname{arg\\,max} x"_qs, u"{[arg max]𝑥}"_qs);
    row("matrix", u"\\begin{pmatrix}a&b\\\\c&d\\end{pmatrix}"_qs, u"{<( table(c|𝑎&𝑏/𝑐&𝑑) )>}"_qs);
    row("last line end", u"\\begin{matrix}a\\\\b\\\\\\end{matrix}"_qs, u"{table(c|𝑎/𝑏)}"_qs);
    row("array", u"\\begin{array}{l|r} a & b \\\\ \\hline c & d \\end{array}"_qs,
        u"{table(lr|𝑎&𝑏/𝑐&𝑑)}"_qs);
    row("loose lines", u"a &= b \\\\ &= c"_qs, u"table(rl|𝑎&rel:=𝑏/&rel:=𝑐)"_qs);
    row("bracket after line end", u"\\begin{matrix}a\\\\ [b]\\end{matrix}"_qs,
        u"{table(c|𝑎/open:[𝑏close:])}"_qs);
    row("not", u"\\not= \\not\\in"_qs, u"{rel:≠rel:∉}"_qs);
    row("typed", u"α²≤∑"_qs, u"{(𝛼^{2}_-)rel:≤op:∑}"_qs);
    row("comment", u"a % b\n c"_qs, u"{𝑎𝑐}"_qs);
    row("minus", u"-x"_qs, u"{bin:−𝑥}"_qs);
    row("colour", u"\\textcolor{red}{x}\\color{blue} y"_qs, u"{𝑥𝑦}"_qs);
    row("nothing", u""_qs, u"{}"_qs);
}

void MathParserTest::reads() {
    QFETCH(QString, tex);
    QFETCH(QString, tree);
    const Parsed parsed = parse(tex);
    QCOMPARE(parsed.mistake, QString());
    QCOMPARE(shown(parsed.root), tree);
}

void MathParserTest::refuses_data() {
    QTest::addColumn<QString>("tex");
    QTest::addColumn<QString>("mistake");
    const auto row = [](const char* name, const QString& tex, const QString& mistake) {
        QTest::newRow(name) << tex << mistake;
    };
    row("unknown", u"a \\frobnicate"_qs, u"\\frobnicate is not known (at character 3)"_qs);
    row("open brace", u"{a"_qs, u"A } is missing (at character 3)"_qs);
    row("closed brace", u"a}"_qs, u"A } closes nothing (at character 2)"_qs);
    row("left", u"\\left( a"_qs, u"\\left has no \\right (at character 9)"_qs);
    row("right", u"a \\right)"_qs, u"\\right closes nothing (at character 3)"_qs);
    row("argument", u"\\frac{a}"_qs, u"An argument is missing (at character 9)"_qs);
    row("script", u"x^"_qs, u"An argument is missing (at character 3)"_qs);
    row("two scripts", u"x^a^b"_qs, u"There are two superscripts (at character 4)"_qs);
    row("two below", u"x_a_b"_qs, u"There are two subscripts (at character 4)"_qs);
    row("environment", u"\\begin{foo}"_qs,
        u"The environment foo is not known (at character 12)"_qs);
    row("no end", u"\\begin{matrix} a"_qs, u"\\begin{matrix} has no \\end (at character 17)"_qs);
    row("other end", u"\\begin{matrix} a \\end{cases}"_qs,
        u"\\begin{matrix} is closed by \\end{cases} (at character 29)"_qs);
    row("backslash", u"a \\"_qs, u"A \\ stands at the end (at character 3)"_qs);
    row("dollar", u"a $ b"_qs, u"A $ has no meaning here (at character 3)"_qs);
    row("ampersand", u"{a & b}"_qs, u"An & stands outside of a table (at character 4)"_qs);
    row("column", u"\\begin{array}{x}\\end{array}"_qs,
        u"A column of a table is l, c or r, not x (at character 17)"_qs);
    row("macro", u"\\newcommand{\\x}{\\x\\x}\\x"_qs,
        u"\\newcommand is not known (at character 1)"_qs);
    row("text dollar", u"\\text{a $x}"_qs, u"A $ is missing (at character 11)"_qs);
    row("bracket", u"\\sqrt[3{x}"_qs, u"A ] is missing (at character 11)"_qs);
}

void MathParserTest::refuses() {
    QFETCH(QString, tex);
    const Parsed parsed = parse(tex);
    QVERIFY(!parsed.root);
    QTEST(parsed.mistake, "mistake");
}

void MathParserTest::everyFormula() {
    for (const char16_t* formula : kFormulas) {
        const Parsed parsed = parse(formula);
        QVERIFY2(parsed.root, qPrintable(QString::fromUtf16(formula) + u": "_qs + parsed.mistake));
    }
}

void MathParserTest::everyCommandIsKnown() {
    // Whatever a command wants, it does not say that it is not known.
    for (const QString& name : commandNames()) {
        const Parsed parsed = parse(u'\\' + name + u" {a}{b}"_qs);
        QVERIFY2(!parsed.mistake.contains(QString(u'\\' + name + u" is not known"_qs)),
                 qPrintable(name + u": "_qs + parsed.mistake));
    }
    for (const SymbolEntry& entry : allSymbols()) {
        const QString name = QString::fromLatin1(entry.name);
        const Parsed parsed = parse(u'\\' + name + u" "_qs);
        QVERIFY2(parsed.root && parsed.root->children.size() == 1, entry.name);
        QCOMPARE(parsed.root->children[0]->atom, entry.atom);
        QVERIFY2(!commandNames().contains(name), entry.name);  // else the command is never reached
    }
}

void MathParserTest::everyEnvironment() {
    QVERIFY(environmentNames().size() > 25);
    for (const QString& name : environmentNames()) {
        const bool counted = name.startsWith(u"alignat") || name == u"alignedat";
        const bool columns = name == u"array" || name == u"tabular" || name == u"subarray";
        const QString argument = counted ? u"{2}"_qs : columns ? u"{cc}"_qs : QString();
        const Parsed parsed =
            parse(u"\\begin{%1}%2 a & b \\\\ c & d \\end{%1}"_qs.arg(name, argument));
        QVERIFY2(parsed.root, qPrintable(name + u": "_qs + parsed.mistake));
    }
}

void MathParserTest::hostileInput_data() {
    QTest::addColumn<QString>("tex");
    const auto many = [](const char* name, const QString& piece, int times) {
        QTest::newRow(name) << piece.repeated(times);
    };
    many("braces, too many", u"{"_qs, 100'000);
    many("braces", u"{"_qs, 19'000);
    many("fractions", u"\\frac"_qs, 3'900);
    many("lefts", u"\\left("_qs, 3'000);
    many("roots", u"\\sqrt[\\sqrt"_qs, 1'500);
    many("tables", u"\\begin{matrix}"_qs, 1'300);
    many("texts", u"\\text{$"_qs, 2'500);
    many("text groups", u"\\text{{"_qs, 2'500);
    many("superscripts", u"a^{"_qs, 6'000);
    many("rows", u"a\\\\"_qs, 6'000);
    many("columns", u"a&"_qs, 9'000);
    many("overs", u"a\\over "_qs, 2'400);
    many("nots", u"\\not"_qs, 4'900);
    many("alphabets", u"\\mathbf"_qs, 2'800);
}

void MathParserTest::hostileInput() {
    QFETCH(QString, tex);
    const Parsed parsed = parse(tex);
    QVERIFY(!parsed.root);
    QVERIFY(!parsed.mistake.isEmpty());
}

void MathParserTest::anyChangeIsReadOrRefused() {
    std::mt19937 random(7);
    const QString pieces[] = {u"{"_qs,
                              u"}"_qs,
                              u"\\left("_qs,
                              u"\\right"_qs,
                              u"&"_qs,
                              u"\\\\"_qs,
                              u"^"_qs,
                              u"_"_qs,
                              u"$"_qs,
                              u"["_qs,
                              u"]"_qs,
                              u"\\frac"_qs,
                              u"\\end{aligned}"_qs,
                              u"\\over"_qs};
    int read = 0, refused = 0;
    for (int round = 0; round < 4000; ++round) {
        QString tex = QString::fromUtf16(kFormulas[random() % std::size(kFormulas)]);
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const qsizetype at = static_cast<qsizetype>(random() % (tex.size() + 1u));
            if (random() % 2)
                tex.remove(at, 1 + static_cast<qsizetype>(random() % 4));
            else
                tex.insert(at, pieces[random() % std::size(pieces)]);
        }
        const Parsed parsed = parse(tex);
        QVERIFY(!parsed.root == !parsed.mistake.isEmpty());
        ++(parsed.root ? read : refused);
    }
    QVERIFY(read > 400);
    QVERIFY(refused > 400);
}

void MathParserTest::alphabets() {
    QCOMPARE(styled(U'h', Alphabet::Default), U'ℎ');
    QCOMPARE(styled(U'7', Alphabet::Default), U'7');
    QCOMPARE(styled(U'7', Alphabet::Bold), U'𝟕');
    QCOMPARE(styled(U'B', Alphabet::Script), U'ℬ');
    QCOMPARE(styled(U'Z', Alphabet::Double), U'ℤ');
    QCOMPARE(styled(U'α', Alphabet::BoldItalic), U'𝜶');
    QCOMPARE(styled(U'Σ', Alphabet::Default), U'Σ');
    QCOMPARE(styled(U'𝛼', Alphabet::Roman), U'α');
    QCOMPARE(styled(U'∂', Alphabet::Default), U'𝜕');
    for (const char32_t letter : {U'A', U'h', U'z', U'α', U'ω', U'Ω', U'3'})
        for (const Alphabet alphabet : {Alphabet::Bold, Alphabet::Script, Alphabet::Double,
                                        Alphabet::Fraktur, Alphabet::BoldItalic})
            QCOMPARE(plainLetter(styled(letter, alphabet)), letter);
}

QTEST_GUILESS_MAIN(MathParserTest)

#include "parser_test.moc"
