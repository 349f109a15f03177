// How sure an answer is, by what its model and the passages tell of it.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/endpoint/chat_stream.h"
#include "app/routing/routes.h"
#include "engine/base/result.h"
#include "rag/answer/extract.h"

namespace alcove::app {

struct Confidence {
    /// Of the probabilities of the answer's tokens: their geometric mean (what an average token
    /// had), and the least. Nothing: the server does not tell them.
    std::optional<double> mean, minimum;
    /// The share of the sentences that claim something which a passage supports; 0 where none
    /// claims anything. Nothing: there are no passages.
    std::optional<double> support;
    size_t tokens = 0;  // whose probability is known
};

/// `sources` are the passages that the answer was to be found in.
[[nodiscard]] Result<Confidence> confidenceOf(const ChatReply& reply, const std::string& question,
                                              const std::vector<rag::Source>& sources,
                                              std::stop_token stop = {});

/// Why the answer is not trusted; nothing: it is. What a threshold asks for and nobody tells counts
/// as not sure; only the support of passages where there are none does not.
[[nodiscard]] std::optional<std::string> doubtOf(const ChatReply& reply,
                                                 const Confidence& confidence,
                                                 const Thresholds& thresholds);

}  // namespace alcove::app
