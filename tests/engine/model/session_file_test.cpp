// Saved sessions: what is restored goes on bit for bit, what is damaged or foreign is refused and
// leaves the session as it was.

#include <QTemporaryDir>
#include <QTest>
#include <fstream>

#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

std::vector<char> bytesOf(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::filesystem::path& path, std::span<const char> bytes) {
    std::ofstream out(path, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::vector<float> copyOf(std::span<const float> values) { return {values.begin(), values.end()}; }

}  // namespace

class SessionFileTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        GOLDEN_TRY(m_runtime, golden::runtime(1));
        QVERIFY(m_folder.isValid());
    }

    void goesOnBitForBit_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("cache");
        QTest::addColumn<int>("length");
        const std::pair<const char*, CacheType> caches[] = {
            {"F32", CacheType::F32}, {"F16", CacheType::F16}, {"Q8_0", CacheType::Q8_0}};
        for (const char* name : {"llama", "qwen3", "gemma2", "gemma3", "openelm", "phi3"})
            for (const auto& [cacheName, cache] : caches)
                for (const int length : {0, 1, 40, 100})
                    QTest::addRow("%s/%s/%d", name, cacheName, length)
                        << QString(name) << static_cast<int>(cache) << length;
    }
    void goesOnBitForBit() {
        QFETCH(QString, name);
        QFETCH(int, cache);
        QFETCH(int, length);
        SessionOptions options = {
            .contextLength = 256, .cache = static_cast<CacheType>(cache), .batch = 16};
        GOLDEN_TRY(auto saved, create(name.toStdString(), options));
        const int64_t vocabulary = saved->model().info().vocabulary;
        const auto head = golden::someTokens(1, static_cast<size_t>(length), vocabulary);
        const auto tail = golden::someTokens(2, 20, vocabulary);
        GOLDEN_OK(saved->feed(head));
        const auto path = file("whole");
        GOLDEN_OK(saved->save(path));

        GOLDEN_TRY(auto restored, create(name.toStdString(), options));
        GOLDEN_OK(restored->feed(golden::someTokens(3, 77, vocabulary)));  // is replaced
        GOLDEN_OK(restored->restore(path));
        QVERIFY(std::ranges::equal(restored->tokens(), head));
        for (const Token token : tail) {
            GOLDEN_OK(saved->feed(std::span(&token, 1)));
            GOLDEN_OK(restored->feed(std::span(&token, 1)));
            QCOMPARE(copyOf(restored->logits()), copyOf(saved->logits()));
        }
    }

    void prefixOfARestoredSession_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"llama", "gemma2", "gemma3"}) QTest::newRow(name) << name;
    }
    /// A document's prefill is paid once: after a restore the whole prompt is reused.
    void prefixOfARestoredSession() {
        QFETCH(QString, name);
        const SessionOptions options = {.contextLength = 512, .batch = 16};
        GOLDEN_TRY(auto first, create(name.toStdString(), options));
        const int64_t vocabulary = first->model().info().vocabulary;
        const auto document = golden::someTokens(4, 200, vocabulary);
        std::vector<Token> prompt = document;
        for (const Token token : golden::someTokens(5, 12, vocabulary)) prompt.push_back(token);
        GOLDEN_OK(first->prompt(document));
        GOLDEN_OK(first->save(file("document")));
        GOLDEN_TRY(auto second, create(name.toStdString(), options));
        GOLDEN_OK(second->restore(file("document")));
        GOLDEN_TRY(const PromptReport report, second->prompt(prompt));
        QCOMPARE(report.reused, 200);
        GOLDEN_OK(first->prompt(prompt));
        QCOMPARE(copyOf(second->logits()), copyOf(first->logits()));
        // and again after an answer, from the same point
        GOLDEN_OK(second->feed(golden::someTokens(6, 60, vocabulary)));
        GOLDEN_TRY(const PromptReport again, second->prompt(prompt));
        QVERIFY2(again.reused >= 200, concat("reused ", again.reused).c_str());
        GOLDEN_BELOW(golden::nmse(second->logits(), first->logits()), 1e-10, "");
    }

    void damagedIsRefused_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"llama", "gemma2"}) QTest::newRow(name) << name;
    }
    void damagedIsRefused() {
        QFETCH(QString, name);
        const SessionOptions options = {.contextLength = 64, .batch = 16};
        GOLDEN_TRY(auto saved, create(name.toStdString(), options));
        const int64_t vocabulary = saved->model().info().vocabulary;
        GOLDEN_OK(saved->feed(golden::someTokens(7, 9, vocabulary)));
        GOLDEN_OK(saved->save(file("good")));
        const std::vector<char> good = bytesOf(file("good"));
        GOLDEN_TRY(auto session, create(name.toStdString(), options));
        const auto held = golden::someTokens(8, 21, vocabulary);
        GOLDEN_OK(session->feed(held));
        const auto refused = [&](std::span<const char> bytes) {
            write(file("bad"), bytes);
            const auto result = session->restore(file("bad"));
            return !result.ok() && result.message().find("bad") != std::string::npos &&
                   std::ranges::equal(session->tokens(), held);
        };
        for (size_t at = 0; at < good.size(); at += at < 128 ? 1 : 131)
            for (const char flip : {'\x01', '\x80'}) {
                std::vector<char> bad = good;
                bad[at] = static_cast<char>(bad[at] ^ flip);
                QVERIFY2(refused(bad), concat("byte ", at, " was changed").c_str());
            }
        for (size_t size = 0; size < good.size(); size += size < 128 ? 1 : 173)
            QVERIFY2(refused(std::span(good).first(size)), concat("cut to ", size).c_str());
        std::vector<char> longer = good;
        longer.resize(good.size() + 8);
        QVERIFY(refused(longer));
        QVERIFY(!session->restore(file("absent")).ok());
        // and it goes on as if nothing had been
        const auto tail = golden::someTokens(9, 5, vocabulary);
        GOLDEN_OK(session->feed(tail));
        GOLDEN_TRY(auto fresh, create(name.toStdString(), options));
        GOLDEN_OK(fresh->feed(held));
        GOLDEN_OK(fresh->feed(tail));
        QCOMPARE(copyOf(session->logits()), copyOf(fresh->logits()));
    }

    void foreignIsRefused() {
        const SessionOptions options = {.contextLength = 64};
        GOLDEN_TRY(auto saved, create("llama", options));
        GOLDEN_OK(saved->feed(golden::someTokens(1, 10, 96)));
        GOLDEN_OK(saved->save(file("llama")));
        const auto refuses = [&](const std::string& name, const SessionOptions& other) {
            auto session = create(name, other);
            return session.ok() && !(*session)->restore(file("llama")).ok() &&
                   (*session)->length() == 0;
        };
        QVERIFY(refuses("llama-linear", options));  // the same shapes, other numbers
        QVERIFY(refuses("qwen3", options));
        QVERIFY(refuses("llama", {.contextLength = 64, .cache = CacheType::Q8_0}));
        QVERIFY(refuses("llama", {.contextLength = 128}));
    }

    void saveFailsAloud() {
        GOLDEN_TRY(auto session, create("llama", {.contextLength = 64}));
        GOLDEN_OK(session->feed(golden::someTokens(1, 10, 96)));
        const auto result = session->save(file("no/such/folder/file"));
        QVERIFY(!result.ok());
        QVERIFY2(result.message().find("no/such/folder") != std::string::npos,
                 result.message().c_str());
        // an older file stays whole when a new one can not be written under its name
        GOLDEN_OK(session->save(file("kept")));
        const auto before = bytesOf(file("kept"));
        GOLDEN_OK(session->feed(golden::someTokens(2, 5, 96)));
        GOLDEN_OK(session->save(file("kept")));
        QVERIFY(bytesOf(file("kept")) != before);
    }

private:
    std::filesystem::path file(const char* name) const {
        return std::filesystem::path(m_folder.path().toStdString()) / name;
    }

    Result<std::unique_ptr<Session>> create(const std::string& name,
                                            const SessionOptions& options) {
        ALCOVE_TRY(auto model, Model::load(golden::tinyPath(name)));
        return Session::create(model, *m_runtime, options);
    }

    QTemporaryDir m_folder{golden::scratchPattern()};
    std::unique_ptr<Runtime> m_runtime;
};

QTEST_GUILESS_MAIN(SessionFileTest)
#include "session_file_test.moc"
