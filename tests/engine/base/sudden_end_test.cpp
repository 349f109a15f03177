// What a process leaves behind that is ended from outside. Each case ends a process of its own, a
// fork of this one, which has a single thread here.
#include "engine/base/sudden_end.h"

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "engine/base/atomic_file.h"
#include "engine/base/mapped_file.h"
#include "engine/base/terminal.h"

#ifdef __unix__
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#endif

using namespace alcove;
namespace fs = std::filesystem;

#ifdef __unix__

namespace {

struct Ended {
    int status = -1;
    std::string error;  // what it wrote to standard error
};

/// Runs `body` in a fork; when it returns, the fork ends with 42 and without unwinding.
template <typename Body>
Ended inFork(const Body& body) {
    int ends[2];
    if (::pipe(ends) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGBUS, SIGSEGV, SIGABRT})
            std::signal(signal, SIG_DFL);  // QtTest has its own for some
        body();
        ::_exit(42);
    }
    ::close(ends[1]);
    Ended ended;
    char piece[256];
    for (ssize_t count; (count = ::read(ends[0], piece, sizeof piece)) > 0;)
        ended.error.append(piece, static_cast<size_t>(count));
    ::close(ends[0]);
    ::waitpid(child, &ended.status, 0);
    return ended;
}

std::set<std::string> filesIn(const fs::path& folder) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder))
        names.insert(entry.path().filename().string());
    return names;
}

}  // namespace

class SuddenEndTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_folder;

    /// A fork that is writing "out" when it calls `end`.
    template <typename End>
    Ended endWhileWriting(const End& end) {
        return inFork([&] {
            auto file = AtomicFile::create(m_folder / "out");
            if (!file || !file->write(std::string(200000, 'x'))) ::_exit(43);
            end();
        });
    }

private slots:
    void init() {
        m_folder = fs::path(m_dir.path().toStdString()) / QTest::currentTestFunction();
        m_folder += QTest::currentDataTag() ? QTest::currentDataTag() : "";
        fs::create_directory(m_folder);
        std::ofstream(m_folder / "out") << "old";
    }

    void signalsRemoveWhatIsUnfinished_data() {
        QTest::addColumn<int>("signal");
        QTest::newRow("SIGINT") << SIGINT;
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGHUP") << SIGHUP;
    }

    void signalsRemoveWhatIsUnfinished() {
        QFETCH(int, signal);
        const Ended ended = endWhileWriting([&] {
            prepareForSuddenEnd("test");
            ::raise(signal);
        });
        QVERIFY(WIFSIGNALED(ended.status));  // who waits for it sees the signal
        QCOMPARE(WTERMSIG(ended.status), signal);
        QCOMPARE(filesIn(m_folder), std::set<std::string>{"out"});
        QCOMPARE(fs::file_size(m_folder / "out"), uintmax_t{3});
    }

    void ignoredSignalsStayIgnored() {  // nohup, and what a script starts with &
        const Ended ended = endWhileWriting([&] {
            std::signal(SIGHUP, SIG_IGN);
            prepareForSuddenEnd("test");
            ::raise(SIGHUP);
            ::_exit(filesIn(m_folder).size() == 2 ? 42 : 45);
        });
        QVERIFY(WIFEXITED(ended.status));
        QCOMPARE(WEXITSTATUS(ended.status), 42);
    }

    void whatIsFinishedStays() {
        const Ended ended = inFork([&] {
            prepareForSuddenEnd("test");
            auto file = AtomicFile::create(m_folder / "out");
            auto other = AtomicFile::create(m_folder / "other");
            if (!file || !other || !file->write("new") || !file->commit()) ::_exit(43);
            auto moved = std::move(*other);
            ::raise(SIGTERM);
        });
        QVERIFY(WIFSIGNALED(ended.status));
        QCOMPARE(filesIn(m_folder), std::set<std::string>{"out"});
    }

    void manyWritersFindPlaces() {  // places are given back
        const Ended ended = inFork([&] {
            prepareForSuddenEnd("test");
            for (int i = 0; i < 100; ++i) {
                auto file = AtomicFile::create(m_folder / "out");
                if (!file) ::_exit(43);
                if (i % 2 && !file->commit()) ::_exit(44);
            }
            auto last = AtomicFile::create(m_folder / "out");
            ::raise(SIGTERM);
        });
        QVERIFY(WIFSIGNALED(ended.status));
        QCOMPARE(filesIn(m_folder), std::set<std::string>{"out"});
    }

    void moreWritersThanPlaces() {
        std::vector<AtomicFile> files;
        for (int i = 0; i < 40; ++i) {
            auto file = AtomicFile::create(m_folder / std::to_string(i));
            QVERIFY(file.ok());
            files.push_back(std::move(*file));
        }
        for (AtomicFile& file : files) QVERIFY(file.commit().ok());
        QCOMPARE(filesIn(m_folder).size(), size_t{41});
    }

    /// What SIGKILL leaves is removed by the next writer of the name, and nothing else is.
    void leftoversAreRemovedByTheNextWriter() {
        for (const char* name :
             {"out.alcove-part-x-1", "out.alcove-part-1", "other.alcove-part-1-1"})
            std::ofstream(m_folder / name) << "not ours";
        auto living = AtomicFile::create(m_folder / "out");
        QVERIFY(living.ok());
        const std::set<std::string> before = filesIn(m_folder);
        const Ended ended = inFork([&] {
            prepareForSuddenEnd("test");
            auto file = AtomicFile::create(m_folder / "out");
            ::raise(SIGKILL);
        });
        QVERIFY(WIFSIGNALED(ended.status));
        QCOMPARE(filesIn(m_folder).size(), before.size() + 1);
        {
            auto file = AtomicFile::create(m_folder / "out");
            QVERIFY(file.ok());
        }
        QCOMPARE(filesIn(m_folder), before);
        QVERIFY(living->write("living").ok());
        QVERIFY2(living->commit().ok(), "a file that is being written was removed");
    }

    /// Whose unfinished parts have names that are cut.
    void leftoversOfLongNamesAreRemoved() {
        const fs::path path = m_folder / std::string(255, 'n');
        const Ended ended = inFork([&] {
            auto file = AtomicFile::create(path);
            ::raise(file ? SIGKILL : SIGTERM);
        });
        QVERIFY(WIFSIGNALED(ended.status));
        QCOMPARE(WTERMSIG(ended.status), SIGKILL);
        QCOMPARE(filesIn(m_folder).size(), size_t{2});
        auto file = AtomicFile::create(path);
        QVERIFY(file.ok() && file->commit().ok());
        QCOMPARE(filesIn(m_folder), (std::set<std::string>{"out", path.filename().string()}));
    }

    void aCutMappingIsSaid() {
        const fs::path path = m_folder / "mapped";
        std::ofstream(path) << std::string(1 << 20, 'x');
        const Ended ended = endWhileWriting([&] {
            prepareForSuddenEnd("test");
            const auto mapped = MappedFile::open(path);
            if (!mapped) ::_exit(43);
            fs::resize_file(path, 100);
            const volatile std::byte* bytes = mapped->bytes().data();
            (void)bytes[1 << 19];
        });
        QVERIFY(WIFEXITED(ended.status));
        QCOMPARE(WEXITSTATUS(ended.status), 1);
        QVERIFY2(ended.error.starts_with("test: a file that was being read has been cut"),
                 ended.error.c_str());
        QCOMPARE(filesIn(m_folder), (std::set<std::string>{"mapped", "out"}));
    }

    /// Else messages for a closed standard error get into the file that is written.
    void closedStreamsAreNobodysFile() {
        const Ended ended = inFork([&] {
            for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
            holdStandardStreams();
            auto file = AtomicFile::create(m_folder / "out");
            if (!file || !file->write("new")) ::_exit(43);
            for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
                if (::write(stream, "message", 7) != -1) ::_exit(44);
            char byte;
            if (::read(STDIN_FILENO, &byte, 1) != -1) ::_exit(45);
            ::_exit(file->commit() ? 42 : 46);
        });
        QVERIFY(WIFEXITED(ended.status));
        QCOMPARE(WEXITSTATUS(ended.status), 42);
        QCOMPARE(fs::file_size(m_folder / "out"), uintmax_t{3});
    }

    void aBusErrorFromOutsideIsASignal() {
        const Ended ended = endWhileWriting([&] {
            prepareForSuddenEnd("test");
            ::raise(SIGBUS);
        });
        QVERIFY(WIFSIGNALED(ended.status));
        QCOMPARE(WTERMSIG(ended.status), SIGBUS);
        QCOMPARE(ended.error, std::string());
        QCOMPARE(filesIn(m_folder), std::set<std::string>{"out"});
    }
};

#else

class SuddenEndTest : public QObject {
    Q_OBJECT
private slots:
    void endings() { QSKIP("signals are tested on Unix"); }
};

#endif

QTEST_GUILESS_MAIN(SuddenEndTest)
#include "sudden_end_test.moc"
