#include <QTemporaryDir>
#include <QtTest>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "engine/base/atomic_file.h"
#include "engine/base/file_lock.h"
#include "engine/base/mapped_file.h"
#include "engine/base/paths.h"

#ifdef __unix__
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#endif

using namespace alcove;
namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

size_t filesIn(const fs::path& folder) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

class FilesTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_folder;

private slots:
    void init() {
        m_folder = fs::path(m_dir.path().toStdString()) / QTest::currentTestFunction();
        fs::create_directory(m_folder);
    }

    void mapsWhatIsThere() {
        std::ofstream(m_folder / "a") << "twelve bytes";
        auto mapped = MappedFile::open(m_folder / "a");
        QVERIFY(mapped.ok());
        QCOMPARE(mapped->bytes().size(), size_t{12});
        const MappedFile moved = std::move(*mapped);
        QCOMPARE(static_cast<char>(moved.bytes()[7]), 'b');
    }

    /// Whoever reads meanwhile sees the same bytes, and in the end nothing of the file is needed.
    void whatMovesIntoMemoryIsReadMeanwhile() {
        constexpr size_t kCount = (size_t{37} << 20) / 8 + 3;
        std::vector<uint64_t> numbers(kCount);
        for (size_t i = 0; i < kCount; ++i) numbers[i] = i * 0x9e3779b97f4a7c15u;
        std::ofstream(m_folder / "large", std::ios::binary)
            .write(reinterpret_cast<const char*>(numbers.data()),
                   static_cast<std::streamsize>(kCount * 8));
        auto opened = MappedFile::open(m_folder / "large");
        QVERIFY(opened.ok());
        const std::byte* where = opened->bytes().data();
        opened->moveIntoMemory();
        MappedFile moved = std::move(*opened);
        QCOMPARE(moved.bytes().data(), where);
        QCOMPARE(moved.bytes().size(), kCount * 8);
        const auto same = [&] {
            return std::memcmp(moved.bytes().data(), numbers.data(), kCount * 8) == 0;
        };
        for (int i = 0; i < 20; ++i) QVERIFY(same());
        for (int i = 0; i < 5; ++i) {  // it may end while it is at work
            auto again = MappedFile::open(m_folder / "large");
            QVERIFY(again.ok());
            again->moveIntoMemory();
        }
#ifdef __linux__
        const auto isMapped = [&] {
            return contents("/proc/self/maps").find((m_folder / "large").string()) !=
                   std::string::npos;
        };
        if (!fs::exists("/sys/kernel/mm/transparent_hugepage")) QSKIP("no huge pages");
        QTRY_VERIFY_WITH_TIMEOUT(!isMapped(), 30000);
        fs::resize_file(m_folder / "large", 5);
        QVERIFY(same());
#endif
    }

    void placesOfOthersAreNotTrusted() {
        QVERIFY(preparePrivateFolder(m_folder / "new" / "deep").ok());
        QCOMPARE(fs::status(m_folder / "new" / "deep").permissions(), fs::perms::owner_all);
        QVERIFY(isOwn(m_folder / "new"));
        QVERIFY(isOwn(m_folder / "not there"));
        const auto refused = [&](const char* reason) {
            const Result<void> prepared = preparePrivateFolder(m_folder / "new" / "deep");
            return !prepared.ok() && prepared.message().find(reason) != std::string::npos;
        };
        fs::permissions(m_folder / "new" / "deep", fs::perms::owner_all | fs::perms::group_write);
        QVERIFY(refused("others can write there"));
        fs::permissions(m_folder / "new" / "deep", fs::perms::owner_all);
        fs::permissions(m_folder / "new", fs::perms::all);
        QVERIFY(refused("others can write there"));
        fs::permissions(m_folder / "new", fs::perms::all | fs::perms::sticky_bit);
        QVERIFY(preparePrivateFolder(m_folder / "new" / "deep").ok());
#ifdef __unix__
        constexpr uid_t kSomebody = 54321;
        if (::geteuid() != 0) return;  // files cannot be given away
        QCOMPARE(::chown((m_folder / "new" / "deep").c_str(), kSomebody, kSomebody), 0);
        QVERIFY(refused("belongs to another user"));
        QVERIFY(!isOwn(m_folder / "new" / "deep"));
#endif
    }

    void aLockHasOneHolder() {
        const fs::path path = m_folder / "lock";
        {
            const auto first = FileLock::tryAcquire(path);
            QVERIFY(first.ok() && first->has_value());
            const auto second = FileLock::tryAcquire(path);
            QVERIFY(second.ok() && !second->has_value());
            QCOMPARE(FileLock::holder(path),
                     static_cast<uint64_t>(QCoreApplication::applicationPid()));
        }
        const auto third = FileLock::tryAcquire(path);
        QVERIFY(third.ok() && third->has_value());
        QVERIFY(!FileLock::tryAcquire(m_folder / "no" / "folder").ok());
    }

    void aLockMayBeShared() {
        const fs::path path = m_folder / "lock";
        QVERIFY(!FileLock::tryShare(path).ok());  // there is none
        std::ofstream(path).flush();
        {
            const auto first = FileLock::tryShare(path), second = FileLock::tryShare(path);
            QVERIFY(first.ok() && first->has_value());
            QVERIFY(second.ok() && second->has_value());
            const auto alone = FileLock::tryAcquire(path);
            QVERIFY(alone.ok() && !alone->has_value());
        }
        const auto alone = FileLock::tryAcquire(path);
        QVERIFY(alone.ok() && alone->has_value());
        const auto shared = FileLock::tryShare(path);
        QVERIFY(shared.ok() && !shared->has_value());
    }

    void mapsAnEmptyFile() {
        std::ofstream(m_folder / "empty").flush();
        const auto mapped = MappedFile::open(m_folder / "empty");
        QVERIFY(mapped.ok());
        QVERIFY(mapped->bytes().empty());
    }

    void mappingFailuresNameTheFile() {
        for (const fs::path& path : {m_folder / "missing", m_folder}) {
            const auto mapped = MappedFile::open(path);
            QVERIFY(!mapped.ok());
            QVERIFY(mapped.message().find(path.string()) == 0);
        }
    }

    void committedFileIsWhole() {
        const fs::path path = m_folder / "out";
        const std::string large(300000, 'x');
        auto file = AtomicFile::create(path);
        QVERIFY(file.ok());
        QVERIFY(file->write("head ").ok());
        QVERIFY(file->write(large).ok());
        QVERIFY(file->write(" tail").ok());
        QCOMPARE(file->position(), uint64_t{300010});
        QVERIFY(!fs::exists(path));
        QVERIFY(file->commit().ok());
        QCOMPARE(contents(path), "head " + large + " tail");
        QCOMPARE(filesIn(m_folder), size_t{1});
        QVERIFY(!file->write(large).ok());
    }

    void replacingKeepsThePermissions() {
#ifdef __unix__
        const fs::path path = m_folder / "out";
        for (const unsigned mode : {0600u, 0640u, 0666u, 0444u}) {
            std::ofstream(path) << "old";
            fs::permissions(path, fs::perms(mode));
            auto file = AtomicFile::create(path);
            QVERIFY(file.ok());
            for (const auto& entry : fs::directory_iterator(m_folder))  // before it is whole, too
                QCOMPARE(entry.status().permissions(), fs::perms(mode));
            QVERIFY(file->write("new").ok() && file->commit().ok());
            QCOMPARE(fs::status(path).permissions(), fs::perms(mode));
            fs::remove(path);
        }
        auto own = AtomicFile::create(path, Readers::OwnerAlone);
        QVERIFY(own.ok() && own->commit().ok());
        QCOMPARE(fs::status(path).permissions(), fs::perms(0600));
#else
        QSKIP("permissions are tested on Unix");
#endif
    }

    void outputsThatAreInputsAreRefused() {
        const fs::path path = m_folder / "in", other = m_folder / "other";
        std::ofstream(path) << "x";
        std::ofstream(other) << "y";
        fs::create_symlink("in", m_folder / "link");
        fs::create_hard_link(path, m_folder / "twin");
        const Paths inputs = {other, path, m_folder / "future"};
        for (const char* name : {"in", "link", "twin", "future", "./future"}) {
            const auto refused = refuseInputs(m_folder / name, inputs);
            QVERIFY2(!refused.ok(), name);
            QVERIFY(refused.message().find((m_folder / name).string()) == 0);
        }
        QVERIFY(refuseInputs(m_folder / "out", inputs).ok());
        QVERIFY(refuseInputs(path, {}).ok());
    }

    void commitReplacesTheOlderFile() {
        const fs::path path = m_folder / "out";
        std::ofstream(path) << "old";
        auto file = AtomicFile::create(path);
        QVERIFY(file.ok());
        QVERIFY(file->write("new").ok());
        QCOMPARE(contents(path), std::string("old"));
        QVERIFY(file->commit().ok());
        QCOMPARE(contents(path), std::string("new"));
    }

    void withoutCommitNothingRemains() {
        const fs::path path = m_folder / "out";
        std::ofstream(path) << "old";
        {
            auto file = AtomicFile::create(path);
            QVERIFY(file.ok());
            QVERIFY(file->write(std::string(200000, 'x')).ok());
            QCOMPARE(filesIn(m_folder), size_t{2});
        }
        QCOMPARE(contents(path), std::string("old"));
        QCOMPARE(filesIn(m_folder), size_t{1});
    }

    void twoWritersDoNotMix() {
        auto one = AtomicFile::create(m_folder / "out");
        auto two = AtomicFile::create(m_folder / "out");
        QVERIFY(one.ok() && two.ok());
        QVERIFY(one->write("one").ok() && two->write("two").ok());
        QVERIFY(one->commit().ok() && two->commit().ok());
        QCOMPARE(contents(m_folder / "out"), std::string("two"));
        QCOMPARE(filesIn(m_folder), size_t{1});
    }

    void linksAreFollowed() {
        std::ofstream(m_folder / "target") << "old";
        fs::create_symlink("target", m_folder / "link");
        auto file = AtomicFile::create(m_folder / "link");
        QVERIFY(file.ok());
        QVERIFY(file->write("new").ok() && file->commit().ok());
        QVERIFY(fs::is_symlink(m_folder / "link"));
        QCOMPARE(contents(m_folder / "target"), std::string("new"));
    }

    void linksToNothingStayLinks() {
        fs::create_symlink("target", m_folder / "link");
        auto file = AtomicFile::create(m_folder / "link");
        QVERIFY(file.ok());
        QVERIFY(file->write("new").ok() && file->commit().ok());
        QVERIFY(fs::is_symlink(m_folder / "link"));
        QCOMPARE(contents(m_folder / "target"), std::string("new"));
    }

    void linksInACircleAreRefused() {
        fs::create_symlink("b", m_folder / "a");
        fs::create_symlink("a", m_folder / "b");
        QVERIFY(!AtomicFile::create(m_folder / "a").ok());
        QVERIFY(fs::is_symlink(m_folder / "a"));
    }

#ifdef __unix__
    void devicesAndPipesAreLeftAlone() {
        const fs::path pipe = m_folder / "pipe";
        QCOMPARE(mkfifo(pipe.c_str(), 0600), 0);
        for (const fs::path& path : {fs::path("/dev/null"), pipe}) {
            const auto file = AtomicFile::create(path);
            QVERIFY(!file.ok());
            QVERIFY2(file.message().find("not an ordinary file") != std::string::npos,
                     file.message().c_str());
            QVERIFY(fs::exists(path));
        }
        QVERIFY(!MappedFile::open(pipe).ok());  // and does not wait for a writer
    }
#endif

    void impossiblePlacesAreRefused() {
        fs::create_directory(m_folder / "folder");
        std::ofstream(m_folder / "file") << "x";
        for (const fs::path& path :
             {m_folder / "missing" / "out", m_folder / "file" / "out", m_folder / "folder"}) {
            const auto file = AtomicFile::create(path);
            QVERIFY(!file.ok());
            QVERIFY2(file.message().find(path.string()) == 0, file.message().c_str());
        }
        QCOMPARE(filesIn(m_folder), size_t{2});
    }

    void unwritableFolderIsRefused() {
#ifdef __unix__
        if (geteuid() == 0) QSKIP("the superuser may write everywhere");
        fs::permissions(m_folder, fs::perms::owner_read | fs::perms::owner_exec);
        const auto file = AtomicFile::create(m_folder / "out");
        fs::permissions(m_folder, fs::perms::owner_all);
        QVERIFY(!file.ok());
        QVERIFY(file.message().find("out: cannot be created") != std::string::npos);
#else
        QSKIP("folder permissions are tested on Unix");
#endif
    }

    /// A limit on the size of files stands in for a full disk: write() fails in the same place.
    void fullDiskLeavesTheOldFile() {
#ifdef __unix__
        const fs::path path = m_folder / "out";
        std::ofstream(path) << "old";
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        rlimit small = before;
        small.rlim_cur = 100000;
        setrlimit(RLIMIT_FSIZE, &small);
        {
            auto file = AtomicFile::create(path);
            QVERIFY(file.ok());
            const auto written = file->write(std::string(200000, 'x'));
            setrlimit(RLIMIT_FSIZE, &before);
            QCOMPARE(file->position(), uint64_t{100000});  // what was taken
            QVERIFY(!written.ok());
            QVERIFY2(written.message().find("cannot be written (100000 bytes so far)") !=
                         std::string::npos,
                     written.message().c_str());
            QVERIFY2(written.message().ends_with(
                         "; the older file of this name is unchanged; what was written of it is "
                         "removed. Make room on the disk, or write to another place"),
                     written.message().c_str());
        }
        QCOMPARE(contents(path), std::string("old"));
        QCOMPARE(filesIn(m_folder), size_t{1});
#else
        QSKIP("the limit on file sizes is a thing of Unix");
#endif
    }
};

QTEST_GUILESS_MAIN(FilesTest)
#include "files_test.moc"
