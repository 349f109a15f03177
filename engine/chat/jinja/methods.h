// The tables that findMethod() searches.
#pragma once

#include <span>
#include <string_view>

#include "engine/chat/jinja/runtime.h"

namespace alcove::engine::jinja {

struct Method {
    std::string_view name;
    NativeFn function;  // null: it would change the value, so it is not to be had
};

[[nodiscard]] std::span<const Method> textMethods();

}  // namespace alcove::engine::jinja
