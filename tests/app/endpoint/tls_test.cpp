// Whom the client trusts, with certificates made here.
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <QtTest>
#include <atomic>

#include "app/http/http_server.h"
#include "app/http/remote_call.h"

using namespace alcove;
using namespace alcove::app;

namespace {

/// The program's output; empty where it fails.
QByteArray openssl(const QTemporaryDir& folder, const QStringList& arguments) {
    QProcess process;
    process.setWorkingDirectory(folder.path());
    process.start("openssl", arguments);
    if (!process.waitForFinished(120'000) || process.exitCode() != 0) {
        qWarning() << process.readAllStandardError();
        return {};
    }
    return process.readAllStandardOutput() + " ";
}

bool makeAuthority(const QTemporaryDir& folder, const QString& name) {
    return !openssl(folder,
                    {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj",
                     "/CN=" + name, "-keyout", name + ".key", "-out", name + ".pem"})
                .isEmpty();
}

bool makeCertificate(const QTemporaryDir& folder, const QString& name, const QString& authority,
                     const QString& names) {
    QFile extensions(folder.filePath(name + ".ext"));
    if (!extensions.open(QIODevice::WriteOnly)) return false;
    extensions.write(("subjectAltName=" + names + "\n").toUtf8());
    extensions.close();
    return !openssl(folder, {"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server",
                             "-keyout", name + ".key", "-out", name + ".csr"})
                .isEmpty() &&
           !openssl(folder, {"x509", "-req", "-in", name + ".csr", "-CA", authority + ".pem",
                             "-CAkey", authority + ".key", "-CAcreateserial", "-days", "30",
                             "-extfile", name + ".ext", "-out", name + ".pem"})
                .isEmpty();
}

}  // namespace

class TlsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        QVERIFY(makeAuthority(m_folder, "ours"));
        QVERIFY(makeAuthority(m_folder, "theirs"));
        QVERIFY(makeCertificate(m_folder, "server", "ours", "DNS:localhost,IP:127.0.0.1"));
        QVERIFY(makeCertificate(m_folder, "elsewhere", "ours", "DNS:elsewhere.example"));
        const QByteArray told =
            openssl(m_folder, {"x509", "-in", "server.pem", "-noout", "-fingerprint", "-sha256"});
        m_fingerprint = told.mid(told.indexOf('=') + 1).trimmed().toStdString();
        QCOMPARE(normalFingerprint(m_fingerprint).size(), size_t{64});
    }

    void trust_data() {
        QTest::addColumn<QString>("certificate");
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("authority");
        QTest::addColumn<QString>("fingerprint");
        QTest::addColumn<QString>("said");  // empty: it is trusted
        const QString print = QString::fromStdString(m_fingerprint);
        const QString other = QString(print).replace(0, 2, print.startsWith("00") ? "11" : "00");
        const auto row = [](const char* name, const char* certificate, const char* host,
                            const char* authority, const QString& fingerprint, const char* said) {
            QTest::newRow(name) << QString(certificate) << QString(host) << QString(authority)
                                << fingerprint << QString(said);
        };
        row("our authority, name", "server", "localhost", "ours", "", "");
        row("our authority, address", "server", "127.0.0.1", "ours", "", "");
        row("another authority", "server", "localhost", "theirs", "", "nothing was sent");
        row("the system's authorities", "server", "localhost", "", "", "nothing was sent");
        row("another name", "elsewhere", "localhost", "ours", "", "not made for localhost");
        row("another address", "elsewhere", "127.0.0.1", "ours", "", "not made for 127.0.0.1");
        row("its fingerprint", "server", "localhost", "", print, "");
        row("its fingerprint, another name", "server", "127.0.0.1", "", print, "");
        row("in lower case without colons", "server", "localhost", "", print.toLower().remove(':'),
            "");
        row("another fingerprint", "server", "localhost", "", other, "another one is trusted");
        row("of another certificate", "elsewhere", "localhost", "", print,
            "another one is trusted");
        row("no authority", "server", "localhost", "missing", "", "missing.pem");
    }
    void trust() {
        QFETCH(QString, certificate);
        QFETCH(QString, host);
        QFETCH(QString, authority);
        QFETCH(QString, fingerprint);
        QFETCH(QString, said);
        std::atomic<int> asked{0};
        ListenOptions listen;
        listen.certificate = file(certificate + ".pem");
        listen.key = file(certificate + ".key");
        const auto server = HttpServer::listen(listen, [&](Exchange& exchange) {
            ++asked;
            exchange.send(200, "application/json", R"({"data":[]})");
        });
        QVERIFY2(server.ok(), server.ok() ? "" : server.message().c_str());
        RemotePlace place;
        place.host = host.toStdString();
        place.port = (*server)->port();
        place.tls = true;
        if (!authority.isEmpty()) place.trust.authorities = file(authority + ".pem");
        place.trust.fingerprint = fingerprint.toStdString();
        RemoteCall call;
        call.method = "POST";
        call.body = "secret";
        const auto answer = callRemote(place, call);
        if (said.isEmpty()) {
            QVERIFY2(answer.ok(), answer.ok() ? "" : answer.message().c_str());
            QCOMPARE(answer->body, std::string(R"({"data":[]})"));
            QCOMPARE(asked.load(), 1);
        } else {
            QVERIFY(!answer.ok());
            QVERIFY2(answer.message().find(said.toStdString()) != std::string::npos,
                     answer.message().c_str());
            QCOMPARE(asked.load(), 0);
        }
    }

    void aServerWithoutTls() {
        std::atomic<int> asked{0};
        const auto server = HttpServer::listen({}, [&](Exchange& exchange) {
            ++asked;
            exchange.send(200, "text/plain", "a");
        });
        QVERIFY(server.ok());
        RemotePlace place;
        place.host = "localhost";
        place.port = (*server)->port();
        place.tls = true;
        const auto answer = callRemote(place, {});
        QVERIFY(!answer.ok());
        QVERIFY2(answer.message().find("TLS") != std::string::npos, answer.message().c_str());
        QCOMPARE(asked.load(), 0);
    }

    void aServerThatSaysNothing() {
        // The system takes the connection.
        const Poco::Net::ServerSocket server(Poco::Net::SocketAddress("127.0.0.1", 0));
        RemotePlace place;
        place.host = "127.0.0.1";
        place.port = server.address().port();
        place.tls = true;
        RemoteLimits limits;
        limits.connect = std::chrono::milliseconds(3000);
        const auto answer = callRemote(place, {}, limits);
        QVERIFY(!answer.ok());
        QVERIFY2(answer.message().find("does it speak https?") != std::string::npos,
                 answer.message().c_str());
    }

private:
    [[nodiscard]] std::filesystem::path file(const QString& name) const {
        return m_folder.filePath(name).toStdString();
    }

    QTemporaryDir m_folder;
    std::string m_fingerprint;
};

QTEST_GUILESS_MAIN(TlsTest)
#include "tls_test.moc"
