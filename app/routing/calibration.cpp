#include "app/routing/calibration.h"

#include <algorithm>
#include <cmath>

#include "app/api/fields.h"
#include "app/routing/words.h"
#include "engine/base/unicode.h"
#include "engine/import/json.h"

namespace alcove::app {
namespace {

constexpr size_t kMostExamples = 10'000;
constexpr size_t kMostAnswers = 100;
constexpr double kSteps = 1e4;  // thresholds have four decimals

Result<Example> readExample(std::string_view line, const std::string& where) {
    ALCOVE_TRY(const Json entry, engine::parseOrderedJson(line, where));
    if (!entry.is_object()) return fail(where, ": an object is expected");
    Fields fields(entry);
    Example example;
    example.question = fields.requiredText("question");
    if (fields.has("answer") == fields.has("answers"))
        fields.refuse("answers", "must be given, or 'answer' for a single one");
    example.answers = fields.has("answers") ? fields.texts("answers", kMostAnswers)
                                            : std::vector{fields.text("answer")};
    example.passages = fields.texts("passages", kMostAnswers);
    if (fields.error()) return fail(where, ": ", fields.error()->message);
    if (example.question.empty()) return fail(where, ": the question is empty");
    if (example.answers.empty()) return fail(where, ": there is no wanted answer");
    for (const std::string& answer : example.answers)
        if (normalised(answer).empty())
            return fail(where, ": '", answer, "' has neither letters nor digits, so that every ",
                        "answer would contain it");
    return example;
}

double cut(double value) { return std::floor(value * kSteps) / kSteps; }

}  // namespace

Result<std::vector<Example>> readExamples(std::string_view text, const std::string& name) {
    std::vector<Example> examples;
    for (size_t number = 1; !text.empty(); ++number) {
        const size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (examples.size() == kMostExamples)
            return fail(name, ": has more than ", kMostExamples, " examples");
        ALCOVE_TRY(Example example, readExample(line, concat(name, ", line ", number)));
        examples.push_back(std::move(example));
    }
    if (examples.empty()) return fail(name, ": there are no examples in it");
    return examples;
}

std::string normalised(std::string_view text) {
    const std::u32string points = codePoints(text);
    const auto isDigit = [&](size_t i) {
        return i < points.size() && points[i] >= U'0' && points[i] <= U'9';
    };
    std::string out;
    bool blank = false;
    for (size_t i = 0; i < points.size(); ++i) {
        const char32_t c = points[i];
        const UnicodeCategory category = unicodeCategory(c);
        if (category == UnicodeCategory::Mark) continue;  // an accent that stands by itself
        const bool inNumber = i > 0 && isDigit(i - 1) && isDigit(i + 1);
        const bool thousands =
            c == U',' && inNumber && isDigit(i + 2) && isDigit(i + 3) && !isDigit(i + 4);
        if (thousands) continue;
        const bool kept = category == UnicodeCategory::Letter ||
                          category == UnicodeCategory::Number || (c == U'.' && inNumber);
        if (!kept) {
            blank = true;
            continue;
        }
        if (blank && !out.empty()) out += ' ';
        blank = false;
        appendUtf8(out, unicodeLower(unicodeBase(c)));
    }
    return out;
}

bool containsAnswer(std::string_view answer, const std::vector<std::string>& wanted) {
    const std::string text = " " + normalised(answer) + " ";
    return std::ranges::any_of(wanted, [&](const std::string& one) {
        const std::string words = normalised(one);
        return !words.empty() && text.find(" " + words + " ") != std::string::npos;
    });
}

std::string_view name(Measure measure) {
    return measure == Measure::Mean ? "mean" : measure == Measure::Minimum ? "minimum" : "support";
}

std::optional<double> valueOf(const Confidence& confidence, Measure measure) {
    return measure == Measure::Mean      ? confidence.mean
           : measure == Measure::Minimum ? confidence.minimum
                                         : confidence.support;
}

std::vector<ThresholdRow> tableOf(const std::vector<Trial>& trials, Measure measure) {
    std::vector<double> thresholds = {0.0, 1.0};
    for (const Trial& trial : trials)
        if (const auto value = valueOf(trial.confidence, measure))
            thresholds.push_back(cut(*value));
    std::ranges::sort(thresholds);
    thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
    const bool withLarge = !trials.empty() && std::ranges::all_of(trials, [](const Trial& t) {
        return t.largeRight.has_value();
    });
    std::vector<ThresholdRow> rows;
    for (const double threshold : thresholds) {
        ThresholdRow row;
        row.threshold = threshold;
        size_t keptRight = 0, right = 0;
        for (const Trial& trial : trials) {
            const auto value = valueOf(trial.confidence, measure);
            if (value && *value >= threshold) {
                ++row.kept;
                keptRight += trial.smallRight;
                right += trial.smallRight;
            } else {
                ++row.escalated;
                right += trial.largeRight.value_or(false);
            }
        }
        const auto share = [](size_t part, size_t all) {
            return static_cast<double>(part) / static_cast<double>(all);
        };
        if (row.kept > 0) row.keptAccuracy = share(keptRight, row.kept);
        if (withLarge) row.accuracy = share(right, trials.size());
        rows.push_back(row);
    }
    return rows;
}

std::optional<ThresholdRow> chooseRow(const std::vector<ThresholdRow>& rows, double wanted) {
    std::optional<ThresholdRow> best;
    for (const ThresholdRow& row : rows) {
        const std::optional<double> reached = row.accuracy ? row.accuracy : row.keptAccuracy;
        if (reached && *reached >= wanted && (!best || row.escalated < best->escalated)) best = row;
    }
    return best;
}

}  // namespace alcove::app
