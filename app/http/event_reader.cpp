#include "app/http/event_reader.h"

#include <utility>

namespace alcove::app {

Result<void> EventReader::push(std::string_view piece, const Take& take) {
    for (const char c : piece) {
        if (c == '\n' && std::exchange(m_afterReturn, false)) continue;
        m_afterReturn = c == '\r';
        if (c == '\n' || c == '\r') {
            ALCOVE_CHECK(line(take));
            continue;
        }
        if (m_line.size() + m_data.size() >= m_longest)
            return fail("an event of its answer is longer than ", m_longest, " bytes");
        m_line += c;
    }
    return {};
}

Result<void> EventReader::line(const Take& take) {
    std::string line = std::exchange(m_line, {});
    if (line.empty()) {
        if (!std::exchange(m_hasData, false)) return {};
        return take(std::exchange(m_data, {}));
    }
    constexpr std::string_view kData = "data:";
    if (!line.starts_with(kData)) return {};  // a comment, or a field of no interest
    line.erase(0, line.starts_with("data: ") ? kData.size() + 1 : kData.size());
    if (m_hasData) m_data += '\n';
    m_data += line;
    m_hasData = true;
    return {};
}

}  // namespace alcove::app
