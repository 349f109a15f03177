// Gives a library the embedding model it wants: the one that is asked for, or the one its vectors
// were made by, or the starter; or none, and then words alone find.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/library/library.h"
#include "engine/base/result.h"

namespace alcove::app {

using EmbedderLoader =
    std::function<Result<std::unique_ptr<rag::Embedder>>(const std::filesystem::path& file)>;

/// `asked`: a file, or a name in the models' folder; empty: see above. `notes` gets sentences for
/// the user: why there are no vectors. A model that was asked for and cannot be had is an error.
[[nodiscard]] Result<void> chooseEmbedder(Library& library, const std::string& asked,
                                          const EmbedderLoader& load,
                                          std::vector<std::string>& notes);

}  // namespace alcove::app
