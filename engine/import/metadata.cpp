#include "engine/import/metadata.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "engine/import/json.h"

namespace alcove::engine {

namespace {

constexpr uint64_t kReadmeBytes = uint64_t{4} << 20;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLower(char c) { return c >= 'a' && c <= 'z'; }
bool isUpper(char c) { return c >= 'A' && c <= 'Z'; }

/// Words that keep their form: those with capitals, versions ("v2") and numbers ("7b").
bool keepsItsForm(std::string_view word) {
    if (word.empty() || isDigit(word[0])) return true;
    if (word[0] == 'v' && word.size() > 1 && isDigit(word[1])) return true;
    const bool lower = std::any_of(word.begin(), word.end(), isLower);
    return !lower || std::any_of(word.begin(), word.end(), isUpper);
}

/// `license: apache-2.0` between the "---" lines that open a model card.
std::optional<std::string> licenceOf(const std::filesystem::path& folder) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(folder / "README.md", ignored)) return std::nullopt;
    const auto text = readText(folder / "README.md", kReadmeBytes);
    if (!text || !text->starts_with("---\n")) return std::nullopt;
    constexpr std::string_view kKey = "\nlicense:";
    const size_t end = text->find("\n---", 3);
    const size_t at = text->find(kKey, 3);
    if (at == std::string::npos || end == std::string::npos || at > end) return std::nullopt;
    const size_t begin = at + kKey.size();
    std::string_view value = std::string_view(*text).substr(begin, text->find('\n', begin) - begin);
    constexpr std::string_view kAround = " \t\r\"'";
    const size_t first = value.find_first_not_of(kAround);
    if (first == std::string_view::npos) return std::nullopt;
    value = value.substr(first, value.find_last_not_of(kAround) + 1 - first);
    if (value.starts_with('[') || value.starts_with('-')) return std::nullopt;  // a list
    return std::string(value);
}

}  // namespace

std::string titleOf(const std::filesystem::path& folder) {
    std::error_code ignored;
    auto path = std::filesystem::absolute(folder, ignored).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    std::string name = path.filename().string();
    std::replace(name.begin(), name.end(), '-', ' ');
    std::string title;
    for (size_t at = 0; at < name.size();) {
        const size_t end = std::min(name.find(' ', at), name.size());
        std::string word = name.substr(at, end - at);
        at = end + 1;
        if (word.empty()) continue;
        if (!keepsItsForm(word)) {
            bool inside = false;  // a letter after a letter stays small
            for (char& c : word) {
                if (isLower(c) && !inside) c = static_cast<char>(c - 'a' + 'A');
                inside = isLower(c) || isUpper(c);
            }
        }
        title += (title.empty() ? "" : " ") + word;
    }
    return title;
}

std::string sizeLabel(int64_t parameters) {
    struct Scale {
        double above, factor;
        char suffix;
    };
    constexpr std::array kScales = {Scale{1e12, 1e-12, 'T'}, Scale{1e9, 1e-9, 'B'},
                                    Scale{1e6, 1e-6, 'M'}, Scale{-1, 1e-3, 'K'}};
    const auto count = static_cast<double>(parameters);
    const auto scale = std::find_if(kScales.begin(), kScales.end(),
                                    [&](const Scale& s) { return count > s.above; });
    const double scaled = count * scale->factor;
    const double whole = std::nearbyint(scaled);
    const int digits = whole < 1 ? 0 : whole < 10 ? 1 : 2;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f%c", 2 - digits, scaled, scale->suffix);
    return text.data();
}

void writeIdentity(const std::filesystem::path& folder, const std::string& name,
                   std::optional<int64_t> parameters, GgufWriter& writer) {
    writer.addString("general.name", name.empty() ? titleOf(folder) : name);
    if (parameters) writer.addString("general.size_label", sizeLabel(*parameters));
    if (const auto licence = licenceOf(folder)) writer.addString("general.license", *licence);
}

void writeSampling(const std::filesystem::path& folder, GgufWriter& writer) {
    const auto settings = readJson(folder / "generation_config.json");
    if (!settings) return;
    if (const auto topK = asInteger(find(*settings, "top_k")); topK && std::abs(*topK) < INT32_MAX)
        writer.addI32("general.sampling.top_k", static_cast<int32_t>(*topK));
    for (const auto& [from, to] :
         {std::pair("top_p", "top_p"), std::pair("min_p", "min_p"),
          std::pair("temperature", "temp"), std::pair("repetition_penalty", "penalty_repeat")})
        if (const auto number = asNumber(find(*settings, from)))
            writer.addF32(concat("general.sampling.", to), static_cast<float>(*number));
}

void writeFileType(TensorType type, GgufWriter& writer) {
    uint32_t number = 0;
    switch (type) {
        case TensorType::F16:
            number = 1;
            break;
        case TensorType::Q8_0:
            number = 7;
            break;
        case TensorType::Q4_K:
            number = 14;
            break;
        case TensorType::Q6_K:
            number = 18;
            break;
        case TensorType::BF16:
            number = 32;
            break;
        default:
            break;
    }
    writer.addU32("general.file_type", number);
}

}  // namespace alcove::engine
