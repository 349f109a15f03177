// alcove-cli route: which model a question goes to and why, and its answer by that way.
#include "app/cli/route.h"

#include <ostream>

#include "app/cli/library_line.h"
#include "app/cli/settings.h"
#include "app/cli/setup.h"
#include "app/routing/routed_answer.h"
#include "engine/base/terminal.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRouting = "routing";

struct RouteChoices {
    std::string question, library;
    int64_t passages = 8, limit = 512;
    bool explain = false, image = false, documents = false, json = false;
};

Json describe(const Decision& decision) {
    const QuestionTraits& traits = decision.traits;
    Json json = {{"task", name(traits.task)},
                 {"task_reason", traits.taskReason},
                 {"language", traits.language},
                 {"language_reason", traits.languageReason},
                 {"length", traits.length},
                 {"has_image", traits.hasImage},
                 {"has_documents", traits.hasDocuments}};
    json["considered"] = Json::array();
    for (const Considered& one : decision.considered) {
        Json entry = {{"rule", one.rule}, {"fits", one.fits}, {"chosen", one.chosen}};
        if (!one.chosen) entry["reason"] = one.reason;
        json["considered"].push_back(std::move(entry));
    }
    json["rule"] = decision.rule;
    json["endpoint"] = decision.target.endpoint;
    json["model"] = decision.target.model;
    json["leaves_this_machine"] = decision.leaves;
    if (!decision.onward) {
        json["escalation"] = {{"possible", false}, {"reason", decision.whyNotOnward}};
        return json;
    }
    json["escalation"] = {{"possible", true},
                          {"endpoint", decision.onward->to.endpoint},
                          {"model", decision.onward->to.model},
                          {"below", asJson(decision.onward->thresholds)},
                          {"leaves_this_machine", decision.onwardLeaves}};
    return json;
}

std::string whither(bool leaves) {
    return leaves ? "another machine: the question leaves this one" : "stays on this machine";
}

void print(const Decision& decision, std::ostream& out) {
    const QuestionTraits& traits = decision.traits;
    out << "task       " << name(traits.task) << ": " << printable(traits.taskReason, kUncut)
        << "\nlanguage   " << (traits.language.empty() ? "not told" : traits.language) << ": "
        << traits.languageReason << "\nlength     " << traits.length << " characters\nimage      "
        << (traits.hasImage ? "yes" : "no") << "\ndocuments  "
        << (traits.hasDocuments ? "yes" : "no") << "\n\n";
    for (const Considered& one : decision.considered) {
        out << "rule '" << printable(one.rule, kUncut) << "': ";
        if (one.chosen)
            out << (one.rule == "default" ? "taken, since no rule was\n" : "fits\n");
        else
            out << (one.fits ? "fits, and is passed over: " : "does not fit: ")
                << printable(one.reason, kUncut) << '\n';
    }
    out << "\nasked      " << printable(shown(decision.target), kUncut) << " ("
        << whither(decision.leaves) << ")\nif unsure  ";
    if (!decision.onward) {
        out << "no other model: " << printable(decision.whyNotOnward, kUncut) << '\n';
        return;
    }
    const Thresholds& below = decision.onward->thresholds;
    out << printable(shown(decision.onward->to), kUncut) << " (" << whither(decision.onwardLeaves)
        << "), below";
    if (below.mean) out << " mean " << *below.mean;
    if (below.minimum) out << " minimum " << *below.minimum;
    if (below.support) out << " support " << *below.support;
    out << '\n';
}

Json describe(const TargetAnswer& answer) {
    return {{"endpoint", answer.target.endpoint},
            {"model", answer.target.model},
            {"answer", answer.reply.text},
            {"finish", answer.reply.finish},
            {"confidence", asJson(answer.confidence)}};
}

/// What a search told, as it was before.
rag::Passage passageOf(const Json& told) {
    rag::Passage passage;
    passage.document.id = told["document"];
    passage.document.path = told["path"];
    passage.document.title = told["title"];
    passage.document.kind = told["type"];
    passage.heading = told["heading"];
    passage.text = told["text"];
    passage.score = told["score"];
    for (const Json& part : told["parts"])
        passage.parts.push_back(
            {part["page"].get<uint32_t>() - 1, part["label"], {part["begin"], part["end"]}});
    return passage;
}

Result<std::vector<rag::Passage>> passagesFor(const RouteChoices& choices, Streams& streams) {
    std::vector<rag::Passage> passages;
    if (choices.library.empty()) return passages;
    LibraryLine line(streams, {});
    ALCOVE_TRY(const Json found, line.call("search", {{"library", wholePath(choices.library)},
                                                      {"query", choices.question},
                                                      {"count", choices.passages}}));
    for (const Json& one : found["passages"]) passages.push_back(passageOf(one));
    return passages;
}

Result<void> answer(const RouteChoices& choices, const RouteSettings& settings,
                    const Decision& decision, Streams& streams) {
    std::stop_source stop;
    const InterruptWatcher interrupts([&] { stop.request_stop(); });
    RoutedQuestion question;
    question.text = choices.question;
    question.tokens = choices.limit;
    ALCOVE_TRY(question.passages, passagesFor(choices, streams));
    TargetAsker asker(settings.endpoints);
    std::string unfinished;  // of a character that came in two pieces
    const auto show = [&](std::string_view text) {
        if (choices.json) return;
        unfinished += text;
        size_t whole = unfinished.size();
        for (size_t at = 0; at < unfinished.size();) {
            const Utf8Prefix next = strictUtf8Prefix(std::string_view(unfinished).substr(at));
            if (next.state == Utf8Prefix::State::Unfinished) {
                whole = at;
                break;
            }
            at += next.bytes;
        }
        streams.out << printableText(std::string_view(unfinished).substr(0, whole)) << std::flush;
        unfinished.erase(0, whole);
    };
    Result<RoutedAnswer> routed = answerByRoute(asker, decision, question, show, stop.get_token());
    if (!routed) {
        if (!choices.json) streams.out << std::endl;
        return routed.error();
    }
    if (choices.json) {
        Json json = {{"question", choices.question}, {"route", describe(decision)}};
        json["answer"] = routed->kept().reply.text;
        json["answered_by"] = shown(routed->kept().target);
        json["escalated"] = routed->second.has_value();
        json["doubt"] = routed->doubt ? Json(*routed->doubt) : Json(nullptr);
        json["first"] = describe(routed->first);
        if (routed->second) json["second"] = describe(*routed->second);
        if (!routed->note.empty()) json["note"] = routed->note;
        json["passages"] = question.passages.size();
        streams.out << dump(json) << '\n';
        return {};
    }
    streams.out << printableText(unfinished) << '\n';
    streams.out.flush();
    streams.error << '(' << printable(shown(routed->kept().target), kUncut) << ", rule '"
                  << printable(decision.rule, kUncut) << '\'';
    if (routed->doubt)
        streams.error << "; " << printable(shown(routed->first.target), kUncut)
                      << " was not sure: " << *routed->doubt;
    streams.error << ")\n";
    if (!routed->note.empty())
        streams.error << "alcove-cli: the larger model was not asked: "
                      << printable(routed->note, kUncut) << '\n';
    for (const Considered& one : decision.considered)
        if (one.fits && !one.chosen)
            streams.error << "alcove-cli: the rule '" << printable(one.rule, kUncut)
                          << "' fits and was passed over: " << printable(one.reason, kUncut)
                          << '\n';
    return {};
}

Result<void> route(const RouteChoices& choices, Streams& streams) {
    ALCOVE_TRY(const RouteSettings settings, loadRoutes(streams));
    const bool documents = choices.documents || !choices.library.empty();
    ALCOVE_TRY(const Decision decision,
               decide(settings.routing, settings.endpoints,
                      traitsOf(choices.question, choices.image, documents)));
    if (!choices.explain) return answer(choices, settings, decision, streams);
    if (choices.json)
        streams.out << dump(describe(decision)) << '\n';
    else
        print(decision, streams.out);
    return {};
}

Result<void> rules(const std::string& file, Streams& streams) {
    if (!file.empty()) {
        ALCOVE_TRY(const Json wanted, readJsonFile(file));
        // Said of this file, and before anything is changed.
        Json whole = Json::object();
        whole[kRouting] = wanted;
        if (const auto read = readRouting(whole); !read)
            return fail(file, ": ", read.message(), "; nothing was changed");
        return changeSettings(
            [&](Json& values) -> Result<void> {
                values[kRouting] = wanted;
                return {};
            },
            streams);
    }
    ALCOVE_TRY(const Json values, loadSettings(streams));
    streams.out << values.value(kRouting, Json::object())
                       .dump(2, ' ', false, Json::error_handler_t::replace)
                << '\n';
    return {};
}

ExitCode runRules(Words words, Streams& streams) {
    std::string file;
    Options options("route rules [--set FILE.json]",
                    "Prints the rules as the settings have them, or replaces them.");
    options.name("--set", "FILE", "a JSON object: default, rules, escalation", file);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(rules(file, streams), streams);
}

}  // namespace

Result<RouteSettings> loadRoutes(Streams& streams) {
    ALCOVE_TRY(const Json values, loadSettings(streams));
    RouteSettings settings;
    ALCOVE_TRY(settings.endpoints, readEndpoints(values));
    ALCOVE_TRY(settings.routing, readRouting(values));
    return settings;
}

Json asJson(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json asJson(const Confidence& confidence) {
    return {{"mean", asJson(confidence.mean)},
            {"minimum", asJson(confidence.minimum)},
            {"support", asJson(confidence.support)},
            {"tokens", confidence.tokens}};
}

Json asJson(const Thresholds& thresholds) {
    return {{"mean", asJson(thresholds.mean)},
            {"minimum", asJson(thresholds.minimum)},
            {"support", asJson(thresholds.support)}};
}

ExitCode runRoute(Words words, Streams& streams) {
    if (!words.empty() && words.front() == "rules") return runRules(words.subspan(1), streams);
    if (!words.empty() && words.front() == "calibrate")
        return runRouteCalibrate(words.subspan(1), streams);
    RouteChoices o;
    Options options(
        "route [--explain] QUESTION [--library DIR] [--json]\n"
        "       alcove-cli route rules [--set FILE.json]\n"
        "       alcove-cli route calibrate --examples FILE.jsonl …",
        "Answers a question by the model that the rules in the settings choose, and by a larger\n"
        "one where that is not sure. --explain says which and why, and asks none.");
    options.positional("QUESTION", "what is asked", o.question);
    options.flag("--explain", "says which rule fits and why, and asks nobody", o.explain);
    options.flag("--image", "with --explain: as if an image came with it", o.image);
    options.flag("--documents", "with --explain: as if documents came with it", o.documents);
    options.name("--library", "DIR", "answers from the passages of a library", o.library);
    options.integer("-k, --passages", "N", "passages that are given (8)", o.passages, 1, 100);
    options.integer("-n, --limit", "N", "tokens of an answer at most (512)", o.limit, 1, 1 << 16);
    options.flag("--json", "one JSON object", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if ((o.image || o.documents) && !o.explain)
        return options.usageError(
            std::string(o.image ? "--image" : "--documents") + " needs --explain", streams);
    return finish(route(o, streams), streams);
}

}  // namespace alcove::app
