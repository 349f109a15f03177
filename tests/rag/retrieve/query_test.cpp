#include "rag/retrieve/query.h"

#include <QtTest>
#include <algorithm>
#include <string>

#include "rag/retrieve/near_duplicates.h"

using namespace alcove;
using namespace alcove::rag;

class QueryTest : public QObject {
    Q_OBJECT

private slots:
    void termsAreWhatTellsApart_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QStringList>("terms");
        const auto row = [](const char* text, QStringList terms) {
            QTest::newRow(text) << QString(text) << terms;
        };
        row("What is the notice period of the lease?", {"notice", "period", "lease"});
        row("Wie lange ist die Frist?", {"lange", "die", "frist"});
        row("who is who", {"who", "is"});  // nothing but stop words: they must do
        row("IL-6 levels", {"il 6", "il", "6", "levels"});
        row("\"force majeure\" clause", {"force majeure", "force", "majeure", "clause"});
        row("„höhere Gewalt“", {"höhere gewalt", "höhere", "gewalt"});
        row("an unclosed \"quote here", {"unclosed", "quote"});
        row("ACME's invoice (2019/123)",
            {"acme s", "acme", "s", "invoice", "2019 123", "2019", "123"});
        row("twice twice Twice", {"twice"});
        row("  \t\n ", {});
        row("?!… \"\" “”", {});
        row("a AND b OR NEAR(c) *", {"b", "near c", "near", "c"});
    }
    void termsAreWhatTellsApart() {
        QFETCH(const QString, text);
        QFETCH(const QStringList, terms);
        QStringList found;
        for (const std::string& term : parseQuery(text.toStdString()).terms)
            found.push_back(QString::fromStdString(term));
        QCOMPARE(found, terms);
    }

    void termsHoldLettersAlone() {
        std::string all;
        for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
        for (const std::string& text : {all, std::string("a\0b\"c", 5), std::string("\xf8\x88"),
                                        std::string("\"\xff\" \xe2\x80")})
            for (const std::string& term : parseQuery(text).terms)
                for (const char c : term)
                    QVERIFY(c == ' ' || std::isalnum(static_cast<unsigned char>(c)) ||
                            static_cast<uint8_t>(c) >= 0x80);
        QVERIFY(parseQuery(std::string(1000000, 'x')).terms.size() == 1);
        std::string many;
        for (int i = 0; i < 10000; ++i) many += std::to_string(i) + ' ';
        QVERIFY(parseQuery(many).terms.size() <= 64);
    }

    void theShareFollowsTheQuestion() {
        const auto share = [](const char* text) { return parseQuery(text).vectorShare; };
        const double question = share("how can a tenant end the contract early?");
        const double plain = share("ending a contract early");
        const double named = share("contract with Acme Holding");
        const double code = share("error E4711-x");
        const double phrase = share("\"force majeure\" in the contract");
        QVERIFY(question > plain && plain > named && named > code && code >= phrase);
        QVERIFY(question <= 0.7 && phrase >= 0.1);
        QCOMPARE(share(""), plain);
        QCOMPARE(share("HOW CAN A TENANT END THE CONTRACT EARLY?"), question);
    }

    void stopWordsAreSorted() {  // the look-up relies on it
        for (const char* word : {"a", "the", "yours", "und", "über", "où", "qué", "è", "with"})
            QVERIFY2(isStopWord(word), word);
        for (const char* word : {"", "contract", "zzz", "The", "die", "war", "not a word"})
            QVERIFY2(!isStopWord(word), word);
    }

    void nearDuplicatesAreSeen() {
        const std::string text =
            "The tenant shall pay the rent in advance, on the third working day of each month, "
            "without deduction, to the account that the landlord names.";
        const WordRuns runs = wordRuns(text);
        QVERIFY(nearlyTheSame(runs, runs));
        std::string marks = text;
        std::replace(marks.begin(), marks.end(), ',', ';');
        QVERIFY(nearlyTheSame(runs, wordRuns(marks + " Agreed")));
        QVERIFY(!nearlyTheSame(runs, wordRuns(text.substr(0, 80))));
        QVERIFY(!nearlyTheSame(runs, wordRuns("The landlord names the account.")));
        QVERIFY(!nearlyTheSame(wordRuns("one"), wordRuns("two")));
        QVERIFY(nearlyTheSame(wordRuns("One!"), wordRuns("one")));
        QVERIFY(nearlyTheSame(wordRuns(""), wordRuns("\xff…")));
    }
};

QTEST_GUILESS_MAIN(QueryTest)
#include "query_test.moc"
