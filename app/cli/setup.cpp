#include "app/cli/setup.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <random>

#include "app/http/remote_call.h"
#include "app/models/folder.h"
#include "engine/import/json.h"
#include "engine/model/adapter.h"
#include "engine/sampling/breakers.h"

namespace alcove::app {
using namespace engine;

namespace {

Result<void> addAdapters(const std::vector<AdapterChoice>& choices, const Model& model,
                         Session& session) {
    for (const AdapterChoice& choice : choices) {
        ALCOVE_TRY(auto adapter, Adapter::load(choice.file, model));
        ALCOVE_CHECK(session.addAdapter(std::move(adapter), choice.scale));
    }
    return {};
}

/// "TOKEN=X"; that the model has the token is seen later.
Result<std::pair<int32_t, float>> parseBias(const std::string& word) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return fail("'", word, "' is not of the form TOKEN=X");
    ALCOVE_TRY(const int64_t token, parseInteger(std::string_view(word).substr(0, equals)));
    ALCOVE_TRY(const float value, parseNumber(std::string_view(word).substr(equals + 1)));
    if (token < 0 || token > INT32_MAX) return fail("'", word, "': ", token, " is not a token");
    if (std::isnan(value)) return fail("'", word, "': X must be a number, or -inf");
    return std::pair(static_cast<int32_t>(token), value);
}

}  // namespace

CacheType cacheByName(const std::string& name) {
    if (name == "f32") return CacheType::F32;
    return name == "q8_0" ? CacheType::Q8_0 : CacheType::F16;
}

Result<AdapterChoice> parseAdapter(const std::string& word) {
    if (word.empty()) return fail("it is empty; FILE or FILE=SCALE is expected");
    AdapterChoice choice{word};
    std::error_code ignored;
    const size_t equals = word.rfind('=');
    if (equals == std::string::npos || std::filesystem::exists(word, ignored)) return choice;
    const Result<float> scale = parseNumber(std::string_view(word).substr(equals + 1));
    if (!scale) return choice;  // a part of the name
    if (!std::isfinite(*scale)) return fail("'", word, "': the scale must be finite");
    if (equals == 0) return fail("'", word, "': a file is expected before the scale");
    return AdapterChoice{word.substr(0, equals), *scale};
}

void addModelOptions(Options& options, ModelOptions& target, bool modelRequired) {
    options.name("-m, --model", "MODEL", "a GGUF file, or the name of a model in the folder",
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
    options.parsed("--lora", "FILE[=SCALE]", "adds a LoRA adapter; may be repeated",
                   [&target](const std::string& word) -> Result<void> {
                       ALCOVE_TRY(AdapterChoice choice, parseAdapter(word));
                       target.adapters.push_back(std::move(choice));
                       return {};
                   });
}

void addSamplingOptions(Options& options, SamplingOptions& target, int64_t& seed,
                        std::vector<std::string>& breakers) {
    const auto number = [&](const char* name, const char* help, float& value,
                            const Range<float>& range) {
        options.number(name, "X", help, value, range.lowest, range.greatest);
    };
    const auto integer = [&](const char* name, const char* help, int32_t& value,
                             const Range<int32_t>& range) {
        options.integer(name, "N", help, value, range.lowest, range.greatest);
    };
    options.section("Sampling");
    number("--temperature", "0: always the likeliest token (0.8)", target.temperature,
           ranges::kTemperature);
    integer("--top-k", "only the N likeliest tokens; 0: off (40)", target.topK, ranges::kTopK);
    number("--top-p", "the likeliest that reach X together; 1: off (0.95)", target.topP,
           ranges::kProbability);
    number("--min-p", "at least X times as likely as the likeliest; 0: off (0.05)", target.minP,
           ranges::kProbability);
    number("--typical-p", "the most typical that reach X; 1: off (1)", target.typicalP,
           ranges::kProbability);
    number("--repetition-penalty", "divides the logits of used tokens; 1: off (1)",
           target.repetitionPenalty, ranges::kRepetitionPenalty);
    number("--frequency-penalty", "taken off for each use (0)", target.frequencyPenalty,
           ranges::kPenalty);
    number("--presence-penalty", "taken off for any use (0)", target.presencePenalty,
           ranges::kPenalty);
    integer("--penalty-window", "tokens the penalties look back; -1: all (64)",
            target.penaltyWindow, ranges::kWindow);
    number("--dry", "DRY multiplier against repetitions; 0: off (0)", target.dryMultiplier,
           ranges::kDryMultiplier);
    number("--dry-base", "DRY grows by this factor for each token (1.75)", target.dryBase,
           ranges::kDryBase);
    integer("--dry-length", "repetitions shorter than this are free (2)", target.dryAllowedLength,
            ranges::kDryAllowedLength);
    integer("--dry-window", "tokens DRY looks back; -1: all (-1)", target.dryWindow,
            ranges::kWindow);
    options.texts("--dry-breaker", "TEXT", "DRY counts nothing across it; may be repeated",
                  breakers);
    number("--xtc", "probability that the top choices are excluded (0)", target.xtcProbability,
           ranges::kProbability);
    number("--xtc-threshold", "what makes a token a top choice (0.1)", target.xtcThreshold,
           ranges::kProbability);
    options.parsed("--bias", "TOKEN=X", "added to a token's logit; -inf forbids it",
                   [&target](const std::string& word) -> Result<void> {
                       ALCOVE_TRY(const auto bias, parseBias(word));
                       target.logitBias.push_back(bias);
                       return {};
                   });
    options.integer("--seed", "N", "the same seed gives the same text; -1: a new one (-1)", seed,
                    -1, INT64_MAX);
}

std::string firstGiven(const Options& options, std::initializer_list<std::string_view> longNames) {
    for (const std::string_view name : longNames)
        if (options.given(name)) return std::string(name);
    return "";
}

Result<std::unique_ptr<Runtime>> makeRuntime(int64_t threads) {
    const char* cpu = std::getenv("ALCOVE_CPU");
    return Runtime::create(static_cast<int>(threads), cpu ? cpu : "");
}

Result<LoadedModel> loadModel(const ModelOptions& options) {
    LoadedModel loaded;
    ALCOVE_TRY(const std::filesystem::path path, findModel(options.model, modelsFolder()));
    ALCOVE_TRY(loaded.runtime, makeRuntime(options.threads));
    ALCOVE_TRY(loaded.model, Model::load(path, Residence::InMemory));
    return loaded;
}

void noteContext(const LoadedModel& loaded, const ModelOptions& options, std::ostream& out) {
    const ModelInfo& info = loaded.model->info();
    if (info.contextLength > 0 && options.context > info.contextLength)
        out << "note: --ctx " << options.context << ": " << info.name << " was made for "
            << info.contextLength << " tokens; beyond them its answers may be senseless\n";
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
    if (options.exact) session.precision = Precision::Exact;
    ALCOVE_TRY(auto opened, Session::create(loaded.model, *loaded.runtime, session));
    ALCOVE_CHECK(addAdapters(options.adapters, *loaded.model, *opened));
    return opened;
}

Result<void> completeSampling(SamplingOptions& sampling, int64_t seed,
                              const std::vector<std::string>& breakers, const Model& model) {
    if (seed < 0) {
        std::random_device device;
        sampling.seed = (static_cast<uint64_t>(device()) << 32) | device();
    } else {
        sampling.seed = static_cast<uint64_t>(seed);
    }
    for (const auto& [token, value] : sampling.logitBias)
        if (token >= model.info().vocabulary)
            return fail("--bias ", token, "=", value, ": the vocabulary has ",
                        model.info().vocabulary, " tokens");
    if (sampling.dryMultiplier > 0.0f && model.tokenizer())
        sampling.dryBreakers =
            breakerTokens(*model.tokenizer(), breakers.empty() ? defaultBreakers() : breakers);
    return validate(sampling, static_cast<int32_t>(model.info().vocabulary));
}

Result<bool> readLine(std::istream& in, std::string& line) {
    line.clear();
    // get() turns what the buffer throws (a folder, a closed stream) into badbit.
    for (int c = in.get(); in; c = in.get()) {
        if (c == '\n') return true;
        line += static_cast<char>(c);
        if (line.size() > kLongestLine)
            return fail("standard input: a line is longer than ", kLongestLine >> 20,
                        " MiB, the most that is read");
    }
    if (in.bad()) return fail("standard input: cannot be read");
    return !line.empty();
}

Result<std::string> readAll(std::istream& in, const std::string& name) {
    std::string text;
    std::vector<char> piece(size_t{1} << 16);
    // read() turns what the buffer throws (a folder, a closed stream) into badbit.
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0) {
        text.append(piece.data(), static_cast<size_t>(in.gcount()));
        if (text.size() > kMostText)
            return fail(name, ": is longer than ", kMostText >> 20, " MiB, the most that is read");
    }
    if (in.bad()) return fail(name, ": cannot be read");
    return text;
}

Result<std::string> readFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(path, ": cannot be opened");
    return readAll(file, path);
}

Result<std::string> readKeyFile(const std::string& path) {
    ALCOVE_TRY(const std::string text, readFile(path));
    const size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos) return fail(path, ": holds no key");
    std::string key = text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
    if (!isPlain(key))
        return fail(path,
                    ": holds no key: that is one line of letters, digits and signs of ASCII, "
                    "without blanks");
    return key;
}

Result<nlohmann::ordered_json> readJsonFile(const std::string& path) {
    ALCOVE_TRY(const std::string text, readFile(path));
    return parseOrderedJson(text, path);
}

}  // namespace alcove::app
