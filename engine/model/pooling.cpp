#include "engine/model/pooling.h"

#include <algorithm>
#include <cmath>

namespace alcove::engine {
namespace {

/// A rank head reads the first token, or the last of a model that reads from left to right.
bool ranksLast(const Architecture& architecture) { return architecture.causal(); }

Tensor applyLinear(Compute& compute, const Linear& linear, Tensor in) {
    if (!linear.present()) return in;
    const Tensor out = compute.allocate(1, linear.weight.rows);
    compute.multiply(in, linear, out);
    return out;
}

void softmax(std::span<float> values) {
    const float top = *std::ranges::max_element(values);
    float sum = 0.0f;
    for (float& v : values) sum += v = std::exp(v - top);
    for (float& v : values) v /= sum;
}

void squash(std::span<float> values) {
    for (float& v : values) v = std::tanh(v);
}

Tensor meanRow(Compute& compute, Tensor states) {
    const Tensor mean = compute.allocate(1, states.columns);
    const std::span<float> out = compute.row(mean, 0);
    std::ranges::fill(out, 0.0f);
    for (int64_t i = 0; i < states.rows; ++i) compute.add(mean, states.rowsFrom(i, 1), 1.0f);
    compute.scale(mean, 1.0f / static_cast<float>(states.rows));
    return mean;
}

}  // namespace

int64_t wantedRows(Pooling pooling, int64_t count) {
    return pooling == Pooling::Cls || pooling == Pooling::Last ? 1 : count;
}

void appendWantedRows(Pooling pooling, int64_t first, int64_t count, std::vector<int32_t>& wanted) {
    const int64_t from = pooling == Pooling::Last ? first + count - 1 : first;
    const int64_t rows = wantedRows(pooling, count);
    for (int64_t i = 0; i < rows; ++i) wanted.push_back(static_cast<int32_t>(from + i));
}

std::vector<float> pool(Compute& compute, const Architecture& architecture, Pooling pooling,
                        Tensor states) {
    const Compute::Mark mark = compute.mark();
    const Architecture::Head& head = architecture.head;
    Tensor row = states.rowsFrom(0, 1);
    if (pooling == Pooling::Mean) row = meanRow(compute, states);
    if (pooling == Pooling::Rank) {
        if (ranksLast(architecture)) row = states.rowsFrom(states.rows - 1, 1);
        if (head.dense.present()) {
            row = applyLinear(compute, head.dense, row);
            squash(compute.row(row, 0));
        }
        row = applyLinear(compute, head.output, row);
        if (head.squash) squash(compute.row(row, 0));
        if (head.softmax) softmax(compute.row(row, 0));
    }
    row = applyLinear(compute, head.dense2, row);
    row = applyLinear(compute, head.dense3, row);
    const std::span<float> values = compute.row(row, 0);
    std::vector<float> result(values.begin(), values.end());
    compute.release(mark);
    return result;
}

}  // namespace alcove::engine
