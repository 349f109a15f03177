// One conversation with a model: the tokens fed so far and the keys and values computed for them.
//
// A session belongs to one thread. It never cuts its context silently: tokens that do not fit are
// refused and the session stays as it was. Cancelling leaves it at the last whole batch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"

namespace alcove::engine {

class Adapter;  // LoRA, see adapter.h
class KvCache;
class Compute;

struct SessionOptions {
    int64_t contextLength = 0;  // 0: the model's own, at most 8192
    CacheType cache = CacheType::F16;
    int64_t batch = 512;                      // tokens of a prompt computed at once
    std::optional<Precision> precision = {};  // empty: see defaultPrecision()
};

/// The context that a session of these options has.
[[nodiscard]] int64_t contextLengthOf(const SessionOptions& options, const ModelInfo& info);

/// Which tokens' logits are kept by feed().
enum class Logits { None, Last, All };

struct PromptReport {
    int64_t reused = 0;    // tokens whose keys and values were there already
    int64_t computed = 0;  // tokens computed now
};

class Session {
public:
    /// Sessions of one thread may share the memory they compute in: with `sharing`, a session of
    /// the same model and precision. They take no adapters then.
    static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Model> model,
                                                   Runtime& runtime, SessionOptions options = {},
                                                   const Session* sharing = nullptr);
    ~Session();

    /// Makes the session hold exactly `prompt`, keeping the longest prefix it shares with what is
    /// held, and leaves the logits of the last token. An empty prompt is an error.
    [[nodiscard]] Result<PromptReport> prompt(std::span<const Token> prompt,
                                              std::stop_token stop = {});

    /// Appends tokens, in batches.
    [[nodiscard]] Result<void> feed(std::span<const Token> tokens, Logits want = Logits::Last,
                                    std::stop_token stop = {});

    /// Appends tokens of which the later ones are guesses, at most as many as a batch, and keeps
    /// the logits of all. What is computed has the same bits as when the tokens are fed one by one;
    /// truncate() then drops those that were guessed wrong, and always reaches the length before.
    [[nodiscard]] Result<void> feedGuesses(std::span<const Token> tokens,
                                           std::stop_token stop = {});

    /// What feedTogether() appends to one of its sessions.
    struct Step {
        Session* session = nullptr;
        std::span<const Token> tokens;  // at most a batch
        bool logits = true;             // of the last one
    };
    /// Appends to several sessions of one model and runtime in one pass over the weights. With
    /// `independent` each gets the bits that it would get alone, at the price of speed. On an error
    /// all are as they were.
    [[nodiscard]] static Result<void> feedTogether(std::span<const Step> steps,
                                                   bool independent = false,
                                                   std::stop_token stop = {});

    /// Makes this session hold the first `length` tokens of another of the same model and options,
    /// which must hold them. Returns how many it holds then: where the other's sliding windows have
    /// gone on, none, and nothing was changed.
    int64_t adopt(const Session& other, int64_t length);

    /// Logits that the last feed kept, row after row (vocabulary long each); for Logits::Last one
    /// row.
    [[nodiscard]] std::span<float> logits() { return m_logits; }
    /// Final normed hidden states of the last feed's kept rows instead of logits are given by
    /// Embedder.

    [[nodiscard]] std::span<const Token> tokens() const { return m_tokens; }
    [[nodiscard]] int64_t length() const { return static_cast<int64_t>(m_tokens.size()); }
    [[nodiscard]] int64_t capacity() const { return m_options.contextLength; }
    /// The most tokens that are computed at once.
    [[nodiscard]] int64_t batch() const { return m_options.batch; }
    [[nodiscard]] uint64_t cacheBytes() const;
    [[nodiscard]] const Model& model() const { return *m_model; }
    /// The files that the model and the adapters lie in.
    [[nodiscard]] Paths inputs() const;

    /// Keeps the state of sliding-window layers here (the end of a turn), so that a later prompt
    /// which departs after this point is reused exactly. A few of the latest are kept.
    void checkpoint();

    /// Drops tokens from `length` on. Where a sliding window has already overwritten what is needed
    /// the session goes back to the nearest checkpoint; returns the length it now has.
    int64_t truncate(int64_t length);

    /// The whole state in a file: checksummed, tied to model and options, in place only when whole.
    [[nodiscard]] Result<void> save(const std::filesystem::path& path) const;
    /// Restores a saved state; on any error the session is as it was.
    [[nodiscard]] Result<void> restore(const std::filesystem::path& path);
    /// What a file holds, as it says; restore() alone knows whether that is true.
    struct Saved {
        uint64_t model = 0;  // its fingerprint
        std::vector<Token> tokens;
    };
    [[nodiscard]] static Result<Saved> describeSaved(const std::filesystem::path& path);

    /// Adds a LoRA adapter. The cached keys and values belong to other weights then, so they are
    /// dropped.
    [[nodiscard]] Result<void> addAdapter(std::shared_ptr<const Adapter> adapter, float scale);
    void clearAdapters();

private:
    Session(std::shared_ptr<const Model> model, SessionOptions options,
            std::shared_ptr<Compute> compute);

    /// Distinguishes sets of adapters for saved sessions.
    [[nodiscard]] uint64_t adapterKey() const;

    std::shared_ptr<const Model> m_model;
    SessionOptions m_options;
    std::vector<std::pair<std::shared_ptr<const Adapter>, float>> m_adapters;
    std::unique_ptr<KvCache> m_cache;
    std::shared_ptr<Compute> m_compute;
    std::vector<Token> m_tokens;
    std::vector<float> m_logits;
};

}  // namespace alcove::engine
