#include "engine/sampling/breakers.h"

#include <algorithm>

namespace alcove::engine {
namespace {

constexpr size_t kMostTail = 20;  // tokens of the rest; a longer breaker is cut to its beginning

/// Adds [token, tokens of the rest] for each beginning of `text` with which `piece` ends.
void addOverlaps(const Tokenizer& tokenizer, int32_t token, const std::string& piece,
                 const std::string& text, std::vector<std::vector<int32_t>>& out) {
    const size_t most = std::min(piece.size(), text.size() - 1);
    for (size_t length = 1; length <= most; ++length) {
        if (piece.compare(piece.size() - length, length, text, 0, length) != 0) continue;
        std::vector<int32_t> sequence = tokenizer.encode(text.substr(length));
        if (sequence.size() > kMostTail) sequence.resize(kMostTail);
        sequence.insert(sequence.begin(), token);
        out.push_back(std::move(sequence));
    }
}

}  // namespace

std::vector<std::string> defaultBreakers() { return {"\n", ":", "\"", "*"}; }

std::vector<std::vector<int32_t>> breakerTokens(const Tokenizer& tokenizer,
                                                std::span<const std::string> strings) {
    std::vector<std::vector<int32_t>> sequences;
    for (int32_t token = 0; token < tokenizer.size(); ++token) {
        const std::string piece = tokenizer.piece(token, true);
        if (piece.empty()) continue;
        const auto contains = [&](const std::string& text) {
            return !text.empty() && piece.find(text) != std::string::npos;
        };
        if (std::any_of(strings.begin(), strings.end(), contains)) {
            sequences.push_back({token});
            continue;
        }
        for (const std::string& text : strings)
            if (!text.empty()) addOverlaps(tokenizer, token, piece, text, sequences);
    }
    return sequences;
}

}  // namespace alcove::engine
