// What a model computes. An architecture file reads its hyper-parameters and weights into one of
// the shared shapes (Decoder, Encoder) and states where it differs; no architecture has a kernel of
// its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/model/compute.h"
#include "engine/model/kv_cache.h"
#include "engine/model/loader.h"
#include "engine/model/model.h"

namespace alcove::engine {

class Architecture {
public:
    virtual ~Architecture() = default;

    /// Shapes of the caches a sequence needs; empty for an encoder.
    [[nodiscard]] virtual std::vector<CacheLayerShape> cacheLayers() const = 0;
    /// Final states of the batch's wanted rows: [wanted][embeddingLength]. `allocated` by compute.
    /// Fails when the batch's stop token asked for it.
    [[nodiscard]] virtual Result<Tensor> states(Compute& compute, const Batch& batch) const = 0;
    /// [rows][vocabulary]. Only for models that generate.
    [[nodiscard]] virtual Tensor logits(Compute& compute, Tensor states) const = 0;
    [[nodiscard]] virtual int64_t vocabulary() const = 0;
    [[nodiscard]] virtual bool causal() const = 0;

    /// What turns pooled states into the embedding or the relevance; see pooling.h.
    struct Head {
        Linear dense;           // rank: then tanh
        Linear output;          // rank: scores
        bool squash = false;    // rank: tanh of the scores
        bool softmax = false;   // rank: of the scores
        Linear dense2, dense3;  // one after the other, after pooling
    };
    Head head;
};

using MakeArchitecture = std::unique_ptr<Architecture> (*)(Loader& load);

struct ArchitectureEntry {
    std::string_view name;
    MakeArchitecture make;
};

/// All architectures, in alphabetical order.
[[nodiscard]] std::vector<ArchitectureEntry> architectures();

}  // namespace alcove::engine
