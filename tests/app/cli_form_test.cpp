// alcove-cli chat --grammar and --json-schema.
#include <QtTest>

#include "tests/app/cli_process.h"

using nlohmann::json;

class CliFormTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void answersObeyTheSchema() {
        NEEDS_CHAT_MODEL();
        const QString schema = m_folder.filePath("city.json");
        writeFile(schema, R"({"type":"object","properties":{
            "city":{"type":"string","maxLength":30},"millions":{"type":"integer","minimum":1,"maximum":50},
            "sea":{"type":"boolean"}},"required":["city","millions","sea"]})");
        for (const char* temperature : {"0", "2"}) {
            const Run done = run({"chat", "--json-schema", schema, "--temperature", temperature,
                                  "--seed", "5", "-q"},
                                 "Which city is the capital of France?\nAnd of Italy?\n");
            QVERIFY2(done.code == 0, done.error.constData());
            const QList<QByteArray> lines = done.out.trimmed().split('}');
            QCOMPARE(lines.size(), 3);  // two objects, and nothing after the second
            for (int i = 0; i < 2; ++i) {
                const json answer = parsed(lines[i] + "}");
                QVERIFY2(answer.is_object() && answer.size() == 3, done.out.constData());
                QVERIFY(answer["city"].is_string() && answer["sea"].is_boolean());
                QVERIFY(answer["millions"] >= 1 && answer["millions"] <= 50);
            }
        }
    }

    void answersObeyTheGrammar() {
        NEEDS_CHAT_MODEL();
        const QString grammar = m_folder.filePath("yes.gbnf");
        writeFile(grammar, "root ::= (\"yes\" | \"no\") [.!]\n");
        const auto answer = [&](const QStringList& more) {
            return run(QStringList{"chat", "--grammar", grammar, "--temperature", "1.5", "--seed",
                                   "2", "-q"} +
                           more,
                       "Is the sky blue?\n");
        };
        const Run done = answer({});
        QVERIFY2(done.code == 0, done.error.constData());
        static const QRegularExpression expected("^(yes|no)[.!]\n$");
        QVERIFY2(expected.match(QString::fromUtf8(done.out)).hasMatch(), done.out.constData());
        // Computed ahead or not, with a penalty on what was used or not.
        QCOMPARE(answer({"--no-speculation"}).out, done.out);
        const Run penalised =
            answer({"--repetition-penalty", "0.01", "--presence-penalty", "-100"});
        QVERIFY2(expected.match(QString::fromUtf8(penalised.out)).hasMatch(),
                 penalised.out.constData());
    }

    void mistakesAreTold() {
        NEEDS_CHAT_MODEL();
        const QString grammar = m_folder.filePath("wrong.gbnf");
        writeFile(grammar, "root ::= \"a\"\n  | wrod\n");
        Run done = run({"chat", "--grammar", grammar}, "hello\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(
            done.error.contains("wrong.gbnf: grammar: line 2, column 5: there is no rule 'wrod'"),
            done.error.constData());
        const QString schema = m_folder.filePath("wrong.json");
        writeFile(schema, R"({"properties":{"a":{"not":{}}}})");
        done = run({"chat", "--json-schema", schema}, "hello\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(
            done.error.contains("wrong.json: JSON schema: #/properties/a: 'not' is not supported"),
            done.error.constData());
        writeFile(schema, "{");
        done = run({"chat", "--json-schema", schema}, "hello\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("wrong.json"), done.error.constData());
        done = run({"chat", "--grammar", m_folder.filePath("absent.gbnf")}, "hello\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("cannot be opened"), done.error.constData());
    }

    void optionsThatExcludeEachOther() {
        Run done = run({"chat", "--grammar", "a", "--json-schema", "b"});
        QCOMPARE(done.code, 2);
        QVERIFY2(done.error.contains("exclude each other"), done.error.constData());
        done = run({"chat", "--grammar", "a", "--thinking"});
        QCOMPARE(done.code, 2);
        QVERIFY2(done.error.contains("--thinking"), done.error.constData());
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(CliFormTest)
#include "cli_form_test.moc"
