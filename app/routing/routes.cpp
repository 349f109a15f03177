#include "app/routing/routes.h"

#include <algorithm>
#include <initializer_list>

#include "app/api/fields.h"

namespace alcove::app {
namespace {

constexpr const char* kRouting = "routing";
constexpr const char* kDefault = "default";
constexpr int64_t kLongest = int64_t{1} << 40;
constexpr size_t kMostWords = 100;

/// Reads one object; what went wrong first is kept with its place.
class Section {
public:
    Section(const Json& object, std::string where, std::initializer_list<std::string_view> known)
        : m_fields(object), m_object(object), m_where(std::move(where)) {
        if (!object.is_object()) {
            m_error = "must be an object";
            return;
        }
        for (const auto& item : object.items())
            if (std::ranges::find(known, item.key()) == known.end())
                m_error = concat("'", item.key(), "' is not known here");
    }

    [[nodiscard]] Fields& fields() { return m_fields; }
    [[nodiscard]] bool isObject() const { return m_object.is_object(); }
    [[nodiscard]] std::optional<bool> flag(std::string_view name) {
        if (!m_fields.has(name)) return std::nullopt;
        return m_fields.flag(name);
    }
    [[nodiscard]] std::optional<size_t> length(std::string_view name) {
        if (!m_fields.has(name)) return std::nullopt;
        return static_cast<size_t>(m_fields.integer(name, 0, 0, kLongest));
    }
    [[nodiscard]] std::optional<double> share(std::string_view name) {
        if (!m_fields.has(name)) return std::nullopt;
        return m_fields.number(name, 0, 0, 1);
    }
    [[nodiscard]] Result<void> end() const {
        if (!m_error.empty()) return fail(m_where, ": ", m_error);
        if (m_fields.error()) return fail(m_where, ": ", m_fields.error()->message);
        return {};
    }

private:
    Fields m_fields;
    const Json& m_object;
    std::string m_where, m_error;
};

Result<Target> readTarget(const Json* entry, const std::string& where) {
    if (!entry) return fail(where, " is missing");
    Section section(*entry, where, {"endpoint", "model", "may_leave"});
    ALCOVE_CHECK(section.end());
    Target target;
    target.endpoint = section.fields().requiredText("endpoint");
    target.model = section.fields().text("model");
    target.mayLeave = section.fields().flag("may_leave");
    ALCOVE_CHECK(section.end());
    return target;
}

Result<void> readWhen(const Json& entry, const std::string& where, RouteRule& rule) {
    Section section(entry, where,
                    {"task", "language", "min_length", "max_length", "has_image", "has_documents"});
    ALCOVE_CHECK(section.end());
    for (const std::string& word : section.fields().texts("task", kMostWords)) {
        const auto* const task =
            std::ranges::find_if(kTasks, [&](Task t) { return name(t) == word; });
        if (task == kTasks.end()) return fail(where, ": there is no task '", word, "'");
        rule.tasks.push_back(*task);
    }
    rule.languages = section.fields().texts("language", kMostWords);
    rule.minLength = section.length("min_length");
    rule.maxLength = section.length("max_length");
    rule.hasImage = section.flag("has_image");
    rule.hasDocuments = section.flag("has_documents");
    return section.end();
}

Result<RouteRule> readRule(const Json& entry, size_t index) {
    const std::string where = concat(kRouting, ".rules[", index, "]");
    Section section(entry, where, {"name", "when", "use"});
    ALCOVE_CHECK(section.end());
    RouteRule rule;
    rule.name = section.fields().text("name", concat("rule ", index + 1));
    if (rule.name == kDefault || rule.name.empty())
        return fail(where, ": 'name' cannot be '", rule.name, "'");
    if (const Json* when = section.fields().member("when"))
        ALCOVE_CHECK(readWhen(*when, where + ".when", rule));
    ALCOVE_TRY(rule.use, readTarget(section.fields().member("use"), where + ".use"));
    ALCOVE_CHECK(section.end());
    return rule;
}

Result<Escalation> readEscalation(const Json& entry) {
    const std::string where = concat(kRouting, ".escalation");
    Section section(entry, where, {"to", "mean", "minimum", "support"});
    ALCOVE_CHECK(section.end());
    Escalation escalation;
    ALCOVE_TRY(escalation.to, readTarget(section.fields().member("to"), where + ".to"));
    Thresholds& thresholds = escalation.thresholds;
    thresholds.mean = section.share("mean");
    thresholds.minimum = section.share("minimum");
    thresholds.support = section.share("support");
    ALCOVE_CHECK(section.end());
    if (!thresholds.mean && !thresholds.minimum && !thresholds.support)
        return fail(where, ": one of 'mean', 'minimum' and 'support' must be given");
    return escalation;
}

template <typename T>
bool isAmong(const T& value, const std::vector<T>& list) {
    return list.empty() || std::ranges::find(list, value) != list.end();
}

}  // namespace

std::string shown(const Target& target) {
    return target.model.empty() ? target.endpoint : target.endpoint + "/" + target.model;
}

Target parseTarget(const std::string& word) {
    const size_t slash = word.find('/');
    if (slash == std::string::npos) return {word, {}, false};
    return {word.substr(0, slash), word.substr(slash + 1), false};
}

std::optional<std::string> RouteRule::mismatch(const QuestionTraits& traits) const {
    if (!isAmong(traits.task, tasks)) return concat("the task is ", app::name(traits.task));
    if (!isAmong(traits.language, languages))
        return traits.language.empty() ? "the language is not told"
                                       : concat("the language is ", traits.language);
    if (minLength && traits.length < *minLength)
        return concat("it has ", traits.length, " characters, less than ", *minLength);
    if (maxLength && traits.length > *maxLength)
        return concat("it has ", traits.length, " characters, more than ", *maxLength);
    if (hasImage && *hasImage != traits.hasImage)
        return traits.hasImage ? "there is an image" : "there is no image";
    if (hasDocuments && *hasDocuments != traits.hasDocuments)
        return traits.hasDocuments ? "there are documents" : "there are no documents";
    return std::nullopt;
}

Result<Routing> readRouting(const nlohmann::ordered_json& settings) {
    Routing routing;
    const auto entry = settings.find(kRouting);
    if (entry == settings.end() || entry->is_null()) return routing;
    Section section(*entry, kRouting, {kDefault, "rules", "escalation"});
    ALCOVE_CHECK(section.end());
    if (const Json* fallback = section.fields().member(kDefault)) {
        ALCOVE_TRY(routing.fallback, readTarget(fallback, concat(kRouting, ".", kDefault)));
    }
    if (const Json* rules = section.fields().member("rules")) {
        if (!rules->is_array()) return fail(kRouting, ".rules must be an array");
        for (size_t i = 0; i < rules->size(); ++i) {
            ALCOVE_TRY(RouteRule rule, readRule((*rules)[i], i));
            routing.rules.push_back(std::move(rule));
        }
    }
    if (const Json* escalation = section.fields().member("escalation")) {
        ALCOVE_TRY(routing.escalation, readEscalation(*escalation));
    }
    return routing;
}

std::optional<std::string> forbidden(const Target& target, const EndpointSettings& endpoints) {
    const Endpoint* endpoint = endpoints.find(target.endpoint);
    if (!endpoint) return concat("there is no endpoint '", target.endpoint, "'");
    if (endpoint->staysHere()) return std::nullopt;
    if (endpoints.onlyThisMachine)
        return concat("'", target.endpoint, "' is another machine, and allow-network is off");
    if (!target.mayLeave)
        return concat("'", target.endpoint, "' is another machine, and may_leave is not set");
    return std::nullopt;
}

Result<Decision> decide(const Routing& routing, const EndpointSettings& endpoints,
                        QuestionTraits traits) {
    Decision decision;
    decision.traits = std::move(traits);
    const auto choose = [&](const std::string& rule, const Target& target) {
        decision.rule = rule;
        decision.target = target;
        decision.considered.push_back({rule, true, true, {}});
    };
    for (const RouteRule& rule : routing.rules) {
        if (const auto reason = rule.mismatch(decision.traits)) {
            decision.considered.push_back({rule.name, false, false, *reason});
        } else if (const auto refusal = forbidden(rule.use, endpoints)) {
            decision.considered.push_back({rule.name, true, false, *refusal});
        } else {
            choose(rule.name, rule.use);
            break;
        }
    }
    if (decision.rule.empty()) {
        if (const auto refusal = forbidden(routing.fallback, endpoints))
            return fail("no route may be taken: no rule fits or may be followed, and the default, ",
                        shown(routing.fallback), ", may not be asked: ", *refusal);
        choose(kDefault, routing.fallback);
    }
    decision.leaves = !endpoints.find(decision.target.endpoint)->staysHere();
    if (!routing.escalation) {
        decision.whyNotOnward = "none is set";
    } else if (const Target& to = routing.escalation->to;
               to.endpoint == decision.target.endpoint && to.model == decision.target.model) {
        decision.whyNotOnward = "the route leads there already";
    } else if (const auto refusal = forbidden(to, endpoints)) {
        decision.whyNotOnward = *refusal;
    } else {
        decision.onward = routing.escalation;
        decision.onwardLeaves = !endpoints.find(to.endpoint)->staysHere();
    }
    return decision;
}

}  // namespace alcove::app
