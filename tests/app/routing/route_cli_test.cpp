// `alcove-cli route` as a process, with servers whose answers and probabilities are known.
#include <QtTest>
#include <cmath>

#include "tests/app/cli_process.h"
#include "tests/app/endpoint/scripted_server.h"

using alcove::test::Connection;
using alcove::test::ScriptedServer;
using Json = nlohmann::json;

namespace {

constexpr const char* kAnswer = "Paris";

/// Answers as a model would that is `sure`: every token has this probability.
void say(Connection& connection, const std::string& text, double sure) {
    Json choice = {{"message", {{"content", text}}}, {"finish_reason", "stop"}};
    const Json token = {{"token", text}, {"logprob", std::log(sure)}};
    choice["logprobs"] = {{"content", Json::array({token, token})}};
    connection.json(Json{{"model", "m"}, {"choices", Json::array({choice})}}.dump());
}

std::string questionIn(const Connection& connection) {
    const Json body = Json::parse(connection.body(), nullptr, false);
    return body.is_object() ? body["messages"].back()["content"].get<std::string>() : "";
}

}  // namespace

class RouteCliTest : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void explainsWithoutAnySettings() {
        const Run run = cli({"route", "--explain", "What is the capital of France?", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const Json told = parsed(run.out);
        QCOMPARE(told["task"], Json("question"));
        QCOMPARE(told["language"], Json("en"));
        QCOMPARE(told["rule"], Json("default"));
        QCOMPARE(told["endpoint"], Json("local"));
        QCOMPARE(told["leaves_this_machine"], Json(false));
        QCOMPARE(told["escalation"]["possible"], Json(false));
        const Run shown = cli({"route", "--explain", "Hello", "--image", "--documents"});
        QVERIFY2(
            shown.out.contains("stays on this machine") && shown.out.contains("image      yes"),
            shown.out);
    }

    void explainsRules() {
        const ScriptedServer server([](Connection&) {});
        setUp(server, server, R"(
            {"rules": [{"name": "programs", "when": {"task": "code"},
                        "use": {"endpoint": "away", "may_leave": true}},
                       {"name": "pictures", "when": {"has_image": true},
                        "use": {"endpoint": "small", "model": "eye"}}]})");
        QCOMPARE(cli({"endpoints", "add", "away", "--url", "https://gpu.example"}).code, 0);
        const QStringList code = {"route", "--explain", "Is this python?", "--json"};
        Json told = parsed(cli(code).out);
        QCOMPARE(told["rule"], Json("default"));
        QCOMPARE(told["considered"][0]["fits"], Json(true));
        QCOMPARE(told["considered"][0]["chosen"], Json(false));
        QVERIFY(told["considered"][0]["reason"].get<std::string>().find("allow-network") !=
                std::string::npos);
        QCOMPARE(told["considered"][1]["fits"], Json(false));
        QCOMPARE(cli({"endpoints", "allow-network", "on"}).code, 0);
        told = parsed(cli(code).out);
        QCOMPARE(told["rule"], Json("programs"));
        QCOMPARE(told["leaves_this_machine"], Json(true));
        const Run shown = cli({"route", "--explain", "Is this python?"});
        QVERIFY2(shown.out.contains("the question leaves this one"), shown.out);
        QCOMPARE(
            parsed(cli({"route", "--explain", "What is this?", "--image", "--json"}).out)["model"],
            Json("eye"));
        QCOMPARE(server.connections(), 0);  // to explain nobody is asked
    }

    void asksTheSmallAndKeepsWhatIsSure() {
        const ScriptedServer small([](Connection& c) { say(c, kAnswer, 0.9); });
        const ScriptedServer large([](Connection& c) { say(c, "Large", 0.9); });
        setUp(small, large, kEscalating);
        const Run run = cli({"route", "What is the capital of France?", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const Json told = parsed(run.out);
        QCOMPARE(told["answer"], Json(kAnswer));
        QCOMPARE(told["escalated"], Json(false));
        QCOMPARE(told["answered_by"], Json("small/a"));
        QVERIFY(std::abs(told["first"]["confidence"]["mean"].get<double>() - 0.9) < 1e-9);
        const Run shown = cli({"route", "What is the capital of France?"});
        QCOMPARE(shown.out, QByteArray(kAnswer) + "\n");
        QVERIFY(shown.error.contains("small/a"));
        QCOMPARE(large.connections(), 0);
    }

    void goesOnWhereItIsNotSure() {
        const ScriptedServer small([](Connection& c) { say(c, "London", 0.3); });
        const ScriptedServer large([](Connection& c) { say(c, kAnswer, 0.9); });
        setUp(small, large, kEscalating);
        const Run run = cli({"route", "What is the capital of France?", "--json"});
        const Json told = parsed(run.out);
        QCOMPARE(told["answer"], Json(kAnswer));
        QCOMPARE(told["escalated"], Json(true));
        QCOMPARE(told["answered_by"], Json("large/b"));
        QVERIFY(told["doubt"].get<std::string>().find("0.300, below 0.700") != std::string::npos);
        QCOMPARE(told["first"]["answer"], Json("London"));
        const Run shown = cli({"route", "What is the capital of France?"});
        QCOMPARE(shown.out, QByteArray(kAnswer) + "\n");  // the first is not shown
        QVERIFY2(shown.error.contains("was not sure"), shown.error);
    }

    void keepsTheFirstWhereTheLargeFails() {
        const ScriptedServer small([](Connection& c) { say(c, "London", 0.3); });
        const ScriptedServer large([](Connection& c) { c.answer(500, "text/plain", "broken"); });
        setUp(small, large, kEscalating);
        const Run run = cli({"route", "What is the capital of France?"});
        QCOMPARE(run.code, 0);
        QCOMPARE(run.out, QByteArray("London\n"));
        QVERIFY2(
            run.error.contains("the larger model was not asked") && run.error.contains("broken"),
            run.error);
    }

    void neverLeavesUnlessAllowed() {
        const ScriptedServer small([](Connection& c) { say(c, "London", 0.3); });
        const ScriptedServer away([](Connection& c) { say(c, kAnswer, 0.9); }, "0.0.0.0");
        const auto escalation = [](const char* leave) {
            return QString(R"({"default": {"endpoint": "small", "model": "a"}, "escalation":
                {"to": {"endpoint": "away", "model": "b"%1}, "mean": 0.7}})")
                .arg(leave);
        };
        setUp(small, small, escalation(R"(, "may_leave": true)"));
        const QString url = QString("http://0.0.0.0:%1").arg(away.port());
        QCOMPARE(cli({"endpoints", "add", "away", "--url", url}).code, 0);
        const QStringList ask = {"route", "What is the capital of France?", "--json"};
        QCOMPARE(parsed(cli(ask).out)["answer"], Json("London"));
        QCOMPARE(cli({"endpoints", "allow-network", "on"}).code, 0);
        setRules(escalation(""));
        QCOMPARE(parsed(cli(ask).out)["answer"], Json("London"));
        QCOMPARE(away.connections(), 0);
        setRules(escalation(R"(, "may_leave": true)"));
        const Json told = parsed(cli(ask).out);
        QCOMPARE(told["answer"], Json(kAnswer));
        QCOMPARE(told["route"]["escalation"]["leaves_this_machine"], Json(true));
        QCOMPARE(away.connections(), 1);
    }

    /// The passages go with the question, to both.
    void passagesGoAlong() {
        std::string first, second;
        const ScriptedServer small([&](Connection& c) {
            first = questionIn(c);
            say(c, "The deposit is 99 euros [1].", 0.99);
        });
        const ScriptedServer large([&](Connection& c) {
            second = questionIn(c);
            say(c, "The deposit is 750 euros [1].", 0.99);
        });
        setUp(small, large, R"({"default": {"endpoint": "small", "model": "a"}, "escalation":
            {"to": {"endpoint": "large", "model": "b"}, "support": 0.7}})");
        writeFile(m_folder->filePath("lease.txt"), "The deposit is 750 euros, paid in March.\n");
        const QString library = m_folder->filePath("library");
        const Run ingested = cli({"ingest", "--library", library, m_folder->filePath("lease.txt")});
        QVERIFY2(ingested.code == 0, ingested.error);
        const Json told =
            parsed(cli({"route", "How much is the deposit?", "--library", library, "--json"}).out);
        QCOMPARE(told["answer"], Json("The deposit is 750 euros [1]."));
        QCOMPARE(told["escalated"], Json(true));
        QCOMPARE(told["first"]["confidence"]["support"], Json(0.0));
        QCOMPARE(told["second"]["confidence"]["support"], Json(1.0));
        QCOMPARE(told["passages"], Json(1));
        QVERIFY(first.find("750 euros, paid in March") != std::string::npos);
        QCOMPARE(second, first);
    }

    void calibrates() {
        // Ten questions "q0" … "q9": the small model is right from q4 on and as sure as the number
        // says; the large one is right but for q9.
        const auto number = [](const std::string& question) {
            return std::stoi(question.substr(1));
        };
        const ScriptedServer small([&](Connection& c) {
            const int n = number(questionIn(c));
            say(c, n >= 4 ? "It is yes" + std::to_string(n) + "!" : "no", 0.05 + 0.1 * n);
        });
        const ScriptedServer large([&](Connection& c) {
            const int n = number(questionIn(c));
            say(c, n < 9 ? "YES" + std::to_string(n) : "no", 0.9);
        });
        setUp(small, large, kEscalating);
        QByteArray examples;
        for (int n = 0; n < 10; ++n)
            examples += QString("{\"question\":\"q%1\",\"answer\":\"Yes%1\"}\n").arg(n).toUtf8();
        const QString file = m_folder->filePath("examples.jsonl");
        writeFile(file, examples);
        const QStringList words = {"route",   "calibrate", "--examples", file,         "--small",
                                   "small/a", "--large",   "large/b",    "--accuracy", "1"};
        const Run run = cli(words + QStringList{"--json"});
        QVERIFY2(run.code == 0, run.error);
        QVERIFY(run.error.contains("10 examples say little"));
        const Json told = parsed(run.out);
        QCOMPARE(told["small_accuracy"], Json(0.6));
        QCOMPARE(told["large_accuracy"], Json(0.9));
        const Json& rows = told["measures"]["mean"]["rows"];
        QCOMPARE(rows.size(), size_t{12});  // 0, ten confidences, 1
        for (const Json& row : rows) {
            // By the definition, from what the servers are.
            int escalated = 0, right = 0, keptRight = 0;
            for (int n = 0; n < 10; ++n) {
                const bool goesOn = 0.05 + 0.1 * n + 1e-9 < row["threshold"].get<double>();
                escalated += goesOn;
                right += goesOn ? n < 9 : n >= 4;
                keptRight += !goesOn && n >= 4;
            }
            QCOMPARE(row["escalated"], Json(escalated));
            QVERIFY(std::abs(row["accuracy"].get<double>() - right / 10.0) < 1e-12);
            if (escalated < 10)
                QVERIFY(std::abs(row["accuracy_of_kept"].get<double>() -
                                 static_cast<double>(keptRight) / (10 - escalated)) < 1e-12);
            else
                QVERIFY(row["accuracy_of_kept"].is_null());
        }
        const Json& chosen = told["measures"]["mean"]["chosen"];
        QCOMPARE(chosen["escalated"], Json(4));
        QVERIFY(std::abs(chosen["threshold"].get<double>() - 0.45) < 2e-4);
        QCOMPARE(told["results"][9]["large_right"], Json(false));

        const Run shown = cli(words);
        QVERIFY2(shown.out.contains("small/a alone: 60.0 %; large/b alone: 90.0 %"), shown.out);
        QVERIFY(shown.out.contains("an answer counts as right where"));
        QVERIFY2(shown.out.contains("For 100.0 % right of all answers: \"mean\": 0.4"), shown.out);
        // Without a large model only what is kept can be known.
        const Run alone = cli(words.mid(0, 6) + QStringList{"--accuracy", "1", "--json"});
        QVERIFY(parsed(alone.out)["measures"]["mean"]["rows"][0]["accuracy"].is_null());
        QCOMPARE(parsed(alone.out)["measures"]["mean"]["chosen"]["escalated"], Json(4));
    }

    void rulesAreShownAndSet() {
        QCOMPARE(parsed(cli({"route", "rules"}).out), Json::object());
        setRules(kEscalating);
        QCOMPARE(parsed(cli({"route", "rules"}).out), Json::parse(kEscalating));
        const QString wrong = m_folder->filePath("wrong.json");
        writeFile(wrong, R"({"rules": [{"use": {}}]})");
        const Run refused = cli({"route", "rules", "--set", wrong});
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.error.contains("wrong.json: routing.rules[0].use"), refused.error);
        QCOMPARE(parsed(cli({"route", "rules"}).out), Json::parse(kEscalating));
    }

    void wrongUse_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("said");
        const auto row = [](const QStringList& words, int code, const char* said) {
            QTest::newRow(qPrintable(words.join(' '))) << words << code << QString(said);
        };
        row({}, 2, "QUESTION is missing");
        row({"a", "--image"}, 2, "--image needs --explain");
        row({"a", "--documents"}, 2, "--documents needs --explain");
        row({"calibrate"}, 2, "--examples is missing");
        row({"calibrate", "--examples", "/nowhere.jsonl"}, 1, "/nowhere.jsonl");
        row({"rules", "--set", "/nowhere.json"}, 1, "/nowhere.json");
    }
    void wrongUse() {
        QFETCH(QStringList, words);
        QFETCH(int, code);
        QFETCH(QString, said);
        const Run run = cli(QStringList{"route"} + words);
        QCOMPARE(run.code, code);
        QVERIFY2(run.error.contains(said.toUtf8()), run.error);
    }

private:
    static constexpr const char* kEscalating =
        R"({"default": {"endpoint": "small", "model": "a"},
            "escalation": {"to": {"endpoint": "large", "model": "b"}, "mean": 0.7}})";

    [[nodiscard]] Run cli(const QStringList& words) const {
        return run(words, {},
                   {{"XDG_CONFIG_HOME", m_folder->filePath("config")},
                    {"ALCOVE_MODELS", m_folder->filePath("models")}});
    }

    void setRules(const QString& rules) const {
        const QString file = m_folder->filePath("rules.json");
        writeFile(file, rules.toUtf8());
        const Run set = cli({"route", "rules", "--set", file});
        QVERIFY2(set.code == 0, set.error);
    }

    void setUp(const ScriptedServer& small, const ScriptedServer& large,
               const QString& rules) const {
        const auto add = [&](const char* name, const ScriptedServer& server) {
            const Run added =
                cli({"endpoints", "add", name, "--url", QString::fromStdString(server.url())});
            QVERIFY2(added.code == 0, added.error);
        };
        add("small", small);
        add("large", large);
        setRules(rules);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(RouteCliTest)
#include "route_cli_test.moc"
