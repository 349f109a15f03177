// The two tables that findFilter() searches.
#pragma once

#include <span>
#include <string_view>

#include "engine/chat/jinja/ast.h"

namespace alcove::engine::jinja {

struct NamedFilter {
    std::string_view name;
    FilterFn function;
};

[[nodiscard]] std::span<const NamedFilter> valueFilters();
[[nodiscard]] std::span<const NamedFilter> sequenceFilters();

}  // namespace alcove::engine::jinja
