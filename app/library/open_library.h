// Opens a library with the embedding model it wants: the one that is asked for, or the one its
// vectors were made by, or the starter; or none, and then words alone find.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/library/library.h"
#include "engine/base/result.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"

namespace alcove::app {

struct LibraryChoice {
    std::filesystem::path folder;
    bool create = false;
    std::string model;       // a file, or a name in the models' folder; empty: see above
    bool needsModel = true;  // false: none is loaded
    int threads = 0;         // as Runtime::create() takes them
    std::string cpu;         // likewise
};

/// What comes later borrows what comes before.
struct OpenedLibrary {
    std::unique_ptr<engine::Runtime> runtime;
    std::unique_ptr<Library> library;
};

/// `notes` gets sentences for the user: what was mended, why there are no vectors. A model that was
/// asked for and cannot be had is an error.
[[nodiscard]] Result<OpenedLibrary> openLibrary(const LibraryChoice& choice,
                                                std::vector<std::string>& notes);

}  // namespace alcove::app
