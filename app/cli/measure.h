// What bench measures: medians over several runs, the first of which warms up and does not count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/cli/setup.h"
#include "engine/base/result.h"

namespace alcove::app {

struct MeasureOptions {
    int64_t prompt = 512, decode = 64, depth = 0;
    int64_t texts = 8;  // an encoder computes that many of `prompt` tokens in one call
    int64_t repeat = 3;
};

struct Figures {
    double firstToken = 0.0;   // seconds from opening the session to the first logits
    double prefill = 0.0;      // tokens a second
    double decode = 0.0;       // tokens a second
    double bytesAToken = 0.0;  // of weights, keys and values that decoding a token reads
    uint64_t cacheBytes = 0;
};

[[nodiscard]] Result<Figures> measureSession(const LoadedModel& loaded, const ModelOptions& model,
                                             const MeasureOptions& options);
/// Texts of random tokens; their tokens a second count as prefill.
[[nodiscard]] Result<Figures> measureEmbedder(const LoadedModel& loaded, const ModelOptions& model,
                                              const MeasureOptions& options);

/// One text continued with and without computing ahead.
struct Continuation {
    std::string name;
    double ahead = 0.0, plain = 0.0;  // tokens a second
    int64_t tokens = 0, drafted = 0, accepted = 0;
};

/// Two texts: one that repeats a passage of its prompt, one that does not. Fails where the two ways
/// do not give the same text.
[[nodiscard]] Result<std::vector<Continuation>> measureQuoting(const LoadedModel& loaded,
                                                               const ModelOptions& model,
                                                               const MeasureOptions& options);

[[nodiscard]] double median(std::vector<double> values);

}  // namespace alcove::app
