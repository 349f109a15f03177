// A file made ready to be kept: read by a process of its own, hashed, cut into chunks.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "app/library/plan.h"
#include "rag/embedder.h"
#include "rag/reader_client/reader_client.h"
#include "rag/store/chunk_store.h"

namespace alcove::app {

struct Prepared {
    enum class Outcome : uint8_t {
        Content,  // to be kept
        Known,    // its content is what is held; it has another time
        Gone,     // there is no such file any more
        Refused,
        Stopped,
    };
    FileTask task;
    Outcome outcome = Outcome::Stopped;
    rag::DocumentContent content;  // without vectors
    FileStamp stamp;  // of what was read; its time is 0 where it may have changed since
    rag::Refusal refusal = rag::Refusal::Damaged;
    std::string message;  // "encrypted: it needs a password"
};

struct PreparationOptions {
    rag::ReadOptions reading;  // progress and stop are set here
    const rag::TokenCounter* counter = nullptr;
    size_t limit = 0;  // tokens of what is embedded together
    /// Told once it is known that the file must be read, and then as its pages come.
    std::function<void(uint32_t pages)> progress;
    std::stop_token stop;
};

[[nodiscard]] Prepared prepare(FileTask task, const PreparationOptions& options);

/// About what a model would count, where there is none.
class LengthCounter final : public rag::TokenCounter {
public:
    [[nodiscard]] size_t count(std::string_view text) const override { return text.size() / 4 + 1; }
};
inline constexpr size_t kLimitWithoutModel = 510;

}  // namespace alcove::app
