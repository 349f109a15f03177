// What the tests of engine/model share: the goldens of tests/data/model, the tiny models they were
// made from ($ALCOVE_TEST_DATA/tiny, written by tests/support/tiny_models), and comparisons.
#pragma once

#include <QDir>
#include <QFileInfo>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/model/model.h"
#include "engine/model/runtime.h"
#include "engine/model/session.h"

namespace alcove::engine::golden {

/// Rows that the oracle computed for some tokens: logits at `positions`, or an encoder's vectors.
struct Rows {
    std::vector<Token> tokens;
    std::vector<int64_t> positions;
    int64_t context = 0;  // allocated: it chooses between short and long rope factors
    float scale = 1.0f;   // of an adapter
    int64_t width = 0;
    int64_t count = 0;
    std::span<const float> values;
    std::span<const float>
        exact;  // with the same weights as F32; for F32 models the same as values
};

struct File {
    std::string name;
    std::string kind;  // decoder, encoder, adapter
    std::string architecture;
    std::string type;             // of the weights
    std::string base;             // the model of an adapter
    double tolerance = 0.0;       // NMSE against values
    double exactTolerance = 0.0;  // NMSE against exact
    std::vector<Rows> goldens;

    [[nodiscard]] bool quantised() const { return type != "F32"; }
};

/// The committed goldens. `values` and `exact` point into this object.
class Goldens {
public:
    static Result<std::unique_ptr<Goldens>> load();

    [[nodiscard]] const std::vector<File>& files() const { return m_files; }
    [[nodiscard]] const File& file(const std::string& name) const;
    [[nodiscard]] std::vector<const File*> ofKind(const std::string& kind) const;

private:
    std::vector<File> m_files;
    std::vector<float> m_values;
};

/// $ALCOVE_TEST_DATA, or nothing.
[[nodiscard]] std::optional<std::filesystem::path> testData();
[[nodiscard]] std::filesystem::path tinyPath(const std::string& name);
/// Why tests on tiny models can not run, or nothing.
[[nodiscard]] std::string missingTinyModels();

/// With the kernels that ALCOVE_CPU names, so that every test can be run on each.
[[nodiscard]] inline Result<std::unique_ptr<Runtime>> runtime(int threads) {
    return Runtime::create(threads, qEnvironmentVariable("ALCOVE_CPU").toStdString());
}

/// For QTemporaryDir: a folder in memory where there is one. The engine's writers wait for the
/// disk, which thousands of little files do not need.
[[nodiscard]] inline QString scratchPattern() {
    const QString memory = QStringLiteral("/dev/shm");
    return (QFileInfo(memory).isWritable() ? memory : QDir::tempPath()) + "/alcove-XXXXXX";
}

/// Σ (a − b)² / Σ b²; infinite when the sizes differ or a value is not finite.
[[nodiscard]] double nmse(std::span<const float> values, std::span<const float> reference);

/// The rows of `all` (each `width` long) at the given positions.
[[nodiscard]] std::vector<float> rowsAt(std::span<const float> all, int64_t width,
                                        std::span<const int64_t> positions);

/// `count` token ids below `vocabulary`, the same for the same seed everywhere.
[[nodiscard]] std::vector<Token> someTokens(uint64_t seed, size_t count, int64_t vocabulary);

}  // namespace alcove::engine::golden

/// The value of a Result, or the end of the test function with its message.
#define GOLDEN_TRY(declaration, expression)                            \
    auto ALCOVE_CONCAT(result, __LINE__) = (expression);               \
    QVERIFY2(ALCOVE_CONCAT(result, __LINE__).ok(),                     \
             ALCOVE_CONCAT(result, __LINE__).ok()                      \
                 ? ""                                                  \
                 : ALCOVE_CONCAT(result, __LINE__).message().c_str()); \
    declaration = std::move(*ALCOVE_CONCAT(result, __LINE__))

#define GOLDEN_OK(expression)                                               \
    do {                                                                    \
        const auto status = (expression);                                   \
        QVERIFY2(status.ok(), status.ok() ? "" : status.message().c_str()); \
    } while (false)

// ALCOVE_TEST_MEASURE=1 prints what was measured, to see how far a limit is.
#define GOLDEN_BELOW(value, limit, ...)                                                       \
    do {                                                                                      \
        const double measured = (value);                                                      \
        if (qEnvironmentVariableIsSet("ALCOVE_TEST_MEASURE"))                                 \
            qInfo("%s", concat(measured, " of ", (limit), " ", __VA_ARGS__).c_str());         \
        QVERIFY2(measured <= (limit),                                                         \
                 concat("NMSE ", measured, ", allowed ", (limit), " ", __VA_ARGS__).c_str()); \
    } while (false)
