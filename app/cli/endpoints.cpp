// alcove-cli endpoints: which servers may be asked beside this machine's engine, and whether any
// but those of this machine may be.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/library_line.h"
#include "app/cli/settings.h"
#include "app/cli/setup.h"
#include "app/endpoint/chat_client.h"
#include "app/models/folder.h"
#include "engine/base/terminal.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUsageText =
    "usage: alcove-cli endpoints list|add|remove|test|allow-network …\n\n"
    "Servers that speak OpenAI's API (vLLM, SGLang, llama-server, Ollama), to be asked beside "
    "this\n"
    "machine's own engine. Other machines are reached only where allow-network is on.\n\n"
    "  list                what there is, and whether other machines may be reached\n"
    "  add NAME --url URL  adds one, or changes it\n"
    "  remove NAME         forgets one\n"
    "  test NAME           asks it for its models and a word, and says what it can do\n"
    "  allow-network on    lets other machines be reached; off (the default): only this one\n";

std::string trustOf(const Endpoint& endpoint) {
    if (endpoint.isLocal()) return "private socket";
    if (!endpoint.url.starts_with("https://")) return "not encrypted";
    if (!endpoint.trust.fingerprint.empty()) return "TLS, one certificate";
    return endpoint.trust.authorities.empty() ? "TLS, the system's authorities"
                                              : "TLS, an authority of its own";
}

Json describe(const Endpoint& endpoint, const EndpointSettings& settings) {
    Json json = {{"name", endpoint.name}};
    if (!endpoint.isLocal()) json["url"] = endpoint.url;
    json["key"] = !endpoint.key.empty();
    json["trust"] = trustOf(endpoint);
    if (!endpoint.trust.authorities.empty()) json["ca"] = endpoint.trust.authorities.string();
    if (!endpoint.trust.fingerprint.empty()) json["fingerprint"] = endpoint.trust.fingerprint;
    json["this_machine"] = endpoint.staysHere();
    json["allowed"] = settings.allows(endpoint).ok();
    json["models"] = endpoint.models;
    return json;
}

/// This machine's engine with the models that lie in the folder.
Endpoint localEndpoint(const EndpointSettings& settings) {
    Endpoint local = *settings.find(kLocalEndpoint);
    if (const auto models = listModels(modelsFolder()))
        for (const StoredModel& model : *models)
            if (model.problem.empty()) local.models.push_back(model.name);
    return local;
}

Result<void> list(bool asJson, Streams& streams) {
    ALCOVE_TRY(const Json values, loadSettings(streams));
    ALCOVE_TRY(const EndpointSettings settings, readEndpoints(values));
    std::vector<Endpoint> all = {localEndpoint(settings)};
    all.insert(all.end(), settings.endpoints.begin(), settings.endpoints.end());
    if (asJson) {
        Json json = {{"allow_network", !settings.onlyThisMachine}, {"endpoints", Json::array()}};
        for (const Endpoint& endpoint : all)
            json["endpoints"].push_back(describe(endpoint, settings));
        streams.out << dump(json) << '\n';
        return {};
    }
    for (const Endpoint& endpoint : all) {
        streams.out << endpoint.name << "  "
                    << (endpoint.isLocal() ? "this machine's engine" : endpoint.url) << " ("
                    << trustOf(endpoint) << (endpoint.key.empty() ? "" : ", with a key")
                    << (settings.allows(endpoint) ? ")" : "; not reached: another machine)")
                    << '\n';
        for (const std::string& model : endpoint.models)
            streams.out << "    " << printable(model, kUncut) << '\n';
    }
    streams.out << "\nOther machines " << (settings.onlyThisMachine ? "are not" : "may be")
                << " reached (endpoints allow-network on|off).\n";
    return {};
}

ExitCode runList(Words words, Streams& streams) {
    bool json = false;
    Options options("endpoints list [--json]", "Prints the endpoints, without their keys.");
    options.flag("--json", "one JSON object", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(list(json, streams), streams);
}

struct AddChoices {
    Endpoint endpoint;
    std::string keyFile, authorities;
    std::vector<std::string> models;
    bool json = false;
};

Result<void> add(AddChoices& choices, Streams& streams) {
    Endpoint& endpoint = choices.endpoint;
    if (!choices.keyFile.empty()) {
        ALCOVE_TRY(endpoint.key, readKeyFile(choices.keyFile));
    }
    if (!choices.authorities.empty()) {
        ALCOVE_TRY(const std::string pem, readFile(choices.authorities));
        if (pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
            return fail(choices.authorities, ": holds no certificate in PEM form");
        endpoint.trust.authorities = std::filesystem::absolute(typedPath(choices.authorities));
    }
    if (!endpoint.trust.fingerprint.empty())
        if (const std::string digits = normalFingerprint(endpoint.trust.fingerprint);
            !digits.empty())
            endpoint.trust.fingerprint = digits;
    endpoint.models = choices.models;
    ALCOVE_CHECK(checkEndpoint(endpoint));
    bool replaced = false, allowed = false;
    ALCOVE_CHECK(changeSettings(
        [&](Json& values) -> Result<void> {
            ALCOVE_TRY(EndpointSettings settings, readEndpoints(values));
            const auto known =
                std::ranges::find(settings.endpoints, endpoint.name, &Endpoint::name);
            replaced = known != settings.endpoints.end();
            if (replaced)
                *known = endpoint;
            else
                settings.endpoints.push_back(endpoint);
            allowed = settings.allows(endpoint).ok();
            writeEndpoints(settings, values);
            return {};
        },
        streams));
    if (choices.json) {
        streams.out << dump({{"name", endpoint.name},
                             {"replaced", replaced},
                             {"this_machine", endpoint.staysHere()},
                             {"allowed", allowed}})
                    << '\n';
        return {};
    }
    streams.out << (replaced ? "changed " : "added ") << endpoint.name << " (" << endpoint.url
                << ", " << trustOf(endpoint) << ")\n";
    if (!endpoint.staysHere() && !endpoint.url.starts_with("https://"))
        streams.error << "alcove-cli: what is sent to " << endpoint.name
                      << ", the key too, can be read by others on the way: https:// prevents it\n";
    if (!allowed)
        streams.error << "alcove-cli: " << endpoint.name
                      << " is another machine and is not reached until `endpoints allow-network "
                         "on`\n";
    return {};
}

ExitCode runAdd(Words words, Streams& streams) {
    AddChoices choices;
    Options options("endpoints add NAME --url URL [--key-file F] [--ca F | --fingerprint HEX]",
                    "Adds a server of OpenAI's API, or changes the one of this name. Nothing is "
                    "sent to it yet.");
    options.positional("NAME", "what it is called here", choices.endpoint.name);
    options.name("--url", "URL", "where its API is: http://127.0.0.1:8000/v1",
                 choices.endpoint.url);
    options.required("--url");
    options.name("--key-file", "FILE", "holds the key that it asks for", choices.keyFile);
    options.name("--ca", "FILE", "authorities that its certificate is trusted by (PEM)",
                 choices.authorities);
    options.name("--fingerprint", "HEX", "SHA-256 of the one certificate that is trusted",
                 choices.endpoint.trust.fingerprint);
    options.texts("--model", "NAME", "a model it has; `endpoints test` finds them by itself",
                  choices.models);
    options.flag("--json", "one JSON object", choices.json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(add(choices, streams), streams);
}

Result<void> removeEndpoint(const std::string& name, bool json, Streams& streams) {
    ALCOVE_CHECK(changeSettings(
        [&](Json& values) -> Result<void> {
            ALCOVE_TRY(EndpointSettings settings, readEndpoints(values));
            if (name == kLocalEndpoint)
                return fail("'", name, "' is this machine's own engine and is always there");
            if (std::erase_if(settings.endpoints,
                              [&](const Endpoint& e) { return e.name == name; }) == 0)
                return fail("there is no endpoint '", name, "'; `endpoints list` lists them");
            writeEndpoints(settings, values);
            return {};
        },
        streams));
    if (json)
        streams.out << dump({{"removed", name}}) << '\n';
    else
        streams.out << "removed " << name << '\n';
    return {};
}

ExitCode runRemove(Words words, Streams& streams) {
    std::string name;
    bool json = false;
    Options options("endpoints remove NAME [--json]", "Forgets a server, its key too.");
    options.positional("NAME", "what it is called here", name);
    options.flag("--json", "one JSON object", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(removeEndpoint(name, json, streams), streams);
}

Result<void> test(const std::string& name, std::string model, bool asJson, Streams& streams) {
    std::stop_source stop;
    const InterruptWatcher interrupts([&] { stop.request_stop(); });
    ALCOVE_TRY(const Json values, loadSettings(streams));
    ALCOVE_TRY(EndpointSettings settings, readEndpoints(values));
    const Endpoint* endpoint = settings.find(name);
    if (!endpoint) return fail("there is no endpoint '", name, "'; `endpoints list` lists them");
    ALCOVE_TRY(const ChatClient client, ChatClient::open(settings, *endpoint));
    ALCOVE_TRY(const std::vector<ServedModel> served, client.models(stop.get_token()));
    std::vector<std::string> models;
    for (const ServedModel& one : served) models.push_back(one.id);
    if (!endpoint->isLocal())  // remembered, whatever comes next
        ALCOVE_CHECK(changeSettings(
            [&](Json& kept) -> Result<void> {
                ALCOVE_TRY(EndpointSettings now, readEndpoints(kept));
                for (Endpoint& known : now.endpoints)
                    if (known.name == name) known.models = models;
                writeEndpoints(now, kept);
                return {};
            },
            streams));
    if (model.empty() && models.empty()) return fail(name, ": answers, and has no models");
    if (model.empty()) model = models.front();
    ChatQuestion question;
    question.model = model;
    question.messages = Json::array({{{"role", "user"}, {"content", "Say yes."}}});
    question.tokens = 8;
    question.logprobs = true;
    const auto started = std::chrono::steady_clock::now();
    ALCOVE_TRY(const ChatReply reply, client.ask(question, {}, stop.get_token()));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started;
    if (asJson) {
        streams.out << dump({{"name", name},
                             {"models", models},
                             {"model", model},
                             {"answer", reply.text},
                             {"probabilities", !reply.logprobs.empty()},
                             {"took_ms", took.count()}})
                    << '\n';
        return {};
    }
    streams.out << name << " has " << models.size() << (models.size() == 1 ? " model" : " models")
                << ":\n";
    for (const std::string& one : models) streams.out << "    " << printable(one, kUncut) << '\n';
    streams.out << printable(model, kUncut) << " answered '" << printable(reply.text, 80)
                << "' after " << std::lround(took.count()) << " ms, "
                << (reply.logprobs.empty()
                        ? "without the probabilities of its tokens: how sure it is cannot be told"
                        : "with the probabilities of its tokens")
                << ".\n";
    return {};
}

ExitCode runTest(Words words, Streams& streams) {
    std::string name, model;
    bool json = false;
    Options options("endpoints test NAME [--model M] [--json]",
                    "Asks a server for its models, which are remembered, and one of them for a "
                    "word.");
    options.positional("NAME", "what it is called here", name);
    options.name("--model", "M", "the model that is asked (the first)", model);
    options.flag("--json", "one JSON object", json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(test(name, model, json, streams), streams);
}

Result<void> allowNetwork(bool allowed, bool json, Streams& streams) {
    ALCOVE_CHECK(changeSettings(
        [&](Json& values) -> Result<void> {
            ALCOVE_TRY(EndpointSettings settings, readEndpoints(values));
            settings.onlyThisMachine = !allowed;
            writeEndpoints(settings, values);
            return {};
        },
        streams));
    if (json)
        streams.out << dump({{"allow_network", allowed}}) << '\n';
    else
        streams.out << (allowed ? "other machines may be reached now, where an endpoint says so\n"
                                : "only this machine is reached now\n");
    return {};
}

ExitCode runAllowNetwork(Words words, Streams& streams) {
    std::string state;
    bool json = false;
    Options options("endpoints allow-network on|off [--json]",
                    "Lets endpoints on other machines be reached, or only those of this one.");
    options.positional("on|off", "off: only this machine (the default)", state);
    options.flag("--json", "one JSON object", json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (state != "on" && state != "off")
        return options.usageError("'" + state + "' is neither on nor off", streams);
    return finish(allowNetwork(state == "on", json, streams), streams);
}

}  // namespace

ExitCode runEndpoints(Words words, Streams& streams) {
    if (words.empty()) {
        streams.error << kUsageText;
        return kUsage;
    }
    const std::string& name = words.front();
    if (name == "list") return runList(words.subspan(1), streams);
    if (name == "add") return runAdd(words.subspan(1), streams);
    if (name == "remove") return runRemove(words.subspan(1), streams);
    if (name == "test") return runTest(words.subspan(1), streams);
    if (name == "allow-network") return runAllowNetwork(words.subspan(1), streams);
    if (name == "--help" || name == "-h") {
        streams.out << kUsageText;
        return kSuccess;
    }
    streams.error << "alcove-cli: there is no command 'endpoints " << printable(name) << "'\n"
                  << kUsageText;
    return kUsage;
}

}  // namespace alcove::app
