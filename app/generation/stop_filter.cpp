#include "app/generation/stop_filter.h"

#include <algorithm>
#include <utility>

namespace alcove::app {

StopFilter::StopFilter(std::vector<std::string> stops) : m_stops(std::move(stops)) {
    std::erase_if(m_stops, [](const std::string& stop) { return stop.empty(); });
}

std::string StopFilter::push(std::string_view piece) {
    if (m_ended) return {};
    m_waiting += piece;
    // The one that is whole first counts, however the text comes in pieces.
    std::pair<size_t, size_t> first{std::string::npos, 0};  // end and begin
    for (const std::string& stop : m_stops) {
        const size_t at = m_waiting.find(stop);
        if (at == std::string::npos || std::pair(at + stop.size(), at) >= first) continue;
        first = {at + stop.size(), at};
        m_found = stop;
    }
    if (first.first != std::string::npos) {
        m_ended = true;
        return std::exchange(m_waiting, {}).substr(0, first.second);
    }
    size_t held = 0;  // the longest end that may become a stop string
    for (const std::string& stop : m_stops) {
        size_t length = std::min(stop.size() - 1, m_waiting.size());
        while (length > held &&
               m_waiting.compare(m_waiting.size() - length, length, stop, 0, length) != 0)
            --length;
        held = std::max(held, length);
    }
    std::string passed = m_waiting.substr(0, m_waiting.size() - held);
    m_waiting.erase(0, passed.size());
    return passed;
}

std::string StopFilter::finish() {
    if (m_ended) return {};
    return std::exchange(m_waiting, {});
}

}  // namespace alcove::app
