#include "engine/base/folder_watcher.h"

namespace alcove {

Result<std::unique_ptr<FolderWatcher>> FolderWatcher::create() {
    return fail("folders cannot be watched on this system");
}

}  // namespace alcove
