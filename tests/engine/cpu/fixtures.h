// Random weights and activations for the kernel tests.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "engine/base/half.h"
#include "engine/cpu/kernels.h"
#include "engine/quant/blocks.h"
#include "tests/engine/cpu/tables_under_test.h"

namespace alcove::test {

using engine::TensorType;

inline constexpr TensorType kAllTypes[] = {
    TensorType::F32,  TensorType::F16,    TensorType::BF16,   TensorType::Q4_0,
    TensorType::Q4_1, TensorType::Q5_0,   TensorType::Q5_1,   TensorType::Q8_0,
    TensorType::Q2_K, TensorType::Q3_K,   TensorType::Q4_K,   TensorType::Q5_K,
    TensorType::Q6_K, TensorType::IQ4_NL, TensorType::IQ4_XS, TensorType::MXFP4};

/// Memory as the engine hands it to kernels: 64-byte aligned and, so that a sanitizer sees every
/// access beyond it, not a byte longer than asked for.
class Buffer {
public:
    explicit Buffer(size_t bytes)
        : m_bytes(new(std::align_val_t{64}) std::byte[bytes + 1]), m_size(bytes) {
        std::memset(m_bytes.get(), 0xa5, bytes);  // floats that stand out when read unwritten
    }
    [[nodiscard]] std::byte* data() { return m_bytes.get(); }
    [[nodiscard]] const std::byte* data() const { return m_bytes.get(); }
    [[nodiscard]] size_t size() const { return m_size; }

private:
    struct Free {
        void operator()(std::byte* p) const { ::operator delete[](p, std::align_val_t{64}); }
    };
    std::unique_ptr<std::byte[], Free> m_bytes;
    size_t m_size;
};

class Random {
public:
    explicit Random(uint32_t seed) : m_engine(seed) {}

    float normal() { return m_normal(m_engine); }
    float uniform(float low, float high) {
        return low + (high - low) * static_cast<float>(m_engine() >> 8) * 0x1p-24f;
    }
    /// low … high, both included
    int64_t whole(int64_t low, int64_t high) {
        return low + static_cast<int64_t>(m_engine() % static_cast<uint64_t>(high - low + 1));
    }
    std::byte byte() { return static_cast<std::byte>(m_engine() & 255u); }

    std::vector<float> normals(int64_t count) {
        std::vector<float> values(static_cast<size_t>(count));
        for (float& value : values) value = normal();
        return values;
    }

private:
    std::mt19937 m_engine;
    std::normal_distribution<float> m_normal;
};

/// Random bits are valid blocks of every type; only the scales need sane values, so that results
/// are finite and no block drowns the others.
class RandomMatrix {
public:
    RandomMatrix(TensorType type, int64_t rows, int64_t columns, Random& random)
        : m_bytes(static_cast<size_t>(rows * engine::rowBytes(type, columns))),
          m_view{type, m_bytes.data(), rows, columns} {
        const engine::TypeTraits& traits = *engine::traitsOf(type);
        for (size_t at = 0; at < m_bytes.size(); at += static_cast<size_t>(traits.blockBytes))
            fillBlock(type, m_bytes.data() + at, static_cast<size_t>(traits.blockBytes), random);
    }
    RandomMatrix(const RandomMatrix&) = delete;
    RandomMatrix& operator=(const RandomMatrix&) = delete;

    [[nodiscard]] const engine::MatrixView& view() const { return m_view; }

private:
    static void setHalf(std::byte* at, float value) {
        const uint16_t bits = floatToHalf(value);
        std::memcpy(at, &bits, sizeof bits);
    }

    static void fillBlock(TensorType type, std::byte* block, size_t bytes, Random& random) {
        for (size_t i = 0; i < bytes; ++i) block[i] = random.byte();
        const float scale = random.uniform(0.01f, 0.05f);
        switch (type) {
            case TensorType::F32: {
                const float value = random.normal();
                std::memcpy(block, &value, sizeof value);
                return;
            }
            case TensorType::F16:
                return setHalf(block, random.normal());
            case TensorType::BF16: {
                const uint16_t bits = floatToBfloat(random.normal());
                std::memcpy(block, &bits, sizeof bits);
                return;
            }
            case TensorType::Q4_1:
            case TensorType::Q5_1:
                setHalf(block + 2, -8.0f * scale);
                return setHalf(block, scale);
            case TensorType::Q4_K:
            case TensorType::Q5_K:
                setHalf(block + 2, 4.0f * scale);
                return setHalf(block, scale);
            case TensorType::Q2_K:
                setHalf(block + offsetof(engine::BlockQ2_K, dmin), scale);
                return setHalf(block + offsetof(engine::BlockQ2_K, d), scale);
            case TensorType::Q3_K:
                return setHalf(block + offsetof(engine::BlockQ3_K, d), scale);
            case TensorType::Q6_K:
                return setHalf(block + offsetof(engine::BlockQ6_K, d), scale);
            case TensorType::MXFP4:
                block[0] = static_cast<std::byte>(random.whole(120, 126));
                return;
            case TensorType::Q4_0:
            case TensorType::Q5_0:
            case TensorType::Q8_0:
            case TensorType::IQ4_NL:
            case TensorType::IQ4_XS:
                return setHalf(block, scale);
        }
    }

    Buffer m_bytes;
    engine::MatrixView m_view;
};

inline double norm(const float* values, int64_t count) {
    double squares = 0.0;
    for (int64_t i = 0; i < count; ++i)
        squares += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    return std::sqrt(squares);
}

/// The tables under test without the reference, which is compared with nothing.
inline std::vector<const engine::Kernels*> fastTables() {
    std::vector<const engine::Kernels*> tables = tablesUnderTest();
    std::erase(tables, engine::runnableKernels().front());
    return tables;
}

inline const engine::Kernels& reference() { return *engine::runnableKernels().front(); }

}  // namespace alcove::test
