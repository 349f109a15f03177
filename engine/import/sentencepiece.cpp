#include "engine/import/sentencepiece.h"

#include <cmath>
#include <cstring>
#include <optional>

namespace alcove::engine {

namespace {

enum class Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

struct Field {
    uint64_t number = 0;
    Wire wire = Wire::Varint;
    uint64_t integer = 0;              // Varint, Fixed32, Fixed64
    std::span<const std::byte> bytes;  // Bytes
};

/// Walks over the fields of one message.
class FieldReader {
public:
    /// `base` is where the message begins in the file, for messages.
    FieldReader(std::span<const std::byte> bytes, size_t base) : m_bytes(bytes), m_base(base) {}

    [[nodiscard]] bool atEnd() const { return m_at == m_bytes.size(); }
    [[nodiscard]] size_t offset() const { return m_base + m_at; }
    /// Where the bytes of the field read last begin in the file.
    [[nodiscard]] size_t bytesOffset(const Field& field) const {
        return m_base + static_cast<size_t>(field.bytes.data() - m_bytes.data());
    }

    /// Nothing when the bytes are no field.
    std::optional<Field> next() {
        const auto tag = varint();
        if (!tag) return std::nullopt;
        Field field;
        field.number = *tag >> 3;
        field.wire = static_cast<Wire>(*tag & 7);
        switch (field.wire) {
            case Wire::Varint:
                return withInteger(field, varint());
            case Wire::Fixed32:
                return withInteger(field, fixed(4));
            case Wire::Fixed64:
                return withInteger(field, fixed(8));
            case Wire::Bytes:
                break;
            default:
                return std::nullopt;  // groups are not used by this format
        }
        const auto length = varint();
        if (!length || *length > m_bytes.size() - m_at) return std::nullopt;
        field.bytes = m_bytes.subspan(m_at, static_cast<size_t>(*length));
        m_at += static_cast<size_t>(*length);
        return field;
    }

private:
    static std::optional<Field> withInteger(Field field, std::optional<uint64_t> integer) {
        if (!integer) return std::nullopt;
        field.integer = *integer;
        return field;
    }

    /// Seven bits a byte, lowest first; at most ten bytes.
    std::optional<uint64_t> varint() {
        uint64_t value = 0;
        for (int shift = 0; shift < 70 && m_at < m_bytes.size(); shift += 7) {
            const auto byte = static_cast<uint64_t>(m_bytes[m_at++]);
            if (shift < 64) value |= (byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) return value;
        }
        return std::nullopt;
    }

    std::optional<uint64_t> fixed(size_t size) {
        if (m_bytes.size() - m_at < size) return std::nullopt;
        uint64_t value = 0;
        for (size_t i = 0; i < size; ++i)
            value |= static_cast<uint64_t>(m_bytes[m_at + i]) << (8 * i);
        m_at += size;
        return value;
    }

    std::span<const std::byte> m_bytes;
    size_t m_base;
    size_t m_at = 0;
};

/// Calls `use` for each field of the message; false from it, or bytes that are no field, end with
/// an error that says where.
template <typename Use>
Result<void> forEachField(std::span<const std::byte> message, size_t base, const std::string& name,
                          Use&& use) {
    FieldReader reader(message, base);
    while (!reader.atEnd()) {
        const size_t at = reader.offset();
        const auto field = reader.next();
        if (!field) return fail(name, ": byte ", at, ": not a protocol-buffers field");
        const size_t inner = field->wire == Wire::Bytes ? reader.bytesOffset(*field) : at;
        ALCOVE_CHECK(use(*field, inner));
    }
    return {};
}

Result<SentencePiece> readPiece(std::span<const std::byte> message, size_t base,
                                const std::string& name) {
    SentencePiece piece;
    const auto use = [&](const Field& field, size_t at) -> Result<void> {
        if (field.number == 1 && field.wire == Wire::Bytes) {
            piece.text.assign(reinterpret_cast<const char*>(field.bytes.data()),
                              field.bytes.size());
        } else if (field.number == 2 && field.wire == Wire::Fixed32) {
            const auto bits = static_cast<uint32_t>(field.integer);
            std::memcpy(&piece.score, &bits, sizeof bits);
            if (!std::isfinite(piece.score)) return fail(name, ": byte ", at, ": score of a piece");
        } else if (field.number == 3 && field.wire == Wire::Varint) {
            if (field.integer < 1 || field.integer > 6)
                return fail(name, ": byte ", at, ": unknown kind of piece ", field.integer);
            piece.kind = static_cast<SentencePiece::Kind>(field.integer);
        }
        return {};
    };
    ALCOVE_CHECK(forEachField(message, base, name, use));
    return piece;
}

}  // namespace

Result<SentencePieceModel> parseSentencePiece(std::span<const std::byte> bytes,
                                              const std::string& name) {
    SentencePieceModel model;
    const auto trainer = [&](const Field& field, size_t) -> Result<void> {
        constexpr uint64_t kModelType = 3, kPairMerges = 2;
        if (field.number == kModelType && field.wire == Wire::Varint)
            model.pairMerges = field.integer == kPairMerges;
        return {};
    };
    const auto normalizer = [&](const Field& field, size_t) -> Result<void> {
        constexpr uint64_t kAddDummyPrefix = 3;
        if (field.number == kAddDummyPrefix && field.wire == Wire::Varint)
            model.addDummyPrefix = field.integer != 0;
        return {};
    };
    const auto top = [&](const Field& field, size_t at) -> Result<void> {
        if (field.wire != Wire::Bytes) return {};
        if (field.number == 2) return forEachField(field.bytes, at, name, trainer);
        if (field.number == 3) return forEachField(field.bytes, at, name, normalizer);
        if (field.number != 1) return {};
        ALCOVE_TRY(SentencePiece piece, readPiece(field.bytes, at, name));
        model.pieces.push_back(std::move(piece));
        return {};
    };
    ALCOVE_CHECK(forEachField(bytes, 0, name, top));
    if (model.pieces.empty()) return fail(name, ": holds no pieces; not a SentencePiece model");
    return model;
}

}  // namespace alcove::engine
