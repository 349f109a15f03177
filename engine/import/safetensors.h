// Reads a safetensors file: eight bytes of header length, a JSON header that names each tensor's
// type, shape and byte range, then the data.
//
// The file is hostile until checked: the header fits the file and the format's own limit of 100 MB,
// shapes multiply without overflow to exactly the bytes of their range, and the ranges tile the
// data without gap or overlap, as the format demands (so a name given twice cannot hide). Data stay
// views into the mapping.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/mapped_file.h"
#include "engine/base/result.h"

namespace alcove::engine {

/// Element types that weights have; everything else the format knows is Other.
enum class SourceType { F32, F16, BF16, Other };

struct SourceTensor {
    std::string name;
    SourceType type = SourceType::Other;
    std::string typeName;        // as in the file: "BF16"
    std::vector<int64_t> shape;  // outermost first, as PyTorch writes it
    std::span<const std::byte> data;

    [[nodiscard]] int64_t elements() const {
        int64_t count = 1;
        for (const int64_t extent : shape) count *= extent;
        return count;
    }
};

/// "[30522, 384]"
[[nodiscard]] std::string shapeText(std::span<const int64_t> shape);

class SafetensorsFile {
public:
    static Result<SafetensorsFile> open(const std::filesystem::path& path);
    /// Parses bytes that outlive the result: for tests and the fuzzer.
    static Result<SafetensorsFile> parse(std::span<const std::byte> bytes, std::string name);

    [[nodiscard]] const std::string& name() const { return m_name; }  // for messages
    /// In the order of the data.
    [[nodiscard]] const std::vector<SourceTensor>& tensors() const { return m_tensors; }

private:
    std::string m_name;
    MappedFile m_mapped;  // the tensors' data point into it
    std::vector<SourceTensor> m_tensors;
};

/// The weights of a folder: model.safetensors, or the parts that model.safetensors.index.json
/// lists.
class Checkpoint {
public:
    static Result<Checkpoint> open(const std::filesystem::path& folder);

    struct Entry {
        const SourceTensor* tensor;
        const std::string* file;  // for messages
    };
    /// Names are unique; sorted by file, then by place in it.
    [[nodiscard]] const std::vector<Entry>& tensors() const { return m_tensors; }
    [[nodiscard]] const std::string& name() const { return m_name; }

private:
    std::string m_name;
    std::vector<SafetensorsFile> m_files;
    std::vector<Entry> m_tensors;
};

}  // namespace alcove::engine
