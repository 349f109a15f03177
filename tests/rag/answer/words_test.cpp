#include "rag/answer/words.h"

#include <QtTest>
#include <random>
#include <string>

#include "rag/answer/extract.h"
#include "rag/answer/question.h"
#include "rag/answer/related.h"

using namespace alcove::rag;

class WordsTest : public QObject {
    Q_OBJECT

private slots:
    void numbers_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<double>("value");
        const auto row = [](const char* text, double value) {
            QTest::newRow(text) << QByteArray(text) << value;
        };
        row("1450", 1450);
        row("1,450", 1450);
        row("1,250,000.50", 1250000.5);
        row("1.250,50", 1250.5);
        row("2.5", 2.5);
        row("2,5", 2.5);
        row("0.250", 0.25);
        row("1.250.000", 1250000);
        row("12'500", 12500);
        row("twelve", 12);
        row("3rd", 3);
    }
    void numbers() {
        QFETCH(QByteArray, text);
        QFETCH(double, value);
        double found = -1;
        QVERIFY(numberOf(text.toStdString(), found));
        QCOMPARE(found, value);
    }

    void noNumbers_data() {
        QTest::addColumn<QByteArray>("text");
        for (const char* text : {"", "words", "A-1001", "12monkeys", ".", "kg"})
            QTest::newRow(text) << QByteArray(text);
    }
    void noNumbers() {
        QFETCH(QByteArray, text);
        double value = 0;
        QVERIFY(!numberOf(text.toStdString(), value));
    }

    void factors() {
        const auto values = [](const char* text) {
            std::vector<double> all;
            for (const auto& number : factsOf(text).numbers) all.push_back(number.value);
            return all;
        };
        QCOMPARE(values("2.1 million euros and 3 thousand"), (std::vector<double>{2.1e6, 3000}));
        QCOMPARE(values("twenty-four hours"), (std::vector<double>{24}));
        QCOMPARE(values("two hundred pages"), (std::vector<double>{200}));
        QCOMPARE(values("one may go"), (std::vector<double>{}));
        QCOMPARE(values("on 3 March 2021"), (std::vector<double>{}));
        QCOMPARE(values("in 2021"), (std::vector<double>{2021}));
    }

    void dates_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("year");
        QTest::addColumn<int>("month");
        QTest::addColumn<int>("day");
        const auto row = [](const char* text, int year, int month, int day) {
            QTest::newRow(text) << QByteArray(text) << year << month << day;
        };
        row("12 March 2021", 2021, 3, 12);
        row("the 3rd of May 2020", 2020, 5, 3);
        row("March 12, 2021", 2021, 3, 12);
        row("2021-03-12", 2021, 3, 12);
        row("12.03.2021", 2021, 3, 12);
        row("31/12/2021", 2021, 12, 31);
        row("12/31/2021", 2021, 12, 31);
        row("June 2022", 2022, 6, 0);
        row("1 April", 0, 4, 1);
        row("3. Mai 2021", 2021, 5, 3);
    }
    void dates() {
        QFETCH(QByteArray, text);
        const Facts facts = factsOf("It is on " + text.toStdString() + ", we hope.");
        QCOMPARE(facts.dates.size(), size_t{1});
        QTEST(facts.dates[0].date.year, "year");
        QTEST(facts.dates[0].date.month, "month");
        QTEST(facts.dates[0].date.day, "day");
    }

    void mayIsNoMonthAlone() {
        QVERIFY(factsOf("You may go. May I?").dates.empty());
        QVERIFY(covers({2021, 3, 12}, {2021, 0, 0}));
        QVERIFY(covers({2021, 3, 12}, {0, 3, 12}));
        QVERIFY(!covers({2021, 3, 12}, {2021, 4, 0}));
        QVERIFY(!covers({2021, 0, 0}, {2021, 3, 0}));
    }

    void stems() {
        const std::vector<std::vector<std::string>> same = {
            {"payment", "payments", "pay", "paid", "payable", "paying"},
            {"terminate", "termination", "terminated", "terminates", "terminating"},
            {"repair", "repairs", "repaired"},
            {"price", "prices", "priced"},
            {"company", "companies"},
            {"class", "classes"},
            {"decide", "decided", "deciding"}};
        for (const auto& words : same)
            for (const std::string& word : words)
                QVERIFY2(related(stemOf(word), stemOf(words[0])) > 0.8,
                         (word + ": " + stemOf(word) + ", " + stemOf(words[0])).c_str());
        for (const auto& [a, b] : {std::pair("rent", "rest"),
                                   {"lease", "least"},
                                   {"may", "many"},
                                   {"roof", "room"},
                                   {"paper", "pay"}})
            QVERIFY2(related(stemOf(a), stemOf(b)) == 0, a);
        QVERIFY(opposite(stemOf("landlord"), stemOf("tenant")));
        QVERIFY(opposite(stemOf("increased"), stemOf("decrease")));
        QVERIFY(!opposite(stemOf("before"), stemOf("before")));
    }

    void names() {
        const auto names = [](const char* text) {
            QStringList all;
            for (const Word& word : factsOf(text).names) all << QString::fromStdString(word.text);
            return all;
        };
        QCOMPARE(names("Yesterday Orla Brandvik met the GDPR officer of A4."),
                 (QStringList{"orla", "brandvik", "gdpr", "a4"}));
        QCOMPARE(names("The rent is due. Payment follows."), QStringList());
    }

    void questions_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("asks");
        QTest::addColumn<int>("whole");
        const auto row = [](const char* text, Asks asks, Whole whole) {
            QTest::newRow(text) << QByteArray(text) << int(asks) << int(whole);
        };
        row("Who signed it?", Asks::Person, Whole::No);
        row("When does it end?", Asks::Time, Whole::No);
        row("How much is the rent?", Asks::Amount, Whole::No);
        row("Where is the key?", Asks::Place, Whole::No);
        row("Why was it late?", Asks::Reason, Whole::No);
        row("What is a deposit?", Asks::Fact, Whole::No);
        row("How many orders are open?", Asks::Amount, Whole::Count);
        row("List all orders of 2023", Asks::Fact, Whole::List);
        row("Which orders are open?", Asks::Fact, Whole::List);
        row("Compare 2021 and 2022", Asks::Fact, Whole::Compare);
        row("What is the sum of the totals?", Asks::Fact, Whole::Sum);
        row("What is the average price?", Asks::Fact, Whole::Average);
        row("Which order has the highest total?", Asks::Fact, Whole::Greatest);
        row("Which orders have at least 5 chairs?", Asks::Fact, Whole::List);
        row("Which product is the cheapest?", Asks::Fact, Whole::Least);
    }
    void questions() {
        QFETCH(QByteArray, text);
        const Question question = parseQuestion(text.toStdString());
        QTEST(int(question.asks), "asks");
        QTEST(int(question.whole), "whole");
    }

    void anyBytes() {
        std::mt19937 random(11);
        for (int round = 0; round < 2000; ++round) {
            std::string text;
            for (unsigned i = 0; i < random() % 80; ++i)
                text += static_cast<char>(random() % 4 ? "a1. -'é,M"[random() % 10] : random());
            for (const Word& word : wordsOf(text)) QVERIFY(word.range.end <= text.size());
            (void)factsOf(text);
            (void)parseQuestion(text);
        }
    }
};

QTEST_GUILESS_MAIN(WordsTest)
#include "words_test.moc"
