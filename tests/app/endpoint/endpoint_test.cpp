// Endpoints as the settings keep them, and the file of the settings itself.
#include "app/endpoint/endpoint.h"

#include <QtTest>
#include <fstream>
#include <thread>

using namespace alcove;
using namespace alcove::app;
using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

Endpoint endpointAt(const std::string& url) {
    Endpoint endpoint;
    endpoint.name = "other";
    endpoint.url = url;
    return endpoint;
}

std::string contentOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

Result<void> check(const Json& settings) {
    if (const auto endpoints = readEndpoints(settings); !endpoints) return endpoints.error();
    return {};
}

}  // namespace

class EndpointTest : public QObject {
    Q_OBJECT

private slots:
    void init() {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = fs::path(m_folder->path().toStdString()) / "alcove" / "settings.json";
    }

    void urls_data() {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("parsed");  // tls host port path; empty: refused
        const auto row = [](const char* url, const char* parsed) {
            QTest::newRow(url) << QString(url) << QString(parsed);
        };
        row("http://127.0.0.1:8000/v1", "0 127.0.0.1 8000 /v1");
        row("http://localhost:11434", "0 localhost 11434 /v1");
        row("https://gpu.example/", "1 gpu.example 443 /v1");
        row("https://gpu.example/api/openai/v1/", "1 gpu.example 443 /api/openai/v1");
        row("http://[::1]:80/v1", "0 ::1 80 /v1");
        row("http://[fe80::1]/v1", "0 fe80::1 80 /v1");
        row("gpu.example:8000", "");
        row("ftp://gpu.example", "");
        row("http://", "");
        row("http:///v1", "");
        row("http://a b/v1", "");
        row("http://a\r\nHost: b/v1", "");
        row("http://user:word@host/v1", "");
        row("http://host:/v1", "");
        row("http://host:0/v1", "");
        row("http://host:65536/v1", "");
        row("http://host:80x/v1", "");
        row("http://host:-1/v1", "");
        row("http://[::1/v1", "");
        row("http://[::1]x/v1", "");
        row("http://host/v1?a=b", "");
        row("http://host/v1#a", "");
        row("http://host%41/v1", "");
    }
    void urls() {
        QFETCH(QString, url);
        QFETCH(QString, parsed);
        const auto result = parseUrl(url.toStdString());
        QCOMPARE(result.ok(), !parsed.isEmpty());
        if (!result) return;
        QCOMPARE(QString::fromStdString(
                     concat(result->tls, " ", result->host, " ", result->port, " ", result->path)),
                 parsed);
    }

    /// By the address that is meant, however it is written, and never by how a name looks.
    void onlyThisMachine_data() {
        QTest::addColumn<bool>("stays");
        for (const char* here : {"http://127.0.0.1:1", "http://127.9.8.7:1", "http://localhost:1",
                                 "http://LOCALHOST:1", "http://[::1]:1", "https://localhost"})
            QTest::newRow(here) << true;
        const std::vector<const char*> others = {"http://192.168.1.2:1",
                                                 "http://10.0.0.1",
                                                 "http://0.0.0.0:1",
                                                 "http://[::]:1",
                                                 "http://example.com",
                                                 "http://localhost.example.com",
                                                 "http://127.0.0.1.example.com",
                                                 "http://127-0-0-1.example.com",
                                                 "http://localhost.:1",
                                                 "http://[fe80::1]:1",
                                                 "http://128.0.0.1",
                                                 "http://1.127.0.0"};
        for (const char* away : others) QTest::newRow(away) << false;
    }
    void onlyThisMachine() {
        QFETCH(bool, stays);
        const Endpoint endpoint = endpointAt(QTest::currentDataTag());
        QCOMPARE(endpoint.staysHere(), stays);
        EndpointSettings settings;
        QCOMPARE(settings.allows(endpoint).ok(), stays);
        if (!stays)
            QVERIFY(settings.allows(endpoint).message().find("allow-network on") !=
                    std::string::npos);
        settings.onlyThisMachine = false;
        QVERIFY(settings.allows(endpoint).ok());
        QVERIFY(settings.allows(*settings.find("local")).ok());
    }

    void whatCannotBeAnEndpoint_data() {
        QTest::addColumn<QByteArray>("entry");
        const auto row = [](const char* entry) {
            QTest::newRow(entry) << QByteArray(entry).replace('\'', '"');
        };
        row("7");
        row("{'url':'http://a'}");
        row("{'name':'a'}");
        row("{'name':7,'url':'http://a'}");
        row("{'name':'','url':'http://a'}");
        row("{'name':'local','url':'http://a'}");
        row("{'name':'a/b','url':'http://a'}");
        row("{'name':'-a','url':'http://a'}");
        row("{'name':'a','url':'a'}");
        row("{'name':'a','url':'http://a','key':'x y'}");
        row("{'name':'a','url':'http://a','key':'x\\r\\nHost: b'}");
        row("{'name':'a','url':'http://a','models':['']}");
        row("{'name':'a','url':'http://a','models':{}}");
        row("{'name':'a','url':'https://a','fingerprint':'12'}");
        row("{'name':'a','url':'http://a','ca':'/x.pem'}");
    }
    void whatCannotBeAnEndpoint() {
        QFETCH(QByteArray, entry);
        const Json settings = {{"endpoints", Json::array({Json::parse(entry.toStdString())})}};
        const auto read = readEndpoints(settings);
        QVERIFY(!read.ok());
        QVERIFY2(read.message().starts_with("endpoints[0]"), read.message().c_str());
    }

    void settingsComeBackAsTheyWere() {
        const SettingsFile file(m_path);
        QVERIFY(file.load(check)->values.empty());
        EndpointSettings written;
        written.onlyThisMachine = false;
        written.endpoints = {endpointAt("https://a.example/v1"), endpointAt("http://[::1]:8/v1")};
        written.endpoints[1].name = "second";
        written.endpoints[0].key = "sk-123";
        written.endpoints[0].trust.authorities = "/etc/ca.pem";
        written.endpoints[0].models = {"m1", "m2"};
        const auto change = [&](Json& values) -> Result<void> {
            values["colours"] = {{"window", "dark"}};  // of another part
            writeEndpoints(written, values);
            return {};
        };
        QVERIFY(file.update(change, check).ok());
        const auto loaded = file.load(check);
        QVERIFY(loaded.ok() && loaded->note.empty());
        const auto read = readEndpoints(loaded->values);
        QVERIFY(read.ok() && !read->onlyThisMachine);
        QCOMPARE(read->endpoints.size(), size_t{2});
        QCOMPARE(read->find("other")->key, std::string("sk-123"));
        QCOMPARE(read->find("other")->trust.authorities, fs::path("/etc/ca.pem"));
        QCOMPARE(read->find("other")->models, (std::vector<std::string>{"m1", "m2"}));
        QCOMPARE(read->find("second")->url, std::string("http://[::1]:8/v1"));
        QVERIFY(read->find("third") == nullptr);
        QCOMPARE(loaded->values["colours"]["window"], Json("dark"));
    }

    void onlyItsOwnerReadsIt() {
        const auto rights = [&] { return fs::status(m_path).permissions(); };
        const auto ownerAlone = fs::perms::owner_read | fs::perms::owner_write;
        const SettingsFile file(m_path);
        const auto change = [](Json& values) -> Result<void> {
            values["a"] = 1;
            return {};
        };
        QVERIFY(file.update(change).ok());
        QCOMPARE(rights(), ownerAlone);
        QCOMPARE(fs::status(m_path.parent_path()).permissions(), fs::perms::owner_all);
        fs::permissions(m_path, fs::perms::all);  // as an editor may leave it
        QVERIFY(file.update(change).ok());
        QCOMPARE(rights(), ownerAlone);
    }

    void aChangeThatFailsChangesNothing() {
        const SettingsFile file(m_path);
        QVERIFY(file.update([](Json& v) -> Result<void> {
                        v["a"] = 1;
                        return {};
                    })
                    .ok());
        const std::string before = contentOf(m_path);
        const auto failed = file.update([](Json& v) -> Result<void> {
            v["a"] = 2;
            return fail("no");
        });
        QVERIFY(!failed.ok());
        const auto unfit = file.update(
            [](Json& v) -> Result<void> {
                v["endpoints"] = 7;
                return {};
            },
            check);
        QVERIFY(!unfit.ok());
        QCOMPARE(contentOf(m_path), before);
    }

    void aBrokenFileIsKeptAside_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("cut") << QByteArray("{\"endpoints\": [{\"name\": \"a\", ");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("not UTF-8") << QByteArray("{\"a\": \"\xff\"}");
        QTest::newRow("a list") << QByteArray("[]");
        QTest::newRow("a wrong member") << QByteArray(R"({"endpoints": 7})");
        QTest::newRow("a wrong switch") << QByteArray(R"({"only_this_machine": "no"})");
        QTest::newRow("too deep") << QByteArray(1000, '[');
        QTest::newRow("too long") << QByteArray(5 << 20, ' ');
    }
    void aBrokenFileIsKeptAside() {
        QFETCH(QByteArray, content);
        fs::create_directories(m_path.parent_path());
        const SettingsFile file(m_path);
        for (const char* name : {"settings.json.broken-1", "settings.json.broken-2"}) {
            put(m_path, content.toStdString());
            const auto loaded = file.load(check);
            QVERIFY2(loaded.ok(), loaded.ok() ? "" : loaded.message().c_str());
            QVERIFY(loaded->values.empty());
            const fs::path aside = m_path.parent_path() / name;
            QVERIFY2(loaded->note.find(aside.string()) != std::string::npos, loaded->note.c_str());
            QVERIFY(loaded->note.find(m_path.string() + ":") != std::string::npos);
            QCOMPARE(contentOf(aside), content.toStdString());
            QVERIFY(!fs::exists(m_path));
            QVERIFY(readEndpoints(loaded->values)->onlyThisMachine);
        }
        // A change does not overwrite it either.
        put(m_path, content.toStdString());
        const auto changed = file.update([](Json&) -> Result<void> { return {}; }, check);
        QVERIFY(changed.ok() && !changed->note.empty());
        QCOMPARE(contentOf(m_path.parent_path() / "settings.json.broken-3"), content.toStdString());
        QVERIFY(file.load(check)->note.empty());
    }

    void aLaterVersionIsLeftAlone() {
        fs::create_directories(m_path.parent_path());
        put(m_path, R"({"version": 2, "endpoints": {}})");
        const SettingsFile file(m_path);
        const auto loaded = file.load(check);
        QVERIFY(!loaded.ok());
        QVERIFY(loaded.message().find("later version") != std::string::npos);
        QVERIFY(!file.update([](Json&) -> Result<void> { return {}; }, check).ok());
        QCOMPARE(contentOf(m_path), std::string(R"({"version": 2, "endpoints": {}})"));
    }

    void aFolderOfThatNameIsAnError() {
        fs::create_directories(m_path);
        const auto loaded = SettingsFile(m_path).load(check);
        QVERIFY(!loaded.ok());
        QVERIFY(loaded.message().find("not an ordinary file") != std::string::npos);
    }

    void changesAtOnceAreAllKept() {
        constexpr int kWriters = 4, kChanges = 15;
        std::vector<std::thread> writers;
        std::atomic<int> failures{0};
        for (int w = 0; w < kWriters; ++w)
            writers.emplace_back([&, w] {
                const SettingsFile file(m_path);
                for (int i = 0; i < kChanges; ++i)
                    failures += !file.update([&](Json& values) -> Result<void> {
                                         values[concat("w", w, "-", i)] = true;
                                         return {};
                                     })
                                     .ok();
            });
        for (std::thread& writer : writers) writer.join();
        QCOMPARE(failures.load(), 0);
        QCOMPARE(SettingsFile(m_path).load()->values.size(), size_t{kWriters * kChanges + 1});
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    fs::path m_path;
};

QTEST_GUILESS_MAIN(EndpointTest)
#include "endpoint_test.moc"
