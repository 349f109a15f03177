// alcove-cli serve: a port of this machine where programs reach the engine, as long as this runs.
#include <atomic>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/api/fields.h"
#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "app/host/host_client.h"
#include "app/http/event_reader.h"
#include "engine/base/terminal.h"

namespace alcove::app {
namespace {

struct ServeOptions {
    int64_t port = 11435;
    std::string key, keyFile, address = "127.0.0.1", certificate, certificateKey;
    std::vector<std::string> hosts;
};

/// Told by the engine's first words; then silence, until one of both ends.
class PortHolder {
public:
    PortHolder(const ServeOptions& options, Streams& streams)
        : m_options(options), m_streams(streams) {}

    bool take(int status, std::string_view piece) {
        if (status != 200)
            m_refusal += piece;
        else if (const auto read =
                     m_events.push(piece, [&](std::string_view data) { return opened(data); });
                 !read)
            return false;
        return !m_stopped;
    }

    void stop() { m_stopped = true; }
    [[nodiscard]] bool stopped() const { return m_stopped; }
    [[nodiscard]] bool isOpen() const { return m_open; }
    [[nodiscard]] const std::string& refusal() const { return m_refusal; }

private:
    Result<void> opened(std::string_view data) {
        const auto told = nlohmann::json::parse(data, nullptr, false);
        if (!told.is_object()) return fail("what it says is no JSON");
        m_open = true;
        m_streams.out << "listening on " << (m_options.certificate.empty() ? "http://" : "https://")
                      << m_options.address << ":" << told.value("port", 0) << "/v1 (Ctrl-C ends it)"
                      << std::endl;
        return {};
    }

    const ServeOptions& m_options;
    Streams& m_streams;
    EventReader m_events;
    std::string m_refusal;
    bool m_open = false;
    std::atomic<bool> m_stopped{false};
};

Result<void> serve(const ServeOptions& options, Streams& streams) {
    PortHolder holder(options, streams);
    const InterruptWatcher interrupts([&] { holder.stop(); });
    ALCOVE_TRY(const RunningHost host, reachHost());
    Json body = {{"port", options.port},
                 {"address", options.address},
                 {"key", options.key},
                 {"hosts", options.hosts}};
    if (!options.certificate.empty()) {
        body["certificate"] = std::filesystem::absolute(options.certificate).string();
        body["certificate_key"] = std::filesystem::absolute(options.certificateKey).string();
    }
    const Result<RemoteAnswer> answer = callHost(
        host.place, "POST", "/alcove/port", dump(body),
        [&](const RemoteAnswer& head, std::string_view piece) {
            return holder.take(head.status, piece);
        },
        std::chrono::seconds(10));
    if (holder.stopped()) return {};
    if (holder.isOpen()) return fail("the engine has ended, and the port with it");
    if (!answer) return answer.error();
    return refusalOf(*answer, holder.refusal());
}

}  // namespace

ExitCode runServe(Words words, Streams& streams) {
    ServeOptions serving;
    Options options("serve [--port P] [--key-file F] …",
                    "Opens a port of this machine with OpenAI's API, as long as this runs.");
    options.integer("--port", "P", "the port; 0: any that is free (11435)", serving.port, 0, 65535);
    options.name("--key", "K",
                 "what a request must carry; others may see it in the list of commands",
                 serving.key);
    options.name("--key-file", "FILE", "holds it instead", serving.keyFile);
    options.name("--address", "A", "another than 127.0.0.1; needs key and certificate",
                 serving.address);
    options.name("--cert", "FILE", "a certificate for TLS (PEM)", serving.certificate);
    options.name("--cert-key", "FILE", "its private key (PEM)", serving.certificateKey);
    options.texts("--host", "NAME", "another name that requests may call this machine by",
                  serving.hosts);
    if (const auto code = options.parse(words, streams)) return *code;
    if (serving.certificate.empty() != serving.certificateKey.empty())
        return options.usageError("--cert and --cert-key go together", streams);
    if (!serving.keyFile.empty()) {
        if (!serving.key.empty()) return options.usageError("either --key or --key-file", streams);
        Result<std::string> key = readKeyFile(serving.keyFile);
        if (!key) return finish(key.error(), streams);
        serving.key = std::move(*key);
    }
    return finish(serve(serving, streams), streams);
}

}  // namespace alcove::app
