#include "rag/answer/support.h"

#include <QtTest>

#include "rag/answer/citations.h"

using namespace alcove;
using namespace alcove::rag;

namespace {

Source sourceOf(const std::string& text, const std::string& heading = {}) {
    Source source;
    source.text = text;
    source.heading = heading;
    return source;
}

}  // namespace

class SupportTest : public QObject {
    Q_OBJECT

    static Support check(const std::string& text, const std::string& claim) {
        const std::vector<Source> sources = {sourceOf(text)};
        const auto support = SupportCheck(sources, nullptr).check(claim);
        if (!support.ok()) qFatal("%s", support.message().c_str());
        return *support;
    }

private slots:
    void doubts_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("claim");
        QTest::addColumn<QString>("doubt");
        const auto row = [](const char* text, const char* claim, const char* doubt) {
            QTest::newRow(claim) << text << claim << doubt;
        };
        const char* rent = "The monthly rent is 1,450 euros since 1 May 2021.";
        row(rent, "The rent is 1450 euros a month.", "none");
        row(rent, "The rent is 1,540 euros a month.", "number");
        row(rent, "The rent is 1,450 euros since 2 May 2021.", "date");
        row(rent, "The rent is 1,450 euros since 2021.", "none");
        row(rent, "The rent that Orla pays is 1,450 euros.", "name");
        row(rent, "The rent is not 1,450 euros.", "negation");
        row(rent, "Here it is:", "no claim");
        row(rent, "The pool is heated in winter and cleaned daily.", "words");
        row("Cash is not insured.", "Cash is insured.", "negation");
        row("Cash is not insured.", "Cash is never insured.", "none");
        row("Notice must be given no later than 3 May.", "Notice must be given until 3 May.",
            "none");
        row("The roof is the duty of the landlord.", "The roof is the duty of the tenant.",
            "opposite");
        row("The premises may be used as a shop only. The Tenant shall not sublet the premises "
            "without the written consent of the Landlord.",
            "The tenant may sublet the premises.", "opposite");
        row("Small repairs up to 120 euros each are borne by the Tenant. All repairs to the roof "
            "are the duty of the Landlord.",
            "Small repairs up to 120 euros are borne by the landlord.", "opposite");
        row("Sales rose by 5 percent.", "Sales fell by 5 percent.", "opposite");
        row("Sales rose by 5 percent.", "Sales grew by five percent.", "none");
        row("The second pump failed. It was replaced within two days.",
            "The second pump was replaced within two days.", "none");
        row("The team met on 3 May. The others met on 4 June in Oslo with no result at all.", "",
            "no claim");
    }
    void doubts() {
        QFETCH(QString, text);
        QFETCH(QString, claim);
        const Support support = check(text.toStdString(), claim.toStdString());
        QTEST(QString::fromStdString(std::string(name(support.doubt))), "doubt");
    }

    void evidenceIsTheShortest() {
        const std::string text =
            "Dogs travel free. Bicycles cost 3.50 pounds. The ferry leaves at noon.";
        const Support support = check(text, "A bicycle costs 3.50 pounds.");
        QVERIFY(support.supported());
        QCOMPARE(text.substr(support.evidence.begin, support.evidence.size()),
                 std::string("Bicycles cost 3.50 pounds."));
    }

    void rowsAreReadWithTheirColumns() {
        const std::string text = "Tariff\tAge\tPremium\nSingle\t64\t49 euros\nFamily\t64\t89 euros";
        QVERIFY(check(text, "The premium of the tariff Family is 89 euros.").supported());
        QVERIFY(!check(text, "The premium of the tariff Family is 49 euros.").supported());
    }

    void citations() {
        const std::vector<Source> sources = {sourceOf("Dogs travel free."),
                                             sourceOf("Bicycles cost 3.50 pounds."),
                                             sourceOf("The ferry leaves at noon.")};
        SupportCheck support(sources, nullptr);
        const auto checked = checkAnswer(
            "Dogs travel free [1]. Bicycles cost 3.50 pounds [1, 9]. The ferry leaves at noon. "
            "The captain is Ann [3]. Dogs travel free [1]. [2]",
            support, sources.size());
        QVERIFY(checked.ok());
        QCOMPARE(QString::fromStdString(checked->text),
                 QString("Dogs travel free. [1] Bicycles cost 3.50 pounds. [2] The ferry leaves at "
                         "noon. [3] The captain is Ann."));
        QCOMPARE(checked->sentences.size(), size_t{4});
        QVERIFY(checked->sentences[2].supported && !checked->sentences[3].supported);
        QCOMPARE(checked->dropped, size_t{3});
        for (const AnswerSentence& sentence : checked->sentences)
            QVERIFY(checked->text.substr(sentence.range.begin, sentence.range.size())
                        .starts_with(sentence.text));
    }

    /// A number or a name alone stands in some passage; it must stand in one that answers.
    void bareAnswersAreHeldToTheQuestion() {
        const std::vector<Source> sources = {sourceOf("The deposit is 400 euros."),
                                             sourceOf("The rent is 900 euros.")};
        SupportCheck support(sources, nullptr);
        for (const char* answer : {"400 euros.", "The answer is: 400 euros [1]."}) {
            const auto wrong = checkAnswer(answer, support, 2, "How much is the rent?");
            QVERIFY(!wrong->sentences[0].supported);
            const auto right = checkAnswer(answer, support, 2, "How much is the deposit?");
            QVERIFY(right->sentences[0].supported);
            QCOMPARE(right->sentences[0].cited, std::vector<size_t>{1});
        }
        const std::vector<Source> people = {sourceOf("The cook of the ferry is Ann Lee."),
                                            sourceOf("The captain of the ferry is Tom Ray.")};
        SupportCheck named(people, nullptr);
        const std::string asked = "Who is the captain of the ferry?";
        QVERIFY(!checkAnswer("Ann Lee.", named, 2, asked)->sentences[0].supported);
        QVERIFY(checkAnswer("Tom Ray.", named, 2, asked)->sentences[0].supported);
        QVERIFY(checkAnswer("Ann Lee cooks.", named, 2, asked)->sentences[0].supported);
    }

    /// What stands under a heading inside the text may be told with the heading's words.
    void headingsInsideTheTextCount() {
        const std::string text =
            "Deposit\nIt is 400 euros and is paid back within a month.\n\n"
            "Rent\nIt is 900 euros and is paid in advance.";
        QVERIFY(check(text, "The rent is 900 euros.").supported());
        QVERIFY(!check(text, "The deposit is 900 euros.").supported());
    }

    void nothingFoundIsNoClaim() {
        const std::vector<Source> sources = {sourceOf("Dogs travel free.")};
        SupportCheck support(sources, nullptr);
        const auto checked = checkAnswer("This is not in your documents. [1]", support, 1);
        QVERIFY(checked.ok());
        QCOMPARE(checked->text, std::string("This is not in your documents."));
        QVERIFY(checked->sentences[0].doubt == Doubt::NoClaim);
    }

    void ownMarksOfADocumentAreNoCitations_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("shown");
        const auto row = [](const char* text, const char* shown) {
            QTest::newRow(text) << text << shown;
        };
        row("As was shown [7].", "As was shown (7).");
        row("Both [2, 3] and [4–6]; also [8-9] 【10】.", "Both (2, 3) and (4–6); also (8-9) (10).");
        row("[1] Smith, 2001", "(1) Smith, 2001");
        row("[sic] [] [ ] [a1] [7", "[sic] [] [ ] [a1] [7");
        row("[[7]]", "[(7)]");
        row("x[3]", "x(3)");
    }
    void ownMarksOfADocumentAreNoCitations() {
        QFETCH(QString, text);
        QFETCH(QString, shown);
        std::vector<AnswerSentence> sentences(1);
        sentences[0].text = text.toStdString();
        sentences[0].cited = {1};
        const std::string all = compose(sentences);
        QCOMPARE(QString::fromStdString(all), shown + " [1]");
        QCOMPARE(sentences[0].range.end, uint64_t(all.size()));
        QCOMPARE(QString::fromStdString(sentences[0].text), shown);
        std::string left = all;
        QCOMPARE(takeCitations(left), std::vector<size_t>{1});
    }

    void brokenCitations_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("rest");
        QTest::addColumn<int>("count");
        QTest::newRow("plain") << "a [1]" << "a" << 1;
        QTest::newRow("several") << "a [2, 1][3]" << "a" << 3;
        QTest::newRow("wide") << "a【4】" << "a" << 1;
        QTest::newRow("words") << "a [see 1]" << "a [see 1]" << 0;
        QTest::newRow("open") << "a [1" << "a [1" << 0;
        QTest::newRow("empty") << "a []" << "a []" << 0;
        QTest::newRow("zero") << "a [0]" << "a" << 0;
        QTest::newRow("endless") << "a [99999999999999999999999]"
                                 << "a [99999999999999999999999]" << 0;
    }
    void brokenCitations() {
        QFETCH(QString, text);
        std::string sentence = text.toStdString();
        QTEST(int(takeCitations(sentence).size()), "count");
        QTEST(QString::fromStdString(sentence), "rest");
    }
};

QTEST_GUILESS_MAIN(SupportTest)
#include "support_test.moc"
