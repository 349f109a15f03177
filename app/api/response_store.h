// Conversations of /v1/responses that later requests may go on with, by the ids of their responses.
// In memory alone, the last ones; nothing of them is written anywhere.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "app/api/fields.h"

namespace alcove::app {

struct StoredResponse {
    std::string id;
    Json messages;  // all that was said up to it, and its answer, in the chat API's form
    Json response;  // as it was sent
    size_t bytes = 0;
};

/// May be used by several threads.
class ResponseStore {
public:
    void put(std::string id, Json messages, Json response);
    [[nodiscard]] std::optional<StoredResponse> find(const std::string& id) const;
    /// False: there was none.
    bool remove(const std::string& id);

    static constexpr size_t kMost = 256;
    static constexpr size_t kMostBytes = size_t{16} << 20;

private:
    mutable std::mutex m_mutex;           // guards what follows
    std::list<StoredResponse> m_entries;  // the newest first
    size_t m_bytes = 0;
};

}  // namespace alcove::app
