#include "app/cli/setup.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <random>

#include "app/models/folder.h"
#include "engine/model/adapter.h"
#include "engine/sampling/breakers.h"

namespace alcove::app {
using namespace engine;

namespace {

CacheType cacheByName(const std::string& name) {
    if (name == "f32") return CacheType::F32;
    return name == "q8_0" ? CacheType::Q8_0 : CacheType::F16;
}

Result<void> addAdapters(const std::vector<std::string>& words, const Model& model,
                         Session& session) {
    for (const std::string& word : words) {
        std::string file = word;
        float scale = 1.0f;
        if (const size_t equals = word.rfind('='); equals != std::string::npos) {
            file = word.substr(0, equals);
            const Result<float> number = parseNumber(std::string_view(word).substr(equals + 1));
            if (!number) return fail("--lora ", word, ": ", number.message());
            if (!std::isfinite(*number)) return fail("--lora ", word, ": the scale must be finite");
            scale = *number;
        }
        ALCOVE_TRY(auto adapter, Adapter::load(file, model));
        ALCOVE_CHECK(session.addAdapter(std::move(adapter), scale));
    }
    return {};
}

}  // namespace

void addModelOptions(Options& options, ModelOptions& target, bool modelRequired) {
    options.text("-m, --model", "MODEL", "a GGUF file, or the name of a model in the folder",
                 target.model);
    if (modelRequired) options.required("--model");
    options.integer("-t, --threads", "N", "threads; 0: one for each core", target.threads, 0, 1024);
    options.flag("--exact", "float activations; slower with quantised weights", target.exact);
}

void addSessionOptions(Options& options, ModelOptions& target) {
    options.choice("--cache", "how keys and values are kept (" + target.cache + ")",
                   {"f16", "q8_0", "f32"}, target.cache);
    options.integer("--ctx", "N", "tokens the context holds; 0: the model's own, at most 8192",
                    target.context, 0, int64_t{1} << 24);
    options.texts("--lora", "FILE[=SCALE]", "adds a LoRA adapter; may be repeated",
                  target.adapters);
}

void addSamplingOptions(Options& options, SamplingOptions& target, int64_t& seed,
                        std::vector<std::string>& bias, std::vector<std::string>& breakers) {
    options.section("Sampling");
    options.number("--temperature", "X", "0: always the likeliest token (0.8)", target.temperature);
    options.integer("--top-k", "N", "only the N likeliest tokens; 0: off (40)", target.topK);
    options.number("--top-p", "X", "the likeliest that reach X together; 1: off (0.95)",
                   target.topP);
    options.number("--min-p", "X", "at least X times as likely as the likeliest; 0: off (0.05)",
                   target.minP);
    options.number("--typical-p", "X", "the most typical that reach X; 1: off (1)",
                   target.typicalP);
    options.number("--repetition-penalty", "X", "divides the logits of used tokens; 1: off (1)",
                   target.repetitionPenalty);
    options.number("--frequency-penalty", "X", "taken off for each use (0)",
                   target.frequencyPenalty);
    options.number("--presence-penalty", "X", "taken off for any use (0)", target.presencePenalty);
    options.integer("--penalty-window", "N", "tokens the penalties look back; -1: all (64)",
                    target.penaltyWindow);
    options.number("--dry", "X", "DRY multiplier against repetitions; 0: off (0)",
                   target.dryMultiplier);
    options.number("--dry-base", "X", "DRY grows by this factor for each token (1.75)",
                   target.dryBase);
    options.integer("--dry-length", "N", "repetitions shorter than this are free (2)",
                    target.dryAllowedLength);
    options.integer("--dry-window", "N", "tokens DRY looks back; -1: all (-1)", target.dryWindow);
    options.texts("--dry-breaker", "TEXT", "DRY counts nothing across it; may be repeated",
                  breakers);
    options.number("--xtc", "X", "probability that the top choices are excluded (0)",
                   target.xtcProbability);
    options.number("--xtc-threshold", "X", "what makes a token a top choice (0.1)",
                   target.xtcThreshold);
    options.texts("--bias", "TOKEN=X", "added to a token's logit; -inf forbids it", bias);
    options.integer("--seed", "N", "the same seed gives the same text; -1: a new one (-1)", seed,
                    -1, INT64_MAX);
}

Result<std::unique_ptr<Runtime>> makeRuntime(int64_t threads) {
    const char* cpu = std::getenv("ALCOVE_CPU");
    return Runtime::create(static_cast<int>(threads), cpu ? cpu : "");
}

Result<LoadedModel> loadModel(const ModelOptions& options) {
    LoadedModel loaded;
    ALCOVE_TRY(const std::filesystem::path path, findModel(options.model, modelsFolder()));
    ALCOVE_TRY(loaded.runtime, makeRuntime(options.threads));
    ALCOVE_TRY(loaded.model, Model::load(path));
    return loaded;
}

Result<std::unique_ptr<Session>> openSession(const LoadedModel& loaded, const ModelOptions& options,
                                             int64_t leastContext) {
    if (!loaded.model->info().causal)
        return fail(loaded.model->info().name, " (", loaded.model->info().architecture,
                    ") makes embeddings, not text");
    SessionOptions session;
    session.cache = cacheByName(options.cache);
    session.contextLength = options.context;
    // Models with two sets of rotary factors choose by the context's length, so it must be the same
    // as that of the engine a figure is compared with: llama.cpp rounds up to 256.
    constexpr int64_t kStep = 256;
    if (options.context == 0 && leastContext > 0)
        session.contextLength = (leastContext + kStep - 1) / kStep * kStep;
    session.precision = options.exact ? Precision::Exact : Precision::Fast;
    ALCOVE_TRY(auto opened, Session::create(loaded.model, *loaded.runtime, session));
    ALCOVE_CHECK(addAdapters(options.adapters, *loaded.model, *opened));
    return opened;
}

Result<void> completeSampling(SamplingOptions& sampling, int64_t seed,
                              const std::vector<std::string>& bias,
                              const std::vector<std::string>& breakers, const Model& model) {
    if (seed < 0) {
        std::random_device device;
        sampling.seed = (static_cast<uint64_t>(device()) << 32) | device();
    } else {
        sampling.seed = static_cast<uint64_t>(seed);
    }
    for (const std::string& word : bias) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) return fail("--bias ", word, ": TOKEN=X is expected");
        ALCOVE_TRY(const int64_t token, parseInteger(std::string_view(word).substr(0, equals)));
        ALCOVE_TRY(const float value, parseNumber(std::string_view(word).substr(equals + 1)));
        if (token < 0 || token >= model.info().vocabulary)
            return fail("--bias ", word, ": the vocabulary has ", model.info().vocabulary,
                        " tokens");
        sampling.logitBias.emplace_back(static_cast<int32_t>(token), value);
    }
    if (sampling.dryMultiplier > 0.0f && model.tokenizer())
        sampling.dryBreakers =
            breakerTokens(*model.tokenizer(), breakers.empty() ? defaultBreakers() : breakers);
    return validate(sampling, static_cast<int32_t>(model.info().vocabulary));
}

Result<std::string> readAll(std::istream& in, const std::string& name) {
    std::string text;
    std::vector<char> piece(size_t{1} << 16);
    // read() turns what the buffer throws (a folder, a closed stream) into badbit.
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
        text.append(piece.data(), static_cast<size_t>(in.gcount()));
    if (in.bad()) return fail(name, ": cannot be read");
    return text;
}

Result<std::string> readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(path, ": cannot be opened");
    return readAll(file, path);
}

}  // namespace alcove::app
