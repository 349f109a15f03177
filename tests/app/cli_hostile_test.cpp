// alcove-cli under people who hold it wrong, and under a system that fails it. Each case was found
// by one of them.
#include <QtTest>
#include <functional>

#include "tests/app/cli_process.h"
#include "tests/support/altered_model.h"

#ifdef __unix__
#include <sys/types.h>

#include <csignal>
#endif

using nlohmann::json;

namespace {

const QMap<QString, QString> kNoHome = {
    {"ALCOVE_MODELS", {}}, {"HOME", {}}, {"XDG_DATA_HOME", {}}, {"LOCALAPPDATA", {}}};

/// A process that goes on while the test looks at it.
class Running {
public:
    explicit Running(const QStringList& arguments, const QString& output = {},
                     const QMap<QString, QString>& variables = {}) {
        QProcessEnvironment environment = withModels();
        for (auto i = variables.begin(); i != variables.end(); ++i)
            environment.insert(i.key(), i.value());
        m_process.setProcessEnvironment(environment);
        if (!output.isEmpty()) m_process.setStandardOutputFile(output);
        m_process.start(ALCOVE_CLI, arguments);
    }
    /// False when the process ended first.
    bool waitUntil(const std::function<bool(QProcess&)>& condition) {
        while (!condition(m_process))
            if (m_process.waitForFinished(5) || m_process.state() == QProcess::NotRunning)
                return condition(m_process);
        return true;
    }
    QProcess& process() { return m_process; }

private:
    QProcess m_process;
};

}  // namespace

class CliHostileTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    // ---- words that mean nothing

    /// The exit code is 2, and the error names the option, what was given and what is allowed.
    void senselessValues_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QStringList>("words");
        const auto row = [](const char* arguments, QStringList words) {
            QTest::newRow(arguments) << QString(arguments).split(' ') << words;
        };
        row("chat --temperature -1", {"--temperature", "-1", "between 0 and 100"});
        row("chat --temperature nan", {"--temperature", "nan", "between 0 and 100"});
        row("chat --temperature=inf", {"--temperature", "inf", "between 0 and 100"});
        row("chat --top-p 3", {"--top-p", "3", "between 0 and 1"});
        row("chat --top-k -5", {"--top-k", "-5", "between 0 and 2147483647"});
        row("chat --top-k 99999999999999999999", {"--top-k", "99999999999999999999"});
        row("chat --min-p -0.1", {"--min-p", "-0.1", "between 0 and 1"});
        row("chat --typical-p 2", {"--typical-p", "2", "between 0 and 1"});
        row("chat --repetition-penalty 0", {"--repetition-penalty", "0", "between 0.01 and 100"});
        row("chat --frequency-penalty 1000", {"--frequency-penalty", "between -100 and 100"});
        row("chat --presence-penalty -1000", {"--presence-penalty", "between -100 and 100"});
        row("chat --penalty-window -2", {"--penalty-window", "-2", "between -1 and"});
        row("chat --dry -1", {"--dry", "-1", "between 0 and 1000"});
        row("chat --dry-base 0.5", {"--dry-base", "0.5", "between 1 and 100"});
        row("chat --dry-length 0", {"--dry-length", "0", "between 1 and"});
        row("chat --dry-window -7", {"--dry-window", "-7", "between -1 and"});
        row("chat --xtc 1.5", {"--xtc", "1.5", "between 0 and 1"});
        row("chat --xtc-threshold -1", {"--xtc-threshold", "-1", "between 0 and 1"});
        row("chat --seed -2", {"--seed", "-2", "between -1 and"});
        row("chat --bias 5", {"--bias", "'5'", "TOKEN=X"});
        row("chat --bias five=1", {"--bias", "'five'", "whole number"});
        row("chat --bias 5=much", {"--bias", "'much'", "number"});
        row("chat --bias -1=1", {"--bias", "-1", "token"});
        row("chat --bias 5=nan", {"--bias", "5=nan", "-inf"});
        row("chat --dry-breaker x", {"--dry-breaker", "--dry"});
        row("chat --lora x.gguf=nan", {"--lora", "x.gguf=nan", "finite"});
        row("chat --lora =2", {"--lora", "=2", "file"});
        row("chat --temperature 1e99", {"--temperature", "'1e99'", "too large"});
        row("chat --bias 5=1e99", {"--bias", "'1e99'", "too large"});
        row("chat --seed 9223372036854775808", {"--seed", "'9223372036854775808'", "too large"});
        row("logits -m x --out y --tokens 1,99999999999999999999", {"--tokens", "too large"});
        row("models import a b --type silly", {"--type", "silly", "Q8_0"});
        row("bench -m x -p 0 -n 0", {"--prompt", "--decode"});
        row("models info ", {"MODEL is empty"});
        row("models verify ", {"MODEL is empty"});
        row("models import ", {"FOLDER is empty"});
        row("quantize a  Q8_0", {"OUT is empty"});
        row("tokenize -m ", {"-m", "empty"});
        row("chat -m ", {"-m", "empty"});
        row("chat --session ", {"--session", "empty"});
        row("chat --history=", {"--history", "empty"});
        row("chat --lora ", {"--lora", "empty"});
        row("logits -m x --tokens 1 --out ", {"--out", "empty"});
        row("logits -m x --out y --tokens ", {"--tokens", "empty"});
        row("perplexity -m x -f ", {"-f", "empty"});
        row("template -m x --messages ", {"--messages", "empty"});
        row("models import a b --type=", {"--type", "empty"});
    }

    void senselessValues() {
        QFETCH(QStringList, arguments);
        QFETCH(QStringList, words);
        const Run done = run(arguments);
        QCOMPARE(done.code, 2);
        QCOMPARE(done.out, QByteArray());
        for (const QString& word : words)
            QVERIFY2(done.error.contains(word.toUtf8()), done.error.constData());
    }

    /// "-h" is a text to be told like any other.
    void helpIsNoValue() {
        for (const char* word : {"--help", "-h"}) {
            const Run value = run({"chat", "--system", word, "--top-k", "many"});
            QCOMPARE(value.code, 2);
            QVERIFY2(value.error.contains("'many'"), value.error.constData());
            const Run asked = run({"chat", "--system", "x", "--top-k", "many", word});
            QCOMPARE(asked.code, 0);
            QVERIFY(asked.out.startsWith("usage: alcove-cli chat"));
        }
    }

    void unreadOptionsAreRefused_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("option");
        const QStringList bench = {"bench", "-p", "4", "-r", "1", "-m"};
        const QStringList logits = {"logits", "--tokens", "1,2", "--out", "OUT", "-m"};
        const auto row = [](const char* name, const QStringList& command, const char* option) {
            QTest::newRow(name) << command + QStringList{"BERT"} + QString(option).split(' ')
                                << QString(option).section(' ', 0, 0);
        };
        row("bench lora", bench, "--lora x.gguf");
        row("bench ctx", bench, "--ctx 64");
        row("bench cache", bench, "--cache q8_0");
        row("bench decode", bench, "--decode 8");
        row("bench depth", bench, "--depth 8");
        row("logits lora", logits, "--lora x.gguf");
        row("logits last", logits, "--last");
        row("logits ctx", logits, "--ctx 64");
        row("logits cache", logits, "--cache q8_0");
    }

    void unreadOptionsAreRefused() {
        NEEDS("tiny/bert-mean.gguf");
        QFETCH(QStringList, arguments);
        QFETCH(QString, option);
        const QString out = m_folder.filePath("unread.f32");
        arguments.replaceInStrings("BERT", testData("tiny/bert-mean.gguf"));
        arguments.replaceInStrings("OUT", out);
        const Run done = run(arguments);
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains(option.toUtf8()) && done.error.contains("embeddings"),
                 done.error.constData());
        QVERIFY(!QFile::exists(out));
    }

    void benchOfAnEncoderTellsWhatItMeasured() {
        NEEDS("tiny/bert-mean.gguf");
        const Run done =
            run({"bench", "-m", testData("tiny/bert-mean.gguf"), "-p", "8", "-r", "1", "--json"});
        QVERIFY2(done.code == 0, done.error.constData());
        const json figures = parsed(done.out);
        QCOMPARE(figures["decode"].get<int>(), 0);
        QVERIFY(figures["prefill_tps"].get<double>() > 0.0);
    }

    void benchSaysHowLongATextMayBe() {
        NEEDS("tiny/bert-mean.gguf");
        const Run none = run({"bench", "-m", testData("tiny/bert-mean.gguf"), "-p", "0"});
        QCOMPARE(none.code, 2);
        QVERIFY2(none.error.contains("--prompt 0"), none.error.constData());
        const Run done = run({"bench", "-m", testData("tiny/bert-mean.gguf"), "-p", "100000"});
        QCOMPARE(done.code, 1);
        const auto limit = parsed(run({"models", "info", testData("tiny/bert-mean.gguf"), "--json"})
                                      .out)["metadata"]["bert.context_length"];
        QVERIFY2(done.error.contains("use -p " + QByteArray::number(limit.get<int>())) &&
                     done.error.contains("bert"),
                 done.error.constData());
    }

    void longerContextsThanTheModelsAreNoted() {
        NEEDS("tiny/llama.gguf");
        const auto note = [&](const char* length) {
            const Run done = run({"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1",
                                  "--out", m_folder.filePath("long.f32"), "--ctx", length});
            return done.code == 0 ? done.error : "failed: " + done.error;
        };
        const QByteArray said = note("100000");
        QVERIFY2(said.startsWith("note: --ctx 100000") && said.contains("was made for"),
                 said.constData());
        QCOMPARE(note("16"), QByteArray());
    }

    void perplexityNamesWhatDoesNotFit() {
        NEEDS_CHAT_MODEL();
        const QString text = m_folder.filePath("fit.txt");
        writeFile(text, QByteArray("The quick brown fox. ").repeated(20));
        Run done = run({"perplexity", "-m", testData(kChatModel), "-f", text, "--ctx", "4"});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("--ctx 4") && done.error.contains("--window"),
                 done.error.constData());
        done = run({"perplexity", "-m", testData(kChatModel), "-f", "/dev/null"});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("/dev/null: has 0 tokens"), done.error.constData());
    }

    /// A scale is what is a number; else the "=" belongs to the file's name.
    void adapterNamesWithEquals() {
        NEEDS("tiny/adapter-attention.gguf");
        const QString adapter = m_folder.filePath("ad=x.gguf"), odd = m_folder.filePath("ad=2");
        for (const QString& copy : {adapter, odd})
            QVERIFY(QFile::copy(testData("tiny/adapter-attention.gguf"), copy));
        const auto logits = [&](const QString& lora) {
            const QString out = m_folder.filePath("lora.f32");
            QStringList arguments = {"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1,2",
                                     "--out",  out};
            if (!lora.isEmpty()) arguments += {"--lora", lora};
            const Run done = run(arguments);
            if (done.code != 0) qWarning("%s", done.error.constData());
            return done.code == 0 ? floatsOf(out) : std::vector<float>();
        };
        const std::vector<float> plain = logits({}), whole = logits(adapter);
        QVERIFY(!plain.empty() && whole.size() == plain.size() && whole != plain);
        QVERIFY(logits(adapter + "=1") == whole);
        QVERIFY(logits(adapter + "=0") == plain);
        QVERIFY(logits(odd) == whole);  // there is a file of the whole name
        const Run absent = run({"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1",
                                "--out", m_folder.filePath("x"), "--lora", "no=such.gguf"});
        QCOMPARE(absent.code, 1);
        QVERIFY2(absent.error.contains("no=such.gguf"), absent.error.constData());
    }

    // ---- places that are not there

    void withoutAHomeNothingIsWrittenHere() {
        const QString here = m_folder.filePath("here"), source = here + "/source";
        QVERIFY(QDir().mkpath(source));
        for (const QString& home : {QString(), QString("relative")}) {
            QMap<QString, QString> variables = kNoHome;
            variables["HOME"] = variables["XDG_DATA_HOME"] = home;
            const Run done = run({"models", "import", source}, {}, variables, here);
            QCOMPARE(done.code, 1);
            QVERIFY2(done.error.contains("ALCOVE_MODELS"), done.error.constData());
            QCOMPARE(QDir(here).entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden),
                     QStringList{"source"});
        }
        for (const QStringList& arguments :
             {QStringList{"models", "list"}, QStringList{"models", "info", "absent"}}) {
            const Run done = run(arguments, {}, kNoHome, here);
            QCOMPARE(done.code, 1);
            QVERIFY2(done.error.contains("ALCOVE_MODELS"), done.error.constData());
        }
    }

    /// Only a folder that does not exist is one without models.
    void foldersThatCannotBeReadAreNotEmpty() {
        const QString loop = m_folder.filePath("loop"), file = m_folder.filePath("a-file");
        QVERIFY(QFile::link(loop, loop));
        writeFile(file, "x");
        for (const QString& folder : {loop, QString(5000, 'x'), file + "/x", file}) {
            for (const QStringList& arguments :
                 {QStringList{"models", "list"}, QStringList{"models", "list", "--json"}}) {
                const Run done = run(arguments, {}, {{"ALCOVE_MODELS", folder}});
                QCOMPARE(done.code, 1);
                QCOMPARE(done.out, QByteArray());
                QVERIFY2(done.error.contains("cannot be listed"), done.error.constData());
            }
        }
        for (const QString& folder : {loop, QString(5000, 'x')}) {
            const Run done = run({"models", "info", "absent"}, {}, {{"ALCOVE_MODELS", folder}});
            QCOMPARE(done.code, 1);
            QVERIFY2(done.error.contains("cannot be looked at"), done.error.constData());
        }
        const Run absent = run({"models", "list"}, {}, {{"ALCOVE_MODELS", file + "-absent"}});
        QCOMPARE(absent.code, 0);
        QVERIFY2(absent.error.contains("There are no models"), absent.error.constData());
    }

    void sessionsThatCannotBeWrittenAreToldAtOnce() {
        NEEDS_CHAT_MODEL();
        for (const QString& session : {m_folder.filePath("nodir/x"), m_folder.path()}) {
            const Run done = run({"chat", "--session", session, "-n", "1"}, "Hello\n");
            QCOMPARE(done.code, 1);
            QCOMPARE(done.out, QByteArray());  // before anything was said
            QVERIFY2(done.error.contains(session.toUtf8()), done.error.constData());
        }
    }

    void brokenSessionsSayWhatToDo() {
        NEEDS_CHAT_MODEL();
        const QString session = m_folder.filePath("broken.session");
        writeFile(session, QByteArray("no session at all ").repeated(20));
        const QStringList chat = {"chat", "--session", session, "-n", "1", "-q", "--ctx"};
        Run done = run(chat + QStringList{"64"}, "Hi\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("not a saved session") && done.error.contains("a new file"),
                 done.error.constData());
        QVERIFY(QFile::remove(session));
        QCOMPARE(run(chat + QStringList{"64"}, "Hi\n").code, 0);
        const qint64 size = QFileInfo(session).size();
        done = run(chat + QStringList{"128"}, "Hi\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("context of 64") && done.error.contains("--ctx"),
                 done.error.constData());
        QCOMPARE(QFileInfo(session).size(), size);
    }

    void deepMessagesAreRefusedInWords_data() {
        QTest::addColumn<int>("depth");
        QTest::newRow("100000") << 100000;
        QTest::newRow("70") << 70;
    }

    void deepMessagesAreRefusedInWords() {
        QFETCH(int, depth);
        const QString file = m_folder.filePath("deep.json"), jinja = m_folder.filePath("d.jinja");
        writeFile(file, R"([{"role":"user","content":)" + QByteArray(depth, '[') +
                            QByteArray(depth, ']') + "}]");
        writeFile(jinja, "{{ messages }}");
        const Run done = run({"template", "--template", jinja, "--messages", file});
        QCOMPARE(done.code, 1);
        QCOMPARE(done.out, QByteArray());
        for (const char* word : {"deep.json", "at byte", "nested deeper than 64"})
            QVERIFY2(done.error.contains(word), done.error.constData());
    }

    /// What was said is not dropped, joined with other texts it did not stand by, or moved.
    void systemMessagesStay() {
        NEEDS_CHAT_MODEL();
        const QString history = m_folder.filePath("h.json"), saved = m_folder.filePath("s.json");
        const auto said = [](const char* role, const char* content) {
            return json{{"role", role}, {"content", content}};
        };
        const auto chat = [&](const json& messages) {
            writeFile(history, QByteArray::fromStdString(messages.dump()));
            return run({"chat", "--history", history}, "/save " + saved.toUtf8() + "\n");
        };
        const json user = said("user", "Hi"), assistant = said("assistant", "Hello");
        Run done = chat({said("system", "Be brief."), said("system", "Be kind."), user, assistant});
        QVERIFY2(done.code == 0, done.error.constData());
        QFile file(saved);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(parsed(file.readAll()) ==
                json({said("system", "Be brief.\n\nBe kind."), user, assistant}));
        done = chat({user, assistant, said("system", "Be brief."), user});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("h.json: message 3 has the role 'system'"),
                 done.error.constData());
    }

    void anEmptyBosIsGiven() {
        NEEDS_CHAT_MODEL();
        const QString messages = m_folder.filePath("bos.json");
        writeFile(messages, R"([{"role":"user","content":"Hi"}])");
        const auto bos = [&](const QStringList& options) {
            const QString model = m_folder.filePath("bos.gguf");
            return run(QStringList{"template", "-m", model, "--messages", messages} + options).out;
        };
        const auto withBos = [](std::string_view key, alcove::engine::GgufWriter& writer) {
            if (key != "tokenizer.chat_template") return false;
            writer.addString(key, "[{{ bos_token }}|{{ eos_token }}]");
            return true;
        };
        QVERIFY(copyModel(testData(kChatModel), m_folder.filePath("bos.gguf"), {withBos, {}}));
        const QByteArray own = bos({});
        QVERIFY2(own.startsWith("[<") && own.endsWith(">]"), own.constData());
        QCOMPARE(bos({"--bos", "", "--eos", "E"}), QByteArray("[|E]"));
        QCOMPARE(bos({"--bos=", "--eos="}), QByteArray("[|]"));
        QFile::remove(m_folder.filePath("bos.gguf"));
    }

    void templateErrorsNameTheFile() {
        const QString jinja = m_folder.filePath("wrong.jinja");
        const QString messages = m_folder.filePath("wrong.json");
        writeFile(messages, "[]");
        for (const char* source : {"{% if %}", "{{ raise_exception('never') }}"}) {
            writeFile(jinja, source);
            const Run done = run({"template", "--template", jinja, "--messages", messages});
            QCOMPARE(done.code, 1);
            QVERIFY2(done.error.contains("wrong.jinja: "), done.error.constData());
        }
    }

    // ---- what fails on the way

    /// The lines before one that cannot be read are embedded all the same.
    void goodLinesBeforeABadOneAreEmbedded() {
        NEEDS("tiny/bert-words.gguf");
        const Run done = run({"embed", "-m", testData("tiny/bert-words.gguf")},
                             "one\ntwo\n" + QByteArray(17 << 20, 'x') + "\nfour\n");
        QCOMPARE(done.code, 1);
        QCOMPARE(done.out.count('\n'), 2);
        QVERIFY2(done.error.contains("line 3: standard input: a line is longer than 16 MiB"),
                 done.error.constData());
    }

#ifdef __unix__
    void chatEndsWhenNobodyCanReadIt() {
        NEEDS_CHAT_MODEL();
        if (!QFile::exists("/dev/full")) QSKIP("there is no /dev/full");
        Running chat({"chat", "-n", "16"}, "/dev/full");
        chat.process().write("Count to ten.\nAnd back.\n");
        chat.process().closeWriteChannel();
        QVERIFY(chat.process().waitForFinished(300000));
        QCOMPARE(chat.process().exitCode(), 1);
        const QByteArray error = chat.process().readAllStandardError();
        QVERIFY2(error.contains("standard output"), error.constData());
        QVERIFY2(!error.contains("tokens/s"), error.constData());  // no answer was completed
    }

    void lackOfMemoryNamesTheCommand() {
#if defined(__SANITIZE_ADDRESS__)
        QSKIP("the address sanitizer needs more room than the limit of this test");
#endif
        const Run done = run({kShell, "-c",
                              QString("ulimit -v 100000; exec '%1' template --template /dev/zero "
                                      "--messages x")
                                  .arg(ALCOVE_CLI)});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("template: the memory does not suffice"),
                 done.error.constData());
    }

    /// A text without an end must not take all memory.
    void endlessInputIsRefused_data() {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QString>("limit");
        QTest::newRow("chat") << "chat -n 1"
                              << "16 MiB";
        QTest::newRow("embed") << "embed -m BERT"
                               << "16 MiB";
        QTest::newRow("template") << "template --template /dev/zero --messages x"
                                  << "256 MiB";
    }

    void endlessInputIsRefused() {
        NEEDS_CHAT_MODEL();
        NEEDS("tiny/bert-words.gguf");
        QFETCH(QString, command);
        QFETCH(QString, limit);
        const Run done =
            run(inShell(command.replace("BERT", testData("tiny/bert-words.gguf")) + " </dev/zero"));
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("longer than " + limit.toUtf8()), done.error.constData());
    }

    void closedStreamsAreFailures() {
        NEEDS("tiny/bert-words.gguf");
        const Run unheard = run(inShell("models list >&-"));
        QCOMPARE(unheard.code, 1);
        QVERIFY2(unheard.error.contains("output"), unheard.error.constData());
        const Run deaf = run(inShell("embed -m " + testData("tiny/bert-words.gguf") + " <&-"));
        QCOMPARE(deaf.code, 1);
        QVERIFY2(deaf.error.contains("standard input"), deaf.error.constData());
    }

    void endedCommandsLeaveNothing_data() {
        QTest::addColumn<int>("signal");
        QTest::newRow("Ctrl-C") << SIGINT;
        QTest::newRow("SIGTERM") << SIGTERM;
    }

    void endedCommandsLeaveNothing() {
        NEEDS_CHAT_MODEL();
        QFETCH(int, signal);
        const QDir folder(m_folder.filePath(QString("ended%1").arg(signal)));
        QVERIFY(folder.mkpath("."));
        QStringList tokens;
        for (int i = 0; i < 4000; ++i) tokens += "7";
        Running logits({"logits", "-m", testData(kChatModel), "--tokens", tokens.join(','), "--out",
                        folder.filePath("out.f32")});
        const auto files = [&] { return QDir(folder.path()).entryList(QDir::Files).size(); };
        QVERIFY(logits.waitUntil([&](QProcess&) { return files() == 1; }));
        QCOMPARE(::kill(static_cast<pid_t>(logits.process().processId()), signal), 0);
        QVERIFY(logits.process().waitForFinished(300000));
        QCOMPARE(logits.process().exitStatus(), QProcess::CrashExit);  // a shell sees the signal
        QCOMPARE(files(), 0);
    }

    void anEndedBenchRemovesItsLibrary_data() { endedCommandsLeaveNothing_data(); }
    void anEndedBenchRemovesItsLibrary() {
        QFETCH(int, signal);
        const QDir folder(m_folder.filePath(QString("bench%1").arg(signal)));
        QVERIFY(folder.mkpath("data") && folder.mkpath("temporary"));
        QByteArray corpus;
        for (int i = 0; i < 50'000; ++i)
            corpus += "{\"id\": \"" + QByteArray::number(i) + "\", \"text\": \"A text.\"}\n";
        writeFile(folder.filePath("data/corpus.jsonl"), corpus);
        writeFile(folder.filePath("data/queries.jsonl"), "{\"id\": \"1\", \"text\": \"text\"}\n");
        Running bench({"bench-retrieval", "--data", folder.filePath("data"), "--mode", "text",
                       "--out", folder.filePath("run.trec")},
                      {}, {{"TMPDIR", folder.filePath("temporary")}});
        const auto entries = [&] {
            return QDir(folder.filePath("temporary"))
                .entryList(QDir::AllEntries | QDir::NoDotAndDotDot);
        };
        QByteArray told;
        QVERIFY(bench.waitUntil([&](QProcess& process) {  // it has filed the first documents
            told += process.readAllStandardError();
            return told.contains("0 of 50000");
        }));
        QCOMPARE(entries().size(), 1);
        QCOMPARE(::kill(static_cast<pid_t>(bench.process().processId()), signal), 0);
        QVERIFY(bench.process().waitForFinished(300000));
        QCOMPARE(bench.process().exitStatus(), QProcess::CrashExit);
        QCOMPARE(entries(), QStringList());
    }

    /// A session soon has a copy in memory, where memory suffices for it.
    void aModelCutWhileInUseAnswersOn() {
        NEEDS_CHAT_MODEL();
        if (!QFile::exists("/sys/kernel/mm/transparent_hugepage")) QSKIP("no huge pages");
        const QString model = m_folder.filePath("cut.gguf");
        QVERIFY(QFile::copy(testData(kChatModel), model));
        Running chat({"chat", "-m", model, "-n", "1"});
        chat.process().write("Hello\n");
        QByteArray out;
        QVERIFY(chat.waitUntil([&](QProcess& process) {
            out += process.readAllStandardOutput();
            return out.contains('\n');
        }));
        const auto isMapped = [&] {
            QFile maps(QString("/proc/%1/maps").arg(chat.process().processId()));
            return !maps.open(QIODevice::ReadOnly) || maps.readAll().contains("cut.gguf");
        };
        QTRY_VERIFY_WITH_TIMEOUT(!isMapped(), 60000);
        QVERIFY(QFile::resize(model, 100000));
        chat.process().write("Hello again\n");
        chat.process().closeWriteChannel();
        QVERIFY(chat.process().waitForFinished(300000));
        QCOMPARE(chat.process().exitStatus(), QProcess::NormalExit);
        QCOMPARE(chat.process().exitCode(), 0);
        QFile::remove(model);
    }

    void aFileCutWhileItIsReadIsSaid() {
        NEEDS_CHAT_MODEL();
        const QString model = m_folder.filePath("cut.gguf");
        const QDir folder(m_folder.filePath("cut-into"));
        QVERIFY(folder.mkpath("."));
        QVERIFY(QFile::copy(testData(kChatModel), model));
        Running quantize({"quantize", model, folder.filePath("out.gguf"), "F32"});
        const auto id = static_cast<pid_t>(quantize.process().processId());
        const auto files = [&] { return QDir(folder.path()).entryList(QDir::Files).size(); };
        QVERIFY(quantize.waitUntil([&](QProcess&) { return files() == 1; }));
        QCOMPARE(::kill(id, SIGSTOP), 0);
        QVERIFY(QFile::resize(model, 100000));
        QCOMPARE(::kill(id, SIGCONT), 0);
        QVERIFY(quantize.process().waitForFinished(300000));
        QCOMPARE(quantize.process().exitStatus(), QProcess::NormalExit);
        QCOMPARE(quantize.process().exitCode(), 1);
        const QByteArray error = quantize.process().readAllStandardError();
        QVERIFY2(error.contains("alcove-cli: a file that was being read has been cut"),
                 error.constData());
        QCOMPARE(files(), 0);
        QFile::remove(model);
    }
#endif

    // ---- files that are something else

    void unreadableInputIsAFailure() {
        NEEDS_CHAT_MODEL();
        const Run done = run({"perplexity", "-m", testData(kChatModel), "-f", m_folder.path()});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("cannot be"), done.error.constData());
    }

    void logitsDoNotReplaceTheModel() {
        NEEDS("tiny/llama.gguf");
        const QString model = m_folder.filePath("own.gguf");
        QVERIFY(QFile::copy(testData("tiny/llama.gguf"), model));
        const qint64 size = QFileInfo(model).size();
        const Run done = run({"logits", "-m", model, "--tokens", "1", "--out", model});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("another file"), done.error.constData());
        QCOMPARE(QFileInfo(model).size(), size);
    }

    void importsDoNotReplaceTheirSource() {
        const QString folder = m_folder.filePath("source");
        QVERIFY(QDir().mkdir(folder));
        const QString weights = folder + "/model.safetensors";
        writeFile(weights, "weights");
        const Run done = run({"models", "import", folder, weights});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("files in use"), done.error.constData());
        QCOMPARE(QFileInfo(weights).size(), qint64{7});
    }

    void chatsDoNotReplaceTheirModel() {
        NEEDS_CHAT_MODEL();
        const QString model = m_folder.filePath("talking.gguf");
        QVERIFY(QFile::copy(testData(kChatModel), model));
        const qint64 size = QFileInfo(model).size();
        const Run done = run({"chat", "-m", model}, "/save " + model.toUtf8() + "\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("another file"), done.error.constData());
        QCOMPARE(QFileInfo(model).size(), size);
        QFile::remove(model);
    }

    void aFolderDoesNotHideAModel() {
        NEEDS("tiny/llama.gguf");
        const QString here = m_folder.filePath("hiding"), models = here + "/models";
        for (const char* folder : {"/models/one", "/models/two", "/one"})
            QVERIFY(QDir().mkpath(here + folder));
        QVERIFY(QFile::copy(testData("tiny/llama.gguf"), models + "/one.gguf"));
        const QMap<QString, QString> variables = {{"ALCOVE_MODELS", models}};
        QCOMPARE(run({"models", "info", "one"}, {}, variables, here).code, 0);
        const Run two = run({"models", "info", "two"}, {}, variables, here);
        QCOMPARE(two.code, 1);
        QVERIFY2(two.error.contains("is a folder") && two.error.contains("models import"),
                 two.error.constData());
    }

    void aPipeIsNoModel() {
        const QString pipe = m_folder.filePath("pipe.gguf");
        QCOMPARE(QProcess::execute("mkfifo", {pipe}), 0);
        const Run done = run({"models", "info", pipe});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("pipe.gguf"), done.error.constData());
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(CliHostileTest)
#include "cli_hostile_test.moc"
