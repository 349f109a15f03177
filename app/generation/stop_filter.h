// Ends a text before the first of some strings, and passes on at once what cannot be part of one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alcove::app {

class StopFilter {
public:
    /// Empty strings are left out: they would end every text.
    explicit StopFilter(std::vector<std::string> stops);

    /// What can be passed on now that `piece` has come; nothing after the end.
    [[nodiscard]] std::string push(std::string_view piece);
    /// What was held back, since it might have become a stop string.
    [[nodiscard]] std::string finish();

    [[nodiscard]] bool ended() const { return m_ended; }
    /// The string that ended the text.
    [[nodiscard]] const std::string& found() const { return m_found; }

private:
    std::vector<std::string> m_stops;
    std::string m_waiting;
    std::string m_found;
    bool m_ended = false;
};

}  // namespace alcove::app
