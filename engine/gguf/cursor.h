// A reading position in untrusted little-endian bytes: no read passes the end, and every failure
// says which file, which byte and which field.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/result.h"
#include "engine/base/unicode.h"

namespace alcove::engine {

static_assert(std::endian::native == std::endian::little,
              "GGUF numbers and tensors are used in place");

class Cursor {
public:
    Cursor(std::span<const std::byte> bytes, std::string_view fileName)
        : m_bytes(bytes), m_fileName(fileName) {}

    [[nodiscard]] uint64_t offset() const { return m_offset; }
    [[nodiscard]] uint64_t remaining() const { return m_bytes.size() - m_offset; }
    [[nodiscard]] std::span<const std::byte> bytes() const { return m_bytes; }

    template <typename... Parts>
    [[nodiscard]] Error failAt(uint64_t offset, std::string_view field,
                               const Parts&... parts) const {
        return fail(m_fileName, ": at byte ", offset, ", ", field, ": ", parts...);
    }

    template <typename T>
    [[nodiscard]] Result<T> read(std::string_view field) {
        static_assert(std::is_arithmetic_v<T>);
        if (remaining() < sizeof(T)) return cut(field, sizeof(T));
        T value;
        std::memcpy(&value, m_bytes.data() + m_offset, sizeof(T));
        m_offset += sizeof(T);
        return value;
    }

    [[nodiscard]] Result<std::span<const std::byte>> take(uint64_t count, std::string_view field) {
        if (remaining() < count) return cut(field, count);
        const auto taken = m_bytes.subspan(m_offset, count);
        m_offset += count;
        return taken;
    }

    /// A u64 length and as many bytes.
    [[nodiscard]] Result<std::string_view> string(std::string_view field) {
        ALCOVE_TRY(const uint64_t length, read<uint64_t>(field));
        ALCOVE_TRY(const auto text, take(length, field));
        return std::string_view(reinterpret_cast<const char*>(text.data()), text.size());
    }

    /// A u64 count of things of at least `smallest` bytes each, of which the rest of the file has
    /// room for that many: safe to allocate by.
    [[nodiscard]] Result<uint64_t> count(uint64_t smallest, std::string_view field) {
        const uint64_t at = m_offset;
        ALCOVE_TRY(const uint64_t value, read<uint64_t>(field));
        ALCOVE_CHECK(checkCount(value, smallest, at, field));
        return value;
    }

    [[nodiscard]] Result<void> checkCount(uint64_t value, uint64_t smallest, uint64_t at,
                                          std::string_view field) const {
        if (value > remaining() / smallest)
            return failAt(at, field, value, " of them, at least ", smallest,
                          " bytes each, do not fit into the ", remaining(), " bytes that remain");
        return {};
    }

private:
    [[nodiscard]] Error cut(std::string_view field, uint64_t needed) const {
        return failAt(m_offset, field, "needs ", needed, " bytes, but ", remaining(),
                      " remain: the file is cut short or damaged");
    }

    std::span<const std::byte> m_bytes;
    std::string_view m_fileName;
    uint64_t m_offset = 0;
};

}  // namespace alcove::engine
