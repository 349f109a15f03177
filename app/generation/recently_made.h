// What is made of a text and asked for again and again (grammars of schemas): the last ones stay.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/base/result.h"

namespace alcove::app {

/// May be used by several threads.
template <typename Made>
class RecentlyMade {
public:
    using Pointer = std::shared_ptr<const Made>;

    /// Calls `make` where the key is not known; what fails is not kept.
    template <typename Make>
    [[nodiscard]] Result<Pointer> get(const std::string& key, const Make& make) {
        if (Pointer known = find(key)) return known;
        Result<Pointer> made = make();
        if (!made || key.size() > kLongestKey) return made;
        const std::lock_guard lock(m_mutex);
        m_entries.emplace_front(key, *made);
        if (m_entries.size() > kMost) m_entries.pop_back();
        return made;
    }

    static constexpr size_t kMost = 32;
    static constexpr size_t kLongestKey = size_t{256} << 10;

private:
    [[nodiscard]] Pointer find(const std::string& key) {
        const std::lock_guard lock(m_mutex);
        for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
            if (entry->first != key) continue;
            m_entries.splice(m_entries.begin(), m_entries, entry);
            return entry->second;
        }
        return nullptr;
    }

    std::mutex m_mutex;                                    // guards m_entries
    std::list<std::pair<std::string, Pointer>> m_entries;  // the one asked for last first
};

}  // namespace alcove::app
