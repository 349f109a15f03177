#include "app/library/indexer.h"

#include <future>
#include <thread>

#include "app/library/removal.h"
#include "app/library/scan.h"
#include "made_up.h"
#include "rag/store/sqlite.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;

namespace {

std::string paragraphs(int count, const std::string& word) {
    std::string text = "# About " + word + "\n\n";
    for (int i = 0; i < count; ++i) {
        for (int k = 0; k < 40; ++k) text += word + std::to_string(i * 7 + k % 11) + " ";
        text += "ends here.\n\n";
    }
    return text;
}

std::vector<std::string> verify(Library& library) { return must(library.store().verify()); }

}  // namespace

class IndexerTest : public QObject {
    Q_OBJECT

private slots:
    void onlyWhatChangedIsReadAgain() {
        const Place place;
        write(place.folder / "a.txt", "Apples are round.");
        write(place.folder / "b.txt", "Bananas are bent.");
        write(place.folder / "sub/c.md", "# Cherries\n\nThey are red.");
        const auto library = place.openWithRoot();
        Listener first;
        IndexSummary summary = update(*library, first);
        QCOMPARE(summary.read, size_t{3});
        QCOMPARE(first.stages("a.txt"), (QList<int>{0, 1, 3}));  // waiting, reading, done
        QCOMPARE(finds(*library, "apples"), Names{"a.txt"});
        QCOMPARE(finds(*library, "cherries"), Names{"c.md"});

        for (const char* name : {"a.txt", "b.txt", "sub/c.md"}) setAge(place.folder / name, 100);
        Listener touched;
        summary = update(*library, touched);  // another time, the same content
        QCOMPARE(summary.read, size_t{0});
        QCOMPARE(summary.unchanged, size_t{3});
        QVERIFY(!touched.stages("a.txt").contains(1));

        write(place.folder / "b.txt", "Bananas are ripe.");  // as long as before
        setAge(place.folder / "b.txt", 50);
        fs::remove(place.folder / "sub/c.md");
        write(place.folder / "d.txt", "Dates are sweet.");
        Listener second;
        summary = update(*library, second);
        QCOMPARE(summary.read, size_t{2});
        QCOMPARE(summary.unchanged, size_t{1});
        QCOMPARE(summary.removed, size_t{1});
        QCOMPARE(second.stages("a.txt"), QList<int>());
        QCOMPARE(second.stages("c.md"), QList<int>{5});
        QCOMPARE(held(*library), (Names{"a.txt", "b.txt", "d.txt"}));
        QCOMPARE(finds(*library, "bent"), Names());
        QCOMPARE(finds(*library, "ripe"), Names{"b.txt"});
        QCOMPARE(finds(*library, "cherries"), Names());
        QCOMPARE(verify(*library), std::vector<std::string>());
    }

    void aChangeWithinOneTickOfTheClockIsSeen() {
        const Place place;
        const fs::path file = place.folder / "a.txt";
        const auto library = place.openWithRoot();
        // On a file system that counts in whole seconds; so far ahead that none of them is over.
        const auto time =
            std::chrono::floor<std::chrono::seconds>(fs::file_time_type::clock::now()) +
            std::chrono::seconds(100);
        for (const char* word : {"one", "two", "six"}) {  // of one length, at one time
            write(file, std::string("The word is ") + word + ".");
            fs::last_write_time(file, time);
            update(*library);
            QCOMPARE(finds(*library, word), Names{"a.txt"});
        }
    }

    void whatIsGoneIsGoneEverywhere() {
        const Place place;
        for (int i = 0; i < 5; ++i)
            write(place.folder / (std::to_string(i) + ".txt"),
                  "Common words, number " + std::to_string(i));
        const auto library = place.openWithRoot(std::make_unique<WordEmbedder>());
        update(*library);
        QCOMPARE(must(library->store().status()).vectors, uint64_t{5});
        QVERIFY_OK(library->store().flush());
        fs::remove_all(place.folder);
        QCOMPARE(update(*library).removed, size_t{5});
        const rag::StoreStatus status = must(library->store().status());
        QCOMPARE(status.documents + status.chunks + status.vectors, uint64_t{0});
        QVERIFY(finds(*library, "common", rag::SearchMode::Text).empty());
        QVERIFY(finds(*library, "common", rag::SearchMode::Vector).empty());
        for (const auto& entry : fs::directory_iterator(place.library))
            QVERIFY(entry.path().extension() != ".index");
        QCOMPARE(verify(*library), std::vector<std::string>());
    }

    void aDiskThatIsAwayLosesNothing() {
        const Place place;
        write(place.folder / "disk/papers/a.txt", "On a disk.");
        const auto library = place.open();
        QVERIFY_OK(library->store().addRoot("documents", nameOf(place.folder / "disk/papers")));
        update(*library);
        fs::rename(place.folder / "disk", place.folder / "elsewhere");
        Listener away;
        QCOMPARE(update(*library, away).removed, size_t{0});
        QCOMPARE(away.notes.size(), size_t{1});
        QCOMPARE(held(*library), Names{"a.txt"});
        fs::rename(place.folder / "elsewhere", place.folder / "disk");
        QCOMPARE(update(*library).unchanged, size_t{1});
    }

    void aRefusedFileIsRecordedAndTheOthersGoOn() {
        const Place place;
        write(place.folder / "bad.pdf", "this is no PDF at all");
        write(place.folder / "broken.docx", "PK\x03\x04 and then nothing");
        write(place.folder / "nothing.txt", "");
        write(place.folder / "good.txt", "Good words.");
        for (const auto& entry : fs::directory_iterator(place.folder)) setAge(entry.path(), 100);
        const auto library = place.openWithRoot(std::make_unique<WordEmbedder>());
        Listener first;
        IndexSummary summary = update(*library, first);
        QCOMPARE(summary.failed, size_t{3});
        QCOMPARE(summary.read, size_t{1});
        QCOMPARE(finds(*library, "good"), Names{"good.txt"});
        const auto failures = must(library->store().failures());
        QCOMPARE(failures.size(), size_t{3});
        QCOMPARE(failures[0].refusal, std::string("mislabelled"));
        QVERIFY2(failures[0].message.find("PDF") != std::string::npos, failures[0].message.c_str());
        QCOMPARE(first.reasonOf("bad.pdf"), failures[0].message);
        QVERIFY(failures[0].message.find(place.folder.string()) == std::string::npos);
        QCOMPARE(failures[2].refusal, std::string("empty"));

        Listener second;  // not tried again
        summary = update(*library, second);
        QCOMPARE(summary.refused, size_t{3});
        QCOMPARE(summary.failed, size_t{0});
        QVERIFY(second.events.empty());
        QCOMPARE(update(*library, second, true).failed, size_t{3});  // unless that is asked for

        write(place.folder / "nothing.txt", "Now something.");  // or they changed
        fs::remove(place.folder / "bad.pdf");
        summary = update(*library);
        QCOMPARE(summary.read, size_t{1});
        QCOMPARE(summary.refused, size_t{1});
        QCOMPARE(must(library->store().failures()).size(), size_t{1});
    }

    void aDocumentThatIsRefusedLaterIsNotCitedAnyMore() {
        const Place place;
        write(place.folder / "a.txt", "Old words.");
        const auto library = place.openWithRoot();
        update(*library);
        write(place.folder / "a.txt", "");
        const IndexSummary summary = update(*library);
        QCOMPARE(summary.failed, size_t{1});
        QVERIFY(finds(*library, "old").empty());
        write(place.folder / "a.txt", "New words.");
        update(*library);
        QCOMPARE(finds(*library, "new"), Names{"a.txt"});
        QVERIFY(must(library->store().failures()).empty());
    }

    void warningsAreKept() {
        const Place place;
        write(place.folder / "mail.eml",
              "From: a@example.org\nSubject: Plan\nMIME-Version: 1.0\n"
              "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\n"
              "The plan is attached.\n--x\nContent-Type: application/pdf; name=plan.pdf\n"
              "Content-Disposition: attachment; filename=plan.pdf\n\nno pdf\n--x--\n");
        const auto library = place.openWithRoot();
        Listener listener;
        QCOMPARE(update(*library, listener).read, size_t{1});
        const auto warnings = must(library->store().warnings());
        QVERIFY(!warnings.empty());
        QVERIFY2(warnings[0].warning.message.find("plan.pdf") != std::string::npos,
                 warnings[0].warning.message.c_str());
        QVERIFY(!listener.events.back().warnings.empty());
    }

    void namesThatAreNotUtf8AreReadAndFound() {
        const Place place;
        const std::string name = "caf\xe9 \xff.txt";
        write(place.folder / name, "Strange names are names.");
        const auto library = place.openWithRoot(std::make_unique<WordEmbedder>());
        QCOMPARE(update(*library).read, size_t{1});
        QCOMPARE(finds(*library, "strange"), Names{name});
        QCOMPARE(update(*library).unchanged, size_t{1});
        QVERIFY(Library::sourceState(must(library->documents())[0]) == SourceState::Unchanged);
        QCOMPARE(verify(*library), std::vector<std::string>());
    }

    void aLibraryInItsOwnFolderIsNotRead() {
        const Place place;
        write(place.folder / "a.txt", "Words.");
        LibraryOptions options;
        options.create = true;
        const auto library = must(Library::open(place.folder / "index", options));
        QVERIFY_OK(library->store().addRoot("documents", nameOf(place.folder)));
        Listener listener;
        const IndexSummary summary = update(*library, listener);
        QCOMPARE(summary.read, size_t{1});
        QCOMPARE(summary.failed, size_t{0});
    }

    void largeDocumentsGetTheirVectorsInSteps() {
        const Place place;
        write(place.folder / "large.md", paragraphs(1500, "word"));
        write(place.folder / "small.txt", "A few words.");
        auto embedder = std::make_unique<WordEmbedder>();
        WordEmbedder& words = *embedder;
        const auto library = place.openWithRoot(std::move(embedder));
        std::stop_source stop;
        size_t embedded = 0;
        words.onPassages = [&](size_t count, const std::stop_token&) {
            embedded += count;
            if (embedded > 200) stop.request_stop();
        };
        Listener listener;
        const IndexSummary stopped =
            must(Indexer(*library, listener, indexing()).update(stop.get_token()));
        QVERIFY(stopped.stopped);
        rag::StoreStatus status = must(library->store().status());
        QVERIFY2(status.vectors >= 128 && status.vectors < status.chunks,
                 std::to_string(status.vectors).c_str());
        QCOMPARE(finds(*library, "word77"), Names{"large.md"});  // by its words already
        QCOMPARE(verify(*library), std::vector<std::string>());

        words.onPassages = nullptr;
        Listener second;
        const IndexSummary summary = update(*library, second);
        QCOMPARE(summary.read, size_t{0});
        QCOMPARE(second.stages("large.md"), (QList<int>{2, 3}));  // embedding, done
        status = must(library->store().status());
        QCOMPARE(status.vectors, status.chunks);
        QCOMPARE(verify(*library), std::vector<std::string>());
    }

    void wordsComeAtOnceWhereVectorsMayWait() {
        const Place place;
        write(place.folder / "large.md", paragraphs(300, "word"));
        write(place.folder / "small.txt", "A few words.");
        auto embedder = std::make_unique<WordEmbedder>();
        WordEmbedder& words = *embedder;
        const auto library = place.openWithRoot(std::move(embedder));
        size_t embedded = 0;
        words.onPassages = [&](size_t count, const std::stop_token&) { embedded += count; };
        Listener listener;
        IndexOptions options = indexing();
        options.vectors = false;
        const IndexSummary first = must(Indexer(*library, listener, options).update());
        QVERIFY(!first.stopped);
        QCOMPARE(first.read, size_t{2});
        QCOMPARE(embedded, size_t{0});
        QCOMPARE(finds(*library, "word77"), Names{"large.md"});
        QCOMPARE(finds(*library, "few"), Names{"small.txt"});
        QCOMPARE(verify(*library), std::vector<std::string>());

        const IndexSummary second = update(*library, listener);
        QCOMPARE(second.read, size_t{0});
        const rag::StoreStatus status = must(library->store().status());
        QCOMPARE(status.vectors, status.chunks);
        QCOMPARE(uint64_t(embedded), status.chunks);
    }

    void stoppingWhileReadingKeepsWhatIsDone() {
        const Place place;
        for (int i = 0; i < 30; ++i)
            write(place.folder / concat(i + 100, ".txt"), concat("Number ", i, " has words."));
        const auto library = place.openWithRoot();
        std::stop_source stop;
        Listener listener;
        int done = 0;
        listener.onFile = [&](const FileProgress& progress) {
            if (progress.stage == FileStage::Done && ++done == 5) stop.request_stop();
        };
        const IndexSummary summary =
            must(Indexer(*library, listener, indexing()).update(stop.get_token()));
        QVERIFY(summary.stopped);
        QVERIFY(summary.read >= 5 && summary.read < 30);
        QCOMPARE(summary.read + summary.left, size_t{30});
        QCOMPARE(held(*library).size(), summary.read);
        QCOMPARE(update(*library).read, 30 - summary.read);
    }

    void whatIsRemovedMeanwhileStaysRemoved_data() {
        QTest::addColumn<QString>("what");
        QTest::newRow("a folder in it") << "sub";
        QTest::newRow("its root") << ".";
        QTest::newRow("the collection") << "";
    }
    void whatIsRemovedMeanwhileStaysRemoved() {
        QFETCH(QString, what);
        const Place place;
        for (int i = 0; i < 20; ++i) {
            write(place.folder / concat(i, ".txt"), concat("Number ", i, " has words."));
            write(place.folder / concat("sub/", i, ".txt"), concat("Below ", i, " has words."));
        }
        const auto library = place.openWithRoot();
        Listener listener;
        std::atomic<int> done{0};
        listener.onFile = [&](const FileProgress& progress) {
            if (progress.stage != FileStage::Done || ++done != 5) return;
            const std::string path = nameOf(realPath(place.folder / what.toStdString()));
            if (what.isEmpty())
                must(removeCollection(*library, "documents"));
            else
                must(removePath(*library, path, {}));
        };
        const IndexSummary summary = update(*library, listener);
        QVERIFY(done >= 5);
        for (const std::string& name : held(*library)) QVERIFY(!name.starts_with("sub"));
        QCOMPARE(held(*library).size(), size_t(what == "sub" ? 20 : 0));
        QVERIFY(summary.read < 40);
        QCOMPARE(update(*library).read, size_t{0});
    }

    void pausedMeansThatNothingIsBegun() {
        const Place place;
        for (int i = 0; i < 10; ++i)
            write(place.folder / concat(i, ".txt"), concat("Number ", i, " has words."));
        const auto library = place.openWithRoot();
        Listener listener;
        Indexer indexer(*library, listener, indexing());
        std::promise<void> waiting;
        std::atomic<int> read{0};
        listener.onFile = [&](const FileProgress& progress) {
            if (progress.stage == FileStage::Waiting && progress.path.ends_with("9.txt"))
                waiting.set_value();
            if (progress.stage == FileStage::Reading) ++read;
        };
        indexer.pause();
        std::stop_source stop;
        auto round =
            std::async(std::launch::async, [&] { return indexer.update(stop.get_token()); });
        waiting.get_future().wait();
        QCOMPARE(read.load(), 0);
        indexer.resume();
        QCOMPARE(must(round.get()).read, size_t{10});

        indexer.pause();  // and a paused one can be stopped
        write(place.folder / "more.txt", "More.");
        auto another =
            std::async(std::launch::async, [&] { return indexer.update(stop.get_token()); });
        stop.request_stop();
        QVERIFY(must(another.get()).stopped);
    }

    void anotherEmbedderEmbedsAgain() {
        const Place place;
        for (int i = 0; i < 12; ++i)
            write(place.folder / concat(i, ".txt"), concat("Number ", i, " has words."));
        write(place.folder / "large.md", paragraphs(400, "word"));
        {
            const auto library = place.openWithRoot(std::make_unique<WordEmbedder>("first", 16));
            update(*library);
            QCOMPARE(must(library->store().collections())[0].embedder, std::string("first"));
            QVERIFY(!finds(*library, "number", rag::SearchMode::Vector).empty());
        }
        auto embedder = std::make_unique<WordEmbedder>("second", 24);
        WordEmbedder& words = *embedder;
        const auto library = place.open(std::move(embedder));
        // Before it is done, words find, and meaning finds what is done.
        QVERIFY(!finds(*library, "number", rag::SearchMode::Hybrid).empty());
        QVERIFY(finds(*library, "number", rag::SearchMode::Vector).empty());
        std::stop_source stop;
        size_t embedded = 0;
        words.onPassages = [&](size_t count, const std::stop_token&) {
            embedded += count;
            if (embedded > 60) stop.request_stop();
        };
        Listener listener;
        QVERIFY(must(Indexer(*library, listener, indexing()).update(stop.get_token())).stopped);
        QCOMPARE(listener.notes.size(), size_t{1});
        QVERIFY2(listener.notes[0].find("second") != std::string::npos, listener.notes[0].c_str());
        QVERIFY(!finds(*library, "number", rag::SearchMode::Vector).empty());
        words.onPassages = nullptr;
        const IndexSummary summary = update(*library);
        QCOMPARE(summary.read, size_t{0});
        QCOMPARE(must(library->store().collections())[0].embedder, std::string("second"));
        const rag::StoreStatus status = must(library->store().status());
        QCOMPARE(status.vectors, status.chunks);
        QCOMPARE(verify(*library), std::vector<std::string>());
        QVERIFY_OK(library->store().flush());
        int indexes = 0;
        for (const auto& entry : fs::directory_iterator(place.library))
            indexes += entry.path().extension() == ".index";
        QCOMPARE(indexes, 1);  // that of the first is gone
    }

    void anEmbedderThatReadsLessGetsShorterChunks() {
        const Place place;
        write(place.folder / "a.md", paragraphs(20, "word"));
        {
            const auto library =
                place.openWithRoot(std::make_unique<WordEmbedder>("long", 16, 400));
            update(*library);
        }
        const auto library = place.open(std::make_unique<WordEmbedder>("short", 16, 30));
        QCOMPARE(update(*library).read, size_t{1});
        const WordEmbedder counter;
        auto database = must(rag::Database::open(place.library / "library.db"));
        auto select = must(database.prepare("SELECT body FROM chunks"));
        int chunks = 0;
        while (must(select.step())) {
            QVERIFY(counter.count(select.text(0)) <= 30);
            ++chunks;
        }
        QVERIFY(chunks > 20);
        QCOMPARE(verify(*library), std::vector<std::string>());
    }

    void anEmbedderThatFailsLeavesTheWords() {
        class Failing final : public WordEmbedder {
        public:
            Result<std::vector<float>> embedPassages(std::span<const std::string>,
                                                     std::stop_token) override {
                return fail("no memory for this");
            }
        };
        const Place place;
        write(place.folder / "a.txt", "Apples are round.");
        write(place.folder / "large.md", paragraphs(400, "word"));
        const auto library = place.openWithRoot(std::make_unique<Failing>());
        Listener listener;
        QCOMPARE(update(*library, listener).read, size_t{2});
        QVERIFY(!listener.notes.empty());
        QCOMPARE(finds(*library, "apples"), Names{"a.txt"});
    }

    void whatIsTakenOutStaysOut() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        write(place.folder / "sub/b.txt", "Bananas.");
        write(place.folder / "sub/c.txt", "");
        const auto library = place.openWithRoot();
        update(*library);
        Removal removal = must(removePath(*library, nameOf(place.folder / "sub")));
        QVERIFY(removal.known);
        QCOMPARE(removal.documents, size_t{1});
        QCOMPARE(removal.failures, size_t{1});
        update(*library);
        QCOMPARE(held(*library), Names{"a.txt"});
        QVERIFY(fs::exists(place.folder / "sub/b.txt"));
        QVERIFY(!must(removePath(*library, nameOf(place.folder.parent_path() / "other"))).known);
        removal = must(removeCollection(*library, "documents"));
        QCOMPARE(removal.documents, size_t{1});
        QVERIFY(must(library->store().collections()).empty());
        QVERIFY(!must(removeCollection(*library, "documents")).known);
        update(*library);
        QVERIFY(held(*library).empty());
    }

    void documentsThatAreNotFilesAreLeftAlone() {
        const Place place;
        const auto library = place.openWithRoot();
        rag::DocumentContent content;
        content.record.collection = "bench";
        content.record.path = "4983";
        content.pages.push_back({"flow", "", "text"});
        QVERIFY_OK(library->store().put(content));
        QCOMPARE(update(*library).removed, size_t{0});
        QCOMPARE(held(*library), Names{"4983"});
    }

    void aQuestionDoesNotWaitForIndexing() {
        const Place place;
        write(place.folder / "first.txt", "Apples are round.");
        auto embedder = std::make_unique<WordEmbedder>();
        WordEmbedder& words = *embedder;
        const auto library = place.openWithRoot(std::move(embedder));
        update(*library);
        write(place.folder / "large.md", paragraphs(1500, "word"));
        // While passages are embedded, questions are asked and answered one after the other.
        std::atomic<int> answered{0};
        std::atomic<bool> over{false};
        std::promise<void> begun;
        std::atomic<bool> told{false};
        words.onPassages = [&](size_t, const std::stop_token&) {
            if (!told.exchange(true)) begun.set_value();
            // Ends only after questions came through in between.
            if (answered < 3) std::this_thread::yield();
        };
        auto round = std::async(std::launch::async, [&] {
            Listener listener;
            auto summary = Indexer(*library, listener, indexing()).update({});
            over = true;
            return summary;
        });
        begun.get_future().wait();
        int during = 0;
        while (!over) {
            QCOMPARE(finds(*library, "apples", rag::SearchMode::Hybrid).count("first.txt"),
                     size_t{1});
            during += !over;
            ++answered;
        }
        QVERIFY(must(round.get()).embedded > 250);
        QVERIFY2(during >= 3, std::to_string(during).c_str());
    }

    void verifyTellsWhatIsWrong_data() {
        QTest::addColumn<QString>("damage");
        QTest::addColumn<QString>("words");
        QTest::newRow("chunk") << "UPDATE chunks SET body = 'forged' WHERE id = 1"
                               << "is not what stands on page 1";
        QTest::newRow("range") << "UPDATE chunks SET end_byte = 999999 WHERE id = 1"
                               << "is not what stands on page 1";
        QTest::newRow("page") << "DELETE FROM pages" << "of a page that is not there";
        QTest::newRow("vector") << "UPDATE vectors SET vector = x'00' WHERE chunk = 1"
                                << "has 1 bytes";
        QTest::newRow("number")
            << "UPDATE vectors SET vector = CAST(zeroblob(124) || x'0000c07f' AS BLOB)"
            << "not numbers";
        QTest::newRow("index") << "DELETE FROM vectors" << "vector index";
        QTest::newRow("text") << "INSERT INTO chunk_text (chunk_text) VALUES ('delete-all')"
                              << "full text";
    }
    void verifyTellsWhatIsWrong() {
        QFETCH(const QString, damage);
        QFETCH(const QString, words);
        const Place place;
        write(place.folder / "a.txt", "Apples are round.");
        const auto library = place.openWithRoot(std::make_unique<WordEmbedder>());
        update(*library);
        QCOMPARE(verify(*library), std::vector<std::string>());
        auto database = must(rag::Database::open(place.library / "library.db"));
        QVERIFY_OK(database.execute(damage.toUtf8().constData()));
        QString all;
        for (const std::string& finding : verify(*library))
            all += QString::fromStdString(finding) + '\n';
        QVERIFY2(all.contains(words), qPrintable(all));
    }
};

QTEST_GUILESS_MAIN(IndexerTest)
#include "indexer_test.moc"
