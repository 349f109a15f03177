// From which confidence on the answers of a small model may be kept: found with examples whose
// answers are known.
//
// An answer counts as right where it contains one of the wanted answers, both normalised: in lower
// case, letters without accents, everything but letters and digits a blank, thousands without
// commas, and whole words only ("4" is not in "40"). That is generous to long answers, and knows
// no other words for the same thing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/routing/confidence.h"
#include "engine/base/result.h"

namespace alcove::app {

inline constexpr std::string_view kHowJudged =
    "an answer counts as right where it contains a wanted answer as whole words, both without "
    "case, accents and punctuation";

struct Example {
    std::string question;
    std::vector<std::string> answers;   // any of them
    std::vector<std::string> passages;  // what is to be answered from
};
/// Lines of JSON: {"question": "…", "answers": ["…"], "passages": ["…"]}; "answer" for a single
/// one. Empty lines are allowed; an error names its line.
[[nodiscard]] Result<std::vector<Example>> readExamples(std::string_view text,
                                                        const std::string& name);

[[nodiscard]] std::string normalised(std::string_view text);
[[nodiscard]] bool containsAnswer(std::string_view answer, const std::vector<std::string>& wanted);

/// What became of an example.
struct Trial {
    Confidence confidence;
    bool smallRight = false;
    std::optional<bool> largeRight;  // nothing: no large model was asked
};

enum class Measure { Mean, Minimum, Support };
[[nodiscard]] std::string_view name(Measure measure);
[[nodiscard]] std::optional<double> valueOf(const Confidence& confidence, Measure measure);

/// What a threshold would do: what is below it, or not told, goes on to the large model.
struct ThresholdRow {
    double threshold = 0;
    size_t kept = 0, escalated = 0;
    std::optional<double> keptAccuracy;  // of those that the small model keeps; nothing: none
    std::optional<double> accuracy;      // of all; nothing: no large model was asked
};
/// Ascending: 0, every confidence that occurs (cut to four decimals), and 1.
[[nodiscard]] std::vector<ThresholdRow> tableOf(const std::vector<Trial>& trials, Measure measure);

/// The row that reaches an accuracy (of all; without a large model, of what is kept) with the
/// fewest escalated; nothing: none does.
[[nodiscard]] std::optional<ThresholdRow> chooseRow(const std::vector<ThresholdRow>& rows,
                                                    double wanted);

}  // namespace alcove::app
