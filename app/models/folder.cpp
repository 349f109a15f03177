#include "app/models/folder.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <system_error>

#include "engine/base/paths.h"
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
    model.embeds = file->integer(model.architecture + ".pooling_type").value_or(0) > 0;
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
    Paths candidates = {name};
    if (!folder.empty()) {
        candidates.push_back(folder / name);
        candidates.push_back(folder / (name + ".gguf"));
    }
    fs::path asFolder;  // a folder is no model, but may have the name of one
    Result<void> unseen;
    for (const fs::path& path : candidates) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (fs::is_directory(status))
            asFolder = path;
        else if (fs::exists(status))
            return path;
        else if (status.type() == fs::file_type::none && unseen)
            unseen = fail(path.string(), ": cannot be looked at: ", error.message());
    }
    if (!asFolder.empty())
        return fail(asFolder.string(), ": is a folder, not a model file; `alcove-cli models ",
                    "import` makes a model of a Hugging Face folder");
    if (!unseen) return unseen.error();
    if (folder.empty()) return fail(name, ": there is no such file, and ", kNoModelsFolder);
    return fail(name, ": there is no such file, nor a model of this name in ", folder.string());
}

Result<std::vector<StoredModel>> listModels(const fs::path& folder) {
    std::vector<StoredModel> models;
    std::error_code error;
    if (folder.empty()) return fail(kNoModelsFolder);
    const Paths entries = entriesOf(folder, error);
    if (error == std::errc::no_such_file_or_directory) return models;
    if (error) return fail(folder.string(), ": cannot be listed: ", error.message());
    for (const fs::path& path : entries) {
        if (path.extension() != ".gguf" || isLaterPart(path.filename().string())) continue;
        const fs::file_type type = fs::status(path, error).type();
        if (type == fs::file_type::regular || type == fs::file_type::none)  // none: it says why
            models.push_back(describe(path));
    }
    std::sort(models.begin(), models.end(),
              [](const StoredModel& a, const StoredModel& b) { return a.path < b.path; });
    return models;
}

}  // namespace alcove::app
