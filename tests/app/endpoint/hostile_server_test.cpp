// What a server may do to us: everything it says is bounded in memory and in time, and nothing is
// sent where it must not go.
#include <QtTest>
#include <thread>

#include "app/endpoint/chat_client.h"
#include "scripted_server.h"

using namespace alcove;
using namespace alcove::app;
using namespace std::chrono_literals;
using alcove::test::Connection;
using alcove::test::ScriptedServer;

namespace {

constexpr const char* kGood =
    R"({"model":"m","choices":[{"message":{"content":"Yes"},"finish_reason":"stop"}]})";

ChatQuestion question() {
    ChatQuestion asked;
    asked.model = "m";
    asked.messages = nlohmann::ordered_json::array({{{"role", "user"}, {"content", "Hello"}}});
    return asked;
}

Result<ChatClient> clientOf(const std::string& url, const std::string& key = {}) {
    Endpoint endpoint;
    endpoint.name = "other";
    endpoint.url = url;
    endpoint.key = key;
    return ChatClient::open(EndpointSettings{}, endpoint);
}

/// Small bounds, so that breaking them takes little.
RemoteLimits smallLimits() {
    RemoteLimits limits;
    limits.body = size_t{256} << 10;
    return limits;
}

Result<ChatReply> ask(const ScriptedServer& server, const RemoteLimits& limits = smallLimits()) {
    auto client = clientOf(server.url());
    if (!client) return client.error();
    client->setLimits(limits);
    return client->ask(question());
}

/// Sends one thing for as long as anybody listens.
void flood(Connection& connection, const std::string& piece) {
    while (connection.send(piece)) {
    }
}

#define REFUSED(reply, words)                                                                    \
    do {                                                                                         \
        const auto refused = (reply);                                                            \
        QVERIFY(!refused.ok());                                                                  \
        QVERIFY2(refused.message().find(words) != std::string::npos, refused.message().c_str()); \
    } while (false)

}  // namespace

class HostileServerTest : public QObject {
    Q_OBJECT

private slots:
    void aGoodAnswer() {
        std::string seen;
        const ScriptedServer server([&](Connection& c) {
            seen = c.request();
            c.json(kGood);
        });
        const auto client = clientOf(server.url(), "sk-1");
        const auto reply = client->ask(question());
        QVERIFY2(reply.ok(), reply.ok() ? "" : reply.message().c_str());
        QCOMPARE(reply->text, std::string("Yes"));
        QVERIFY(seen.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"));
        QVERIFY(seen.find("Authorization: Bearer sk-1\r\n") != std::string::npos);
        QVERIFY(seen.find("\"content\":\"Hello\"") != std::string::npos);
    }

    void endlessAnswers_data() {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("again");
        const QByteArray ok = "HTTP/1.1 200 OK\r\n";
        const QByteArray events = ok + "Content-Type: text/event-stream\r\n\r\n";
        const auto row = [](const char* name, const QByteArray& first, const QByteArray& again) {
            QTest::newRow(name) << first << again.repeated(2000);
        };
        row("status line", "HTTP/1.1 200 ", "a");
        row("name of a header", ok, "a");
        row("value of a header", ok + "a: ", "a");
        row("headers", ok, "a: b\r\n");
        row("folded header", ok + "a: b\r\n", " c\r\n");
        row("line of an event", events, "a");
        row("data of one event", events, "data: a\n");
        row("comments", events, ": still there\n\n");
        row("events", events, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
        row("events without an end", events, "data: {\"choices\":[]}\n\n");
        row("JSON", ok + "Content-Type: application/json\r\n\r\n", "[");
        row("an error", "HTTP/1.1 500 No\r\n\r\n", "a");
        row("chunks", ok + "Transfer-Encoding: chunked\r\n\r\n", "2\r\nab\r\n");
        row("not HTTP", "", "\x16\x03\x01");
    }
    void endlessAnswers() {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, again);
        std::atomic<size_t> sent{0};
        {
            const ScriptedServer server([&](Connection& c) {
                c.send(first.toStdString());
                flood(c, again.toStdString());
                sent = c.sent();
            });
            const auto reply = ask(server);
            QVERIFY(!reply.ok());
            QVERIFY2(reply.message().starts_with(server.url()) ||
                         reply.message().starts_with("http://127.0.0.1:"),
                     reply.message().c_str());
        }
        // What was read, and what the system holds for both sides.
        QVERIFY2(sent < (size_t{32} << 20), std::to_string(sent).c_str());
    }

    /// Bounded by time alone: nothing in them grows.
    void endlessWaiting_data() {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("again");
        const QByteArray ok = "HTTP/1.1 200 OK\r\n";
        QTest::newRow("continue") << QByteArray() << QByteArray("HTTP/1.1 100 Continue\r\n\r\n");
        QTest::newRow("extension of a chunk")
            << ok + "Transfer-Encoding: chunked\r\n\r\n5;" << QByteArray("a");
        QTest::newRow("blanks before a chunk") << ok + "Transfer-Encoding: chunked\r\n\r\n"
                                               << QByteArray(" ");
        QTest::newRow("drip of a header") << ok << QByteArray("a: b\r\n");
        QTest::newRow("drip of events") << ok + "Content-Type: text/event-stream\r\n\r\n"
                                        << QByteArray(":\n");
    }
    void endlessWaiting() {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, again);
        const bool drip = QByteArray(QTest::currentDataTag()).startsWith("drip");
        const ScriptedServer server([&](Connection& c) {
            c.send(first.toStdString());
            while (c.send(again.toStdString()))
                if (drip) std::this_thread::sleep_for(20ms);
        });
        RemoteLimits limits = smallLimits();
        limits.whole = 1s;
        REFUSED(ask(server, limits), "within 1 seconds");
    }

    void silence() {
        const ScriptedServer server([&](Connection& c) { c.waitForEnd(); });
        RemoteLimits limits = smallLimits();
        limits.silence = 300ms;
        REFUSED(ask(server, limits), "nothing came for 0.3 seconds");
    }

    void silenceInTheMiddle() {
        const ScriptedServer server([&](Connection& c) {
            c.beginEvents();
            c.send("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            c.waitForEnd();
        });
        RemoteLimits limits = smallLimits();
        limits.silence = 300ms;
        REFUSED(ask(server, limits), "nothing came for 0.3 seconds");
    }

    void stopping() {
        std::stop_source stop;
        std::atomic<bool> left{false};
        {
            const ScriptedServer server([&](Connection& c) {
                c.beginEvents();
                c.send("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
                c.waitForEnd();
                left = true;
            });
            const auto client = clientOf(server.url());
            const auto reply = client->ask(
                question(), [&](std::string_view) { stop.request_stop(); }, stop.get_token());
            REFUSED(reply, "stopped");
            // The server is told: its connection ends without our ending the server.
            QTRY_VERIFY_WITH_TIMEOUT(left.load(), 60'000);
        }
    }

    void closedEarly_data() {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray ok = "HTTP/1.1 200 OK\r\n";
        const QByteArray half = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {";
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("half a status") << QByteArray("HTTP/1");
        QTest::newRow("half the headers") << ok + "Content-Ty";
        QTest::newRow("half a stream") << ok + "Content-Type: text/event-stream\r\n\r\n" + half;
        QTest::newRow("half of a length")
            << ok + "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"choices\"";
        QTest::newRow("half a chunk") << ok +
                                             "Content-Type: text/event-stream\r\n"
                                             "Transfer-Encoding: chunked\r\n\r\n" +
                                             "ff\r\n" + half;
        QTest::newRow("a chunk of nonsense")
            << ok + "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
        QTest::newRow("a negative length")
            << ok + "Content-Type: application/json\r\nContent-Length: -5\r\n\r\n{}";
        QTest::newRow("no status") << QByteArray("HTTP/1.1 many OK\r\n\r\n");
        QTest::newRow("another protocol") << QByteArray("SSH-2.0-OpenSSH_9.2\r\n");
    }
    void closedEarly() {
        QFETCH(QByteArray, bytes);
        const ScriptedServer server([&](Connection& c) { c.send(bytes.toStdString()); });
        const auto reply = ask(server);
        QVERIFY(!reply.ok());
        QVERIFY2(reply.message().find(std::to_string(server.port())) != std::string::npos,
                 reply.message().c_str());
    }

    void aRedirectIsNotFollowed() {
        const ScriptedServer target([](Connection& c) { c.json(kGood); });
        for (const int status : {301, 302, 303, 307, 308}) {
            const ScriptedServer server([&](Connection& c) {
                c.send("HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " +
                       target.url() + "/chat/completions\r\nContent-Length: 0\r\n\r\n");
            });
            const auto reply = ask(server);
            REFUSED(reply, "not followed");
            REFUSED(reply, target.url());
        }
        QCOMPARE(target.connections(), 0);
    }

    void errorsInPlainWords_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("said");
        QTest::newRow("key") << 401 << QByteArray("refuses a request without a key");
        QTest::newRow("route") << 404 << QByteArray("knows neither this route nor this model");
        QTest::newRow("busy") << 429 << QByteArray("is busy");
        QTest::newRow("failed") << 500 << QByteArray("failed");
        QTest::newRow("invalid") << 422 << QByteArray("does not take the request");
    }
    void errorsInPlainWords() {
        QFETCH(int, status);
        QFETCH(QByteArray, said);
        const ScriptedServer server([&](Connection& c) {
            c.answer(status, "application/json", R"({"error":{"message":"the reason"}})");
        });
        const auto reply = ask(server);
        REFUSED(reply, said.toStdString());
        REFUSED(reply, "the reason");
        REFUSED(reply, server.url());
    }

    /// Asked for once more, without what it does not know.
    void aServerWithoutProbabilities_data() {
        QTest::addColumn<QByteArray>("answer");
        const QByteArray error = "{\"error\":{\"message\":\"logprobs is not supported\"}}";
        QTest::newRow("an error") << "HTTP/1.1 500 No\r\n\r\n" + error;
        const QByteArray events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        QTest::newRow("an error in the stream") << events + "data: " + error + "\n\n";
        QTest::newRow("an empty stream") << events;
    }
    void aServerWithoutProbabilities() {
        QFETCH(QByteArray, answer);
        std::atomic<int> asked{0};
        const ScriptedServer server([&](Connection& c) {
            ++asked;
            if (c.body().find("logprobs") != std::string::npos)
                c.send(answer.toStdString());
            else
                c.json(kGood);
        });
        const auto client = clientOf(server.url());
        ChatQuestion wanted = question();
        wanted.logprobs = true;
        const auto reply = client->ask(wanted);
        QVERIFY2(reply.ok(), reply.ok() ? "" : reply.message().c_str());
        QVERIFY(reply->text == "Yes" && reply->logprobs.empty());
        QCOMPARE(asked.load(), 2);
    }

    void modelsThatAreNone_data() {
        QTest::addColumn<QByteArray>("body");
        for (const char* body : {"", "null", "[]", "{}", R"({"data":7})", R"({"data":[7]})",
                                 R"({"data":[{"id":7}]})", R"({"data":[{"id":""}]})", "<html>"})
            QTest::newRow(body) << QByteArray(body);
        QTest::newRow("a long name")
            << QByteArray(R"({"data":[{"id":")") + QByteArray(600, 'a') + "\"}]}";
        QTest::newRow("too many") << QByteArray(R"({"data":[{"id":"a"})") +
                                         QByteArray(R"(,{"id":"a"})").repeated(10'000) + "]}";
    }
    void modelsThatAreNone() {
        QFETCH(QByteArray, body);
        const ScriptedServer server([&](Connection& c) { c.json(body.toStdString()); });
        const auto models = clientOf(server.url())->models();
        REFUSED(models, "no list of models");
    }

    /// 0.0.0.0 is reached by this machine itself; only the look at the address prevents it.
    void theAddressDecides() {
        const ScriptedServer server([](Connection& c) { c.json(R"({"data":[]})"); }, "0.0.0.0");
        RemotePlace place;
        place.host = "0.0.0.0";
        place.port = server.port();
        RemoteCall call;
        call.path = "/v1/models";
        REFUSED(callRemote(place, call), "only this one may be reached");
        place.host = "name.that.is.not.looked.up.example";
        REFUSED(callRemote(place, call), "only this one may be reached");
        QCOMPARE(server.connections(), 0);
        place.host = "0.0.0.0";
        place.loopbackOnly = false;
        QVERIFY(callRemote(place, call).ok());
        QCOMPARE(server.connections(), 1);
        // The client itself refuses before that.
        REFUSED(clientOf(concat("http://0.0.0.0:", server.port())), "allow-network on");
        QCOMPARE(server.connections(), 1);
    }

    void nobodyListens() {
        uint16_t port = 0;
        {
            const ScriptedServer server([](Connection&) {});
            port = server.port();
        }
        const auto reply = clientOf(concat("http://localhost:", port))->ask(question());
        REFUSED(reply, "nothing listens there");
    }
};

QTEST_GUILESS_MAIN(HostileServerTest)
#include "hostile_server_test.moc"
