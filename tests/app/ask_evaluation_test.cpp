// How good answers are, on tests/data/ask: questions annotated by hand with the words that answer
// them, or with nothing. Thresholds were chosen on the half "tune"; "held" is only measured, and
// three of its documents appear in no question of the other half.
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/answer/answerer.h"
#include "app/answer/engine_writer.h"
#include "app/answer/passages.h"
#include "tests/app/ask_library.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
using nlohmann::json;

namespace {

std::string squeezed(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n' || c == '\t';
        if (!blank) out += c;
        if (blank && !out.empty() && out.back() != ' ') out += ' ';
    }
    return out;
}

struct Tally {
    int answerable = 0, answered = 0;  // of the questions with an answer
    int citations = 0, right = 0;      // cited passages, and those that hold the annotated answer
    int absent = 0, refused = 0;
    int sentences = 0, unsupported = 0;

    [[nodiscard]] double precision() const { return citations ? double(right) / citations : 1; }
    [[nodiscard]] double found() const { return double(answered) / answerable; }
    [[nodiscard]] double refusals() const { return double(refused) / absent; }
};

}  // namespace

class AskEvaluationTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    std::unique_ptr<engine::Runtime> m_runtime;
    std::unique_ptr<EngineEmbedder> m_engine;
    std::unique_ptr<RememberingEmbedder> m_embedder;
    std::unique_ptr<rag::SqliteStore> m_meaning, m_words;
    json m_questions;

    std::unique_ptr<rag::SqliteStore> fill(const char* name, rag::Embedder* embedder) {
        auto store =
            must(rag::SqliteStore::open(std::filesystem::path(m_dir.path().toStdString()) / name));
        for (const QFileInfo& info : QDir(ALCOVE_ASK "/documents").entryInfoList(QDir::Files))
            file(*store, embedder, info.filePath().toStdString());
        return store;
    }

    /// Whether a citation holds the annotated answer: its sentence does, or, where the annotation
    /// is a part of a row, its row.
    static bool holds(const Citation& citation, const json& question) {
        const QString file = QString::fromStdString(citation.document.path).section('/', -1);
        return file.toStdString() == question["document"].get<std::string>() &&
               squeezed(citation.text).find(squeezed(question["answer"].get<std::string>())) !=
                   std::string::npos;
    }

    Tally evaluate(const QString& half, rag::SqliteStore& store, rag::Embedder* embedder,
                   Writer* writer, int step = 1) {
        Tally tally;
        Answerer answerer(store, embedder, writer);
        int number = 0;
        for (const json& question : m_questions) {
            if (question["half"] != half.toStdString() || number++ % step != 0) continue;
            const std::string text = question["question"];
            const Answer answer = must(answerer.ask(text));
            const bool nothing = answer.kind == AnswerKind::Nothing;
            if (qEnvironmentVariableIsSet("ALCOVE_ASK_DUMP"))
                qInfo("  %s %.3f %s", question["answer"].is_null() ? "absent" : "there ",
                      answer.confidence, text.c_str());
            for (const rag::AnswerSentence& sentence : answer.sentences) {
                ++tally.sentences;
                tally.unsupported += sentence.supported ? 0 : 1;
            }
            if (question["answer"].is_null()) {
                ++tally.absent;
                tally.refused += nothing ? 1 : 0;
                if (!nothing)
                    qInfo("  not refused (%.2f): %s -> %s", answer.confidence, text.c_str(),
                          answer.text.c_str());
                tally.citations += int(answer.citations.size());
                continue;
            }
            ++tally.answerable;
            bool right = false;
            for (const Citation& citation : answer.citations) {
                ++tally.citations;
                const bool one = holds(citation, question);
                tally.right += one ? 1 : 0;
                right = right || one;
            }
            tally.answered += right ? 1 : 0;
            if (!right)
                qInfo("  %s (%.2f): %s -> %s", nothing ? "refused" : "wrong", answer.confidence,
                      text.c_str(), answer.text.c_str());
        }
        qInfo(
            "%s, %s%s: %d of %d answered, %d of %d citations right (precision %.3f), %d of %d "
            "without an answer refused; %d of %d sentences not supported",
            qPrintable(half), embedder ? "words and meaning" : "words alone",
            writer ? ", written" : "", tally.answered, tally.answerable, tally.right,
            tally.citations, tally.precision(), tally.refused, tally.absent, tally.unsupported,
            tally.sentences);
        return tally;
    }

private slots:
    void initTestCase() {
        std::ifstream questions(ALCOVE_ASK "/questions.json");
        m_questions = json::parse(questions);
        QVERIFY(m_questions.size() >= 60);
        m_words = fill("words", nullptr);
        const QString model = embeddingModel(QDir(m_dir.path()));
        if (model.isEmpty()) return;
        m_runtime = must(engine::Runtime::create(0, ""));
        m_engine = must(
            EngineEmbedder::create(must(engine::Model::load(model.toStdString())), *m_runtime));
        m_embedder = std::make_unique<RememberingEmbedder>(*m_engine);
        m_meaning = fill("meaning", m_embedder.get());
    }

    void cleanupTestCase() {
        m_meaning.reset();
        m_words.reset();
        m_embedder.reset();
        m_engine.reset();
    }

    /// What is annotated must stand in the documents as they are read.
    void annotationsStand() {
        for (const json& question : m_questions) {
            if (question["answer"].is_null()) continue;
            const rag::Document document =
                must(rag::readDocument(std::filesystem::path(ALCOVE_ASK "/documents") /
                                       question["document"].get<std::string>()));
            std::string all;
            for (const rag::Page& page : document.pages) all += page.text + "\n";
            QVERIFY2(squeezed(all).find(squeezed(question["answer"].get<std::string>())) !=
                         std::string::npos,
                     question["id"].get<std::string>().c_str());
        }
    }

    void quoted_data() {
        QTest::addColumn<QString>("half");
        QTest::addColumn<bool>("meaning");
        for (const char* half : {"tune", "held", "fresh"})
            for (const bool meaning : {true, false})
                QTest::addRow("%s %s", half, meaning ? "meaning" : "words") << half << meaning;
    }
    void quoted() {
        QFETCH(QString, half);
        QFETCH(bool, meaning);
        if (meaning && !m_meaning) QSKIP("ALCOVE_TEST_DATA has no models/all-MiniLM-L6-v2");
        const Tally tally = evaluate(half, meaning ? *m_meaning : *m_words,
                                     meaning ? m_embedder.get() : nullptr, nullptr);
        QVERIFY(tally.precision() >= (meaning ? 0.95 : 0.92));
        QVERIFY(tally.found() >= (meaning ? 0.85 : 0.75));
        QVERIFY(tally.refusals() >= (meaning ? 0.85 : 0.80));
    }

    /// The marks of sentences against claims that were judged by hand.
    void claims_data() {
        QTest::addColumn<QString>("half");
        QTest::addColumn<bool>("meaning");
        for (const char* half : {"tune", "held"})
            for (const bool meaning : {true, false})
                QTest::addRow("%s %s", half, meaning ? "meaning" : "words") << half << meaning;
    }
    void claims() {
        QFETCH(QString, half);
        QFETCH(bool, meaning);
        if (meaning && !m_meaning) QSKIP("ALCOVE_TEST_DATA has no models/all-MiniLM-L6-v2");
        rag::SqliteStore& store = meaning ? *m_meaning : *m_words;
        std::ifstream file(ALCOVE_ASK "/claims.json");
        int marked = 0, markedRightly = 0, unsupported = 0, all = 0, right = 0;
        for (const json& row : json::parse(file)) {
            if (row["half"] != half.toStdString()) continue;
            std::vector<rag::Source> sources;
            for (const rag::DocumentRecord& document : must(store.documents({})))
                if (document.path.ends_with("/" + row["document"].get<std::string>()))
                    sources = sourcesOf(must(wholeDocument(store, document)));
            QVERIFY(!sources.empty());
            const std::string claim = row["claim"];
            const rag::Support support =
                must(rag::SupportCheck(sources, meaning ? m_embedder.get() : nullptr).check(claim));
            const bool truly = row["supported"];
            ++all;
            unsupported += truly ? 0 : 1;
            marked += support.supported() ? 0 : 1;
            markedRightly += !support.supported() && !truly ? 1 : 0;
            right += support.supported() == truly ? 1 : 0;
            if (support.supported() != truly)
                qInfo("  %s (%s): %s", truly ? "marked" : "let pass",
                      std::string(rag::name(support.doubt)).c_str(), claim.c_str());
        }
        const double precision = double(markedRightly) / marked;
        const double recall = double(markedRightly) / unsupported;
        qInfo(
            "%s, %s: %d of %d claims judged rightly; marks of unsupported ones: precision %.3f, "
            "recall %.3f",
            qPrintable(half), meaning ? "words and meaning" : "words alone", right, all, precision,
            recall);
        QVERIFY(precision >= 0.8);
        QVERIFY(recall >= 0.9);
    }

    void written_data() {
        QTest::addColumn<QString>("half");
        QTest::newRow("tune") << "tune";
        QTest::newRow("held") << "held";
    }
    void written() {
        QFETCH(QString, half);
        NEEDS_CHAT_MODEL();
        if (!m_meaning) QSKIP("ALCOVE_TEST_DATA has no models/all-MiniLM-L6-v2");
        const auto model = must(engine::Model::load(testData(kChatModel).toStdString()));
        engine::SessionOptions options;
        options.contextLength = 2048;
        EngineWriterOptions writing;
        writing.sampling.temperature = 0;
        writing.answerTokens = 120;
        auto writer = must(EngineWriter::create(
            must(engine::Session::create(model, *m_runtime, options)), writing));
        const int step = qEnvironmentVariableIsSet("ALCOVE_TEST_FULL") ? 1 : 6;
        const Tally tally = evaluate(half, *m_meaning, m_embedder.get(), writer.get(), step);
        QVERIFY(tally.refusals() >= 0.8);
    }
};

QTEST_GUILESS_MAIN(AskEvaluationTest)
#include "ask_evaluation_test.moc"
