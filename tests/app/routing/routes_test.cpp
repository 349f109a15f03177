// Rules and escalation: which target a question goes to, and what may leave this machine.
#include "app/routing/routes.h"

#include <QtTest>
#include <cmath>

#include "app/routing/calibration.h"
#include "app/routing/confidence.h"

using namespace alcove;
using namespace alcove::app;
using Json = nlohmann::ordered_json;

namespace {

constexpr const char* kRules = R"({"routing": {
    "default": {"endpoint": "local", "model": "small"},
    "rules": [
        {"name": "pictures", "when": {"has_image": true}, "use": {"endpoint": "here", "model": "eye"}},
        {"name": "programs", "when": {"task": ["code", "math"]},
         "use": {"endpoint": "cluster", "model": "coder", "may_leave": true}},
        {"name": "papers", "when": {"has_documents": true, "language": "de"},
         "use": {"endpoint": "cluster", "model": "leser"}},
        {"name": "long", "when": {"min_length": 60}, "use": {"endpoint": "here"}},
        {"name": "greeting", "when": {"max_length": 5, "has_documents": false},
         "use": {"endpoint": "gone"}}],
    "escalation": {"to": {"endpoint": "cluster", "model": "large", "may_leave": true},
                   "mean": 0.8}}})";

EndpointSettings endpoints(bool network) {
    EndpointSettings settings;
    settings.onlyThisMachine = !network;
    Endpoint here, cluster;
    here.name = "here";
    here.url = "http://127.0.0.1:8000/v1";
    cluster.name = "cluster";
    cluster.url = "https://gpu.example/v1";
    settings.endpoints = {here, cluster};
    return settings;
}

Routing routing(const char* text = kRules) {
    const auto read = readRouting(Json::parse(text));
    if (!read) qWarning() << read.message().c_str();
    return read ? *read : Routing{};
}

ChatReply reply(const std::string& text, const std::vector<double>& probabilities) {
    ChatReply answer;
    answer.text = text;
    for (const double p : probabilities) answer.logprobs.push_back(std::log(p));
    return answer;
}

std::vector<rag::Source> lease() {
    rag::Source source;
    source.text = "The rent is 1,450 euros a month. Dogs are not allowed in the flat.";
    source.title = "lease.pdf";
    return {source};
}

}  // namespace

class RoutesTest : public QObject {
    Q_OBJECT

private slots:
    void golden_data() {
        QTest::addColumn<bool>("image");
        QTest::addColumn<bool>("documents");
        QTest::addColumn<bool>("network");
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<bool>("leaves");
        const auto row = [](const char* question, bool image, bool documents, bool network,
                            const char* rule, const char* target, bool leaves) {
            const QByteArray tag = QByteArray(question) + (network ? " #network" : "") +
                                   (image ? " #image" : "") + (documents ? " #documents" : "");
            QTest::newRow(tag) << image << documents << network << QByteArray(rule)
                               << QByteArray(target) << leaves;
        };
        row("What is this?", true, false, false, "pictures", "here/eye", false);
        row("What is this?", false, false, false, "default", "local/small", false);
        // First come, first served.
        row("Which python is this?", true, false, true, "pictures", "here/eye", false);
        row("Which python is this?", false, false, true, "programs", "cluster/coder", true);
        // The switch for all.
        row("Which python is this?", false, false, false, "default", "local/small", false);
        // The switch for all is not enough: this rule has no may_leave.
        row("Was steht in der Akte?", false, true, true, "default", "local/small", false);
        row("Was steht in der Akte?", false, true, false, "default", "local/small", false);
        row("Tell me, in a few words, what you make of all that I have told you so far.", false,
            false, true, "long", "here", false);
        row("Hello", false, true, true, "default", "local/small", false);
        row("Hello", false, false, true, "default", "local/small", false);  // "gone" is no endpoint
    }
    void golden() {
        QFETCH(bool, image);
        QFETCH(bool, documents);
        QFETCH(bool, network);
        QFETCH(QByteArray, rule);
        QFETCH(QByteArray, target);
        QFETCH(bool, leaves);
        std::string question = QTest::currentDataTag();
        question = question.substr(0, question.find(" #"));
        const auto decision =
            decide(routing(), endpoints(network), traitsOf(question, image, documents));
        QVERIFY2(decision.ok(), decision.ok() ? "" : decision.message().c_str());
        QCOMPARE(decision->rule, rule.toStdString());
        QCOMPARE(shown(decision->target), target.toStdString());
        QCOMPARE(decision->leaves, leaves);
        QVERIFY(decision->considered.back().chosen);
        QCOMPARE(decision->onward.has_value(), network);
        QCOMPARE(decision->onwardLeaves, network);
        for (const Considered& one : decision->considered) QCOMPARE(one.reason.empty(), one.chosen);
    }

    void whyARuleIsPassedOver() {
        const auto decision = decide(routing(), endpoints(false), traitsOf("3*4", false, false));
        QVERIFY(decision.ok());
        const Considered& programs = decision->considered[1];
        QVERIFY(programs.fits && !programs.chosen);
        QVERIFY(programs.reason.find("allow-network is off") != std::string::npos);
        QVERIFY(decision->whyNotOnward.find("allow-network is off") != std::string::npos);
        const auto papers =
            decide(routing(), endpoints(true), traitsOf("Was ist das?", false, true));
        QVERIFY(papers->considered[2].reason.find("may_leave is not set") != std::string::npos);
    }

    void theDefaultMayNotLeaveEither() {
        const Routing away =
            routing(R"({"routing": {"default": {"endpoint": "cluster", "may_leave": true}}})");
        QVERIFY(!decide(away, endpoints(false), {}).ok());
        QVERIFY(decide(away, endpoints(true), {})->leaves);
        const Routing gone = routing(R"({"routing": {"default": {"endpoint": "gone"}}})");
        QVERIFY(decide(gone, endpoints(true), {}).message().find("no endpoint 'gone'") !=
                std::string::npos);
        // Without any settings all stays here.
        const auto plain = decide({}, {}, {});
        QVERIFY(plain.ok() && !plain->leaves && !plain->onward);
        QCOMPARE(plain->target.endpoint, std::string("local"));
    }

    void escalationToItselfIsNone() {
        const Routing same = routing(
            R"({"routing": {"default": {"endpoint": "local", "model": "a"},
                "escalation": {"to": {"endpoint": "local", "model": "a"}, "mean": 0.5}}})");
        QVERIFY(!decide(same, endpoints(false), {})->onward);
        const Routing other = routing(
            R"({"routing": {"default": {"endpoint": "local", "model": "a"},
                "escalation": {"to": {"endpoint": "local", "model": "b"}, "mean": 0.5}}})");
        QVERIFY(decide(other, endpoints(false), {})->onward.has_value());
    }

    void rulesThatAreNone_data() {
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char* text, const char* said) {
            QTest::newRow(text) << QByteArray(said);
        };
        row(R"(7)", "must be an object");
        row(R"({"rule": []})", "'rule' is not known here");
        row(R"({"rules": {}})", "rules must be an array");
        row(R"({"rules": [7]})", "routing.rules[0]: must be an object");
        row(R"({"rules": [{"when": {}}]})", "routing.rules[0].use is missing");
        row(R"({"rules": [{"use": {}}]})", "'endpoint' is missing");
        row(R"({"rules": [{"use": {"endpoint": "a", "leave": true}}]})", "'leave' is not known");
        row(R"({"rules": [{"use": {"endpoint": "a", "may_leave": "yes"}}]})", "'may_leave'");
        row(R"({"rules": [{"when": {"tasks": []}, "use": {"endpoint": "a"}}]})", "'tasks'");
        row(R"({"rules": [{"when": {"task": "sing"}, "use": {"endpoint": "a"}}]})", "'sing'");
        row(R"({"rules": [{"when": {"min_length": -1}, "use": {"endpoint": "a"}}]})",
            "'min_length'");
        row(R"({"rules": [{"name": "default", "use": {"endpoint": "a"}}]})", "cannot be");
        row(R"({"escalation": {"mean": 0.5}})", "escalation.to is missing");
        row(R"({"escalation": {"to": {"endpoint": "a"}}})", "must be given");
        row(R"({"escalation": {"to": {"endpoint": "a"}, "mean": 80}})", "'mean'");
    }
    void rulesThatAreNone() {
        QFETCH(QByteArray, said);
        Json settings;
        settings["routing"] = Json::parse(QTest::currentDataTag());
        const auto read = readRouting(settings);
        QVERIFY(!read.ok());
        QVERIFY2(read.message().find(said.toStdString()) != std::string::npos,
                 read.message().c_str());
    }

    void targetsAsTyped() {
        QCOMPARE(parseTarget("a"), (Target{"a", "", false}));
        QCOMPARE(parseTarget("a/b"), (Target{"a", "b", false}));
        QCOMPARE(parseTarget("a/org/model"), (Target{"a", "org/model", false}));
        QCOMPARE(shown(parseTarget("a/org/model")), std::string("a/org/model"));
    }

    void probabilities() {
        const auto sure = confidenceOf(reply("Paris.", {0.9, 0.4, 0.9}), "Capital?", {});
        QVERIFY(sure.ok());
        QVERIFY(std::abs(*sure->mean - std::cbrt(0.9 * 0.4 * 0.9)) < 1e-12);
        QVERIFY(std::abs(*sure->minimum - 0.4) < 1e-12);
        QVERIFY(!sure->support);
        QCOMPARE(sure->tokens, size_t{3});
        const auto untold = confidenceOf(reply("Paris.", {}), "Capital?", {});
        QVERIFY(!untold->mean && !untold->minimum);
    }

    void support_data() {
        QTest::addColumn<double>("support");
        QTest::newRow("The rent is 1,450 euros a month.") << 1.0;
        QTest::newRow("1,450 euros [1].") << 1.0;
        QTest::newRow("The rent is 1,550 euros a month.") << 0.0;
        QTest::newRow("The rent is 1,450 euros a month. The flat has a swimming pool.") << 0.5;
        QTest::newRow("This is not in your documents.") << 0.0;
        QTest::newRow("") << 0.0;
    }
    void support() {
        QFETCH(double, support);
        const auto found = confidenceOf(reply(QTest::currentDataTag(), {0.9}),
                                        "How much is the rent a month?", lease());
        QVERIFY(found.ok());
        QCOMPARE(*found->support, support);
    }

    void doubts() {
        const Thresholds thresholds{0.8, 0.2, 0.7};
        const auto doubt = [&](const std::string& text, const std::vector<double>& probabilities,
                               std::optional<double> held) {
            const ChatReply answer = reply(text, probabilities);
            Confidence confidence = *confidenceOf(answer, "q", {});
            confidence.support = held;
            return doubtOf(answer, confidence, thresholds).value_or("");
        };
        QCOMPARE(doubt("a", {0.9, 0.9}, {}), std::string());
        QCOMPARE(doubt("a", {0.9, 0.9}, 0.7), std::string());
        QVERIFY(doubt("a", {0.9, 0.9}, 0.5).find("support") != std::string::npos);
        QVERIFY(doubt("a", {0.7, 0.7}, {}).find("mean") != std::string::npos);
        QVERIFY(doubt("a", std::vector<double>(50, 0.99), {}).empty());
        std::vector<double> one(50, 0.99);
        one[7] = 0.1;
        QVERIFY(doubt("a", one, {}).find("least") != std::string::npos);
        QVERIFY(doubt("a", {}, {}).find("not told") != std::string::npos);
        QVERIFY(doubt(" \n", {0.9}, {}).find("empty") != std::string::npos);
        const Confidence nothing;
        QVERIFY(!doubtOf(reply("a", {}), nothing, {std::nullopt, std::nullopt, 0.5}));
    }

    void judging_data() {
        QTest::addColumn<QByteArray>("wanted");
        QTest::addColumn<bool>("right");
        const auto row = [](const char* answer, const char* wanted, bool right) {
            QTest::newRow(QByteArray(answer) + " | " + wanted) << QByteArray(wanted) << right;
        };
        row("It is Paris.", "paris", true);
        row("PARIS", "Paris", true);
        row("Parisian", "Paris", false);
        row("It costs 1,450 euros", "1450", true);
        row("It costs 1450 euros", "1,450 euros", true);
        row("40", "4", false);
        row("3.5 percent", "3.5", true);
        row("35 percent", "3.5", false);
        row("Zürich", "zurich", true);
        row("São Paulo", "sao paulo", true);
        row("New-York!", "New York", true);
        row("New and York", "New York", false);
        row("1,2,3", "2", true);
        row("", "a", false);
    }
    void judging() {
        QFETCH(QByteArray, wanted);
        QFETCH(bool, right);
        std::string answer = QTest::currentDataTag();
        answer = answer.substr(0, answer.find(" | "));
        QCOMPARE(containsAnswer(answer, {"never said", wanted.toStdString()}), right);
    }

    void examples() {
        const auto read = readExamples(
            "{\"question\":\"a\",\"answer\":\"b\"}\r\n\n"
            "{\"question\":\"c\",\"answers\":[\"d\",\"e\"],"
            "\"passages\":[\"f\"]}",
            "x.jsonl");
        QVERIFY2(read.ok(), read.ok() ? "" : read.message().c_str());
        QCOMPARE(read->size(), size_t{2});
        QCOMPARE((*read)[1].answers, (std::vector<std::string>{"d", "e"}));
        QCOMPARE((*read)[1].passages, (std::vector<std::string>{"f"}));
        for (const char* wrong :
             {"", "\n", "{", "7", R"({"question":"a"})", R"({"answer":"a"})",
              R"({"question":"","answer":"a"})", R"({"question":"a","answers":[]})",
              R"({"question":"a","answers":[7]})", R"({"question":"a","answer":"!"})",
              R"({"question":"a","answer":"b","answers":["b"]})"})
            QVERIFY2(!readExamples(wrong, "x").ok(), wrong);
        QVERIFY(readExamples("{\"question\":\"a\",\"answer\":\"b\"}\n{", "x.jsonl")
                    .message()
                    .starts_with("x.jsonl, line 2"));
    }

    /// Counted by hand.
    void thresholds() {
        const auto trial = [](std::optional<double> mean, bool small, std::optional<bool> large) {
            Trial one;
            one.confidence.mean = mean;
            one.smallRight = small;
            one.largeRight = large;
            return one;
        };
        std::vector<Trial> trials = {trial(0.90001, true, true), trial(0.7, true, false),
                                     trial(0.5, false, true), trial(std::nullopt, false, true)};
        std::vector<ThresholdRow> rows = tableOf(trials, Measure::Mean);
        QCOMPARE(rows.size(), size_t{5});  // 0, 0.5, 0.7, 0.9, 1
        const auto is = [&](size_t row, double threshold, size_t escalated, double kept,
                            double all) {
            QCOMPARE(rows[row].threshold, threshold);
            QCOMPARE(rows[row].escalated, escalated);
            QCOMPARE(rows[row].kept, 4 - escalated);
            QCOMPARE(rows[row].keptAccuracy.value_or(-1), kept);
            QCOMPARE(rows[row].accuracy.value_or(-1), all);
        };
        is(0, 0, 1, 2.0 / 3, 0.75);
        is(1, 0.5, 1, 2.0 / 3, 0.75);
        is(2, 0.7, 2, 1, 1);
        is(3, 0.9, 3, 1, 0.75);
        is(4, 1, 4, -1, 0.75);
        QCOMPARE(chooseRow(rows, 0.75)->threshold, 0.0);
        QCOMPARE(chooseRow(rows, 0.9)->threshold, 0.7);
        for (Trial& one : trials) one.largeRight.reset();
        rows = tableOf(trials, Measure::Mean);
        is(2, 0.7, 2, 1, -1);
        QCOMPARE(chooseRow(rows, 0.9)->threshold, 0.7);
        trials[0].smallRight = trials[1].smallRight = false;
        QVERIFY(!chooseRow(tableOf(trials, Measure::Mean), 0.9));
    }
};

QTEST_GUILESS_MAIN(RoutesTest)
#include "routes_test.moc"
