#include "app/endpoint/chat_stream.h"

#include <QtTest>
#include <random>

using namespace alcove;
using namespace alcove::app;

namespace {

constexpr std::string_view kStream =
    ": a comment\r\n"
    "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n"
    "event: message\nid: 7\n"
    "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"},\n"
    "data: \"logprobs\":{\"content\":[{\"logprob\":-9}]}}]}\n\n"
    "data:{\"choices\":[{\"delta\":{\"content\":\"Gr\xc3\xbc\"},"
    "\"logprobs\":{\"content\":[{\"logprob\":-0.5},{\"logprob\":1e-9}]}}]}\r\r"
    "data: {\"choices\":[{\"delta\":{\"content\":\"n.\"},"
    "\"logprobs\":{\"content\":[{\"logprob\":-1e300},{\"logprob\":null}]}}]}\n\n"
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":3,"
    "\"prompt_tokens_details\":{\"cached_tokens\":20}},"
    "\"timings\":{\"predicted_per_second\":31.5}}\n\n"
    "data: [DONE]\n\n";

Result<ChatReply> read(std::string_view type, const std::vector<std::string>& pieces,
                       std::string* heard = nullptr, std::string* thought = nullptr) {
    const auto hear = [](std::string* into) {
        return [into](std::string_view text) {
            if (into) *into += text;
        };
    };
    ReplyReader reader(hear(heard), hear(thought));
    for (const std::string& piece : pieces)
        if (!piece.empty()) ALCOVE_CHECK(reader.push(type, piece));
    return reader.finish();
}

}  // namespace

class ChatStreamTest : public QObject {
    Q_OBJECT

private slots:
    void aStreamMayBeCutAnywhere() {
        std::mt19937 random(7);
        for (int round = 0; round < 500; ++round) {
            std::vector<std::string> pieces;
            const size_t longest = 1 + random() % 60;
            for (size_t at = 0; at < kStream.size();) {
                const size_t size = round == 0 ? 1 : 1 + random() % longest;
                pieces.emplace_back(kStream.substr(at, size));
                at += size;
            }
            std::string heard, thought;
            const auto reply = read("text/event-stream; charset=utf-8", pieces, &heard, &thought);
            QVERIFY2(reply.ok(), reply.ok() ? "" : reply.message().c_str());
            QCOMPARE(reply->text, std::string("Gr\xc3\xbcn."));
            QCOMPARE(heard, reply->text);
            QCOMPARE(reply->thought, std::string("hm"));
            QCOMPARE(thought, reply->thought);
            QCOMPARE(reply->promptTokens, 30);
            QCOMPARE(reply->reusedTokens, 20);
            QCOMPARE(reply->answerTokens, 3);
            QCOMPARE(reply->tokensPerSecond, 31.5);
            QCOMPARE(reply->model, std::string("m"));
            QCOMPARE(reply->finish, std::string("stop"));
            QCOMPARE(reply->logprobs, (std::vector<double>{-0.5, 0.0, -1000.0}));
        }
    }

    void aStreamThatDoesNotEndIsCut() {
        const size_t end = kStream.find("data: {\"choices\":[{\"delta\":{},\"finish");
        const auto reply = read("text/event-stream", {std::string(kStream.substr(0, end))});
        QVERIFY(!reply.ok());
        QVERIFY(reply.message().find("cut short after 6 bytes") != std::string::npos);
    }

    void anAnswerMayComeWhole() {
        const auto reply = read(
            "application/json",
            {R"({"model":"m","choices":[{"message":{"content":"Yes"},"finish_reason":"length",)",
             R"("logprobs":{"content":[{"logprob":-0.25}]}}]})"});
        QVERIFY(reply.ok());
        QCOMPARE(reply->text, std::string("Yes"));
        QCOMPARE(reply->finish, std::string("length"));
        QCOMPARE(reply->logprobs, (std::vector<double>{-0.25}));
    }

    void whatIsWrongIsSaid_data() {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char* name, const char* type, const QByteArray& body,
                            const char* said) {
            QTest::newRow(name) << QByteArray(type) << body << QByteArray(said);
        };
        const char* events = "text/event-stream";
        row("error in a stream", events,
            "data: {\"error\":{\"message\":\"no \\u001b[31mroom\"}}\n\n",
            "it failed: no \\x1b[31mroom");
        row("error as text", events, "data: {\"error\":\"no\"}\n\n", "it failed: no");
        row("not JSON", events, "data: {\"choices\n\n", "not valid JSON");
        row("too deep", events, "data: " + QByteArray(100'000, '[') + "\n\n", "nested deeper");
        row("a number", events, "data: 7\n\n", "no choices");
        row("choices of another kind", events, "data: {\"choices\":{\"a\":1}}\n\n", "no choices");
        row("nothing", events, "", "its answer is empty");
        row("a comment alone", events, ": hm\n\n", "cut short after 0 bytes");
        row("a line without end", events, "data: " + QByteArray(2 << 20, 'a'), "is longer than");
        row("an event without end", events, QByteArray("data: a\n").repeated(1 << 20),
            "is longer than");
        row("a page", "text/html", "<html>", "not valid JSON");
        row("an empty answer", "application/json", "", "its answer is empty");
        row("null", "application/json", "null", "no choices");
    }
    void whatIsWrongIsSaid() {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, said);
        const auto reply = read(type.toStdString(), {body.toStdString()});
        QVERIFY(!reply.ok());
        QVERIFY2(reply.message().find(said.toStdString()) != std::string::npos,
                 reply.message().c_str());
    }

    /// Members of every wrong kind: an answer or an error, and nothing else.
    void wrongKindsDoNoHarm() {
        const std::vector<std::string> values = {"null",
                                                 "true",
                                                 "-1",
                                                 "1e308",
                                                 "\"x\"",
                                                 "[]",
                                                 "[[]]",
                                                 "[null]",
                                                 "{}",
                                                 "[{}]",
                                                 "{\"content\":[{\"logprob\":\"x\"}]}"};
        const std::vector<std::string> members = {"delta", "message", "logprobs", "finish_reason"};
        std::mt19937 random(3);
        int answers = 0;
        for (int round = 0; round < 3000; ++round) {
            std::string choice = "{";
            for (const std::string& member : members)
                if (random() % 2 == 0)
                    choice += (choice.size() > 1 ? ",\"" : "\"") + member +
                              "\":" + values[random() % values.size()];
            const auto reply = read("text/event-stream",
                                    {"data: {\"choices\":[" + choice + "}]}\n\ndata: [DONE]\n\n"});
            answers += reply.ok();
        }
        QVERIFY(answers > 0);
    }

    void reasonsOfErrors() {
        QCOMPARE(errorIn(R"({"error":{"message":"bad key"}})"), std::string("bad key"));
        QCOMPARE(errorIn(R"({"error":"model 'x' not found"})"), std::string("model 'x' not found"));
        QCOMPARE(errorIn(R"({"message":"m"})"), std::string("m"));
        QCOMPARE(errorIn(R"({"detail":[{"loc":1}]})"), std::string(R"([{"loc":1}])"));
        QCOMPARE(errorIn("Bad\nGateway\x1b"), std::string("Bad Gateway\\x1b"));
        QVERIFY(errorIn(std::string(100'000, 'a')).size() < 400);
    }
};

QTEST_GUILESS_MAIN(ChatStreamTest)
#include "chat_stream_test.moc"
