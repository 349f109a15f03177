// Reads a GGUF file (version 2 or 3, little-endian): metadata and where the tensors lie in the
// mapping.
//
// The file is hostile until parsed: every count, length, offset and product is checked against the
// bytes that remain before it is used, and nothing is allocated that the file's own size does not
// bound. An error names the file, the byte offset and the field. Strings and tensors are views into
// the mapping.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/base/mapped_file.h"
#include "engine/base/paths.h"
#include "engine/base/result.h"
#include "engine/gguf/types.h"

namespace alcove::engine {

enum class GgufType : uint32_t {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    F32,
    Bool,
    String,
    Array,
    U64,
    I64,
    F64
};

/// An array of the metadata: numbers stay packed in the file, strings are views.
struct GgufArray {
    GgufType type = GgufType::U8;
    uint64_t count = 0;
    std::span<const std::byte> packed;      // numbers and bools, little-endian; empty for strings
    std::vector<std::string_view> strings;  // when type is String
    std::vector<GgufArray> arrays;          // when type is Array (nested)

    [[nodiscard]] int64_t integer(uint64_t index) const;  // any integer type or bool
    [[nodiscard]] double number(uint64_t index) const;    // any number
};

struct GgufValue {
    GgufType type = GgufType::U8;
    std::variant<uint64_t, int64_t, double, bool, std::string_view, GgufArray> data;
};

struct TensorInfo {
    std::string_view name;
    TensorType type = TensorType::F32;
    int rank = 0;
    std::array<int64_t, 4> shape = {1, 1, 1, 1};  // GGUF order: shape[0] runs fastest
    std::span<const std::byte> data;              // exactly the tensor's bytes

    [[nodiscard]] int64_t elements() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
    /// Number of rows, each shape[0] long.
    [[nodiscard]] int64_t rows() const { return shape[1] * shape[2] * shape[3]; }
};

/// InMemory: see MappedFile::moveIntoMemory(), for files whose tensors are read again and again.
enum class Residence { Mapped, InMemory };

class GgufFile {
public:
    /// Opens a file; of a split model (`…-00001-of-00003.gguf`, any part may be named) all parts.
    static Result<GgufFile> open(const std::filesystem::path& path,
                                 Residence residence = Residence::Mapped);
    /// Parses bytes that outlive the result: for tests and the fuzzer. A split model's part is
    /// refused.
    static Result<GgufFile> parse(std::span<const std::byte> bytes, std::string name);

    [[nodiscard]] const std::string& name() const { return m_name; }  // for messages
    [[nodiscard]] uint32_t version() const { return m_version; }
    [[nodiscard]] uint64_t bytes() const { return m_bytes; }      // of all parts
    [[nodiscard]] const Paths& paths() const { return m_paths; }  // of all parts

    [[nodiscard]] const GgufValue* find(std::string_view key) const;
    // Typed look-ups: nothing when the key is absent or of another kind. Any integer type converts
    // to integer(), and integers to number(), when the value fits.
    [[nodiscard]] std::optional<int64_t> integer(std::string_view key) const;
    [[nodiscard]] std::optional<double> number(std::string_view key) const;
    [[nodiscard]] std::optional<bool> boolean(std::string_view key) const;
    [[nodiscard]] std::optional<std::string_view> string(std::string_view key) const;
    [[nodiscard]] const GgufArray* array(std::string_view key) const;

    /// Keys in the order of the file.
    [[nodiscard]] const std::vector<std::pair<std::string_view, GgufValue>>& metadata() const {
        return m_metadata;
    }
    [[nodiscard]] const std::vector<TensorInfo>& tensors() const { return m_tensors; }
    [[nodiscard]] const TensorInfo* tensor(std::string_view name) const;

private:
    friend class GgufParser;

    std::string m_name;
    uint32_t m_version = 0;
    uint64_t m_bytes = 0;
    Paths m_paths;
    std::vector<MappedFile> m_parts;  // views below point into these
    std::vector<std::pair<std::string_view, GgufValue>> m_metadata;
    std::unordered_map<std::string_view, size_t> m_metadataIndex;
    std::vector<TensorInfo> m_tensors;
    std::unordered_map<std::string_view, size_t> m_tensorIndex;
};

}  // namespace alcove::engine
