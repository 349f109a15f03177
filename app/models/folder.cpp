#include "app/models/folder.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <system_error>

#include "engine/base/terminal.h"
#include "engine/gguf/reader.h"

namespace alcove::app {
namespace fs = std::filesystem;
namespace {

bool isLaterPart(const std::string& name) {  // "…-00002-of-00003.gguf"
    const size_t of = name.rfind("-of-");
    if (of == std::string::npos || of < 6 || name[of - 6] != '-') return false;
    return name.substr(of - 5, 5) != "00001";
}

/// The type that most of the weights have.
std::string commonestType(const engine::GgufFile& file) {
    std::map<engine::TensorType, int64_t> elements;
    for (const engine::TensorInfo& tensor : file.tensors())
        if (tensor.rank > 1) elements[tensor.type] += tensor.elements();
    const auto most =
        std::max_element(elements.begin(), elements.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const engine::TypeTraits* traits =
        most == elements.end() ? nullptr : engine::traitsOf(most->first);
    return traits ? std::string(traits->name) : "";
}

StoredModel describe(const fs::path& path) {
    StoredModel model;
    model.path = path;
    model.name = path.stem().string();
    std::error_code ignored;
    model.bytes = fs::file_size(path, ignored);
    const Result<engine::GgufFile> file = engine::GgufFile::open(path);
    if (!file) {
        model.problem = file.message();
        return model;
    }
    model.bytes = file->bytes();
    model.architecture = file->string("general.architecture").value_or("");
    model.contextLength = file->integer(model.architecture + ".context_length").value_or(0);
    model.quantisation = commonestType(*file);
    return model;
}

}  // namespace

fs::path modelsFolder() {
    if (const char* folder = std::getenv("ALCOVE_MODELS"); folder && *folder) return folder;
    const fs::path data = userDataFolder();
    return data.empty() ? data : data / "alcove" / "models";
}

Result<fs::path> findModel(const std::string& name, const fs::path& folder) {
    std::error_code ignored;
    // A folder is no model, but may have the name of one.
    const bool isFolder = fs::is_directory(name, ignored);
    if (!isFolder && fs::exists(name, ignored)) return fs::path(name);
    if (folder.empty() && !isFolder)
        return fail(name, ": there is no such file, and ", kNoModelsFolder);
    fs::path found = isFolder ? fs::path(name) : fs::path();
    if (!folder.empty()) {
        for (const std::string& candidate : {name, name + ".gguf"}) {
            const fs::path path = folder / candidate;
            if (fs::is_directory(path, ignored))
                found = path;
            else if (fs::exists(path, ignored))
                return path;
        }
    }
    if (!found.empty())
        return fail(found.string(), ": is a folder, not a model file; `alcove-cli models import` ",
                    "makes a model of a Hugging Face folder");
    return fail(name, ": there is no such file, nor a model of this name in ", folder.string());
}

Result<std::vector<StoredModel>> listModels(const fs::path& folder) {
    std::vector<StoredModel> models;
    std::error_code error;
    if (folder.empty()) return fail(kNoModelsFolder);
    if (!fs::exists(folder, error)) return models;
    fs::directory_iterator entries(folder, error);
    if (error) return fail(folder.string(), ": cannot be listed: ", error.message());
    for (const fs::directory_entry& entry : entries) {
        const fs::path& path = entry.path();
        if (path.extension() != ".gguf" || isLaterPart(path.filename().string())) continue;
        if (entry.is_regular_file(error)) models.push_back(describe(path));
    }
    std::sort(models.begin(), models.end(),
              [](const StoredModel& a, const StoredModel& b) { return a.path < b.path; });
    return models;
}

}  // namespace alcove::app
