// Tables of what templates find by name.
#pragma once

#include <string_view>

#include "engine/chat/jinja/ast.h"

namespace alcove::engine::jinja {

[[nodiscard]] FilterFn findFilter(std::string_view name);  // null if there is none
[[nodiscard]] TestFn findTest(std::string_view name);
/// range, dict, namespace, …; false if there is none of that name.
[[nodiscard]] bool findGlobal(State& state, std::string_view name, Value& out);

}  // namespace alcove::engine::jinja
