#include "app/api/response_store.h"

#include <algorithm>

#include "app/api/generation_call.h"

namespace alcove::app {

void ResponseStore::put(std::string id, Json messages, Json response) {
    const size_t bytes = dump(messages).size() + dump(response).size();
    const std::lock_guard lock(m_mutex);
    m_entries.push_front({std::move(id), std::move(messages), std::move(response), bytes});
    m_bytes += bytes;
    while (m_entries.size() > kMost || m_bytes > kMostBytes) {
        m_bytes -= m_entries.back().bytes;
        m_entries.pop_back();
    }
}

std::optional<StoredResponse> ResponseStore::find(const std::string& id) const {
    const std::lock_guard lock(m_mutex);
    const auto entry = std::ranges::find(m_entries, id, &StoredResponse::id);
    return entry == m_entries.end() ? std::nullopt : std::optional(*entry);
}

bool ResponseStore::remove(const std::string& id) {
    const std::lock_guard lock(m_mutex);
    const auto entry = std::ranges::find(m_entries, id, &StoredResponse::id);
    if (entry == m_entries.end()) return false;
    m_bytes -= entry->bytes;
    m_entries.erase(entry);
    return true;
}

}  // namespace alcove::app
