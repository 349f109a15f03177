// How the interpreter gives up: one private exception, thrown anywhere below ChatTemplate::parse
// and ChatTemplate::render and turned into a Result there. It never leaves engine/chat.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace alcove::engine::jinja {

struct Failure {
    std::string message;
    int line = 0;  // of the template; 0 when the thrower did not know it
};

template <typename... Parts>
[[noreturn]] void giveUp(const Parts&... parts) {
    throw Failure{concat(parts...), 0};
}

}  // namespace alcove::engine::jinja
