// What stands around a call's arguments: whatever is written by it is read back by the parser.
#include "engine/chat/call_shape.h"

#include <QtTest>

#include "tests/engine/chat/answers.h"

using namespace alcove::engine;
using namespace alcove::test;

class CallShapeTest : public QObject {
    Q_OBJECT

private slots:
    void whatIsWrittenIsRead_data();
    void whatIsWrittenIsRead();
    void constraintsMakeCalls_data() { whatIsWrittenIsRead_data(); }
    void constraintsMakeCalls();
    void choosesTools();
    void refusesWhatIsNoTool();
    void tellsArgumentsApart();
    void explainsTools();
};

void CallShapeTest::whatIsWrittenIsRead_data() {
    QTest::addColumn<QString>("form");
    const auto row = [](const char* name, const char* form) {
        QTest::newRow(name) << QString(form);
    };
    row("hermes", "<tool_call>");
    row("qwen", "<tool_call> <function=");
    row("glm", "<tool_call> <arg_key>");
    row("minimax", "<minimax:tool_call>");
    row("granite 3", "<|tool_call|>");
    row("phi", "<|tool|> <|/tool|>");
    row("llama", "\"name\": \"parameters\": ");
    row("nemo", "[TOOL_CALLS]");
    row("ministral", "[TOOL_CALLS] [ARGS]");
    row("mistral small", "[TOOL_CALLS] [CALL_ID] [ARGS]");
    row("nemotron", "<TOOLCALL>");
    row("gemma 4", "<|tool_call> <|\"|>");
    row("function gemma", "<start_function_call>");
    row("deepseek", "<｜tool▁calls▁begin｜>");
    row("deepseek r1", "<｜tool▁calls▁begin｜> ```json");
    row("kimi", "<|tool_calls_section_begin|>");
    row("cohere", "<|START_ACTION|>");
    row("functionary", "<function=");
    row("apriel", "<tool_calls>");
    row("none", "");
}

void CallShapeTest::whatIsWrittenIsRead() {
    QFETCH(const QString, form);
    const AnswerFormat format = answerFormatOf(form.toStdString());
    const Json weather = Json::parse(
        R"({"city": "K\u00f6ln \"x\"\n{", "days": 3, "exact": false, "units": {"t": ["C", {}]},
            "hours": []})");
    const Json sum = {{"a", 1}, {"b", -2.5}};
    const Json calls =
        Json::array({{{"function", {{"name", "get_weather"}, {"arguments", weather}}}},
                     {{"function", {{"name", "add"}, {"arguments", sum}}}},
                     {{"function", {{"name", "add"}, {"arguments", Json::object()}}}}});
    const std::string text = writeCalls(format.calls, calls);
    const Answer answer = heardAnyhow(format, withTools(), text);
    const std::string shown = alcove::concat(text, "\n---\n", answer.story);
    QVERIFY2(answer.calls.size() == 3 && answer.text.empty(), shown.c_str());
    QCOMPARE(Json::parse(answer.calls[0].arguments, nullptr, false), weather);
    QCOMPARE(Json::parse(answer.calls[1].arguments, nullptr, false), sum);
    QCOMPARE(Json::parse(answer.calls[2].arguments, nullptr, false), Json::object());
}

void CallShapeTest::constraintsMakeCalls() {
    QFETCH(const QString, form);
    const AnswerFormat format = answerFormatOf(form.toStdString());
    const auto made = constrainCalls(format, weatherTools(), ToolChoice::Auto);
    QVERIFY(made.ok());
    QVERIFY(made->optional && made->several && made->calls.size() == 2);
    std::string text = made->open;
    for (const CallShape& call : made->calls) {
        if (&call != &made->calls.front()) text += made->between;
        text += call.before;
        if (made->notation == CallNotation::Tagged) {
            for (const ArgumentShape& argument : call.arguments) {
                if (!argument.required) continue;
                text += argument.before + (argument.isText ? "Rome" : "7") + argument.after;
            }
        } else if (made->notation != CallNotation::Braces) {
            QCOMPARE(call.schema["type"], Json("object"));
            text += call.tool == "add" ? "{\"a\": 7, \"b\": 7}" : "{\"city\": \"Rome\"}";
        }
        text += call.after;
    }
    text += made->close;
    QVERIFY2(QString::fromStdString(text).startsWith(QString::fromStdString(made->trigger)),
             alcove::concat(made->trigger, " does not begin\n", text).c_str());
    const Answer answer = heardAnyhow(format, withTools(), text);
    QVERIFY2(answer.calls.size() == 2 && answer.text.empty(),
             alcove::concat(text, "\n---\n", answer.story).c_str());
    QCOMPARE(answer.calls[0].name, std::string("get_weather"));
    QCOMPARE(answer.calls[1].name, std::string("add"));
    if (made->notation == CallNotation::Braces) return;
    QCOMPARE(Json::parse(answer.calls[0].arguments, nullptr, false), Json({{"city", "Rome"}}));
    QCOMPARE(Json::parse(answer.calls[1].arguments, nullptr, false), Json({{"a", 7}, {"b", 7}}));
}

void CallShapeTest::choosesTools() {
    const AnswerFormat format = answerFormatOf("<tool_call>");
    const auto required = constrainCalls(format, weatherTools(), ToolChoice::Required);
    QVERIFY(required.ok() && !required->optional && required->calls.size() == 2);
    const auto named = constrainCalls(format, weatherTools(), ToolChoice::Named, "add");
    QVERIFY(named.ok() && !named->optional && !named->several);
    QCOMPARE(named->calls.size(), size_t{1});
    QCOMPARE(named->calls[0].before,
             std::string("<tool_call>\n{\"name\": \"add\", \"arguments\": "));
    QCOMPARE(named->calls[0].after, std::string("}\n</tool_call>"));
    QCOMPARE(named->calls[0].schema["required"], Json::array({"a", "b"}));
}

void CallShapeTest::refusesWhatIsNoTool() {
    const AnswerFormat format = answerFormatOf("<tool_call>");
    const auto message = [&](const Json& tools, ToolChoice choice, const char* named) {
        const auto made = constrainCalls(format, tools, choice, named);
        return QString::fromStdString(made ? "" : made.message());
    };
    QVERIFY(message(weatherTools(), ToolChoice::Named, "sub").contains("\"sub\" is to be called"));
    QVERIFY(message(Json::array(), ToolChoice::Required, "").contains("there are none"));
    QVERIFY(message(Json::array({3}), ToolChoice::Auto, "").contains("has no name: 3"));
    QVERIFY(message(Json::array({{{"name", "a b"}}}), ToolChoice::Auto, "").contains("\"a b\""));
}

void CallShapeTest::tellsArgumentsApart() {
    const Json tool = Json::parse(R"({"name": "f", "parameters": {"type": "object",
        "$defs": {"n": {"type": "integer"}},
        "properties": {"s": {"type": "string"}, "n": {"$ref": "#/$defs/n"},
                       "e": {"enum": ["a", "b"]}, "m": {"type": ["string", "null"]}},
        "required": ["n"]}})");
    const auto made = constrainCalls(answerFormatOf("<tool_call> <function="), Json::array({tool}),
                                     ToolChoice::Required);
    QVERIFY(made.ok());
    const auto& arguments = made->calls.at(0).arguments;
    QCOMPARE(arguments.size(), size_t{4});
    QVERIFY(arguments[0].isText && !arguments[0].required);
    QVERIFY(!arguments[1].isText && arguments[1].required);
    QVERIFY(arguments[1].schema.contains("$defs"));
    QVERIFY(arguments[2].isText && !arguments[3].isText);
    QCOMPARE(arguments[0].before, std::string("<parameter=s>\n"));
    QCOMPARE(arguments[0].after, std::string("\n</parameter>\n"));
}

void CallShapeTest::explainsTools() {
    const AnswerFormat format = answerFormatOf("");
    const QString text = QString::fromStdString(toolInstruction(format.calls, weatherTools()));
    QVERIFY(text.contains("\"name\": \"get_weather\""));
    QVERIFY(text.contains("\"required\": [\"a\", \"b\"]"));
    QVERIFY(
        text.contains("<tool_call>\n{\"name\": \"NAME\", \"arguments\": {\"ARGUMENT\": "
                      "\"VALUE\"}}\n</tool_call>"));
}

QTEST_GUILESS_MAIN(CallShapeTest)
#include "call_shape_test.moc"
