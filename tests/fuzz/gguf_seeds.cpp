// Writes the fuzzer's first inputs: tiny files of both versions, and one with a block of each type.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/engine/gguf/raw.h"

namespace {

std::vector<std::byte> everyType() {
    using alcove::engine::TensorType;
    using alcove::engine::traitsOf;
    std::vector<TensorType> types;
    for (uint32_t type = 0; type < 64; ++type)
        if (traitsOf(static_cast<TensorType>(type))) types.push_back(static_cast<TensorType>(type));
    raw::Bytes bytes;
    bytes.header(types.size(), 0);
    uint64_t offset = 0;
    for (const TensorType type : types) {
        const auto* traits = traitsOf(type);
        bytes.tensor(traits->name, {static_cast<uint64_t>(traits->blockSize)}, type, offset);
        offset += (static_cast<uint64_t>(traits->blockBytes) + 31) / 32 * 32;
    }
    bytes.align();
    for (uint64_t i = 0; i < offset; ++i) bytes.put(static_cast<uint8_t>(i * 37));
    return bytes.bytes();
}

bool save(const std::filesystem::path& path, const std::vector<std::byte>& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return file.good();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: gguf_seeds FOLDER\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    return save(folder / "version2", raw::tinyFile(2)) &&
                   save(folder / "version3", raw::tinyFile(3)) &&
                   save(folder / "types", everyType())
               ? 0
               : 1;
}
