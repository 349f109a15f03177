// Which tensor gets which type:
//
//   - Only matrices named "….weight" change. Norms, vectors, position and token-type embeddings,
//     expert routers, convolutions and whatever is tiny stay as they are: they weigh nothing and
//     cost accuracy.
//   - A mix gives Q6_K to the output (or the embedding that stands in for it), and to attn_v and
//     ffn_down in the first and last eighth of the layers and every third between, as llama.cpp's
//     mixes of the same names do.
//   - Where rows are no multiple of the block, the nearest type with blocks of 32 steps in, and F16
//     where that does not fit either.
#include "engine/quant/requantize.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <mutex>
#include <system_error>

#include "engine/gguf/cursor.h"
#include "engine/gguf/reader.h"
#include "engine/gguf/writer.h"
#include "engine/quant/block_check.h"
#include "engine/quant/quantize.h"

namespace alcove::engine {
namespace {

constexpr uint32_t kQuantizationVersion = 2;  // of the block formats, as GGUF counts them
constexpr int64_t kTiny = 1024;               // elements
constexpr int64_t kGrain = 16 * 1024;         // elements that a thread takes at a time

constexpr TypeChoice kChoices[] = {
    {"F32", TensorType::F32, false, 0},        {"F16", TensorType::F16, false, 1},
    {"BF16", TensorType::BF16, false, 32},     {"Q8_0", TensorType::Q8_0, false, 7},
    {"Q6_K", TensorType::Q6_K, false, 18},     {"Q5_K_M", TensorType::Q5_K, true, 17},
    {"Q5_K", TensorType::Q5_K, false, 16},     {"Q5_1", TensorType::Q5_1, false, 9},
    {"Q5_0", TensorType::Q5_0, false, 8},      {"Q4_K_M", TensorType::Q4_K, true, 15},
    {"Q4_K", TensorType::Q4_K, false, 14},     {"IQ4_NL", TensorType::IQ4_NL, false, 25},
    {"IQ4_XS", TensorType::IQ4_XS, false, 30}, {"MXFP4", TensorType::MXFP4, false, 38},
    {"Q4_1", TensorType::Q4_1, false, 3},      {"Q4_0", TensorType::Q4_0, false, 2},
    {"Q3_K", TensorType::Q3_K, false, 11},     {"Q2_K", TensorType::Q2_K, false, 10},
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

bool keeps(const TensorInfo& tensor) {
    constexpr std::string_view kParts[] = {
        "_norm", "ffn_gate_inp", "ssm_conv1d", "shortconv",
        "altup", "laurel",       "attn_rel_b", "per_layer_model_proj"};
    const std::string_view name = tensor.name;
    if (tensor.rows() < 2 || tensor.elements() < kTiny || !name.ends_with(".weight")) return true;
    if (name == "position_embd.weight" || name == "token_types.weight") return true;
    return std::any_of(std::begin(kParts), std::end(kParts),
                       [&](std::string_view part) { return contains(name, part); });
}

/// The layer of "blk.12.attn_v.weight"; nothing for tensors outside the layers.
std::optional<int> layerOf(std::string_view name) {
    constexpr std::string_view kPrefix = "blk.";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    int layer = 0;
    const char* begin = name.data() + kPrefix.size();
    const auto parsed = std::from_chars(begin, name.data() + name.size(), layer);
    if (parsed.ec != std::errc() || parsed.ptr == begin) return std::nullopt;
    return layer;
}

bool isSensitiveLayer(int layer, int layers) {
    const int eighth = layers / 8;
    return layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2;
}

TensorType mixed(const GgufFile& file, const TensorInfo& tensor, TensorType type, int layers) {
    const std::string_view name = tensor.name;
    const std::string_view output =
        file.tensor("output.weight") ? "output.weight" : "token_embd.weight";
    if (name == output) return TensorType::Q6_K;
    if (contains(name, "attn_qkv"))
        return type == TensorType::Q4_K ? TensorType::Q5_K : TensorType::Q6_K;
    const std::optional<int> layer = layerOf(name);
    if (layer && (contains(name, "attn_v.") || contains(name, "ffn_down")) &&
        isSensitiveLayer(*layer, layers))
        return TensorType::Q6_K;
    return type;
}

/// What stands in where rows of `type` cannot be cut into its blocks.
TensorType fitting(TensorType type, int64_t rowLength) {
    const auto fits = [&](TensorType t) { return rowLength % traitsOf(t)->blockSize == 0; };
    if (fits(type)) return type;
    TensorType small = TensorType::F16;
    if (type == TensorType::Q2_K || type == TensorType::Q3_K) small = TensorType::Q4_0;
    if (type == TensorType::Q4_K) small = TensorType::Q5_0;
    if (type == TensorType::Q5_K) small = TensorType::Q5_1;
    if (type == TensorType::Q6_K) small = TensorType::Q8_0;
    if (type == TensorType::IQ4_XS) small = TensorType::IQ4_NL;
    return fits(small) ? small : TensorType::F16;
}

/// The tensor in another type, by all threads of the pool.
Result<std::vector<std::byte>> convert(const TensorInfo& tensor, TensorType type,
                                       ThreadPool& pool) {
    const TypeTraits& from = *traitsOf(tensor.type);
    const TypeTraits& to = *traitsOf(type);
    std::vector<std::byte> result(static_cast<size_t>(rowBytes(type, tensor.elements())));
    std::mutex mutex;  // guards the two below
    int64_t faultAt = tensor.elements();
    std::string fault;
    const auto report = [&](int64_t element, std::string what) {
        const std::lock_guard lock(mutex);
        if (element >= faultAt) return;
        faultAt = element;
        fault = std::move(what);
    };
    pool.forEach(tensor.elements(), kGrain, [&](int64_t begin, int64_t end) {
        std::vector<float> values(static_cast<size_t>(end - begin));
        dequantize(tensor.type, tensor.data.data() + begin / from.blockSize * from.blockBytes,
                   values.data(), end - begin);
        if (const auto bad = findNotFinite(values))
            return report(begin + *bad, "the value is not a finite number");
        std::byte* blocks = result.data() + begin / to.blockSize * to.blockBytes;
        quantize(type, values.data(), blocks, end - begin);
        if (const auto bad = findFault(type, blocks, (end - begin) / to.blockSize))
            report(begin + bad->block * to.blockSize,
                   concat("too large for ", to.name, ": ", bad->what));
    });
    if (!fault.empty())
        return fail("tensor \"", printable(tensor.name), "\": row ", faultAt / tensor.shape[0],
                    ", column ", faultAt % tensor.shape[0], ": ", fault);
    return result;
}

/// Everything but what is about the types and parts of the old file.
void copyMetadata(const GgufFile& file, const TypeChoice& choice, GgufWriter& writer) {
    for (const auto& [key, value] : file.metadata())
        if (key != "general.alignment" && key != "general.file_type" &&
            key != "general.quantization_version" && !key.starts_with("split.") &&
            !key.starts_with("quantize."))
            writer.addValue(key, value);
    writer.addU32("general.quantization_version", kQuantizationVersion);
    writer.addU32("general.file_type", choice.fileType);
}

int layersOf(const GgufFile& file) {
    int layers = 0;
    for (const TensorInfo& tensor : file.tensors())
        if (const auto layer = layerOf(tensor.name)) layers = std::max(layers, *layer + 1);
    return layers;
}

bool isQuantized(TensorType type) { return traitsOf(type)->blockSize > 1; }

}  // namespace

std::optional<TypeChoice> typeChoice(std::string_view name) {
    std::string upper(name);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    for (const TypeChoice& choice : kChoices)
        if (choice.name == upper) return choice;
    return std::nullopt;
}

std::string typeChoiceNames() {
    std::string names;
    for (const TypeChoice& choice : kChoices)
        names.append(names.empty() ? "" : ", ").append(choice.name);
    return names;
}

Result<QuantizeReport> quantizeFile(const std::filesystem::path& in,
                                    const std::filesystem::path& out, const TypeChoice& choice,
                                    ThreadPool& pool, const QuantizeProgress& progress) {
    ALCOVE_TRY(const GgufFile file, GgufFile::open(in));
    ALCOVE_CHECK(refuseInputs(out, file.paths()));
    QuantizeReport report;
    report.bytesBefore = file.bytes();
    report.tensors = static_cast<int64_t>(file.tensors().size());
    GgufWriter writer;
    copyMetadata(file, choice, writer);
    const int layers = layersOf(file);
    for (size_t i = 0; i < file.tensors().size(); ++i) {
        const TensorInfo& tensor = file.tensors()[i];
        TensorType type = tensor.type;
        if (!keeps(tensor)) {
            const TensorType meant =
                choice.mix ? mixed(file, tensor, choice.type, layers) : choice.type;
            type = fitting(meant, tensor.shape[0]);
            if (type != meant) report.fallbacks.emplace_back(tensor.name, type);
        }
        if (type != tensor.type) {
            ++report.converted;
            report.fromQuantized += isQuantized(tensor.type);
        }
        std::vector<int64_t> shape(tensor.shape.begin(),
                                   tensor.shape.begin() + std::max(tensor.rank, 1));
        writer.addTensor(std::string(tensor.name), type, std::move(shape),
                         [&, i, type]() -> Result<std::vector<std::byte>> {
                             const TensorInfo& source = file.tensors()[i];
                             if (progress && !progress(i, file.tensors().size(), source.name))
                                 return fail(in.string(), ": cancelled");
                             if (type == source.type)
                                 return std::vector<std::byte>(source.data.begin(),
                                                               source.data.end());
                             auto converted = convert(source, type, pool);
                             if (!converted) return fail(in.string(), ": ", converted.message());
                             return converted;
                         });
    }
    ALCOVE_CHECK(writer.write(out));
    std::error_code ignored;
    report.bytesAfter = std::filesystem::file_size(out, ignored);
    return report;
}

}  // namespace alcove::engine
