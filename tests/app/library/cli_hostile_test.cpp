// The commands of libraries in the hands of who is careless, or means harm.
#include "../cli_process.h"
#include "made_up.h"
#include "tests/rag/reader/pdf_maker.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
using nlohmann::json;

namespace {

QString text(const fs::path& path) { return QString::fromStdString(path.string()); }

/// Without a models' folder: words alone.
Run runPlain(const QStringList& arguments, const QString& folder = {}) {
    return run(arguments, {}, {{"ALCOVE_MODELS", "/nonexistent"}}, folder);
}

/// What a terminal would obey.
bool controlsTerminals(const QByteArray& output) {
    return std::any_of(output.begin(), output.end(), [](char c) {
        return c == 0x7f || (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t');
    });
}

}  // namespace

class LibraryCliHostileTest : public QObject {
    Q_OBJECT

private slots:
#ifdef __unix__
    /// Whoever sends a file chooses its name.
    void namesOfFilesControlNoTerminal_data() {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("ingest") << QStringList{"ingest"};
        QTest::newRow("search") << QStringList{"search", "zebras"};
        QTest::newRow("ask") << QStringList{"ask", "What do the zebras eat?"};
        QTest::newRow("list") << QStringList{"ask", "list all documents"};
        QTest::newRow("status") << QStringList{"library", "status"};
        QTest::newRow("remove") << QStringList{"library", "remove", "a\x1b[2Jb"};
    }
    void namesOfFilesControlNoTerminal() {
        QFETCH(const QStringList, words);
        const Place place;
        write(place.folder / "\x1b[31mred\n\x07.txt", "The zebras eat grass.");
        write(place.folder / "\x1b[31mbad.pdf", "no PDF");
        const QStringList library{"--library", text(place.library)};
        const Run first = runPlain(QStringList{"ingest", text(place.folder)} + library);
        QCOMPARE(first.code, 0);
        const Run done =
            words[0] == "ingest" ? first : runPlain(words.mid(0, 1) + library + words.mid(1));
        const QByteArray all = done.out + done.error;
        QVERIFY2(all.contains("\\x1b["), all);  // it is there, and harmless
        QVERIFY2(!controlsTerminals(all), all);
    }
#endif

    void wordsOfTheUserControlNoTerminal_data() {
        QTest::addColumn<QStringList>("words");
        QTest::newRow("command") << QStringList{"\x1b[31m"};
        QTest::newRow("option") << QStringList{"search", "--\x1b[31m"};
        QTest::newRow("value") << QStringList{"search", "--mode", "\x1b[31m"};
        QTest::newRow("action") << QStringList{"library", "\x1b[31m", "--library", "L"};
    }
    void wordsOfTheUserControlNoTerminal() {
        QFETCH(const QStringList, words);
        const Run done = runPlain(words);
        QCOMPARE(done.code, 2);
        QVERIFY2(done.error.contains("\\x1b[31m"), done.error);
        QVERIFY2(!controlsTerminals(done.error), done.error);
    }

    /// Who opens the library's own folder to it would see an empty library, and no word why.
    void theLibrarysOwnFolderIsNotTakenIn() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        const Run done = runPlain({"ingest", "--library", text(place.folder), text(place.folder)});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("library's own folder"), done.error);
        QVERIFY(!fs::exists(place.folder / "library.db"));
    }

    void aFolderThatCannotBeLookedIntoIsAFailure() {
        const Place place;
        fs::create_directories(place.folder / "closed");
        fs::permissions(place.folder / "closed", fs::perms::none);
        std::error_code error;
        const fs::directory_iterator entries(place.folder / "closed", error);
        if (!error) QSKIP("this user may look into every folder");
        const Run done = runPlain({"ingest", "--library", text(place.library),
                                   text(place.folder / "closed"), text(place.folder)});
        QCOMPARE(done.code, 1);
        QVERIFY2(done.error.contains("closed: it cannot be looked into"), done.error);
        fs::permissions(place.folder / "closed", fs::perms::owner_all);
    }

    void whatWasRefusedBeforeIsToldAgain() {
        const Place place;
        write(place.folder / "bad.pdf", "no PDF");
        setAge(place.folder / "bad.pdf", 100);
        const QStringList words{"ingest", "--library", text(place.library),
                                text(place.folder / "bad.pdf")};
        QCOMPARE(runPlain(words).code, 1);
        const Run again = runPlain(words);
        QCOMPARE(again.code, 1);
        QVERIFY2(again.out.contains("1 failed before"), again.out);
        QVERIFY2(again.error.contains("bad.pdf: mislabelled: "), again.error);
        QVERIFY2(again.error.contains("--retry"), again.error);
    }

    /// The password comes after the refusal: nobody thinks of --retry then.
    void aPasswordOpensWhatWasRefused() {
        const Place place;
        const QByteArray locked =
            alcove::test::PdfMaker()
                .password("open")
                .page(alcove::test::PdfMaker::show("The rent is 700 euros.", 60, 700))
                .bytes();
        write(place.folder / "locked.pdf", locked.toStdString());
        write(place.folder / "bad.pdf", "no PDF");
        setAge(place.folder / "locked.pdf", 100);
        setAge(place.folder / "bad.pdf", 100);
        const QStringList words{"ingest", "--library", text(place.library), text(place.folder)};
        Run done = runPlain(words);
        QVERIFY2(done.error.contains("locked.pdf: encrypted: "), done.error);
        done = runPlain(words);
        QVERIFY2(done.out.contains("0 read") && done.out.contains("2 failed before"), done.out);
        done = runPlain(words + QStringList{"--password", "wrong"});
        QVERIFY2(done.error.contains("wrong password"), done.error);
        done = runPlain(words + QStringList{"--password", "open"});
        QVERIFY2(done.out.contains("1 read") && done.out.contains("1 failed before"), done.out);
        done = runPlain({"search", "--library", text(place.library), "rent"});
        QVERIFY2(done.out.contains("700 euros"), done.out);
    }

    /// A word misspelled must not look like a library without an answer.
    void filtersAreChecked_data() {
        QTest::addColumn<QStringList>("filter");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("says");
        QTest::newRow("collection") << QStringList{"--collection", "lettres"} << 1
                                    << "no collection lettres; it has letters";
        QTest::newRow("right") << QStringList{"--collection", "letters"} << 0 << "Apples";
        QTest::newRow("type") << QStringList{"--type", "txt"} << 2 << "types are pdf, docx";
        QTest::newRow("right type") << QStringList{"--type", "Text"} << 0 << "Apples";
        QTest::newRow("other type") << QStringList{"--type", "code"} << 0 << "nothing was found";
        QTest::newRow("one of two")
            << QStringList{"--type", "code", "--type", "text"} << 0 << "Apples";
        QTest::newRow("document") << QStringList{"--document", "a.txt"} << 0 << "Apples";
        QTest::newRow("other document") << QStringList{"--document", "b"} << 1 << "no document b";
        QTest::newRow("later") << QStringList{"--from", "2020-01-01"} << 0 << "Apples";
        QTest::newRow("earlier") << QStringList{"--before", "2020-01-01"} << 0
                                 << "nothing was found";
    }
    void filtersAreChecked() {
        QFETCH(const QStringList, filter);
        QFETCH(const int, code);
        QFETCH(const QString, says);
        const Place place;
        write(place.folder / "a.txt", "Apples grow on trees.");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder),
                           "--collection", "letters"})
                     .code,
                 0);
        const QStringList library{"--library", text(place.library)};
        const Run done = runPlain(QStringList{"search", "apples"} + library + filter);
        QCOMPARE(done.code, code);
        QVERIFY2((done.out + done.error).contains(says.toUtf8()), done.out + done.error);
        const Run asked =
            runPlain(QStringList{"ask", "What do apples grow on?"} + library + filter);
        QCOMPARE(asked.code, code);
        const QString answer =
            says == "nothing was found" ? QString("This is not in your documents.") : says;
        QVERIFY2((asked.out + asked.error).contains(answer.toUtf8()), asked.out + asked.error);
    }

    void blanksAreNoQuestion() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder)}).code,
                 0);
        const Run done = runPlain({"search", "--library", text(place.library), " \n", "\t"});
        QCOMPARE(done.code, 2);
        QVERIFY2(done.error.contains("QUERY is empty"), done.error);
    }

    void aDamagedDatabaseSaysWhatToDo() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder)}).code,
                 0);
        write(place.library / "library.db", std::string(100'000, 'x'));
        for (const QStringList& words :
             {QStringList{"search", "apples"}, QStringList{"library", "verify"},
              QStringList{"library", "rebuild"}, QStringList{"ingest"}}) {
            const Run done = runPlain(words + QStringList{"--library", text(place.library)});
            QCOMPARE(done.code, 1);
            QVERIFY2(done.error.contains("the documents themselves are not touched"), done.error);
            QVERIFY2(done.error.contains("ingest them again"), done.error);
        }
    }

    void aRunDoesNotReplaceTheCollection() {
        const Place place;
        const QByteArray corpus = "{\"id\":\"a\",\"text\":\"apple\"}\n";
        write(place.folder / "corpus.jsonl", corpus.toStdString());
        write(place.folder / "queries.jsonl", corpus.toStdString());
        for (const char* name : {"corpus.jsonl", "queries.jsonl"}) {
            const Run done = runPlain({"bench-retrieval", "--data", text(place.folder), "--mode",
                                       "text", "--out", text(place.folder / name)});
            QCOMPARE(done.code, 1);
            QVERIFY2(done.error.contains("is one of the files in use"), done.error);
            QFile kept(text(place.folder / name));
            QVERIFY(kept.open(QIODevice::ReadOnly));
            QCOMPARE(kept.readAll(), corpus);
        }
    }

    /// A conversation of chat is one after a question to a library, too.
    void aChatStaysAChat() {
        const Place place;
        write(place.folder / "a.txt", "The rent of the flat in Ulm is 700 euros.");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder)}).code,
                 0);
        const QString history = text(place.folder / "talk.json");
        writeFile(history, R"([{"role":"system","content":"Be brief."}])");
        const Run done = runPlain({"ask", "--library", text(place.library), "--history", history,
                                   "What is the rent of the flat in Ulm?"});
        QVERIFY2(done.code == 0, done.error);
        QFile file(history);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const json kept = parsed(file.readAll());
        QCOMPARE(kept.size(), size_t{3});
        QCOMPARE(kept[0]["content"], "Be brief.");
        QCOMPARE(kept[1]["content"], "What is the rent of the flat in Ulm?");
        QCOMPARE(kept[2]["role"], "assistant");
    }

    /// "Not in your documents" is no answer where some of them were not read.
    void whatWasNotReadIsTold() {
        const Place place;
        write(place.folder / "a.txt", "The rent of the flat in Ulm is 700 euros.");
        write(place.folder / "bad.pdf", "no PDF");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder)}).code,
                 0);
        const QStringList ask{"ask", "--library", text(place.library)};
        Run done = runPlain(ask + QStringList{"Who was Napoleon?"});
        QVERIFY2(done.error.contains("1 file of the library was not read"), done.error);
        done = runPlain(ask + QStringList{"--json", "how many documents are there?"});
        QVERIFY2(done.out.contains("1 file of the library was not read"), done.out);
        fs::remove(place.folder / "bad.pdf");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library)}).code, 0);
        done = runPlain(ask + QStringList{"Who was Napoleon?"});
        QVERIFY2(!done.error.contains("not read"), done.error);
    }

    /// A citation of what does not stand there any more is told as one.
    void changedSourcesAreTold() {
        const Place place;
        const QByteArray pdf = alcove::test::PdfMaker()
                                   .page(alcove::test::PdfMaker::show(
                                       "The rent of the flat in Ulm is 700 euros.", 60, 700))
                                   .bytes();
        const fs::path file = place.folder / "lease.pdf";
        write(file, pdf.toStdString());
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder)}).code,
                 0);
        const auto ask = [&] {
            return runPlain({"ask", "--library", text(place.library), "--json", "--boxes",
                             "What is the rent of the flat in Ulm?"});
        };
        json answer = parsed(ask().out);
        QVERIFY(answer["notes"].empty());
        QCOMPARE(answer["citations"][0]["boxes"].size(), size_t{1});
        write(file, (pdf + "\n% changed").toStdString());
        answer = parsed(ask().out);
        QCOMPARE(
            answer["notes"][0],
            "lease.pdf has changed since it was read: what is cited is what stood in it then.");
        QVERIFY(answer["citations"][0]["boxes"].is_null());
        fs::remove(file);
        answer = parsed(ask().out);
        QVERIFY(answer["notes"][0].get<std::string>().find("is not there any more") !=
                std::string::npos);
        QVERIFY(answer["citations"][0]["boxes"].is_null());
        QCOMPARE(answer["citations"][0]["text"], "The rent of the flat in Ulm is 700 euros.");
    }

    /// What a model computed of a document can be turned into its words again.
    void theComputedGoesWithTheDocument() {
        const Place place;
        write(place.folder / "a.txt", "Apples.");
        write(place.folder / "b.txt", "Bananas.");
        const fs::path kept = place.library / "prefill" / "0123456789abcdef.prefill";
        const QStringList ingest{"ingest", "--library", text(place.library), text(place.folder)};
        QCOMPARE(runPlain(ingest).code, 0);
        write(kept, "x");
        QCOMPARE(runPlain(ingest).code, 0);
        QVERIFY(fs::exists(kept));
        QCOMPARE(runPlain({"library", "remove", "--library", text(place.library),
                           text(place.folder / "a.txt")})
                     .code,
                 0);
        QVERIFY(!fs::exists(kept));
        write(kept, "x");
        write(place.folder / "b.txt", "Cherries.");
        QCOMPARE(runPlain(ingest).code, 0);
        QVERIFY(!fs::exists(kept));
        write(kept, "x");
        fs::remove(place.folder / "b.txt");
        QCOMPARE(runPlain(ingest).code, 0);
        QVERIFY(!fs::exists(kept));
    }

    void whatNothingSupportsIsMarked() {
        NEEDS_CHAT_MODEL();
        const Place place;
        write(place.folder / "a.txt", "The rent of the flat in Ulm is 700 euros.");
        QCOMPARE(runPlain({"ingest", "--library", text(place.library), text(place.folder)}).code,
                 0);
        // So hot that no sentence can be right.
        const QStringList ask{"ask",
                              "--library",
                              text(place.library),
                              "-m",
                              testData(kChatModel),
                              "-n",
                              "40",
                              "--temperature",
                              "10",
                              "--embedder",
                              "none",
                              "What is the rent of the flat in Ulm?"};
        const json answer = parsed(run(ask + QStringList{"--json"}).out);
        QVERIFY(!answer["sentences"].empty());
        const Run plain = run(ask);
        size_t unsupported = 0;
        for (const json& sentence : answer["sentences"])
            unsupported += sentence["supported"] == false && sentence["doubt"] != "no claim";
        QVERIFY(unsupported > 0);
        QCOMPARE(plain.out.count(" (not supported)"), static_cast<int>(unsupported));
    }

    void answersOfAModelControlNoTerminal() {
        NEEDS_CHAT_MODEL();
        const Run tokens = run({"tokenize", "-m", testData(kChatModel)}, "\x1b");
        const QByteArray escape = tokens.out.trimmed();
        QVERIFY2(!escape.isEmpty() && !escape.contains(' '), tokens.out);
        const Run done = run({"chat", "-q", "-m", testData(kChatModel), "-n", "3", "--temperature",
                              "0", "--bias", escape + "=1000"},
                             "hello\n");
        QCOMPARE(done.code, 0);
        QCOMPARE(done.out, QByteArray("\\x1b\\x1b\\x1b\n"));
    }
};

QTEST_GUILESS_MAIN(LibraryCliHostileTest)
#include "cli_hostile_test.moc"
