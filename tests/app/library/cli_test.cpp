// The commands of libraries, as processes: also killed on the way.
#include <QProcess>
#include <algorithm>
#include <climits>
#include <random>

#include "../cli_process.h"
#include "made_up.h"
#include "rag/store/sqlite.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
using nlohmann::json;

namespace {

QString text(const fs::path& path) { return QString::fromStdString(path.string()); }

bool fullRun() { return qEnvironmentVariableIsSet("ALCOVE_TEST_FULL"); }

std::vector<json> jsonLines(const QByteArray& out) {
    std::vector<json> lines;
    for (const QByteArray& line : out.split('\n'))
        if (!line.isEmpty()) lines.push_back(parsed(line));
    return lines;
}

json summaryOf(const QByteArray& out) {
    for (const json& line : jsonLines(out))
        if (line.value("event", "") == "summary") return line;
    return {};
}

/// Text of sentences, the same for the same number.
std::string story(unsigned number, int sentences) {
    static const char* const kWords[] = {"lease",  "tenant", "garden", "engine", "river", "court",
                                         "winter", "ledger", "bridge", "doctor", "paper", "stone"};
    std::mt19937 random(number);
    std::string text = concat("# Story ", number, "\n\n");
    for (int i = 0; i < sentences; ++i) {
        text += concat("In story ", number, " the ", kWords[random() % 12], " saw ");
        for (int k = 0; k < 12; ++k) text += std::string(kWords[random() % 12]) + " ";
        text += i % 5 == 4 ? "here.\n\n" : "there. ";
    }
    return text;
}

}  // namespace

class LibraryCliTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_models;  // with the embedding model, where there is one

    [[nodiscard]] QString model() const { return m_models.filePath("all-MiniLM-L6-v2.F16.gguf"); }
    /// With that model as the starter.
    [[nodiscard]] Run runWithModel(const QStringList& arguments) const {
        return run(arguments, {}, {{"ALCOVE_MODELS", m_models.path()}});
    }
    /// Without a models' folder: words alone.
    static Run runPlain(const QStringList& arguments) {
        return run(arguments, {}, {{"ALCOVE_MODELS", "/nonexistent"}});
    }
    static QStringList ingest(const Place& place, const QStringList& more = {}) {
        return QStringList{"ingest", "--library", text(place.library), text(place.folder),
                           "--json"} +
               more;
    }
    static json search(const Place& place, const QStringList& more) {
        const Run found =
            runPlain(QStringList{"search", "--library", text(place.library), "--json"} + more);
        return found.code == 0 ? parsed(found.out) : json();
    }
    static Names pathsOf(const json& found) {
        Names names;
        if (!found.contains("passages")) return {"no answer"};
        for (const json& passage : found["passages"])
            names.insert(fs::path(passage["path"].get<std::string>()).filename().string());
        return names;
    }

    /// Each row is all that two libraries of the same files have in common; vectors beside.
    struct Content {
        std::vector<std::string> rows;
        std::vector<std::vector<float>> vectors;  // one for each chunk, in the order of rows
    };
    static Content contentOf(const fs::path& library, const fs::path& folder) {
        auto database = must(rag::Database::open(library / "library.db"));
        auto select = must(database.prepare(
            "SELECT documents.path, title, documents.kind, hash, bytes, ordinal, page, first_byte, "
            "end_byte, heading, body, vector FROM chunks JOIN documents ON documents.id = "
            "chunks.document LEFT JOIN vectors ON vectors.chunk = chunks.id "
            "ORDER BY documents.path, ordinal"));
        Content content;
        while (must(select.step())) {
            const fs::path path = pathFrom(select.text(0)).lexically_relative(folder);
            content.rows.push_back(concat(path.string(), '|', select.text(1), '|', select.text(2),
                                          '|', select.text(3), '|', select.integer(4), '|',
                                          select.integer(5), '|', select.integer(6), '|',
                                          select.integer(7), '|', select.integer(8), '|',
                                          select.text(9), '|', select.text(10)));
            const auto blob = select.blob(11);
            std::vector<float> vector(blob.size() / sizeof(float));
            if (!blob.empty()) std::memcpy(vector.data(), blob.data(), blob.size());
            content.vectors.push_back(std::move(vector));
        }
        auto pages = must(database.prepare(
            "SELECT path, number, pages.kind, label, CAST(text AS TEXT) FROM pages JOIN documents "
            "ON documents.id = pages.document ORDER BY path, number"));
        while (must(pages.step()))
            content.rows.push_back(concat(
                "page ", pathFrom(pages.text(0)).lexically_relative(folder).string(), '|',
                pages.integer(1), '|', pages.text(2), '|', pages.text(3), '|', pages.text(4)));
        return content;
    }

private slots:
    void initTestCase() {
        const QString folder = testData("models/all-MiniLM-L6-v2");
        if (!QFile::exists(folder)) return;  // who needs it says so
        const Run imported = run({"models", "import", folder, model(), "--type", "F16"});
        QVERIFY2(imported.code == 0, imported.error);
    }

    void filesGoInAndAreFound() {
        const Place place;
        write(place.folder / "lease.md", "# Lease\n\nThe tenant may keep a dog in the garden.");
        write(place.folder / "old/bill.txt", "The bill is due in winter.");
        fs::last_write_time(place.folder / "old/bill.txt",
                            fs::file_time_type::clock::now() - std::chrono::hours(24 * 365 * 3));
        const Run ingested = runPlain(ingest(place, {"--collection", "home"}));
        QVERIFY2(ingested.code == 0, ingested.error);
        QVERIFY2(ingested.error.contains("embedding model"), ingested.error);
        QCOMPARE(summaryOf(ingested.out)["read"], 2);

        const json found = search(place, {"may", "tenant", "keep a dog?"});
        QCOMPARE(found["query"], "may tenant keep a dog?");
        QCOMPARE(pathsOf(found), Names{"lease.md"});
        const json& passage = found["passages"][0];
        QCOMPARE(passage["n"], 1);
        QCOMPARE(passage["type"], "markdown");
        QCOMPARE(passage["collection"], "home");
        QCOMPARE(passage["heading"], "");  // it begins with its heading
        QCOMPARE(passage["parts"][0]["page"], 1);
        QCOMPARE(passage["text"], "Lease\n\nThe tenant may keep a dog in the garden.");
        QVERIFY(passage["bm25"].is_number());

        const QStringList both = {"the tenant bill"};
        QCOMPARE(pathsOf(search(place, both)), (Names{"lease.md", "bill.txt"}));
        QCOMPARE(pathsOf(search(place, both + QStringList{"-k", "1"})).size(), size_t{1});
        QCOMPARE(pathsOf(search(place, both + QStringList{"--type", "text"})), Names{"bill.txt"});
        QCOMPARE(pathsOf(search(place, both + QStringList{"--collection", "home"})),
                 (Names{"lease.md", "bill.txt"}));
        QCOMPARE(pathsOf(search(place, both + QStringList{"--document", "old/bill.txt"})),
                 Names{"bill.txt"});
        const QString year = QString::number(QDate::currentDate().year() - 1);
        QCOMPARE(pathsOf(search(place, both + QStringList{"--before", year + "-01-01"})),
                 Names{"bill.txt"});
        QCOMPARE(pathsOf(search(place, both + QStringList{"--from", year + "-01-01"})),
                 Names{"lease.md"});

        const Run plain = runPlain({"search", "--library", text(place.library), "dog"});
        QCOMPARE(plain.code, 0);
        QVERIFY2(plain.out.startsWith("[1] "), plain.out);
        QVERIFY(plain.out.contains("lease.md"));
    }

    /// A head that scores pairs makes no vectors, and the other way round.
    void rerankersAreNoEmbedders() {
        NEEDS("tiny/bert-rank.gguf");
        const QString reranker = testData("tiny/bert-rank.gguf");
        const Place place;
        write(place.folder / "a.txt", "The cat sat on the mat.");
        write(place.folder / "b.txt", "A blue river and a cat.");
        const QStringList library{"--library", text(place.library)};
        for (const QStringList& words :
             {QStringList{"ingest", text(place.folder), "-m", reranker},
              QStringList{"search", "cat", "-m", reranker},
              QStringList{"ask", "Where is the cat?", "--embedder", reranker}}) {
            if (words[0] == "search") QCOMPARE(runPlain(ingest(place)).code, 0);
            const Run refused = runPlain(words + library);
            QCOMPARE(refused.code, 1);
            QVERIFY2(refused.error.contains("is a reranker"), refused.error);
            QVERIFY2(refused.error.contains("--rerank"), refused.error);
        }
        const Run embedded = run({"embed", "-m", reranker}, "the cat\n");
        QCOMPARE(embedded.code, 1);
        QVERIFY2(embedded.error.contains("is a reranker"), embedded.error);
        QCOMPARE(embedded.out, QByteArray());

        const json found = search(place, {"cat", "--rerank", reranker});
        QCOMPARE(found["passages"].size(), size_t{2});
        QVERIFY(found["reranker"].is_string());
        double before = 1;
        for (const json& passage : found["passages"]) {
            const double score = passage["score"];
            QCOMPARE(passage["relevance"].get<double>(), score);
            QVERIFY(score > 0 && score <= before);
            before = score;
        }
        const Run asked = runPlain(QStringList{"ask", "Where did the cat sit?", "--embedder",
                                               "none", "--rerank", reranker, "--json"} +
                                   library);
        QCOMPARE(asked.code, 0);
        QVERIFY(parsed(asked.out)["passages"][0].contains("relevance"));

        const Run wrong = runPlain(
            QStringList{"search", "cat", "--rerank", testData("tiny/bert-mean.gguf")} + library);
        QCOMPARE(wrong.code, 1);
        QVERIFY2(wrong.error.contains("is no reranker"), wrong.error);
    }

    void wrongUse_data() {
        QTest::addColumn<QStringList>("words");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        QTest::newRow("no library") << QStringList{"ingest", "a"} << 2 << "--library";
        QTest::newRow("words and watch")
            << QStringList{"ingest", "--library", "L", "--words", "--watch"} << 2 << "--words";
        QTest::newRow("poll alone")
            << QStringList{"ingest", "--library", "L", "--poll"} << 2 << "--watch";
        QTest::newRow("nothing there")
            << QStringList{"ingest", "--library", "L", "nothing"} << 1 << "no such file";
        QTest::newRow("no query") << QStringList{"search", "--library", "L"} << 2 << "QUERY";
        QTest::newRow("not there")
            << QStringList{"search", "--library", "L", "x"} << 1 << "there is no library";
        QTest::newRow("k") << QStringList{"search", "--library", "L", "-k", "0", "x"} << 2 << "-k";
        QTest::newRow("no action") << QStringList{"library", "--library", "L"} << 2 << "ACTION";
        QTest::newRow("action") << QStringList{"library", "burn", "--library", "L"} << 2 << "burn";
        QTest::newRow("status of files")
            << QStringList{"library", "status", "--library", "L", "x"} << 2 << "remove";
        QTest::newRow("remove nothing")
            << QStringList{"library", "remove", "--library", "L"} << 2 << "PATH";
        QTest::newRow("status") << QStringList{"library", "status", "--library", "L"} << 1
                                << "there is no library";
    }
    void wrongUse() {
        QFETCH(const QStringList, words);
        QFETCH(const int, code);
        QFETCH(const QString, says);
        const QTemporaryDir folder;
        const Run result = run(words, {}, {}, folder.path());
        QCOMPARE(result.code, code);
        QVERIFY2(result.error.contains(says.toUtf8()), result.error);
        QVERIFY(!QFile::exists(folder.filePath("L")));
    }

    void datesAreChecked_data() {
        QTest::addColumn<QString>("date");
        for (const char* date : {"yesterday", "2024-02-30", "2024-1", "2024-01-01x", "", "-1-1-1"})
            for (const char* option : {"--from", "--before"})
                QTest::addRow("%s %s", option, date) << QString("%1=%2").arg(option, date);
    }
    void datesAreChecked() {
        QFETCH(const QString, date);
        for (const char* command : {"search", "ask"}) {
            const Run result = runPlain({command, "--library", "nowhere", date, "words"});
            QCOMPARE(result.code, 2);
            QVERIFY2(result.error.contains("is not a day"), result.error);
        }
    }

    void statusTellsWhatWasNotRead() {
        const Place place;
        write(place.folder / "good.txt", "Good words.");
        write(place.folder / "bad.pdf", "not one");
        Run result = runPlain(ingest(place));
        QCOMPARE(result.code, 0);  // a file in a folder: the others are what was asked for
        bool told = false;
        for (const json& line : jsonLines(result.out))
            told = told || (line.value("state", "") == "failed" && line.contains("reason"));
        QVERIFY(told);
        result = runPlain({"ingest", "--library", text(place.library), "--retry",
                           text(place.folder / "bad.pdf")});
        QCOMPARE(result.code, 1);  // and here it is what was asked for
        QVERIFY2(result.error.contains("failed   "), result.error);

        result = runPlain({"library", "status", "--library", text(place.library)});
        QCOMPARE(result.code, 0);
        QVERIFY2(result.out.contains("bad.pdf: mislabelled"), result.out);
        result = runPlain({"library", "status", "--library", text(place.library), "--json"});
        const json status = parsed(result.out);
        QCOMPARE(status["documents"], 1);
        QCOMPARE(status["files"].size(), size_t{2});
        QCOMPARE(status["files"][1]["state"], "failed");
        QCOMPARE(status["files"][1]["refusal"], "mislabelled");
        QCOMPARE(status["collections"][0]["paths"][0], place.folder.string());
    }

    void someThingsNamedAreNotThere() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        const Run result = runPlain({"ingest", "--library", text(place.library),
                                     text(place.folder / "a.txt"), text(place.folder / "b.txt")});
        QCOMPARE(result.code, 1);
        QVERIFY2(result.error.contains("b.txt: there is no such file"), result.error);
        QCOMPARE(pathsOf(search(place, {"apples"})), Names{"a.txt"});
    }

    void removeAndRebuild() {
        const Place place;
        write(place.folder / "a.txt", "Apples are confidential.");
        write(place.folder / "b.txt", "Bananas.");
        QCOMPARE(runPlain(ingest(place)).code, 0);
        const QString library = text(place.library);
        Run result =
            runPlain({"library", "remove", "--library", library, text(place.folder / "a.txt")});
        QVERIFY2(result.code == 0, result.error);
        QVERIFY(result.out.startsWith("1 documents removed"));
        result = runPlain({"library", "remove", "--library", library, "/nothing/here"});
        QCOMPARE(result.code, 1);
        QCOMPARE(runPlain(ingest(place)).code, 0);  // the folder does not bring it back
        QCOMPARE(pathsOf(search(place, {"apples bananas"})), Names{"b.txt"});
        result = runPlain({"library", "rebuild", "--library", library});
        QVERIFY2(result.code == 0, result.error);
        QCOMPARE(pathsOf(search(place, {"apples bananas"})), Names{"b.txt"});
        for (const auto& entry : fs::directory_iterator(place.library)) {
            QFile file(text(entry.path()));
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().toLower().contains("confidenti"),
                     entry.path().filename().c_str());
        }
        // Named again, it is taken in again.
        QCOMPARE(runPlain({"ingest", "--library", library, text(place.folder / "a.txt")}).code, 0);
        QCOMPARE(pathsOf(search(place, {"apples bananas"})), (Names{"a.txt", "b.txt"}));
        result = runPlain({"library", "remove", "--library", library, "--collection", "documents"});
        QCOMPARE(result.code, 0);
        QCOMPARE(pathsOf(search(place, {"apples bananas"})), Names{});
    }

    void verifyEndsWithOneWhenSomethingIsWrong() {
        NEEDS("models/all-MiniLM-L6-v2");
        const Place place;
        write(place.folder / "a.md", story(1, 30));
        QCOMPARE(runWithModel(ingest(place)).code, 0);
        const QStringList verify = {"library", "verify", "--library", text(place.library)};
        Run result = runWithModel(verify);
        QVERIFY2(result.code == 0, result.out + result.error);
        QVERIFY2(result.out.contains("all is well"), result.out);
        for (const auto& entry : fs::directory_iterator(place.library))
            if (entry.path().extension() == ".index") {
                QFile file(text(entry.path()));
                QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(file.size() / 2));
                const char byte = static_cast<char>(~file.peek(1)[0]);
                QCOMPARE(file.write(&byte, 1), qint64{1});
            }
        result = runWithModel(verify);
        QCOMPARE(result.code, 1);
        QVERIFY2(result.out.contains(".index"), result.out);
        QCOMPARE(runWithModel(verify).code, 0);  // opening it made the index again
        {
            auto database = must(rag::Database::open(place.library / "library.db"));
            QVERIFY_OK(database.execute("UPDATE chunks SET first_byte = first_byte + 1"));
        }
        result = runWithModel(verify + QStringList{"--json"});
        QCOMPARE(result.code, 1);
        QCOMPARE(parsed(result.out)["sound"], false);
        QVERIFY(!parsed(result.out)["findings"].empty());
    }

    void aSecondProcessIsTold() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        const auto library = place.openWithRoot();
        const Run result = runPlain({"search", "--library", text(place.library), "apples"});
        QCOMPARE(result.code, 1);
        QVERIFY2(result.error.contains("open in another program"), result.error);
        QVERIFY2(result.error.contains(QByteArray::number(QCoreApplication::applicationPid())),
                 result.error);
    }

    void theModelOfTheLibraryIsUsedAgain() {
        NEEDS("models/all-MiniLM-L6-v2");
        const Place place;
        write(place.folder / "a.txt", "An automobile was rented by the company.");
        write(place.folder / "b.txt", "Soup is best when it is hot.");
        const fs::path elsewhere = place.folder.parent_path() / "other-model.gguf";
        fs::create_symlink(model().toStdString(), elsewhere);
        // Once by a path; afterwards no folder of models is needed.
        QCOMPARE(runPlain(ingest(place, {"-m", text(elsewhere)})).code, 0);
        const json found = search(place, {"--mode", "vector", "-k", "1", "hiring a car"});
        QCOMPARE(pathsOf(found), Names{"a.txt"});
        QVERIFY(found["passages"][0]["cosine"].get<double>() > 0.3);
        fs::remove(elsewhere);
        const Run without =
            runPlain({"search", "--library", text(place.library), "--mode", "vector", "car"});
        QCOMPARE(without.code, 1);
        QVERIFY2(without.error.contains("embedding model"), without.error);
        QCOMPARE(pathsOf(search(place, {"automobile"})), Names{"a.txt"});
    }

    void interruptedItSaysWhatIsKept() {
        const Place place;
        for (unsigned i = 0; i < 60; ++i) write(place.folder / concat(i, ".md"), story(i, 20));
        QProcess process;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("ALCOVE_MODELS", "/nonexistent");
        process.setProcessEnvironment(environment);
        process.start(ALCOVE_CLI, ingest(place));
        int done = 0;
        while (done < 5 && process.waitForReadyRead(60000))
            while (process.canReadLine()) done += process.readLine().contains("\"done\"");
        QVERIFY(done >= 5);
        QVERIFY(process.processId() > 0);  // 0 would be all of us
        QCOMPARE(QProcess::execute("kill", {"-INT", QString::number(process.processId())}), 0);
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        const json summary = summaryOf(process.readAllStandardOutput());
        QCOMPARE(process.exitCode(), summary["stopped"] == true ? 1 : 0);
        const Run rest = runPlain(ingest(place));
        QCOMPARE(rest.code, 0);
        QCOMPARE(summary["read"].get<int>() + summaryOf(rest.out)["read"].get<int>(), 60);
    }

    void killedAtAnyMomentItLosesNothing() {
        NEEDS("models/all-MiniLM-L6-v2");
        const int kills = fullRun() ? 200 : 20;
        const Place place;
        const auto fill = [&](unsigned number, int sentences) {
            write(place.folder / concat("f", number % 7, "/", number, ".md"),
                  story(number, sentences));
        };
        unsigned files = 0;
        for (; files < 24; ++files) fill(files, 12);
        write(place.folder / "large.md", story(1000, 900));  // gets its vectors later
        write(place.folder / "bad.pdf", "no PDF");

        std::mt19937 random(7);
        const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("ALCOVE_MODELS", m_models.path());
        int completed = 0;
        for (int i = 0; i < kills; ++i) {
            QProcess process;
            process.setProcessEnvironment(environment);
            process.start(ALCOVE_CLI, ingest(place));
            QVERIFY(process.waitForStarted());
            const unsigned lines = i % 5 == 4 ? UINT_MAX : below(60);  // some come to their end
            std::set<std::string> done;
            unsigned seen = 0;
            const auto take = [&] {
                while (process.canReadLine()) {
                    const json line = parsed(process.readLine());
                    ++seen;
                    if (line.value("state", "") == "done") done.insert(line["path"]);
                }
            };
            while (seen < lines && process.waitForReadyRead(60000)) take();
            process.kill();
            QVERIFY(process.state() == QProcess::NotRunning || process.waitForFinished());
            take();
            const auto library = place.open();
            std::set<std::string> there;
            for (const rag::DocumentRecord& record : must(library->documents()))
                there.insert(record.path);
            for (const std::string& path : done) QVERIFY2(there.count(path) == 1, path.c_str());
            const auto findings = must(library->store().verify());
            QVERIFY2(findings.empty(), findings.empty() ? "" : findings[0].c_str());
            // Once all is there, more comes, and what was there changes or goes.
            if (there.size() >= files + 1) {
                ++completed;
                for (int k = 0; k < 6; ++k) fill(files++, 12);
                fill(below(files), 15);
                write(place.folder / "large.md", story(1000 + below(5), 900));
            }
        }
        QVERIFY2(completed > 0, "no round ever came to its end");
        const Run last = runWithModel(ingest(place));
        QVERIFY2(last.code == 0, last.error);
        const fs::path whole = place.library.parent_path() / "undisturbed";
        QCOMPARE(runWithModel({"ingest", "--library", text(whole), text(place.folder)}).code, 0);
        const Content killed = contentOf(place.library, place.folder),
                      truth = contentOf(whole, place.folder);
        QCOMPARE(killed.rows.size(), truth.rows.size());
        for (size_t i = 0; i < truth.rows.size(); ++i) QCOMPARE(killed.rows[i], truth.rows[i]);
        // Vectors depend, in their last bits, on what was embedded together with them.
        for (size_t i = 0; i < truth.vectors.size(); ++i) {
            QCOMPARE(killed.vectors[i].size(), size_t{384});
            double product = 0;
            for (size_t k = 0; k < 384; ++k)
                product += double{killed.vectors[i][k]} * double{truth.vectors[i][k]};
            QVERIFY2(product > 0.999, std::to_string(product).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(LibraryCliTest)
#include "cli_test.moc"
