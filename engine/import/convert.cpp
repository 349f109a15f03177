#include "engine/import/convert.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "engine/base/half.h"
#include "engine/quant/quantize.h"

namespace alcove::engine {

namespace {

constexpr float kLargestHalf = 65504;

void encode(TensorType type, const float* values, std::byte* out, int64_t count) {
    const auto each = [&](auto convert) {
        for (int64_t i = 0; i < count; ++i) {
            const auto stored = convert(values[i]);
            std::memcpy(out + i * static_cast<int64_t>(sizeof stored), &stored, sizeof stored);
        }
    };
    if (type == TensorType::F32)
        each([](float value) { return value; });
    else if (type == TensorType::F16)
        each(floatToHalf);
    else if (type == TensorType::BF16)
        each(floatToBfloat);
    else
        quantize(type, values, out, count);
}

/// Rows that the transformation permutes; a plain vector is one row.
struct Rows {
    int64_t count;
    int64_t columns;
};

Rows rowsOf(const TensorRule& rule) {
    if (rule.shape.size() == 1 && rule.pairedHeads == 0) return {1, rule.shape[0]};
    int64_t columns = 1;
    for (size_t i = 1; i < rule.shape.size(); ++i) columns *= rule.shape[i];
    return {rule.shape[0], columns};
}

/// The checkpoint's row that becomes row `row`.
int64_t sourceRow(const TensorRule& rule, int64_t row) {
    if (rule.pairedHeads == 0) return row;
    const int64_t size = rule.shape[0] / rule.pairedHeads;
    const int64_t inHead = row % size;
    return row - inHead + (inHead % 2) * (size / 2) + inHead / 2;
}

/// Index of the first value that the type cannot hold, or -1.
int64_t firstUnstorable(TensorType type, const float* values, int64_t count) {
    const bool wide = type == TensorType::F32 || type == TensorType::BF16;
    const float limit = wide ? std::numeric_limits<float>::max() : kLargestHalf;
    for (int64_t i = 0; i < count; ++i)
        if (!(std::fabs(values[i]) <= limit)) return i;  // NaN too
    return -1;
}

}  // namespace

TensorType storableType(TensorType wanted, int64_t columns) {
    const auto fits = [&](TensorType type) { return columns % traitsOf(type)->blockSize == 0; };
    if (!fits(wanted)) {
        if (wanted == TensorType::Q4_K) wanted = TensorType::Q5_0;
        if (wanted == TensorType::Q6_K) wanted = TensorType::Q8_0;
    }
    return fits(wanted) ? wanted : TensorType::F16;
}

void readFloats(const SourceTensor& tensor, int64_t first, int64_t count, float* values) {
    if (tensor.type == SourceType::F32) {
        std::memcpy(values, tensor.data.data() + first * 4, static_cast<size_t>(count) * 4);
        return;
    }
    const auto convert = tensor.type == SourceType::F16 ? halfToFloat : bfloatToFloat;
    for (int64_t i = 0; i < count; ++i) {
        uint16_t bits = 0;
        std::memcpy(&bits, tensor.data.data() + (first + i) * 2, sizeof bits);
        values[i] = convert(bits);
    }
}

Result<std::vector<std::byte>> convertTensor(const PlannedTensor& planned, TensorType type,
                                             ThreadPool* pool) {
    const TensorRule& rule = planned.rule;
    const auto [rows, columns] = rowsOf(rule);
    const int64_t bytesPerRow = rowBytes(type, columns);
    std::vector<std::byte> out(static_cast<size_t>(rows * bytesPerRow));
    std::atomic<int64_t> bad{INT64_MAX};  // the lowest index that does not fit

    const auto convertRows = [&](int64_t begin, int64_t end) {
        std::vector<float> values(static_cast<size_t>(columns));
        for (int64_t row = begin; row < end; ++row) {
            const int64_t source = sourceRow(rule, row);
            readFloats(*planned.source, source * columns, columns, values.data());
            if (rule.addend != 0)
                for (float& value : values) value += rule.addend;
            if (const int64_t i = firstUnstorable(type, values.data(), columns); i >= 0) {
                const int64_t index = source * columns + i;
                int64_t lowest = bad.load();
                while (index < lowest && !bad.compare_exchange_weak(lowest, index)) {
                }
                return;
            }
            encode(type, values.data(), out.data() + row * bytesPerRow, columns);
        }
    };
    constexpr int64_t kGrainValues = 1 << 16;
    const int64_t grain = std::max<int64_t>(1, kGrainValues / std::max<int64_t>(1, columns));
    if (pool)
        pool->forEach(rows, grain, convertRows);
    else
        convertRows(0, rows);

    if (const int64_t index = bad.load(); index != INT64_MAX) {
        float value = 0;
        readFloats(*planned.source, index, 1, &value);
        return fail(planned.where, ": value ", index, " is ", value, ", which ",
                    traitsOf(type)->name, " cannot hold");
    }
    return out;
}

}  // namespace alcove::engine
