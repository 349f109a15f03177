#include "engine/base/paths.h"

#include <algorithm>

namespace alcove {
namespace fs = std::filesystem;

Paths entriesOf(const fs::path& folder, std::error_code& error) {
    Paths entries;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
        entries.push_back(entry->path());
    return entries;
}

Result<void> refuseInputs(const fs::path& out, std::span<const fs::path> inputs) {
    std::error_code ignored;
    const auto wholePath = [&](const fs::path& path) {
        return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
    };
    const fs::path whole = wholePath(out);
    const bool inUse = std::any_of(inputs.begin(), inputs.end(), [&](const fs::path& input) {
        return fs::equivalent(out, input, ignored) || (!whole.empty() && whole == wholePath(input));
    });
    if (inUse) return fail(out.string(), ": is one of the files in use; write to another file");
    return {};
}

}  // namespace alcove
