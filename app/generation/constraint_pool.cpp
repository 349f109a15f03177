#include "app/generation/constraint_pool.h"

#include <algorithm>

namespace alcove::app {
using namespace engine;

std::unique_ptr<Constraint> ConstraintPool::take(const std::shared_ptr<const Grammar>& grammar,
                                                 bool answer) {
    std::unique_ptr<Constraint> found;
    {
        const std::lock_guard lock(m_mutex);
        const auto entry = std::ranges::find(m_entries, grammar, &Entry::grammar);
        if (entry != m_entries.end()) {
            found = std::move(entry->constraint);
            m_bytes -= entry->bytes;
            m_entries.erase(entry);
        }
    }
    if (!found) found = std::make_unique<Constraint>(grammar, m_vocabulary);
    found->restart(answer);
    return found;
}

void ConstraintPool::giveBack(std::shared_ptr<const Grammar> grammar,
                              std::unique_ptr<Constraint> constraint) {
    const size_t bytes = constraint->bytes();
    const std::lock_guard lock(m_mutex);
    m_entries.push_front({std::move(grammar), std::move(constraint), bytes});
    m_bytes += bytes;
    while (m_entries.size() > kMostKept || m_bytes > kMostBytes) {
        m_bytes -= m_entries.back().bytes;
        m_entries.pop_back();
    }
}

size_t ConstraintPool::kept() const {
    const std::lock_guard lock(m_mutex);
    return m_entries.size();
}

}  // namespace alcove::app
