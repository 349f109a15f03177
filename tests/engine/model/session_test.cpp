// Sessions: reuse of prefixes, going back behind sliding windows, several sequences at once, a full
// context, cancelling. What a session ends with must be what a fresh one computes.

#include <QTest>
#include <thread>

#include "golden.h"

using namespace alcove;
using namespace alcove::engine;

namespace {

// The same sums split at other places.
constexpr double kReordered = 1e-10;

SessionOptions exact(int64_t context, int64_t batch = 512) {
    return {.contextLength = context,
            .cache = CacheType::F32,
            .batch = batch,
            .precision = Precision::Exact};
}

std::vector<Token> joined(std::span<const Token> head, std::span<const Token> tail) {
    std::vector<Token> all(head.begin(), head.end());
    all.insert(all.end(), tail.begin(), tail.end());
    return all;
}

}  // namespace

class SessionTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        if (const std::string why = golden::missingTinyModels(); !why.empty()) QSKIP(why.c_str());
        GOLDEN_TRY(m_goldens, golden::Goldens::load());
        GOLDEN_TRY(m_runtime, golden::runtime(1));
    }

    void reusedPrefix_data() { addModels(); }
    /// A prompt that shares 30 tokens with the last one, and departs there: the golden's last row.
    void reusedPrefix() {
        QFETCH(int, index);
        const golden::Rows& rows = file().goldens[static_cast<size_t>(index)];
        const std::span<const Token> tokens = rows.tokens;
        for (const int64_t batch : {5, 512}) {
            GOLDEN_TRY(auto session, create(exact(rows.context, batch)));
            const auto other = golden::someTokens(1, 12, vocabulary());
            GOLDEN_OK(session->prompt(joined(tokens.first(30), other)));
            GOLDEN_TRY(const PromptReport report, session->prompt(tokens));
            QCOMPARE(report.reused + report.computed, static_cast<int64_t>(tokens.size()));
            if (!hasWindow()) QVERIFY(report.reused >= 30);
            GOLDEN_BELOW(golden::nmse(session->logits(), lastRow(rows)), file().exactTolerance,
                         "reused ", report.reused);
            checkSame(*session, tokens, rows.context);
        }
    }

    void samePromptAgain_data() { addModels(); }
    void samePromptAgain() {
        QFETCH(int, index);
        const golden::Rows& rows = file().goldens[static_cast<size_t>(index)];
        GOLDEN_TRY(auto session, create(exact(rows.context)));
        GOLDEN_OK(session->prompt(rows.tokens));
        GOLDEN_TRY(const PromptReport report, session->prompt(rows.tokens));
        QVERIFY(report.computed >= 1);
        if (!hasWindow()) QCOMPARE(report.computed, 1);
        GOLDEN_BELOW(golden::nmse(session->logits(), lastRow(rows)), file().exactTolerance, "");
    }

    void checkpointOfATurn_data() { addWindowed(); }
    /// A turn's end is reused exactly although the answer after it has overwritten the windows.
    void checkpointOfATurn() {
        const auto question = golden::someTokens(2, 90, vocabulary());
        const auto answer = golden::someTokens(3, 70, vocabulary());
        const auto next = golden::someTokens(4, 25, vocabulary());
        for (const int64_t batch : {4, 64}) {
            GOLDEN_TRY(auto session, create(exact(512, batch)));
            GOLDEN_OK(session->prompt(question));
            for (const Token token : answer) GOLDEN_OK(session->feed(std::span(&token, 1)));
            const std::vector<Token> prompt = joined(question, next);
            GOLDEN_TRY(const PromptReport report, session->prompt(prompt));
            QCOMPARE(report.reused, static_cast<int64_t>(question.size()));
            checkSame(*session, prompt, 512);
        }
    }

    void truncatedAnywhere_data() { addModels(); }
    /// Whatever length truncate() says the session has, it goes on from there as a fresh one.
    void truncatedAnywhere() {
        const auto tokens = golden::someTokens(5, 120, vocabulary());
        const auto tail = golden::someTokens(6, 10, vocabulary());
        GOLDEN_TRY(auto session, create(exact(256, 16)));
        for (const int64_t wanted : {119, 100, 64, 63, 17, 1, 0}) {
            GOLDEN_OK(session->prompt(tokens));
            const int64_t length = session->truncate(wanted);
            QVERIFY(length <= wanted);
            if (!hasWindow()) QCOMPARE(length, wanted);
            QCOMPARE(session->length(), length);
            const auto rest = std::span(tokens).subspan(static_cast<size_t>(length),
                                                        static_cast<size_t>(wanted - length));
            GOLDEN_OK(session->feed(joined(rest, tail)));
            const auto whole = joined(std::span(tokens).first(static_cast<size_t>(wanted)), tail);
            checkSame(*session, whole, 256);
        }
        QCOMPARE(session->truncate(1000), session->length());
        QCOMPARE(session->truncate(-5), 0);
    }

    void sequencesTogether_data() { addModels(); }
    /// One token or several for each, as decoding and reading prompts mix.
    void sequencesTogether() {
        std::vector<std::unique_ptr<Session>> together, alone;
        for (const size_t length : {size_t{1}, size_t{5}, size_t{37}}) {
            const auto tokens = golden::someTokens(10 + length, length, vocabulary());
            for (auto* group : {&together, &alone}) {
                GOLDEN_TRY(auto session, create(exact(256, 16)));
                GOLDEN_OK(session->prompt(tokens));
                group->push_back(std::move(session));
            }
        }
        for (uint64_t step = 0; step < 25; ++step) {
            const bool independent = step % 2 == 1;
            std::vector<std::vector<Token>> tokens;
            std::vector<Session::Step> steps;
            for (size_t i = 0; i < together.size(); ++i)
                tokens.push_back(golden::someTokens(
                    20 + 3 * step + i, step % 5 == 4 && i < 2 ? 16 - 7 * i : 1, vocabulary()));
            for (size_t i = 0; i < together.size(); ++i)
                steps.push_back({together[i].get(), tokens[i], step % 3 != 2 || i != 1});
            GOLDEN_OK(Session::feedTogether(steps, independent));
            for (size_t i = 0; i < together.size(); ++i) {
                GOLDEN_OK(alone[i]->feed(tokens[i]));
                QVERIFY(std::ranges::equal(together[i]->tokens(), alone[i]->tokens()));
                QCOMPARE(together[i]->logits().empty(), !steps[i].logits);
                if (steps[i].logits)
                    GOLDEN_BELOW(golden::nmse(together[i]->logits(), alone[i]->logits()),
                                 kReordered, "step ", step, ", sequence ", i);
            }
        }
    }

    void independentSequences_data() { addModels(); }
    /// What one session computes does not depend on the company it is in, to the bit.
    void independentSequences() {
        SessionOptions options{.contextLength = 256};
        GOLDEN_TRY(auto alone, create(options));
        const auto start = golden::someTokens(3, 30, vocabulary());
        GOLDEN_OK(alone->prompt(start));
        std::vector<std::unique_ptr<Session>> company;
        for (size_t i = 0; i < 7; ++i) {
            GOLDEN_TRY(auto session, create(options));
            GOLDEN_OK(session->prompt(i == 4 ? start : golden::someTokens(i, 9 + i, vocabulary())));
            company.push_back(std::move(session));
        }
        for (uint64_t step = 0; step < 12; ++step) {
            const auto tokens = golden::someTokens(step, company.size(), vocabulary());
            std::vector<Session::Step> steps;
            for (size_t i = 0; i < company.size(); ++i)
                steps.push_back({company[i].get(), std::span(tokens).subspan(i, 1)});
            GOLDEN_OK(Session::feedTogether(steps, true));
            GOLDEN_OK(alone->feed(std::span(tokens).subspan(4, 1)));
            QVERIFY(std::ranges::equal(alone->logits(), company[4]->logits()));
        }
    }

    void adopted_data() { addModels(); }
    /// A session that took another's beginning goes on as if it had read it.
    void adopted() {
        const auto tokens = golden::someTokens(5, 120, vocabulary());
        const auto tail = golden::someTokens(6, 20, vocabulary());
        GOLDEN_TRY(auto from, create(exact(256, 16)));
        GOLDEN_OK(from->prompt(tokens));
        for (const int64_t length : {120, 100, 37, 1}) {
            GOLDEN_TRY(auto to, create(exact(256, 16)));
            GOLDEN_OK(to->prompt(tail));
            const auto head = std::span(tokens).first(static_cast<size_t>(length));
            const int64_t held = to->adopt(*from, length);
            if (held == 0) {
                QVERIFY(hasWindow() && length < 120);
                QVERIFY(std::ranges::equal(to->tokens(), tail));
                continue;
            }
            QCOMPARE(held, length);
            QVERIFY(std::ranges::equal(to->tokens(), head));
            GOLDEN_OK(to->feed(tail));
            checkSame(*to, joined(head, tail), 256);
        }
        GOLDEN_TRY(auto other, create(exact(128, 16)));
        QCOMPARE(other->adopt(*from, 100), 0);
        QCOMPARE(from->adopt(*from, 100), 0);
        QCOMPARE(from->length(), 120);
    }

    void togetherRefuses() {
        m_name = "llama";
        GOLDEN_TRY(auto one, create({.contextLength = 64, .batch = 16}));
        GOLDEN_TRY(auto two, create({.contextLength = 64, .batch = 16}));
        GOLDEN_TRY(auto longer, create({.contextLength = 128}));
        const std::vector<Token> token = {1}, outside = {96};
        const auto many = golden::someTokens(1, 17, 96);
        const auto refused = [](std::vector<Session::Step> steps) {
            return !Session::feedTogether(steps).ok();
        };
        QVERIFY(refused({}));
        QVERIFY(refused({{one.get(), token}, {one.get(), token}}));
        QVERIFY(refused({{one.get(), token}, {two.get(), {}}}));
        QVERIFY(refused({{one.get(), token}, {two.get(), many}}));
        QVERIFY(refused({{one.get(), token}, {longer.get(), token}}));
        QVERIFY(refused({{one.get(), token}, {two.get(), outside}}));
        GOLDEN_OK(two->feed(golden::someTokens(1, 64, 96)));
        const Session::Step steps[] = {{one.get(), token}, {two.get(), token}};
        const auto full = Session::feedTogether(steps);
        QVERIFY(!full.ok());
        QVERIFY2(full.message().find("64") != std::string::npos, full.message().c_str());
        QCOMPARE(one->length(), 0);
        QCOMPARE(two->length(), 64);
    }

    void fullContext_data() { addModels(); }
    /// Refused with the numbers, nothing changed, and the last place can still be used.
    void fullContext() {
        const auto tokens = golden::someTokens(7, 40, vocabulary());
        GOLDEN_TRY(auto session, create(exact(32, 8)));
        GOLDEN_OK(session->prompt(std::span(tokens).first(27)));
        const auto refused = session->feed(std::span(tokens).subspan(27, 6));
        QVERIFY(!refused.ok());
        for (const char* number : {"32", "27", "6"})
            QVERIFY2(refused.message().find(number) != std::string::npos,
                     refused.message().c_str());
        QCOMPARE(session->length(), 27);
        const auto prompt = session->prompt(tokens);
        QVERIFY(!prompt.ok());
        QVERIFY2(prompt.message().find("40") != std::string::npos, prompt.message().c_str());
        QCOMPARE(session->length(), 27);
        GOLDEN_OK(session->feed(std::span(tokens).subspan(27, 5)));
        QCOMPARE(session->length(), session->capacity());
        checkSame(*session, std::span(tokens).first(32), 32);
        QVERIFY(!session->feed(std::span(tokens).first(1)).ok());
    }

    void wrongTokens() {
        m_name = "llama";
        GOLDEN_TRY(auto session, create({.contextLength = 32}));
        GOLDEN_OK(session->feed(golden::someTokens(1, 3, 96)));
        for (const Token token : {-1, 96, 1 << 30}) {
            const auto refused = session->feed(std::span(&token, 1));
            QVERIFY(!refused.ok());
            QVERIFY(refused.message().find(std::to_string(token)) != std::string::npos);
            QVERIFY(!session->prompt(std::span(&token, 1)).ok());
        }
        QVERIFY(!session->prompt({}).ok());
        QCOMPARE(session->length(), 3);
        GOLDEN_OK(session->feed({}));
        QCOMPARE(session->length(), 3);
    }

    void keptLogits() {
        m_name = "llama";
        const auto tokens = golden::someTokens(8, 20, 96);
        GOLDEN_TRY(auto session, create(exact(64, 6)));
        GOLDEN_OK(session->feed(tokens, Logits::None));
        QVERIFY(session->logits().empty());
        session->truncate(0);
        GOLDEN_OK(session->feed(tokens, Logits::All));
        QCOMPARE(session->logits().size(), size_t{20 * 96});
        const std::vector<float> all(session->logits().begin(), session->logits().end());
        session->truncate(0);
        GOLDEN_OK(session->feed(tokens, Logits::Last));
        QCOMPARE(session->logits().size(), size_t{96});
        GOLDEN_BELOW(golden::nmse(session->logits(), std::span(all).last(96)), kReordered, "");
    }

    void cancelledBefore_data() { addModels(); }
    void cancelledBefore() {
        const auto tokens = golden::someTokens(9, 30, vocabulary());
        GOLDEN_TRY(auto session, create(exact(64, 8)));
        GOLDEN_OK(session->prompt(std::span(tokens).first(10)));
        std::stop_source stop;
        stop.request_stop();
        QVERIFY(!session->feed(std::span(tokens).subspan(10), Logits::Last, stop.get_token()).ok());
        QCOMPARE(session->length(), 10);
        GOLDEN_OK(session->feed(std::span(tokens).subspan(10)));
        checkSame(*session, tokens, 64);
    }

    void cancelledMidway_data() { addModels(); }
    /// Stopped at a moment of no one's choosing: whole batches remain, and the session goes on.
    void cancelledMidway() {
        const auto tokens = golden::someTokens(11, 400, vocabulary());
        for (int round = 0; round < 3; ++round) {
            GOLDEN_TRY(auto session, create(exact(512, 8)));
            std::stop_source stop;
            std::jthread stopper([&] {
                for (int i = 0; i < 100 * round; ++i) std::this_thread::yield();
                stop.request_stop();
            });
            const auto result = session->prompt(tokens, stop.get_token());
            stopper.join();
            if (result.ok()) {
                QCOMPARE(session->length(), 400);
            } else {
                QVERIFY(session->length() < 400);
                QCOMPARE(session->length() % 8, 0);
            }
            GOLDEN_OK(session->prompt(tokens));
            checkSame(*session, tokens, 512);
        }
    }

    void cacheBytes() {
        m_name = "llama-mqa-wide-head";  // two layers, one head of 32: keys and values
        GOLDEN_TRY(auto half, create({.contextLength = 128, .cache = CacheType::F16}));
        QVERIFY(half->cacheBytes() >= 2u * 1 * 128 * 2 * 32 * 2);
        GOLDEN_TRY(auto byte, create({.contextLength = 128, .cache = CacheType::Q8_0}));
        QVERIFY(byte->cacheBytes() < half->cacheBytes());
        m_name = "gemma3";  // six of seven layers keep their window of 16 and a batch only
        GOLDEN_TRY(auto shortOne, create({.contextLength = 256, .batch = 16}));
        GOLDEN_TRY(auto longOne, create({.contextLength = 1024, .batch = 16}));
        QVERIFY(longOne->cacheBytes() < 3 * shortOne->cacheBytes());
    }

    void defaultsAndRefusals() {
        m_name = "llama";
        GOLDEN_TRY(auto session, create({}));
        QCOMPARE(session->capacity(), 1024);  // the model's own
        QVERIFY(!create({.contextLength = -1}).ok());
        QVERIFY(!create({.contextLength = int64_t{1} << 60}).ok());
        m_name = "bert-mean";
        QVERIFY(!create({}).ok());  // an encoder holds no conversation
    }

private:
    void addModels() { addRows(false); }
    void addWindowed() { addRows(true); }
    void addRows(bool windowed) {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("index");
        if (!m_goldens) return;
        const bool all = qEnvironmentVariableIsSet("ALCOVE_TEST_FULL");
        for (const golden::File* file : m_goldens->ofKind("decoder")) {
            m_name = file->name;
            if (windowed && !hasWindow()) continue;
            if (!all && !windowed && file->quantised()) continue;
            for (size_t i = 0; i < file->goldens.size(); ++i)
                QTest::addRow("%s/%d", file->name.c_str(),
                              static_cast<int>(file->goldens[i].context))
                    << QString::fromStdString(file->name) << static_cast<int>(i);
        }
    }

    const golden::File& file() {
        if (QTest::currentDataTag())
            m_name = static_cast<QString*>(QTest::qData("name", QMetaType::QString))->toStdString();
        return m_goldens->file(m_name);
    }

    bool hasWindow() const {
        return m_name.starts_with("gemma2") ||
               (m_name.starts_with("gemma3") && m_name != "gemma3-no-window");
    }

    /// A session with the current row's model, or m_name's.
    Result<std::unique_ptr<Session>> create(const SessionOptions& options) {
        const std::string& name = file().name;
        if (!m_model || m_modelName != name) {
            ALCOVE_TRY(m_model, Model::load(golden::tinyPath(name)));
            m_modelName = name;
        }
        return Session::create(m_model, *m_runtime, options);
    }

    int64_t vocabulary() { return file().goldens.front().width; }

    static std::span<const float> lastRow(const golden::Rows& rows) {
        return rows.exact.last(static_cast<size_t>(rows.width));
    }

    /// The session holds `tokens`, and its logits are a fresh session's.
    void checkSame(const Session& session, std::span<const Token> tokens, int64_t context) {
        QVERIFY(std::ranges::equal(session.tokens(), tokens));
        GOLDEN_TRY(auto fresh, create(exact(context)));
        GOLDEN_OK(fresh->feed(tokens));
        GOLDEN_BELOW(golden::nmse(const_cast<Session&>(session).logits(), fresh->logits()),
                     kReordered, "against a fresh session of ", tokens.size(), " tokens");
    }

    std::unique_ptr<golden::Goldens> m_goldens;
    std::unique_ptr<Runtime> m_runtime;
    std::string m_name;  // of the model in use where there is no row
    std::shared_ptr<const Model> m_model;
    std::string m_modelName;
};

QTEST_GUILESS_MAIN(SessionTest)
#include "session_test.moc"
