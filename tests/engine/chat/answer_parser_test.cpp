// Answers written by hand: what templates do not write themselves, what models do wrong, thoughts.
#include "engine/chat/answer_parser.h"

#include <QtTest>

#include "tests/engine/chat/answers.h"

using namespace alcove::engine;
using namespace alcove::test;

namespace {

// Signs by which a template's form is known.
constexpr const char* kHermes = "<tool_call>";
constexpr const char* kQwen = "<tool_call> <function= <think> </think>";
constexpr const char* kGranite3 = "<|tool_call|> <think></think> <response></response>";
constexpr const char* kGranite4 = "<tool_call> <|start_of_role|>";
constexpr const char* kPhi = "<|tool|> <|/tool|>";
constexpr const char* kLlama = "{\"name\": function name, \"parameters\": }";
constexpr const char* kNemo = "[TOOL_CALLS]";
constexpr const char* kMinistral = "[TOOL_CALLS] [ARGS] [THINK]";
constexpr const char* kMistralSmall = "[TOOL_CALLS] [CALL_ID] [ARGS]";
constexpr const char* kNemotron = "<TOOLCALL> <think>";
constexpr const char* kGemma4 = "<|tool_call> <|\"|> <|channel> <channel|>";
constexpr const char* kFunctionGemma = "<start_function_call>";
constexpr const char* kDeepSeek = "<｜tool▁calls▁begin｜> ```json <think>";
constexpr const char* kGlm = "<tool_call> <arg_key> <think>";
constexpr const char* kMiniMax = "<minimax:tool_call>";
constexpr const char* kNone = "{{ messages }}";

QString shown(const std::string& text) { return QString::fromStdString(text); }

/// "name{…} name{…} | thought | text"
QString told(const Answer& answer) {
    std::string calls;
    for (const Call& call : answer.calls) {
        if (!call.ended) continue;
        const Json arguments = Json::parse(call.arguments, nullptr, false);
        calls += call.name + (arguments.is_discarded() ? "?" : arguments.dump()) + " ";
    }
    return shown(alcove::concat(calls, "| ", answer.thought, " | ", answer.text));
}

}  // namespace

class AnswerParserTest : public QObject {
    Q_OBJECT

private slots:
    void readsCalls_data();
    void readsCalls();
    void givesBackWhatIsNoCall_data();
    void givesBackWhatIsNoCall();
    void givesBackEveryTruncatedCall();
    void tellsThoughtsApart_data();
    void tellsThoughtsApart();
    void passesTextOnAtOnce();
    void passesArgumentsOnAtOnce();
    void withoutToolsCallsAreText();
    void idsFitTheForm();
    void keepsWhatTheModelWrote();
    void readsLongAnswers();
};

void AnswerParserTest::readsCalls_data() {
    QTest::addColumn<QString>("form");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* form, const char* text,
                        const char* expected) {
        QTest::newRow(name) << QString(form) << QString(text) << QString(expected);
    };
    row("hermes", kHermes,
        "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>",
        "add{\"a\":1} |  | ");
    row("hermes, words before", kHermes,
        "I shall look.\n<tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call>\n",
        "add{} |  | I shall look.\n");
    row("hermes, words behind", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call>\nDone.", "add{} |  | Done.");
    row("hermes, parallel", kHermes,
        "<tool_call>{\"name\":\"add\",\"arguments\":{}}</tool_call>\n<tool_call>{\"name\":\"f\","
        "\"arguments\":{\"x\":\"</tool_call>\"}}</tool_call>",
        "add{} f{\"x\":\"</tool_call>\"} |  | ");
    row("hermes, keys turned round", kHermes,
        "<tool_call>{\"arguments\": {\"a\": 1}, \"name\": \"add\"}</tool_call>",
        "add{\"a\":1} |  | ");
    row("hermes, arguments as text", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>",
        "add{\"a\":1} |  | ");
    row("hermes, without arguments", kHermes, "<tool_call>{\"name\": \"add\"}</tool_call>",
        "add{} |  | ");
    row("hermes, arguments null", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": null}</tool_call>", "add{} |  | ");
    row("hermes, other keys", kHermes,
        "<tool_call>{\"type\": \"function\", \"index\": 3, \"name\": \"add\", \"arguments\": {}}"
        "</tool_call>",
        "add{} |  | ");
    row("hermes, raw line break", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": \"x\ny\"}}</tool_call>",
        "add{\"a\":\"x\\ny\"} |  | ");
    row("hermes, a list", kHermes,
        "<tool_call>[{\"name\":\"add\",\"arguments\":{}}, {\"name\":\"f\",\"arguments\":{}}]"
        "</tool_call>",
        "add{} f{} |  | ");
    row("hermes, end marker missing", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": 1}}", "add{\"a\":1} |  | ");
    row("hermes, opened twice", kHermes,
        "<tool_call><tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call>",
        "add{} |  | <tool_call>");
    row("granite 4", kGranite4,
        "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>",
        "add{\"a\":1} |  | ");
    row("granite 3", kGranite3,
        "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 1}}, {\"name\": \"f\", "
        "\"arguments\": {}}]",
        "add{\"a\":1} f{} |  | ");
    row("phi 4 mini", kPhi,
        "<|tool_call|>[{\"name\": \"add\", \"arguments\": {\"a\": 1}}]<|/tool_call|>",
        "add{\"a\":1} |  | ");
    row("nemotron", kNemotron,
        "<TOOLCALL>[{\"name\": \"add\", \"arguments\": {\"a\": 1}}, {\"name\": \"f\", "
        "\"arguments\": {}}]</TOOLCALL>",
        "add{\"a\":1} f{} |  | ");
    row("nemo", kNemo,
        "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 1}, \"id\": \"abcdefgh1\"}]",
        "add{\"a\":1} |  | ");
    row("ministral", kMinistral, "Well.[TOOL_CALLS]add[ARGS]{\"a\": 1}[TOOL_CALLS]f[ARGS]{}",
        "add{\"a\":1} f{} |  | Well.");
    row("mistral small", kMistralSmall, "[TOOL_CALLS]add[CALL_ID]abcdefgh1[ARGS]{\"a\": 1}",
        "add{\"a\":1} |  | ");
    row("mistral small without id", kMistralSmall, "[TOOL_CALLS]add[ARGS]{\"a\": 1}",
        "add{\"a\":1} |  | ");
    row("llama", kLlama, "{\"name\": \"add\", \"parameters\": {\"a\": 1}}", "add{\"a\":1} |  | ");
    row("llama with tag", kLlama, "<|python_tag|>{\"name\": \"add\", \"parameters\": {\"a\": 1}}",
        "add{\"a\":1} |  | ");
    row("llama, blanks and type", kLlama,
        "\n\n{\"type\": \"function\", \"name\": \"add\", \"parameters\": {\"a\": 1}}\n",
        "add{\"a\":1} |  | ");
    row("llama, several", kLlama,
        "{\"name\": \"add\", \"parameters\": {}}; {\"name\": \"get_weather\", \"parameters\": {}}",
        "add{} get_weather{} |  | ");
    row("llama, function for name", kLlama,
        "{\"type\": \"function\", \"function\": \"add\", \"parameters\": {}}", "add{} |  | ");
    row("gemma 4", kGemma4,
        "<|tool_call>call:get_weather{city:<|\"|>Köln, \"x\" {<|\"|>,days:3,exact:true,n:None,"
        "units:{t:[<|\"|>C<|\"|>,1],w:{}},hours:[]}<tool_call|>",
        "get_weather{\"city\":\"Köln, \\\"x\\\" {\",\"days\":3,\"exact\":true,\"n\":null,"
        "\"units\":{\"t\":[\"C\",1],\"w\":{}},\"hours\":[]} |  | ");
    row("gemma 4, quoted keys", kGemma4,
        "<|tool_call>call:f{<|\"|>a b<|\"|>: 1, \"c\": \"d\\\"e\"}<tool_call|>",
        "f{\"a b\":1,\"c\":\"d\\\"e\"} |  | ");
    row("gemma 4, bare word", kGemma4, "<|tool_call>call:f{city:Rome}<tool_call|>",
        "f{\"city\":\"Rome\"} |  | ");
    row("gemma 4, parallel", kGemma4,
        "Well. <|tool_call>call:f{}<tool_call|><|tool_call>call:g{a:-1.5e3}<tool_call|>",
        "f{} g{\"a\":-1500.0} |  | Well. ");
    row("function gemma", kFunctionGemma,
        "<start_function_call>call:f{city:<escape>Rome<escape>}<end_function_call>",
        "f{\"city\":\"Rome\"} |  | ");
    row("qwen", kQwen,
        "<tool_call>\n<function=get_weather>\n<parameter=city>\nKöln\n</parameter>\n"
        "<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>",
        "get_weather{\"city\":\"Köln\",\"days\":3} |  | ");
    row("qwen, by the schema", kQwen,
        "<tool_call>\n<function=get_weather>\n<parameter=city>\n12\n</parameter>\n"
        "<parameter=days>\nfew\n</parameter>\n<parameter=exact>\nTrue\n</parameter>\n"
        "<parameter=units>\n{\"t\": 1}\n</parameter>\n<parameter=rain>\n1.50\n</parameter>\n"
        "<parameter=other>\n[1]\n</parameter>\n</function>\n</tool_call>",
        "get_weather{\"city\":\"12\",\"days\":\"few\",\"exact\":true,\"units\":{\"t\":1},"
        "\"rain\":1.5,\"other\":[1]} |  | ");
    row("qwen, lines in a value", kQwen,
        "<tool_call>\n<function=f>\n<parameter=city>\n\na\n</parameter\nb\n\n</parameter>\n"
        "</function>\n</tool_call>",
        "f{\"city\":\"\\na\\n</parameter\\nb\\n\"} |  | ");
    row("qwen, all in a line", kQwen,
        "<tool_call><function=add><parameter=a>1</parameter></function></tool_call>",
        "add{\"a\":1} |  | ");
    row("qwen, function not closed", kQwen,
        "<tool_call><function=add><parameter=a>1</parameter></tool_call>", "add{\"a\":1} |  | ");
    row("qwen, no arguments", kQwen, "<tool_call>\n<function=add>\n</function>\n</tool_call>",
        "add{} |  | ");
    row("glm", kGlm,
        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Rome</arg_value>\n"
        "</tool_call>\n<tool_call>add</tool_call>",
        "get_weather{\"city\":\"Rome\"} add{} |  | ");
    row("minimax", kMiniMax,
        "<minimax:tool_call>\n<invoke name=\"add\">\n<parameter name=\"a\">1</parameter>\n"
        "</invoke>\n<invoke name=\"f\">\n</invoke>\n</minimax:tool_call>",
        "add{\"a\":1} f{} |  | ");
    row("deepseek r1", kDeepSeek,
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n```json\n{\"a\": "
        "1}\n"
        "```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        "add{\"a\":1} |  | ");
    row("seed, python's own writing", "<seed:tool_call>",
        "<seed:tool_call>\n<function=get_weather>\n<parameter=units>{'t': ['C', None], 'w': "
        "\"it's\", "
        "'x': 'a\"b\\'c'}</parameter>\n</function>\n</seed:tool_call>",
        "get_weather{\"units\":{\"t\":[\"C\",null],\"w\":\"it's\",\"x\":\"a\\\"b'c\"}} |  | ");
    row("none, our own form", kNone,
        "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>",
        "add{\"a\":1} |  | ");
    row("none, bare", kNone, "{\"name\": \"add\", \"arguments\": {\"a\": 1}}",
        "add{\"a\":1} |  | ");
    row("none, bare list", kNone,
        "[{\"name\": \"add\", \"arguments\": {}}, {\"name\": \"add\", \"arguments\": {}}]",
        "add{} add{} |  | ");
}

void AnswerParserTest::readsCalls() {
    QFETCH(const QString, form);
    QFETCH(const QString, text);
    QFETCH(const QString, expected);
    const AnswerFormat format = answerFormatOf(form.toStdString());
    const Answer answer = heardAnyhow(format, withTools(), text.toStdString());
    QCOMPARE(told(answer), expected);
}

void AnswerParserTest::givesBackWhatIsNoCall_data() {
    QTest::addColumn<QString>("form");
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, const char* form, const char* text) {
        QTest::newRow(name) << QString(form) << QString(text);
    };
    row("a marker alone", kHermes, "<tool_call>");
    row("words in markers", kHermes, "<tool_call>hello</tool_call>");
    row("json without a name", kHermes, "<tool_call>{\"a\": 1}</tool_call>");
    row("no name", kHermes, "<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>");
    row("a number for a name", kHermes, "<tool_call>{\"name\": 3, \"arguments\": {}}</tool_call>");
    row("broken arguments", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": tru}}</tool_call>");
    row("wrong bracket", kHermes, "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": [1}}");
    row("arguments that are none", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": [1]}</tool_call>");
    row("text for arguments", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": \"no\"}</tool_call>");
    row("arguments twice", kHermes,
        "<tool_call>{\"name\": \"add\", \"arguments\": {}, \"parameters\": {}}</tool_call>");
    row("an opener in the words", kHermes, "a <tool_calls> b < c <tool_cal");
    row("an answer in json", kLlama, "{\"city\": \"Rome\", \"name\": \"add\"}");
    row("an unknown tool, bare", kLlama, "{\"name\": \"Anna\", \"parameters\": {}}");
    row("a name and other things, bare", kLlama, "{\"name\": \"add\", \"id\": 3}");
    row("a list", kLlama, "[1, 2, 3]");
    row("json behind words", kLlama, "So: {\"name\": \"add\", \"parameters\": {}}");
    row("python", kLlama, "<|python_tag|>add.call(a=\"1\")");
    row("a tag with words", kNemo, "[TOOL_CALLS] are what it says");
    row("empty list", kNemo, "[TOOL_CALLS][]");
    row("no arguments", kMinistral, "[TOOL_CALLS]add and more");
    row("arguments in a list", kMinistral, "[TOOL_CALLS]add[ARGS][1]");
    row("braces", kGemma4, "<|tool_call>call:f{a:}<tool_call|>");
    row("braces, no key", kGemma4, "<|tool_call>call:f{:1}<tool_call|>");
    row("braces, comma", kGemma4, "<|tool_call>call:f{a:1,}<tool_call|>");
    row("braces, other bracket", kGemma4, "<|tool_call>call:f{a:[1}]<tool_call|>");
    row("braces, no name", kGemma4, "<|tool_call>call:{a:1}<tool_call|>");
    row("tags, no name", kQwen, "<tool_call><function=></function></tool_call>");
    row("tags, text between", kQwen, "<tool_call><function=f>hello</function></tool_call>");
    row("sections", kDeepSeek, "<｜tool▁calls▁begin｜>nothing<｜tool▁calls▁end｜>");
}

void AnswerParserTest::givesBackWhatIsNoCall() {
    QFETCH(const QString, form);
    QFETCH(const QString, text);
    const AnswerFormat format = answerFormatOf(form.toStdString());
    const Answer answer = heardAnyhow(format, withTools(), text.toStdString());
    QCOMPARE(told(answer), "|  | " + text);
}

void AnswerParserTest::givesBackEveryTruncatedCall() {
    const std::pair<const char*, std::string> calls[] = {
        {kHermes, "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": \"ü\"}}"},
        {kNemo, "[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": [1]}}"},
        {kMinistral, "[TOOL_CALLS]add[ARGS]{\"a\": 1}"},
        {kLlama, "{\"name\": \"add\", \"parameters\": {\"a\": 1}}"},
        {kGemma4, "<|tool_call>call:add{a:<|\"|>x<|\"|>,b:[1]}"},
        {kQwen, "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n</function>"},
        {kGlm, "<tool_call>add\n<arg_key>a</arg_key>\n<arg_value>1</arg_value>\n</tool_call>"},
        {kDeepSeek,
         "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n```json\n{\"a\": "
         "1}"},
    };
    for (const auto& [form, call] : calls) {
        const AnswerFormat format = answerFormatOf(form);
        std::string part;
        const std::vector<std::string> letters = characters(call);
        for (size_t i = 0; i + 1 < letters.size(); ++i) {
            part += letters[i];
            const Answer answer = heardAnyhow(format, withTools(), part);
            QCOMPARE(told(answer), "|  | " + shown(part));
        }
        const Answer whole = heardAnyhow(format, withTools(), call);
        QVERIFY(told(whole).startsWith("add{\"a\":"));
    }
}

void AnswerParserTest::tellsThoughtsApart_data() {
    QTest::addColumn<QString>("form");
    QTest::addColumn<bool>("inThought");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const char* form, bool in, const char* text,
                        const char* expected) {
        QTest::newRow(name) << QString(form) << in << QString(text) << QString(expected);
    };
    row("opened by the prompt", kQwen, true, "Hm.\n</think>\n\nYes.", "| Hm. | Yes.");
    row("opened by the model", kQwen, false, "<think>\nHm.\n\nSo.\n</think>\n\nYes.",
        "| Hm.\n\nSo. | Yes.");
    row("empty", kQwen, false, "<think>\n\n</think>\n\nYes.", "|  | Yes.");
    row("without end", kQwen, true, "Hm. <think> </thin", "| Hm. <think> </thin | ");
    row("not at the beginning", kQwen, false, "Say <think>x</think>.",
        "|  | Say <think>x</think>.");
    row("only an end", kQwen, false, "</think>\n\nYes.", "|  | Yes.");
    row("then a call", kQwen, true, "Hm.</think>\n<tool_call><function=add></function></tool_call>",
        "add{} | Hm. | ");
    row("a call in the thought stays there", kQwen, true, "Is it <tool_call>{}?</think>No.",
        "| Is it <tool_call>{}? | No.");
    row("again after a call", kQwen, false,
        "<think>a</think><tool_call><function=add></function></tool_call>\n<think>b</think>c",
        "add{} | ab | c");
    row("no blanks lost inside", kQwen, false, "a\n\n b \n", "|  | a\n\n b \n");
    row("granite", kGranite3, false, "<think>Hm.</think>\n<response>Yes.</response>",
        "| Hm. | Yes.");
    row("magistral", kMinistral, false, "[THINK]Hm.[/THINK]Yes.", "| Hm. | Yes.");
    row("mistral calls out of a thought", kMinistral, true, "Hm.[TOOL_CALLS]add[ARGS]{}",
        "add{} | Hm. | ");
    row("gemma", kGemma4, false, "<|channel>thought\nHm.\n<channel|>Yes.", "| Hm. | Yes.");
    row("gemma, in the midst", kGemma4, false, "So <|channel>thought\nHm.\n<channel|>Yes.",
        "| Hm. | So Yes.");
    row("gemma, a call ends it", kGemma4, true, "Hm.<|tool_call>call:add{}<tool_call|>",
        "add{} | Hm. | ");
    row("granite 3.2", "Here is my thought process: Here is my response:", false,
        "Here is my thought process:\nHm.\nHere is my response: Yes.", "| Hm. | Yes.");
    row("a template that knows none", kNone, false, "<think>Hm.</think>Yes.", "| Hm. | Yes.");
    row("blanks alone", kNone, false, " \n", "|  |  \n");
    row("nothing", kNone, false, "", "|  | ");
}

void AnswerParserTest::tellsThoughtsApart() {
    QFETCH(const QString, form);
    QFETCH(const bool, inThought);
    QFETCH(const QString, text);
    QFETCH(const QString, expected);
    AnswerOptions options = withTools();
    options.inThought = inThought;
    const Answer answer =
        heardAnyhow(answerFormatOf(form.toStdString()), options, text.toStdString());
    QCOMPARE(told(answer), expected);
}

/// Only what may be a marker's beginning waits for what follows.
void AnswerParserTest::passesTextOnAtOnce() {
    AnswerParser parser(answerFormatOf(kHermes), withTools());
    const auto textOf = [&](std::string_view piece) {
        std::string text;
        for (const AnswerEvent& event : parser.push(piece)) {
            if (event.kind == AnswerEvent::Kind::Text) text += event.text;
        }
        return shown(text);
    };
    QCOMPARE(textOf("Well"), QString("Well"));
    QCOMPARE(textOf(" \n"), QString(" \n"));
    QCOMPARE(textOf("a <"), QString("a "));
    QCOMPARE(textOf("tool"), QString(""));
    QCOMPARE(textOf("s> <too"), QString("<tools> "));
    QCOMPARE(textOf("<tool_call"), QString("<too"));
    QCOMPARE(textOf("s"), QString("<tool_calls"));
    QVERIFY(parser.finish().empty());
}

void AnswerParserTest::passesArgumentsOnAtOnce() {
    for (const auto& [form, text] :
         {std::pair(kHermes,
                    "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Ro"),
          std::pair(kMinistral, "[TOOL_CALLS]get_weather[ARGS]{\"city\": \"Ro"),
          std::pair(kGemma4, "<|tool_call>call:get_weather{city:<|\"|>Ro"),
          std::pair(kQwen, "<tool_call><function=get_weather><parameter=city>Ro")}) {
        AnswerParser parser(answerFormatOf(form), withTools());
        std::string arguments, name;
        for (const AnswerEvent& event : parser.push(text)) {
            if (event.kind == AnswerEvent::Kind::CallBegun) name = event.name;
            if (event.kind == AnswerEvent::Kind::CallArguments) arguments += event.text;
        }
        QCOMPARE(shown(name), QString("get_weather"));
        QCOMPARE(shown(arguments).remove(' '), QString("{\"city\":\"Ro"));
        const auto last = parser.finish();
        QCOMPARE(last.size(), size_t{2});
        QVERIFY(last[0].kind == AnswerEvent::Kind::CallWithdrawn);
        QVERIFY(last[1].kind == AnswerEvent::Kind::Text);
        QCOMPARE(shown(last[1].text), QString(text));
    }
}

void AnswerParserTest::withoutToolsCallsAreText() {
    const std::string text = "<tool_call>{\"name\": \"add\", \"arguments\": {}}</tool_call>";
    QCOMPARE(told(heardAnyhow(answerFormatOf(kHermes), {}, text)), "|  | " + shown(text));
}

void AnswerParserTest::idsFitTheForm() {
    const Answer given = heardAnyhow(answerFormatOf(kMistralSmall), withTools(),
                                     "[TOOL_CALLS]add[CALL_ID]Ab3456789[ARGS]{}");
    QCOMPARE(shown(given.calls.at(0).id), QString("Ab3456789"));
    const std::string two = "[TOOL_CALLS]add[ARGS]{}[TOOL_CALLS]add[ARGS]{}";
    const Answer made = heardAnyhow(answerFormatOf(kMinistral), withTools(), two);
    const QRegularExpression nine("^[A-Za-z0-9]{9}$");
    QVERIFY(nine.match(shown(made.calls.at(0).id)).hasMatch());
    QVERIFY(nine.match(shown(made.calls.at(1).id)).hasMatch());
    QVERIFY(made.calls[0].id != made.calls[1].id);
    AnswerOptions other = withTools();
    other.idSeed = 2;
    QVERIFY(heardAnyhow(answerFormatOf(kMinistral), other, two).calls.at(0).id != made.calls[0].id);
    const Answer hermes = heardAnyhow(answerFormatOf(kHermes), withTools(),
                                      "<tool_call>{\"name\": \"add\"}</tool_call>");
    QVERIFY(QRegularExpression("^call_[A-Za-z0-9]{24}$")
                .match(shown(hermes.calls.at(0).id))
                .hasMatch());
}

void AnswerParserTest::keepsWhatTheModelWrote() {
    const std::string call = "<tool_call>\n{ \"name\" : \"add\" , \"arguments\" : { } }";
    const Answer answer =
        heardAnyhow(answerFormatOf(kHermes), withTools(), "So " + call + "\n</tool_call>");
    QCOMPARE(shown(answer.calls.at(0).source), shown(call));
}

/// A megabyte of arguments, of text and of brackets takes time in proportion.
void AnswerParserTest::readsLongAnswers() {
    const std::string large(1 << 20, 'x');
    const AnswerFormat format = answerFormatOf(kHermes);
    const Answer call = heard(
        format, withTools(),
        {"<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": \"", large, "\"}}</tool_call>"});
    QCOMPARE(call.calls.at(0).arguments.size(), large.size() + 9);
    QCOMPARE(heard(format, withTools(), {large}).text.size(), large.size());
    const std::string deep =
        "<tool_call>{\"name\": \"add\", \"arguments\": {\"a\": " + std::string(1 << 20, '[');
    QCOMPARE(heard(format, withTools(), {deep}).text.size(), deep.size());
    const std::string qwen = "<tool_call><function=add><parameter=a>" + large;
    QCOMPARE(heard(answerFormatOf(kQwen), withTools(), {qwen}).text.size(), qwen.size());
}

QTEST_GUILESS_MAIN(AnswerParserTest)
#include "answer_parser_test.moc"
