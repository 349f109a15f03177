// The arithmetic of a forward pass, as a table of functions chosen once at start (see
// selectKernels).
//
// Every instruction set fills the same table; the scalar reference is the truth the others are
// tested against. Kernels allocate nothing, know nothing of threads, models or files: the caller
// splits the work (rows of weights, blocks of queries) over its threads and passes scratch memory
// in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/types.h"

namespace alcove::engine {

/// A matrix of weights as it lies in the file: `rows` outputs of `columns` inputs, row after row.
struct MatrixView {
    TensorType type = TensorType::F32;
    const std::byte* data = nullptr;
    int64_t rows = 0;
    int64_t columns = 0;
};

/// Exact: dequantised weights times float activations. Fast: what the instruction set does best
/// (activations rounded to int8 or bf16 where the weights are quantised or half floats). Fine: as
/// Fast, with activations of 15 bits (bf16 in tiles) or exact, so that their rounding is lost in
/// that of the weights. F32 weights are always exact.
enum class Precision { Exact, Fine, Fast };

enum class Activation { Silu, GeluTanh, GeluErf, Relu, ReluSquared };

/// Norm: pairs are (2i, 2i+1). Neox: pairs are (i, i + rotated/2).
enum class RopeStyle { Norm, Neox };

enum class CacheType { F32, F16, Q8_0 };

/// Consecutive rows of one KV head's keys and values: row r belongs to position firstPosition + r.
struct KvSegment {
    const std::byte* keys = nullptr;
    const std::byte* values = nullptr;
    int64_t count = 0;
    int64_t firstPosition = 0;
};

/// Which keys a query at position p sees, beside causality: None: all. Sliding: those with p − k <
/// window. Chunked: those with k ≥ floor(p / window) · window. Symmetric: those with |p − k| ≤
/// window / 2.
enum class WindowKind { None, Sliding, Chunked, Symmetric };

/// Attention of `group` query heads that share one KV head, for `rows` consecutive tokens of one
/// sequence.
struct AttentionArgs {
    const float* queries =
        nullptr;  // element (row, head, d) at row·queryRowStride + head·keyDim + d
    int64_t queryRowStride = 0;
    float* out = nullptr;  // element (row, head, d) at row·outRowStride + head·valueDim + d
    int64_t outRowStride = 0;
    int64_t rows = 0;
    int64_t group = 1;
    int64_t keyDim = 0;
    int64_t valueDim = 0;
    int64_t firstPosition = 0;  // of row 0
    CacheType cache = CacheType::F32;
    KvSegment segments[2];  // ascending positions; the second may be empty (count 0)
    bool causal = true;
    WindowKind windowKind = WindowKind::None;
    int64_t window = 0;
    float scale = 1.0f;
    float softcap = 0.0f;                // 0: none; else scores become cap · tanh(score / cap)
    const float* alibiSlopes = nullptr;  // [group]; null: none. score += −slope · |p − k|
};

struct Kernels {
    std::string_view name;  // "reference", "avx2", "avx512", "amx", "neon"

    // ---- products: out[m][n] = Σ_k in[m][k] · weights[n][k]
    // First prepare() lays the activations out as multiply() wants them (once for the batch; rows
    // may be split over threads), then multiply() computes outputs [nBegin, nEnd) for all m rows.
    // nBegin is a multiple of kStrip. `scratch` is private to the calling thread. All buffers are
    // 64-byte aligned.
    static constexpr int64_t kStrip = 32;
    size_t (*preparedBytes)(TensorType type, Precision precision, int64_t m, int64_t k);
    void (*prepare)(TensorType type, Precision precision, const float* in, int64_t inStride,
                    int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared);
    size_t (*scratchBytes)(TensorType type, Precision precision, int64_t m, int64_t k);
    void (*multiply)(const MatrixView& weights, Precision precision, const std::byte* prepared,
                     int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                     std::byte* scratch);
    /// The most rows of one multiply() whose outputs each have the bits they would have alone.
    /// What is computed ahead of need in such batches (speculation) cannot change a text.
    int64_t (*independentRows)(TensorType type, Precision precision);
    /// One row of weights as floats: embeddings.
    void (*dequantize)(TensorType type, const std::byte* row, float* out, int64_t count);

    // ---- one row at a time; in and out may be the same
    void (*rmsNorm)(const float* in, const float* weight /* null: 1 */, float epsilon, float* out,
                    int64_t n);
    void (*layerNorm)(const float* in, const float* weight,
                      const float* bias /* either may be null */, float epsilon, float* out,
                      int64_t n);
    void (*add)(float* inOut, const float* other, float scale,
                int64_t n);                                           // inOut += scale · other
    void (*multiplyBy)(float* inOut, const float* other, int64_t n);  // inOut *= other
    void (*scale)(float* inOut, float factor, int64_t n);
    void (*activate)(Activation kind, const float* in, float* out, int64_t n);
    void (*gatedActivate)(Activation kind, const float* gate, const float* up, float* out,
                          int64_t n);                     // act(gate)·up
    void (*softcap)(float* inOut, float cap, int64_t n);  // cap · tanh(x / cap)
    /// Rotates the first 2·pairs elements of a head: (a, b) → (a·cos − b·sin, a·sin + b·cos).
    void (*rope)(RopeStyle style, float* head, const float* cosines, const float* sines,
                 int64_t pairs);
    float (*dot)(const float* a, const float* b, int64_t n);

    // ---- attention
    /// Stores one head's key or value row of `dim` floats as the cache keeps it (cacheRowBytes
    /// long).
    void (*storeCacheRow)(CacheType cache, const float* in, std::byte* out, int64_t dim);
    size_t (*attentionScratchBytes)(const AttentionArgs& args);
    void (*attention)(const AttentionArgs& args, std::byte* scratch);
    /// As independentRows: (row, head) pairs of one attention() without a window; a row alone
    /// always counts as one.
    int64_t independentPairs;

    static constexpr int64_t kAnyNumber = INT64_MAX;
};

/// Bytes of one cached row. Q8_0: for each 32 values (the last group padded) a half scale and 32
/// int8.
[[nodiscard]] size_t cacheRowBytes(CacheType cache, int64_t dim);

/// The best table for this processor, or the one `forced` names (empty: no wish; the command line
/// passes the environment's ALCOVE_CPU). A name that is unknown, not built in or not runnable here
/// is an error.
[[nodiscard]] Result<const Kernels*> selectKernels(std::string_view forced);

/// All tables that are built in and run on this processor; the reference first.
[[nodiscard]] std::vector<const Kernels*> runnableKernels();

}  // namespace alcove::engine
