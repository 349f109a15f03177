// Takes files out of a library: their text, their vectors, and their place in its folders.
#pragma once

#include <string>

#include "app/library/library.h"
#include "engine/base/result.h"

namespace alcove::app {

struct Removal {
    size_t documents = 0;
    size_t failures = 0;  // files that were refused, and are forgotten
    bool known = false;   // the library held it at all
};

/// A file or folder, by its real path, with all in it; from all collections, or one. What lies in a
/// folder that is still held is excluded, so that the next round does not bring it back.
[[nodiscard]] Result<Removal> removePath(Library& library, const std::string& path,
                                         const std::string& collection = {});
[[nodiscard]] Result<Removal> removeCollection(Library& library, const std::string& name);

}  // namespace alcove::app
