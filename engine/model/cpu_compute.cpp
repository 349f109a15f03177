#include "engine/model/cpu_compute.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/model/adapter.h"
#include "engine/model/kv_cache.h"

namespace alcove::engine {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kSmallestBlock = size_t{1} << 20;
constexpr int64_t kRowsPerPiece = 32;  // queries of one attention piece
constexpr int64_t kValuesPerPiece =
    16384;  // of element-wise work: below, a second thread does not pay

size_t alignedUp(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

}  // namespace

void ScratchArena::Free::operator()(std::byte* memory) const {
    ::operator delete(memory, std::align_val_t{kAlignment});
}

std::byte* ScratchArena::allocate(size_t bytes) {
    bytes = alignedUp(std::max<size_t>(bytes, 1));
    while (m_block < m_blocks.size() && m_used + bytes > m_blocks[m_block].size) {
        ++m_block;
        m_used = 0;
    }
    if (m_block == m_blocks.size()) {
        const size_t size = std::max(bytes, kSmallestBlock);
        auto* memory = static_cast<std::byte*>(::operator new(size, std::align_val_t{kAlignment}));
        m_blocks.push_back({std::unique_ptr<std::byte, Free>(memory), size});
        m_used = 0;
    }
    std::byte* result = m_blocks[m_block].memory.get() + m_used;
    m_used += bytes;
    return result;
}

std::unique_ptr<Compute> makeCpuCompute(Runtime& runtime, Precision precision) {
    return std::make_unique<CpuCompute>(runtime, precision);
}

Tensor CpuCompute::allocate(int64_t rows, int64_t columns) {
    auto* data = reinterpret_cast<float*>(
        m_arena.allocate(static_cast<size_t>(rows * columns) * sizeof(float)));
    return {data, rows, columns, columns};
}

std::span<float> CpuCompute::row(Tensor tensor, int64_t row) {
    return {tensor.data + row * tensor.stride, static_cast<size_t>(tensor.columns)};
}

/// Calls body(row) for every row; several rows make a piece where one alone is not worth a thread.
template <typename Body>
void CpuCompute::eachRow(int64_t rows, int64_t columns, Body&& body) {
    const int64_t grain = std::max<int64_t>(1, kValuesPerPiece / std::max<int64_t>(1, columns));
    m_runtime->pool().forEach(rows, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) body(i);
    });
}

void CpuCompute::gatherRows(const MatrixView& table, std::span<const int32_t> rows, Tensor out) {
    const int64_t bytes = rowBytes(table.type, table.columns);
    for (size_t i = 0; i < rows.size(); ++i)
        m_runtime->kernels().dequantize(table.type, table.data + rows[i] * bytes,
                                        out.data + static_cast<int64_t>(i) * out.stride,
                                        table.columns);
}

void CpuCompute::gather(const Matrix& table, std::span<const int32_t> rows, Tensor out) {
    if (m_independentRows && rows.size() > 1) {
        for (size_t i = 0; i < rows.size(); ++i)
            gather(table, rows.subspan(i, 1), out.rowsFrom(static_cast<int64_t>(i), 1));
        return;
    }
    gatherRows(table, rows, out);
    for (const auto& [adapter, scale] : m_adapters) {
        const Adapter::Update* update = adapter->find(table.name);
        if (!update) continue;
        const Mark before = m_arena.mark();
        const Tensor low = allocate(out.rows, update->a.columns);
        gatherRows(update->a, rows, low);
        add(out, multiplyPlain(update->b, low), scale * update->factor);
        m_arena.release(before);
    }
}

void CpuCompute::gather(Tensor in, std::span<const int32_t> rows, Tensor out) {
    for (size_t i = 0; i < rows.size(); ++i)
        std::memcpy(out.data + static_cast<int64_t>(i) * out.stride, in.data + rows[i] * in.stride,
                    static_cast<size_t>(in.columns) * sizeof(float));
}

std::byte* CpuCompute::prepare(Tensor in, TensorType type, Precision precision) {
    const Kernels& kernels = m_runtime->kernels();
    std::byte* prepared =
        m_arena.allocate(kernels.preparedBytes(type, precision, in.rows, in.columns));
    m_runtime->pool().forEach(in.rows, 32, [&](int64_t begin, int64_t end) {
        kernels.prepare(type, precision, in.data, in.stride, in.rows, in.columns, begin, end,
                        prepared);
    });
    return prepared;
}

/// Activations as a kernel wants them: all rows at once, or in groups of as many as do not change
/// each other's bits.
struct CpuCompute::PreparedRows {
    int64_t rows;       // of all
    int64_t groupRows;  // of a group; the last may have fewer
    std::vector<const std::byte*> groups;
};

CpuCompute::PreparedRows CpuCompute::prepareGroups(Tensor in, TensorType type) {
    PreparedRows prepared{in.rows, in.rows, {}};
    if (m_independentRows)
        prepared.groupRows =
            std::min(in.rows, m_runtime->kernels().independentRows(type, m_precision));
    for (int64_t row = 0; row < in.rows; row += prepared.groupRows)
        prepared.groups.push_back(prepare(
            in.rowsFrom(row, std::min(prepared.groupRows, in.rows - row)), type, m_precision));
    return prepared;
}

/// Outputs [begin, end) of all rows. Several groups take turns at a strip of weights, so that it
/// comes from memory once.
void CpuCompute::multiplyGroups(const MatrixView& weights, const PreparedRows& prepared,
                                int64_t begin, int64_t end, Tensor out, std::byte* scratch) const {
    const int64_t step = prepared.groups.size() > 1 ? Kernels::kStrip : end - begin;
    for (int64_t n = begin; n < end; n += step) {
        int64_t row = 0;
        for (const std::byte* group : prepared.groups) {
            m_runtime->kernels().multiply(
                weights, m_precision, group, std::min(prepared.groupRows, prepared.rows - row), n,
                std::min(end, n + step), out.data + row * out.stride, out.stride, scratch);
            row += prepared.groupRows;
        }
    }
}

void CpuCompute::multiply(Tensor in, std::span<const Product> products) {
    const Mark before = m_arena.mark();
    const Kernels& kernels = m_runtime->kernels();
    std::vector<std::pair<TensorType, PreparedRows>> inputs;
    inputs.reserve(products.size());  // jobs point into it
    struct Job {
        const Product* product;
        const PreparedRows* prepared;
        int64_t strips;
    };
    std::vector<Job> jobs;
    int64_t strips = 0;
    size_t scratchBytes = 0;
    for (const Product& product : products) {
        const Matrix& weights = product.weights->weight;
        assert(weights.columns == in.columns && weights.rows == product.out.columns);
        auto input = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const auto& entry) { return entry.first == weights.type; });
        if (input == inputs.end())
            input = inputs.insert(inputs.end(), {weights.type, prepareGroups(in, weights.type)});
        const int64_t count = (weights.rows + Kernels::kStrip - 1) / Kernels::kStrip;
        jobs.push_back({&product, &input->second, count});
        strips += count;
        const size_t bytes =
            kernels.scratchBytes(weights.type, m_precision, input->second.groupRows, in.columns);
        scratchBytes = std::max(scratchBytes, alignedUp(bytes));
    }
    ThreadPool& pool = m_runtime->pool();
    std::byte* scratch = m_arena.allocate(scratchBytes * static_cast<size_t>(pool.size()));
    const int64_t grain = std::max<int64_t>(1, strips / (pool.size() * 8));
    std::atomic<int64_t> next{0};
    pool.run([&](int worker, int) {
        for (;;) {
            int64_t strip = next.fetch_add(grain, std::memory_order_relaxed);
            int64_t left = std::min(grain, strips - strip);
            if (left <= 0) return;
            for (const Job& job : jobs) {
                if (strip >= job.strips) {
                    strip -= job.strips;
                    continue;
                }
                const int64_t here = std::min(left, job.strips - strip);
                const Linear& linear = *job.product->weights;
                const Tensor out = job.product->out;
                const int64_t begin = strip * Kernels::kStrip;
                const int64_t end = std::min(linear.weight.rows, (strip + here) * Kernels::kStrip);
                multiplyGroups(linear.weight, *job.prepared, begin, end, out,
                               scratch + scratchBytes * static_cast<size_t>(worker));
                if (!linear.bias.empty())
                    for (int64_t m = 0; m < in.rows; ++m)
                        kernels.add(out.data + m * out.stride + begin, linear.bias.data() + begin,
                                    1.0f, end - begin);
                left -= here;
                strip = 0;
                if (left == 0) break;
            }
        }
    });
    if (!m_adapters.empty())
        for (const Product& product : products)
            addUpdates(in, product.weights->weight, product.out);
    m_arena.release(before);
}

Tensor CpuCompute::multiplyPlain(const MatrixView& weights, Tensor in) {
    const Kernels& kernels = m_runtime->kernels();
    const Tensor out = allocate(in.rows, weights.rows);
    const std::byte* prepared = prepare(in, weights.type, Precision::Exact);
    const size_t bytes =
        kernels.scratchBytes(weights.type, Precision::Exact, in.rows, weights.columns);
    kernels.multiply(weights, Precision::Exact, prepared, in.rows, 0, weights.rows, out.data,
                     out.stride, m_arena.allocate(bytes));
    return out;
}

void CpuCompute::addUpdates(Tensor in, const Matrix& weights, Tensor out) {
    if (m_independentRows && in.rows > 1) {
        for (int64_t i = 0; i < in.rows; ++i)
            addUpdates(in.rowsFrom(i, 1), weights, out.rowsFrom(i, 1));
        return;
    }
    for (const auto& [adapter, scale] : m_adapters) {
        const Adapter::Update* update = adapter->find(weights.name);
        if (update)
            add(out, multiplyPlain(update->b, multiplyPlain(update->a, in)),
                scale * update->factor);
    }
}

void CpuCompute::normalise(const Norm& norm, Tensor in, Tensor out, int64_t width) {
    const Kernels& kernels = m_runtime->kernels();
    const bool shared =
        norm.weight.size() <= static_cast<size_t>(width);  // one weight for all groups
    eachRow(in.rows, in.columns, [&](int64_t i) {
        for (int64_t group = 0; group < in.columns; group += width) {
            const int64_t offset = shared ? 0 : group;
            const float* weight = norm.weight.empty() ? nullptr : norm.weight.data() + offset;
            const float* bias = norm.bias.empty() ? nullptr : norm.bias.data() + offset;
            const float* from = in.data + i * in.stride + group;
            float* to = out.data + i * out.stride + group;
            if (norm.kind == NormKind::Rms)
                kernels.rmsNorm(from, weight, norm.epsilon, to, width);
            else
                kernels.layerNorm(from, weight, bias, norm.epsilon, to, width);
        }
    });
}

void CpuCompute::add(Tensor inOut, Tensor other, float scale) {
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        m_runtime->kernels().add(inOut.data + i * inOut.stride, other.data + i * other.stride,
                                 scale, inOut.columns);
    });
}

void CpuCompute::addVector(Tensor inOut, std::span<const float> vector) {
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        m_runtime->kernels().add(inOut.data + i * inOut.stride, vector.data(), 1.0f, inOut.columns);
    });
}

void CpuCompute::scale(Tensor inOut, float factor) {
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        m_runtime->kernels().scale(inOut.data + i * inOut.stride, factor, inOut.columns);
    });
}

void CpuCompute::scaleRows(Tensor inOut, std::span<const float> factors) {
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        m_runtime->kernels().scale(inOut.data + i * inOut.stride, factors[static_cast<size_t>(i)],
                                   inOut.columns);
    });
}

void CpuCompute::activate(Activation kind, Tensor inOut) {
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        float* row = inOut.data + i * inOut.stride;
        m_runtime->kernels().activate(kind, row, row, inOut.columns);
    });
}

void CpuCompute::gatedActivate(Activation kind, Tensor gate, Tensor up, Tensor out) {
    eachRow(out.rows, out.columns, [&](int64_t i) {
        m_runtime->kernels().gatedActivate(kind, gate.data + i * gate.stride,
                                           up.data + i * up.stride, out.data + i * out.stride,
                                           out.columns);
    });
}

void CpuCompute::softcap(Tensor inOut, float cap) {
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        m_runtime->kernels().softcap(inOut.data + i * inOut.stride, cap, inOut.columns);
    });
}

void CpuCompute::rope(Tensor inOut, int64_t heads, int64_t headDim, const RopeTable& table) {
    if (table.pairs == 0) return;
    eachRow(inOut.rows, inOut.columns, [&](int64_t i) {
        for (int64_t head = 0; head < heads; ++head)
            m_runtime->kernels().rope(table.style, inOut.data + i * inOut.stride + head * headDim,
                                      table.cosines.data() + i * table.pairs,
                                      table.sines.data() + i * table.pairs, table.pairs);
    });
}

// ---- attention

void CpuCompute::storeRows(const AttentionCall& call, const Batch& batch) {
    const Kernels& kernels = m_runtime->kernels();
    for (const Batch::Part& part : batch.parts) {
        const CacheType type = part.cache->type();
        eachRow(part.count, call.kvHeads * call.keyDim, [&](int64_t i) {
            const float* keys = call.keys.data + (part.row + i) * call.keys.stride;
            const float* values = call.values.data + (part.row + i) * call.values.stride;
            const int64_t position = part.position + i;
            for (int64_t head = 0; head < call.kvHeads; ++head) {
                kernels.storeCacheRow(type, keys + head * call.keyDim,
                                      part.cache->keyRow(call.cacheLayer, head, position),
                                      call.keyDim);
                kernels.storeCacheRow(type, values + head * call.valueDim,
                                      part.cache->valueRow(call.cacheLayer, head, position),
                                      call.valueDim);
            }
        });
    }
}

/// Without a cache: keys, then values, of every head as floats, [kvHeads][batch rows][dim].
std::byte* CpuCompute::packRows(const AttentionCall& call, const Batch& batch) {
    const auto rows = static_cast<int64_t>(batch.tokens.size());
    const int64_t keyBytes = call.keyDim * static_cast<int64_t>(sizeof(float));
    const int64_t valueBytes = call.valueDim * static_cast<int64_t>(sizeof(float));
    std::byte* packed =
        m_arena.allocate(static_cast<size_t>(call.kvHeads * rows * (keyBytes + valueBytes)));
    std::byte* packedValues = packed + call.kvHeads * rows * keyBytes;
    eachRow(rows, call.kvHeads * call.keyDim, [&](int64_t i) {
        for (int64_t head = 0; head < call.kvHeads; ++head) {
            std::memcpy(packed + (head * rows + i) * keyBytes,
                        call.keys.data + i * call.keys.stride + head * call.keyDim,
                        static_cast<size_t>(keyBytes));
            std::memcpy(packedValues + (head * rows + i) * valueBytes,
                        call.values.data + i * call.values.stride + head * call.valueDim,
                        static_cast<size_t>(valueBytes));
        }
    });
    return packed;
}

struct CpuCompute::AttentionPiece {
    const Batch::Part* part;
    int64_t head;   // of keys and values
    int64_t first;  // row within the part
    int64_t rows;
};

namespace {

/// Positions that some query of the piece may see: the kernel masks exactly within them.
std::pair<int64_t, int64_t> visibleRange(const AttentionCall& call, int64_t first, int64_t last,
                                         int64_t end) {
    int64_t from = 0;
    int64_t to = call.causal ? last + 1 : end;
    switch (call.windowKind) {
        case WindowKind::None:
            break;
        case WindowKind::Sliding:
            from = first - call.window + 1;
            break;
        case WindowKind::Chunked:
            from = first / call.window * call.window;
            break;
        case WindowKind::Symmetric:
            from = first - call.window / 2;
            to = std::min(to, last + call.window / 2 + 1);
            break;
    }
    return {std::max<int64_t>(from, 0), to};
}

}  // namespace

void CpuCompute::attend(const AttentionCall& call, const Batch& batch) {
    const Mark before = m_arena.mark();
    const Kernels& kernels = m_runtime->kernels();
    const bool cached = !batch.parts.empty() && batch.parts.front().cache != nullptr;
    const std::byte* packed = nullptr;
    if (cached)
        storeRows(call, batch);
    else
        packed = packRows(call, batch);
    const auto rows = static_cast<int64_t>(batch.tokens.size());
    const int64_t keyBytes = call.keyDim * static_cast<int64_t>(sizeof(float));
    const int64_t valueBytes = call.valueDim * static_cast<int64_t>(sizeof(float));
    const int64_t group = call.heads / call.kvHeads;

    const auto argsOf = [&](const AttentionPiece& piece) {
        AttentionArgs args;
        const Batch::Part& part = *piece.part;
        const int64_t row = part.row + piece.first;
        args.queries =
            call.queries.data + row * call.queries.stride + piece.head * group * call.keyDim;
        args.queryRowStride = call.queries.stride;
        args.out = call.out.data + row * call.out.stride + piece.head * group * call.valueDim;
        args.outRowStride = call.out.stride;
        args.rows = piece.rows;
        args.group = group;
        args.keyDim = call.keyDim;
        args.valueDim = call.valueDim;
        args.firstPosition = part.position + piece.first;
        args.causal = call.causal;
        args.windowKind = call.windowKind;
        args.window = call.window;
        args.scale = call.scale;
        args.softcap = call.softcap;
        if (!call.alibiSlopes.empty())
            args.alibiSlopes = call.alibiSlopes.data() + piece.head * group;
        const auto [from, to] =
            visibleRange(call, args.firstPosition, args.firstPosition + piece.rows - 1,
                         part.position + part.count);
        if (cached) {
            args.cache = part.cache->type();
            part.cache->view(call.cacheLayer, piece.head, from, to, args.segments);
        } else {
            args.cache = CacheType::F32;
            const int64_t start = piece.head * rows + part.row + from;
            args.segments[0] = {packed + start * keyBytes,
                                packed + call.kvHeads * rows * keyBytes + start * valueBytes,
                                to - from, from};
        }
        return args;
    };

    int64_t pieceRows = kRowsPerPiece;
    if (m_independentRows)  // a window begins elsewhere for each row, and with it the sums
        pieceRows = call.windowKind == WindowKind::None
                        ? std::clamp<int64_t>(kernels.independentPairs / group, 1, kRowsPerPiece)
                        : 1;
    std::vector<AttentionPiece> pieces;
    size_t scratchBytes = 0;
    for (const Batch::Part& part : batch.parts)
        for (int64_t head = 0; head < call.kvHeads; ++head)
            for (int64_t first = 0; first < part.count; first += pieceRows) {
                pieces.push_back({&part, head, first, std::min(pieceRows, part.count - first)});
                scratchBytes =
                    std::max(scratchBytes, kernels.attentionScratchBytes(argsOf(pieces.back())));
            }
    scratchBytes = alignedUp(scratchBytes);
    ThreadPool& pool = m_runtime->pool();
    std::byte* scratch = m_arena.allocate(scratchBytes * static_cast<size_t>(pool.size()));
    std::atomic<size_t> next{0};
    pool.run([&](int worker, int) {
        for (;;) {
            const size_t index = next.fetch_add(1, std::memory_order_relaxed);
            if (index >= pieces.size()) return;
            // The last pieces of a causal prompt see most: they go first.
            kernels.attention(argsOf(pieces[pieces.size() - 1 - index]),
                              scratch + scratchBytes * static_cast<size_t>(worker));
        }
    });
    m_arena.release(before);
}

void CpuCompute::setAdapters(
    std::vector<std::pair<std::shared_ptr<const Adapter>, float>> adapters) {
    m_adapters = std::move(adapters);
}

}  // namespace alcove::engine
