// How a byte-level BPE tokenizer cuts text into words before it merges. tokenizer.json holds the
// rules as a list of steps; readers of a GGUF know whole lists by a name. The list is brought into
// one line of text a step and looked up, so two tokenizers with the same rules get the same name
// whatever their vocabularies are.
#include <array>

#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

constexpr size_t kMaxSteps = 8;

// The expressions are those of the models' own tokenizer.json.
constexpr std::string_view kLetters3Digits =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLetters1Digit =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kMarks1Digit =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kCased3Digits =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kCased1Digit =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kDeepSeek3 =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct KnownRules {
    std::string_view name;
    std::array<std::string_view, 4> steps;
};

constexpr std::array kKnownRules = {
    KnownRules{"gpt-2", {"words"}},
    KnownRules{"smollm", {"digits", "words"}},
    KnownRules{"smaug-bpe", {kLetters3Digits, "bytes"}},  // or "llama-bpe", see below
    KnownRules{"qwen2", {kLetters1Digit, "bytes"}},
    KnownRules{"qwen35", {kMarks1Digit, "bytes"}},
    KnownRules{"gpt-4o", {kCased3Digits, "bytes"}},
    KnownRules{"tekken", {kCased1Digit, "bytes"}},
    KnownRules{"deepseek-v3", {R"(\p{N}{1,3})", "[一-龥\u3040-ゟ゠-ヿ]+", kDeepSeek3, "bytes"}},
};

/// A step in one line: the expression of a split, "digits", "words" (GPT-2's own expression), or
/// "bytes" (only the change of alphabet).
Result<std::string> stepText(const Json& step, const std::string& where) {
    const std::string_view type = stringAt(&step, "type");
    if (type == "ByteLevel") {
        if (isTrue(&step, "add_prefix_space"))
            return fail(where, ": ByteLevel with add_prefix_space is not imported");
        const bool words = asBoolean(find(step, "use_regex")).value_or(true);
        return std::string(words ? "words" : "bytes");
    }
    if (type == "Digits" && isTrue(&step, "individual_digits")) return std::string("digits");
    if (type == "Split") {
        const Json* pattern = find(step, "pattern");
        const std::string_view expression = stringAt(pattern, "Regex");
        const std::string_view behaviour = stringAt(&step, "behavior");
        const bool inverted = isTrue(&step, "invert");
        // Expressions that cover every character: keeping the matches, or dropping what is between
        // them, is the same.
        const bool usual =
            (behaviour == "Isolated" && !inverted) || (behaviour == "Removed" && inverted);
        if (!expression.empty() && usual) return std::string(expression);
    }
    return fail(where, ": step ",
                step.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 300),
                " is not imported");
}

}  // namespace

Result<std::string> preTokenizerName(const Json& tokenizer, const std::string& name) {
    const std::string where = name + ": pre_tokenizer";
    const Json* root = find(tokenizer, "pre_tokenizer");
    if (!root) return fail(where, " is missing");
    std::vector<std::string> steps;
    const Json* list = find(root, "pretokenizers");
    const size_t count = list && list->is_array() ? list->size() : 1;
    if (count > kMaxSteps) return fail(where, ": ", count, " steps");
    for (size_t i = 0; i < count; ++i) {
        ALCOVE_TRY(std::string step, stepText(list ? (*list)[i] : *root, where));
        steps.push_back(std::move(step));
    }
    for (const KnownRules& known : kKnownRules) {
        bool same = true;
        for (size_t i = 0; i < std::max(known.steps.size(), steps.size()) && same; ++i)
            same = (i < known.steps.size() ? known.steps[i] : "") ==
                   (i < steps.size() ? std::string_view(steps[i]) : "");
        if (!same) continue;
        // Llama 3 takes a word that is in the vocabulary whole, without merging.
        const bool whole = isTrue(find(tokenizer, "model"), "ignore_merges");
        return std::string(known.name == "smaug-bpe" && whole ? "llama-bpe" : known.name);
    }
    std::string all;
    for (const std::string& step : steps) all += (all.empty() ? "" : "  then  ") + step;
    return fail(where, ": no reader knows these rules: ", all);
}

}  // namespace alcove::engine
