// What Unicode says of its code points: sorted runs, to be searched by halving.
#pragma once

#include <cstdint>
#include <span>

namespace alcove::engine::jinja {

struct CodeRange {
    uint32_t first, last;
};

/// Every `step`-th code point from first to last moves by delta.
struct CaseRange {
    uint32_t first, last, step;
    int32_t delta;
};

/// A code point that becomes two or three (0 = none).
struct SpecialCase {
    uint32_t from;
    uint32_t to[3];
};

extern const std::span<const CodeRange> kSpace, kAlpha, kDecimal, kDigit, kNumeric, kUpper, kLower,
    kTitle, kCaseIgnorable, kPrintable;
extern const std::span<const CaseRange> kToUpper, kToLower, kToTitle;
extern const std::span<const SpecialCase> kToUpperSpecial, kToLowerSpecial, kToTitleSpecial;

}  // namespace alcove::engine::jinja
