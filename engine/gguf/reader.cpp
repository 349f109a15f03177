// Opening (whole and split files) and look-ups; parsing itself is in parser.cpp.
#include "engine/gguf/reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "engine/gguf/parser.h"

namespace alcove::engine {
namespace {

constexpr int64_t kMostParts = 99999;  // five digits in the names of the parts

template <typename T>
T load(std::span<const std::byte> bytes, uint64_t index) {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

std::string fiveDigits(int64_t number) {
    const std::string digits = std::to_string(number);
    return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0') + digits;
}

/// What the name of part `number` (from 1) ends with: "-00002-of-00005.gguf".
std::string splitSuffix(int64_t number, int64_t count) {
    return concat('-', fiveDigits(number), "-of-", fiveDigits(count), ".gguf");
}

/// Number of parts that the file says it belongs to; 1 when it says nothing.
Result<int64_t> partCount(const GgufFile& file) {
    const GgufValue* stored = file.find("split.count");
    if (!stored) return int64_t{1};
    const std::optional<int64_t> count = file.integer("split.count");
    if (!count || *count < 0 || *count > kMostParts)
        return fail(file.name(), ": \"split.count\" is not a number of parts from 1 to ",
                    kMostParts);
    return std::max<int64_t>(*count, 1);
}

Result<GgufFile> openPart(const std::filesystem::path& path, Residence residence) {
    ALCOVE_TRY(MappedFile mapping, MappedFile::open(path));
    ALCOVE_TRY(GgufFile file, GgufParser::parse(mapping.bytes(), path.string()));
    if (residence == Residence::InMemory) mapping.moveIntoMemory();
    GgufParser::adopt(file, path, std::move(mapping));
    return file;
}

Result<void> checkPart(const GgufFile& part, int64_t index, int64_t count) {
    ALCOVE_TRY(const int64_t partsHere, partCount(part));
    if (partsHere != count)
        return fail(part.name(), ": \"split.count\" is ", partsHere, " but its name says ", count);
    const std::optional<int64_t> number = part.integer("split.no");
    if (!number || *number != index)
        return fail(part.name(), ": \"split.no\" is ",
                    number ? concat(*number) : std::string("missing"), " where ", index,
                    " is expected");
    return {};
}

Result<GgufFile> openSplit(const std::filesystem::path& folder, const std::string& prefix,
                           int64_t count, Residence residence) {
    ALCOVE_TRY(GgufFile model, openPart(folder / (prefix + splitSuffix(1, count)), residence));
    ALCOVE_CHECK(checkPart(model, 0, count));
    for (int64_t i = 1; i < count; ++i) {
        ALCOVE_TRY(GgufFile part,
                   openPart(folder / (prefix + splitSuffix(i + 1, count)), residence));
        ALCOVE_CHECK(checkPart(part, i, count));
        ALCOVE_CHECK(GgufParser::append(model, std::move(part)));
    }
    const std::optional<int64_t> tensors = model.integer("split.tensors.count");
    if (!tensors || *tensors < 0 || static_cast<uint64_t>(*tensors) != model.tensors().size())
        return fail(model.name(), ": \"split.tensors.count\" is ",
                    tensors ? concat(*tensors) : std::string("missing"), " but the ", count,
                    " parts have ", model.tensors().size(), " tensors");
    return model;
}

}  // namespace

int64_t GgufArray::integer(uint64_t index) const {
    if (index >= count) return 0;
    switch (type) {
        case GgufType::U8:
            return load<uint8_t>(packed, index);
        case GgufType::I8:
        case GgufType::Bool:
            return load<int8_t>(packed, index);
        case GgufType::U16:
            return load<uint16_t>(packed, index);
        case GgufType::I16:
            return load<int16_t>(packed, index);
        case GgufType::U32:
            return load<uint32_t>(packed, index);
        case GgufType::I32:
            return load<int32_t>(packed, index);
        case GgufType::U64:
            return static_cast<int64_t>(load<uint64_t>(packed, index));
        case GgufType::I64:
            return load<int64_t>(packed, index);
        default:
            return 0;
    }
}

double GgufArray::number(uint64_t index) const {
    if (index >= count) return 0;
    if (type == GgufType::F32) return load<float>(packed, index);
    if (type == GgufType::F64) return load<double>(packed, index);
    if (type == GgufType::U64) return static_cast<double>(load<uint64_t>(packed, index));
    return static_cast<double>(integer(index));
}

Result<GgufFile> GgufFile::open(const std::filesystem::path& path, Residence residence) {
    ALCOVE_TRY(GgufFile file, openPart(path, residence));
    ALCOVE_TRY(const int64_t count, partCount(file));
    if (count == 1) return file;
    const std::optional<int64_t> index = file.integer("split.no");
    if (!index || *index < 0 || *index >= count)
        return fail(file.m_name, ": \"split.no\" is not a part's number from 0 to ", count - 1);
    const std::string fileName = path.filename().string();
    const std::string suffix = splitSuffix(*index + 1, count);
    if (!fileName.ends_with(suffix))
        return fail(file.m_name, ": part ", *index + 1, " of ", count,
                    " of a split model must be named NAME", suffix);
    return openSplit(path.parent_path(), fileName.substr(0, fileName.size() - suffix.size()), count,
                     residence);
}

Result<GgufFile> GgufFile::parse(std::span<const std::byte> bytes, std::string name) {
    ALCOVE_TRY(GgufFile file, GgufParser::parse(bytes, name));
    ALCOVE_TRY(const int64_t count, partCount(file));
    if (count != 1)
        return fail(name, ": \"split.count\" is ", count,
                    ": a part of a split model can only be opened from its folder");
    return file;
}

const GgufValue* GgufFile::find(std::string_view key) const {
    const auto found = m_metadataIndex.find(key);
    return found == m_metadataIndex.end() ? nullptr : &m_metadata[found->second].second;
}

std::optional<int64_t> GgufFile::integer(std::string_view key) const {
    const GgufValue* value = find(key);
    if (!value) return std::nullopt;
    if (const auto* number = std::get_if<int64_t>(&value->data)) return *number;
    if (const auto* number = std::get_if<uint64_t>(&value->data))
        if (*number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
            return static_cast<int64_t>(*number);
    return std::nullopt;
}

std::optional<double> GgufFile::number(std::string_view key) const {
    const GgufValue* value = find(key);
    if (!value) return std::nullopt;
    if (const auto* number = std::get_if<double>(&value->data)) return *number;
    if (const auto* number = std::get_if<int64_t>(&value->data))
        return static_cast<double>(*number);
    if (const auto* number = std::get_if<uint64_t>(&value->data))
        return static_cast<double>(*number);
    return std::nullopt;
}

std::optional<bool> GgufFile::boolean(std::string_view key) const {
    const GgufValue* value = find(key);
    const bool* stored = value ? std::get_if<bool>(&value->data) : nullptr;
    return stored ? std::optional(*stored) : std::nullopt;
}

std::optional<std::string_view> GgufFile::string(std::string_view key) const {
    const GgufValue* value = find(key);
    const std::string_view* stored = value ? std::get_if<std::string_view>(&value->data) : nullptr;
    return stored ? std::optional(*stored) : std::nullopt;
}

const GgufArray* GgufFile::array(std::string_view key) const {
    const GgufValue* value = find(key);
    return value ? std::get_if<GgufArray>(&value->data) : nullptr;
}

const TensorInfo* GgufFile::tensor(std::string_view name) const {
    const auto found = m_tensorIndex.find(name);
    return found == m_tensorIndex.end() ? nullptr : &m_tensors[found->second];
}

}  // namespace alcove::engine
