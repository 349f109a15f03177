#include "app/http/http_server.h"

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureServerSocket.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/SharedPtr.h>
#include <Poco/ThreadPool.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

#include <algorithm>
#include <fstream>
#include <istream>
#include <ostream>
#include <vector>

#include "app/http/connections.h"

namespace alcove::app {
namespace {

namespace net = Poco::Net;

Poco::Timespan timespan(std::chrono::seconds seconds) { return {long(seconds.count()), 0}; }

class PocoExchange final : public Exchange {
public:
    PocoExchange(net::HTTPServerRequest& request, net::HTTPServerResponse& response)
        : m_in(request), m_out(response) {
        m_request.method = request.getMethod();
        const std::string& target = request.getURI();
        const size_t mark = target.find('?');
        try {
            Poco::URI::decode(target.substr(0, mark), m_request.path);
        } catch (const Poco::Exception&) {
            m_readable = false;
        }
        if (mark != std::string::npos) m_request.query = target.substr(mark + 1);
    }

    /// False: it was refused, and that is answered.
    bool readBody(size_t limit) {
        if (!m_readable) return refuse(400, "the path cannot be read");
        const std::string& method = m_request.method;
        const bool chunked = m_in.getChunkedTransferEncoding();
        if (!chunked && !m_in.hasContentLength()) {
            // Where neither is said a body would end with the connection.
            if (method == "GET" || method == "HEAD" || method == "DELETE" || method == "OPTIONS")
                return true;
            return refuse(411, "the request does not say how long its body is");
        }
        if (!chunked && m_in.getContentLength64() > static_cast<int64_t>(limit))
            return refuse(413, concat("the body has ", m_in.getContentLength64(),
                                      " bytes and the limit is ", limit));
        std::istream& stream = m_in.stream();
        std::vector<char> piece(size_t{64} << 10);
        while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
               stream.gcount() > 0) {
            m_request.body.append(piece.data(), static_cast<size_t>(stream.gcount()));
            if (m_request.body.size() > limit)
                return refuse(413,
                              concat("the body is longer than the limit of ", limit, " bytes"));
        }
        if (!chunked && static_cast<int64_t>(m_request.body.size()) < m_in.getContentLength64())
            return refuse(400, "the body is shorter than the request says");
        return true;
    }

    [[nodiscard]] const HttpRequest& request() const override { return m_request; }
    [[nodiscard]] std::string header(const std::string& name) const override {
        return m_in.get(name, "");
    }
    void setHeader(const std::string& name, const std::string& value) override {
        m_out.set(name, value);
    }

    void send(int status, std::string_view type, std::string_view body) override {
        if (m_answered) return;
        m_answered = true;
        prepare(status, type);
        try {
            m_out.setContentLength64(static_cast<int64_t>(body.size()));
            std::ostream& out = m_out.send();
            if (m_request.method != "HEAD")
                out.write(body.data(), static_cast<std::streamsize>(body.size()));
            out.flush();
        } catch (const std::exception&) {  // nobody listens any more
        }
    }

    void begin(int status, std::string_view type) override {
        if (m_answered) return;
        m_answered = true;
        prepare(status, type);
        m_out.setChunkedTransferEncoding(true);
        try {
            m_stream = &m_out.send();
        } catch (const std::exception&) {
            m_stream = nullptr;
        }
    }

    bool write(std::string_view piece) override {
        if (!m_stream) return false;
        try {
            m_stream->write(piece.data(), static_cast<std::streamsize>(piece.size()));
            m_stream->flush();
        } catch (const std::exception&) {
            m_stream = nullptr;
        }
        if (m_stream && !m_stream->good()) m_stream = nullptr;
        return m_stream != nullptr;
    }

    void finish() override { m_whole = true; }
    [[nodiscard]] bool answered() const override { return m_answered; }

    [[nodiscard]] bool connected() override {
        try {
            net::StreamSocket& socket = this->socket();
            if (socket.secure()) return true;  // a look would take bytes; writing tells
            if (!socket.poll(0, net::Socket::SELECT_READ)) return true;
            char byte = 0;
            return socket.receiveBytes(&byte, 1, kPeek) > 0;
        } catch (const std::exception&) {
            return false;
        }
    }

    /// A part must not pass for the whole.
    void cutUnfinished() {
        if (!m_answered || m_whole || !m_stream) return;
        try {
            socket().shutdown();
        } catch (const std::exception&) {
        }
    }

private:
    static constexpr int kPeek = 2;  // MSG_PEEK, the same everywhere

    net::StreamSocket& socket() { return static_cast<net::HTTPServerRequestImpl&>(m_in).socket(); }

    void prepare(int status, std::string_view type) {
        m_out.setStatusAndReason(static_cast<net::HTTPResponse::HTTPStatus>(status));
        m_out.setContentType(std::string(type));
        // Nothing of this is for a web page, and nothing may be taken for one.
        m_out.set("X-Content-Type-Options", "nosniff");
        m_out.set("Cache-Control", "no-store");
    }

    bool refuse(int status, const std::string& reason) {
        m_out.setKeepAlive(false);  // what is left of the body is not read
        send(status, "text/plain; charset=utf-8", reason + "\n");
        return false;
    }

    net::HTTPServerRequest& m_in;
    net::HTTPServerResponse& m_out;
    HttpRequest m_request;
    std::ostream* m_stream = nullptr;  // of an answer in pieces, while somebody listens
    bool m_readable = true;            // the path
    bool m_answered = false;
    bool m_whole = false;
};

net::ServerSocket bindSocket(const ListenOptions& options) {
    constexpr int kBacklog = 64;
    if (!options.socket.empty()) {
        net::ServerSocket socket;
        const net::SocketAddress address(net::SocketAddress::UNIX_LOCAL, options.socket.string());
        socket.bind(address, false);
        std::filesystem::permissions(options.socket, std::filesystem::perms::owner_read |
                                                         std::filesystem::perms::owner_write);
        socket.listen(kBacklog);
        return socket;
    }
    const net::SocketAddress address(options.address, options.port);
    if (options.certificate.empty()) {
        net::ServerSocket socket;
        socket.bind(address, true, false);  // nobody else may share the port
        socket.listen(kBacklog);
        return socket;
    }
    net::Context::Ptr context =
        new net::Context(net::Context::TLS_SERVER_USE, options.key.string(),
                         options.certificate.string(), "", net::Context::VERIFY_NONE);
    context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
    net::SecureServerSocket socket(context);
    socket.bind(address, true, false);  // nobody else may share the port
    socket.listen(kBacklog);
    return socket;
}

}  // namespace

struct HttpServer::State {
    State(const ListenOptions& options, Handler handle, const net::ServerSocket& socket,
          net::HTTPServerParams::Ptr params)
        : file(options.socket),
          bodyLimit(options.bodyLimit),
          handler(std::move(handle)),
          pool("http", 2, options.threads + 1),
          connections(new Connections(params, [this](auto&... exchange) { answer(exchange...); },
                                      {options.head, options.body})),
          server(connections, pool, socket, params),
          port(options.socket.empty() ? socket.address().port() : uint16_t{0}) {}

    void answer(net::HTTPServerRequest& request, net::HTTPServerResponse& response,
                const std::function<void()>& bodyIsRead) const {
        PocoExchange exchange(request, response);
        if (!exchange.readBody(bodyLimit)) return;
        bodyIsRead();
        handler(exchange);
        if (!exchange.answered()) exchange.send(500, "text/plain; charset=utf-8", "no answer\n");
        exchange.cutUnfinished();
    }

    std::filesystem::path file;
    size_t bodyLimit;
    Handler handler;
    Poco::ThreadPool pool;
    Poco::SharedPtr<Connections> connections;
    net::TCPServer server;
    uint16_t port;
};

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const ListenOptions& options,
                                                       Handler handler) {
    const std::string where = options.socket.empty() ? concat(options.address, ":", options.port)
                                                     : options.socket.string();
    for (const std::filesystem::path& file : {options.certificate, options.key})
        if (!file.empty() && !std::ifstream(file)) return fail(file.string(), ": cannot be opened");
    try {
        net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
        params->setMaxThreads(options.threads);
        params->setMaxQueued(options.threads);
        params->setTimeout(timespan(options.body));
        params->setKeepAliveTimeout(timespan(options.idle));
        auto state =
            std::make_unique<State>(options, std::move(handler), bindSocket(options), params);
        state->server.start();
        return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
    } catch (const net::SSLException& error) {
        return fail(options.certificate.string(), ", ", options.key.string(),
                    ": are no certificate and its key, in PEM form and without a password (",
                    error.displayText(), ")");
    } catch (const Poco::Exception& error) {
        if (error.code() == POCO_EADDRINUSE && options.socket.empty())
            return fail(where,
                        ": another program listens there; choose another port, or 0 for any "
                        "that is free");
        return fail(where, ": cannot be listened on: ", error.displayText());
    } catch (const std::exception& error) {
        return fail(where, ": cannot be listened on: ", error.what());
    }
}

HttpServer::HttpServer(std::unique_ptr<State> state) : m_state(std::move(state)) {}

HttpServer::~HttpServer() {
    try {
        m_state->server.stop();
        m_state->connections->cutAll();
        m_state->pool.joinAll();
    } catch (const std::exception&) {
    }
    std::error_code ignored;
    if (!m_state->file.empty()) std::filesystem::remove(m_state->file, ignored);
}

uint16_t HttpServer::port() const { return m_state->port; }

size_t HttpServer::connections() const {
    return static_cast<size_t>(m_state->server.currentConnections());
}

}  // namespace alcove::app
