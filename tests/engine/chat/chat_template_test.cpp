// The template language against goldens of jinja2, the interface, and what bounds a render.
#include "engine/chat/chat_template.h"

#include <QtTest>
#include <thread>

#include "engine/chat/jinja/render.h"
#include "engine/gguf/writer.h"
#include "tests/engine/chat/given.h"

using namespace alcove::engine;
using namespace alcove::test;

class ChatTemplateTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { qputenv("TZ", "UTC"); }

    void rendersAsJinja2_data() {
        QTest::addColumn<QString>("source");
        QTest::addColumn<bool>("fails");
        QTest::addColumn<QByteArray>("expected");
        const Json file = readJson(ALCOVE_CHAT_DATA "/goldens.json");
        m_input = inputOf(file["variables"]);
        int row = 0;
        for (const Json& golden : file["goldens"]) {
            const QString source = QString::fromStdString(golden[0].get<std::string>());
            const bool fails = golden[1].is_null();
            QTest::addRow("%d %s", row++, qPrintable(source.left(60)))
                << source << fails
                << QByteArray::fromStdString(fails ? std::string() : golden[1].get<std::string>());
        }
    }

    void rendersAsJinja2() {
        QFETCH(const QString, source);
        QFETCH(const bool, fails);
        QFETCH(const QByteArray, expected);
        const auto made = jinja::render(source.toStdString(), m_input, jinja::Limits{});
        if (fails) {
            QVERIFY2(!made.ok(), made.ok() ? made->c_str() : "");
            QVERIFY(made.message().starts_with("chat template"));
        } else {
            QVERIFY2(made.ok(), made.ok() ? "" : made.message().c_str());
            QCOMPARE(QByteArray::fromStdString(*made), expected);
        }
    }

    void errorsNameTheLine_data() {
        QTest::addColumn<QByteArray>("source");
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("syntax")
            << QByteArray("a\nb\n{% if %}")
            << QByteArray("chat template, line 3: expected an expression but found %}");
        QTest::newRow("unclosed")
            << QByteArray("\n{% for x in y %}\n")
            << QByteArray("the template ends inside {% for %}: {% endfor %} is missing");
        QTest::newRow("raised") << QByteArray("a\n{{ raise_exception('no tools') }}")
                                << QByteArray("chat template, line 2: no tools");
        QTest::newRow("undefined")
            << QByteArray("\n\n{{ a.b }}") << QByteArray("chat template, line 3: 'a' is undefined");
        QTest::newRow("refused") << QByteArray("{% include 'x' %}")
                                 << QByteArray("{% include %} is not supported in chat templates");
        QTest::newRow("filter") << QByteArray("{{ 1 | nix }}")
                                << QByteArray("there is no filter named nix");
        QTest::newRow("immutable") << QByteArray("{{ [].append(1) }}")
                                   << QByteArray("a list can not be changed in a chat template");
    }

    void errorsNameTheLine() {
        QFETCH(const QByteArray, source);
        QFETCH(const QByteArray, message);
        const auto made = jinja::render(source.toStdString(), {}, jinja::Limits{});
        QVERIFY(!made.ok());
        QVERIFY2(QByteArray::fromStdString(made.message()).contains(message),
                 made.message().c_str());
    }

    void staysWithinItsLimits_data() {
        QTest::addColumn<QByteArray>("source");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char* name, const char* source, const char* message) {
            QTest::newRow(name) << QByteArray(source) << QByteArray(message);
        };
        row("range", "{% for x in range(10**12) %}{% endfor %}", "at most 100000 are allowed");
        row("loops",
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "steps");
        row("repetition", "{{ 'x' * 10**12 }}", "too large");
        row("doubling text",
            "{% set n = namespace(s='xxxxxxxx') %}{% for i in range(64) %}{% set n.s = n.s ~ n.s "
            "%}{% endfor %}",
            "MiB");
        row("doubling lists",
            "{% set n = namespace(l=[1]) %}{% for i in range(64) %}{% set n.l = n.l + n.l %}{% "
            "endfor %}",
            "MiB");
        row("nested doubling",
            "{% set n = namespace(l=[]) %}{% for i in range(64) %}{% set n.l = [n.l, n.l] %}{% "
            "endfor %}{{ n.l }}",
            "");
        row("nested comparison",
            "{% set n = namespace(a=[], b=[]) %}{% for i in range(64) %}{% set n.a = [n.a, n.a] %}"
            "{% set n.b = [n.b, n.b] %}{% endfor %}{{ n.a == n.b }}",
            "steps");
        row("deep value",
            "{% set n = namespace(l=[]) %}{% for i in range(9999) %}{% set n.l = [n.l] %}{% endfor "
            "%}{{ n.l }}",
            "too deep");
        row("endless macro", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "too deep");
        row("endless loop()", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "too deep");
        row("namespace in itself", "{% set n = namespace() %}{% set n.n = n %}{{ n }}", "too deep");
        row("wide field", "{{ '%999999999d' % 1 }}", "too large");
        row("wide braces", "{{ '{:999999999}'.format(1) }}", "too large");
        row("replacement", "{{ ('a' * 100000) | replace('a', 'b' * 100000) }}", "large");
        row("output", "{% set x = 'x' * 10000000 %}{% for i in range(99) %}{{ x }}{% endfor %}",
            "writes more than");
        row("large power", "{{ 10 ** 100 }}", "64 bits");
    }

    void staysWithinItsLimits() {
        QFETCH(const QByteArray, source);
        QFETCH(const QByteArray, message);
        jinja::Limits limits;
        limits.steps = 2'000'000;
        limits.memory = size_t{64} << 20;
        const auto made = jinja::render(source.toStdString(), {}, limits);
        QVERIFY(!made.ok());
        QVERIFY2(QByteArray::fromStdString(made.message()).contains(message),
                 made.message().c_str());
    }

    void boundsTheDepthOfTheSource_data() {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::newRow("parentheses") << QByteArray("(") << QByteArray(")");
        QTest::newRow("lists") << QByteArray("[") << QByteArray("]");
        QTest::newRow("not") << QByteArray("not ") << QByteArray();
        QTest::newRow("minus") << QByteArray("-") << QByteArray();
        QTest::newRow("sums") << QByteArray("1+") << QByteArray();
        QTest::newRow("attributes") << QByteArray() << QByteArray(".a");
        QTest::newRow("filters") << QByteArray() << QByteArray("|list");
        QTest::newRow("else") << QByteArray("1 if 0 else ") << QByteArray();
        QTest::newRow("blocks") << QByteArray("1 }}{% if 1 %}{{ ")
                                << QByteArray("}}{% endif %}{{ 1");
    }

    void boundsTheDepthOfTheSource() {
        QFETCH(const QByteArray, before);
        QFETCH(const QByteArray, after);
        const auto nested = [&](int times) {
            const QByteArray source =
                "{{ " + before.repeated(times) + "1" + after.repeated(times) + " }}";
            return ChatTemplate::parse(source.toStdString());
        };
        QVERIFY(nested(40).ok());
        QVERIFY(!nested(100'000).ok());
    }

    void rendersInManyThreads() {
        const auto parsed = ChatTemplate::parse(
            "{% for m in messages %}{{ m.role }}{{ m.content | upper }}{{ loop.index }}{% endfor "
            "%}");
        QVERIFY(parsed.ok());
        ChatInput input;
        for (int i = 0; i < 50; ++i)
            input.messages.push_back({{"role", "user"}, {"content", "text"}});
        const std::string expected = *parsed->render(input);
        std::atomic<int> wrong = 0;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 100; ++i) wrong += *parsed->render(input) != expected;
            });
        }
        for (std::thread& thread : threads) thread.join();
        QCOMPARE(wrong.load(), 0);
    }

    void passesBrokenTextOn() {
        ChatInput input;
        input.messages.push_back({{"role", "user"}, {"content", "a\xff\xc3(b\xe2\x82"}});
        const auto made = jinja::render(
            "{{ messages[0].content | upper }}{{ messages[0].content[1] }}", input, {});
        QVERIFY(made.ok());
        QCOMPARE(QByteArray::fromStdString(*made), QByteArray("A\xff\xc3(B\xe2\x82\xff"));
    }

    void readsTheModelsTemplate();
    void renders30Messages();

private:
    ChatInput m_input;
};

void ChatTemplateTest::renders30Messages() {
    const auto parsed = ChatTemplate::parse(
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}{% if m.content is string %}"
        "{{ m.content | trim }}{% endif %}{% if not loop.last %}{{ '<|im_end|>' }}{% endif %}{% "
        "endfor %}");
    QVERIFY(parsed.ok());
    ChatInput input;
    for (int i = 0; i < 30; ++i) {
        input.messages.push_back(
            {{"role", i % 2 ? "assistant" : "user"}, {"content", std::string(500, 'x')}});
    }
    QBENCHMARK { QVERIFY(parsed->render(input).ok()); }
}

void ChatTemplateTest::readsTheModelsTemplate() {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("model.gguf").toStdString();
    GgufWriter writer;
    writer.addString("general.architecture", "llama");
    writer.addString("tokenizer.chat_template", "plain {{ messages | length }}");
    writer.addString("tokenizer.chat_template.tool_use", "{% if %}");
    QVERIFY(writer.write(path).ok());
    const auto file = GgufFile::open(path);
    QVERIFY2(file.ok(), file.ok() ? "" : file.message().c_str());
    const auto plain = templateOf(*file);
    QVERIFY(plain.ok());
    QCOMPARE(*plain->render({}), std::string("plain 0"));
    const auto broken = templateOf(*file, "tool_use");
    QVERIFY(!broken.ok());
    QVERIFY(QString::fromStdString(broken.message())
                .contains("tokenizer.chat_template.tool_use: chat template, line 1"));
    const auto absent = templateOf(*file, "rerank");
    QVERIFY(!absent.ok());
    QVERIFY(QString::fromStdString(absent.message()).contains("the model has no chat template"));
}

QTEST_MAIN(ChatTemplateTest)
#include "chat_template_test.moc"
