// alcove-cli route calibrate: from which confidence on a small model's answers may be kept.
#include <cstdio>
#include <ostream>

#include "app/cli/library_line.h"
#include "app/cli/route.h"
#include "app/cli/setup.h"
#include "app/routing/calibration.h"
#include "app/routing/routed_answer.h"
#include "engine/base/terminal.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kFewExamples = 50;

struct CalibrateChoices {
    std::string examples, small, large, measure = "mean";
    float wanted = 0.9F;
    int64_t limit = 256;
    bool json = false;
};

std::string percent(const std::optional<double>& share) {
    if (!share) return "–";
    char text[32];
    std::snprintf(text, sizeof text, "%.1f %%", *share * 100.0);
    return text;
}

std::string decimals(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

Measure measureNamed(const std::string& word) {
    for (const Measure measure : {Measure::Minimum, Measure::Support})
        if (name(measure) == word) return measure;
    return Measure::Mean;
}

rag::Passage passageOf(const std::string& text, size_t number) {
    rag::Passage passage;
    passage.document.path = concat("passage ", number);
    passage.text = text;
    return passage;
}

Json rowAsJson(const ThresholdRow& row, size_t all) {
    return {{"threshold", row.threshold},
            {"escalated", row.escalated},
            {"share_escalated", static_cast<double>(row.escalated) / static_cast<double>(all)},
            {"accuracy_of_kept", asJson(row.keptAccuracy)},
            {"accuracy", asJson(row.accuracy)}};
}

class Calibration {
public:
    Calibration(const CalibrateChoices& choices, Streams& streams)
        : m_choices(choices), m_streams(streams) {}

    Result<void> run() {
        const InterruptWatcher interrupts([&] { m_stop.request_stop(); });
        ALCOVE_TRY(const std::string text, readFile(m_choices.examples));
        ALCOVE_TRY(m_examples, readExamples(text, m_choices.examples));
        ALCOVE_TRY(m_settings, loadRoutes(m_streams));
        m_small =
            m_choices.small.empty() ? m_settings.routing.fallback : parseTarget(m_choices.small);
        if (!m_choices.large.empty()) m_large = parseTarget(m_choices.large);
        // Whoever names a target here means it; the switch for all machines still holds.
        for (Target* target : {&m_small, m_large ? &*m_large : nullptr}) {
            if (!target) continue;
            target->mayLeave = target->mayLeave || target != &m_small || !m_choices.small.empty();
            if (const auto refusal = forbidden(*target, m_settings.endpoints))
                return fail(shown(*target), " may not be asked: ", *refusal);
        }
        if (m_examples.size() < kFewExamples)
            m_streams.error << "alcove-cli: " << m_examples.size()
                            << " examples say little; 50 to 100 are good\n";
        ALCOVE_CHECK(askAll());
        m_choices.json ? printJson() : printTable();
        return {};
    }

private:
    Result<void> askAll() {
        TargetAsker asker(m_settings.endpoints);
        for (size_t i = 0; i < m_examples.size(); ++i) {
            const Example& example = m_examples[i];
            RoutedQuestion question;
            question.text = example.question;
            question.tokens = m_choices.limit;
            for (const std::string& passage : example.passages)
                question.passages.push_back(passageOf(passage, question.passages.size() + 1));
            ALCOVE_TRY(TargetAnswer small, asker.ask(m_small, question, {}, m_stop.get_token()));
            m_small.model = small.target.model;
            Trial trial;
            trial.confidence = small.confidence;
            trial.smallRight = containsAnswer(small.reply.text, example.answers);
            m_smallTexts.push_back(std::move(small.reply.text));
            if (m_large) {
                ALCOVE_TRY(const TargetAnswer large,
                           asker.ask(*m_large, question, {}, m_stop.get_token()));
                m_large->model = large.target.model;
                trial.largeRight = containsAnswer(large.reply.text, example.answers);
                m_largeTexts.push_back(large.reply.text);
            }
            m_trials.push_back(trial);
            if (errorIsTerminal())
                m_streams.error << '\r' << i + 1 << " of " << m_examples.size()
                                << (i + 1 == m_examples.size() ? "\n" : "") << std::flush;
        }
        return {};
    }

    [[nodiscard]] std::optional<double> accuracy(bool large) const {
        if (large && !m_large) return std::nullopt;
        size_t right = 0;
        for (const Trial& trial : m_trials)
            right += large ? trial.largeRight.value_or(false) : trial.smallRight;
        return static_cast<double>(right) / static_cast<double>(m_trials.size());
    }

    void printTable() const {
        std::ostream& out = m_streams.out;
        const Measure measure = measureNamed(m_choices.measure);
        const std::vector<ThresholdRow> rows = tableOf(m_trials, measure);
        out << m_trials.size() << " examples; " << kHowJudged << ".\n"
            << printable(shown(m_small), kUncut) << " alone: " << percent(accuracy(false));
        if (m_large)
            out << "; " << printable(shown(*m_large), kUncut)
                << " alone: " << percent(accuracy(true));
        out << "\n\n" << name(measure) << " below  goes on   right of kept   right of all\n";
        for (const ThresholdRow& row : rows) {
            const double share =
                static_cast<double>(row.escalated) / static_cast<double>(m_trials.size());
            char line[128];
            std::snprintf(line, sizeof line, "%*s %10s %15s %14s\n",
                          static_cast<int>(name(measure).size()) + 6,
                          decimals(row.threshold).c_str(), percent(share).c_str(),
                          percent(row.keptAccuracy).c_str(), percent(row.accuracy).c_str());
            out << line;
        }
        out << '\n';
        const char* const of = m_large ? "of all answers" : "of the answers that are kept";
        if (const auto chosen = chooseRow(rows, m_choices.wanted))
            out << "For " << percent(m_choices.wanted) << " right " << of << ": \"" << name(measure)
                << "\": " << decimals(chosen->threshold) << '\n';
        else
            out << "No threshold makes " << percent(m_choices.wanted) << ' ' << of << " right.\n";
    }

    void printJson() const {
        Json json = {{"examples", m_trials.size()},
                     {"judged", kHowJudged},
                     {"small", shown(m_small)},
                     {"small_accuracy", asJson(accuracy(false))}};
        json["large"] = m_large ? Json(shown(*m_large)) : Json(nullptr);
        json["large_accuracy"] = asJson(accuracy(true));
        json["wanted_accuracy"] = m_choices.wanted;
        json["chosen_by"] = m_choices.measure;
        for (const Measure measure : {Measure::Mean, Measure::Minimum, Measure::Support}) {
            const std::vector<ThresholdRow> rows = tableOf(m_trials, measure);
            Json entry = {{"rows", Json::array()}, {"chosen", nullptr}};
            for (const ThresholdRow& row : rows)
                entry["rows"].push_back(rowAsJson(row, m_trials.size()));
            if (const auto chosen = chooseRow(rows, m_choices.wanted))
                entry["chosen"] = rowAsJson(*chosen, m_trials.size());
            json["measures"][std::string(name(measure))] = std::move(entry);
        }
        json["results"] = Json::array();
        for (size_t i = 0; i < m_trials.size(); ++i) {
            Json entry = {{"question", m_examples[i].question},
                          {"confidence", asJson(m_trials[i].confidence)},
                          {"small", m_smallTexts[i]},
                          {"small_right", m_trials[i].smallRight}};
            if (m_large) {
                entry["large"] = m_largeTexts[i];
                entry["large_right"] = *m_trials[i].largeRight;
            }
            json["results"].push_back(std::move(entry));
        }
        m_streams.out << dump(json) << '\n';
    }

    const CalibrateChoices& m_choices;
    Streams& m_streams;
    std::stop_source m_stop;
    RouteSettings m_settings;
    std::vector<Example> m_examples;
    std::vector<Trial> m_trials;
    std::vector<std::string> m_smallTexts, m_largeTexts;
    Target m_small;
    std::optional<Target> m_large;
};

}  // namespace

ExitCode runRouteCalibrate(Words words, Streams& streams) {
    CalibrateChoices o;
    Options options(
        "route calibrate --examples FILE.jsonl [--small E/M] [--large E/M] [--json]",
        "Asks a small model, and a large one if it is given, questions whose answers are known, "
        "and\nprints for each threshold of confidence how many would go on and how many come out "
        "right:\n" +
            std::string(kHowJudged) + ".");
    options.name("--examples", "FILE",
                 "lines of JSON: {\"question\": …, \"answers\": […], \"passages\": […]}",
                 o.examples);
    options.required("--examples");
    options.name("--small", "E/M", "endpoint and model (the default route)", o.small);
    options.name("--large", "E/M", "endpoint and model (none)", o.large);
    options.number("--accuracy", "X", "that is wanted, from 0 to 1 (0.9)", o.wanted, 0.0F, 1.0F);
    options.choice("--by", "what the threshold is of (mean)", {"mean", "minimum", "support"},
                   o.measure);
    options.integer("-n, --limit", "N", "tokens of an answer at most (256)", o.limit, 1, 1 << 16);
    options.flag("--json", "one JSON object, with the tables of all three", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(Calibration(o, streams).run(), streams);
}

}  // namespace alcove::app
