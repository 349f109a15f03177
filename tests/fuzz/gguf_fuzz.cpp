// The GGUF reader under libFuzzer: parse any bytes; what is read is touched and unpacked in full.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "tests/engine/gguf/exercise.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto file =
        alcove::engine::GgufFile::parse(std::as_bytes(std::span(data, size)), "input");
    if (!file) {
        if (file.message().find("input: ") != 0) std::abort();  // names the file
        return 0;
    }
    volatile uint64_t sum = raw::touch(*file);
    static_cast<void>(sum);
    return 0;
}
