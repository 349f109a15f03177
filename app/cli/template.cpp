// alcove-cli template: a conversation rendered by a chat template. Needs no weights.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "app/models/folder.h"
#include "engine/chat/chat_template.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {
using namespace engine;

namespace {

struct TemplateOptions {
    std::string model, file, messages, tools, variables;
    std::optional<std::string> bos, eos;  // nothing: the model's
    bool thinking = false, noThinking = false, noGenerationPrompt = false;
};

struct Source {
    std::string name;  // for messages
    std::string text;
};

Result<Source> sourceOf(TemplateOptions& o) {
    if (!o.file.empty()) {
        ALCOVE_TRY(std::string text, readFile(o.file));
        return Source{o.file, std::move(text)};
    }
    ALCOVE_TRY(const std::filesystem::path path, findModel(o.model, modelsFolder()));
    ALCOVE_TRY(const GgufFile file, GgufFile::open(path));
    const auto source = file.string("tokenizer.chat_template");
    if (!source) return fail(file.name(), ": it has no chat template");
    if (Tokenizer::hasVocabulary(file)) {
        ALCOVE_TRY(const auto tokenizer, Tokenizer::load(file));
        const Tokenizer::Special& special = tokenizer->special();
        if (!o.bos && special.bos != kNoToken) o.bos = tokenizer->piece(special.bos, true);
        if (!o.eos && special.eos != kNoToken) o.eos = tokenizer->piece(special.eos, true);
    }
    return Source{file.name() + ": its chat template", std::string(*source)};
}

Result<void> render(TemplateOptions o, Streams& streams) {
    ALCOVE_TRY(Source source, sourceOf(o));
    const Result<ChatTemplate> chat = ChatTemplate::parse(std::move(source.text));
    if (!chat) return fail(source.name, ": ", chat.message());
    ChatInput input;
    ALCOVE_TRY(input.messages, readJsonFile(o.messages));
    if (!input.messages.is_array()) return fail(o.messages, ": an array of messages is expected");
    if (!o.tools.empty()) {
        ALCOVE_TRY(input.tools, readJsonFile(o.tools));
    }
    if (!o.variables.empty()) {
        ALCOVE_TRY(input.extra, readJsonFile(o.variables));
        if (!input.extra.is_object()) return fail(o.variables, ": an object is expected");
    }
    input.bos = o.bos.value_or("");
    input.eos = o.eos.value_or("");
    input.addGenerationPrompt = !o.noGenerationPrompt;
    if (o.thinking || o.noThinking) input.enableThinking = o.thinking;
    const Result<std::string> text = chat->render(input);
    if (!text) return fail(source.name, ": ", text.message());
    streams.out << *text;
    return {};
}

}  // namespace

ExitCode runTemplate(Words words, Streams& streams) {
    TemplateOptions o;
    Options options(
        "template (-m MODEL | --template FILE [--bos S] [--eos S]) --messages FILE [OPTIONS]",
        "Prints the conversation as the chat template renders it, and nothing else.");
    options.name("-m, --model", "MODEL", "the model whose template, BOS and EOS are used", o.model);
    options.name("--template", "FILE", "a template in a file of its own", o.file);
    options.text("--bos", "TEXT", "what the template knows as bos_token", o.bos);
    options.text("--eos", "TEXT", "what the template knows as eos_token", o.eos);
    options.name("--messages", "FILE", "JSON: an array of messages in OpenAI's form", o.messages);
    options.required("--messages");
    options.name("--tools", "FILE", "JSON: an array of tools in OpenAI's form", o.tools);
    options.name("--variables", "FILE", "JSON: an object of further variables", o.variables);
    options.flag("--thinking", "asks the template for thinking", o.thinking);
    options.flag("--no-thinking", "asks the template for none", o.noThinking);
    options.flag("--no-generation-prompt", "does not open the answer", o.noGenerationPrompt);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.model.empty() == o.file.empty())
        return options.usageError("either --model or --template is needed", streams);
    if (o.thinking && o.noThinking)
        return options.usageError("--thinking and --no-thinking exclude each other", streams);
    return finish(render(std::move(o), streams), streams);
}

}  // namespace alcove::app
