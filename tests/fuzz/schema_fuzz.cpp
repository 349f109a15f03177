// Any JSON as a JSON schema, and a text under it. Neither may crash, or take longer than the limits
// allow; and what is written must be JSON.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/grammar/automaton.h"
#include "engine/grammar/grammar.h"
#include "engine/grammar/recogniser.h"
#include "engine/import/json.h"

using namespace alcove::engine;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto schema =
        parseOrderedJson(std::string(reinterpret_cast<const char*>(data), size), "schema");
    if (!schema) return 0;
    const auto grammar = Grammar::fromJsonSchema(*schema);
    if (!grammar) {
        if (grammar.message().empty()) __builtin_trap();
        return 0;
    }
    grammar::Recogniser recogniser((*grammar)->automaton());
    auto state = recogniser.start();
    std::string text;
    uint32_t random = 2166136261U;
    for (size_t i = 0; i < size; ++i) random = (random ^ data[i]) * 16777619U;
    constexpr size_t kLongest = 400;
    while (recogniser.mayGoOn(state) && text.size() < kLongest && recogniser.work() < 2'000'000) {
        random = random * 1664525U + 1013904223U;
        if (recogniser.mayEnd(state) && random >> 30 == 0) break;
        auto byte = static_cast<uint8_t>(random >> 16);
        auto next = grammar::Recogniser::kDead;
        for (int tries = 0; tries < 256 && next == grammar::Recogniser::kDead; ++tries)
            next = recogniser.next(state, ++byte);
        if (next == grammar::Recogniser::kDead) break;  // too ambiguous to be followed
        state = next;
        text += static_cast<char>(byte);
    }
    if (recogniser.mayEnd(state) && !nlohmann::json::accept(text)) __builtin_trap();
    return 0;
}
