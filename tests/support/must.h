// For what a test needs and does not test.
#pragma once

#include <QtGlobal>
#include <utility>

#include "engine/base/result.h"

namespace alcove {

/// The value, also in a range-for, where a reference into the Result would dangle; ends the test
/// program where there is none.
template <typename T>
T must(Result<T> result) {
    if (!result.ok()) qFatal("%s", result.message().c_str());
    return std::move(*result);
}

}  // namespace alcove
