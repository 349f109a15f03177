// Templates of real models ($ALCOVE_TEST_DATA/templates) with every conversation, against Python's
// jinja2, which render_oracle.py runs at test time.
#include <QtTest>

#include "engine/chat/chat_template.h"
#include "tests/engine/chat/given.h"

using namespace alcove::engine;
using namespace alcove::test;

class TemplateOracleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        qputenv("TZ", "UTC");
        const QString data = qEnvironmentVariable("ALCOVE_TEST_DATA");
        const QString python = data + "/venv/bin/python";
        m_folder = data + "/templates";
        if (data.isEmpty() || !QDir(m_folder).exists() || !QFile::exists(python)) {
            QSKIP("needs templates/ and venv/bin/python in ALCOVE_TEST_DATA");
        }
        QTemporaryDir out;
        const QString result = out.filePath("oracle.json");
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(python, {ALCOVE_RENDER_ORACLE, m_folder,
                               ALCOVE_CHAT_DATA "/conversations.json", result});
        QVERIFY(process.waitForFinished(300'000));
        QCOMPARE(process.exitCode(), 0);
        m_oracle = readJson(result);
        m_conversations = readJson(ALCOVE_CHAT_DATA "/conversations.json");
        QVERIFY(m_oracle.size() >= 50);
    }

    void rendersAsPython_data() {
        QTest::addColumn<QString>("name");
        for (const auto& [name, expected] : m_oracle.items()) {
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
        }
    }

    void rendersAsPython() {
        QFETCH(const QString, name);
        const auto parsed = ChatTemplate::parse(readAll(m_folder + "/" + name));
        const Json& expected = m_oracle[name.toStdString()];
        for (const Json& conversation : m_conversations) {
            const std::string title = conversation["name"].get<std::string>();
            const alcove::Result<std::string> made =
                parsed ? parsed->render(inputOf(conversation))
                       : alcove::Result<std::string>(parsed.error());
            const QString difference = differ(expected[title], made);
            QVERIFY2(difference.isEmpty(),
                     qPrintable(QString::fromStdString(title) + ": " + difference));
        }
    }

private:
    static QString differ(const Json& expected, const alcove::Result<std::string>& made) {
        const bool succeeds = expected.contains("text");
        if (succeeds != made.ok()) {
            return made.ok() ? "Python fails: " +
                                   QString::fromStdString(expected["error"].get<std::string>())
                             : QString::fromStdString(made.message());
        }
        if (succeeds) {
            const std::string text = expected["text"].get<std::string>();
            return text == *made
                       ? QString()
                       : QString("expected\n%1\nbut got\n%2")
                             .arg(QString::fromStdString(text), QString::fromStdString(*made));
        }
        // Only what the template itself raises has to say the same.
        const std::string error = expected["error"].get<std::string>();
        const bool same = !expected["raised"].get<bool>() || made.message().ends_with(": " + error);
        return same ? QString()
                    : QString::fromStdString("expected the error " + error + " but got " +
                                             made.message());
    }

    QString m_folder;
    Json m_oracle = Json::object();
    Json m_conversations;
};

QTEST_MAIN(TemplateOracleTest)
#include "template_oracle_test.moc"
