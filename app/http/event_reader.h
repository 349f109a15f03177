// The data of server-sent events, out of pieces that are cut anywhere.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::app {

class EventReader {
public:
    using Take = std::function<Result<void>(std::string_view data)>;
    /// An event may have so many bytes.
    explicit EventReader(size_t longest = size_t{1} << 20) : m_longest(longest) {}

    /// Calls `take` with the data of each event that is whole.
    [[nodiscard]] Result<void> push(std::string_view piece, const Take& take);

private:
    [[nodiscard]] Result<void> line(const Take& take);

    size_t m_longest;
    std::string m_line, m_data;
    bool m_hasData = false;
    bool m_afterReturn = false;  // a line feed that follows belongs to it
};

}  // namespace alcove::app
