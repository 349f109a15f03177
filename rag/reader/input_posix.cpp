#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "rag/reader/input.h"
#include "rag/refusal.h"

namespace alcove::rag {

Result<Input> Input::fromStandardInput() {
    Input input;
    struct stat about{};
    if (::fstat(STDIN_FILENO, &about) != 0)
        return refuse(Refusal::Unreadable, std::generic_category().message(errno));
    const auto size = static_cast<size_t>(about.st_size);
    if (S_ISREG(about.st_mode)) {
        if (size == 0) return input;
        void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
        if (data == MAP_FAILED)
            return refuse(Refusal::Unreadable, std::generic_category().message(errno));
        input.m_bytes = {static_cast<const char*>(data), size};
        input.m_mapped = true;
        return input;
    }
    constexpr size_t kMost = size_t{256} << 20;
    std::string buffer(1 << 16, '\0');
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse(Refusal::Unreadable, std::generic_category().message(errno));
        if (got == 0) break;
        if (input.m_read.size() + static_cast<size_t>(got) > kMost)
            return refuse(Refusal::TooLarge, "through a pipe ", kMost >> 20, " MB are read");
        input.m_read.append(buffer, 0, static_cast<size_t>(got));
    }
    input.m_bytes = input.m_read;
    return input;
}

Input::Input(Input&& other) noexcept
    : m_bytes(std::exchange(other.m_bytes, {})),
      m_read(std::move(other.m_read)),
      m_mapped(std::exchange(other.m_mapped, false)) {
    if (!m_mapped) m_bytes = m_read;
}

Input::~Input() {
    if (m_mapped) ::munmap(const_cast<char*>(m_bytes.data()), m_bytes.size());
}

bool writeToStandardOutput(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        bytes.remove_prefix(static_cast<size_t>(done));
    }
    return true;
}

}  // namespace alcove::rag
