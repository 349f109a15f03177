#include "app/http/connections.h"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Timestamp.h>

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>

namespace alcove::app {

namespace net = Poco::Net;

class Connection final : public net::TCPServerConnection {
public:
    using Clock = Connections::Clock;
    static constexpr Clock::time_point kNever = Clock::time_point::max();

    Connection(const net::StreamSocket& socket, Connections& all)
        : net::TCPServerConnection(socket), m_all(all) {
        m_all.enter(*this);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() override { m_all.leave(*this); }

    void run() override {
        try {
            net::HTTPServerSession session(socket(), m_all.m_params);
            if (beginsInTls()) return refuseTls(session);
            while (session.hasMoreRequests() && answerOne(session)) {
            }
        } catch (const std::exception&) {  // the other side has gone, or was too slow
        }
    }

    /// From any thread, while this one is among the open ones: not by TLS, which has no locks.
    void cut() {
        constexpr int kBothWays = 2;
        ::shutdown(socket().impl()->sockfd(), kBothWays);
    }

    Clock::time_point deadline = kNever;  // of Connections

private:
    /// Where HTTP alone is spoken.
    bool beginsInTls() {
        constexpr char kHandshake = 0x16;
        constexpr int kPeek = 2;  // MSG_PEEK, the same everywhere
        if (socket().secure()) return false;
        expectWithin(m_all.m_times.head);
        char first = 0;
        return socket().receiveBytes(&first, 1, kPeek) == 1 && first == kHandshake;
    }

    /// At once: as HTTP it might be the beginning of a line, whose rest would be waited for.
    void refuseTls(net::HTTPServerSession& session) {
        std::array<char, 4096> hello;
        socket().receiveBytes(hello.data(), static_cast<int>(hello.size()));
        net::HTTPServerResponseImpl response(session);
        refuse(response);
    }

    /// False: nothing more can be asked here.
    bool answerOne(net::HTTPServerSession& session) {
        expectWithin(m_all.m_times.head);
        net::HTTPServerResponseImpl response(session);
        std::optional<net::HTTPServerRequestImpl> request;
        try {
            request.emplace(response, session, m_all.m_params.get());
        } catch (const net::NoMessageException&) {
            return false;
        } catch (const net::NetException&) {
            if (session.networkException() == nullptr) refuse(response);
            return false;
        } catch (const Poco::SyntaxException&) {  // the length, which is no number
            refuse(response);
            return false;
        }
        const net::HTTPServerParams& params = *m_all.m_params;
        response.setDate(Poco::Timestamp());
        response.setVersion(request->getVersion());
        response.setKeepAlive(params.getKeepAlive() && request->getKeepAlive() &&
                              session.canKeepAlive());
        expectWithin(m_all.m_times.body);
        if (request->getExpectContinue()) response.sendContinue();
        m_all.m_handle(*request, response, [this] { m_all.setDeadline(*this, kNever); });
        m_all.setDeadline(*this, kNever);
        session.setKeepAlive(response.getKeepAlive() && session.canKeepAlive());
        return response.sent() && session.getKeepAlive();
    }

    static void refuse(net::HTTPServerResponse& response) {
        constexpr char kReason[] = "what was sent is not HTTP\n";
        response.setVersion(net::HTTPMessage::HTTP_1_1);
        response.setStatusAndReason(net::HTTPResponse::HTTP_BAD_REQUEST);
        response.setKeepAlive(false);
        response.setContentType("text/plain; charset=utf-8");
        response.sendBuffer(kReason, sizeof kReason - 1);
    }

    void expectWithin(std::chrono::seconds time) { m_all.setDeadline(*this, Clock::now() + time); }

    Connections& m_all;
};

Connections::Connections(net::HTTPServerParams::Ptr params, Handle handle, RequestTimes times)
    : m_params(std::move(params)),
      m_handle(std::move(handle)),
      m_times(times),
      m_watch([this](const std::stop_token& stop) { watch(stop); }) {}

net::TCPServerConnection* Connections::createConnection(const net::StreamSocket& socket) {
    return new Connection(socket, *this);  // Poco takes it
}

void Connections::cutAll() {
    const std::scoped_lock lock(m_mutex);
    m_ended = true;
    for (Connection* connection : m_open) connection->cut();
}

void Connections::enter(Connection& connection) {
    const std::scoped_lock lock(m_mutex);
    m_open.insert(&connection);
    if (m_ended) connection.cut();
}

void Connections::leave(Connection& connection) {
    const std::scoped_lock lock(m_mutex);
    m_open.erase(&connection);
}

void Connections::setDeadline(Connection& connection, Clock::time_point deadline) {
    const std::scoped_lock lock(m_mutex);
    m_sooner = m_sooner || deadline < connection.deadline;
    connection.deadline = deadline;
    if (m_sooner) m_changed.notify_all();
}

/// Cuts who is late.
void Connections::watch(const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        Clock::time_point next = Connection::kNever;
        for (Connection* connection : m_open) {
            if (connection->deadline <= Clock::now()) {
                connection->deadline = Connection::kNever;
                connection->cut();
            }
            next = std::min(next, connection->deadline);
        }
        m_sooner = false;
        const auto isSooner = [&] { return m_sooner; };
        if (next == Connection::kNever)
            m_changed.wait(lock, stop, isSooner);
        else
            m_changed.wait_until(lock, stop, next, isSooner);
    }
}

}  // namespace alcove::app
