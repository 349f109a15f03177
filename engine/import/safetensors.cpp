#include "engine/import/safetensors.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <unordered_map>

#include "engine/import/json.h"

namespace alcove::engine {

namespace {

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kHeaderLimit = 100'000'000;  // the format's own
constexpr size_t kMaxRank = 8;

struct ElementType {
    std::string_view name;
    int64_t bits;
    SourceType type;
};

constexpr std::array kElementTypes = {
    ElementType{"F32", 32, SourceType::F32},      ElementType{"F16", 16, SourceType::F16},
    ElementType{"BF16", 16, SourceType::BF16},    ElementType{"F64", 64, SourceType::Other},
    ElementType{"I64", 64, SourceType::Other},    ElementType{"U64", 64, SourceType::Other},
    ElementType{"I32", 32, SourceType::Other},    ElementType{"U32", 32, SourceType::Other},
    ElementType{"I16", 16, SourceType::Other},    ElementType{"U16", 16, SourceType::Other},
    ElementType{"I8", 8, SourceType::Other},      ElementType{"U8", 8, SourceType::Other},
    ElementType{"BOOL", 8, SourceType::Other},    ElementType{"F8_E4M3", 8, SourceType::Other},
    ElementType{"F8_E5M2", 8, SourceType::Other}, ElementType{"F8_E8M0", 8, SourceType::Other},
    ElementType{"C64", 64, SourceType::Other},
};

const ElementType* elementType(std::string_view name) {
    const auto it = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                 [&](const ElementType& type) { return type.name == name; });
    return it == kElementTypes.end() ? nullptr : &*it;
}

uint64_t headerLength(std::span<const std::byte> bytes) {
    uint64_t length = 0;
    for (size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<uint64_t>(bytes[i]) << (8 * i);
    return length;
}

/// The bytes the shape asks for, or an error when they do not fit 63 bits.
Result<int64_t> tensorBytes(const SourceTensor& tensor, int64_t bits, const std::string& where) {
    int64_t bytes = bits / 8;
    for (const int64_t extent : tensor.shape) {
        if (extent > 0 && bytes > INT64_MAX / extent)
            return fail(where, ": shape ", shapeText(tensor.shape), " overflows");
        bytes *= extent;
    }
    return bytes;
}

Result<std::vector<int64_t>> readShape(const Json* value, const std::string& where) {
    if (!value || !value->is_array()) return fail(where, ": shape is not a list");
    if (value->size() > kMaxRank)
        return fail(where, ": ", value->size(), " dimensions are more than ", kMaxRank);
    std::vector<int64_t> shape;
    for (const Json& extent : *value) {
        const auto number = asInteger(&extent);
        if (!number || *number < 0) return fail(where, ": shape has an entry that is no size");
        shape.push_back(*number);
    }
    return shape;
}

Result<SourceTensor> readTensor(const std::string& name, const Json& entry,
                                std::span<const std::byte> data, const std::string& file) {
    const std::string where = concat(file, ": tensor ", name);
    SourceTensor tensor;
    tensor.name = name;
    tensor.typeName = stringAt(&entry, "dtype");
    const ElementType* type = elementType(tensor.typeName);
    if (!type) return fail(where, ": unknown dtype \"", tensor.typeName, '"');
    tensor.type = type->type;
    ALCOVE_TRY(tensor.shape, readShape(find(entry, "shape"), where));
    ALCOVE_TRY(const int64_t bytes, tensorBytes(tensor, type->bits, where));

    const Json* offsets = find(entry, "data_offsets");
    if (!offsets || !offsets->is_array() || offsets->size() != 2)
        return fail(where, ": data_offsets is not a pair");
    const auto begin = asInteger(&(*offsets)[0]);
    const auto end = asInteger(&(*offsets)[1]);
    if (!begin || !end || *begin < 0 || *end < *begin)
        return fail(where, ": data_offsets is not a range");
    if (static_cast<uint64_t>(*end) > data.size())
        return fail(where, ": ends at byte ", *end, " of the data, which has ", data.size(),
                    " bytes; the file is cut short");
    if (*end - *begin != bytes)
        return fail(where, ": ", *end - *begin, " bytes, but shape ", shapeText(tensor.shape),
                    " of ", tensor.typeName, " takes ", bytes);
    tensor.data = data.subspan(static_cast<size_t>(*begin), static_cast<size_t>(bytes));
    return tensor;
}

/// The ranges follow each other from the first byte of the data to the last.
Result<void> checkTiling(std::vector<SourceTensor>& tensors, std::span<const std::byte> data,
                         const std::string& file) {
    std::sort(tensors.begin(), tensors.end(), [](const SourceTensor& a, const SourceTensor& b) {
        return std::tuple(a.data.data(), a.data.size(), std::string_view(a.name)) <
               std::tuple(b.data.data(), b.data.size(), std::string_view(b.name));
    });
    const std::byte* next = data.data();
    for (const SourceTensor& tensor : tensors) {
        if (tensor.data.data() != next)
            return fail(file, ": tensor ", tensor.name, ": starts at byte ",
                        tensor.data.data() - data.data(), " of the data, expected ",
                        next - data.data(), " (a gap or an overlap)");
        next += tensor.data.size();
    }
    if (next != data.data() + data.size())
        return fail(file, ": ", data.data() + data.size() - next,
                    " bytes after the last tensor belong to none");
    return {};
}

}  // namespace

std::string shapeText(std::span<const int64_t> shape) {
    std::string text = "[";
    for (size_t i = 0; i < shape.size(); ++i) {
        if (i > 0) text += ", ";
        text += std::to_string(shape[i]);
    }
    return text + "]";
}

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const std::byte> bytes, std::string name) {
    SafetensorsFile file;
    file.m_name = std::move(name);
    if (bytes.size() < kLengthBytes)
        return fail(file.m_name, ": ", bytes.size(), " bytes are no safetensors file");
    const uint64_t length = headerLength(bytes);
    const uint64_t left = bytes.size() - kLengthBytes;
    if (length > left || length > kHeaderLimit)
        return fail(file.m_name, ": byte 0: header of ", length, " bytes, but ", left,
                    " follow; not a safetensors file, or cut short");
    const auto data = bytes.subspan(kLengthBytes + length);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, length);
    ALCOVE_TRY(const Json header, parseJson(text, concat(file.m_name, ": header")));
    if (!header.is_object()) return fail(file.m_name, ": header: not an object");

    file.m_tensors.reserve(header.size());
    for (const auto& [tensorName, entry] : header.items()) {
        if (tensorName == "__metadata__") continue;
        ALCOVE_TRY(SourceTensor tensor, readTensor(tensorName, entry, data, file.m_name));
        file.m_tensors.push_back(std::move(tensor));
    }
    ALCOVE_CHECK(checkTiling(file.m_tensors, data, file.m_name));
    return file;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::filesystem::path& path) {
    ALCOVE_TRY(MappedFile mapped, MappedFile::open(path));
    ALCOVE_TRY(SafetensorsFile file, parse(mapped.bytes(), path.string()));
    file.m_mapped = std::move(mapped);
    return file;
}

namespace {

/// Which file holds which tensor. A file name that leaves the folder is refused.
Result<std::map<std::string, std::string>> readIndex(const std::filesystem::path& path) {
    ALCOVE_TRY(const Json index, readJsonObject(path));
    const Json* weights = find(index, "weight_map");
    if (!weights || !weights->is_object())
        return fail(path.string(), ": weight_map is missing or no object");
    std::map<std::string, std::string> files;
    for (const auto& [tensor, file] : weights->items()) {
        const std::string* name = asString(&file);
        if (!name || name->empty() || name->find_first_of("/\\:") != std::string::npos)
            return fail(path.string(), ": weight_map: ", tensor,
                        ": not a file name of this folder");
        files.emplace(tensor, *name);
    }
    if (files.empty()) return fail(path.string(), ": weight_map is empty");
    return files;
}

}  // namespace

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& folder) {
    Checkpoint checkpoint;
    std::error_code ignored;
    const auto indexPath = folder / "model.safetensors.index.json";
    const auto singlePath = folder / "model.safetensors";
    std::map<std::string, std::string> index;
    std::vector<std::filesystem::path> paths;
    if (std::filesystem::exists(indexPath, ignored)) {
        checkpoint.m_name = indexPath.string();
        ALCOVE_TRY(index, readIndex(indexPath));
        std::map<std::string, bool> names;
        for (const auto& [tensor, file] : index) names[file] = true;
        for (const auto& [name, used] : names) paths.push_back(folder / name);
    } else if (std::filesystem::exists(singlePath, ignored)) {
        checkpoint.m_name = singlePath.string();
        paths.push_back(singlePath);
    } else if (std::filesystem::exists(folder / "pytorch_model.bin", ignored)) {
        return fail(folder.string(), ": holds pytorch_model.bin, a format that can run code; ",
                    "only safetensors are imported");
    } else {
        return fail(folder.string(),
                    ": neither model.safetensors nor model.safetensors.index.json");
    }

    for (const auto& path : paths) {
        ALCOVE_TRY(SafetensorsFile file, SafetensorsFile::open(path));
        checkpoint.m_files.push_back(std::move(file));
    }
    std::unordered_map<std::string_view, const std::string*> seen;
    for (const SafetensorsFile& file : checkpoint.m_files) {
        for (const SourceTensor& tensor : file.tensors()) {
            if (!seen.emplace(tensor.name, &file.name()).second)
                return fail(file.name(), ": tensor ", tensor.name, " is also in ",
                            *seen[tensor.name]);
            const auto listed = index.find(tensor.name);
            if (!index.empty() && (listed == index.end() || folder / listed->second != file.name()))
                return fail(checkpoint.m_name, ": tensor ", tensor.name, " of ", file.name(),
                            " is not listed there");
            checkpoint.m_tensors.push_back({&tensor, &file.name()});
        }
    }
    for (const auto& [tensor, file] : index)
        if (!seen.contains(tensor))
            return fail(checkpoint.m_name, ": tensor ", tensor, " is not in ", file);
    return checkpoint;
}

}  // namespace alcove::engine
