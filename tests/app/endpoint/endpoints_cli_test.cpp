// `alcove-cli endpoints` as a process.
#include <QtTest>

#include "scripted_server.h"
#include "tests/app/cli_process.h"

using alcove::test::Connection;
using alcove::test::ScriptedServer;
using Json = nlohmann::json;

class EndpointsCliTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void beginsWithThisMachineAlone() {
        const Run listed = endpoints({"list", "--json"});
        QCOMPARE(listed.code, 0);
        const Json told = parsed(listed.out);
        QCOMPARE(told["allow_network"], Json(false));
        QCOMPARE(told["endpoints"].size(), size_t{1});
        QCOMPARE(told["endpoints"][0]["name"], Json("local"));
        QCOMPARE(told["endpoints"][0]["allowed"], Json(true));
        QVERIFY(endpoints({"list"}).out.contains("Other machines are not reached"));
        QVERIFY(!QFile::exists(settings()));  // looking writes nothing
    }

    void addsAndRemoves() {
        writeFile(m_folder->filePath("key"), " sk-secret-42 \n");
        const Run added = endpoints({"add", "gpu", "--url", "https://gpu.example/v1", "--key-file",
                                     m_folder->filePath("key"), "--model", "big"});
        QVERIFY2(added.code == 0, added.error);
        QVERIFY(added.error.contains("not reached until"));
        QFile file(settings());
        QCOMPARE(file.permissions() &
                     (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther),
                 QFile::Permissions());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("\"key\": \"sk-secret-42\""));
        for (const bool json : {false, true}) {
            const Run listed =
                endpoints(json ? QStringList{"list", "--json"} : QStringList{"list"});
            QCOMPARE(listed.code, 0);
            QVERIFY(listed.out.contains("gpu.example") && listed.out.contains("big"));
            QVERIFY(!(listed.out + listed.error).contains("sk-secret"));
        }
        QCOMPARE(parsed(endpoints({"list", "--json"}).out)["endpoints"][1]["key"], Json(true));

        const Run changed = endpoints({"add", "gpu", "--url", "http://localhost:1/v1", "--json"});
        QCOMPARE(parsed(changed.out)["replaced"], Json(true));
        QCOMPARE(parsed(endpoints({"list", "--json"}).out)["endpoints"].size(), size_t{2});
        QCOMPARE(parsed(endpoints({"list", "--json"}).out)["endpoints"][1]["key"], Json(false));

        QCOMPARE(endpoints({"remove", "gpu"}).code, 0);
        const Run again = endpoints({"remove", "gpu"});
        QCOMPARE(again.code, 1);
        QVERIFY(again.error.contains("there is no endpoint 'gpu'"));
        QCOMPARE(endpoints({"remove", "local"}).code, 1);
    }

    void wrongUse_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("said");
        const auto row = [](const QStringList& words, int code, const char* said) {
            QTest::newRow(qPrintable(words.join(' '))) << words << code << QString(said);
        };
        row({}, 2, "usage");
        row({"show"}, 2, "no command 'endpoints show'");
        row({"add", "a"}, 2, "--url is missing");
        row({"add", "local", "--url", "http://a"}, 1, "choose another name");
        row({"add", "a b", "--url", "http://a"}, 1, "cannot be the name");
        row({"add", "a", "--url", "a"}, 1, "no address of a server");
        row({"add", "a", "--url", "https://a", "--fingerprint", "12"}, 1, "not a SHA-256");
        row({"add", "a", "--url", "https://a", "--ca", "/nowhere.pem"}, 1, "/nowhere.pem");
        row({"add", "a", "--url", "http://a", "--key-file", "/nowhere"}, 1, "/nowhere");
        row({"test", "a"}, 1, "there is no endpoint 'a'");
        row({"allow-network", "perhaps"}, 2, "neither on nor off");
    }
    void wrongUse() {
        QFETCH(QStringList, words);
        QFETCH(int, code);
        QFETCH(QString, said);
        const Run run = endpoints(words);
        QCOMPARE(run.code, code);
        QVERIFY2(run.error.contains(said.toUtf8()), run.error);
        QVERIFY(!QFile::exists(settings()));
    }

    void testsAServer() {
        const ScriptedServer server([](Connection& c) {
            if (c.request().starts_with("GET /v1/models "))
                c.json("{\"data\":[{\"id\":\"small\"},{\"id\":\"large\\u001b[2J\"}]}");
            else if (c.body().find("\"model\":\"small\"") != std::string::npos)
                c.json(
                    "{\"choices\":[{\"message\":{\"content\":\"Yes\\u001b[31m\"},"
                    R"("finish_reason":"stop","logprobs":{"content":[{"logprob":-0.1}]}}]})");
        });
        add("here", server);
        const Run told = endpoints({"test", "here", "--json"});
        QVERIFY2(told.code == 0, told.error);
        QCOMPARE(parsed(told.out)["model"], Json("small"));
        QCOMPARE(parsed(told.out)["probabilities"], Json(true));
        const Run shown = endpoints({"test", "here"});
        QVERIFY(shown.out.contains("Yes\\x1b[31m") && !shown.out.contains('\x1b'));
        // What it has is remembered.
        QCOMPARE(parsed(endpoints({"list", "--json"}).out)["endpoints"][1]["models"][0],
                 Json("small"));
    }

    void theSwitchForbidsOtherMachines() {
        const ScriptedServer server([](Connection& c) { c.json(R"({"data":[{"id":"m"}]})"); },
                                    "0.0.0.0");
        const QString url = QString("http://0.0.0.0:%1/v1").arg(server.port());
        QCOMPARE(endpoints({"add", "away", "--url", url}).code, 0);
        for (int i = 0; i < 2; ++i) {
            const Run refused = endpoints({"test", "away"});
            QCOMPARE(refused.code, 1);
            QVERIFY2(refused.error.contains("allow-network on"), refused.error);
            QCOMPARE(server.connections(), 0);
            if (i == 0) QCOMPARE(endpoints({"allow-network", "off"}).code, 0);
        }
        QCOMPARE(endpoints({"allow-network", "on"}).code, 0);
        QVERIFY(endpoints({"test", "away"}).error.contains("no choices"));  // it was asked
        QVERIFY(server.connections() > 0);
        QCOMPARE(endpoints({"allow-network", "off"}).code, 0);
        const int before = server.connections();
        QCOMPARE(endpoints({"test", "away"}).code, 1);
        QCOMPARE(server.connections(), before);
    }

    /// Proxies of the environment are machines too.
    void noProxyIsUsed() {
        const ScriptedServer proxy([](Connection& c) { c.json(R"({"data":[]})"); });
        const ScriptedServer server([](Connection& c) { c.json(R"({"data":[]})"); });
        add("here", server);
        const QString url = QString("http://127.0.0.1:%1").arg(proxy.port());
        const Run run = endpoints({"test", "here"},
                                  {{"http_proxy", url}, {"HTTP_PROXY", url}, {"all_proxy", url}});
        QVERIFY2(run.error.contains("has no models"), run.error);
        QCOMPARE(proxy.connections(), 0);
        QCOMPARE(server.connections(), 1);
    }

    void aBrokenFileIsTold() {
        QDir().mkpath(m_folder->filePath("alcove"));
        writeFile(settings(), "{\"endpoints\": [");
        const Run listed = endpoints({"list"});
        QCOMPARE(listed.code, 0);
        QVERIFY2(listed.error.contains("settings.json: not valid JSON"), listed.error);
        QVERIFY(listed.error.contains("kept as"));
        QFile kept(settings() + ".broken-1");
        QVERIFY(kept.open(QIODevice::ReadOnly));
        QCOMPARE(kept.readAll(), QByteArray("{\"endpoints\": ["));
        QVERIFY(endpoints({"list"}).error.isEmpty());
    }

    void withoutAHome() {
        const Run run =
            ::run({"endpoints", "list"}, {}, {{"XDG_CONFIG_HOME", QString()}, {"HOME", QString()}});
        QCOMPARE(run.code, 1);
        QVERIFY2(run.error.contains("XDG_CONFIG_HOME"), run.error);
    }

private:
    [[nodiscard]] QString settings() const { return m_folder->filePath("alcove/settings.json"); }

    [[nodiscard]] Run endpoints(const QStringList& words,
                                QMap<QString, QString> variables = {}) const {
        variables["XDG_CONFIG_HOME"] = m_folder->path();
        variables["ALCOVE_MODELS"] = m_folder->filePath("models");
        return run(QStringList{"endpoints"} + words, {}, variables);
    }

    void add(const QString& name, const ScriptedServer& server) const {
        const Run added = endpoints({"add", name, "--url", QString::fromStdString(server.url())});
        QVERIFY2(added.code == 0, added.error);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(EndpointsCliTest)
#include "endpoints_cli_test.moc"
