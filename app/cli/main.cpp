// The command line of Alcove: alcove-cli COMMAND …
#include <iostream>

#include "app/cli/command.h"
#include "engine/base/sudden_end.h"
#include "engine/base/terminal.h"

int main(int argc, char** argv) {
    alcove::holdStandardStreams();
    alcove::prepareForSuddenEnd("alcove-cli");
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);  // whoever asks a question flushes it
    alcove::app::Streams streams{std::cin, std::cout, std::cerr};
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return alcove::app::runCommandLine(words, streams);
}
