#include "golden.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

namespace alcove::engine::golden {
namespace {

using nlohmann::json;

Rows rowsOf(const json& entry, std::span<const float> all) {
    Rows rows;
    rows.tokens = entry.at("tokens").get<std::vector<Token>>();
    rows.positions = entry.value("positions", std::vector<int64_t>{});
    rows.context = entry.value("context", int64_t{256});
    rows.scale = entry.value("scale", 1.0f);
    rows.width = entry.at("width");
    rows.count = entry.at("rows");
    const auto size = static_cast<size_t>(rows.width * rows.count);
    rows.values = all.subspan(entry.at("offset"), size);
    rows.exact =
        entry.contains("exactOffset") ? all.subspan(entry.at("exactOffset"), size) : rows.values;
    return rows;
}

}  // namespace

Result<std::unique_ptr<Goldens>> Goldens::load() {
    const std::filesystem::path folder = ALCOVE_MODEL_DATA;
    std::ifstream manifest(folder / "manifest.json");
    std::ifstream floats(folder / "logits.f32", std::ios::binary | std::ios::ate);
    if (!manifest || !floats) return fail(folder.string(), ": the goldens are not there");
    auto goldens = std::make_unique<Goldens>();
    goldens->m_values.resize(static_cast<size_t>(floats.tellg()) / sizeof(float));
    floats.seekg(0);
    floats.read(reinterpret_cast<char*>(goldens->m_values.data()),
                static_cast<std::streamsize>(goldens->m_values.size() * sizeof(float)));
    try {
        const json parsed = json::parse(manifest);
        for (const auto& [name, entry] : parsed.at("files").items()) {
            File& file = goldens->m_files.emplace_back();
            file.name = name;
            file.kind = entry.at("kind");
            file.architecture = entry.at("architecture");
            file.type = entry.at("type");
            file.base = entry.value("base", "");
            file.tolerance = entry.at("tolerance");
            file.exactTolerance = entry.at("exactTolerance");
            for (const json& rows : entry.at("goldens"))
                file.goldens.push_back(rowsOf(rows, goldens->m_values));
        }
    } catch (const std::exception& e) {
        return fail(folder.string(), "/manifest.json: ", e.what());
    }
    return goldens;
}

const File& Goldens::file(const std::string& name) const {
    const auto found = std::ranges::find(m_files, name, &File::name);
    assert(found != m_files.end());
    return *found;
}

std::vector<const File*> Goldens::ofKind(const std::string& kind) const {
    std::vector<const File*> files;
    for (const File& file : m_files)
        if (file.kind == kind) files.push_back(&file);
    return files;
}

std::optional<std::filesystem::path> testData() {
    const char* folder = std::getenv("ALCOVE_TEST_DATA");
    if (!folder || !*folder) return std::nullopt;
    return std::filesystem::path(folder);
}

std::filesystem::path tinyPath(const std::string& name) {
    return testData().value_or("") / "tiny" / (name + ".gguf");
}

std::string missingTinyModels() {
    if (!testData()) return "ALCOVE_TEST_DATA names no folder with test data";
    if (!std::filesystem::exists(tinyPath("llama")))
        return concat("the tiny models are missing: ", tinyPath("llama").string());
    return {};
}

double nmse(std::span<const float> values, std::span<const float> reference) {
    constexpr double kWrong = std::numeric_limits<double>::infinity();
    if (values.size() != reference.size() || values.empty()) return kWrong;
    double difference = 0.0, size = 0.0;
    for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) return kWrong;
        const double d = static_cast<double>(values[i]) - reference[i];
        difference += d * d;
        size += static_cast<double>(reference[i]) * reference[i];
    }
    return size > 0.0 ? difference / size : kWrong;
}

std::vector<float> rowsAt(std::span<const float> all, int64_t width,
                          std::span<const int64_t> positions) {
    std::vector<float> rows;
    for (const int64_t position : positions) {
        const auto begin = static_cast<size_t>(position * width);
        if (begin + static_cast<size_t>(width) > all.size()) return {};
        const auto row = all.subspan(begin, static_cast<size_t>(width));
        rows.insert(rows.end(), row.begin(), row.end());
    }
    return rows;
}

std::vector<Token> someTokens(uint64_t seed, size_t count, int64_t vocabulary) {
    std::vector<Token> tokens;
    uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < count; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        tokens.push_back(static_cast<Token>((state >> 33) % static_cast<uint64_t>(vocabulary)));
    }
    return tokens;
}

}  // namespace alcove::engine::golden
