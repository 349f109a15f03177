// Parses one GGUF file (one part of a split model) into a GgufFile. Internal to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/gguf/cursor.h"
#include "engine/gguf/reader.h"

namespace alcove::engine {

class GgufParser {
public:
    /// `name` stands in messages; the bytes outlive the result.
    static Result<GgufFile> parse(std::span<const std::byte> bytes, const std::string& name);

    /// Appends the tensors of a split model's further part; its metadata is dropped.
    static Result<void> append(GgufFile& model, GgufFile&& part);

    /// Makes the file own its mapping.
    static void adopt(GgufFile& file, const std::filesystem::path& path, MappedFile&& mapping);

private:
    GgufParser(std::span<const std::byte> bytes, GgufFile& file)
        : m_cursor(bytes, file.m_name), m_file(file) {}

    Result<void> run();
    Result<void> readHeader();
    Result<void> readMetadata();
    Result<void> readTensorInfos();
    Result<void> readTensorInfo();
    Result<void> readShape(TensorInfo& tensor, std::string_view field);
    Result<void> readAlignment();
    Result<void> placeTensors();
    Result<void> refuseOverlaps() const;

    Result<GgufType> readType(std::string_view field);
    Result<GgufValue> readValue(std::string_view field);
    Result<GgufValue> readScalar(GgufType type, std::string_view field);
    Result<GgufArray> readArray(std::string_view field, int depth);

    /// Where a tensor's fields stood, until its data can be placed.
    struct Pending {
        uint64_t offset = 0;  // as stored: from the start of the data
        uint64_t at = 0;      // of the stored offset in the file
    };

    Cursor m_cursor;
    GgufFile& m_file;
    uint64_t m_tensorCount = 0;
    uint64_t m_metadataCount = 0;
    uint64_t m_alignment = 32;
    std::vector<Pending> m_pending;  // one for each tensor
};

}  // namespace alcove::engine
