// HTTP/1.1 on a private socket or a port, by Poco. Only this folder knows Poco.
//
// A handler runs on a thread of its connection and sees one Exchange: a request that was read
// whole, within a limit, and the answer to it, sent at once or as it comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::app {

struct HttpRequest {
    std::string method;
    std::string path;   // decoded, without what follows '?'
    std::string query;  // as it came
    std::string body;
};

class Exchange {
public:
    virtual ~Exchange() = default;

    [[nodiscard]] virtual const HttpRequest& request() const = 0;
    /// Of a request's header; empty: there is none. Names have no case.
    [[nodiscard]] virtual std::string header(const std::string& name) const = 0;

    /// For the answer, before it is sent or begun.
    virtual void setHeader(const std::string& name, const std::string& value) = 0;
    /// The whole answer.
    virtual void send(int status, std::string_view type, std::string_view body) = 0;
    /// An answer of unknown length follows, in pieces.
    virtual void begin(int status, std::string_view type) = 0;
    /// False: nobody listens any more.
    virtual bool write(std::string_view piece) = 0;
    /// The answer as it was begun is whole. Without it the connection is cut, so that nobody takes
    /// a part for the whole.
    virtual void finish() = 0;
    [[nodiscard]] virtual bool answered() const = 0;  // sent or begun

    /// False: the other side has gone.
    [[nodiscard]] virtual bool connected() = 0;
};

using Handler = std::function<void(Exchange&)>;

struct ListenOptions {
    std::filesystem::path socket;  // a Unix socket of this name, for its owner alone; or:
    std::string address = "127.0.0.1";
    uint16_t port = 0;                       // 0: any that is free
    std::filesystem::path certificate, key;  // PEM, for TLS; empty: without
    size_t bodyLimit = size_t{64} << 20;     // bytes
    int threads = 64;                        // connections at a time
    std::chrono::seconds idle{30};           // between two requests of a connection
    std::chrono::seconds head{15};           // for all of a request before its body
    std::chrono::seconds body{120};          // for all of that
};

class HttpServer {
public:
    /// Listens from now on. `handler` may be called from several threads at once.
    static Result<std::unique_ptr<HttpServer>> listen(const ListenOptions& options,
                                                      Handler handler);
    /// Stops listening, cuts what is open and waits for the handlers.
    ~HttpServer();

    [[nodiscard]] uint16_t port() const;
    [[nodiscard]] size_t connections() const;

private:
    struct State;
    explicit HttpServer(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace alcove::app
