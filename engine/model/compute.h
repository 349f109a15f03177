// The operations architectures are written in. One implementation for each kind of device; this
// page is all that an architecture may know of it.
//
// Operations run in the order they are called. Tensors live in the implementation's scratch memory:
// those allocated after mark() are gone after release(). Rows of a tensor are tokens of the batch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "engine/cpu/kernels.h"
#include "engine/model/rope.h"
#include "engine/model/weights.h"

namespace alcove::engine {

class Adapter;
class KvCache;
class Runtime;

/// Floats of the scratch memory: [rows][columns], rows `stride` apart. Only its implementation
/// dereferences it.
struct Tensor {
    float* data = nullptr;
    int64_t rows = 0;
    int64_t columns = 0;
    int64_t stride = 0;

    /// Columns [first, first + count) of all rows.
    [[nodiscard]] Tensor columnsFrom(int64_t first, int64_t count) const {
        return {data + first, rows, count, stride};
    }
    [[nodiscard]] Tensor rowsFrom(int64_t first, int64_t count) const {
        return {data + first * stride, count, columns, stride};
    }
};

/// What one pass computes: consecutive tokens of one or several sequences.
struct Batch {
    struct Part {
        KvCache* cache = nullptr;  // null: an encoder; the part is the whole sequence
        int64_t row = 0;           // of its first token
        int64_t count = 0;
        int64_t position = 0;  // of its first token
    };
    std::vector<int32_t> tokens;
    std::vector<int32_t> positions;
    std::vector<Part> parts;
    std::vector<int32_t> wanted;  // rows whose final state is asked for, ascending
    int64_t contextLength = 0;    // the session's, which longrope looks at
    std::stop_token stop;
};

struct AttentionCall {
    Tensor queries;  // [rows][heads · keyDim]
    Tensor keys;     // [rows][kvHeads · keyDim]
    Tensor values;   // [rows][kvHeads · valueDim]
    Tensor out;      // [rows][heads · valueDim]
    int64_t heads = 0, kvHeads = 0, keyDim = 0, valueDim = 0;
    size_t cacheLayer = 0;
    bool causal = true;
    WindowKind windowKind = WindowKind::None;
    int64_t window = 0;
    float scale = 1.0f;
    float softcap = 0.0f;
    std::span<const float> alibiSlopes;  // [heads] or empty
};

class Compute {
public:
    virtual ~Compute() = default;

    using Mark = std::pair<size_t, size_t>;
    [[nodiscard]] virtual Tensor allocate(int64_t rows, int64_t columns) = 0;
    [[nodiscard]] virtual Mark mark() const = 0;
    virtual void release(Mark mark) = 0;
    /// A tensor's rows as floats the caller can read and write.
    [[nodiscard]] virtual std::span<float> row(Tensor tensor, int64_t row) = 0;

    /// Rows of a table: embeddings.
    virtual void gather(const Matrix& table, std::span<const int32_t> rows, Tensor out) = 0;
    virtual void gather(Tensor in, std::span<const int32_t> rows, Tensor out) = 0;

    struct Product {
        const Linear* weights = nullptr;
        Tensor out;
    };
    /// out = in · weightsᵀ + bias for several weights over one input.
    virtual void multiply(Tensor in, std::span<const Product> products) = 0;
    void multiply(Tensor in, const Linear& weights, Tensor out) {
        const Product product{&weights, out};
        multiply(in, std::span(&product, 1));
    }

    /// Normalises each group of `width` columns by itself. in and out may be the same.
    virtual void normalise(const Norm& norm, Tensor in, Tensor out, int64_t width) = 0;
    virtual void add(Tensor inOut, Tensor other, float scale) = 0;  // inOut += scale · other
    virtual void addVector(Tensor inOut, std::span<const float> vector) = 0;
    virtual void scale(Tensor inOut, float factor) = 0;
    virtual void scaleRows(Tensor inOut, std::span<const float> factors) = 0;
    virtual void activate(Activation kind, Tensor inOut) = 0;
    virtual void gatedActivate(Activation kind, Tensor gate, Tensor up, Tensor out) = 0;
    virtual void softcap(Tensor inOut, float cap) = 0;
    virtual void rope(Tensor inOut, int64_t heads, int64_t headDim, const RopeTable& table) = 0;
    /// Stores keys and values in the caches of the batch's parts, and attends.
    virtual void attend(const AttentionCall& call, const Batch& batch) = 0;

    /// While it is set, each row of what is computed has the bits it would have in a batch of its
    /// own, at the price of speed. Not set at first.
    virtual void setIndependentRows(bool on) = 0;

    /// LoRA updates that multiply() adds from now on.
    virtual void setAdapters(
        std::vector<std::pair<std::shared_ptr<const Adapter>, float>> adapters) = 0;
};

[[nodiscard]] std::unique_ptr<Compute> makeCpuCompute(Runtime& runtime, Precision precision);

}  // namespace alcove::engine
