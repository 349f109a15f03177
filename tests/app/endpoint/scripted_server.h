// A server on a free port of this machine that says what a test wants it to say, byte by byte.
#pragma once

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/sudden_end.h"

namespace alcove::test {

/// One connection whose request has been read.
class Connection {
public:
    Connection(Poco::Net::StreamSocket socket, std::string request)
        : m_socket(std::move(socket)), m_request(std::move(request)) {}

    /// Headers and body as they came.
    [[nodiscard]] const std::string& request() const { return m_request; }
    [[nodiscard]] std::string body() const {
        return m_request.substr(m_request.find("\r\n\r\n") + 4);
    }
    /// False: the other side has gone.
    bool send(std::string_view bytes) {
        try {
            while (!bytes.empty()) {
                const int sent = m_socket.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
                if (sent <= 0) return false;
                m_sent += static_cast<size_t>(sent);
                bytes.remove_prefix(static_cast<size_t>(sent));
            }
            return true;
        } catch (const Poco::Exception&) {
            return false;
        }
    }
    bool answer(int status, std::string_view type, std::string_view content) {
        return send("HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Type: " +
                    std::string(type) + "\r\nContent-Length: " + std::to_string(content.size()) +
                    "\r\nConnection: close\r\n\r\n" + std::string(content));
    }
    bool json(std::string_view content) { return answer(200, "application/json", content); }
    bool beginEvents() {
        return send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
    }
    /// Waits until the other side has gone.
    void waitForEnd() {
        try {
            char byte = 0;
            while (m_socket.receiveBytes(&byte, 1) > 0) {
            }
        } catch (const Poco::Exception&) {
        }
    }
    [[nodiscard]] size_t sent() const { return m_sent; }

private:
    Poco::Net::StreamSocket m_socket;
    std::string m_request;
    size_t m_sent = 0;
};

class ScriptedServer {
public:
    using Script = std::function<void(Connection&)>;

    explicit ScriptedServer(Script script, const std::string& address = "127.0.0.1")
        : m_script(std::move(script)),
          m_listener(Poco::Net::SocketAddress(address, 0)),
          m_thread([this] { listen(); }) {}
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() {
        m_stopping = true;
        m_thread.join();
        {
            const std::lock_guard lock(m_mutex);
            for (Poco::Net::StreamSocket& socket : m_sockets) try {
                    socket.shutdown();
                } catch (const Poco::Exception&) {
                }
        }
        for (std::thread& thread : m_connections) thread.join();
    }

    [[nodiscard]] uint16_t port() const { return m_listener.address().port(); }
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port()) + "/v1";
    }
    /// Connections so far, whatever came by them.
    [[nodiscard]] int connections() const { return m_count; }

private:
    void listen() {
        surviveClosedPipes();
        while (!m_stopping) {
            if (!m_listener.poll(Poco::Timespan(0, 20'000), Poco::Net::Socket::SELECT_READ))
                continue;
            const std::lock_guard lock(m_mutex);
            m_sockets.push_back(m_listener.acceptConnection());
            ++m_count;
            m_connections.emplace_back(
                [this, socket = m_sockets.back()]() mutable { serve(std::move(socket)); });
        }
    }

    void serve(Poco::Net::StreamSocket socket) {
        try {
            std::string request;
            size_t wanted = std::string::npos;
            while (request.size() < wanted) {
                char piece[4096];
                const int count = socket.receiveBytes(piece, sizeof piece);
                if (count <= 0) return;
                request.append(piece, static_cast<size_t>(count));
                const size_t end = request.find("\r\n\r\n");
                if (end == std::string::npos || wanted != std::string::npos) continue;
                const size_t length = request.find("Content-Length: ");
                wanted = end + 4;
                if (length < end) wanted += std::stoul(request.substr(length + 16));
            }
            Connection connection(socket, std::move(request));
            m_script(connection);
            socket.shutdown();
        } catch (const Poco::Exception&) {
        }
    }

    Script m_script;
    Poco::Net::ServerSocket m_listener;
    std::atomic<bool> m_stopping{false};
    std::atomic<int> m_count{0};
    std::mutex m_mutex;  // guards the two that follow
    std::vector<Poco::Net::StreamSocket> m_sockets;
    std::vector<std::thread> m_connections;
    std::thread m_thread;
};

}  // namespace alcove::test
