// Writes a GGUF version 3 file: metadata in the order given, then tensors, aligned to 32 bytes.
// The file appears under its name only when it is whole (written beside it, then renamed).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/reader.h"

namespace alcove::engine {

class GgufWriter {
public:
    // A key added twice, or "general.alignment", is an error that write() reports.
    void addU32(std::string_view key, uint32_t value);
    void addU64(std::string_view key, uint64_t value);
    void addI32(std::string_view key, int32_t value);
    void addF32(std::string_view key, float value);
    void addBool(std::string_view key, bool value);
    void addString(std::string_view key, std::string_view value);
    void addStrings(std::string_view key, std::span<const std::string> values);
    void addI32s(std::string_view key, std::span<const int32_t> values);
    void addU32s(std::string_view key, std::span<const uint32_t> values);
    void addF32s(std::string_view key, std::span<const float> values);
    void addBools(std::string_view key, std::span<const bool> values);
    /// Copies a value read from another file as it is.
    void addValue(std::string_view key, const GgufValue& value);

    /// The shape is in GGUF order (shape[0] fastest). `produce` is called once, by write(), so that
    /// only one tensor is in memory at a time; it must return exactly the bytes that type and shape
    /// ask for.
    using Produce = std::function<Result<std::vector<std::byte>>()>;
    void addTensor(std::string name, TensorType type, std::vector<int64_t> shape, Produce produce);

    [[nodiscard]] Result<void> write(const std::filesystem::path& path) const;

private:
    struct Tensor {
        std::string name;
        TensorType type;
        std::vector<int64_t> shape;
        Produce produce;
    };
    std::vector<std::byte>& pair(std::string_view key, GgufType type);
    Result<void> checkKeys() const;
    Result<std::vector<std::byte>> header() const;

    std::vector<std::byte> m_metadata;  // encoded key-value pairs
    std::vector<std::string> m_keys;    // of m_metadata, in order
    std::vector<Tensor> m_tensors;
};

}  // namespace alcove::engine
