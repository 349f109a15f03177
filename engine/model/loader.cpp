#include "engine/model/loader.h"

#include <algorithm>
#include <cmath>

#include "engine/quant/quantize.h"

namespace alcove::engine {
namespace {

std::string shapeText(std::initializer_list<int64_t> shape) {
    std::string text;
    for (const int64_t size : shape) text += (text.empty() ? "" : " × ") + std::to_string(size);
    return text;
}

std::string shapeText(const TensorInfo& tensor) {
    std::string text = std::to_string(tensor.shape[0]);
    for (int i = 1; i < std::max(tensor.rank, 1); ++i)
        text += " × " + std::to_string(tensor.shape[i]);
    return text;
}

Matrix matrixOf(const TensorInfo& tensor, int64_t columns, int64_t rows) {
    Matrix matrix;
    matrix.type = tensor.type;
    matrix.data = tensor.data.data();
    matrix.rows = rows;
    matrix.columns = columns;
    matrix.name = tensor.name;
    return matrix;
}

}  // namespace

std::string layerName(int64_t layer, std::string_view part) {
    return concat("blk.", layer, ".", part);
}

Loader::Loader(const GgufFile& file, std::string architecture)
    : m_file(&file), m_architecture(std::move(architecture)) {}

std::string Loader::full(std::string_view key) const { return concat(m_architecture, ".", key); }

bool Loader::has(std::string_view key) const { return m_file->find(full(key)) != nullptr; }

int64_t Loader::count(std::string_view key, int64_t limit, int64_t fallback) {
    const std::string name = full(key);
    if (!m_file->find(name)) {
        if (fallback < 0) reject(fail(m_file->name(), ": the key ", name, " is missing"));
        return std::max<int64_t>(fallback, 0);
    }
    const std::optional<int64_t> value = m_file->integer(name);
    if (!value || *value < 1 || *value > limit) {
        reject(fail(m_file->name(), ": ", name,
                    value ? concat(" is ", *value) : " is not a whole number", ", expected 1 to ",
                    limit));
        return 0;
    }
    return *value;
}

std::vector<int64_t> Loader::perLayer(std::string_view key, int64_t layers, int64_t limit,
                                      int64_t fallback) {
    const std::string name = full(key);
    const GgufArray* array = m_file->array(name);
    if (!array) {
        const int64_t all = count(key, limit, fallback);
        return std::vector<int64_t>(static_cast<size_t>(layers), all);
    }
    std::vector<int64_t> values;
    const bool whole = array->type != GgufType::String && array->type != GgufType::Array &&
                       array->type != GgufType::F32 && array->type != GgufType::F64;
    if (!whole || array->count < static_cast<uint64_t>(layers)) {
        reject(fail(m_file->name(), ": ", name, " must hold a whole number for each of ", layers,
                    " layers"));
        return std::vector<int64_t>(static_cast<size_t>(layers), 1);
    }
    for (int64_t i = 0; i < layers; ++i) {
        const int64_t value = array->integer(static_cast<uint64_t>(i));
        if (value < 1 || value > limit)
            reject(fail(m_file->name(), ": ", name, "[", i, "] is ", value, ", expected 1 to ",
                        limit));
        values.push_back(std::clamp<int64_t>(value, 1, limit));
    }
    return values;
}

float Loader::number(std::string_view key, float fallback) {
    const std::string name = full(key);
    if (!m_file->find(name)) return fallback;
    const std::optional<double> value = m_file->number(name);
    if (!value || !std::isfinite(*value) || std::abs(*value) > 3e38) {
        reject(fail(m_file->name(), ": ", name, " is not a finite number"));
        return fallback;
    }
    return static_cast<float>(*value);
}

float Loader::requiredNumber(std::string_view key) {
    if (!has(key)) reject(fail(m_file->name(), ": the key ", full(key), " is missing"));
    return number(key, 1.0f);
}

float Loader::epsilon(std::string_view key) {
    const float value = requiredNumber(key);
    if (value < 0.0f) reject(fail(m_file->name(), ": ", full(key), " is ", value, ", below 0"));
    return value;
}

bool Loader::flag(std::string_view key, bool fallback) const {
    return m_file->boolean(full(key)).value_or(fallback);
}

std::string Loader::text(std::string_view key, std::string_view fallback) const {
    return std::string(m_file->string(full(key)).value_or(fallback));
}

bool Loader::hasTensor(std::string_view name) const { return m_file->tensor(name) != nullptr; }

void Loader::reject(Error error) {
    if (m_status.ok()) m_status = std::move(error);
}

const TensorInfo* Loader::claim(const std::string& name, std::initializer_list<int64_t> shape,
                                bool required) {
    if (failed()) return nullptr;
    const TensorInfo* tensor = m_file->tensor(name);
    if (!tensor) {
        if (required) reject(fail(m_file->name(), ": the tensor ", name, " is missing"));
        return nullptr;
    }
    std::array<int64_t, 4> wanted = {1, 1, 1, 1};
    std::copy(shape.begin(), shape.end(), wanted.begin());
    if (tensor->shape != wanted) {
        reject(fail(m_file->name(), ": the tensor ", name, " is ", shapeText(*tensor),
                    ", expected ", shapeText(shape)));
        return nullptr;
    }
    m_claimed.insert(tensor->name);
    return tensor;
}

Matrix Loader::matrix(const std::string& name, int64_t columns, int64_t rows) {
    const TensorInfo* tensor = claim(name, {columns, rows}, true);
    return tensor ? matrixOf(*tensor, columns, rows) : Matrix{};
}

Matrix Loader::optionalMatrix(const std::string& name, int64_t columns, int64_t rows) {
    return hasTensor(name) ? matrix(name, columns, rows) : Matrix{};
}

std::vector<Matrix> Loader::stack(const std::string& name, int64_t columns, int64_t rows,
                                  int64_t count) {
    const TensorInfo* tensor = claim(name, {columns, rows, count}, true);
    if (!tensor) return {};
    std::vector<Matrix> matrices(static_cast<size_t>(count), matrixOf(*tensor, columns, rows));
    const int64_t bytes = rowBytes(tensor->type, columns) * rows;
    for (int64_t i = 0; i < count; ++i) matrices[static_cast<size_t>(i)].data += i * bytes;
    return matrices;
}

Vector Loader::vector(const std::string& name, int64_t length, int64_t groups) {
    if (failed()) return {};
    const TensorInfo* tensor =
        groups == 1 ? claim(name, {length}, true) : claim(name, {length / groups, groups}, true);
    if (!tensor) return {};
    Vector values(static_cast<size_t>(length));
    dequantize(tensor->type, tensor->data.data(), values.data(), length);
    // What is computed with it may be rounded to integers next, and nobody would see it.
    if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); }))
        reject(fail(m_file->name(), ": tensor ", name, " has values that are not numbers; ",
                    "`alcove-cli models verify` lists all such"));
    return values;
}

Vector Loader::optionalVector(const std::string& name, int64_t length) {
    return hasTensor(name) ? vector(name, length) : Vector{};
}

Linear Loader::linear(const std::string& name, int64_t columns, int64_t rows) {
    return {matrix(name + ".weight", columns, rows), optionalVector(name + ".bias", rows)};
}

Linear Loader::optionalLinear(const std::string& name, int64_t columns, int64_t rows) {
    return hasTensor(name + ".weight") ? linear(name, columns, rows) : Linear{};
}

Norm Loader::norm(const std::string& name, int64_t width, NormKind kind, float epsilon,
                  int64_t groups) {
    return {kind, epsilon, vector(name + ".weight", width, groups),
            optionalVector(name + ".bias", width), true};
}

Norm Loader::optionalNorm(const std::string& name, int64_t width, NormKind kind, float epsilon,
                          int64_t groups) {
    return hasTensor(name + ".weight") ? norm(name, width, kind, epsilon, groups) : Norm{};
}

void Loader::ignore(std::string_view prefix) { m_ignored.emplace_back(prefix); }

Result<void> Loader::finish() const {
    if (failed()) return m_status;
    std::string names;
    int64_t unused = 0;
    for (const TensorInfo& tensor : m_file->tensors()) {
        const bool ignored =
            std::any_of(m_ignored.begin(), m_ignored.end(),
                        [&](const std::string& prefix) { return tensor.name.starts_with(prefix); });
        if (ignored || m_claimed.contains(tensor.name)) continue;
        if (++unused <= 8) names += concat(unused > 1 ? ", " : "", tensor.name);
    }
    if (unused == 0) return {};
    return fail(m_file->name(), ": ", unused, " tensors would not be used by the architecture ",
                m_architecture, ", so the result would be wrong: ", names, unused > 8 ? ", …" : "");
}

}  // namespace alcove::engine
