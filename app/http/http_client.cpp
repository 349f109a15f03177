#include "app/http/http_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <array>
#include <istream>
#include <memory>
#include <ostream>

namespace alcove::app {
namespace {

namespace net = Poco::Net;

std::string nameOf(const ServerPlace& place) {
    return place.socket.empty() ? concat(place.host, ":", place.port) : place.socket.string();
}

std::unique_ptr<net::HTTPClientSession> connect(const ServerPlace& place) {
    if (place.socket.empty())
        return std::make_unique<net::HTTPClientSession>(place.host, place.port);
    const net::SocketAddress address(net::SocketAddress::UNIX_LOCAL, place.socket.string());
    return std::make_unique<net::HTTPClientSession>(net::StreamSocket(address));
}

}  // namespace

Result<HttpAnswer> call(const ServerPlace& place, const HttpCall& call, const OnBody& onPiece) {
    HttpAnswer answer;
    try {
        const auto session = connect(place);
        session->setTimeout(Poco::Timespan(long(call.patience.count()), 0));
        net::HTTPRequest request(call.method, call.path, net::HTTPMessage::HTTP_1_1);
        request.setHost(place.socket.empty() ? place.host : "localhost", place.port);
        for (const auto& [name, value] : call.headers) request.set(name, value);
        if (!call.body.empty() || call.method == "POST") {
            request.setContentLength64(static_cast<int64_t>(call.body.size()));
            if (!request.has("Content-Type")) request.setContentType("application/json");
        }
        session->sendRequest(request) << call.body << std::flush;
        net::HTTPResponse response;
        std::istream& body = session->receiveResponse(response);
        answer.status = response.getStatus();
        int64_t length = 0;
        for (int first = body.get(); first != std::char_traits<char>::eof(); first = body.get()) {
            // What is there already, and no more: a stream's next piece may be long in coming.
            std::array<char, 4096> piece{static_cast<char>(first)};
            const auto rest = body.readsome(piece.data() + 1, piece.size() - 1);
            const std::string_view text(piece.data(), static_cast<size_t>(rest) + 1);
            length += static_cast<int64_t>(text.size());
            if (!onPiece)
                answer.body += text;
            else if (!onPiece(answer.status, text))
                return answer;
        }
        answer.whole = !body.bad() &&
                       (!response.hasContentLength() || length == response.getContentLength64());
        return answer;
    } catch (const Poco::Exception& error) {
        if (answer.status != 0) return answer;  // cut short, which `whole` tells
        return fail(nameOf(place), ": ", error.displayText());
    } catch (const std::exception& error) {
        if (answer.status != 0) return answer;
        return fail(nameOf(place), ": ", error.what());
    }
}

}  // namespace alcove::app
