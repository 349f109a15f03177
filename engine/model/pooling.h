// From the final states of a text's tokens to its one vector, or to its relevance.
#pragma once

#include <vector>

#include "engine/model/architecture.h"

namespace alcove::engine {

/// Rows of a text of `count` tokens starting at row `first` whose states pooling needs.
void appendWantedRows(Pooling pooling, int64_t first, int64_t count, std::vector<int32_t>& wanted);

/// How many of them appendWantedRows() asks for.
[[nodiscard]] int64_t wantedRows(Pooling pooling, int64_t count);

/// `states`: what appendWantedRows() asked for. Not normalised.
[[nodiscard]] std::vector<float> pool(Compute& compute, const Architecture& architecture,
                                      Pooling pooling, Tensor states);

}  // namespace alcove::engine
