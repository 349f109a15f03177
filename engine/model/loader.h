// Reads a model's hyper-parameters and claims its tensors by name and shape, for architectures to
// load from.
//
// The first thing that is missing or wrong is remembered, and everything asked for after it comes
// back empty, so an architecture reads as a plain list of what it needs; finish() gives the error.
// It also names every tensor that nobody claimed: a file with weights the code would not use must
// not load.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/base/result.h"
#include "engine/gguf/reader.h"
#include "engine/model/weights.h"

namespace alcove::engine {

class Loader {
public:
    Loader(const GgufFile& file, std::string architecture);

    [[nodiscard]] const GgufFile& file() const { return *m_file; }
    [[nodiscard]] const std::string& architecture() const { return m_architecture; }

    // ---- hyper-parameters: `key` without the architecture's prefix
    [[nodiscard]] bool has(std::string_view key) const;
    /// A count of at least 1 and at most `limit`; missing is an error unless there is a `fallback`
    /// (≥ 0).
    int64_t count(std::string_view key, int64_t limit, int64_t fallback = -1);
    /// One count for each layer: the key may hold one number for all, or an array.
    std::vector<int64_t> perLayer(std::string_view key, int64_t layers, int64_t limit,
                                  int64_t fallback = -1);
    /// A finite number.
    float number(std::string_view key, float fallback);
    float requiredNumber(std::string_view key);
    /// What a norm adds before its root: there, and not below 0.
    float epsilon(std::string_view key);
    bool flag(std::string_view key, bool fallback) const;
    std::string text(std::string_view key, std::string_view fallback) const;

    // ---- tensors
    [[nodiscard]] bool hasTensor(std::string_view name) const;
    Matrix matrix(const std::string& name, int64_t columns, int64_t rows);
    Matrix optionalMatrix(const std::string& name, int64_t columns, int64_t rows);
    /// Matrix `index` of a stack of `count` (experts).
    std::vector<Matrix> stack(const std::string& name, int64_t columns, int64_t rows,
                              int64_t count);
    /// `length` numbers; in the file they lie as `groups` rows (a norm for each head).
    Vector vector(const std::string& name, int64_t length, int64_t groups = 1);
    Vector optionalVector(const std::string& name, int64_t length);
    /// `name`.weight, and `name`.bias where the file has one.
    Linear linear(const std::string& name, int64_t columns, int64_t rows);
    Linear optionalLinear(const std::string& name, int64_t columns, int64_t rows);
    Norm norm(const std::string& name, int64_t width, NormKind kind, float epsilon,
              int64_t groups = 1);
    Norm optionalNorm(const std::string& name, int64_t width, NormKind kind, float epsilon,
                      int64_t groups = 1);
    /// Marks tensors that are known and rightly unused (next-token-prediction blocks).
    void ignore(std::string_view prefix);

    /// Remembers the first error.
    void reject(Error error);
    [[nodiscard]] bool failed() const { return !m_status.ok(); }
    [[nodiscard]] Result<void> status() const { return m_status; }
    /// The first error, or the tensors nobody claimed.
    [[nodiscard]] Result<void> finish() const;

private:
    const TensorInfo* claim(const std::string& name, std::initializer_list<int64_t> shape,
                            bool required);
    [[nodiscard]] std::string full(std::string_view key) const;

    const GgufFile* m_file;
    std::string m_architecture;
    std::unordered_set<std::string_view> m_claimed;
    std::vector<std::string> m_ignored;
    Result<void> m_status;
};

/// "blk.7.attn_q"
[[nodiscard]] std::string layerName(int64_t layer, std::string_view part);

}  // namespace alcove::engine
