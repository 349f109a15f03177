// alcove-cli where it writes files: what must not be lost, and who may read what it wrote.
#include <QtTest>

#include "tests/app/cli_process.h"
#include "tests/support/altered_model.h"

using nlohmann::json;

namespace {

QByteArray contents(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(cannot be read)");
}

constexpr auto kOwnerAlone = QFile::ReadOwner | QFile::WriteOwner;

/// Of the owner, the group and others; Qt adds those of the user who asks.
QFile::Permissions permissions(const QString& path) {
    return QFile::permissions(path) & ~(QFile::ReadUser | QFile::WriteUser | QFile::ExeUser);
}

}  // namespace

class CliOutputTest : public QObject {
    Q_OBJECT

    /// Fails, names the output and leaves it as it was.
    void refuses(const QStringList& arguments, const QString& output,
                 const QByteArray& input = {}) {
        const bool existed = QFile::exists(output);
        const QByteArray before = contents(output);
        const Run done = run(arguments, input);
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains(output.toUtf8()), done.error.constData());
        QVERIFY2(done.error.contains("is one of the files in use; write to another file"),
                 done.error.constData());
        QCOMPARE(QFile::exists(output), existed);
        QVERIFY(contents(output) == before);
    }

private slots:
    void initTestCase() { QVERIFY(m_folder.isValid()); }

#ifdef __unix__
    /// The file behind standard output would be replaced under the shell that goes on writing it.
    void openFilesAreNotReplaced_data() {
        QTest::addColumn<QString>("out");
        QTest::addColumn<QString>("redirection");
        QTest::newRow("/dev/stdout") << "/dev/stdout"
                                     << ">>LOG";
        QTest::newRow("/dev/fd") << "/dev/fd/7"
                                 << "7>>LOG";
        QTest::newRow("/proc") << "/proc/self/fd/7"
                               << "7>>LOG";
        QTest::newRow("its own name") << "LOG"
                                      << "2>>LOG";
        QTest::newRow("a link to a descriptor") << "LINK"
                                                << "7>>LOG";
    }

    void openFilesAreNotReplaced() {
        NEEDS("tiny/llama.gguf");
        if (!QFile::exists("/proc/self/fd")) QSKIP("there is no /proc");
        QFETCH(QString, out);
        QFETCH(QString, redirection);
        const QString log = m_folder.filePath("log.txt"), link = m_folder.filePath("link");
        writeFile(log, "header\n");
        QFile::remove(link);
        QVERIFY(QFile::link("/dev/fd/7", link));
        const QString command = QString("logits -m '%1' --tokens 1,2 --json --out %2 %3")
                                    .arg(testData("tiny/llama.gguf"), out, redirection)
                                    .replace("LOG", log)
                                    .replace("LINK", link);
        const Run done = run(inShell(command));
        QCOMPARE(done.code, 1);
        const QByteArray written = contents(log);
        QVERIFY2(written.startsWith("header\n"), written.constData());
        QVERIFY2((done.error + written).contains("open already"), done.error.constData());
    }

    void replacedFilesKeepTheirReaders() {
        NEEDS("tiny/llama.gguf");
        const QString out = m_folder.filePath("readers.f32");
        for (const QFile::Permissions wanted :
             {QFile::Permissions(kOwnerAlone),
              kOwnerAlone | QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther}) {
            writeFile(out, "old");
            QVERIFY(QFile::setPermissions(out, wanted));
            const Run done =
                run({"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1", "--out", out});
            QVERIFY2(done.code == 0, done.error.constData());
            QCOMPARE(permissions(out), wanted);
        }
    }

    void conversationsAreTheirOwnersAlone() {
        NEEDS_CHAT_MODEL();
        const QString session = m_folder.filePath("own.session");
        const QString saved = m_folder.filePath("own.json");
        const Run done = run({"chat", "--session", session, "-n", "1", "-q"},
                             "Hello\n/save " + saved.toUtf8() + "\n");
        QVERIFY2(done.code == 0, done.error.constData());
        for (const QString& file : {session, saved})
            QCOMPARE(permissions(file), QFile::Permissions(kOwnerAlone));
    }

    /// What comes in the way of the end of a chat: the folder of its session is gone.
    void lostSessionsAreSaid() {
        NEEDS_CHAT_MODEL();
        const QString folder = m_folder.filePath("session-folder");
        QVERIFY(QDir().mkpath(folder));
        QProcess chat;
        chat.setProcessEnvironment(withModels());
        chat.start(ALCOVE_CLI, {"chat", "--session", folder + "/s.bin", "-n", "1"});
        chat.write("Hello\n");
        QByteArray out;
        while (!out.contains('\n') && chat.waitForReadyRead(300000))
            out += chat.readAllStandardOutput();
        QVERIFY(QDir(folder).removeRecursively());
        chat.closeWriteChannel();
        QVERIFY(chat.waitForFinished(300000));
        QCOMPARE(chat.exitCode(), 1);
        const QByteArray error = chat.readAllStandardError();
        QVERIFY2(error.contains("is lost") && error.contains("s.bin: cannot be created"),
                 error.constData());
    }

    void fullDisksSayWhatToDo() {
        NEEDS("tiny/llama.gguf");
        const QString out = m_folder.filePath("full.f32");
        writeFile(out, "old");
        // 512 bytes are a unit; a limit on the size of files stands in for a full disk.
        const Run done =
            run({kShell, "-c",
                 QString("ulimit -f 1; exec '%1' logits -m '%2' --tokens 1,2,3,4,5,6,7,8 "
                         "--out '%3'")
                     .arg(ALCOVE_CLI, testData("tiny/llama.gguf"), out)});
        QCOMPARE(done.code, 1);
        for (const char* words : {"full.f32: cannot be", "the older file of this name is unchanged",
                                  "what was written of it is removed", "Make room on the disk"})
            QVERIFY2(done.error.contains(words), done.error.constData());
        QCOMPARE(contents(out), QByteArray("old"));
    }
#endif

    void partsOfAModelAreNotReplaced() {
        NEEDS("tiny/llama.gguf");
        const QStringList parts =
            splitModel(testData("tiny/llama.gguf"), m_folder.filePath("split"));
        QCOMPARE(parts.size(), 3);
        refuses({"quantize", parts[0], parts[1], "Q8_0"}, parts[1]);
        refuses({"logits", "-m", parts[0], "--tokens", "1", "--out", parts[2]}, parts[2]);
        refuses({"logits", "-m", parts[1], "--tokens", "1", "--out", parts[0]}, parts[0]);
        QVERIFY(QFile::link(parts[1], m_folder.filePath("link-to-part")));
        refuses({"quantize", parts[0], m_folder.filePath("link-to-part"), "Q8_0"},
                m_folder.filePath("link-to-part"));
    }

    void partsOfATalkingModelAreNotReplaced() {
        NEEDS_CHAT_MODEL();
        const QStringList parts = splitModel(testData(kChatModel), m_folder.filePath("talking"));
        QCOMPARE(parts.size(), 3);
        refuses({"chat", "-m", parts[0]}, parts[2], "/save " + parts[2].toUtf8() + "\n");
        for (const QString& part : parts) QFile::remove(part);
    }

    void adaptersAreNotReplaced() {
        NEEDS("tiny/adapter-attention.gguf");
        const QString adapter = m_folder.filePath("adapter.gguf");
        QVERIFY(QFile::copy(testData("tiny/adapter-attention.gguf"), adapter));
        const QStringList model = {"-m", testData("tiny/llama.gguf"), "--lora", adapter};
        refuses(QStringList{"logits", "--tokens", "1", "--out", adapter} + model, adapter);
    }

    /// By its path: the session's file does not exist before the end of the chat.
    void sessionsAreNotReplacedByMessages() {
        NEEDS_CHAT_MODEL();
        const QString session = m_folder.filePath("talk.bin");
        for (const QString& name : {session, m_folder.path() + "/./talk.bin"})
            refuses({"chat", "--session", session}, name, "/save " + name.toUtf8() + "\n");
    }

    /// A name may have 255 bytes, and the unfinished part of the file needs some of them.
    void longNamesCanBeWritten() {
        NEEDS("tiny/llama.gguf");
        const QDir folder(m_folder.filePath("long"));
        QVERIFY(folder.mkpath("."));
        for (const QString& name :
             {QString(255, 'n'), QString(199, 'n') + QString(18, QChar(0x20ac)) + "ab"}) {
            const Run done = run({"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1",
                                  "--out", folder.filePath(name)});
            QVERIFY2(done.code == 0, done.error.constData());
            QVERIFY(folder.exists(name));
        }
        const Run longer = run({"logits", "-m", testData("tiny/llama.gguf"), "--tokens", "1",
                                "--out", folder.filePath(QString(256, 'n'))});
        QCOMPARE(longer.code, 1);
        QVERIFY2(longer.error.contains("cannot be created"), longer.error.constData());
        QCOMPARE(folder.entryList(QDir::AllEntries | QDir::NoDotAndDotDot).size(), 2);
    }

private:
    QTemporaryDir m_folder;
};

QTEST_GUILESS_MAIN(CliOutputTest)
#include "cli_output_test.moc"
