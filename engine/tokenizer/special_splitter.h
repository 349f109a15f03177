// Cuts special tokens out of a text before anything else looks at it.
//
// The order is part of the result: tokens are searched longest name first, each from left to right
// in what is still plain text, so a long name wins over an overlapping shorter one even if that
// begins earlier. Searching for every name would cost vocabulary × text; instead one walk with a
// trie finds the names that occur at all, and only these are searched.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/tokenizer/tokenizer.h"
#include "engine/tokenizer/trie.h"
#include "engine/tokenizer/vocabulary.h"

namespace alcove::engine {

class SpecialSplitter {
public:
    struct Part {
        std::string_view text;   // plain text, never empty; or
        Token token = kNoToken;  // a special token
    };

    explicit SpecialSplitter(const Vocabulary& vocabulary);

    /// User-defined tokens always; control and unknown tokens when `parseSpecial`; none in `plain`.
    [[nodiscard]] std::vector<Part> split(const Vocabulary& vocabulary, std::string_view text,
                                          bool parseSpecial,
                                          std::span<const ByteRange> plain = {}) const;

private:
    struct Name {
        Token token;
        bool onlyParsed;  // a control or unknown token
    };
    [[nodiscard]] std::vector<bool> occurring(std::string_view text) const;

    std::vector<Name> m_names;  // in the order of their search
    Trie m_trie;                // names to places in m_names
    bool m_starts[256] = {};    // bytes that begin a name
};

}  // namespace alcove::engine
