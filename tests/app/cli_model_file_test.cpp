// alcove-cli with model files that are not what they seem: values that are not numbers, sizes that
// make no sense, names that would control the terminal.
#include <QtTest>
#include <algorithm>

#include "tests/app/cli_process.h"
#include "tests/support/altered_model.h"

using namespace alcove;

namespace {

/// A copy whose `tensor` begins with a block that is not a number, whatever its type.
bool copyWithNan(const QString& from, const QString& to, std::string_view tensor) {
    bool found = false;
    const auto spoil = [&](std::string_view name, std::vector<std::byte>& data) {
        if (name != tensor) return;
        std::fill_n(data.begin(), std::min<size_t>(data.size(), 256), std::byte{0xff});
        found = true;
    };
    return copyModel(from, to, {{}, spoil}) && found;
}

bool copyWith(const QString& from, const QString& to, std::string_view key,
              const std::function<void(engine::GgufWriter&)>& write) {
    bool replaced = false;
    const auto replace = [&](std::string_view found, engine::GgufWriter& writer) {
        if (found != key) return false;
        write(writer);
        return replaced = true;
    };
    return copyModel(from, to, {replace, {}}) && replaced;
}

/// Nothing of it could control a terminal: no control character but the ends of lines.
bool isHarmless(const QByteArray& text) {
    for (const QChar c : QString::fromUtf8(text))
        if (c != '\n' && c.category() == QChar::Other_Control) return false;
    return true;
}

}  // namespace

class CliModelFileTest : public QObject {
    Q_OBJECT

    /// Exit code 1 and the reason, and no figures.
    void saysThatThereAreNoNumbers(const QStringList& arguments, const QByteArray& input = {}) {
        const Run done = run(arguments, input);
        QCOMPARE(done.code, 1);
        QCOMPARE(done.out.trimmed(), QByteArray());
        QVERIFY2(done.error.contains("values that are not numbers") &&
                     done.error.contains("models verify"),
                 done.error.constData());
    }

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

    void brokenWeightsAreNoVectors() {
        NEEDS("tiny/bert-words.gguf");
        const QString model = m_folder.filePath("nan-bert.gguf");
        QVERIFY(copyWithNan(testData("tiny/bert-words.gguf"), model, "token_embd_norm.weight"));
        saysThatThereAreNoNumbers({"embed", "-m", model}, "some words\n");
        saysThatThereAreNoNumbers({"embed", "-m", model, "--raw"}, "some words\n");
        const QString out = m_folder.filePath("nan.f32");
        saysThatThereAreNoNumbers({"logits", "-m", model, "--tokens", "1,2", "--out", out});
        QVERIFY(!QFile::exists(out));
    }

    /// A vector is looked at when it is loaded, a matrix shows in what is computed with it.
    void brokenWeightsAreNoAnswer_data() {
        QTest::addColumn<QString>("tensor");
        for (const char* tensor :
             {"output_norm.weight", "blk.3.attn_norm.weight", "blk.3.ffn_down.weight",
              "blk.3.attn_v.weight", "token_embd.weight"})
            QTest::newRow(tensor) << tensor;
    }

    void brokenWeightsAreNoAnswer() {
        NEEDS_CHAT_MODEL();
        QFETCH(QString, tensor);
        const QString model = m_folder.filePath("nan.gguf"), text = m_folder.filePath("text.txt");
        QVERIFY(copyWithNan(testData(kChatModel), model, tensor.toStdString()));
        writeFile(text, QByteArray("The quick brown fox jumps over the lazy dog. ").repeated(12));
        saysThatThereAreNoNumbers({"chat", "-m", model}, "Hello\n");
        saysThatThereAreNoNumbers({"perplexity", "-m", model, "-f", text, "-w", "32", "--json"});
        saysThatThereAreNoNumbers(
            {"logits", "-m", model, "--tokens", "1,2", "--out", m_folder.filePath("nan.f32")});
        QFile::remove(model);
    }

    /// Of a hyper-parameter that is a number, and yet leaves none.
    void endlessScalesAreNoAnswer() {
        NEEDS("tiny/granite.gguf");
        const QString model = m_folder.filePath("granite.gguf");
        QVERIFY(copyWith(testData("tiny/granite.gguf"), model, "granite.attention.scale",
                         [](auto& writer) { writer.addF32("granite.attention.scale", 1e38f); }));
        saysThatThereAreNoNumbers({"logits", "-m", model, "--tokens", "1,2,3", "--out",
                                   m_folder.filePath("granite.f32")});
    }

    void negativeEpsilonsAreRefused_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("key");
        QTest::newRow("decoder") << "tiny/llama.gguf"
                                 << "llama.attention.layer_norm_rms_epsilon";
        QTest::newRow("encoder") << "tiny/bert-mean.gguf"
                                 << "bert.attention.layer_norm_epsilon";
    }

    void negativeEpsilonsAreRefused() {
        NEEDS("tiny/llama.gguf");
        QFETCH(QString, model);
        QFETCH(QString, key);
        const QString copy = m_folder.filePath("epsilon.gguf");
        const std::string name = key.toStdString();
        QVERIFY(copyWith(testData(qPrintable(model)), copy, name,
                         [&](auto& writer) { writer.addF32(name, -1e-5f); }));
        const Run done =
            run({"logits", "-m", copy, "--tokens", "1", "--out", m_folder.filePath("epsilon.f32")});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains(key.toUtf8() + " is -1e-05, below 0"), done.error.constData());
    }

    /// Escape sequences, in seven and in eight bits, stay text; letters of any language stay
    /// letters.
    void namesDoNotControlTheTerminal() {
        NEEDS("tiny/llama.gguf");
        const QString models = m_folder.filePath("models");
        QVERIFY(QDir().mkpath(models));
        constexpr const char* kEvil =
            "\x1b]0;owned\x07 \x7f\xc2\x9b"
            "2J é模";
        const auto named = [&](engine::GgufWriter& writer) {
            writer.addString("general.architecture", "llama");
            writer.addString("general.name", kEvil);
            writer.addString(kEvil, kEvil);
        };
        QVERIFY(copyWith(testData("tiny/llama.gguf"), models + "/named.gguf",
                         "general.architecture", named));
        QVERIFY(copyWith(testData("tiny/llama.gguf"), models + "/odd.gguf", "general.architecture",
                         [&](auto& writer) { writer.addString("general.architecture", kEvil); }));
        writeFile(models + "/broken\x1b[2J.gguf", "GGUF");
        const QMap<QString, QString> variables = {{"ALCOVE_MODELS", models}};
        for (const char* command :
             {"models list", "models info named", "bench -m named -p 4 -n 1 -r 1",
              "logits -m odd --tokens 1 --out x", "models info broken\x1b[2J"}) {
            const Run done = run(QString(command).split(' '), {}, variables);
            const QByteArray said = done.out + done.error;
            QVERIFY2(isHarmless(said), said.toPercentEncoding(" \n").constData());
            QVERIFY2(said.contains("\\x1b"), said.constData());
        }
        const Run info = run({"models", "info", "named"}, {}, variables);
        QVERIFY2(info.out.contains("é模"), info.out.constData());
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(CliModelFileTest)
#include "cli_model_file_test.moc"
