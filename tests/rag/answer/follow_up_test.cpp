#include "rag/answer/follow_up.h"

#include <QtTest>
#include <random>

using namespace alcove::rag;

class FollowUpTest : public QObject {
    Q_OBJECT

private slots:
    void resolves_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("answer");
        QTest::addColumn<QString>("asked");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* before, const char* answer, const char* asked,
                            const char* expected) {
            QTest::newRow(asked) << before << answer << asked << expected;
        };
        row("How many visitors were there in 2022?", "", "and in 2021?",
            "How many visitors were there in 2021?");
        row("How many visitors were there in 2022?", "", "In 2020?",
            "How many visitors were there in 2020?");
        row("How many orders went to Oslo?", "", "What about Bergen?",
            "How many orders went to Bergen?");
        row("How many orders went to Oslo?", "", "and for Bergen?",
            "How many orders went to Bergen?");
        row("What is the unit price of a chair?", "", "and a bookshelf?",
            "What is the unit price of a bookshelf?");
        row("What happened on 3 May 2021?", "", "and on 4 June 2021?",
            "What happened on 4 June 2021?");
        row("Which orders have more than 10 pieces?", "", "and more than 20?",
            "Which orders have more than 20 pieces?");
        row("When does the lease begin?", "", "And when does it end?",
            "And when does the lease end?");
        row("What is the notice period of the lease?", "", "Is it renewable?",
            "Is the lease renewable?");
        row("Who is the head of the library?", "Head of the library is Maren Oduya. [1]",
            "When did she start?", "When did Maren Oduya start?");
        row("Who is the head of the library?", "Head of the library is Maren Oduya. [1]",
            "What is her salary?", "What is Maren Oduya's salary?");
        row("Who is the supplier of Project Heron?", "The supplier is Brightwave Systems.",
            "What is its budget?", "What is Project Heron's budget?");
        row("How much is the rent?", "1,450 euros", "When is the deposit due?",
            "When is the deposit due?");
        row("How much is the rent?", "", "Does Ms. Pohl say why she voted against it?",
            "Does Ms. Pohl say why she voted against the rent?");
        row("How much is the rent?", "", "Is it true that pets are allowed?",
            "Is it true that pets are allowed?");
        row("How much is the rent?", "", "Since when?", "Since when rent?");
        row("How many people live in Oslo?", "709,037 [1]", "Who is the mayor there?",
            "Who is the mayor in Oslo?");
        row("How many orders went to Oslo in 2022?", "5", "and what was sold there in 2021?",
            "and what was sold in Oslo in 2021?");
        row("Who runs the office at the Harbour?", "", "How many people work there?",
            "How many people work at the Harbour?");
        row("How many people live in Oslo?", "", "Is there a mayor?", "Is there a mayor?");
        row("How many people live in Oslo?", "", "How many visitors were there in 2022?",
            "How many visitors were there in 2022?");
        row("Who is the supplier of the valve?", "", "Who works there now?",
            "Who works there now?");
    }
    void resolves() {
        QFETCH(QString, before);
        QFETCH(QString, answer);
        QFETCH(QString, asked);
        const std::string found =
            resolveFollowUp(asked.toStdString(), {{before.toStdString(), answer.toStdString()}});
        QTEST(QString::fromStdString(found), "expected");
    }

    void chains() {
        std::vector<Turn> turns;
        for (const char* asked :
             {"How many orders went to Oslo in 2022?", "and in 2021?", "What about Bergen?"})
            turns.push_back({resolveFollowUp(asked, turns), ""});
        QCOMPARE(turns.back().question, std::string("How many orders went to Bergen in 2021?"));
    }

    void nothingBefore() {
        QCOMPARE(resolveFollowUp("  and in 2021? ", {}), std::string("and in 2021?"));
        QCOMPARE(resolveFollowUp("and it?", {{"", ""}}), std::string("and it?"));
        QCOMPARE(resolveFollowUp("", {{"Who?", "x"}}), std::string());
    }

    void anyBytes() {
        std::mt19937 random(3);
        const char* parts[] = {"and ",   "it ",  "2021", "What ",  "the ", "Oslo ",
                               "?",      "\xff", "é",    "about ", "in ",  "she ",
                               "3 May ", "of ",  ". ",   "there "};
        const auto make = [&] {
            std::string text;
            for (unsigned i = 0; i < random() % 9; ++i) text += parts[random() % std::size(parts)];
            return text;
        };
        for (int round = 0; round < 5000; ++round)
            (void)resolveFollowUp(make(), {{make(), make()}});
    }
};

QTEST_GUILESS_MAIN(FollowUpTest)
#include "follow_up_test.moc"
