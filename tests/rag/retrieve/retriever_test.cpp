#include "rag/retrieve/retriever.h"

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <filesystem>
#include <string>

#include "../store/made_up.h"
#include "rag/store/sqlite_store.h"

using namespace alcove;
using namespace alcove::rag;
using namespace alcove::rag::test;

namespace {

/// Meaning by topic: a value for each of a few words, whatever else a text says.
class TopicEmbedder final : public Embedder {
public:
    [[nodiscard]] size_t count(std::string_view text) const override { return text.size(); }
    [[nodiscard]] std::string name() const override { return kEmbedder.name; }
    [[nodiscard]] size_t dimension() const override { return kDimension; }
    [[nodiscard]] size_t limit() const override { return 1000; }
    Result<std::vector<float>> embedPassages(std::span<const std::string> texts,
                                             std::stop_token) override {
        std::vector<float> rows;
        for (const std::string& text : texts) {
            const auto row = topics(text);
            rows.insert(rows.end(), row.begin(), row.end());
        }
        return rows;
    }
    Result<std::vector<float>> embedQuestion(const std::string& text, std::stop_token) override {
        return topics(text);
    }

private:
    static std::vector<float> topics(const std::string& text) {
        // Words of one column mean the same.
        static const std::vector<std::vector<std::string>> kTopics = {
            {"car", "automobile"}, {"rent", "lease"}, {"dog", "hound"}, {"tax", "duty"}};
        std::vector<float> values(kDimension, 0.05f);
        for (size_t i = 0; i < kTopics.size(); ++i)
            for (const std::string& word : kTopics[i])
                if (text.find(word) != std::string::npos) values[i] += 1;
        return values;
    }
};

/// Judges by a list: a text that begins with a word of it has that score.
class ListReranker final : public Reranker {
public:
    std::vector<std::pair<std::string, float>> judged;
    std::vector<std::string> read;
    size_t lost = 0;  // scores that it does not give

    [[nodiscard]] std::string name() const override { return "a list"; }
    Result<std::vector<float>> relevance(const std::string&, std::span<const std::string> texts,
                                         std::stop_token) override {
        std::vector<float> scores;
        for (const std::string& text : texts) {
            read.push_back(text);
            scores.push_back(0.1f);
            for (const auto& [word, score] : judged)
                if (text.find(word) != std::string::npos) scores.back() = score;
        }
        scores.resize(scores.size() - std::min(lost, scores.size()));
        return scores;
    }
};

}  // namespace

class RetrieverTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    std::unique_ptr<SqliteStore> m_store;
    TopicEmbedder m_embedder;
    int m_tests = 0;

    DocumentId put(const std::string& path, const std::vector<std::string>& pages) {
        DocumentContent content = documentOf(path, pages);
        content.record.title = path;
        content.embedder = kEmbedder;
        for (const Chunk& chunk : content.chunks) {
            const auto row = m_embedder.embedPassages(std::span(&chunk.body, 1), {});
            content.vectors.insert(content.vectors.end(), row->begin(), row->end());
        }
        const auto id = m_store->put(content);
        if (!id.ok()) qFatal("%s", id.message().c_str());
        return *id;
    }

    std::vector<std::string> found(const std::string& question, RetrieveOptions options = {}) {
        Retriever retriever(*m_store, &m_embedder);
        const auto passages = retriever.passages(question, options);
        if (!passages.ok()) qFatal("%s", passages.message().c_str());
        std::vector<std::string> texts;
        for (const Passage& passage : *passages) texts.push_back(passage.text);
        return texts;
    }

private slots:
    void init() {
        m_store.reset();
        auto store = SqliteStore::open(std::filesystem::path(m_dir.path().toStdString()) /
                                       std::to_string(m_tests++));
        if (!store.ok()) qFatal("%s", store.message().c_str());
        m_store = std::move(*store);
    }
    void cleanupTestCase() { m_store.reset(); }

    void fusionKeepsDistances() {
        const std::vector<Found> text = {{1, 9, 0, 12.0}, {2, 9, 1, 6.0}, {3, 9, 2, 2.0}};
        const std::vector<Found> vectors = {{3, 9, 2, 0.9}, {4, 9, 3, 0.5}, {1, 9, 0, 0.4}};
        const auto ranked = fuse(text, vectors, 0.5);
        QCOMPARE(ranked.size(), size_t{4});
        const double expected[] = {0.5, 0.5, 0.2, 0.1};
        const ChunkId order[] = {1, 3, 2, 4};
        for (size_t i = 0; i < 4; ++i) {
            QCOMPARE(ranked[i].chunk, order[i]);
            QVERIFY(std::fabs(ranked[i].score - expected[i]) < 1e-12);
        }
        QVERIFY(*ranked[0].bm25 == 12.0 && *ranked[0].cosine == 0.4);
        QVERIFY(!ranked[3].bm25.has_value());
        QCOMPARE(fuse(text, {}, 0.4).front().score, 0.6);
        QCOMPARE(fuse({}, std::span(vectors).first(1), 0.4).front().score, 0.4);
        QVERIFY(fuse({}, {}, 0.5).empty());
    }

    void eachWayFindsItsOwn() {
        put("a", {"the automobile needs fuel"});
        put("b", {"part number zx81 is spare"});
        put("c", {"a hound barks"});
        RetrieveOptions text, vector;
        text.mode = SearchMode::Text;
        vector.mode = SearchMode::Vector;
        vector.passages = 1;
        QCOMPARE(found("car", text), std::vector<std::string>{});
        QCOMPARE(found("car", vector), std::vector<std::string>{"the automobile needs fuel"});
        QCOMPARE(found("car").front(), std::string("the automobile needs fuel"));
        QCOMPARE(found("zx81").front(), std::string("part number zx81 is spare"));
        Retriever blind(*m_store, nullptr);
        QVERIFY(!blind.passages("car", vector).ok());
        QCOMPARE(blind.passages("zx81")->size(), size_t{1});
    }

    void neighboursBecomeOnePassage() {
        put("lease", {"rent is due\nrent is high\nnothing here\nrent is low", "rent again"});
        put("other", {"the rent of another"});
        RetrieveOptions text;
        text.mode = SearchMode::Text;
        Retriever retriever(*m_store, nullptr);
        const auto passages = retriever.passages("rent", text);
        QVERIFY(passages.ok());
        std::vector<std::string> texts;
        for (const Passage& passage : *passages) {
            texts.push_back(passage.text);
            std::string cut;
            for (const Passage::Part& part : passage.parts) {
                const auto piece = m_store->pageText(passage.document.id, part.page, part.range);
                QVERIFY(piece.ok());
                cut += (cut.empty() ? "" : "\n") + *piece;
                QCOMPARE(part.label, std::to_string(part.page + 1));
            }
            QCOMPARE(cut, passage.text);
            QVERIFY(passage.bm25.has_value() && !passage.cosine.has_value());
        }
        std::sort(texts.begin(), texts.end());
        const std::vector<std::string> expected = {
            "rent is due\nrent is high", "rent is low\nrent again", "the rent of another"};
        QCOMPARE(texts, expected);
        text.longestPassage = 1;
        QCOMPARE(found("rent", text).size(), size_t{5});
    }

    void nearDuplicatesAreDropped() {
        const std::string clause = "the tax is to be paid by the buyer within ten days of delivery";
        put("first version", {clause});
        put("second version", {clause + "."});
        put("another", {"the tax office is closed"});
        QCOMPARE(found("who pays the tax").size(), size_t{2});
    }

    void filtersReachBothWays() {
        const DocumentId a = put("a", {"dog one"}), b = put("b", {"hound two"});
        for (const DocumentId id : {a, b}) {
            RetrieveOptions options;
            options.filter.documents = {id};
            const auto texts = found("dog", options);
            QCOMPARE(texts.size(), size_t{1});
            QCOMPARE(texts.front(), std::string(id == a ? "dog one" : "hound two"));
        }
    }

    void aRerankerHasTheLastWord() {
        put("a", {"rent rent rent of a flat"});
        put("b", {"the rent and more words than there are in the first"});
        put("c", {"a garage whose rent is due, among many other words that are not asked for"});
        ListReranker reranker;
        reranker.judged = {{"garage", 0.9f}, {"flat", NAN}, {"more", 0.4f}};
        RetrieveOptions text;
        text.mode = SearchMode::Text;
        Retriever retriever(*m_store, nullptr, &reranker);
        auto passages = retriever.passages("rent", text);
        QVERIFY(passages.ok());
        QCOMPARE(passages->size(), size_t{3});
        QVERIFY((*passages)[0].text.starts_with("a garage"));
        QVERIFY((*passages)[1].text.starts_with("the rent"));
        QVERIFY((*passages)[2].text.starts_with("rent rent"));
        QVERIFY(std::abs((*passages)[0].relevance.value() - 0.9) < 1e-6);
        QVERIFY(std::abs((*passages)[0].score - 0.9) < 1e-6);
        QVERIFY((*passages)[0].bm25.has_value());
        QCOMPARE((*passages)[2].score, 0.0);  // what is no number is no praise
        QVERIFY2(reranker.read.front().starts_with("Heading\n"), reranker.read.front().c_str());

        // It reads the best alone; the others stay behind, in their order.
        text.reranked = 2;
        reranker.read.clear();
        const auto ranked = retriever.rank("rent", text);
        QVERIFY(ranked.ok());
        QCOMPARE(reranker.read.size(), size_t{2});
        QCOMPARE(ranked->size(), size_t{3});
        QVERIFY((*ranked)[1].relevance && !(*ranked)[2].relevance);
        QVERIFY((*ranked)[1].score >= (*ranked)[2].score);

        reranker.lost = 1;
        QVERIFY(!retriever.passages("rent", text).ok());
        QVERIFY(retriever.passages("nowhere", text)->empty());
    }

    void anythingMayBeAsked_data() {
        QTest::addColumn<QByteArray>("question");
        for (const char* question : {"", " ", "\"", "' OR 1=1; --", "NEAR(a b)", "title:x AND (",
                                     "\xff\xfe\xc3", "*", "ﬀ ß İ", "{a b}: c", "the"})
            QTest::newRow(QByteArray("<") + question + ">") << QByteArray(question);
        QTest::newRow("null") << QByteArray("a\0b", 3);
        QTest::newRow("long") << QByteArray("word ").repeated(50000);
    }
    void anythingMayBeAsked() {
        QFETCH(const QByteArray, question);
        put("a", {"dog one"});
        Retriever retriever(*m_store, &m_embedder);
        for (const SearchMode mode : {SearchMode::Hybrid, SearchMode::Text, SearchMode::Vector}) {
            RetrieveOptions options;
            options.mode = mode;
            const auto passages = retriever.passages(question.toStdString(), options);
            QVERIFY2(passages.ok(), passages.ok() ? "" : passages.message().c_str());
        }
    }
};

QTEST_GUILESS_MAIN(RetrieverTest)
#include "retriever_test.moc"
