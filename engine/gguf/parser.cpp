// GGUF, as its specification lays it out (all numbers little-endian, nothing aligned before the
// tensor data):
//
//   "GGUF", u32 version, u64 tensor count, u64 metadata count
//   metadata: string key, u32 type, value            string: u64 length, bytes
//   tensors:  string name, u32 rank, u64 × rank shape, u32 type, u64 offset
//   padding to general.alignment (32), then the tensors' data, each offset aligned the same
//
// Invariants: m_cursor never passes the end; a count is compared with the bytes that remain,
// divided by the smallest size of what is counted, before anything is allocated by it. So memory
// stays within a small multiple (about ten) of the bytes read, whatever the file claims. Nesting of
// arrays is the only recursion; kDeepestArray bounds it. Tensors may not overlap, so that whoever
// copies all of them needs no more than the file's size.
//
// Source: the GGUF specification in the ggml repository (docs/gguf.md).
#include "engine/gguf/parser.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace alcove::engine {
namespace {

constexpr int kDeepestArray = 4;
constexpr uint64_t kLongestKey = 65535;  // the specification's limit
constexpr uint64_t kLargestAlignment = 1 << 20;
constexpr uint64_t kSmallestPair = 8 + 1 + 4 + 1;        // key length, key, type, value
constexpr uint64_t kSmallestTensor = 8 + 1 + 4 + 4 + 8;  // name length, name, rank, type, offset

/// Bytes of a number in the file; 0 for strings and arrays.
uint64_t sizeOf(GgufType type) {
    switch (type) {
        case GgufType::U8:
        case GgufType::I8:
        case GgufType::Bool:
            return 1;
        case GgufType::U16:
        case GgufType::I16:
            return 2;
        case GgufType::U32:
        case GgufType::I32:
        case GgufType::F32:
            return 4;
        case GgufType::U64:
        case GgufType::I64:
        case GgufType::F64:
            return 8;
        case GgufType::String:
        case GgufType::Array:
            break;
    }
    return 0;
}

/// Names of types seen in files that this engine does not compute with.
std::string_view nameOfForeignType(uint32_t type) {
    struct Named {
        uint32_t type;
        std::string_view name;
    };
    constexpr Named kForeign[] = {
        {9, "Q8_1"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"},
        {19, "IQ1_S"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {24, "I8"},     {25, "I16"},
        {26, "I32"},   {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},  {34, "TQ1_0"},
        {35, "TQ2_0"}, {40, "NVFP4"},
    };
    for (const Named& named : kForeign)
        if (named.type == type) return named.name;
    return "unknown";
}

bool multiply(uint64_t& product, uint64_t factor) {
    if (factor != 0 && product > std::numeric_limits<uint64_t>::max() / factor) return false;
    product *= factor;
    return true;
}

}  // namespace

Result<GgufFile> GgufParser::parse(std::span<const std::byte> bytes, const std::string& name) {
    GgufFile file;
    file.m_name = name;
    file.m_bytes = bytes.size();
    GgufParser parser(bytes, file);
    ALCOVE_CHECK(parser.run());
    return file;
}

void GgufParser::adopt(GgufFile& file, const std::filesystem::path& path, MappedFile&& mapping) {
    file.m_paths.push_back(path);
    file.m_parts.push_back(std::move(mapping));
}

Result<void> GgufParser::append(GgufFile& model, GgufFile&& part) {
    for (TensorInfo& tensor : part.m_tensors) {
        if (!model.m_tensorIndex.emplace(tensor.name, model.m_tensors.size()).second)
            return fail(part.m_name, ": tensor \"", printable(tensor.name),
                        "\": an earlier part of the model has it already");
        model.m_tensors.push_back(tensor);
    }
    model.m_paths.insert(model.m_paths.end(), part.m_paths.begin(), part.m_paths.end());
    for (MappedFile& mapping : part.m_parts) model.m_parts.push_back(std::move(mapping));
    model.m_bytes += part.m_bytes;
    return {};
}

Result<void> GgufParser::run() {
    ALCOVE_CHECK(readHeader());
    ALCOVE_CHECK(readMetadata());
    ALCOVE_CHECK(readTensorInfos());
    ALCOVE_CHECK(placeTensors());
    return refuseOverlaps();
}

Result<void> GgufParser::readHeader() {
    ALCOVE_TRY(const auto magic, m_cursor.take(4, "magic"));
    if (std::memcmp(magic.data(), "GGUF", 4) != 0)
        return m_cursor.failAt(0, "magic", "not \"GGUF\": this is not a GGUF file");
    ALCOVE_TRY(m_file.m_version, m_cursor.read<uint32_t>("version"));
    const uint32_t version = m_file.m_version;
    if (version != 0 && (version & 0xffffu) == 0)
        return m_cursor.failAt(4, "version",
                               "the file is big-endian; only little-endian files are read");
    if (version != 2 && version != 3)
        return m_cursor.failAt(4, "version", version, " is not supported, only 2 and 3 are");
    // Both against all that remains; the tensors' again when the metadata lies behind.
    ALCOVE_TRY(m_tensorCount, m_cursor.count(kSmallestTensor, "tensor count"));
    ALCOVE_TRY(m_metadataCount, m_cursor.count(kSmallestPair, "metadata count"));
    return {};
}

Result<void> GgufParser::readMetadata() {
    for (uint64_t i = 0; i < m_metadataCount; ++i) {
        const std::string field = concat("metadata ", i, " key");
        const uint64_t at = m_cursor.offset();
        ALCOVE_TRY(const std::string_view key, m_cursor.string(field));
        if (key.empty() || key.size() > kLongestKey)
            return m_cursor.failAt(at, field, "its length is ", key.size(),
                                   ", which is outside 1 to ", kLongestKey);
        if (m_file.m_metadataIndex.contains(key))
            return m_cursor.failAt(at, field, "\"", printable(key), "\" comes a second time");
        ALCOVE_TRY(GgufValue value, readValue(concat("\"", printable(key), "\"")));
        m_file.m_metadataIndex.emplace(key, m_file.m_metadata.size());
        m_file.m_metadata.emplace_back(key, std::move(value));
        if (key == "general.alignment") {
            if (auto checked = readAlignment(); !checked)
                return m_cursor.failAt(at, "\"general.alignment\"", checked.message());
        }
    }
    return {};
}

Result<void> GgufParser::readAlignment() {
    const std::optional<int64_t> alignment = m_file.integer("general.alignment");
    if (!alignment) return fail("it is not an integer");
    if (*alignment < 8 || *alignment > static_cast<int64_t>(kLargestAlignment) ||
        (*alignment & (*alignment - 1)) != 0)
        return fail(*alignment, " is not a power of two from 8 to ", kLargestAlignment);
    m_alignment = static_cast<uint64_t>(*alignment);
    return {};
}

Result<GgufType> GgufParser::readType(std::string_view field) {
    const uint64_t at = m_cursor.offset();
    ALCOVE_TRY(const uint32_t type, m_cursor.read<uint32_t>(field));
    if (type > static_cast<uint32_t>(GgufType::F64))
        return m_cursor.failAt(at, field, "value type ", type, " does not exist");
    return static_cast<GgufType>(type);
}

Result<GgufValue> GgufParser::readValue(std::string_view field) {
    ALCOVE_TRY(const GgufType type, readType(field));
    if (type == GgufType::Array) {
        ALCOVE_TRY(GgufArray array, readArray(field, 1));
        return GgufValue{type, std::move(array)};
    }
    if (type == GgufType::String) {
        ALCOVE_TRY(const std::string_view text, m_cursor.string(field));
        return GgufValue{type, text};
    }
    return readScalar(type, field);
}

Result<GgufValue> GgufParser::readScalar(GgufType type, std::string_view field) {
    const uint64_t at = m_cursor.offset();
    GgufArray one;
    one.type = type;
    one.count = 1;
    ALCOVE_TRY(one.packed, m_cursor.take(sizeOf(type), field));
    switch (type) {
        case GgufType::Bool:
            if (one.integer(0) > 1 || one.integer(0) < 0)
                return m_cursor.failAt(at, field, "a bool is ", one.integer(0), ", not 0 or 1");
            return GgufValue{type, one.integer(0) == 1};
        case GgufType::F32:
        case GgufType::F64:
            return GgufValue{type, one.number(0)};
        case GgufType::I8:
        case GgufType::I16:
        case GgufType::I32:
        case GgufType::I64:
            return GgufValue{type, one.integer(0)};
        default:  // unsigned: U64 keeps its bits through int64_t
            return GgufValue{type, static_cast<uint64_t>(one.integer(0))};
    }
}

Result<GgufArray> GgufParser::readArray(std::string_view field, int depth) {
    if (depth > kDeepestArray)
        return m_cursor.failAt(m_cursor.offset(), field, "arrays are nested more than ",
                               kDeepestArray, " deep");
    GgufArray array;
    ALCOVE_TRY(array.type, readType(field));
    if (array.type == GgufType::String) {
        ALCOVE_TRY(array.count, m_cursor.count(8, field));
        array.strings.reserve(array.count);
        for (uint64_t i = 0; i < array.count; ++i) {
            ALCOVE_TRY(const std::string_view text, m_cursor.string(field));
            array.strings.push_back(text);
        }
    } else if (array.type == GgufType::Array) {
        ALCOVE_TRY(array.count, m_cursor.count(4 + 8, field));
        for (uint64_t i = 0; i < array.count; ++i) {
            ALCOVE_TRY(GgufArray inner, readArray(field, depth + 1));
            array.arrays.push_back(std::move(inner));
        }
    } else {
        ALCOVE_TRY(array.count, m_cursor.count(sizeOf(array.type), field));
        const uint64_t at = m_cursor.offset();
        ALCOVE_TRY(array.packed, m_cursor.take(array.count * sizeOf(array.type), field));
        if (array.type == GgufType::Bool)
            for (uint64_t i = 0; i < array.count; ++i)
                if (std::to_integer<unsigned>(array.packed[i]) > 1)
                    return m_cursor.failAt(at + i, field, "a bool is ",
                                           std::to_integer<unsigned>(array.packed[i]),
                                           ", not 0 or 1");
    }
    return array;
}

Result<void> GgufParser::readTensorInfos() {
    ALCOVE_CHECK(m_cursor.checkCount(m_tensorCount, kSmallestTensor, 8, "tensor count"));
    m_file.m_tensors.reserve(m_tensorCount);
    m_pending.reserve(m_tensorCount);
    for (uint64_t i = 0; i < m_tensorCount; ++i) ALCOVE_CHECK(readTensorInfo());
    return {};
}

Result<void> GgufParser::readTensorInfo() {
    const std::string nameField = concat("tensor ", m_file.m_tensors.size(), " name");
    const uint64_t nameAt = m_cursor.offset();
    TensorInfo tensor;
    ALCOVE_TRY(tensor.name, m_cursor.string(nameField));
    if (tensor.name.empty() || tensor.name.size() > kLongestKey)
        return m_cursor.failAt(nameAt, nameField, "its length is ", tensor.name.size(),
                               ", which is outside 1 to ", kLongestKey);
    if (!m_file.m_tensorIndex.emplace(tensor.name, m_file.m_tensors.size()).second)
        return m_cursor.failAt(nameAt, nameField, "\"", printable(tensor.name),
                               "\" comes a second time");

    const std::string field = concat("tensor \"", printable(tensor.name), "\"");
    ALCOVE_CHECK(readShape(tensor, field));
    const uint64_t typeAt = m_cursor.offset();
    ALCOVE_TRY(const uint32_t type, m_cursor.read<uint32_t>(field));
    tensor.type = static_cast<TensorType>(type);
    const TypeTraits* traits = traitsOf(tensor.type);
    if (!traits)
        return m_cursor.failAt(typeAt, field, "tensor type ", type, " (", nameOfForeignType(type),
                               ") is not supported");
    if (tensor.shape[0] % traits->blockSize != 0)
        return m_cursor.failAt(typeAt, field, "rows of ", tensor.shape[0],
                               " values are no multiple of the ", traits->blockSize,
                               " in a block of type ", traits->name);
    Pending pending;
    pending.at = m_cursor.offset();
    ALCOVE_TRY(pending.offset, m_cursor.read<uint64_t>(field));
    m_pending.push_back(pending);
    m_file.m_tensors.push_back(tensor);
    return {};
}

Result<void> GgufParser::readShape(TensorInfo& tensor, std::string_view field) {
    const uint64_t at = m_cursor.offset();
    ALCOVE_TRY(const uint32_t rank, m_cursor.read<uint32_t>(field));
    if (rank > tensor.shape.size())
        return m_cursor.failAt(at, field, "its rank is ", rank, ", more than ",
                               tensor.shape.size());
    tensor.rank = static_cast<int>(rank);
    uint64_t elements = 1;
    for (uint32_t i = 0; i < rank; ++i) {
        const uint64_t extentAt = m_cursor.offset();
        ALCOVE_TRY(const uint64_t extent, m_cursor.read<uint64_t>(field));
        if (extent == 0) return m_cursor.failAt(extentAt, field, "dimension ", i, " is 0");
        // At most 8 bytes an element in any type: this keeps sizes in bytes inside int64_t, too.
        if (!multiply(elements, extent) ||
            elements > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / 8)
            return m_cursor.failAt(extentAt, field, "dimension ", i, " is ", extent,
                                   ", too large: the number of elements overflows");
        tensor.shape[i] = static_cast<int64_t>(extent);
    }
    return {};
}

Result<void> GgufParser::placeTensors() {
    if (m_file.m_tensors.empty()) return {};
    const uint64_t fileSize = m_cursor.bytes().size();
    const uint64_t dataStart = (m_cursor.offset() + m_alignment - 1) / m_alignment * m_alignment;
    for (size_t i = 0; i < m_file.m_tensors.size(); ++i) {
        TensorInfo& tensor = m_file.m_tensors[i];
        const Pending& pending = m_pending[i];
        const std::string field = concat("tensor \"", printable(tensor.name), "\" offset");
        if (pending.offset % m_alignment != 0)
            return m_cursor.failAt(pending.at, field, pending.offset, " is no multiple of ",
                                   m_alignment);
        const TypeTraits* traits = traitsOf(tensor.type);
        const uint64_t size = static_cast<uint64_t>(tensor.elements() / traits->blockSize) *
                              static_cast<uint64_t>(traits->blockBytes);
        const uint64_t room = fileSize > dataStart ? fileSize - dataStart : 0;
        if (pending.offset > room || size > room - pending.offset)
            return m_cursor.failAt(pending.at, field, "its data (", size, " bytes at ",
                                   pending.offset, " of the data, which start at byte ", dataStart,
                                   ") end beyond the file's ", fileSize, " bytes");
        tensor.data = m_cursor.bytes().subspan(dataStart + pending.offset, size);
    }
    return {};
}

Result<void> GgufParser::refuseOverlaps() const {
    const std::vector<TensorInfo>& tensors = m_file.m_tensors;
    std::vector<size_t> order(tensors.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return m_pending[a].offset < m_pending[b].offset; });
    for (size_t i = 1; i < order.size(); ++i) {
        const TensorInfo& before = tensors[order[i - 1]];
        const TensorInfo& here = tensors[order[i]];
        if (m_pending[order[i]].offset - m_pending[order[i - 1]].offset < before.data.size())
            return m_cursor.failAt(m_pending[order[i]].at,
                                   concat("tensor \"", printable(here.name), "\" offset"),
                                   "its data overlap those of \"", printable(before.name), "\"");
    }
    return {};
}

}  // namespace alcove::engine
