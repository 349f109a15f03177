#include "app/host/session_pool.h"

#include <algorithm>

namespace alcove::app {
using namespace engine;

namespace {

constexpr int64_t kWorthCopying = 16;  // tokens

int64_t common(std::span<const Token> prompt, const Session& session) {
    const auto held = session.tokens();
    return std::mismatch(prompt.begin(), prompt.end(), held.begin(), held.end()).first -
           prompt.begin();
}

}  // namespace

int64_t commonTokens(std::span<const Token> prompt, const Session& session) {
    return std::min(common(prompt, session), static_cast<int64_t>(prompt.size()) - 1);
}

SessionPool::SessionPool(std::shared_ptr<const Model> model, Runtime& runtime,
                         SessionOptions options, size_t most)
    : m_model(std::move(model)), m_runtime(runtime), m_options(options), m_most(most) {
    m_options.contextLength = contextLengthOf(m_options, m_model->info());
}

bool SessionPool::hasFree() const { return inUse() < m_most; }

size_t SessionPool::inUse() const {
    return static_cast<size_t>(std::ranges::count(m_entries, true, &Entry::inUse));
}

int64_t SessionPool::held(std::span<const Token> prompt) const {
    int64_t most = 0;
    for (const Entry& entry : m_entries) most = std::max(most, common(prompt, *entry.session));
    return most;
}

/// A session not in use whose text goes on in the prompt; else a new one; else the one that was not
/// used for longest.
Result<SessionPool::Entry*> SessionPool::choose(std::span<const Token> prompt) {
    Entry *best = nullptr, *oldest = nullptr;
    int64_t most = 0;
    for (Entry& entry : m_entries) {
        if (entry.inUse) continue;
        if (!oldest || entry.used < oldest->used) oldest = &entry;
        const int64_t here = common(prompt, *entry.session);
        // What would be lost must not be more than what is spared.
        if (here > most && 2 * here >= entry.session->length()) {
            most = here;
            best = &entry;
        }
    }
    if (best) return best;
    if (m_entries.size() < m_most) {
        ALCOVE_TRY(auto session,
                   Session::create(m_model, m_runtime, m_options,
                                   m_entries.empty() ? nullptr : m_entries[0].session.get()));
        m_entries.push_back({std::move(session), false, false, 0});
        return &m_entries.back();
    }
    return oldest;
}

Result<SessionPool::Lease> SessionPool::take(std::span<const Token> prompt) {
    ALCOVE_TRY(Entry * entry, choose(prompt));
    if (!entry) return Lease{};
    Session& session = *entry->session;
    Lease lease{&session, commonTokens(prompt, session)};
    const Entry* source = nullptr;
    int64_t longest = lease.reused + kWorthCopying;
    for (const Entry& other : m_entries) {
        const int64_t here = commonTokens(prompt, *other.session);
        if (&other == entry || here < longest) continue;
        longest = here;
        source = &other;
    }
    const int64_t copied = source ? session.adopt(*source->session, longest) : 0;
    lease.reused = copied > 0 ? copied : session.truncate(lease.reused);
    lease.isSecret = lease.reused > 0 && (copied > 0 ? source : entry)->isSecret;
    entry->inUse = true;
    entry->used = ++m_takes;
    return lease;
}

void SessionPool::giveBack(Session* session, bool isSecret) {
    const auto entry =
        std::ranges::find(m_entries, session, [](const Entry& e) { return e.session.get(); });
    if (entry == m_entries.end()) return;
    entry->inUse = false;
    entry->isSecret = isSecret;
    entry->used = ++m_takes;
}

std::vector<const Session*> SessionPool::idle() const {
    std::vector<const Session*> sessions;
    for (const Entry& entry : m_entries)
        if (!entry.inUse && !entry.isSecret) sessions.push_back(entry.session.get());
    return sessions;
}

void SessionPool::shrink() {
    std::erase_if(m_entries, [](const Entry& entry) { return !entry.inUse; });
}

}  // namespace alcove::app
