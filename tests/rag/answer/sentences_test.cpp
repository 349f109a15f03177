#include "rag/answer/sentences.h"

#include <QtTest>
#include <random>
#include <string>
#include <vector>

using namespace alcove::rag;

namespace {

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> sentences;
    for (const TextRange range : splitSentences(text))
        sentences.push_back(text.substr(range.begin, range.size()));
    return sentences;
}

}  // namespace

class SentencesTest : public QObject {
    Q_OBJECT

private slots:
    void splits_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("expected");
        const auto row = [](const char* name, const char* text, const QStringList& expected) {
            QTest::newRow(name) << QString(text) << expected;
        };
        row("two", "One is here. Two is there!", {"One is here.", "Two is there!"});
        row("no end", "One is here. Two", {"One is here.", "Two"});
        row("titles", "Dr. Meyer met Prof. Ito. They spoke.",
            {"Dr. Meyer met Prof. Ito.", "They spoke."});
        row("initials", "J. R. Stone signed. It is valid.",
            {"J. R. Stone signed.", "It is valid."});
        row("numbers", "It costs 1.250,50 euros. Or 3.5 percent.",
            {"It costs 1.250,50 euros.", "Or 3.5 percent."});
        row("parking", "Spaces no. 7 and no. 8 are free. None else.",
            {"Spaces no. 7 and no. 8 are free.", "None else."});
        row("no at the end", "The answer is no. He left.", {"The answer is no.", "He left."});
        row("latin", "Tools, e.g. a saw, i.e. sharp ones, are kept. Etc. is not.",
            {"Tools, e.g. a saw, i.e. sharp ones, are kept.", "Etc. is not."});
        row("times", "From 7 a.m. to 8 p.m. on weekdays. Closed else.",
            {"From 7 a.m. to 8 p.m. on weekdays.", "Closed else."});
        row("company", "Kestrel Cycles Ltd. is the tenant. Acme Inc. pays.",
            {"Kestrel Cycles Ltd. is the tenant.", "Acme Inc. pays."});
        row("quotes", "He said \"Stop.\" Then he went.", {"He said \"Stop.\"", "Then he went."});
        row("brackets", "It ended (at last.) All left.", {"It ended (at last.)", "All left."});
        row("ellipsis", "Well... it works. Yes!? Sure.", {"Well... it works.", "Yes!?", "Sure."});
        row("running text", "The rent is due on\nthe first day of\nthe month. It rises.",
            {"The rent is due on\nthe first day of\nthe month.", "It rises."});
        row("heading", "Rent\nThe rent is due.", {"Rent", "The rent is due."});
        row("empty line", "one line\n\nanother line", {"one line", "another line"});
        row("bullets", "Bring:\n- a pen\n- two books\n* a cup",
            {"Bring:", "- a pen", "- two books", "* a cup"});
        row("numbered", "1. Dogs travel free.\n2. Cats pay 3.50 pounds.",
            {"1. Dogs travel free.", "2. Cats pay 3.50 pounds."});
        row("lettered", "(a) the roof\n(b) the walls", {"(a) the roof", "(b) the walls"});
        row("rows", "Oslo\t12\t3.5\nBergen\t7\t1.25", {"Oslo\t12\t3.5", "Bergen\t7\t1.25"});
        row("citations", "Rent is 5 euros. [1] It rises. [2, 3] End",
            {"Rent is 5 euros. [1]", "It rises. [2, 3]", "End"});
        row("wide", "家賃は高い。払う。", {"家賃は高い。", "払う。"});
        row("german", "Das gilt gem. Abs. 3 nicht. Es endet am 3. Mai 2021. Danach nicht.",
            {"Das gilt gem. Abs. 3 nicht.", "Es endet am 3. Mai 2021.", "Danach nicht."});
        row("blank", " \n\t ", {});
        row("marks alone", "...", {"..."});
    }
    void splits() {
        QFETCH(QString, text);
        QFETCH(QStringList, expected);
        QStringList found;
        for (const std::string& sentence : split(text.toStdString()))
            found << QString::fromStdString(sentence);
        QCOMPARE(found, expected);
    }

    void anyBytes() {
        std::mt19937 random(7);
        const std::string letters = "aA.!? \n\t\"([1-•\xc3\xa9\xff";
        for (int round = 0; round < 3000; ++round) {
            std::string text;
            for (unsigned i = 0; i < random() % 60; ++i) text += letters[random() % letters.size()];
            uint64_t before = 0;
            for (const TextRange range : splitSentences(text)) {
                QVERIFY(range.begin >= before && range.begin < range.end);
                QVERIFY(range.end <= text.size());
                before = range.end;
                for (const char blank : {' ', '\n', '\t'}) {
                    QVERIFY(text[range.begin] != blank);
                    QVERIFY(text[range.end - 1] != blank);
                }
            }
            // Nothing but blanks is lost.
            std::string kept, all;
            for (const std::string& sentence : split(text)) kept += sentence;
            for (std::string* s : {&kept, &all})
                if (s == &all) *s = text;
            for (std::string* s : {&kept, &all})
                std::erase_if(*s, [](char c) { return c == ' ' || c == '\n' || c == '\t'; });
            QCOMPARE(kept, all);
        }
    }

    void longTextsTakeLinearTime() {
        std::string text;
        while (text.size() < 4000000) text += "word. 12.5 e.g. x\n";
        QVERIFY(splitSentences(text).size() > 100);
        QCOMPARE(splitSentences(std::string(4000000, '.')).size(), size_t{1});
        QVERIFY(splitSentences(std::string(4000000, '\n')).empty());
        QVERIFY(!splitSentences(std::string(1000000, '[')).empty());
    }
};

QTEST_GUILESS_MAIN(SentencesTest)
#include "sentences_test.moc"
