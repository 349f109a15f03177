// What a question looks like from outside: a table of questions and what is guessed of them.
#include "app/routing/traits.h"

#include <QtTest>

using namespace alcove::app;

class TraitsTest : public QObject {
    Q_OBJECT

private slots:
    void guesses_data() {
        QTest::addColumn<QByteArray>("task");
        QTest::addColumn<QByteArray>("language");
        const auto row = [](const char* question, const char* task, const char* language) {
            QTest::newRow(question) << QByteArray(task) << QByteArray(language);
        };
        row("What is the capital of France?", "question", "en");
        row("Who signed the lease", "question", "en");
        row("Capital of France?", "question", "en");
        row("Wie lang ist die Kündigungsfrist?", "question", "de");
        row("Was kostet das?", "question", "de");
        row("Quelle est la capitale de la France ?", "question", "fr");
        row("¿Cuál es la capital de España?", "question", "es");
        row("Qual è la capitale d'Italia? Dove si trova il fiume?", "question", "it");
        row("Wat is de hoofdstad van Nederland?", "question", "nl");
        row("Vad är huvudstaden i Sverige?", "question", "sv");
        row("Jaka jest stolica Polski?", "question", "pl");
        row("Qual é a capital do Brasil e onde não chove?", "question", "pt");
        row("Какая столица России?", "question", "ru");
        row("Яка столиця України? Київ і її річка", "other", "uk");
        row("日本の首都はどこですか？", "question", "ja");
        row("中国的首都是哪里？", "question", "zh");
        row("대한민국의 수도는 어디입니까?", "question", "ko");
        row("ما هي عاصمة مصر؟", "question", "ar");
        row("Ποια είναι η πρωτεύουσα;", "other", "el");
        row("מהי בירת ישראל?", "question", "he");

        row("Write a python function that sorts a list", "code", "en");
        row("Why does my loop over this array throw an error?", "code", "en");
        row("What is the code of conduct?", "question", "en");
        row("What is the function of the liver?", "question", "en");
        row("How do I reverse a vector in C++?", "code", "en");
        row("```\nint main() { return 0; }\n```\nWas macht das?", "code", "de");
        row("Translate this into German: Good morning", "translate", "en");
        row("Übersetze das bitte auf Englisch", "translate", "de");
        row("Traduisez cette phrase pour moi", "translate", "fr");
        row("Summarise the report for my boss", "summarise", "en");
        row("Summarize this.", "summarise", "en");
        row("Fasse den Vertrag zusammen", "summarise", "de");
        row("Can you look at my resume?", "question", "en");
        row("12 * 7", "math", "");
        row("How much is 3+4?", "math", "en");
        row("What happened on 2021-03-04?", "question", "en");
        row("Who works 24/7?", "question", "en");
        row("Solve x^2 = 9 for me", "math", "en");
        row("Berechne die Miete für das Jahr", "math", "de");
        row("Write a letter to my landlord", "write", "en");
        row("Schreib mir einen Brief", "write", "de");
        row("I write letters to my landlord", "other", "en");
        row("Hello", "other", "");
        row("Bonjour", "other", "");
        row("", "other", "");
        row("???", "question", "");
        row("in", "other", "");  // English, German, Dutch: nobody knows
    }
    void guesses() {
        QFETCH(QByteArray, task);
        QFETCH(QByteArray, language);
        const QuestionTraits traits = traitsOf(QTest::currentDataTag(), false, false);
        QVERIFY2(name(traits.task) == task.toStdString(),
                 (std::string(name(traits.task)) + ": " + traits.taskReason).c_str());
        QVERIFY2(traits.language == language.toStdString(),
                 (traits.language + ": " + traits.languageReason).c_str());
        QVERIFY(!traits.taskReason.empty());
        QVERIFY(!traits.languageReason.empty());
    }

    void lengthIsInCharacters() {
        QCOMPARE(traitsOf("Grün", false, false).length, size_t{4});
        QCOMPARE(traitsOf("日本", true, false).length, size_t{2});
        QVERIFY(traitsOf("a", true, false).hasImage);
        QVERIFY(traitsOf("a", false, true).hasDocuments);
    }

    /// Whatever it is, it is read to its end.
    void anyBytes() {
        std::string all;
        for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
        for (size_t begin = 0; begin < all.size(); ++begin)
            QVERIFY(traitsOf(all.substr(begin), false, false).length > 0);
        QCOMPARE(name(traitsOf("``` open", false, false).task), std::string_view("code"));
        QCOMPARE(traitsOf(std::string(1 << 20, 'a'), false, false).length, size_t{1} << 20);
    }
};

QTEST_GUILESS_MAIN(TraitsTest)
#include "traits_test.moc"
