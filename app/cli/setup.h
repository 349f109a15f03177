// What several commands share: the options that name a model and how it is to be computed, and the
// loading of what they name.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/options.h"
#include "engine/base/result.h"
#include "engine/model/model.h"
#include "engine/model/runtime.h"
#include "engine/model/session.h"
#include "engine/sampling/sampler.h"

namespace alcove::app {

struct AdapterChoice {
    std::string file;
    float scale = 1.0f;
};
/// "FILE" or "FILE=SCALE". What follows the last "=" is a scale when it is a number and there is no
/// file of the whole name.
[[nodiscard]] Result<AdapterChoice> parseAdapter(const std::string& word);

struct ModelOptions {
    std::string model;
    int64_t threads = 0;  // 0: one for each core
    std::string cache = "f16";
    int64_t context = 0;  // 0: the model's own, at most 8192
    std::vector<AdapterChoice> adapters;
    bool exact = false;
};

/// The cache that --cache names.
[[nodiscard]] engine::CacheType cacheByName(const std::string& name);

/// -m, -t and --exact.
void addModelOptions(Options& options, ModelOptions& target, bool modelRequired = true);
/// --cache, --ctx and --lora, for commands that keep a session.
void addSessionOptions(Options& options, ModelOptions& target);
/// Temperature and all that follows it.
void addSamplingOptions(Options& options, engine::SamplingOptions& target, int64_t& seed,
                        std::vector<std::string>& breakers);

/// A model with what it is computed by. The runtime outlives what borrows it.
struct LoadedModel {
    std::unique_ptr<engine::Runtime> runtime;
    std::shared_ptr<const engine::Model> model;
};
[[nodiscard]] Result<LoadedModel> loadModel(const ModelOptions& options);
/// Threads and kernels, as -t and ALCOVE_CPU say.
[[nodiscard]] Result<std::unique_ptr<engine::Runtime>> makeRuntime(int64_t threads);

/// Says where --ctx asks for more than the model was made for.
void noteContext(const LoadedModel& loaded, const ModelOptions& options, std::ostream& out);

/// A session as the options say; where no context was asked for, one of at least `leastContext`
/// tokens (0: the default of sessions).
[[nodiscard]] Result<std::unique_ptr<engine::Session>> openSession(const LoadedModel& loaded,
                                                                   const ModelOptions& options,
                                                                   int64_t leastContext = 0);

/// The first of these options that was given; empty: none. For what cannot be read with the model
/// that is loaded, which is known only then.
[[nodiscard]] std::string firstGiven(const Options& options,
                                     std::initializer_list<std::string_view> longNames);

/// Completes the sampling options with what the model must be known for, and checks them.
[[nodiscard]] Result<void> completeSampling(engine::SamplingOptions& sampling, int64_t seed,
                                            const std::vector<std::string>& breakers,
                                            const engine::Model& model);

/// The most that is read of a text: more comes from a device, or by mistake.
inline constexpr size_t kMostText = size_t{256} << 20;
/// The same for one line.
inline constexpr size_t kLongestLine = size_t{16} << 20;

/// The next line without its end, into `line`. False at the end of the stream.
[[nodiscard]] Result<bool> readLine(std::istream& in, std::string& line);
/// All of a stream, as it is.
[[nodiscard]] Result<std::string> readAll(std::istream& in, const std::string& name);
[[nodiscard]] Result<std::string> readFile(const std::string& path);
/// A key, which must not stand on a command line, where others see it: what a file holds between
/// blanks.
[[nodiscard]] Result<std::string> readKeyFile(const std::string& path);
[[nodiscard]] Result<nlohmann::ordered_json> readJsonFile(const std::string& path);

}  // namespace alcove::app
