// Who puts an answer into words: a language model, or a test's stand-in.
#pragma once

#include <cstddef>
#include <stop_token>
#include <string>

#include "engine/base/result.h"

namespace alcove::app {

/// Everything in it is text and nothing else: what looks like a control token is its letters.
struct Prompt {
    std::string system;     // what is asked of the model
    std::string documents;  // numbered passages, fenced
    std::string question;
    bool keep = false;  // the documents will be asked about again: their prefill is worth keeping
};

class Writer {
public:
    virtual ~Writer() = default;
    /// Tokens that a prompt may have, beside the answer.
    [[nodiscard]] virtual size_t room() const = 0;
    [[nodiscard]] virtual Result<size_t> tokens(const Prompt& prompt) const = 0;
    [[nodiscard]] virtual Result<std::string> write(const Prompt& prompt, std::stop_token stop) = 0;
    [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace alcove::app
