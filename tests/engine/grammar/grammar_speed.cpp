// grammar_speed FILE.gguf […]: how long a grammar keeps each token waiting, with the vocabulary of
// a model. The answers are what a model would write: texts that obey the grammar, cut by the
// model's tokenizer. "cold" is the first answer under a grammar, "warm" the second.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

#include "engine/grammar/automaton.h"
#include "engine/grammar/constraint.h"

namespace {

using namespace alcove;
using namespace alcove::engine;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double millisecondsSince(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::string words(std::mt19937& random, size_t count) {
    static const char* const all[] = {"the",     "garden", "was",   "still",  "wet",   "from",
                                      "rain",    "when",   "Maria", "café",   "found", "an",
                                      "old",     "letter", "in",    "Zürich", "under", "stone",
                                      "keeping", "quiet",  "about"};
    std::string out;
    for (size_t i = 0; i < count; ++i)
        out += (i == 0 ? "" : " ") + std::string(all[random() % std::size(all)]);
    return out;
}

struct Case {
    std::string name;
    Result<std::shared_ptr<const Grammar>> grammar;
    double compileMs;
    std::string answer;
};

Json recordSchema(bool bounded) {
    Json text = {{"type", "string"}};
    if (bounded) text["maxLength"] = 600;
    return {{"type", "array"},
            {"items",
             {{"type", "object"},
              {"properties",
               {{"name", text},
                {"story", text},
                {"age", {{"type", "integer"}, {"minimum", 0}, {"maximum", 120}}},
                {"born", {{"type", "string"}, {"format", "date"}}},
                {"score", {{"type", "number"}}},
                {"kind", {{"enum", {"friend", "foe", "family"}}}},
                {"tags", {{"type", "array"}, {"items", text}, {"maxItems", 9}}}}},
              {"required", {"name", "story", "age", "born", "score", "kind", "tags"}}}}};
}

std::string records(size_t count) {
    std::mt19937 random(5);
    Json all = Json::array();
    for (size_t i = 0; i < count; ++i)
        all.push_back({{"name", words(random, 2)},
                       {"story", words(random, 60)},
                       {"age", random() % 100},
                       {"born", "1985-11-0" + std::to_string(1 + random() % 9)},
                       {"score", static_cast<double>(random() % 10000) / 100.0},
                       {"kind", "family"},
                       {"tags", {words(random, 1), words(random, 2), "a \"quoted\" word"}}});
    return all.dump();
}

/// Many properties, objects in objects: what compiles slowly.
Json largeSchema() {
    Json schema = {{"type", "object"}, {"properties", Json::object()}};
    for (int i = 0; i < 40; ++i) {
        Json inner = {{"type", "object"}, {"properties", Json::object()}};
        for (int k = 0; k < 15; ++k)
            inner["properties"]["field_" + std::to_string(i) + "_" + std::to_string(k)] =
                k % 3 == 0   ? Json{{"type", "string"}, {"maxLength", 40 + k}}
                : k % 3 == 1 ? Json{{"type", "integer"}, {"minimum", -i}, {"maximum", 1000 * i + k}}
                             : Json{{"type", "string"}, {"pattern", "^[a-z]{2,8}-\\d{4}$"}};
        schema["properties"]["group_" + std::to_string(i)] = std::move(inner);
    }
    return schema;
}

Case fromSchema(std::string name, const Json& schema, std::string answer) {
    const auto start = Clock::now();
    auto grammar = Grammar::fromJsonSchema(schema);
    return {std::move(name), std::move(grammar), millisecondsSince(start), std::move(answer)};
}

Case fromGbnf(std::string name, const std::string& text, std::string answer) {
    const auto start = Clock::now();
    auto grammar = Grammar::fromGbnf(text);
    return {std::move(name), std::move(grammar), millisecondsSince(start), std::move(answer)};
}

std::vector<Case> cases() {
    std::vector<Case> all;
    all.push_back(fromSchema("records", recordSchema(false), records(8)));
    all.push_back(fromSchema("records, bounded strings", recordSchema(true), records(8)));
    all.push_back(fromSchema("any JSON", true, records(8)));
    all.push_back(fromSchema("600 fields", largeSchema(),
                             R"({"group_0":{"field_0_0":"a word","field_0_4":0},"group_7":{}})"));
    std::mt19937 random(9);
    std::string lines;
    for (int i = 0; i < 12; ++i) lines += "- " + words(random, 12) + "\n";
    all.push_back(
        fromGbnf("a list in GBNF", "root ::= item+\nitem ::= \"- \" [^\\n]+ \"\\n\"", lines));
    all.push_back(fromGbnf("characters by a rule",
                           "root ::= item+\nitem ::= \"- \" char char* \"\\n\"\n"
                           "char ::= letter | [^\\n]\nletter ::= [a-z] | \"(\" root \")\"",
                           lines));
    return all;
}

struct Times {
    std::vector<double> each;
    void print(const char* what) {
        std::sort(each.begin(), each.end());
        double sum = 0.0;
        for (const double time : each) sum += time;
        const double mean = sum / static_cast<double>(each.size());
        constexpr double kTokenMs = 1000.0 / 35.0;
        std::printf(
            "    %s: mean %.3f ms, median %.3f, 99%% below %.3f, most %.3f; %.2f %% of a "
            "model with 35 tokens/s\n",
            what, mean, each[each.size() / 2], each[each.size() * 99 / 100], each.back(),
            100.0 * mean / (kTokenMs + mean));
    }
};

bool answerTwice(const Case& given, const Tokenizer& tokenizer,
                 const std::shared_ptr<const TokenTrie>& trie) {
    Constraint constraint(*given.grammar, trie);
    const std::vector<Token> tokens = tokenizer.encode(given.answer);
    std::vector<float> logits(static_cast<size_t>(tokenizer.size()), 1.0f);
    std::printf("  %s: compiled in %.2f ms, %zu tokens\n", given.name.c_str(), given.compileMs,
                tokens.size());
    for (const char* pass : {"cold", "warm"}) {
        constraint.restart();
        Times times;
        for (const Token token : tokens) {
            std::fill(logits.begin(), logits.end(), 1.0f);
            const auto start = Clock::now();
            const Result<void> masked = constraint.mask(logits);
            const bool fits = masked && logits[static_cast<size_t>(token)] == 1.0f;
            const Result<void> accepted = constraint.accept(token);
            times.each.push_back(millisecondsSince(start));
            if (fits && accepted) continue;
            std::printf("    failed: %s\n",
                        !masked ? masked.message().c_str() : "a token of the answer is forbidden");
            return false;
        }
        if (!constraint.mayEnd()) return false;
        times.print(pass);
    }
    return true;
}

bool run(const char* path, const std::vector<Case>& all) {
    const auto file = GgufFile::open(path);
    if (!file) return std::fprintf(stderr, "%s\n", file.message().c_str()), false;
    const auto tokenizer = Tokenizer::load(*file);
    if (!tokenizer) return std::fprintf(stderr, "%s\n", tokenizer.message().c_str()), false;
    const auto start = Clock::now();
    const auto trie = std::make_shared<const TokenTrie>(**tokenizer);
    std::printf("%s: %d tokens, %zu nodes, built in %.1f ms\n", path, trie->size(),
                trie->nodes().size(), millisecondsSince(start));
    bool good = true;
    for (const Case& one : all) good &= answerTwice(one, **tokenizer, trie);
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<Case> all = cases();
    for (const Case& one : all)
        if (!one.grammar)
            return std::fprintf(stderr, "%s: %s\n", one.name.c_str(),
                                one.grammar.message().c_str()),
                   1;
    bool good = argc > 1;
    for (int i = 1; i < argc; ++i) good &= run(argv[i], all);
    return good ? 0 : 1;
}
