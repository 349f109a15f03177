#include <QLocale>
#include <QtTest>

#include "ui/chat/words.h"

using namespace alcove::ui;

class WindowWordsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom)); }

    void models_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("shown");
        const auto row = [](const char* id, const char* shown) {
            QTest::newRow(id) << QString::fromUtf8(id) << QString::fromUtf8(shown);
        };
        row("SmolLM2-135M-Instruct.Q4_1", "SmolLM2 135M");
        row("Qwen3-4B-Q4_K_M", "Qwen3 4B");
        row("gemma-3-4b-it-Q4_0.gguf", "gemma 3 4b");
        row("Mistral-Nemo-Instruct-2407.IQ4_XS", "Mistral Nemo 2407");
        row("org/some_model-chat.F16", "some model");
        row("Q4_1", "Q4 1");  // nothing would be left of it
        row("Script 4B", "Script 4B");
    }
    void models() {
        QFETCH(QString, id);
        QFETCH(QString, shown);
        QCOMPARE(shownModel(id), shown);
    }

    void figures() {
        QCOMPARE(contextWords(2310, 32'768), QStringLiteral("2,310 of 32,768 tokens"));
        QCOMPARE(contextWords(0, 32'768), QString());
        QCOMPARE(contextWords(12, 0), QString());
        QCOMPARE(speedWords({{"tokens_per_second", 31.4}}), QStringLiteral("31 tokens/s"));
        QCOMPARE(speedWords({{"tokens_per_second", 3.14}}), QStringLiteral("3.1 tokens/s"));
        QCOMPARE(speedWords({{"tokens_per_second", 0}}), QString());
        QCOMPARE(speedWords({{"tokens_per_second", "31"}}), QString());
        QCOMPARE(speedWords(nullptr), QString());
    }

    void days() {
        const QDateTime now(QDate(2026, 3, 15), QTime(0, 30));
        const auto at = [&](int daysAgo) { return dayWords(now.addDays(-daysAgo), now); };
        QCOMPARE(at(0), QStringLiteral("Today"));
        QCOMPARE(dayWords(now.addSecs(-3600), now), QStringLiteral("Yesterday"));
        QCOMPARE(at(6), QStringLiteral("Last week"));
        QCOMPARE(at(7), QStringLiteral("Last month"));
        QCOMPARE(at(31), QStringLiteral("February 2026"));
        QCOMPARE(at(-1), QStringLiteral("Today"));  // of a clock that was wrong
    }
};

QTEST_GUILESS_MAIN(WindowWordsTest)

#include "window_words_test.moc"
