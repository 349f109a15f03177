// One answer: a prompt goes in, text comes out as it is made.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/grammar/constraint.h"
#include "engine/model/session.h"
#include "engine/model/speculation.h"
#include "engine/sampling/sampler.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {

struct Generation {
    enum class End { Complete, Limit, Stopped, ContextFull };
    End end = End::Complete;
    std::string text;
    engine::PromptReport prompt;
    double promptSeconds = 0.0;
    int64_t tokens = 0;  // of the answer
    double seconds = 0.0;
    engine::SpeculationReport speculation;
};

struct GenerationOptions {
    int64_t tokens = 0;       // 0: as many as the context holds
    std::string stopText;     // the answer ends before it; empty: only the model's own end counts
    bool speculation = true;  // what the text repeats is computed ahead; the answer is the same
    engine::Constraint* constraint = nullptr;  // what the answer must obey; begun anew for it
};

using OnText = std::function<Result<void>(std::string_view)>;

/// `onText` gets each piece of whole characters as soon as it cannot be part of the stop text. It
/// fails where the piece goes nowhere, and that ends the answer.
[[nodiscard]] Result<Generation> generate(engine::Session& session,
                                          const engine::SamplingOptions& sampling,
                                          std::span<const engine::Token> prompt,
                                          const GenerationOptions& options, std::stop_token stop,
                                          const OnText& onText);

}  // namespace alcove::app
