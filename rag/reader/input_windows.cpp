// Has never been compiled.
#include <fcntl.h>
#include <io.h>

#include <cstdio>
#include <utility>

#include "rag/reader/input.h"
#include "rag/refusal.h"

namespace alcove::rag {

Result<Input> Input::fromStandardInput() {
    Input input;
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    constexpr size_t kMost = size_t{1} << 30;
    std::string buffer(1 << 16, '\0');
    while (const size_t got = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
        if (input.m_read.size() + got > kMost)
            return refuse(Refusal::TooLarge, "files are read up to ", kMost >> 20, " MB");
        input.m_read.append(buffer, 0, got);
    }
    input.m_bytes = input.m_read;
    return input;
}

Input::Input(Input&& other) noexcept : m_read(std::move(other.m_read)) { m_bytes = m_read; }
Input::~Input() = default;

bool writeToStandardOutput(std::string_view bytes) {
    return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() &&
           std::fflush(stdout) == 0;
}

}  // namespace alcove::rag
