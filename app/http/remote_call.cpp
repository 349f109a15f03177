#include "app/http/remote_call.h"

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/X509Certificate.h>
#include <Poco/String.h>
#include <Poco/Timespan.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <istream>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "engine/base/sudden_end.h"

namespace alcove::app {
namespace {

namespace net = Poco::Net;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int kMostHeaders = 100;
constexpr size_t kMostWaiting = size_t{1} << 20;  // bytes of a body that nobody took yet
constexpr milliseconds kLastMoment{2'000};        // for the thread of a call that is given up
constexpr size_t kFingerprintDigits = 64;

std::string nameOf(const RemotePlace& place) {
    if (!place.socket.empty()) return place.socket.string();
    const bool bare = place.host.find(':') == std::string::npos;
    return concat(place.tls ? "https://" : "http://", bare ? "" : "[", place.host, bare ? "" : "]",
                  ":", place.port);
}

std::string seconds(milliseconds time) {
    return concat(static_cast<double>(time.count()) / 1000.0, " seconds");
}

Poco::Timespan timespan(milliseconds time) {
    return Poco::Timespan::TimeDiff{time.count()} * Poco::Timespan::MILLISECONDS;
}

/// What we say ourselves, in words that need no others.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class Stage : uint8_t { Connect, Trust, Answer };

/// What both threads of a call see. Whoever has the last of it frees it.
struct Flight {
    Flight(RemotePlace where, RemoteCall what, const RemoteLimits& bounds)
        : place(std::move(where)), call(std::move(what)), limits(bounds) {}

    const RemotePlace place;
    const RemoteCall call;
    const RemoteLimits limits;

    std::mutex mutex;  // guards what follows
    std::condition_variable_any changed;
    std::optional<net::StreamSocket> socket;  // to be cut by who gives up
    RemoteAnswer head;
    std::string arrived;           // and not taken yet
    std::string problem;           // why it ended before its end
    Stage stage = Stage::Connect;  // written by the thread of the call alone
    bool answered = false, ended = false, givenUp = false;
};

/// The addresses that may be connected to, as the place allows.
std::vector<net::IPAddress> addressesOf(const RemotePlace& place) {
    if (Poco::icompare(place.host, "localhost") == 0)  // whatever a resolver would say
        return {net::IPAddress("127.0.0.1"), net::IPAddress("::1")};
    std::vector<net::IPAddress> addresses;
    net::IPAddress written;
    if (net::IPAddress::tryParse(place.host, written)) {
        addresses.push_back(written);
    } else {
        // To look a name up would already tell others of it.
        if (place.loopbackOnly)
            throw Refusal("it is another machine, and only this one may be reached");
        addresses = net::DNS::hostByName(place.host).addresses();
    }
    for (const net::IPAddress& address : addresses)
        if (place.loopbackOnly && !address.isLoopback())
            throw Refusal("it is another machine, and only this one may be reached");
    if (addresses.empty()) throw net::HostNotFoundException(place.host);
    return addresses;
}

net::Context::Ptr contextOf(const TlsTrust& trust) {
    net::Context::Params params;
    params.cipherList = "HIGH:!aNULL:!eNULL:!MD5:!RC4:!3DES";
    const bool pinned = !trust.fingerprint.empty();
    // Strict: Poco would not compare the name of a server on this machine.
    params.verificationMode = pinned ? net::Context::VERIFY_NONE : net::Context::VERIFY_STRICT;
    params.caLocation = trust.authorities.string();
    params.loadDefaultCAs = !pinned && trust.authorities.empty();
    net::Context::Ptr context = new net::Context(net::Context::TLS_CLIENT_USE, params);
    context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
    return context;
}

/// Goes through the exchange on its own thread.
class Messenger {
public:
    explicit Messenger(Flight& flight) : m_flight(flight) {}

    void run() {
        surviveClosedPipes();
        std::string problem;
        try {
            exchange();
        } catch (const net::HostNotFoundException&) {
            problem = "no address is known for this name; check the URL and the network";
        } catch (const net::NoAddressFoundException&) {
            problem = "no address is known for this name; check the URL and the network";
        } catch (const net::ConnectionRefusedException&) {
            problem = "nothing listens there; is the server running?";
        } catch (const net::CertificateValidationException&) {
            problem = concat("its certificate is not made for ", m_flight.place.host,
                             "; nothing was sent");
        } catch (const net::SSLException& error) {
            problem = concat(
                "TLS: ", error.displayText(), "; ",
                m_flight.stage == Stage::Trust
                    ? "nothing was sent. If the server is your own, name the file of its authority "
                      "or its certificate's fingerprint"
                    : "the connection is not safe any more and was ended");
        } catch (const Poco::Exception& error) {
            const std::string reason = error.displayText();
            problem = m_flight.stage == Stage::Answer
                          ? concat("what it answers is not HTTP, or was cut short (", reason, ")")
                      : m_flight.stage == Stage::Trust
                          ? concat("TLS did not come about (", reason, "); does it speak https?")
                          : reason;
        } catch (const std::exception& error) {
            problem = error.what();
        }
        const std::lock_guard lock(m_flight.mutex);
        m_flight.problem = std::move(problem);
        m_flight.ended = true;
        m_flight.changed.notify_all();
    }

private:
    void exchange() {
        const std::unique_ptr<net::HTTPClientSession> session = connect();
        net::HTTPRequest request(m_flight.call.method, m_flight.call.path,
                                 net::HTTPMessage::HTTP_1_1);
        request.setHost(m_flight.place.socket.empty() ? m_flight.place.host : "localhost",
                        m_flight.place.port);
        for (const auto& [name, value] : m_flight.call.headers) request.set(name, value);
        if (m_flight.call.method == "POST") {
            request.setContentLength64(static_cast<int64_t>(m_flight.call.body.size()));
            request.setContentType("application/json");
        }
        session->sendRequest(request) << m_flight.call.body << std::flush;
        net::HTTPResponse response;
        response.setFieldLimit(kMostHeaders);
        std::istream& body = session->receiveResponse(response);
        publish(response);
        takeBody(body, response);
    }

    std::unique_ptr<net::HTTPClientSession> connect() {
        if (!m_flight.place.socket.empty()) {
            net::StreamSocket socket;
            const net::SocketAddress address(net::SocketAddress::UNIX_LOCAL,
                                             m_flight.place.socket.string());
            socket.connect(address);
            return begin(socket);
        }
        const std::vector<net::IPAddress> addresses = addressesOf(m_flight.place);
        std::exception_ptr first;  // says more than those of other addresses
        for (const net::IPAddress& address : addresses) try {
                net::StreamSocket socket;
                socket.connect(net::SocketAddress(address, m_flight.place.port),
                               timespan(m_flight.limits.connect));
                return begin(socket);
            } catch (const net::SSLException&) {
                throw;
            } catch (const Poco::Exception&) {
                if (m_flight.stage != Stage::Connect) throw;
                if (!first) first = std::current_exception();
            }
        std::rethrow_exception(first);
    }

    /// On a socket that is connected.
    std::unique_ptr<net::HTTPClientSession> begin(net::StreamSocket socket) {
        {
            const std::lock_guard lock(m_flight.mutex);
            if (m_flight.givenUp) throw Refusal("given up");
            m_flight.socket = socket;
        }
        // Who waits for the answer has the clock; this is for a thread that nobody waits for.
        socket.setReceiveTimeout(timespan(m_flight.limits.whole));
        socket.setSendTimeout(timespan(m_flight.limits.whole));
        if (m_flight.place.socket.empty()) socket.setNoDelay(true);
        if (m_flight.place.tls) {
            enter(Stage::Trust);
            socket = secured(socket);
        }
        enter(Stage::Answer);
        return std::make_unique<net::HTTPClientSession>(socket);
    }

    void enter(Stage stage) {
        const std::lock_guard lock(m_flight.mutex);
        m_flight.stage = stage;
        m_flight.changed.notify_all();
    }

    [[nodiscard]] net::StreamSocket secured(const net::StreamSocket& socket) const {
        const TlsTrust& trust = m_flight.place.trust;
        net::SecureStreamSocket secure =
            net::SecureStreamSocket::attach(socket, m_flight.place.host, contextOf(trust));
        if (trust.fingerprint.empty()) return secure;
        const std::string found =
            Poco::DigestEngine::digestToHex(secure.peerCertificate().fingerprint("SHA256"));
        if (found != normalFingerprint(trust.fingerprint))
            throw Refusal(concat("its certificate has the fingerprint ", found,
                                 ", and another one is trusted; nothing was sent"));
        return secure;
    }

    void publish(const net::HTTPResponse& response) {
        const std::lock_guard lock(m_flight.mutex);
        m_flight.head.status = response.getStatus();
        m_flight.head.type = response.getContentType();
        m_flight.head.location = response.get("Location", "");
        m_flight.answered = true;
        m_flight.changed.notify_all();
    }

    void takeBody(std::istream& body, const net::HTTPResponse& response) {
        size_t length = 0;
        for (int first = body.get(); first != std::char_traits<char>::eof(); first = body.get()) {
            // What is there already, and no more: a stream's next piece may be long in coming.
            std::array<char, 4096> piece{static_cast<char>(first)};
            const auto rest = body.readsome(piece.data() + 1, piece.size() - 1);
            const auto count = static_cast<size_t>(rest) + 1;
            length += count;
            if (length > m_flight.limits.body)
                throw Refusal(concat("the answer is longer than the ", m_flight.limits.body,
                                     " bytes that are read"));
            std::unique_lock lock(m_flight.mutex);
            m_flight.changed.wait(
                lock, [&] { return m_flight.givenUp || m_flight.arrived.size() < kMostWaiting; });
            if (m_flight.givenUp) return;
            m_flight.arrived.append(piece.data(), count);
            m_flight.changed.notify_all();
        }
        if (body.bad() || (response.hasContentLength() &&
                           static_cast<int64_t>(length) != response.getContentLength64()))
            throw Refusal(concat("the answer was cut short after ", length, " bytes"));
    }

    Flight& m_flight;
};

/// The side that waits, with the clock.
class Waiter {
public:
    Waiter(std::shared_ptr<Flight> flight, const OnRemotePiece& onPiece, std::stop_token stop)
        : m_flight(std::move(flight)), m_onPiece(onPiece), m_stop(std::move(stop)) {
        m_thread = std::thread([shared = m_flight] { Messenger(*shared).run(); });
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
        std::unique_lock lock(m_flight->mutex);
        m_flight->givenUp = true;
        m_flight->changed.notify_all();
        if (m_flight->socket && !m_flight->ended) try {
                m_flight->socket->impl()->shutdown();
            } catch (const Poco::Exception&) {  // it is closed already
            }
        // Looking a name up cannot be ended from outside; that thread ends when it does.
        const bool ended =
            m_flight->changed.wait_for(lock, kLastMoment, [&] { return m_flight->ended; });
        lock.unlock();
        ended ? m_thread.join() : m_thread.detach();
    }

    Result<RemoteAnswer> run() {
        const RemoteLimits& limits = m_flight->limits;
        const Clock::time_point end = Clock::now() + limits.whole;
        Clock::time_point patience = Clock::now() + limits.connect;
        bool connected = false, answered = false;
        RemoteAnswer answer;
        std::unique_lock lock(m_flight->mutex);
        for (;;) {
            const bool woken =
                m_flight->changed.wait_until(lock, m_stop, std::min(end, patience), [&] {
                    return m_flight->ended || !m_flight->arrived.empty() ||
                           isConnected() != connected || m_flight->answered != answered;
                });
            if (m_stop.stop_requested()) return failure("stopped");
            if (!woken) return failure(lateness(Clock::now() >= end));
            if (Clock::now() >= end) return failure(lateness(true));
            connected = isConnected();
            answered = m_flight->answered;
            patience = Clock::now() + limits.silence;
            const std::string piece = std::exchange(m_flight->arrived, {});
            const bool ended = m_flight->ended;
            const std::string problem = m_flight->problem;
            if (answered && answer.status == 0) answer = m_flight->head;
            lock.unlock();
            m_flight->changed.notify_all();  // there is room again
            if (!piece.empty()) {
                if (!m_onPiece)
                    answer.body += piece;
                else if (!m_onPiece(answer, piece))
                    return answer;
            }
            lock.lock();
            if (ended && m_flight->arrived.empty()) {
                if (!problem.empty()) return failure(problem);
                return answer;
            }
        }
    }

private:
    // With the flight's lock:
    [[nodiscard]] bool isConnected() const { return m_flight->stage == Stage::Answer; }
    [[nodiscard]] std::string lateness(bool whole) const {
        const RemoteLimits& limits = m_flight->limits;
        if (whole)
            return concat("the answer has not come to its end within ", seconds(limits.whole),
                          "; it was given up");
        if (m_flight->stage == Stage::Trust)
            return concat("it took the connection, but TLS was not agreed on within ",
                          seconds(limits.connect), "; does it speak https?");
        if (m_flight->stage == Stage::Connect)
            return concat("no connection came about within ", seconds(limits.connect),
                          "; is the address right, and the server running?");
        return concat("nothing came for ", seconds(limits.silence), "; it was given up");
    }
    [[nodiscard]] Error failure(const std::string& reason) const {
        return fail(nameOf(m_flight->place), ": ", reason);
    }

    std::shared_ptr<Flight> m_flight;  // shared with the thread, which may outlive this
    const OnRemotePiece& m_onPiece;
    std::stop_token m_stop;
    std::thread m_thread;
};

}  // namespace

Result<RemoteAnswer> callRemote(const RemotePlace& place, const RemoteCall& call,
                                const RemoteLimits& limits, const OnRemotePiece& onPiece,
                                std::stop_token stop) {
    Waiter waiter(std::make_shared<Flight>(place, call, limits), onPiece, std::move(stop));
    return waiter.run();
}

bool writtenAsLoopback(const std::string& host) {
    if (Poco::icompare(host, "localhost") == 0) return true;
    net::IPAddress address;
    return net::IPAddress::tryParse(host, address) && address.isLoopback();
}

bool isPlain(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

std::string normalFingerprint(std::string_view written) {
    std::string digits;
    for (const char c : written) {
        if (c == ':' || c == ' ') continue;
        const char lower = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
        if ((lower < '0' || lower > '9') && (lower < 'a' || lower > 'f')) return {};
        digits += lower;
    }
    return digits.size() == kFingerprintDigits ? digits : std::string();
}

}  // namespace alcove::app
