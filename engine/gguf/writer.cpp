// The layout is described in parser.cpp. Tensor offsets follow from types and shapes alone, so the
// header is written first and each tensor is produced, written and forgotten in turn.
#include "engine/gguf/writer.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <unordered_set>

#include "engine/base/atomic_file.h"
#include "engine/gguf/cursor.h"

namespace alcove::engine {
namespace {

constexpr uint32_t kVersion = 3;
constexpr uint64_t kAlignment = 32;

void put(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
    const size_t at = out.size();
    out.resize(at + bytes.size());
    std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
}

template <typename T>
    requires std::is_arithmetic_v<T>
void put(std::vector<std::byte>& out, T value) {
    put(out, std::as_bytes(std::span(&value, 1)));
}

void put(std::vector<std::byte>& out, std::string_view text) {
    put(out, static_cast<uint64_t>(text.size()));
    put(out, std::as_bytes(std::span(text)));
}

void put(std::vector<std::byte>& out, GgufType type) { put(out, static_cast<uint32_t>(type)); }

/// A number of the metadata in the width that its type asks for.
template <typename T>
void putNumber(std::vector<std::byte>& out, GgufType type, T value) {
    switch (type) {
        case GgufType::U8:
        case GgufType::I8:
        case GgufType::Bool:
            return put(out, static_cast<uint8_t>(value));
        case GgufType::U16:
        case GgufType::I16:
            return put(out, static_cast<uint16_t>(value));
        case GgufType::U32:
        case GgufType::I32:
            return put(out, static_cast<uint32_t>(value));
        case GgufType::F32:
            return put(out, static_cast<float>(value));
        case GgufType::F64:
            return put(out, static_cast<double>(value));
        default:
            return put(out, static_cast<uint64_t>(value));
    }
}

void putArray(std::vector<std::byte>& out, const GgufArray& array) {
    put(out, array.type);
    put(out, array.count);
    put(out, array.packed);
    for (const std::string_view text : array.strings) put(out, text);
    for (const GgufArray& inner : array.arrays) putArray(out, inner);
}

template <typename T>
void putNumbers(std::vector<std::byte>& out, GgufType type, std::span<const T> values) {
    put(out, type);
    put(out, static_cast<uint64_t>(values.size()));
    put(out, std::as_bytes(values));
}

uint64_t padded(uint64_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

Result<void> pad(AtomicFile& file) {
    constexpr std::byte kZeros[kAlignment] = {};
    return file.write(std::span(kZeros).first(padded(file.position()) - file.position()));
}

Result<uint64_t> sizeOf(const std::string& name, TensorType type,
                        const std::vector<int64_t>& shape) {
    const std::string label = concat("tensor \"", printable(name), "\"");
    const TypeTraits* traits = traitsOf(type);
    if (!traits) return fail(label, ": type ", static_cast<uint32_t>(type), " does not exist");
    if (shape.empty() || shape.size() > 4)
        return fail(label, ": its rank is ", shape.size(), ", not 1 to 4");
    if (shape[0] % traits->blockSize != 0)
        return fail(label, ": rows of ", shape[0], " values are no multiple of the ",
                    traits->blockSize, " in a block of type ", traits->name);
    int64_t elements = 1;
    for (const int64_t extent : shape) {
        if (extent < 1 || elements > std::numeric_limits<int64_t>::max() / 8 / extent)
            return fail(label, ": a dimension of ", extent, " is not possible");
        elements *= extent;
    }
    return static_cast<uint64_t>(elements / traits->blockSize * traits->blockBytes);
}

}  // namespace

std::vector<std::byte>& GgufWriter::pair(std::string_view key, GgufType type) {
    m_keys.emplace_back(key);
    put(m_metadata, key);
    put(m_metadata, type);
    return m_metadata;
}

void GgufWriter::addU32(std::string_view key, uint32_t value) {
    put(pair(key, GgufType::U32), value);
}

void GgufWriter::addU64(std::string_view key, uint64_t value) {
    put(pair(key, GgufType::U64), value);
}

void GgufWriter::addI32(std::string_view key, int32_t value) {
    put(pair(key, GgufType::I32), value);
}

void GgufWriter::addF32(std::string_view key, float value) { put(pair(key, GgufType::F32), value); }

void GgufWriter::addBool(std::string_view key, bool value) {
    put(pair(key, GgufType::Bool), static_cast<uint8_t>(value));
}

void GgufWriter::addString(std::string_view key, std::string_view value) {
    put(pair(key, GgufType::String), value);
}

void GgufWriter::addStrings(std::string_view key, std::span<const std::string> values) {
    std::vector<std::byte>& out = pair(key, GgufType::Array);
    put(out, GgufType::String);
    put(out, static_cast<uint64_t>(values.size()));
    for (const std::string& value : values) put(out, std::string_view(value));
}

void GgufWriter::addI32s(std::string_view key, std::span<const int32_t> values) {
    putNumbers(pair(key, GgufType::Array), GgufType::I32, values);
}

void GgufWriter::addU32s(std::string_view key, std::span<const uint32_t> values) {
    putNumbers(pair(key, GgufType::Array), GgufType::U32, values);
}

void GgufWriter::addF32s(std::string_view key, std::span<const float> values) {
    putNumbers(pair(key, GgufType::Array), GgufType::F32, values);
}

void GgufWriter::addBools(std::string_view key, std::span<const bool> values) {
    static_assert(sizeof(bool) == 1);
    putNumbers(pair(key, GgufType::Array), GgufType::Bool, values);
}

void GgufWriter::addValue(std::string_view key, const GgufValue& value) {
    std::vector<std::byte>& out = pair(key, value.type);
    std::visit(
        [&](const auto& data) {
            using T = std::decay_t<decltype(data)>;
            if constexpr (std::is_same_v<T, GgufArray>)
                putArray(out, data);
            else if constexpr (std::is_same_v<T, std::string_view>)
                put(out, data);
            else
                putNumber(out, value.type, data);
        },
        value.data);
}

void GgufWriter::addTensor(std::string name, TensorType type, std::vector<int64_t> shape,
                           Produce produce) {
    m_tensors.push_back({std::move(name), type, std::move(shape), std::move(produce)});
}

Result<void> GgufWriter::checkKeys() const {
    std::unordered_set<std::string_view> seen;
    for (const std::string& key : m_keys) {
        if (key.empty() || key.size() > 65535)
            return fail("metadata key of ", key.size(), " bytes: 1 to 65535 are possible");
        if (key == "general.alignment")
            return fail("\"general.alignment\" cannot be set: files are aligned to ", kAlignment);
        if (!seen.insert(key).second)
            return fail("metadata \"", printable(key), "\" was added twice");
    }
    return {};
}

Result<std::vector<std::byte>> GgufWriter::header() const {
    std::vector<std::byte> out;
    put(out, std::as_bytes(std::span("GGUF", 4)));
    put(out, kVersion);
    put(out, static_cast<uint64_t>(m_tensors.size()));
    put(out, static_cast<uint64_t>(m_keys.size()));
    put(out, m_metadata);
    std::unordered_set<std::string_view> seen;
    uint64_t offset = 0;
    for (const Tensor& tensor : m_tensors) {
        if (tensor.name.empty() || !seen.insert(tensor.name).second)
            return fail("tensor \"", printable(tensor.name), "\" has no name or was added twice");
        ALCOVE_TRY(const uint64_t size, sizeOf(tensor.name, tensor.type, tensor.shape));
        put(out, std::string_view(tensor.name));
        put(out, static_cast<uint32_t>(tensor.shape.size()));
        for (const int64_t extent : tensor.shape) put(out, extent);
        put(out, static_cast<uint32_t>(tensor.type));
        put(out, offset);
        offset += padded(size);
    }
    return out;
}

Result<void> GgufWriter::write(const std::filesystem::path& path) const {
    if (auto checked = checkKeys(); !checked) return fail(path.string(), ": ", checked.message());
    const auto head = header();
    if (!head) return fail(path.string(), ": ", head.message());
    ALCOVE_TRY(AtomicFile file, AtomicFile::create(path));
    ALCOVE_CHECK(file.write(head.value()));
    ALCOVE_CHECK(pad(file));
    for (const Tensor& tensor : m_tensors) {
        ALCOVE_TRY(const std::vector<std::byte> data, tensor.produce());
        ALCOVE_TRY(const uint64_t size, sizeOf(tensor.name, tensor.type, tensor.shape));
        if (data.size() != size)
            return fail(path.string(), ": tensor \"", printable(tensor.name), "\": ", data.size(),
                        " bytes were produced where its type and shape ask for ", size);
        ALCOVE_CHECK(file.write(data));
        ALCOVE_CHECK(pad(file));
    }
    return file.commit();
}

}  // namespace alcove::engine
