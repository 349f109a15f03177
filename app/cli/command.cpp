#include "app/cli/command.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <ostream>

#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

struct Command {
    std::string_view name;
    ExitCode (*run)(Words, Streams&);
    std::string_view about;
};

constexpr std::array kCommands = {
    Command{"chat", runChat, "talk with a model in the terminal"},
    Command{"ask", runAsk, "answer a question from your documents, with citations"},
    Command{"embed", runEmbed, "turn lines of text into vectors"},
    Command{"ingest", runIngest, "take files and folders into a library of documents"},
    Command{"search", runSearch, "find passages in a library"},
    Command{"library", runLibrary, "show, check, mend and shrink a library"},
    Command{"read", runRead, "show the text of a document as it is read"},
    Command{"serve", runServe, "open a port for programs that speak OpenAI's API"},
    Command{"engine", runEngineCommand, "look at the engine that commands share, or end it"},
    Command{"endpoints", runEndpoints, "other servers whose models may be asked"},
    Command{"route", runRoute, "answer by the model that rules choose"},
    Command{"models", runModels, "list, import, inspect and verify models"},
    Command{"quantize", runQuantize, "write a model with smaller weights"},
    Command{"tokenize", runTokenize, "show the tokens of a text"},
    Command{"template", runTemplate, "show a conversation as the model sees it"},
    Command{"logits", runLogits, "write what a model computes for given tokens"},
    Command{"perplexity", runPerplexity, "measure how well a model predicts a text"},
    Command{"bench", runBench, "measure the speed of a model"},
    Command{"bench-index", runBenchIndex, "measure the vector index of documents"},
    Command{"bench-retrieval", runBenchRetrieval, "answer a collection's queries, to be scored"},
};

void printOverview(std::ostream& out) {
    out << "usage: alcove-cli COMMAND …\n\n"
           "Runs language models on this machine; nothing leaves it unless you allow "
           "it.\n\nCommands:\n";
    for (const Command& command : kCommands)
        out << "  " << command.name << std::string(17 - command.name.size(), ' ') << command.about
            << '\n';
    out << "\n`alcove-cli COMMAND --help` tells more about one.\n\n"
           "Environment:\n"
           "  ALCOVE_MODELS  the folder of the models (default: alcove/models in the user's data)\n"
           "  ALCOVE_CPU     forces the kernels: reference, avx2, avx512, amx or neon\n"
           "  ALCOVE_SOCKET  where the engine is that commands share\n"
           "  ALCOVE_ALONE   set: commands share no engine, each works in its own process\n";
}

}  // namespace

namespace {

ExitCode dispatch(Words words, Streams& streams) {
    if (words.empty()) {
        printOverview(streams.error);
        return kUsage;
    }
    const std::string& name = words.front();
    if (name == "help" && words.size() > 1) {
        std::vector<std::string> asked(words.begin() + 1, words.end());
        asked.emplace_back("--help");
        return dispatch(asked, streams);
    }
    if (name == "--help" || name == "-h" || name == "help") {
        printOverview(streams.out);
        return kSuccess;
    }
    if (name == "--version") {
        streams.out << "alcove-cli " << ALCOVE_VERSION << '\n';
        return kSuccess;
    }
    const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                      [&](const Command& c) { return c.name == name; });
    if (command == kCommands.end()) {
        streams.error << "alcove-cli: there is no command '" << printable(name)
                      << "'; alcove-cli --help lists them\n";
        return kUsage;
    }
    return command->run(words.subspan(1), streams);
}

}  // namespace

int runCommandLine(std::span<const std::string> words, Streams& streams) {
    ExitCode code = kFailure;
    try {
        code = dispatch(words, streams);
    } catch (const std::bad_alloc&) {
        code = report(
            fail(words.empty() ? "alcove-cli" : words.front(), ": the memory does not suffice"),
            streams);
    } catch (const std::exception& error) {
        code = report(fail(error.what()), streams);
    }
    streams.out.flush();
    if (code == kSuccess && !streams.out) {
        streams.error << "alcove-cli: the output could not be written\n";
        return kFailure;
    }
    return code;
}

ExitCode report(const Error& error, Streams& streams) {
    streams.out.flush();
    streams.error << "alcove-cli: " << printable(error.message, kUncut) << '\n';
    return kFailure;
}

ExitCode finish(const Result<void>& result, Streams& streams) {
    return result ? kSuccess : report(result.error(), streams);
}

}  // namespace alcove::app
