// Conversations brought into the shape that a template expects.
#include "engine/chat/messages.h"

#include <QtTest>

#include "tests/engine/chat/answers.h"

using namespace alcove::engine;
using namespace alcove::test;

class MessagesTest : public QObject {
    Q_OBJECT

private slots:
    void argumentsBecomeObjects();
    void argumentsBecomeText();
    void idsAreMadeToFit();
    void callsStandOneInAMessage();
    void unknownCallsAreWritten();
    void resultsBecomeTheUsers();
    void missingIdsAreFilledIn();
    void toolsAreMadeComplete();
    void toolsAreExplained();
    void toolsStandBesideTheSystemMessage();
    void wordsAreKeptBesideNullContent();
    void refusesWhatIsNoConversation_data();
    void refusesWhatIsNoConversation();

private:
    static Json call(const char* id, const char* name, const char* arguments) {
        Json made = {{"type", "function"},
                     {"function", {{"name", name}, {"arguments", arguments}}}};
        if (*id) made["id"] = id;
        return made;
    }

    static Json talk() {
        return Json::array(
            {{{"role", "user"}, {"content", "How?"}},
             {{"role", "assistant"},
              {"content", nullptr},
              {"tool_calls", {call("call_1", "add", "{\"a\": 1}"), call("call_2", "f", "")}}},
             {{"role", "tool"}, {"tool_call_id", "call_1"}, {"content", "one"}},
             {{"role", "tool"},
              {"tool_call_id", "call_2"},
              {"content", Json::array({{{"type", "text"}, {"text", "two"}}})}}});
    }

    /// A template that does all; the tests take away what they are about.
    static AnswerFormat capable() {
        AnswerFormat format = answerFormatOf("<tool_call>");
        format.traits = {
            .tools = true, .calls = true, .results = true, .parallel = true, .system = true};
        return format;
    }

    static Conversation made(const Json& messages, const Json& tools, const AnswerFormat& format) {
        const auto result = normaliseMessages(messages, tools, format);
        if (!result) QTest::qFail(result.message().c_str(), __FILE__, __LINE__);
        return result ? *result : Conversation{};
    }
};

void MessagesTest::argumentsBecomeObjects() {
    const Json messages = made(talk(), {}, capable()).messages;
    QCOMPARE(messages.size(), size_t{4});
    const Json& calls = messages[1]["tool_calls"];
    QCOMPARE(calls[0]["function"]["arguments"], Json({{"a", 1}}));
    QCOMPARE(calls[1]["function"]["arguments"], Json::object());
    QCOMPARE(calls[0]["id"], Json("call_1"));
    QCOMPARE(messages[1]["content"], Json(""));
    QCOMPARE(messages[3]["content"], Json("two"));
    QCOMPARE(messages[3]["name"], Json("f"));
    const Json again = made(messages, {}, capable()).messages;
    QCOMPARE(again, messages);
}

void MessagesTest::argumentsBecomeText() {
    AnswerFormat format = capable();
    format.traits.argumentsAsText = true;
    const Json messages = made(talk(), {}, format).messages;
    QCOMPARE(messages[1]["tool_calls"][0]["function"]["arguments"], Json("{\"a\":1}"));
}

void MessagesTest::idsAreMadeToFit() {
    AnswerFormat format = capable();
    format.idLength = 9;
    const Json messages = made(talk(), {}, format).messages;
    const std::string first = messages[1]["tool_calls"][0]["id"];
    const std::string second = messages[1]["tool_calls"][1]["id"];
    QVERIFY(QRegularExpression("^[A-Za-z0-9]{9}$").match(first.c_str()).hasMatch());
    QVERIFY(first != second);
    QCOMPARE(messages[2]["tool_call_id"], Json(first));
    QCOMPARE(messages[3]["tool_call_id"], Json(second));
    QCOMPARE(made(messages, {}, format).messages, messages);
}

void MessagesTest::callsStandOneInAMessage() {
    AnswerFormat format = capable();
    format.traits.parallel = false;
    const Json messages = made(talk(), {}, format).messages;
    QCOMPARE(messages.size(), size_t{5});
    QCOMPARE(messages[1]["tool_calls"].size(), size_t{1});
    QCOMPARE(messages[2]["content"], Json("one"));
    QCOMPARE(messages[3]["tool_calls"][0]["function"]["name"], Json("f"));
    QCOMPARE(messages[4]["content"], Json("two"));
}

void MessagesTest::unknownCallsAreWritten() {
    AnswerFormat format = capable();
    format.traits.calls = false;
    const Json messages = made(talk(), {}, format).messages;
    QVERIFY(!messages[1].contains("tool_calls"));
    QCOMPARE(messages[1]["content"],
             Json("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>\n"
                  "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>"));
}

void MessagesTest::resultsBecomeTheUsers() {
    AnswerFormat format = capable();
    format.traits.results = false;
    const Json messages = made(talk(), {}, format).messages;
    QCOMPARE(messages.size(), size_t{3});
    QCOMPARE(messages[2], Json({{"role", "user"},
                                {"content",
                                 "<tool_response>\none\n</tool_response>\n\n"
                                 "<tool_response>\ntwo\n</tool_response>"}}));
}

void MessagesTest::missingIdsAreFilledIn() {
    const Json messages =
        made(Json::array({{{"role", "assistant"},
                           {"tool_calls", {call("", "add", "{}"), call("", "f", "{}")}}},
                          {{"role", "tool"}, {"content", "one"}},
                          {{"role", "tool"}, {"content", "two"}}}),
             {}, capable())
            .messages;
    QCOMPARE(messages[1]["tool_call_id"], messages[0]["tool_calls"][0]["id"]);
    QCOMPARE(messages[2]["tool_call_id"], messages[0]["tool_calls"][1]["id"]);
    QCOMPARE(messages[2]["name"], Json("f"));
}

void MessagesTest::toolsAreMadeComplete() {
    const Json tools =
        made(talk(), Json::array({{{"name", "f"}}, {{"function", {{"name", "g"}}}}}), capable())
            .tools;
    QCOMPARE(tools[1]["type"], Json("function"));
    const Json expected = {{"name", "f"},
                           {"description", ""},
                           {"parameters", {{"type", "object"}, {"properties", Json::object()}}}};
    QCOMPARE(tools[0]["function"], expected);
    QVERIFY(made(talk(), Json::array(), capable()).tools.is_null());
}

void MessagesTest::toolsAreExplained() {
    AnswerFormat format = capable();
    format.traits.tools = false;
    const auto text = [&](Json messages, size_t index) {
        const Conversation conversation = made(messages, weatherTools(), format);
        if (!conversation.tools.is_null()) return QString("tools");
        return QString::fromStdString(conversation.messages.at(index)["content"]);
    };
    QVERIFY(text(talk(), 0).contains("get_weather"));
    Json withSystem = talk();
    const Json system = {{"role", "system"}, {"content", "Be brief."}};
    withSystem.insert(withSystem.begin(), system);
    QVERIFY(text(withSystem, 0).startsWith("Be brief.\n\nYou can call tools."));
    format.traits.system = false;
    QVERIFY(text(talk(), 0).startsWith("You can call tools."));
    QVERIFY(text(talk(), 0).endsWith("\n\nHow?"));
}

void MessagesTest::toolsStandBesideTheSystemMessage() {
    // As Phi-4-mini's template has it.
    const std::string source =
        "{% for m in messages %}{% if m['role'] == 'system' and 'tools' in m %}<|system|>"
        "{{ m['content'] }}<|tool|>{{ m['tools'] }}<|/tool|><|end|>{% else %}<|{{ m['role'] }}|>"
        "{{ m['content'] }}<|end|>{% endif %}{% endfor %}";
    const AnswerFormat format = answerFormatOf(source);
    QVERIFY(format.traits.toolsInMessage && !format.traits.calls && format.traits.results);
    const Conversation conversation = made(talk(), weatherTools(), format);
    QVERIFY(conversation.tools.is_null());
    const QString tools = QString::fromStdString(conversation.messages[0]["tools"]);
    QVERIFY(tools.startsWith("[{\"name\":\"get_weather\""));
    ChatInput input = inputOf(Json::object());
    input.messages = conversation.messages;
    const QString text = QString::fromStdString(*ChatTemplate::parse(source)->render(input));
    QVERIFY(text.contains("<|tool|>[{\"name\":\"get_weather\""));
    QVERIFY(
        text.contains("<|assistant|><|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 1}}, "
                      "{\"name\": \"f\", \"arguments\": {}}]<|/tool_call|><|end|>"));
}

void MessagesTest::wordsAreKeptBesideNullContent() {
    AnswerFormat format = capable();
    format.traits.nullContent = true;
    Json given = talk();
    QVERIFY(made(given, {}, format).messages[1]["content"].is_null());
    given[1]["content"] = "I shall look.";
    const Json messages = made(given, {}, format).messages;
    QCOMPARE(messages[1], Json({{"role", "assistant"}, {"content", "I shall look."}}));
    QVERIFY(messages[2]["content"].is_null());
    QCOMPARE(messages[2]["tool_calls"].size(), size_t{2});
}

void MessagesTest::refusesWhatIsNoConversation_data() {
    QTest::addColumn<QString>("messages");
    QTest::addColumn<QString>("tools");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* messages, const char* tools, const char* message) {
        QTest::newRow(message) << QString(messages) << QString(tools) << QString(message);
    };
    row("3", "null", "messages is no list");
    row("[3]", "null", "message 0 is no object");
    row("[{}]", "null", "message 0 has no role");
    row(R"([{"role": "user"}, {"role": "assistant", "tool_calls": 3}])", "null",
        "message 1: tool_calls is no list");
    row(R"([{"role": "assistant", "tool_calls": [3]}])", "null",
        "message 0: a call of a tool has no name");
    row(R"([{"role": "assistant", "tool_calls": [{"function": {"name": "f",
         "arguments": "[1]"}}]}])",
        "null", "message 0: the arguments of the call of \"f\" are no JSON object");
    row("[]", "3", "tools is no list");
    row("[]", "[{}]", "tool 0 has no name");
}

void MessagesTest::refusesWhatIsNoConversation() {
    QFETCH(const QString, messages);
    QFETCH(const QString, tools);
    QFETCH(const QString, message);
    const auto result = normaliseMessages(Json::parse(messages.toStdString()),
                                          Json::parse(tools.toStdString()), capable());
    QVERIFY(!result.ok());
    QCOMPARE(QString::fromStdString(result.message()), message);
}

QTEST_GUILESS_MAIN(MessagesTest)
#include "messages_test.moc"
