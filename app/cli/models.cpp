// alcove-cli models: what lies in the models' folder, and what becomes a model.
#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/describe_file.h"
#include "app/cli/setup.h"
#include "app/models/folder.h"
#include "engine/base/terminal.h"
#include "engine/base/unicode.h"
#include "engine/gguf/verify.h"
#include "engine/import/import.h"
#include "engine/import/output.h"

namespace alcove::app {
using namespace engine;

namespace {

// ---- list

nlohmann::ordered_json asJson(const StoredModel& model) {
    nlohmann::ordered_json json = {
        {"name", model.name},         {"path", model.path.string()},
        {"bytes", model.bytes},       {"architecture", model.architecture},
        {"type", model.quantisation}, {"contextLength", model.contextLength}};
    if (!model.problem.empty()) json["problem"] = model.problem;
    return json;
}

Result<void> list(bool json, Streams& streams) {
    const std::filesystem::path folder = modelsFolder();
    ALCOVE_TRY(const std::vector<StoredModel> models, listModels(folder));
    if (json) {
        auto array = nlohmann::ordered_json::array();
        for (const StoredModel& model : models) array.push_back(asJson(model));
        streams.out << array.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
        return {};
    }
    if (models.empty()) streams.error << "There are no models in " << folder.string() << ".\n";
    size_t width = 0;
    for (const StoredModel& model : models)
        width = std::max(width, printable(model.name, kUncut).size());
    for (const StoredModel& model : models) {
        streams.out << std::left << std::setw(static_cast<int>(width))
                    << printable(model.name, kUncut) << "  ";
        if (model.problem.empty())
            streams.out << std::setw(16) << printable(model.architecture) << std::setw(8)
                        << model.quantisation << std::right << std::setw(8) << model.bytes / 1000000
                        << " MB  context " << model.contextLength << '\n';
        else
            streams.out << "cannot be read: " << printable(model.problem, kUncut) << '\n';
    }
    return {};
}

ExitCode runList(Words words, Streams& streams) {
    bool json = false;
    Options options("models list [--json]", "Lists the GGUF files in the models' folder.");
    options.flag("--json", "an array of objects", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(list(json, streams), streams);
}

// ---- info

Result<void> info(const std::string& name, bool tensors, bool json, Streams& streams) {
    ALCOVE_TRY(const std::filesystem::path path, findModel(name, modelsFolder()));
    ALCOVE_TRY(const GgufFile file, GgufFile::open(path));
    const nlohmann::ordered_json description = describeFile(file, tensors);
    using Handler = nlohmann::ordered_json::error_handler_t;
    if (json)
        streams.out << description.dump(2, ' ', false, Handler::replace) << '\n';
    else
        printDescription(description, streams.out);
    return {};
}

ExitCode runInfo(Words words, Streams& streams) {
    std::string name;
    bool tensors = false, json = false;
    Options options("models info MODEL [--tensors] [--json]",
                    "Shows what a model file says of itself; reads no weights.");
    options.positional("MODEL", "a GGUF file, or the name of a model in the folder", name);
    options.flag("--tensors", "every tensor with type and shape", tensors);
    options.flag("--json", "one object", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(info(name, tensors, json, streams), streams);
}

// ---- import

struct ImportCommand {
    std::string folder, out, type, name, base;
    int64_t threads = 0;
    bool adapter = false, json = false;
};

void printImport(const ImportReport& report, const ImportCommand& o, Streams& streams) {
    if (o.json) {
        streams.out << nlohmann::ordered_json{{"path", o.out},
                                              {"architecture", report.architecture},
                                              {"tensors", report.tensors},
                                              {"parameters", report.parameters},
                                              {"bytes", report.bytes},
                                              {"notes", report.notes}}
                           .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
        return;
    }
    for (const std::string& note : report.notes)
        streams.error << "note: " << printable(note, kUncut) << '\n';
    streams.out << o.out << ": " << report.architecture << ", " << report.tensors << " tensors, "
                << report.bytes / 1000000 << " MB\n";
}

/// Where a model goes when nobody says: the models' folder, under the name of its own folder.
Result<std::string> defaultOutput(const ImportCommand& o) {
    const std::filesystem::path models = modelsFolder();
    if (models.empty()) return fail(kNoModelsFolder, ", or say which OUT.gguf to write");
    std::error_code error;
    std::filesystem::path folder = std::filesystem::absolute(o.folder, error).lexically_normal();
    if (!folder.has_filename()) folder = folder.parent_path();
    if (!folder.has_filename())
        return fail(o.folder,
                    ": the folder gives no name to the model; say which OUT.gguf to write");
    std::filesystem::create_directories(models, error);
    if (error) return fail(models.string(), ": cannot be made: ", error.message());
    return (models / (folder.filename().string() + "." + o.type + ".gguf")).string();
}

Result<void> import(ImportCommand& o, Streams& streams) {
    if (o.out.empty()) {
        ALCOVE_TRY(o.out, defaultOutput(o));
    }
    ALCOVE_TRY(const auto runtime, makeRuntime(o.threads));
    ImportOptions settings;
    settings.type = o.type;
    settings.name = o.name;
    settings.pool = &runtime->pool();
    if (errorIsTerminal())
        settings.progress = [&](const ImportProgress& progress) {
            streams.error << '\r' << progress.tensorsDone + 1 << " of " << progress.tensors
                          << " tensors"
                          << (progress.tensorsDone + 1 == progress.tensors ? "\n" : "")
                          << std::flush;
        };
    if (o.base.empty()) {
        ALCOVE_TRY(const ImportReport report, importModel(o.folder, o.out, settings));
        printImport(report, o, streams);
        return {};
    }
    ALCOVE_TRY(const std::filesystem::path base, findModel(o.base, modelsFolder()));
    ALCOVE_TRY(const ImportReport report, importAdapter(o.folder, base, o.out, settings));
    printImport(report, o, streams);
    return {};
}

ExitCode runImport(Words words, Streams& streams) {
    ImportCommand o;
    Options options("models import FOLDER [OUT.gguf] [--type F16] [--lora-base MODEL]",
                    "Makes a GGUF of a Hugging Face folder (config.json, tokenizer, safetensors): "
                    "bert, llama, qwen2,\nqwen3, gemma3. With --lora-base the folder is a PEFT "
                    "adapter for that model.");
    options.positional("FOLDER", "the model's folder", o.folder);
    options.positional("OUT.gguf", "the file to write; default: in the models' folder", o.out,
                       false);
    options.name("--type", "TYPE", "F32, F16, BF16, Q8_0, Q6_K or Q4_K (F16; adapters F32)",
                 o.type);
    options.text("--name", "TEXT", "the model's name; default: the folder's", o.name);
    options.name("--lora-base", "MODEL", "the model an adapter was trained on", o.base);
    options.integer("-t, --threads", "N", "threads; 0: one for each core", o.threads, 0, 1024);
    options.flag("--json", "one object", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.type.empty()) o.type = o.base.empty() ? "F16" : "F32";
    const Result<TensorType> type = importableType(o.type);
    if (!type) return options.usageError("--type: " + type.message(), streams);
    o.type = traitsOf(*type)->name;  // as it is spelled in names of files
    return finish(import(o, streams), streams);
}

// ---- verify

Result<void> verifyModel(const std::string& name, int64_t threads, bool json, Streams& streams) {
    ALCOVE_TRY(const std::filesystem::path path, findModel(name, modelsFolder()));
    ALCOVE_TRY(const auto runtime, makeRuntime(threads));
    ALCOVE_TRY(const VerifyReport report, verifyFile(path, runtime->pool()));
    if (json) {
        streams.out << nlohmann::ordered_json{{"path", path.string()},
                                              {"bytes", report.bytes},
                                              {"tensors", report.tensors},
                                              {"elements", report.elements},
                                              {"faults", report.faults}}
                           .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
    } else {
        for (const std::string& fault : report.faults)
            streams.out << printable(fault, kUncut) << '\n';
        streams.out << path.string() << ": " << report.bytes << " bytes, " << report.tensors
                    << " tensors, " << (report.ok() ? "whole" : "broken") << '\n';
    }
    if (!report.ok()) return fail(path.string(), ": ", report.faults.size(), " faults");
    return {};
}

ExitCode runVerify(Words words, Streams& streams) {
    std::string name;
    int64_t threads = 0;
    bool json = false;
    Options options("models verify MODEL [--json]",
                    "Reads a model file whole: its structure, and every weight for values that are "
                    "no numbers.");
    options.positional("MODEL", "a GGUF file, or the name of a model in the folder", name);
    options.integer("-t, --threads", "N", "threads; 0: one for each core", threads, 0, 1024);
    options.flag("--json", "one object", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(verifyModel(name, threads, json, streams), streams);
}

constexpr const char* kUsageText =
    "usage: alcove-cli models COMMAND …\n\n"
    "  list      the models in the folder\n"
    "  import    makes a GGUF of a Hugging Face folder\n"
    "  info      what a model file says of itself\n"
    "  verify    checks a model file whole\n\n"
    "`alcove-cli models COMMAND --help` tells more about one.\n";

}  // namespace

ExitCode runModels(Words words, Streams& streams) {
    if (words.empty()) {
        streams.error << kUsageText;
        return kUsage;
    }
    const std::string& name = words.front();
    if (name == "list") return runList(words.subspan(1), streams);
    if (name == "import") return runImport(words.subspan(1), streams);
    if (name == "info") return runInfo(words.subspan(1), streams);
    if (name == "verify") return runVerify(words.subspan(1), streams);
    if (name == "--help" || name == "-h") {
        streams.out << kUsageText;
        return kSuccess;
    }
    streams.error << "alcove-cli: there is no command 'models " << name << "'\n" << kUsageText;
    return kUsage;
}

}  // namespace alcove::app
