// What is read from each real template ($ALCOVE_TEST_DATA/templates): the form of its calls, of its
// thoughts, and what it wants of a conversation.
#include "engine/chat/answer_format.h"

#include <QtTest>
#include <algorithm>

#include "tests/engine/chat/given.h"

using namespace alcove::engine;
using namespace alcove::test;

class AnswerFormatTest : public QObject {
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

    void knowsTheFamilies_data();
    void knowsTheFamilies();
    void knowsTheThoughts_data();
    void knowsTheThoughts();
    void seesOpenThoughts_data();
    void seesOpenThoughts();
    void namesThePiecesToShow();
    void takesAnyText();

private:
    AnswerFormat formatOf(const QString& name) const {
        return answerFormatOf(readAll(m_folder + "/" + name + ".jinja"));
    }

    QString m_folder;
};

/// Letters for what a template does: t tools, T tools beside the system message, c calls,
/// p parallel, r results, s system, a arguments as text, n null content.
static QString letters(const TemplateTraits& traits) {
    QString out;
    const auto add = [&](bool is, char letter) {
        if (is) out += QLatin1Char(letter);
    };
    add(traits.tools, 't');
    add(traits.toolsInMessage, 'T');
    add(traits.calls, 'c');
    add(traits.parallel, 'p');
    add(traits.results, 'r');
    add(traits.system, 's');
    add(traits.argumentsAsText, 'a');
    add(traits.nullContent, 'n');
    return out;
}

void AnswerFormatTest::knowsTheFamilies_data() {
    QTest::addColumn<QString>("opener");
    QTest::addColumn<int>("notation");
    QTest::addColumn<QString>("traits");
    const auto row = [](const char* name, const char* opener, CallNotation notation,
                        const char* traits) {
        QTest::newRow(name) << QString(opener) << int(notation) << QString(traits);
    };
    using enum CallNotation;
    row("Qwen-Qwen2.5-7B-Instruct", "<tool_call>", JsonObject, "tcprs");
    row("Qwen-Qwen3-0.6B", "<tool_call>", JsonObject, "tcprs");
    row("NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "<tool_call>", JsonObject, "tcprs");
    row("ibm-granite-granite-4.0", "<tool_call>", JsonObject, "tcprs");
    row("ibm-granite-granite-4.1", "<tool_call>", JsonObject, "tcprs");
    row("ibm-granite-granite-3.3-2B-Instruct", "<|tool_call|>", JsonObject, "trs");
    row("Qwen3-Coder", "<tool_call>", Tagged, "tcprs");
    row("Qwen3.5-4B", "<tool_call>", Tagged, "tcprs");
    row("NVIDIA-Nemotron-3-Nano-30B-A3B-BF16", "<tool_call>", Tagged, "tcprs");
    row("GLM-4.6", "<tool_call>", Tagged, "tcprs");
    row("NVIDIA-Nemotron-Nano-v2", "<TOOLCALL>", JsonObject, "tcprs");
    row("meta-llama-Llama-3.1-8B-Instruct", "<|python_tag|>", JsonObject, "tcrs");
    row("meta-llama-Llama-3.2-3B-Instruct", "<|python_tag|>", JsonObject, "tcrs");
    row("meta-llama-Llama-3.3-70B-Instruct", "<|python_tag|>", JsonObject, "tcrs");
    row("mistralai-Mistral-Nemo-Instruct-2407", "[TOOL_CALLS]", JsonObject, "tcprs");
    row("mistralai-Ministral-3-14B-Reasoning-2512", "[TOOL_CALLS]", NamedJson, "tcprs");
    row("Mistral-Small-3.2-24B-Instruct-2506", "[TOOL_CALLS]", NamedJson, "tcprs");
    row("unsloth-mistral-Devstral-Small-2507", "[TOOL_CALLS]", NamedJson, "tcprs");
    row("google-gemma-4-31B-it", "<|tool_call>", Braces, "tcprs");
    row("google-gemma-4-31B-it-interleaved", "<|tool_call>", Braces, "tcprs");
    row("google-gemma-2-2b-it", "", JsonObject, "");
    row("microsoft-Phi-3.5-mini-instruct", "", JsonObject, "s");
    row("HuggingFaceTB-SmolLM3-3B", "", JsonObject, "rs");
    row("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "<｜tool▁calls▁begin｜>", NamedJson, "cprs");
    row("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "<｜tool▁calls▁begin｜>", NamedJson, "cprsan");
}

void AnswerFormatTest::knowsTheFamilies() {
    QFETCH(const QString, opener);
    QFETCH(const int, notation);
    QFETCH(const QString, traits);
    const AnswerFormat format = formatOf(QTest::currentDataTag());
    const CallSyntax& calls = format.calls;
    const std::string& marker = calls.sectionOpen.empty() ? calls.callOpen : calls.sectionOpen;
    QCOMPARE(QString::fromStdString(format.callsDeclared ? marker : ""), opener);
    QCOMPARE(int(calls.notation), notation);
    QCOMPARE(letters(format.traits), traits);
    QCOMPARE(format.idLength, size_t(opener == "[TOOL_CALLS]" ? 9 : 0));
}

void AnswerFormatTest::knowsTheThoughts_data() {
    QTest::addColumn<QString>("open");
    const auto row = [](const char* name, const char* open) {
        QTest::newRow(name) << QString(open);
    };
    row("Qwen-Qwen3-0.6B", "<think>");
    row("Qwen3.5-4B", "<think>");
    row("Qwen-Qwen2.5-7B-Instruct", "");
    row("ibm-granite-granite-3.3-2B-Instruct", "<think>");
    row("HuggingFaceTB-SmolLM3-3B", "<think>");
    row("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "<think>");
    row("mistralai-Ministral-3-14B-Reasoning-2512", "[THINK]");
    row("Mistral-Small-3.2-24B-Instruct-2506", "");
    row("google-gemma-4-31B-it", "<|channel>thought\n");
    row("google-gemma-2-2b-it", "");
    row("NVIDIA-Nemotron-Nano-v2", "<think>");
    row("Apriel-1.6-15b-Thinker-fixed", "Here are my reasoning steps:");
    row("ByteDance-Seed-OSS", "<seed:think>");
    row("CohereForAI-c4ai-command-r7b-12-2024-tool_use", "<|START_THINKING|>");
}

void AnswerFormatTest::knowsTheThoughts() {
    QFETCH(const QString, open);
    const ThoughtSyntax thought = formatOf(QTest::currentDataTag()).thought;
    QCOMPARE(thought.declared, !open.isEmpty());
    QCOMPARE(QString::fromStdString(thought.open), open.isEmpty() ? QString("<think>") : open);
    QVERIFY(thought.closing.find(thought.close) != std::string::npos);
}

void AnswerFormatTest::seesOpenThoughts_data() {
    QTest::addColumn<int>("thinking");  // of the template; -1 for its default
    QTest::addColumn<bool>("opens");
    const auto row = [](const char* name, int thinking, bool opens) {
        QTest::addRow("%s %d", name, thinking) << thinking << opens;
    };
    row("Qwen3.5-4B", -1, true);
    row("Qwen3.5-4B", 0, false);
    row("Qwen-Qwen3-0.6B", -1, false);
    row("Qwen-Qwen3-0.6B", 0, false);
    row("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", -1, true);
    row("NVIDIA-Nemotron-Nano-v2", -1, true);
    row("google-gemma-4-31B-it", 0, false);
    row("google-gemma-4-31B-it", 1, false);
    row("Apriel-1.6-15b-Thinker-fixed", -1, true);
    row("ibm-granite-granite-4.0", -1, false);
}

void AnswerFormatTest::seesOpenThoughts() {
    QFETCH(const int, thinking);
    QFETCH(const bool, opens);
    const QString name = QString(QTest::currentDataTag()).section(' ', 0, 0);
    ChatInput input = inputOf(Json::object());
    input.messages.push_back({{"role", "user"}, {"content", "Hello"}});
    if (thinking >= 0) input.enableThinking = thinking == 1;
    const auto parsed = ChatTemplate::parse(readAll(m_folder + "/" + name + ".jinja"));
    QVERIFY(parsed.ok());
    const auto prompt = parsed->render(input);
    QVERIFY(prompt.ok());
    QCOMPARE(opensThought(formatOf(name), *prompt), opens);
}

void AnswerFormatTest::namesThePiecesToShow() {
    const auto shows = [](const AnswerFormat& format, const char* piece) {
        const auto pieces = format.shownPieces();
        return std::ranges::count(pieces, std::string(piece)) == 1;
    };
    const AnswerFormat gemma = formatOf("google-gemma-4-31B-it");
    for (const char* piece :
         {"<|tool_call>", "<tool_call|>", "<|\"|>", "<|channel>", "<channel|>"}) {
        QVERIFY2(shows(gemma, piece), piece);
    }
    QCOMPARE(gemma.endPieces, std::vector<std::string>{"<|tool_response>"});
    const AnswerFormat mistral = formatOf("Mistral-Small-3.2-24B-Instruct-2506");
    for (const char* piece : {"[TOOL_CALLS]", "[CALL_ID]", "[ARGS]"}) {
        QVERIFY2(shows(mistral, piece), piece);
    }
    QVERIFY(shows(formatOf("ibm-granite-granite-3.3-2B-Instruct"), "<|tool_call|>"));
    QVERIFY(shows(formatOf("meta-llama-Llama-3.1-8B-Instruct"), "<|python_tag|>"));
    QVERIFY(shows(formatOf("Qwen-Qwen3-0.6B"), "</tool_call>"));
    QVERIFY(shows(formatOf("Qwen-Qwen3-0.6B"), "</think>"));
    const AnswerFormat deepSeek = formatOf("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B");
    for (const char* piece : {"<｜tool▁calls▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"}) {
        QVERIFY2(shows(deepSeek, piece), piece);
    }
}

void AnswerFormatTest::takesAnyText() {
    for (const char* source : {"", "{% if %}", "plain", "{{ raise_exception('no') }}"}) {
        const AnswerFormat format = answerFormatOf(source);
        QVERIFY(!format.callsDeclared);
        QCOMPARE(letters(format.traits), QString());
    }
}

QTEST_GUILESS_MAIN(AnswerFormatTest)
#include "answer_format_test.moc"
