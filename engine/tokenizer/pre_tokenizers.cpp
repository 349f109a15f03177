// Which shapes make up each model's pre-tokenizer. A name is the file's tokenizer.ggml.pre.
#include <algorithm>
#include <iterator>

#include "engine/tokenizer/pre_tokenizer.h"

namespace alcove::engine {
namespace {

using Step = SplitStep;
using Pre = PreTokenizer;

constexpr uint8_t kWords = Step::Contractions | Step::NewlineTail;

constexpr Step kGpt2[] = {{matchGpt2}};
constexpr Step kDigitsGpt2[] = {{matchDigits, 1}, {matchGpt2}};
constexpr Step kCl100k1[] = {{matchCl100k, 1, kWords}};
constexpr Step kCl100k3[] = {{matchCl100k, 3, kWords}};
constexpr Step kCl100kMarks[] = {{matchCl100k, 1, kWords | Step::Marks}};
constexpr Step kCl100kPlain[] = {{matchCl100k, 1, Step::NewlineTail}};
constexpr Step kSeedCoder[] = {{matchCl100k, 1, Step::Contractions}};
constexpr Step kMiniCpm5[] = {{matchDigits, 3}, {matchCl100k, 0, kWords}};
constexpr Step kLaguna[] = {{matchLine}, {matchCl100k, 1, kWords}};
constexpr Step kTekken[] = {{matchCaseAware, 1}};
constexpr Step kO200k[] = {{matchCaseAware, 3, Step::Contractions}};
constexpr Step kO200kMarks[] = {{matchCaseAware, 3, Step::Contractions | Step::Marks}};
constexpr Step kTinyAya[] = {{matchDigitsFromRight, 0, Step::JoinGap},
                             {matchCaseAware, 3, Step::Contractions | Step::Marks | Step::Uncased}};
constexpr Step kDeepSeek3[] = {{matchDigits, 3}, {matchIdeographsAndKana}, {matchDeepSeekWords}};
constexpr Step kDeepSeekLlm[] = {
    {matchNewline},     {matchDeepSeekLetters}, {matchDeepSeekPunctuation},
    {matchBlanksAtEnd}, {matchEastAsian},       {matchDigits}};
constexpr Step kDeepSeekCoder[] = {
    {matchNewline}, {matchLetters}, {matchPunctuation}, {matchEastAsian}, {matchDigits, 1}};
constexpr Step kFalcon[] = {
    {matchLegacyPunctuation, 0, Step::Backtick}, {matchGpt2}, {matchThreeAsciiDigits}};
constexpr Step kDefault[] = {
    {matchLegacyPunctuation}, {matchGpt2}, {matchDigits}, {matchThreeAsciiDigits}};
constexpr Step kBloom[] = {{matchBloomWord}};
constexpr Step kViking[] = {{matchBloomWord}, {matchDigits, 1}};
constexpr Step kLines[] = {{matchLine}};

constexpr uint8_t kLlama3 = Pre::WholeWords | Pre::AddBos;

constexpr Pre kPreTokenizers[] = {
    {"", kDefault},
    {"default", kDefault},
    {"falcon", kFalcon},

    {"llama-bpe", kCl100k3, kLlama3},
    {"llama3", kCl100k3, kLlama3},
    {"llama-v3", kCl100k3, kLlama3},
    {"falcon3", kCl100k3, kLlama3},
    {"falcon-h1", kCl100k3, kLlama3},
    {"pixtral", kCl100k3, kLlama3},
    {"midm-2.0", kCl100k3, kLlama3},
    {"lfm2", kCl100k3, kLlama3},
    {"jina-v5-nano", kCl100k3, kLlama3},
    {"dbrx", kCl100k3},
    {"smaug-bpe", kCl100k3},
    {"chatglm-bpe", kCl100k3},
    {"glm4", kCl100k3, Pre::WholeWords},
    {"glm5", kCl100k3, Pre::WholeWords},
    {"minicpm5", kMiniCpm5, Pre::WholeWords},

    {"qwen2", kCl100k1},
    {"deepseek-r1-qwen", kCl100k1},
    {"kormo", kCl100k1},
    {"f2llmv2", kCl100k1},
    {"megrez", kCl100k1},
    {"stablelm2", kCl100k1},
    {"hunyuan", kCl100k1},
    {"solar-open", kCl100k1},
    {"grok-2", kCl100k1},
    {"bailingmoe", kCl100k1},
    {"bailingmoe2", kCl100k1},
    {"llada-moe", kCl100k1},
    {"laguna", kLaguna},
    {"qwen35", kCl100kMarks},
    {"ufakzeka", kCl100kPlain},
    {"seed-coder", kSeedCoder},

    {"gpt-4o", kO200k},
    {"llama4", kO200k},
    {"kanana2", kO200k},
    {"talkie", kO200k},
    {"minimax-m2", kO200k},
    {"granite-embed-multi-97m", kO200kMarks, Pre::WholeWords},
    {"tiny_aya", kTinyAya},
    {"cohere2moe", kTinyAya},
    {"tekken", kTekken, kLlama3},

    {"gpt-2", kGpt2},
    {"phi-2", kGpt2},
    {"jina-es", kGpt2},
    {"jina-de", kGpt2},
    {"jina-v2-es", kGpt2},
    {"jina-v2-de", kGpt2},
    {"jina-v1-en", kGpt2, Pre::AddSeparator},
    {"jina-v2-code", kGpt2, Pre::AddSeparator},
    {"roberta-bpe", kGpt2, Pre::AddSeparator},
    {"gigachat", kGpt2},
    {"a.x-4.0", kGpt2},
    {"mellum", kGpt2},
    {"modern-bert", kGpt2},
    {"mpt", kGpt2},
    {"olmo", kGpt2},
    {"jais", kGpt2},
    {"trillion", kGpt2},
    {"granite-docling", kGpt2},
    {"exaone4", kGpt2},

    {"smollm", kDigitsGpt2},
    {"refact", kDigitsGpt2},
    {"starcoder", kDigitsGpt2},
    {"command-r", kDigitsGpt2},
    {"codeshell", kDigitsGpt2},
    {"exaone", kDigitsGpt2},
    {"minerva-7b", kDigitsGpt2},
    {"mellum2", kDigitsGpt2},

    {"deepseek-llm", kDeepSeekLlm},
    {"deepseek-coder", kDeepSeekCoder},
    {"deepseek-v3", kDeepSeek3},
    {"hunyuan-dense", kDeepSeek3},
    {"hy_v4", kDeepSeek3},
    {"joyai-llm", kDeepSeek3},

    {"poro-chat", kBloom},
    {"bloom", kBloom},
    {"gpt3-finnish", kBloom},
    {"viking", kViking},

    {"gemma4", kLines, Pre::RawBytes | Pre::ForceBos},
    {"granite-embed-multi-311m", kLines, Pre::RawBytes | Pre::ForceBos},
    {"sarvam-moe", kLines, Pre::RawBytes},
};

}  // namespace

std::span<const PreTokenizer> allPreTokenizers() { return kPreTokenizers; }

const PreTokenizer* findPreTokenizer(std::string_view name) {
    const auto* const found =
        std::find_if(std::begin(kPreTokenizers), std::end(kPreTokenizers),
                     [&](const PreTokenizer& pre) { return pre.name == name; });
    return found == std::end(kPreTokenizers) ? nullptr : found;
}

}  // namespace alcove::engine
