// A question that only makes sense after the ones before it, written out so that it stands alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace alcove::rag {

struct Turn {
    std::string question;  // as it was understood: written out
    std::string answer;    // may be empty
};

/// "and in 2021?" after "How many visitors were there in 2022?" is "How many visitors were there in
/// 2021?". A question that stands alone comes back as it is. Looks at the last turn only; what was
/// carried over from earlier ones is in its question.
[[nodiscard]] std::string resolveFollowUp(std::string_view question,
                                          const std::vector<Turn>& turns);

}  // namespace alcove::rag
