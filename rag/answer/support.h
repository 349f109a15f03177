// Whether passages say what a sentence claims, found out without asking a model.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "rag/answer/extract.h"

namespace alcove::rag {

enum class Doubt : uint8_t {
    None,     // a passage says it
    NoClaim,  // nothing is claimed: "Here is what I found:"
    Number,   // a number that stands in no passage, or not with these words
    Date,
    Name,
    Negation,  // the passage denies what is claimed, or the reverse
    Opposite,  // "before" where the passage has "after"
    Words,     // too little of it stands there
};
[[nodiscard]] std::string_view name(Doubt doubt);

struct Support {
    Doubt doubt = Doubt::Words;
    double score = 0;    // share of the claim's words that the passage has
    size_t source = 0;   // where the best evidence stands,
    TextRange evidence;  // in its text: one to three sentences

    [[nodiscard]] bool supported() const { return doubt == Doubt::None; }
};

class SupportCheck {
public:
    /// What is passed in must outlive it. `embedder` may be null.
    SupportCheck(const std::vector<Source>& sources, Embedder* embedder, std::stop_token stop = {});

    /// The best evidence for a claim among `among` (indices of sources), or among all if empty.
    [[nodiscard]] Result<Support> check(std::string_view claim,
                                        const std::vector<size_t>& among = {});

    /// Whether a sentence says enough to be checked by itself: "1,450 euros." and "Ann Lee." do
    /// not.
    [[nodiscard]] static bool standsAlone(std::string_view claim);

private:
    struct Window {
        size_t source = 0;
        TextRange range;
        std::vector<Word> words;
        Facts facts;
        size_t sentences = 0;
        std::vector<Word> over;  // the line that heads this part of the text
        std::optional<std::vector<float>> vector;
    };
    struct Claim;
    [[nodiscard]] Support judge(const Claim& claim, const Window& window) const;
    [[nodiscard]] Result<double> meaning(const Claim& claim, Window& window);

    const std::vector<Source>& m_sources;
    Embedder* m_embedder;
    std::stop_token m_stop;
    std::vector<Window> m_windows;
    std::vector<std::vector<Word>> m_context;  // title and headings, of each source
    std::vector<Facts> m_contextFacts;
};

}  // namespace alcove::rag
