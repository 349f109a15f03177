#include "app/library/scan.h"

#include <sys/stat.h>
#include <unistd.h>

#include "made_up.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;

class ScanTest : public QObject {
    Q_OBJECT

    static Names namesOf(const Scan& found, const fs::path& folder) {
        Names names;
        for (const ScannedFile& file : found.files) {
            const std::string name = nameOf(pathFrom(file.path).lexically_relative(folder));
            if (!names.insert(name).second) qFatal("%s twice", name.c_str());
        }
        return names;
    }
    static Scan scanned(const std::vector<std::string>& roots, const ScanOptions& options = {}) {
        return must(scan(roots, options));
    }

private slots:
    void listsWhatAPersonWouldCallADocument() {
        const Place place;
        const fs::path& folder = place.folder;
        write(folder / "a.txt", "a");
        write(folder / "deep/er/b.txt", "b");
        write(folder / ".hidden", "no");
        write(folder / ".git/config", "no");
        write(folder / "~$plan.docx", "no");
        write(folder / "empty", "");
        QCOMPARE(::mkfifo((folder / "pipe").c_str(), 0600), 0);
        QCOMPARE(namesOf(scanned({nameOf(folder)}), folder),
                 (Names{"a.txt", "deep/er/b.txt", "empty"}));
    }

    void linksEndInRealFilesOnceEach() {
        const Place place;
        const fs::path &folder = place.folder, outside = place.folder.parent_path() / "outside";
        write(folder / "a.txt", "a");
        write(folder / "sub/b.txt", "b");
        write(outside / "c.txt", "c");
        write(outside / "d/e.txt", "e");
        fs::create_directory_symlink(folder, folder / "sub/up");  // a loop
        fs::create_directory_symlink(folder / "sub", folder / "again");
        fs::create_directory_symlink(outside / "d", folder / "away");
        fs::create_symlink(folder / "a.txt", folder / "sub/a-link");
        fs::create_symlink(outside / "c.txt", folder / "c-link");
        fs::create_symlink(folder / "itself", folder / "itself");
        fs::create_symlink(folder / "nothing", folder / "dangling");
        const Names expected{"a.txt", "sub/b.txt", "../outside/c.txt", "../outside/d/e.txt"};
        QCOMPARE(namesOf(scanned({nameOf(folder)}), folder), expected);
        // Roots that overlap, and a root in a loop.
        QCOMPARE(
            namesOf(scanned({nameOf(folder), nameOf(folder / "sub"), nameOf(folder / "sub/b.txt")}),
                    folder),
            expected);
    }

    void namesNeedNotBeUtf8() {
        const Place place;
        const std::string name = "caf\xe9 \xff.txt";
        write(place.folder / name, "x");
        const Scan found = scanned({nameOf(place.folder)});
        QCOMPARE(found.files.size(), size_t{1});
        QVERIFY(found.files[0].path.ends_with(name));
        QVERIFY(stampOf(pathFrom(found.files[0].path)).has_value());
        QCOMPARE(shownName("caf\xe9 \xff.txt"), std::string("caf\xef\xbf\xbd \xef\xbf\xbd.txt"));
        QCOMPARE(shownName("café"), std::string("café"));
        QCOMPARE(shownName("\x1b]0;title\x07\n.txt"), std::string("\\x1b]0;title\\x07\\x0a.txt"));
    }

    void whatIsExcludedIsLeftOut() {
        const Place place;
        write(place.folder / "a.txt", "a");
        write(place.folder / "sub/b.txt", "b");
        write(place.folder / "subway/c.txt", "c");
        ScanOptions options;
        options.excluded = {nameOf(place.folder / "sub"), nameOf(place.folder / "a.txt")};
        QCOMPARE(namesOf(scanned({nameOf(place.folder)}, options), place.folder),
                 Names{"subway/c.txt"});
    }

    void aMissingRootIsGoneAndAMissingDiskIsNot() {
        const Place place;
        const std::string gone = nameOf(place.folder / "gone"),
                          away = nameOf(place.folder / "disk/papers");
        QVERIFY(scanned({gone}).unreadable.empty());
        QCOMPARE(scanned({away}).unreadable, std::vector<std::string>{away});
    }

    void anUnreadableFolderIsToldAndOthersGoOn() {
        const Place place;
        write(place.folder / "a.txt", "a");
        write(place.folder / "locked/b.txt", "b");
        fs::permissions(place.folder / "locked", fs::perms::none);
        const Scan found = scanned({nameOf(place.folder)});
        fs::permissions(place.folder / "locked", fs::perms::owner_all);
        if (::geteuid() == 0)  // who may read everything
            QCOMPARE(found.files.size(), size_t{2});
        else
            QCOMPARE(found.unreadable, std::vector<std::string>{nameOf(place.folder / "locked")});
    }

    void aDeepTreeIsWalked() {
        const Place place;
        fs::path path = place.folder;
        for (int i = 0; i < 300; ++i) path /= "d";
        write(path / "bottom.txt", "x");
        write(place.folder / "top.txt", "x");
        QCOMPARE(scanned({nameOf(place.folder)}).files.size(), size_t{2});
    }

    void itCanBeStopped() {
        const Place place;
        for (int i = 0; i < 10; ++i) write(place.folder / std::to_string(i) / "a.txt", "x");
        std::stop_source stop;
        ScanOptions options;
        options.stop = stop.get_token();
        int entered = 0;
        options.entering = [&](const fs::path&) {
            if (++entered == 3) stop.request_stop();
        };
        QVERIFY(!scan(std::vector{nameOf(place.folder)}, options).ok());
        QCOMPARE(entered, 3);
    }

    void within() {
        QVERIFY(isWithin("/a/b", "/a"));
        QVERIFY(isWithin("/a", "/a"));
        QVERIFY(isWithin("/a", "/"));
        QVERIFY(!isWithin("/ab", "/a"));
        QVERIFY(!isWithin("/a", "/a/b"));
    }

    void aHashFollowsTheContent() {
        const Place place;
        const fs::path file = place.folder / "a";
        write(file, std::string(3'000'001, 'x'));
        const std::string before = must(hashOf(file));
        QCOMPARE(before.size(), size_t{16});
        write(file, std::string(3'000'000, 'x') + 'y');
        QVERIFY(must(hashOf(file)) != before);
        write(file, std::string(3'000'001, 'x'));
        QCOMPARE(must(hashOf(file)), before);
        QVERIFY(!hashOf(place.folder / "nothing").ok());
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!hashOf(file, stop.get_token()).ok());
    }
};

QTEST_GUILESS_MAIN(ScanTest)
#include "scan_test.moc"
