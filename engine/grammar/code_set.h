// Sets of Unicode characters, and the byte sequences that encode them.
#pragma once

#include <cstdint>
#include <vector>

namespace alcove::engine::grammar {

/// Both ends belong to it.
struct CodeRange {
    char32_t first = 0, last = 0;
    friend bool operator==(const CodeRange&, const CodeRange&) = default;
};

/// Characters in ascending ranges that neither overlap nor touch. Surrogates are no characters.
class CodeSet {
public:
    CodeSet() = default;
    /// In any order, overlapping or not; what is no character is left out.
    explicit CodeSet(std::vector<CodeRange> ranges);
    CodeSet(char32_t first, char32_t last) : CodeSet(std::vector<CodeRange>{{first, last}}) {}

    /// Every character there is.
    [[nodiscard]] static CodeSet all();

    [[nodiscard]] CodeSet with(const CodeSet& other) const;
    [[nodiscard]] CodeSet without(const CodeSet& other) const;
    [[nodiscard]] CodeSet common(const CodeSet& other) const;
    [[nodiscard]] CodeSet complement() const { return all().without(*this); }

    [[nodiscard]] bool contains(char32_t code) const;
    [[nodiscard]] bool empty() const { return m_ranges.empty(); }
    [[nodiscard]] uint32_t size() const;
    [[nodiscard]] const std::vector<CodeRange>& ranges() const { return m_ranges; }

private:
    std::vector<CodeRange> m_ranges;
};

/// Both ends belong to it.
struct ByteInterval {
    uint8_t first = 0, last = 0;
    friend auto operator<=>(const ByteInterval&, const ByteInterval&) = default;
};

/// One to four intervals: every way to choose a byte from each is the UTF-8 of one character.
using ByteSequence = std::vector<ByteInterval>;
/// Sequences that encode the set's characters, each exactly once.
[[nodiscard]] std::vector<ByteSequence> utf8Sequences(const CodeSet& set);

}  // namespace alcove::engine::grammar
