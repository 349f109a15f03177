// Compute on the processor: splits every operation over the runtime's threads and calls the chosen
// kernels. Results do not depend on the number of threads: work is cut by rows and strips of fixed
// size.
#pragma once

#include <memory>
#include <vector>

#include "engine/model/compute.h"
#include "engine/model/runtime.h"

namespace alcove::engine {

/// Bump allocator in blocks that are kept between passes. Memory is 64-byte aligned.
class ScratchArena {
public:
    std::byte* allocate(size_t bytes);
    [[nodiscard]] Compute::Mark mark() const { return {m_block, m_used}; }
    void release(Compute::Mark mark) {
        m_block = mark.first;
        m_used = mark.second;
    }

private:
    struct Free {
        void operator()(std::byte* memory) const;
    };
    struct Block {
        std::unique_ptr<std::byte, Free> memory;
        size_t size = 0;
    };
    std::vector<Block> m_blocks;
    size_t m_block = 0;  // in use
    size_t m_used = 0;   // of it
};

class CpuCompute final : public Compute {
public:
    CpuCompute(Runtime& runtime, Precision precision)
        : m_runtime(&runtime), m_precision(precision) {}

    Tensor allocate(int64_t rows, int64_t columns) override;
    Mark mark() const override { return m_arena.mark(); }
    void release(Mark mark) override { m_arena.release(mark); }
    std::span<float> row(Tensor tensor, int64_t row) override;

    void gather(const Matrix& table, std::span<const int32_t> rows, Tensor out) override;
    void gather(Tensor in, std::span<const int32_t> rows, Tensor out) override;
    void multiply(Tensor in, std::span<const Product> products) override;
    void normalise(const Norm& norm, Tensor in, Tensor out, int64_t width) override;
    void add(Tensor inOut, Tensor other, float scale) override;
    void addVector(Tensor inOut, std::span<const float> vector) override;
    void scale(Tensor inOut, float factor) override;
    void scaleRows(Tensor inOut, std::span<const float> factors) override;
    void activate(Activation kind, Tensor inOut) override;
    void gatedActivate(Activation kind, Tensor gate, Tensor up, Tensor out) override;
    void softcap(Tensor inOut, float cap) override;
    void rope(Tensor inOut, int64_t heads, int64_t headDim, const RopeTable& table) override;
    void attend(const AttentionCall& call, const Batch& batch) override;
    void setIndependentRows(bool on) override { m_independentRows = on; }
    void setAdapters(
        std::vector<std::pair<std::shared_ptr<const Adapter>, float>> adapters) override;

private:
    struct AttentionPiece;
    struct PreparedRows;

    template <typename Body>
    void eachRow(int64_t rows, int64_t columns, Body&& body);
    std::byte* prepare(Tensor in, TensorType type, Precision precision);
    PreparedRows prepareGroups(Tensor in, TensorType type);
    void multiplyGroups(const MatrixView& weights, const PreparedRows& prepared, int64_t begin,
                        int64_t end, Tensor out, std::byte* scratch) const;
    void gatherRows(const MatrixView& table, std::span<const int32_t> rows, Tensor out);
    /// Exact and on this thread alone: the small matrices of adapters.
    Tensor multiplyPlain(const MatrixView& weights, Tensor in);
    void addUpdates(Tensor in, const Matrix& weights, Tensor out);
    void storeRows(const AttentionCall& call, const Batch& batch);
    std::byte* packRows(const AttentionCall& call, const Batch& batch);

    Runtime* m_runtime;
    Precision m_precision;
    bool m_independentRows = false;
    ScratchArena m_arena;
    std::vector<std::pair<std::shared_ptr<const Adapter>, float>> m_adapters;
};

}  // namespace alcove::engine
