// What sessions have read, kept on disk: after the engine has ended, or a session was needed for
// something else, a conversation that goes on is not read again.
//
// A file is a saved session. The longest that begins as a prompt does is taken; one whose
// conversation has gone on is replaced by the longer one; the oldest go when there is no room.
// Belongs to the engine's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <span>
#include <vector>

#include "engine/model/session.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {

class PrefixStore {
public:
    /// Keeps at most `limit` bytes in the folder; without either it keeps nothing.
    PrefixStore(std::filesystem::path folder, uint64_t limit);

    [[nodiscard]] bool enabled() const { return m_limit > 0 && !m_folder.empty(); }
    /// Where a file holds so much more of the prompt than the session (`held` tokens) that it is
    /// worth it, the session becomes what was saved.
    bool restore(engine::Session& session, std::span<const engine::Token> prompt, int64_t held);
    /// Whether it is long enough to be kept, and is not yet.
    [[nodiscard]] bool wants(const engine::Session& session) const;
    /// Without the file a prompt only takes longer.
    void save(const engine::Session& session);
    void forgetAll();

private:
    struct Entry {
        std::filesystem::path file;
        uint64_t model = 0, bytes = 0;
        std::vector<engine::Token> tokens;
    };
    void remove(std::list<Entry>::iterator entry);

    std::filesystem::path m_folder;
    uint64_t m_limit, m_bytes = 0;
    std::list<Entry> m_entries;  // the one used last first
};

}  // namespace alcove::app
