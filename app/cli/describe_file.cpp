#include "app/cli/describe_file.h"

#include <algorithm>
#include <ostream>

#include "engine/base/unicode.h"

namespace alcove::app {
using namespace engine;
using Json = nlohmann::ordered_json;

namespace {

constexpr uint64_t kShown = 8;  // elements of a long array

Json asJson(const GgufArray& array) {
    Json elements = Json::array();
    for (uint64_t i = 0; i < std::min(array.count, kShown); ++i) {
        if (array.type == GgufType::String)
            elements.push_back(array.strings[i]);
        else if (array.type == GgufType::Array)
            elements.push_back(asJson(array.arrays[i]));
        else if (array.type == GgufType::F32 || array.type == GgufType::F64)
            elements.push_back(array.number(i));
        else
            elements.push_back(array.integer(i));
    }
    if (array.count <= kShown) return elements;
    return {{"count", array.count}, {"first", elements}};
}

Json asJson(const GgufValue& value) {
    return std::visit(
        [](const auto& data) -> Json {
            if constexpr (std::is_same_v<std::decay_t<decltype(data)>, GgufArray>)
                return asJson(data);
            else
                return data;
        },
        value.data);
}

Json asJson(const TensorInfo& tensor) {
    Json shape = Json::array();
    for (int i = 0; i < tensor.rank; ++i) shape.push_back(tensor.shape[static_cast<size_t>(i)]);
    const TypeTraits* traits = traitsOf(tensor.type);
    return {{"name", tensor.name},
            {"type", traits ? std::string(traits->name) : "?"},
            {"shape", shape},
            {"bytes", tensor.data.size()}};
}

}  // namespace

Json describeFile(const GgufFile& file, bool tensors) {
    Json metadata = Json::object();
    for (const auto& [key, value] : file.metadata()) metadata[std::string(key)] = asJson(value);
    Json types = Json::object();
    int64_t parameters = 0;
    for (const TensorInfo& tensor : file.tensors()) {
        const TypeTraits* traits = traitsOf(tensor.type);
        const std::string name = traits ? std::string(traits->name) : "?";
        types[name] = types.value(name, int64_t{0}) + 1;
        parameters += tensor.elements();
    }
    Json description = {
        {"file", file.name()},      {"version", file.version()},        {"bytes", file.bytes()},
        {"parameters", parameters}, {"tensors", file.tensors().size()}, {"tensorTypes", types},
        {"metadata", metadata}};
    if (!tensors) return description;
    Json list = Json::array();
    for (const TensorInfo& tensor : file.tensors()) list.push_back(asJson(tensor));
    description["tensorList"] = std::move(list);
    return description;
}

void printDescription(const Json& description, std::ostream& out) {
    const auto dump = [](const Json& value) {
        return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), kUncut);
    };
    for (const auto& [key, value] : description.items())
        if (key != "metadata" && key != "tensorList") out << key << ": " << dump(value) << '\n';
    for (const auto& [key, value] : description["metadata"].items())
        out << "  " << printable(key, kUncut) << " = " << dump(value) << '\n';
    if (!description.contains("tensorList")) return;
    for (const Json& tensor : description["tensorList"])
        out << "  " << printable(tensor["name"].get<std::string>(), kUncut) << "  "
            << tensor["type"].get<std::string>() << "  " << dump(tensor["shape"]) << '\n';
}

}  // namespace alcove::app
