// Any bytes as a GBNF grammar, and the same bytes as a text under it. Neither may crash, or take
// longer than the limits allow.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/grammar/automaton.h"
#include "engine/grammar/grammar.h"
#include "engine/grammar/recogniser.h"

using namespace alcove::engine;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto grammar = Grammar::fromGbnf(text);
    if (!grammar) {
        if (grammar.message().empty()) __builtin_trap();
        return 0;
    }
    grammar::Recogniser recogniser((*grammar)->automaton());
    auto state = recogniser.start();
    // The root can be completed, so something can be read, or nothing need be.
    if (!recogniser.overloaded() && !recogniser.mayEnd(state) && !recogniser.mayGoOn(state))
        __builtin_trap();
    uint8_t byte = 0;
    for (size_t i = 0; i < size && recogniser.work() < 2'000'000; ++i) {
        // Bytes that fit are taken, so that the text goes far.
        byte = static_cast<uint8_t>(byte + data[i]);
        for (int tries = 0; tries < 256; ++tries, ++byte) {
            const auto next = recogniser.next(state, byte);
            if (next == grammar::Recogniser::kDead) continue;
            state = next;
            break;
        }
        if (i % 64 == 63) state = recogniser.keepOnly(state);
    }
    return 0;
}
