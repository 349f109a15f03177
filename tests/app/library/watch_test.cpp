#include <future>

#include "app/library/indexer.h"
#include "engine/base/folder_watcher.h"
#include "made_up.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;

class WatchTest : public QObject {
    Q_OBJECT

    /// A library that is watched while this lives.
    struct Watched {
        std::unique_ptr<Library> library;
        Listener listener;
        std::stop_source stop;
        std::future<Result<void>> watching;

        Watched(std::unique_ptr<Library> opened, bool poll) : library(std::move(opened)) {
            watching = std::async(std::launch::async, [this, poll] {
                WatchOptions options;
                options.poll = poll;
                options.interval = std::chrono::milliseconds(50);
                options.quiet = std::chrono::milliseconds(50);
                return Indexer(*library, listener, indexing()).watch(stop.get_token(), options);
            });
        }
        ~Watched() {
            stop.request_stop();
            if (watching.valid()) watching.wait();
        }
        /// Until the library holds these files; false: it never did.
        bool holds(const Names& names) {
            for (int i = 0; i < 200; ++i) {
                const size_t rounds = listener.roundsSoFar();
                if (held(*library) == names) return true;
                if (!listener.waitForRounds(rounds + 1)) break;
            }
            return held(*library) == names;
        }
    };

private slots:
    void changesAreTakenOver_data() {
        QTest::addColumn<bool>("poll");
        QTest::newRow("told") << false;
        QTest::newRow("looked for") << true;
    }
    void changesAreTakenOver() {
        QFETCH(const bool, poll);
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        Watched watched(place.openWithRoot(), poll);
        QVERIFY(watched.listener.waitForRounds(1));
        QVERIFY(watched.holds({"a.txt"}));
        write(place.folder / "b.txt", "Bananas.");
        QVERIFY(watched.holds({"a.txt", "b.txt"}));
        write(place.folder / "new/deep/c.txt", "Cherries.");  // folders that are new, too
        QVERIFY(watched.holds({"a.txt", "b.txt", "c.txt"}));
        write(place.folder / "new/deep/d.txt", "Dates.");
        QVERIFY(watched.holds({"a.txt", "b.txt", "c.txt", "d.txt"}));
        fs::rename(place.folder / "new", place.folder / "newer");
        fs::remove(place.folder / "a.txt");
        QVERIFY(watched.holds({"b.txt", "c.txt", "d.txt"}));
        write(place.folder / "newer/deep/e.txt", "Elder.");  // under its new name
        QVERIFY(watched.holds({"b.txt", "c.txt", "d.txt", "e.txt"}));
        fs::remove_all(place.folder);
        QVERIFY(watched.holds({}));
        write(place.folder / "f.txt", "Figs.");  // and the folder comes again
        QVERIFY(watched.holds({"f.txt"}));
        watched.stop.request_stop();
        const Result<void> ended = watched.watching.get();
        QVERIFY_OK(ended);
    }

    void aFileThatWasNamedIsWatchedAlone() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        write(place.folder / "beside.txt", "Not named.");
        auto library = place.open();
        QVERIFY_OK(library->store().addRoot("documents", nameOf(place.folder / "a.txt")));
        Watched watched(std::move(library), false);
        QVERIFY(watched.holds({"a.txt"}));
        write(place.folder / "beside.txt", "Not named, changed.");
        fs::remove(place.folder / "a.txt");
        QVERIFY(watched.holds({}));
        write(place.folder / "a.txt", "Apples again.");
        QVERIFY(watched.holds({"a.txt"}));
    }

    void aLinkedFolderIsWatched() {
        const Place place;
        const fs::path outside = place.folder.parent_path() / "outside";
        write(outside / "a.txt", "Apples.");
        fs::create_directory_symlink(outside, place.folder / "link");
        Watched watched(place.openWithRoot(), false);
        QVERIFY(watched.holds({"a.txt"}));
        write(outside / "b.txt", "Bananas.");
        QVERIFY(watched.holds({"a.txt", "b.txt"}));
        fs::remove(place.folder / "link");
        QVERIFY(watched.holds({}));
    }

#ifdef __unix__
    void aLibraryThatIsRemovedEndsIt() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        Watched watched(place.openWithRoot(), false);
        QVERIFY(watched.holds({"a.txt"}));
        fs::remove_all(place.library);
        write(place.folder / "b.txt", "Bananas.");
        const Result<void> ended = watched.watching.get();
        QVERIFY(!ended);
        QVERIFY(ended.message().find("was removed while it was in use") != std::string::npos);
    }
#endif

    void tooManyEventsAreToldAsLost() {
        auto created = FolderWatcher::create();
        if (!created) QSKIP("folders cannot be watched here");
        const Place place;
        QVERIFY_OK((*created)->add(place.folder));
        std::ifstream limit("/proc/sys/fs/inotify/max_queued_events");
        size_t most = 0;
        limit >> most;
        if (most == 0 || most > 100'000) QSKIP("the queue of events is too long to be filled");
        const fs::path file = place.folder / "a", other = place.folder / "b";
        write(file, "x");
        for (size_t i = 0; i < most; ++i) {
            fs::rename(file, other);
            fs::rename(other, file);
        }
        const auto changes =
            (*created)->wait(FolderWatcher::Clock::now() + std::chrono::seconds(10), {});
        QVERIFY_OK(changes);
        QVERIFY(changes->lost);
        QCOMPARE(changes->folders, std::vector<fs::path>{place.folder});
    }
};

QTEST_GUILESS_MAIN(WatchTest)
#include "watch_test.moc"
