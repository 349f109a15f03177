#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "rag/reader/block_writer.h"
#include "rag/reader/pdf/watchdog.h"

namespace alcove::rag::pdf {
namespace {

// What the signal's handler writes: it may neither allocate nor wait, so all is ready.
std::array<char, 1024> theLine;
size_t theLength = 0;

extern "C" void bite(int) {
    static_cast<void>(!::write(STDOUT_FILENO, theLine.data(), theLength));
    ::_exit(1);
}

void setTimer(int seconds) {
    itimerval timer{};
    timer.it_value.tv_sec = seconds;
    ::setitimer(ITIMER_PROF, &timer, nullptr);
}

}  // namespace

Watchdog::Watchdog(int seconds, const Error& refusal) {
    const auto keep = [](std::string_view line) {
        theLength = std::min(line.size(), theLine.size());
        std::copy_n(line.begin(), theLength, theLine.begin());
    };
    BlockWriter(keep, theLine.size()).refused(refusal);
    struct sigaction action{};
    action.sa_handler = bite;
    ::sigaction(SIGPROF, &action, nullptr);
    setTimer(seconds);
}

Watchdog::~Watchdog() { setTimer(0); }

}  // namespace alcove::rag::pdf
