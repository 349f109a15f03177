// Calls of tools in every family's form, written by chance: whatever comes is read back by the
// parser as calls, and jsonschema finds their arguments valid.
#include <QtTest>

#include "app/generation/recently_made.h"
#include "engine/chat/call_shape.h"
#include "tests/app/generation/letters.h"
#include "tests/app/generation/tools.h"
#include "tests/engine/chat/answers.h"

using namespace alcove;
using namespace alcove::engine;
using namespace alcove::test;
using namespace alcove::app;
using GrammarPtr = std::shared_ptr<const Grammar>;

namespace {

CallConstraint constraintOf(const AnswerFormat& format, ToolChoice choice,
                            std::string_view named = {}) {
    auto made = constrainCalls(format, kTools, choice, named);
    if (!made) qFatal("%s", made.message().c_str());
    return *made;
}

std::shared_ptr<const CallGrammars> grammarsOf(const Writer& writer, CallConstraint calls) {
    auto made = CallGrammars::create(writer.format, std::move(calls),
                                     writer.constraints->vocabulary().controls());
    if (!made) qFatal("%s", made.message().c_str());
    return *made;
}

Answer readBack(const AnswerFormat& format, const std::string& text) {
    AnswerOptions options;
    options.tools = kTools;
    return heard(format, options, {text});
}

}  // namespace

class CallGrammarTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QFile m_answers;
    int m_count = 0;
    QString m_python;

    void forms() {
        QTest::addColumn<QString>("form");
        for (const auto& [name, form] :
             {std::pair("hermes", "<tool_call>"), std::pair("qwen 3.5", "<tool_call> <function="),
              std::pair("glm", "<tool_call> <arg_key>"),
              std::pair("minimax", "<minimax:tool_call>"), std::pair("granite", "<|tool_call|>"),
              std::pair("phi 4 mini", "<|tool|> <|/tool|>"),
              std::pair("llama 3", "\"name\": \"parameters\": <|python_tag|>"),
              std::pair("mistral nemo", "[TOOL_CALLS]"),
              std::pair("ministral", "[TOOL_CALLS] [ARGS]"), std::pair("nemotron", "<TOOLCALL>"),
              std::pair("gemma 4", "<|tool_call> <|\"|>"),
              std::pair("function gemma", "<start_function_call>"),
              std::pair("deepseek", "<｜tool▁calls▁begin｜>"),
              std::pair("kimi", "<|tool_calls_section_begin|>"),
              std::pair("cohere", "<|START_ACTION|>"), std::pair("functionary", "<function="),
              std::pair("apriel", "<tool_calls>"), std::pair("our own", "")})
            QTest::newRow(name) << QString(form);
    }

    void keep(const Answer& answer, const std::string& text) {
        QVERIFY2(!answer.calls.empty(), text.c_str());
        for (const Call& call : answer.calls) {
            const Json* tool = findTool(kTools, call.name);
            QVERIFY2(call.ended && tool, (text + "\n---\n" + answer.story).c_str());
            Json schema = tool->value("parameters", Json{{"type", "object"}});
            m_answers.write(QByteArray::fromStdString(
                Json{{"schema", schema}, {"answer", call.arguments}}.dump() + "\n"));
            ++m_count;
        }
    }

private slots:
    void initTestCase() {
        m_python = qEnvironmentVariable("ALCOVE_TEST_DATA") + "/venv/bin/python";
        if (!QFile::exists(m_python)) QSKIP("needs venv/bin/python in ALCOVE_TEST_DATA");
        m_answers.setFileName(m_folder.filePath("answers.jsonl"));
        QVERIFY(m_answers.open(QIODevice::WriteOnly));
    }

    void requiredCallsAreCalls_data() { forms(); }
    void requiredCallsAreCalls() {
        QFETCH(const QString, form);
        const Writer writer(answerFormatOf(form.toStdString()));
        const auto grammars = grammarsOf(writer, constraintOf(writer.format, ToolChoice::Required));
        int whole = 0, several = 0;
        for (uint32_t seed = 0; seed < 40; ++seed) {
            AnswerRules rules;
            rules.constraints = writer.constraints;
            rules.form = grammars->whole();
            Chance chance(writer, rules, seed);
            chance.finish(6000);
            if (!chance.ended) continue;
            ++whole;
            const Answer answer = readBack(writer.format, chance.text);
            QVERIFY2(answer.text.empty(), (chance.text + "\n---\n" + answer.story).c_str());
            several += answer.calls.size() > 1 ? 1 : 0;
            keep(answer, chance.text);
            if (QTest::currentTestFailed()) return;
        }
        QVERIFY2(whole >= 20, QByteArray::number(whole));
        QVERIFY2(several >= 5, QByteArray::number(several));
    }

    void aNamedToolIsCalledOnce_data() { forms(); }
    void aNamedToolIsCalledOnce() {
        QFETCH(const QString, form);
        const Writer writer(answerFormatOf(form.toStdString()));
        const auto grammars =
            grammarsOf(writer, constraintOf(writer.format, ToolChoice::Named, "book"));
        for (uint32_t seed = 0; seed < 10; ++seed) {
            AnswerRules rules;
            rules.constraints = writer.constraints;
            rules.form = grammars->whole();
            Chance chance(writer, rules, seed);
            chance.mayChooseEnd = false;  // it ends by itself
            chance.finish(6000);
            QVERIFY(chance.ended);
            const Answer answer = readBack(writer.format, chance.text);
            QCOMPARE(answer.calls.size(), size_t{1});
            QCOMPARE(answer.calls[0].name, std::string("book"));
            keep(answer, chance.text);
            if (QTest::currentTestFailed()) return;
        }
    }

    /// Text comes first; from where a call begins, the grammar holds.
    void aFreeAnswerIsHeldFromItsCallOn_data() { forms(); }
    void aFreeAnswerIsHeldFromItsCallOn() {
        QFETCH(const QString, form);
        const Writer writer(answerFormatOf(form.toStdString()));
        const CallConstraint calls = constraintOf(writer.format, ToolChoice::Auto);
        const CallSyntax& syntax = writer.format.calls;
        const std::string marker = !syntax.sectionOpen.empty() ? syntax.sectionOpen
                                   : !syntax.callOpen.empty()  ? syntax.callOpen
                                                               : syntax.nameOpen;
        const auto grammars = grammarsOf(writer, calls);
        for (uint32_t seed = 0; seed < 20; ++seed) {
            AnswerRules rules = writer.rules(kTools);
            rules.calls = grammars;
            Chance chance(writer, rules, seed);
            // What may stand in any answer.
            const std::string words = seed % 2 == 0 ? "It is < 3, [so] \"look\": " : "";
            QVERIFY2(chance.write(words), chance.text.c_str());
            if (seed % 3 == 0) {  // by a token that goes on
                for (Token token = 1; token < writer.tokenizer->size(); ++token) {
                    const std::string piece = writer.tokenizer->piece(token, true);
                    if (piece.size() <= marker.size() || !piece.starts_with(marker)) continue;
                    if (chance.write(token)) break;
                }
            }
            if (chance.text == words) QVERIFY2(chance.write(marker), chance.text.c_str());
            chance.mayChooseEnd = true;
            chance.finish(6000);
            if (!chance.ended) continue;
            const Answer answer = readBack(writer.format, chance.text);
            QVERIFY2(answer.text == words, (chance.text + "\n---\n" + answer.story).c_str());
            keep(answer, chance.text);
            if (QTest::currentTestFailed()) return;
        }
    }

    /// Calls without markers are known by their tool's name; other JSON is an answer like any.
    void bareCallsAreKnownByTheirName() {
        const Writer writer(answerFormatOf("\"name\": \"parameters\": <|python_tag|>"));
        const auto grammars = grammarsOf(writer, constraintOf(writer.format, ToolChoice::Auto));
        for (const char* begun :
             {"{\"name\": \"book\"", "{\"name\":\"book\"",
              " [{\"type\": \"function\", \"name\": \"now\"", "{\"function\": \"say-it\""}) {
            for (uint32_t seed = 0; seed < 8; ++seed) {
                AnswerRules rules = writer.rules(kTools);
                rules.calls = grammars;
                Chance chance(writer, rules, seed);
                QVERIFY2(chance.write(begun), chance.text.c_str());
                chance.finish(6000);
                if (!chance.ended) continue;
                keep(readBack(writer.format, chance.text), chance.text);
                if (QTest::currentTestFailed()) return;
            }
        }
        AnswerRules rules = writer.rules(kTools);
        rules.calls = grammars;
        for (const char* free : {"{\"name\": \"John\", \"age\": 3} and more", "{\"a\": [1, 2",
                                 "[1, {\"name\": 3", "{\"id\": \"x\", \"name\": \"bookend\"}"}) {
            Chance chance(writer, rules, 1);
            QVERIFY2(chance.write(free), chance.text.c_str());
        }
        // Arguments before the name were held to nothing: the tool cannot be named any more.
        Chance chance(writer, rules, 1);
        QVERIFY2(chance.write("{\"parameters\": {\"city\": 5}, \"name\": \"book"),
                 chance.text.c_str());
        QVERIFY(!chance.write("\""));
        QVERIFY(chance.write("x\""));
    }

    void aTokenThatGoesOnBadlyIsRefused() {
        const Writer writer(answerFormatOf("<tool_call>"));
        AnswerRules rules = writer.rules(kTools);
        rules.calls = grammarsOf(writer, constraintOf(writer.format, ToolChoice::Auto));
        Chance chance(writer, rules, 1);
        QVERIFY(chance.write("Hm. "));
        QVERIFY(!chance.write(writer.tokenizer->find("<tool_call>x")));
        QVERIFY(!chance.write(writer.tokenizer->find("<tool_call>[")));
        QCOMPARE(chance.text, std::string("Hm. "));
        QVERIFY(chance.write(writer.tokenizer->find("<tool_call>\n{\"nam")));
        QVERIFY(chance.write("e\": \"now\", \"arguments\": {"));
        QVERIFY(!chance.write("]"));
    }

    /// In a string, a control token is no text.
    void markersAreNoText() {
        const Writer writer(answerFormatOf("[TOOL_CALLS]"));
        AnswerRules rules;
        rules.constraints = writer.constraints;
        rules.form =
            grammarsOf(writer, constraintOf(writer.format, ToolChoice::Named, "say-it"))->whole();
        Chance chance(writer, rules, 1);
        const Token marker = writer.tokenizer->find("[TOOL_CALLS]");
        QVERIFY(writer.tokenizer->isControl(marker));
        QVERIFY2(!chance.write(writer.tokenizer->find("[")), "the marker by its letters");
        QVERIFY(chance.write(marker));
        QVERIFY(chance.write("[{\"name\": \"say-it\", \"arguments\": {\"text\": \"it is "));
        QVERIFY(!chance.write(marker));
        QVERIFY(chance.write("fine"));
    }

    void onlyOneCallWhereOneIsAskedFor() {
        const Writer writer(answerFormatOf("<tool_call>"));
        CallConstraint calls = constraintOf(writer.format, ToolChoice::Required);
        calls.several = false;
        AnswerRules rules;
        rules.constraints = writer.constraints;
        rules.form = grammarsOf(writer, calls)->whole();
        for (uint32_t seed = 0; seed < 10; ++seed) {
            Chance chance(writer, rules, seed);
            chance.mayChooseEnd = false;
            chance.finish(6000);
            if (chance.ended)
                QCOMPARE(readBack(writer.format, chance.text).calls.size(), size_t{1});
        }
    }

    /// Where a form is asked for and tools are there, too, an answer is one or the other.
    void aFormOrCalls() {
        const Json schema = {{"type", "object"},
                             {"properties", {{"sure", {{"type", "boolean"}}}}},
                             {"required", Json::array({"sure"})}};
        const auto form = Grammar::fromJsonSchema(schema);
        QVERIFY(form.ok());
        for (const char* family : {"<tool_call>", "\"name\": \"parameters\": ", "[TOOL_CALLS]"}) {
            const Writer writer(answerFormatOf(family));
            const auto grammars =
                CallGrammars::create(writer.format, constraintOf(writer.format, ToolChoice::Auto),
                                     writer.constraints->vocabulary().controls(), *form);
            QVERIFY(grammars.ok());
            int forms = 0, calls = 0;
            for (uint32_t seed = 0; seed < 60; ++seed) {
                AnswerRules rules;
                rules.constraints = writer.constraints;
                rules.form = (*grammars)->whole();
                Chance chance(writer, rules, seed);
                chance.finish(6000);
                if (!chance.ended) continue;
                const Answer answer = readBack(writer.format, chance.text);
                ++(answer.calls.empty() ? forms : calls);
                if (!answer.calls.empty()) {
                    keep(answer, chance.text);
                    continue;
                }
                m_answers.write(QByteArray::fromStdString(
                    Json{{"schema", schema}, {"answer", answer.text}}.dump() + "\n"));
                ++m_count;
            }
            QVERIFY2(forms > 3 && calls > 3, family);
        }
    }

    void whatCannotBeKept() {
        Json tools = Json::parse(R"([{"type": "function", "function": {"name": "f", "parameters":
            {"type": "object", "properties": {"a": {"not": {"const": 3}}}, "required": ["a"]}}}])");
        for (const char* form : {"<tool_call>", "<tool_call> <function=", "<|tool_call> <|\"|>"}) {
            const Writer writer(answerFormatOf(form));
            const auto create = [&] {
                return CallGrammars::create(
                    writer.format, *constrainCalls(writer.format, tools, ToolChoice::Required),
                    writer.constraints->vocabulary().controls());
            };
            tools[0]["function"]["strict"] = true;
            const auto refused = create();
            QVERIFY(!refused.ok());
            QVERIFY2(QString::fromStdString(refused.message()).contains("the tool f"),
                     refused.message().c_str());
            tools[0]["function"]["strict"] = false;
            QVERIFY(create().ok());
        }
    }

    void whatWasFoundOutIsKept() {
        const Writer writer(answerFormatOf("<tool_call>"));
        std::vector<GrammarPtr> grammars;
        for (int i = 0; i < 40; ++i)
            grammars.push_back(*Grammar::fromGbnf("root ::= \"" + std::to_string(i) + "\" [a-z]*"));
        for (int round = 0; round < 2; ++round)
            for (const GrammarPtr& grammar : grammars) {
                auto one = writer.constraints->take(grammar, true);
                std::vector<float> logits(static_cast<size_t>(writer.tokenizer->size()), 0.0f);
                QVERIFY(one->mask(logits).ok());
                writer.constraints->giveBack(grammar, std::move(one));
            }
        QCOMPARE(writer.constraints->kept(), ConstraintPool::kMostKept);
        auto one = writer.constraints->take(grammars.back(), true);
        QVERIFY(one->bytes() > 0);
        QCOMPARE(writer.constraints->kept(), ConstraintPool::kMostKept - 1);
        QVERIFY(!one->mayEnd());  // it begins anew
    }

    void whatIsMadeOfATextIsMadeOnce() {
        RecentlyMade<Grammar> recently;
        int made = 0;
        const auto make = [&] {
            ++made;
            return Grammar::fromGbnf("root ::= \"x\"");
        };
        const auto first = recently.get("a", make);
        QVERIFY(first.ok() && *first == *recently.get("a", make));
        QCOMPARE(made, 1);
        for (size_t i = 0; i < RecentlyMade<Grammar>::kMost; ++i)
            QVERIFY(recently.get(std::to_string(i), make).ok());
        made = 0;
        QVERIFY(recently.get("a", make).ok());  // others came meanwhile
        QCOMPARE(made, 1);
        QVERIFY(!recently.get("bad", [] { return Grammar::fromGbnf("("); }).ok());
        const std::string large(RecentlyMade<Grammar>::kLongestKey + 1, 'x');
        made = 0;
        QVERIFY(recently.get(large, make).ok() && recently.get(large, make).ok());
        QCOMPARE(made, 2);
    }

    void argumentsAreValid() {
        m_answers.close();
        QVERIFY(m_count > 1000);
        QProcess process;
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(m_python, {ALCOVE_GRAMMAR_TESTS "/check_answers.py", m_answers.fileName()});
        QVERIFY(process.waitForFinished(300'000));
        const QByteArray said = process.readAll();
        QVERIFY2(said.contains(QByteArray::number(m_count) + " answers, 0 not valid"),
                 said.left(6000));
    }
};

QTEST_APPLESS_MAIN(CallGrammarTest)
#include "call_grammar_test.moc"
