// The commands of alcove-cli. Each lives in a file of its own name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/cli/options.h"

namespace alcove::app {

/// words[0] is the command. The exit code: 0 done, 1 failed, 2 asked for what is not possible.
[[nodiscard]] int runCommandLine(std::span<const std::string> words, Streams& streams);

using Words = std::span<const std::string>;
[[nodiscard]] ExitCode runAsk(Words words, Streams& streams);
[[nodiscard]] ExitCode runBench(Words words, Streams& streams);
[[nodiscard]] ExitCode runBenchIndex(Words words, Streams& streams);
[[nodiscard]] ExitCode runBenchRetrieval(Words words, Streams& streams);
[[nodiscard]] ExitCode runChat(Words words, Streams& streams);
[[nodiscard]] ExitCode runEmbed(Words words, Streams& streams);
[[nodiscard]] ExitCode runEngineCommand(Words words, Streams& streams);
[[nodiscard]] ExitCode runEndpoints(Words words, Streams& streams);
[[nodiscard]] ExitCode runIngest(Words words, Streams& streams);
[[nodiscard]] ExitCode runLibrary(Words words, Streams& streams);
[[nodiscard]] ExitCode runLogits(Words words, Streams& streams);
[[nodiscard]] ExitCode runModels(Words words, Streams& streams);
[[nodiscard]] ExitCode runPerplexity(Words words, Streams& streams);
[[nodiscard]] ExitCode runQuantize(Words words, Streams& streams);
[[nodiscard]] ExitCode runRead(Words words, Streams& streams);
[[nodiscard]] ExitCode runRoute(Words words, Streams& streams);
[[nodiscard]] ExitCode runSearch(Words words, Streams& streams);
[[nodiscard]] ExitCode runServe(Words words, Streams& streams);
[[nodiscard]] ExitCode runTemplate(Words words, Streams& streams);
[[nodiscard]] ExitCode runTokenize(Words words, Streams& streams);

/// Prints the error and says that the command failed.
[[nodiscard]] ExitCode report(const Error& error, Streams& streams);
/// Ends a command whose work gave this.
[[nodiscard]] ExitCode finish(const Result<void>& result, Streams& streams);

}  // namespace alcove::app
