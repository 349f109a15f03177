#include "tests/engine/import/folders.h"

#include <QCryptographicHash>
#include <bit>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace alcove::tests {

namespace fs = std::filesystem;
using engine::GgufArray;
using engine::GgufType;
using engine::GgufValue;

namespace {

constexpr size_t kShownItems = 24;  // longer lists are hashed

/// splitmix64 of the name's FNV-1a hash and the index.
class Recipe {
public:
    explicit Recipe(std::string_view name) {
        for (const char c : name)
            m_seed = (m_seed ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    }
    [[nodiscard]] uint64_t at(uint64_t index) const {
        uint64_t z = m_seed + (index + 1) * 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

private:
    uint64_t m_seed = 0xcbf29ce484222325u;
};

template <typename T>
void append(std::vector<std::byte>& out, T value) {
    const size_t at = out.size();
    out.resize(at + sizeof value);
    std::memcpy(out.data() + at, &value, sizeof value);
}

/// Multiples of 2⁻⁹ below ½ in magnitude, exact in half precision.
uint16_t exactHalf(float value) {
    if (value == 0) return 0;
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t exponent = ((bits >> 23) & 0xff) - 112;
    return static_cast<uint16_t>((bits >> 16 & 0x8000u) | exponent << 10 | (bits >> 13 & 0x3ffu));
}

std::string sha256(QByteArrayView bytes) {
    return QCryptographicHash::hash(QByteArray(bytes.data(), bytes.size()),
                                    QCryptographicHash::Sha256)
        .toHex()
        .toStdString();
}

/// A list as Python's json.dumps writes it.
std::string pythonText(const Json& list) {
    std::string text = "[";
    for (const Json& item : list) {
        if (text.size() > 1) text += ", ";
        text += item.dump();
    }
    return text + "]";
}

Json arrayItems(const GgufArray& array) {
    Json items = Json::array();
    for (const std::string_view text : array.strings) items.push_back(text);
    for (uint64_t i = 0; array.strings.empty() && i < array.count; ++i) {
        if (array.type == GgufType::F32)
            items.push_back(array.number(i));
        else
            items.push_back(array.integer(i));
    }
    return items;
}

}  // namespace

std::vector<std::byte> madeValues(const MadeTensor& tensor) {
    int64_t count = 1;
    for (const int64_t extent : tensor.shape) count *= extent;
    const Recipe recipe(tensor.name);
    std::vector<std::byte> bytes;
    for (int64_t i = 0; i < count; ++i) {
        const uint64_t z = recipe.at(static_cast<uint64_t>(i));
        const float coarse = (static_cast<float>(z >> 56) - 128) / 512;
        if (tensor.type == "I64")
            append(bytes, static_cast<int64_t>(z >> 48));
        else if (tensor.type == "F32")
            append(bytes, (static_cast<float>(z >> 49) - 16384) / 65536);
        else if (tensor.type == "F16")
            append(bytes, exactHalf(coarse));
        else
            append(bytes, static_cast<uint16_t>(std::bit_cast<uint32_t>(coarse) >> 16));
    }
    return bytes;
}

std::vector<std::byte> safetensorsBytes(const std::vector<MadeTensor>& tensors) {
    Json header = Json::object();
    std::vector<std::byte> data;
    for (const MadeTensor& tensor : tensors) {
        const auto bytes = tensor.data.empty() ? madeValues(tensor) : tensor.data;
        header[tensor.name] = {{"dtype", tensor.type},
                               {"shape", tensor.shape},
                               {"data_offsets", {data.size(), data.size() + bytes.size()}}};
        data.insert(data.end(), bytes.begin(), bytes.end());
    }
    const std::string text = header.dump();
    const uint64_t length = text.size();
    std::vector<std::byte> file(sizeof length + text.size() + data.size());
    std::memcpy(file.data(), &length, sizeof length);
    std::memcpy(file.data() + sizeof length, text.data(), text.size());
    std::copy(data.begin(), data.end(), file.end() - static_cast<std::ptrdiff_t>(data.size()));
    return file;
}

void writeFile(const fs::path& path, std::span<const std::byte> bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

void writeText(const fs::path& path, std::string_view text) {
    writeFile(path, std::as_bytes(std::span(text)));
}

std::string readWhole(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

Json readJsonFile(const fs::path& path) { return Json::parse(readWhole(path), nullptr, false); }

fs::path ModelFolder::data() { return fs::path(ALCOVE_TEST_SOURCE) / "data" / "import"; }

ModelFolder::ModelFolder(const std::string& name)
    : m_root(m_temporary.path().toStdString()), m_path(m_root / name) {
    fs::copy(data() / name, m_path, fs::copy_options::recursive);
    fs::remove(m_path / "golden.json");
    const Json parts = readJsonFile(m_path / "weights.json");
    Json index = Json::object();
    for (const auto& [file, list] : parts.items()) {
        std::vector<MadeTensor> made;
        for (const Json& entry : list) {
            made.push_back({entry[0], entry[1], entry[2].get<std::vector<int64_t>>(), {}});
            index[made.back().name] = file;
        }
        writeFile(m_path / file, safetensorsBytes(made));
    }
    if (parts.size() > 1)
        writeText(m_path / "model.safetensors.index.json", Json{{"weight_map", index}}.dump());
}

std::vector<MadeTensor> ModelFolder::tensors() const {
    std::vector<MadeTensor> made;
    const Json parts = readJsonFile(m_path / "weights.json");
    for (const Json& list : parts)
        for (const Json& entry : list)
            made.push_back({entry[0], entry[1], entry[2].get<std::vector<int64_t>>(), {}});
    return made;
}

void ModelFolder::writeTensors(const std::vector<MadeTensor>& tensors) {
    writeFile(m_path / "model.safetensors", safetensorsBytes(tensors));
}

void ModelFolder::set(const std::string& file, const std::string& key, const Json& value) {
    Json json = readJsonFile(m_path / file);
    if (key.starts_with('/'))
        json[Json::json_pointer(key)] = value;
    else
        json[key] = value;
    writeText(m_path / file, json.dump());
}

bool ModelFolder::leftNothing() const {
    for (const auto& entry : fs::directory_iterator(m_root))
        if (entry.path() != m_path) return false;
    return true;
}

Json goldenForm(const GgufValue& value) {
    const auto number = [](GgufType type) { return static_cast<uint32_t>(type); };
    if (const auto* array = std::get_if<GgufArray>(&value.data)) {
        Json items = arrayItems(*array);
        if (items.size() > kShownItems) {
            const std::string text = pythonText(items);
            items = {{"sha256", sha256(text)}, {"count", array->count}};
        }
        return Json::array({{number(GgufType::Array), number(array->type)}, items});
    }
    const Json plain = std::visit(
        [](const auto& data) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(data)>, GgufArray>)
                return nullptr;
            else
                return data;
        },
        value.data);
    return Json::array({Json::array({number(value.type)}), plain});
}

Json goldenForm(const engine::TensorInfo& tensor) {
    std::vector<int64_t> shape(tensor.shape.begin(), tensor.shape.begin() + tensor.rank);
    return Json::array({engine::traitsOf(tensor.type)->name, shape,
                        sha256(QByteArrayView(reinterpret_cast<const char*>(tensor.data.data()),
                                              static_cast<qsizetype>(tensor.data.size())))});
}

}  // namespace alcove::tests
