#include "app/library/scan.h"

#include <algorithm>

namespace alcove::app {

namespace fs = std::filesystem;

namespace {

bool passedOver(const std::string& name) {
    return name.empty() || name[0] == '.' || name.rfind("~$", 0) == 0;
}

class Walk {
public:
    explicit Walk(const ScanOptions& options) : m_options(options) {}

    Result<Scan> run(std::span<const std::string> roots) {
        for (const std::string& root : roots) addRoot(pathFrom(root));
        while (!m_waiting.empty()) {
            if (m_options.stop.stop_requested()) return fail("looking for files was stopped");
            const fs::path folder = std::move(m_waiting.back());
            m_waiting.pop_back();
            enter(folder);
        }
        addSingle();
        return std::move(m_scan);
    }

private:
    void addRoot(const fs::path& root) {
        std::error_code error;
        const fs::file_status status = fs::status(root, error);
        if (status.type() == fs::file_type::not_found) {
            // Gone, or on a disk that is not there now?
            if (!fs::is_directory(root.parent_path(), error))
                m_scan.unreadable.push_back(nameOf(root));
            return;
        }
        if (fs::is_directory(status))
            addFolder(root);
        else if (fs::is_regular_file(status))
            m_single.push_back(root);
        else
            m_scan.unreadable.push_back(nameOf(root));
    }

    [[nodiscard]] bool excluded(const std::string& name) const {
        return std::any_of(m_options.excluded.begin(), m_options.excluded.end(),
                           [&](const std::string& path) { return isWithin(name, path); });
    }

    void addFolder(const fs::path& folder) {
        std::string name = nameOf(folder);
        if (!excluded(name) && m_entered.insert(std::move(name)).second)
            m_waiting.push_back(folder);
    }

    void enter(const fs::path& folder) {
        if (m_options.entering) m_options.entering(folder);
        std::error_code error;
        fs::directory_iterator entry(folder, error);
        const fs::directory_iterator end;
        while (!error && entry != end) {
            take(*entry);
            entry.increment(error);
        }
        std::error_code ignored;
        if (error && fs::exists(folder, ignored)) m_scan.unreadable.push_back(nameOf(folder));
    }

    void take(const fs::directory_entry& entry) {
        if (passedOver(nameOf(entry.path().filename()))) return;
        std::error_code error;
        if (entry.is_symlink(error)) {
            const fs::path target = fs::canonical(entry.path(), error);
            if (error) return;  // leads nowhere, or round and round
            if (fs::is_directory(target, error))
                addFolder(target);
            else
                m_single.push_back(target);
        } else if (entry.is_directory(error)) {
            addFolder(entry.path());
        } else if (entry.is_regular_file(error)) {
            addFile(entry.path());
        }
    }

    void addFile(const fs::path& path) {
        std::string name = nameOf(path);
        if (excluded(name)) return;
        if (const auto stamp = stampOf(path)) m_scan.files.push_back({std::move(name), *stamp});
    }

    /// Files that were named or linked to, unless they were met in their folders.
    void addSingle() {
        if (m_single.empty()) return;
        std::unordered_set<std::string> met;
        for (const ScannedFile& file : m_scan.files) met.insert(file.path);
        for (const fs::path& path : m_single)
            if (met.insert(nameOf(path)).second) addFile(path);
    }

    const ScanOptions& m_options;
    Scan m_scan;
    std::vector<fs::path> m_waiting;            // folders
    std::unordered_set<std::string> m_entered;  // all that were ever waiting
    std::vector<fs::path> m_single;             // files
};

}  // namespace

Result<Scan> scan(std::span<const std::string> roots, const ScanOptions& options) {
    return Walk(options).run(roots);
}

fs::path realPath(const fs::path& path) {
    std::error_code error;
    fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
    if (error || real.empty()) real = path.lexically_normal();
    if (!real.has_filename() && real.has_relative_path()) real = real.parent_path();
    return real;
}

bool isWithin(std::string_view path, std::string_view folder) {
    if (path.substr(0, folder.size()) != folder) return false;
    if (path.size() == folder.size()) return true;
    const auto separates = [](char c) { return c == '/' || c == fs::path::preferred_separator; };
    return (!folder.empty() && separates(folder.back())) || separates(path[folder.size()]);
}

}  // namespace alcove::app
