// Which model answers a question: rules of the user, the first that fits, else the default; and
// where the answer of a model may go on to a larger one.
//
//     "routing": {
//       "default": {"endpoint": "local", "model": "SmolLM2-135M-Instruct.Q4_1"},
//       "rules": [
//         {"name": "programs", "when": {"task": ["code", "math"], "language": ["en"],
//                                       "min_length": 0, "max_length": 4000,
//                                       "has_image": false, "has_documents": false},
//          "use": {"endpoint": "cluster", "model": "large", "may_leave": true}}],
//       "escalation": {"to": {"endpoint": "cluster", "model": "large"},
//                      "mean": 0.8, "minimum": 0.2, "support": 0.7}
//     }
//
// A rule fits where all that stands in "when" holds; what is not named does not matter. Nothing
// leaves this machine unless two things allow it: the switch for all (allow-network), and
// "may_leave" of the rule. A rule that fits but would leave without both is passed over.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/endpoint/endpoint.h"
#include "app/routing/traits.h"
#include "engine/base/result.h"

namespace alcove::app {

struct Target {
    std::string endpoint, model;  // no model: the first that the endpoint has
    bool mayLeave = false;

    friend bool operator==(const Target&, const Target&) = default;
};
/// "cluster/large", as it is shown.
[[nodiscard]] std::string shown(const Target& target);
/// The same as it is typed: "cluster", "cluster/large". A model may have slashes in its name.
[[nodiscard]] Target parseTarget(const std::string& word);

struct RouteRule {
    std::string name;
    std::vector<Task> tasks;             // one of them; empty: any
    std::vector<std::string> languages;  // likewise; "" is a language that is not told
    std::optional<size_t> minLength, maxLength;
    std::optional<bool> hasImage, hasDocuments;
    Target use;

    /// Why it does not fit; nothing: it does.
    [[nodiscard]] std::optional<std::string> mismatch(const QuestionTraits& traits) const;
};

/// Below these an answer is not trusted. What is not given is not looked at.
struct Thresholds {
    std::optional<double> mean, minimum, support;
};

struct Escalation {
    Target to;
    Thresholds thresholds;
};

struct Routing {
    Target fallback{std::string(kLocalEndpoint), {}, false};  // "default" in the settings
    std::vector<RouteRule> rules;
    std::optional<Escalation> escalation;
};
/// Fails with the member that is not as it should be; one that is not known is wrong too.
[[nodiscard]] Result<Routing> readRouting(const nlohmann::ordered_json& settings);

struct Considered {
    std::string rule;
    bool fits = false;
    bool chosen = false;
    std::string reason;  // why not; empty where it was chosen
};

struct Decision {
    QuestionTraits traits;
    std::vector<Considered> considered;  // in order, the chosen one last
    std::string rule;                    // "default": none fitted
    Target target;
    bool leaves = false;               // what is asked goes to another machine
    std::optional<Escalation> onward;  // where an unsure answer may go on to
    bool onwardLeaves = false;
    std::string whyNotOnward;  // where there is none
};

/// Fails where not even the default may be asked.
[[nodiscard]] Result<Decision> decide(const Routing& routing, const EndpointSettings& endpoints,
                                      QuestionTraits traits);

/// Why a target may not be asked; nothing: it may.
[[nodiscard]] std::optional<std::string> forbidden(const Target& target,
                                                   const EndpointSettings& endpoints);

}  // namespace alcove::app
