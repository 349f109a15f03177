// The model folders under tests/data/import, made whole: weights.json lists tensors, whose values
// follow from their names (make_goldens.py has the same recipe).
#pragma once

#include <QTemporaryDir>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/gguf/reader.h"
#include "engine/import/json.h"

namespace alcove::tests {

using engine::Json;

/// A tensor to be written, with the recipe's values unless `data` says otherwise.
struct MadeTensor {
    std::string name;
    std::string type;  // "F32", "F16", "BF16", "I64"
    std::vector<int64_t> shape;
    std::vector<std::byte> data;
};

[[nodiscard]] std::vector<std::byte> madeValues(const MadeTensor& tensor);
[[nodiscard]] std::vector<std::byte> safetensorsBytes(const std::vector<MadeTensor>& tensors);

void writeFile(const std::filesystem::path& path, std::span<const std::byte> bytes);
void writeText(const std::filesystem::path& path, std::string_view text);
[[nodiscard]] std::string readWhole(const std::filesystem::path& path);
[[nodiscard]] Json readJsonFile(const std::filesystem::path& path);

/// A case's folder with its checkpoint, in a place of its own; gone with the object.
class ModelFolder {
public:
    explicit ModelFolder(const std::string& name);

    [[nodiscard]] std::filesystem::path path() const { return m_path; }
    [[nodiscard]] std::filesystem::path out() const { return m_root / "out.gguf"; }
    [[nodiscard]] static std::filesystem::path data();  // tests/data/import

    /// The folder's files other than weights; {file: tensors} of its checkpoint.
    [[nodiscard]] std::vector<MadeTensor> tensors() const;
    void writeTensors(const std::vector<MadeTensor>& tensors);  // as one model.safetensors
    /// Changes a JSON file of the folder: "rope_theta" or "/model/type" names the place.
    void set(const std::string& file, const std::string& key, const Json& value);
    /// Nothing but the folder lies beside it: neither the output nor a part of one.
    [[nodiscard]] bool leftNothing() const;

private:
    QTemporaryDir m_temporary;
    std::filesystem::path m_root, m_path;
};

/// A key's value as golden.json has it: [[types], value]; long lists as their SHA-256.
[[nodiscard]] Json goldenForm(const engine::GgufValue& value);
/// [type, shape, SHA-256 of the data]
[[nodiscard]] Json goldenForm(const engine::TensorInfo& tensor);

}  // namespace alcove::tests
