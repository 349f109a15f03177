// Products of vectors, chosen once for the processor. The plain form is the truth; beside it stands
// one file for each instruction set, with compiler flags of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::rag {

struct Distances {
    std::string_view name;
    /// Sum of a[i] × b[i] over codes in [-127, 127]. Exact, so the same on every processor; `count`
    /// is below 2^17, so that 32 bits hold it.
    int32_t (*dotCodes)(const int8_t* a, const int8_t* b, size_t count);
    /// The same of floats; the order of the additions is not the same everywhere.
    float (*dot)(const float* a, const float* b, size_t count);
};

extern const Distances kPlainDistances;

/// `forced` as ALCOVE_CPU has it; empty: the best that runs here.
[[nodiscard]] Result<const Distances*> selectDistances(std::string_view forced = {});

}  // namespace alcove::rag
