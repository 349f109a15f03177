// alcove-cli as its users meet it: a process with arguments, streams and an exit code.
#include <QtTest>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/app/cli_process.h"
#include "tests/support/altered_model.h"

using nlohmann::json;
using namespace alcove;

namespace {

// clang-format off
const QStringList kCommands = {
    "chat", "ask", "embed", "ingest", "search", "library", "read", "models list", "models import",
    "models info", "models verify", "quantize", "tokenize", "template", "logits", "perplexity",
    "bench", "bench-index", "bench-retrieval"};
// clang-format on

}  // namespace

class CliTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    // ---- every command

    void help_data() {
        QTest::addColumn<QString>("command");
        for (const QString& command : kCommands) QTest::newRow(qPrintable(command)) << command;
    }

    void help() {
        QFETCH(QString, command);
        const Run done = run(command.split(' ') + QStringList{"--help"});
        QCOMPARE(done.code, 0);
        QVERIFY(done.out.startsWith("usage: alcove-cli " + command.toUtf8()));
        QCOMPARE(done.error, QByteArray());
        for (const QByteArray& line : done.out.split('\n'))
            QVERIFY2(line.size() <= 120, line.constData());
    }

    void overview() {
        const Run done = run({"--help"});
        QCOMPARE(done.code, 0);
        for (const QString& command : kCommands)
            QVERIFY(done.out.contains(command.split(' ')[0].toUtf8()));
        QCOMPARE(run({}).code, 2);
        QCOMPARE(run({"help", "models", "info"}).out, run({"models", "info", "--help"}).out);
        QCOMPARE(run({"help", "fly"}).code, 2);
        QVERIFY(run({"--version"}).out.startsWith("alcove-cli "));
    }

    void usageErrors_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("word");
        const auto row = [](const char* arguments, const char* word) {
            QTest::newRow(arguments) << QString(arguments).split(' ') << word;
        };
        row("fly", "fly");
        row("models", "list");
        row("models fly", "fly");
        row("tokenize", "--model");
        row("tokenize -m", "needs a value");
        row("tokenize -m x --fast", "--fast");
        row("tokenize -m x y", "y");
        row("tokenize -m x --special=yes", "takes no value");
        row("logits -m x --out y", "--tokens");
        row("logits -m x --tokens 1,2 ", "one word too many");
        row("logits -m x --out y --tokens 1,,2", "--tokens");
        row("logits -m x --out y --tokens 1,-2", "--tokens");
        row("bench -m x -p many", "many");
        row("bench -m x -r 0", "0 is not between");
        row("bench -m x --device gpu", "gpu");
        row("chat --cache q9", "q9");
        row("chat --temperature warm", "warm");
        row("chat --thinking --no-thinking", "exclude");
        row("template --messages x", "--model or --template");
        row("template -m x --template y --messages z", "--model or --template");
        row("quantize a b", "TYPE");
        row("quantize a b Q9_9", "Q9_9");
        row("perplexity -m x", "--file");
        row("bench-index --dim 0", "0 is not between");
        row("bench-retrieval --data x", "--out");
        row("bench-retrieval --data x --out y --mode smell", "smell");
        row("models info", "MODEL");
        row("models import", "FOLDER");
    }

    void usageErrors() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, word);
        const Run done = run(arguments);
        QCOMPARE(done.code, 2);
        QCOMPARE(done.out, QByteArray());
        QVERIFY2(done.error.contains(word.toUtf8()), done.error.constData());
    }

    void unreadableModels_data() {
        QTest::addColumn<QStringList>("arguments");
        for (const char* command :
             {"chat -m MODEL", "embed -m MODEL", "tokenize -m MODEL", "bench -m MODEL",
              "logits -m MODEL --tokens 1 --out OUT", "perplexity -m MODEL -f /dev/null",
              "template -m MODEL --messages /dev/null", "models info MODEL", "models verify MODEL",
              "quantize MODEL OUT Q8_0"})
            QTest::newRow(command) << QString(command).split(' ');
    }

    void unreadableModels() {
        QFETCH(QStringList, arguments);
        const QString out = m_folder.filePath("never.bin"), model = m_folder.filePath("model.gguf");
        arguments.replaceInStrings("OUT", out).replaceInStrings("MODEL", model);
        for (const char* content : {"absent", "", "GGUF", "no model at all, but text"}) {
            QFile::remove(model);
            if (std::strcmp(content, "absent") != 0) writeFile(model, content);
            const Run done = run(arguments);
            QCOMPARE(done.code, 1);
            QCOMPARE(done.out, QByteArray());
            QVERIFY2(done.error.contains("model.gguf"), done.error.constData());
            QVERIFY(!QFile::exists(out));
        }
        QFile::remove(model);
    }

    void unknownKernels() {
        NEEDS("tiny/llama.gguf");
        const Run done =
            run({"bench", "-m", testData("tiny/llama.gguf")}, {}, {{"ALCOVE_CPU", "abacus"}});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("abacus"), done.error.constData());
    }

    // ---- logits, bench, quantize, verify: tiny models

    void logits() {
        NEEDS("tiny/llama.gguf");
        const QStringList base = {"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1,2,3"};
        const QString all = m_folder.filePath("all.f32"), last = m_folder.filePath("last.f32");
        const Run done = run(base + QStringList{"--out", all, "--json"});
        QCOMPARE(done.code, 0);
        const json shape = parsed(done.out);
        const auto columns = shape["columns"].get<size_t>();
        QCOMPARE(shape["rows"].get<int>(), 3);
        const std::vector<float> rows = floatsOf(all);
        QCOMPARE(rows.size(), 3 * columns);
        QCOMPARE(run(base + QStringList{"--out", last, "--last"}).code, 0);
        const std::vector<float> row = floatsOf(last);
        QCOMPARE(row.size(), columns);
        double difference = 0.0, norm = 0.0;
        for (size_t i = 0; i < columns; ++i) {
            difference += std::pow(static_cast<double>(row[i] - rows[2 * columns + i]), 2);
            norm += std::pow(static_cast<double>(row[i]), 2);
        }
        QVERIFY(difference <= 1e-10 * norm);
    }

    void logitsErrors() {
        NEEDS("tiny/llama.gguf");
        const QString model = testData("tiny/llama.gguf"), out = m_folder.filePath("none.f32");
        Run done = run({"logits", "-m", model, "--tokens", "1,99999", "--out", out});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("99999"), done.error.constData());
        QVERIFY(!QFile::exists(out));
        done = run({"logits", "-m", model, "--tokens", "1", "--out", "/nowhere/at/all.f32"});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("/nowhere/at"), done.error.constData());
    }

    void embeddingOfTokens() {
        NEEDS("tiny/bert-mean.gguf");
        const QString out = m_folder.filePath("pooled.f32");
        const Run done = run({"logits", "-m", testData("tiny/bert-mean.gguf"), "--tokens",
                              "1,2,3,4", "--out", out, "--embed", "--json"});
        QCOMPARE(done.code, 0);
        const json shape = parsed(done.out);
        QCOMPARE(floatsOf(out).size(),
                 shape["rows"].get<size_t>() * shape["columns"].get<size_t>());
    }

    void bench() {
        NEEDS("tiny/llama.gguf");
        const Run done = run({"bench", "-m", testData("tiny/llama.gguf"), "-p", "16", "-n", "4",
                              "-d", "3", "-t", "2", "-r", "1", "--device", "cpu", "--json"});
        QCOMPARE(done.code, 0);
        const json figures = parsed(done.out);
        QCOMPARE(figures["threads"].get<int>(), 2);
        QCOMPARE(figures["prompt"].get<int>(), 16);
        QCOMPARE(figures["depth"].get<int>(), 3);
        QCOMPARE(figures["decode"].get<int>(), 4);
        for (const char* key : {"prefill_tps", "decode_tps", "read_gbps", "cache_bytes"})
            QVERIFY(figures[key].get<double>() > 0.0);
        for (const char* key : {"first_token_s", "decode_gbps"})
            QVERIFY(figures[key].get<double>() >= 0.0);
        for (const char* key : {"peer", "device", "kernels"})
            QVERIFY(!figures[key].get<std::string>().empty());
    }

    void benchOfAnEncoder() {
        NEEDS("tiny/bert-mean.gguf");
        const Run done = run({"bench", "-m", testData("tiny/bert-mean.gguf"), "-p", "16", "-t", "2",
                              "--texts", "3", "-r", "1", "--json"});
        QVERIFY2(done.code == 0, done.error.constData());
        const json figures = parsed(done.out);
        QCOMPARE(figures["texts"].get<int>(), 3);
        QVERIFY(figures["prefill_tps"].get<double>() > 0.0);
        QCOMPARE(figures["decode_tps"].get<double>(), 0.0);
        const Run text = run({"bench", "-m", testData("tiny/llama.gguf"), "--texts", "3"});
        QCOMPARE(text.code, 1);
        QVERIFY2(text.error.contains("--texts"), text.error.constData());
    }

    void quantizeAndVerify() {
        NEEDS("tiny/llama.gguf");
        const QString out = m_folder.filePath("small.gguf");
        Run done = run({"quantize", testData("tiny/llama.gguf"), out, "q8_0", "--json"});
        QCOMPARE(done.code, 0);
        const json report = parsed(done.out);
        QVERIFY(report["bytesAfter"].get<int64_t>() < report["bytesBefore"].get<int64_t>());
        done = run({"models", "verify", out, "--json"});
        QCOMPARE(done.code, 0);
        QVERIFY(parsed(done.out)["faults"].empty());

        QFile file(out);
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(file.size() - 34));    // the scale of the last block
        QCOMPARE(file.write("\x00\x7e", 2), 2);  // not a number
        file.close();
        done = run({"models", "verify", out});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.out.contains("block"), done.out.constData());
    }

    // ---- bench-index, bench-retrieval

    void benchIndex() {
        const Run done =
            run({"bench-index", "--vectors", "2000", "--dim", "48", "--queries", "50", "--json"});
        QCOMPARE(done.code, 0);
        const json figures = parsed(done.out);
        QCOMPARE(figures["vectors"].get<int>(), 2000);
        QVERIFY(figures["recall_at_10"].get<double>() >= 0.99);
        QVERIFY(figures["p99_ms"].get<double>() > 0);
        // Too few candidates of a poor index: the figure is measured, not known.
        const Run poor =
            run({"bench-index", "--vectors", "3000", "--dim", "96", "--queries", "50",
                 "--neighbours", "2", "--breadth", "2", "--candidates", "10", "--json"});
        QCOMPARE(poor.code, 0);
        QVERIFY(parsed(poor.out)["recall_at_10"].get<double>() < 0.9);
    }

    void benchRetrieval() {
        QDir(m_folder.path()).mkdir("collection");
        const QString folder = m_folder.filePath("collection"), out = m_folder.filePath("run.trec");
        const QStringList arguments = {"bench-retrieval", "--data", folder, "--mode", "text",
                                       "--out",           out};
        QVERIFY(run(arguments).error.contains("corpus.jsonl"));
        writeFile(folder + "/corpus.jsonl",
                  "{\"id\": \"d1\", \"title\": \"Cats\", \"text\": \"They purr.\"}\n"
                  "{\"_id\": \"d2\", \"text\": \"Dogs bark at cats. Dogs dig.\"}\n"
                  "{\"id\": 3, \"title\": \"Fish\", \"text\": \"\"}\n");
        writeFile(folder + "/queries.jsonl",
                  "{\"id\": \"q1\", \"text\": \"cats\"}\n"
                  "{\"id\": \"q2\", \"text\": \"fish\"}\n"
                  "{\"id\": \"q3\", \"text\": \"horses\"}\n");
        const Run done = run(arguments);
        QVERIFY2(done.code == 0, done.error.constData());
        QFile file(out);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QList<QByteArray> found;
        for (const QByteArray& line : file.readAll().split('\n')) {
            if (line.isEmpty()) continue;
            const QList<QByteArray> words = line.split(' ');
            QCOMPARE(words.size(), 6);
            found << words[0] + ' ' + words[2] + ' ' + words[3];
        }
        QCOMPARE(found, (QList<QByteArray>{"q1 d1 1", "q1 d2 2", "q2 3 1"}));

        for (const char* line : {"no JSON", "[]", "{\"text\": \"x\"}", "{\"id\": \"a b\"}"}) {
            writeFile(folder + "/queries.jsonl", line);
            const Run failed = run(arguments);
            QCOMPARE(failed.code, 1);
            QVERIFY2(failed.error.contains("queries.jsonl:1"), failed.error.constData());
        }
        QVERIFY(!run({"bench-retrieval", "--data", folder, "--mode", "text", "--out",
                      folder + "/no/such/folder"})
                     .error.isEmpty());
    }

    void listAndInfo() {
        NEEDS("tiny/llama.gguf");
        QDir(m_folder.path()).mkdir("models");
        const QString folder = m_folder.filePath("models");
        QVERIFY(QFile::copy(testData("tiny/llama.gguf"), folder + "/good.gguf"));
        writeFile(folder + "/bad.gguf", "GGUF and no more");
        writeFile(folder + "/note.txt", "not a model");
        const QMap<QString, QString> variables = {{"ALCOVE_MODELS", folder}};
        Run done = run({"models", "list", "--json"}, {}, variables);
        QCOMPARE(done.code, 0);
        const json models = parsed(done.out);
        QCOMPARE(models.size(), size_t{2});
        QCOMPARE(models[0]["name"].get<std::string>(), std::string("bad"));
        QVERIFY(models[0].contains("problem"));
        QCOMPARE(models[1]["architecture"].get<std::string>(), std::string("llama"));

        done = run({"models", "info", "good", "--tensors", "--json"}, {}, variables);
        QCOMPARE(done.code, 0);
        const json info = parsed(done.out);
        QCOMPARE(info["metadata"]["general.architecture"].get<std::string>(), std::string("llama"));
        QCOMPARE(info["tensorList"].size(), info["tensors"].get<size_t>());
    }

    // ---- tokenize, template: the starter model's vocabulary

    void tokenize() {
        NEEDS_CHAT_MODEL();
        const QString model = "SmolLM2-135M-Instruct.Q4_1";
        QCOMPARE(run({"tokenize", "-m", model}, "Hello world").out, QByteArray("19556 905\n"));
        QCOMPARE(run({"tokenize", "-m", model}, "").out, QByteArray("\n"));
        QCOMPARE(run({"tokenize", "-m", model, "--special"}, "<|im_start|>").out,
                 QByteArray("1\n"));
        QVERIFY(run({"tokenize", "-m", model}, "<|im_start|>").out.count(' ') > 1);
        // The line's end is a part of the text.
        QVERIFY(run({"tokenize", "-m", model}, "a\n").out.count(' ') == 1);
        const json pieces = parsed(run({"tokenize", "-m", model, "--json"}, "Hello world").out);
        QCOMPARE(pieces[1]["piece"].get<std::string>(), std::string(" world"));
    }

    void templateOfModel() {
        NEEDS_CHAT_MODEL();
        const QString messages = m_folder.filePath("messages.json");
        writeFile(messages,
                  R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}])");
        const QStringList base = {"template", "-m", testData(kChatModel), "--messages", messages};
        const QByteArray said =
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n";
        QCOMPARE(run(base).out, said + "<|im_start|>assistant\n");
        QCOMPARE(run(base + QStringList{"--no-generation-prompt"}).out, said);
    }

    void templateOfFile() {
        const QString file = m_folder.filePath("t.jinja"), messages = m_folder.filePath("m.json"),
                      tools = m_folder.filePath("tools.json");
        writeFile(file,
                  "{{ bos_token }}|{{ eos_token }}|{% for m in messages %}{{ m.content }}"
                  "{% endfor %}|{{ tools | length if tools else 'none' }}"
                  "|{{ enable_thinking if enable_thinking is defined else 'unset' }}");
        writeFile(messages, R"([{"role":"user","content":"é"}])");
        writeFile(tools, R"([{"type":"function","function":{"name":"f"}}])");
        const QStringList base = {"template", "--template", file, "--messages", messages};
        QCOMPARE(run(base).out, QByteArray("||é|none|unset"));
        QCOMPARE(run(base + QStringList{"--bos", "<s>", "--eos", "</s>", "--tools", tools,
                                        "--no-thinking"})
                     .out,
                 QByteArray("<s>|</s>|é|1|False"));
    }

    void templateErrors() {
        const QString file = m_folder.filePath("e.jinja"), messages = m_folder.filePath("e.json");
        writeFile(messages, "[]");
        const QStringList base = {"template", "--template", file, "--messages", messages};
        writeFile(file, "{% for %}");
        QCOMPARE(run(base).code, 1);
        writeFile(file, "text {{ raise_exception('roles must alternate') }}");
        Run done = run(base);
        QCOMPARE(done.code, 1);
        QCOMPARE(done.out, QByteArray());
        QVERIFY2(done.error.contains("roles must alternate"), done.error.constData());
        writeFile(messages, "[{]");
        done = run(base);
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("e.json"), done.error.constData());
    }

    // ---- embed: the starter embedder, imported

    void importAndEmbed() {
        NEEDS("models/all-MiniLM-L6-v2");
        const QString model = m_folder.filePath("minilm.gguf");
        Run done = run({"models", "import", testData("models/all-MiniLM-L6-v2"), model, "--type",
                        "f16", "--json"});
        QVERIFY2(done.code == 0, done.error.constData());
        QCOMPARE(parsed(done.out)["architecture"].get<std::string>(), std::string("bert"));

        const QByteArray lines = "a cat\n\na dog that barks at night\na cat\n";
        done = run({"embed", "-m", model}, lines);
        QCOMPARE(done.code, 0);
        std::vector<std::vector<float>> vectors;
        for (const QByteArray& line : done.out.trimmed().split('\n'))
            vectors.push_back(parsed(line).get<std::vector<float>>());
        QCOMPARE(vectors.size(), size_t{4});
        for (const std::vector<float>& vector : vectors) {
            QCOMPARE(vector.size(), size_t{384});
            double norm = 0.0;
            for (const float value : vector) norm += std::pow(static_cast<double>(value), 2);
            QVERIFY(std::abs(norm - 1.0) < 1e-5);
        }
        for (size_t i = 0; i < 384; ++i) QVERIFY(std::abs(vectors[0][i] - vectors[3][i]) < 1e-4f);

        done = run({"embed", "-m", model, "--json"}, QByteArray("word ").repeated(2000));
        QCOMPARE(done.code, 0);
        const json object = parsed(done.out);
        QCOMPARE(object["truncated"].get<bool>(), true);
        QVERIFY(object["tokens"].get<int>() >= 2000);
        QVERIFY2(done.error.contains("line 1"), done.error.constData());

        done = run({"chat", "-m", model}, "hello\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("embeddings"), done.error.constData());
    }

    void importErrors() {
        const QString out = m_folder.filePath("imported.gguf");
        const Run done = run({"models", "import", m_folder.filePath("no such folder"), out});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("no such folder"), done.error.constData());
        QVERIFY(!QFile::exists(out));
    }

    // ---- chat, perplexity: the starter model

    void chatAnswersLineByLine() {
        NEEDS_CHAT_MODEL();
        const QString saved = m_folder.filePath("saved.json");
        // Exact: rounded activations are noise enough to lead so small a model astray.
        const QStringList arguments = {"chat", "--temperature", "0", "-n", "24", "--exact"};
        const Run done = run(arguments, "What is the capital of France?\nAnd of Italy?\n/save " +
                                            saved.toUtf8() + "\n");
        QVERIFY2(done.code == 0, done.error.constData());
        QVERIFY2(done.out.contains("Paris") && done.out.contains("Rome"), done.out.constData());
        QVERIFY2(done.error.contains("tokens/s"), done.error.constData());
        // The second prompt begins with the first and its answer: only the rest was computed.
        const QRegularExpression reused("(\\d+) reused");
        QRegularExpressionMatchIterator matches = reused.globalMatch(QString::fromUtf8(done.error));
        QVERIFY(matches.hasNext());
        QCOMPARE(matches.next().captured(1).toInt(), 0);
        QVERIFY(matches.hasNext());
        QVERIFY(matches.next().captured(1).toInt() > 30);

        QFile file(saved);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const json messages = parsed(file.readAll());
        QCOMPARE(messages.size(), size_t{4});
        QCOMPARE(messages[3]["role"].get<std::string>(), std::string("assistant"));

        const Run more = run(arguments + QStringList{"--history", saved, "-q"},
                             "Which of the two did I ask for first?\n");
        QVERIFY2(more.code == 0, more.error.constData());
        QCOMPARE(more.error, QByteArray());
    }

    void chatSeedReproduces() {
        NEEDS_CHAT_MODEL();
        const auto text = [](const char* seed) {
            return run({"chat", "--seed", seed, "-n", "16", "-q", "--temperature", "1.5"},
                       "Tell me a story.\n")
                .out;
        };
        const QByteArray first = text("1");
        QVERIFY(!first.trimmed().isEmpty());
        QCOMPARE(text("1"), first);
        QVERIFY(text("2") != first);
    }

    /// What is computed ahead shows in the figures alone.
    void chatWithoutSpeculation() {
        NEEDS_CHAT_MODEL();
        const QByteArray question =
            "Repeat word for word: The roof was mended in May, the roof was mended in June, the "
            "roof was mended in July.\n";
        const QStringList arguments = {"chat", "--temperature", "0.5", "--seed", "3", "-n", "40"};
        const Run with = run(arguments, question);
        const Run without = run(arguments + QStringList{"--no-speculation"}, question);
        QCOMPARE(without.out, with.out);
        QVERIFY2(with.error.contains("accepted"), with.error.constData());
        QVERIFY2(!without.error.contains("accepted"), without.error.constData());
    }

    void benchOfQuoting() {
        NEEDS_CHAT_MODEL();
        const Run done = run({"bench", "-m", testData("models/SmolLM2-135M-Instruct.Q4_1.gguf"),
                              "-p", "8", "-n", "8", "-r", "1", "--quote", "--json"});
        QVERIFY2(done.code == 0, done.error.constData());
        const json quote = parsed(done.out)["quote"];
        QVERIFY(2 * quote["accepted"].get<int>() > quote["tokens"].get<int>());
        QVERIFY(parsed(done.out)["other"]["plain_tps"].get<double>() > 0.0);
    }

    void chatKeepsItsSession() {
        NEEDS_CHAT_MODEL();
        const QString session = m_folder.filePath("chat.session");
        // Exact: the second prompt is computed in other batches, whose noise chose another word.
        const QStringList arguments = {"chat", "--temperature", "0",         "-n",
                                       "8",    "--exact",       "--session", session};
        const Run first = run(arguments, "Name a colour.\n");
        QVERIFY2(first.code == 0, first.error.constData());
        QVERIFY(QFile::exists(session));
        const Run second = run(arguments, "Name a colour.\n");
        QCOMPARE(second.out, first.out);
        QVERIFY2(!second.error.contains(" 0 reused"), second.error.constData());
    }

    void chatErrors() {
        NEEDS_CHAT_MODEL();
        Run done = run({"chat", "--ctx", "64"}, QByteArray("many words ").repeated(80) + "\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("context holds 64"), done.error.constData());
        done = run({"chat"}, "/fly\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("/fly"), done.error.constData());
        done = run({"chat", "--bias", "99999999=1"}, "hello\n");
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("--bias 99999999"), done.error.constData());
        done = run({"chat"}, "hello\n", {{"ALCOVE_MODELS", m_folder.filePath("empty")}});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("SmolLM2"), done.error.constData());
    }

    void chatFillsItsContext() {
        NEEDS_CHAT_MODEL();
        const Run done = run({"chat", "--ctx", "64", "--bias", "0=-inf", "--bias", "2=-inf"},
                             "Count to one hundred.\n");  // the biases forbid to end
        QVERIFY2(done.code == 0, done.error.constData());
        QVERIFY2(done.error.contains("context of 64 tokens is full"), done.error.constData());
    }

    void chatWithoutTemplate() {
        NEEDS_CHAT_MODEL();
        const QString model = m_folder.filePath("plain.gguf");
        const auto isTemplate = [](std::string_view key, engine::GgufWriter&) {
            return key == "tokenizer.chat_template";
        };
        QVERIFY(copyModel(testData(kChatModel), model, {isTemplate, {}}));
        const Run done = run({"chat", "-m", model, "-n", "8", "--temperature", "0"}, "Hello\n");
        QVERIFY2(done.code == 0, done.error.constData());
        QVERIFY2(done.error.contains("no chat template"), done.error.constData());
        QVERIFY(!done.out.trimmed().isEmpty());
        QVERIFY(!done.out.contains("User:"));
        const Run rendered = run({"template", "-m", model, "--messages", "/dev/null"});
        QCOMPARE(rendered.code, 1);
        QVERIFY2(rendered.error.contains("no chat template"), rendered.error.constData());
        QFile::remove(model);
    }

    void perplexity() {
        NEEDS_CHAT_MODEL();
        const QString text = m_folder.filePath("text.txt");
        writeFile(text, QByteArray("The quick brown fox jumps over the lazy dog. ").repeated(12));
        const Run done =
            run({"perplexity", "-m", testData(kChatModel), "-f", text, "-w", "64", "--json"});
        QVERIFY2(done.code == 0, done.error.constData());
        const json figures = parsed(done.out);
        QVERIFY(figures["windows"].get<int>() >= 1);
        const auto value = figures["perplexity"].get<double>();
        QVERIFY2(value > 1.0 && value < 3.0, done.out.constData());  // it repeats itself
        const Run empty = run({"perplexity", "-m", testData(kChatModel), "-f", "/dev/null"});
        QCOMPARE(empty.code, 1);
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(CliTest)
#include "cli_test.moc"
