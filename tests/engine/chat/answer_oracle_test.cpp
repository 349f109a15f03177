// The oracle is each model's own template ($ALCOVE_TEST_DATA/templates): what it writes for an
// assistant's calls must be read back as the same calls.
#include <QtTest>

#include "engine/chat/messages.h"
#include "tests/engine/chat/answers.h"

using namespace alcove::engine;
using namespace alcove::test;

class AnswerOracleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        qputenv("TZ", "UTC");
        const QString data = qEnvironmentVariable("ALCOVE_TEST_DATA");
        m_folder = data + "/templates";
        if (data.isEmpty() || !QDir(m_folder).exists()) {
            QSKIP("needs templates/ in ALCOVE_TEST_DATA");
        }
    }

    void readsWhatTheTemplateWrites_data();
    void readsWhatTheTemplateWrites();
    void rendersEveryConversation_data() { readsWhatTheTemplateWrites_data(); }
    void rendersEveryConversation();

private:
    struct Rendered {
        std::string prompt, answer;
    };

    static Json call(const std::string& id, const std::string& name, const Json& arguments) {
        return {{"id", id},
                {"type", "function"},
                {"function", {{"name", name}, {"arguments", arguments.dump()}}}};
    }

    static Json calling(const Json& calls) {
        return {{"role", "assistant"}, {"content", ""}, {"tool_calls", calls}};
    }

    static Json user() { return {{"role", "user"}, {"content", "How will it be?"}}; }

    std::string source(const QString& name) const { return readAll(m_folder + "/" + name); }

    /// What the template writes for the assistant's message, and what stands before it.
    static alcove::Result<Rendered> render(const std::string& source, const AnswerFormat& format,
                                           const Json& assistant) {
        ALCOVE_TRY(const ChatTemplate parsed, ChatTemplate::parse(source));
        ALCOVE_TRY(const Conversation asked,
                   normaliseMessages(Json::array({user()}), weatherTools(), format));
        ALCOVE_TRY(const Conversation told,
                   normaliseMessages(Json::array({user(), assistant}), weatherTools(), format));
        const Json nothing = {{"role", "assistant"}, {"content", "zqnothing"}};
        ALCOVE_TRY(const Conversation plain,
                   normaliseMessages(Json::array({user(), nothing}), weatherTools(), format));
        ChatInput input = inputOf(Json::object());
        input.tools = told.tools;
        input.messages = asked.messages;
        ALCOVE_TRY(std::string prompt, parsed.render(input));
        input.addGenerationPrompt = false;
        input.messages = told.messages;
        ALCOVE_TRY(const std::string whole, parsed.render(input));
        input.messages = plain.messages;
        ALCOVE_TRY(const std::string other, parsed.render(input));
        // The answer is where both conversations part from the prompt; its end is what also ends
        // an answer without calls.
        size_t begin = 0;
        while (begin < prompt.size() && begin < whole.size() && prompt[begin] == whole[begin]) {
            ++begin;
        }
        // … but not within a marker.
        const size_t opener = whole.rfind('<', begin - 1);
        if (opener != std::string::npos && whole.find('>', opener) >= begin) begin = opener;
        const std::string end = other.substr(other.rfind("zqnothing") + 9);
        Rendered made{whole.substr(0, begin), whole.substr(begin)};
        if (made.answer.ends_with(end)) made.answer.resize(made.answer.size() - end.size());
        return made;
    }

    QString m_folder;
};

void AnswerOracleTest::readsWhatTheTemplateWrites_data() {
    QTest::addColumn<QString>("name");
    for (const QString& name : QDir(m_folder).entryList({"*.jinja"})) {
        QTest::newRow(qPrintable(name)) << name;
    }
}

void AnswerOracleTest::readsWhatTheTemplateWrites() {
    QFETCH(const QString, name);
    const AnswerFormat format = answerFormatOf(source(name));
    // Forms of models that are not among those to be supported; their calls stay text.
    static const QStringList foreign = {"Apertus-8B-Instruct.jinja",
                                        "GigaChat3-10B-A1.8B.jinja",
                                        "GigaChat3.1-10B-A1.8B.jinja",
                                        "Kimi-K3.jinja",
                                        "LFM2.5-8B-A1B.jinja",
                                        "MiniMax-M3.jinja",
                                        "deepseek-ai-DeepSeek-V3.2.jinja",
                                        "deepseek-ai-DeepSeek-V4-Flash-0731.jinja",
                                        "deepseek-ai-DeepSeek-V4.jinja",
                                        "meetkai-functionary-medium-v3.2.jinja",
                                        "muse-glimmer.jinja",
                                        "openai-gpt-oss-120b.jinja",
                                        "tencent-Hy3.jinja",
                                        "upstage-Solar-Open-100B.jinja",
                                        "fireworks-ai-llama-3-firefunction-v2.jinja",
                                        "CohereForAI-c4ai-command-r-plus-tool_use.jinja",
                                        "openbmb-MiniCPM5-1B.jinja"};
    const Json weather = Json::parse(
        R"({"city": "Köln \"am\" Rhein\n</b>, {x}", "days": 3, "exact": true, "rain": 1.5,
            "units": {"t": ["C", 1], "w": {}}, "hours": [6, 12]})");
    const Json sum = {{"a", -2}, {"b", 3.25}};
    const auto one = Json::array({call("abcdefgh1", "get_weather", weather)});
    auto two = one;
    two.push_back(call("abcdefgh2", "add", sum));
    for (const Json& calls : {one, two}) {
        if (calls.size() > 1 && format.traits.calls && !format.traits.parallel) continue;
        const auto rendered = render(source(name), format, calling(calls));
        if (!rendered && foreign.contains(name)) return;
        QVERIFY2(rendered.ok(), rendered.ok() ? "" : rendered.message().c_str());
        AnswerOptions options = withTools();
        options.inThought = opensThought(format, rendered->prompt);
        const Answer answer = heardAnyhow(format, options, rendered->answer);
        const std::string shown = alcove::concat(rendered->answer, "\n---\n", answer.story);
        if (foreign.contains(name)) {
            QVERIFY2(answer.calls.empty(), shown.c_str());
            return;
        }
        QVERIFY2(answer.calls.size() == calls.size(), shown.c_str());
        for (size_t i = 0; i < calls.size(); ++i) {
            const Json& expected = calls[i]["function"];
            const Call& got = answer.calls[i];
            QVERIFY2(got.ended && got.name == expected["name"].get<std::string>(), shown.c_str());
            const Json arguments = Json::parse(got.arguments, nullptr, false);
            const Json wanted = Json::parse(expected["arguments"].get<std::string>());
            // As values: some templates sort the keys.
            QVERIFY2(nlohmann::json(arguments) == nlohmann::json(wanted), shown.c_str());
            QVERIFY2(!got.id.empty() && (format.idLength == 0 || got.id.size() == format.idLength),
                     got.id.c_str());
        }
        // Markers of the turn's end may follow.
        const QString rest =
            QString::fromStdString(answer.text).remove(QRegularExpression("<[^<>{}]*>")).trimmed();
        QVERIFY2(rest.isEmpty(), shown.c_str());
        QVERIFY2(answer.thought.empty(), shown.c_str());
    }
}

/// A whole conversation goes through every template, whether it knows tools or not, and the model
/// is told of the tools, of what it called and of what came of it.
void AnswerOracleTest::rendersEveryConversation() {
    QFETCH(const QString, name);
    const auto parsed = ChatTemplate::parse(source(name));
    if (!parsed) QSKIP("uses what no sandbox allows");
    const AnswerFormat format = answerFormatOf(source(name));
    const Json calls = Json::array({call("first", "get_weather", {{"city", "zqcity"}}),
                                    call("second", "add", {{"a", 1}, {"b", 77321}})});
    const Json messages =
        Json::array({user(),
                     calling(calls),
                     {{"role", "tool"}, {"tool_call_id", "second"}, {"content", "zqsum"}},
                     {{"role", "tool"}, {"tool_call_id", "first"}, {"content", "zqsun"}}});
    const auto conversation = normaliseMessages(messages, weatherTools(), format);
    QVERIFY2(conversation.ok(), conversation.ok() ? "" : conversation.message().c_str());
    ChatInput input = inputOf(Json::object());
    input.messages = conversation->messages;
    input.tools = conversation->tools;
    const auto text = parsed->render(input);
    if (name.contains("command-r-plus") || name.contains("firefunction")) {
        // They want variables, and schemas with words, that are their makers' own.
        QVERIFY(!text.ok());
        return;
    }
    QVERIFY2(text.ok(), text.ok() ? "" : text.message().c_str());
    for (const char* word : {"A sum", "zqcity", "77321", "zqsum", "zqsun"}) {
        QVERIFY2(text->find(word) != std::string::npos,
                 alcove::concat(word, " is not in\n", *text).c_str());
    }
}

QTEST_MAIN(AnswerOracleTest)
#include "answer_oracle_test.moc"
