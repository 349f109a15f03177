// The connections of a server: a thread for each, and limits by the clock.
//
// Poco's own class for this waits a while for the next bytes, so that who sends one now and then
// keeps a thread for as long as he likes; and it ends without a word where it cannot read how long
// a request is. Here the head and the body of a request each have their time, and what cannot be
// read is answered.
#pragma once

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

namespace alcove::app {

/// To send all of it, from its first byte on.
struct RequestTimes {
    std::chrono::seconds head;
    std::chrono::seconds body;
};

class Connection;

class Connections final : public Poco::Net::TCPServerConnectionFactory {
public:
    /// Answers a request, and calls `bodyIsRead` when it is: then there is no hurry any more.
    using Handle = std::function<void(Poco::Net::HTTPServerRequest&, Poco::Net::HTTPServerResponse&,
                                      const std::function<void()>& bodyIsRead)>;

    Connections(Poco::Net::HTTPServerParams::Ptr params, Handle handle, RequestTimes times);

    Poco::Net::TCPServerConnection* createConnection(
        const Poco::Net::StreamSocket& socket) override;

    /// Those that are open, and those that come.
    void cutAll();

private:
    friend class Connection;
    using Clock = std::chrono::steady_clock;

    void enter(Connection& connection);
    void leave(Connection& connection);
    void setDeadline(Connection& connection, Clock::time_point deadline);
    void watch(const std::stop_token& stop);

    Poco::Net::HTTPServerParams::Ptr m_params;  // not changed
    const Handle m_handle;
    const RequestTimes m_times;

    std::mutex m_mutex;  // guards what follows, and the connections' deadlines
    std::condition_variable_any m_changed;
    std::set<Connection*> m_open;
    bool m_sooner = false;  // a deadline than those that watch() has seen
    bool m_ended = false;

    std::jthread m_watch;  // last: it uses the others
};

}  // namespace alcove::app
