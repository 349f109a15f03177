// The sessions of one model that requests take turns with.
//
// A session that is not in use keeps what it has read, so that a conversation that goes on, or
// another question with the same beginning, is read only from where it differs. What several have
// in common is copied from the one that holds it, in use or not. Belongs to the engine's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/session.h"

namespace alcove::app {

/// Tokens of the prompt that the session holds, never all: the last one is computed in any case,
/// since its logits are asked for.
[[nodiscard]] int64_t commonTokens(std::span<const engine::Token> prompt,
                                   const engine::Session& session);

class SessionPool {
public:
    SessionPool(std::shared_ptr<const engine::Model> model, engine::Runtime& runtime,
                engine::SessionOptions options, size_t most);

    struct Lease {
        engine::Session* session = nullptr;  // null: all are in use
        int64_t reused = 0;                  // tokens of the prompt that it holds now, never all
        bool isSecret = false;               // what is reused
    };
    [[nodiscard]] Result<Lease> take(std::span<const engine::Token> prompt);
    /// `isSecret`: what it holds is not for the disk.
    void giveBack(engine::Session* session, bool isSecret);
    /// Sessions that are not in use and hold nothing secret.
    [[nodiscard]] std::vector<const engine::Session*> idle() const;

    [[nodiscard]] bool hasFree() const;
    /// The most tokens of the prompt that any session holds.
    [[nodiscard]] int64_t held(std::span<const engine::Token> prompt) const;
    [[nodiscard]] int64_t capacity() const { return m_options.contextLength; }
    [[nodiscard]] size_t inUse() const;
    /// Drops what is not in use, and with it what it has read.
    void shrink();

private:
    struct Entry {
        std::unique_ptr<engine::Session> session;
        bool inUse = false, isSecret = false;
        uint64_t used = 0;  // when, in takes
    };
    [[nodiscard]] Result<Entry*> choose(std::span<const engine::Token> prompt);

    std::shared_ptr<const engine::Model> m_model;
    engine::Runtime& m_runtime;
    engine::SessionOptions m_options;
    size_t m_most;
    uint64_t m_takes = 0;
    std::vector<Entry> m_entries;
};

}  // namespace alcove::app
