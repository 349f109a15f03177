// What was found out about grammars, kept from one answer to the next: a constraint gets faster
// with use, since it remembers which tokens each of its states allows.
#pragma once

#include <list>
#include <memory>
#include <mutex>

#include "engine/grammar/constraint.h"

namespace alcove::app {

/// Of one model; may be used by several threads.
class ConstraintPool {
public:
    explicit ConstraintPool(std::shared_ptr<const engine::TokenTrie> vocabulary)
        : m_vocabulary(std::move(vocabulary)) {}

    [[nodiscard]] const engine::TokenTrie& vocabulary() const { return *m_vocabulary; }

    /// At the beginning of a text, whose first blank may be dropped if it is all of the `answer`.
    [[nodiscard]] std::unique_ptr<engine::Constraint> take(
        const std::shared_ptr<const engine::Grammar>& grammar, bool answer);
    /// Kept for the next who asks for the same grammar, as long as there is room.
    void giveBack(std::shared_ptr<const engine::Grammar> grammar,
                  std::unique_ptr<engine::Constraint> constraint);

    static constexpr size_t kMostKept = 16;
    static constexpr size_t kMostBytes = size_t{64} << 20;  // of all that are kept
    [[nodiscard]] size_t kept() const;

private:
    struct Entry {
        std::shared_ptr<const engine::Grammar> grammar;
        std::unique_ptr<engine::Constraint> constraint;
        size_t bytes = 0;
    };

    std::shared_ptr<const engine::TokenTrie> m_vocabulary;  // its constraints share it
    mutable std::mutex m_mutex;                             // guards what follows
    std::list<Entry> m_entries;                             // the one used last first
    size_t m_bytes = 0;
};

}  // namespace alcove::app
