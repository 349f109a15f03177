// Talks with itself in a store and says on standard output what was kept, each thing once the store
// has said so. The test kills it on the way, or lets the disk be full, and looks what is there.
//
//   conversation_writer FILE FIRST [BYTES]
//
// FIRST is the first number that it gives; each text begins with one, which no other has. BYTES:
// no file may become larger. A line is one of
//
//   C conversation                  made
//   S conversation number           said
//   B conversation number           begun
//   G number text                   grown
//   F number                        finished
//   D conversation number           draft
//   E words                         failed; nothing follows
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "app/conversations/conversation_store.h"

using namespace alcove;
using namespace alcove::app;

namespace {

struct Talk {
    int64_t id = 0, last = 0;
};

Result<void> talk(const char* file, int64_t number) {
    ALCOVE_TRY(const auto store, ConversationStore::open(file));
    std::mt19937 random(static_cast<unsigned>(number));
    std::vector<Talk> talks;
    const auto tell = [](const char* what, int64_t a, const std::string& b) {
        std::printf("%s %lld %s\n", what, static_cast<long long>(a), b.c_str());
        std::fflush(stdout);
    };
    for (;;) {
        if (talks.empty() || random() % 20 == 0) {
            ALCOVE_TRY(const int64_t id, store->create("talk"));
            talks.push_back({id, 0});
            tell("C", id, "");
        }
        Talk& here = talks[random() % talks.size()];
        const std::string draft = std::to_string(++number);
        ALCOVE_CHECK(store->setDraft(here.id, draft));
        tell("D", here.id, draft);

        const std::string question = std::to_string(++number);
        NewMessage message;
        message.parent = random() % 4 == 0 ? 0 : here.last;
        message.fromUser = true;
        message.text = question + ": a question";
        ALCOVE_TRY(here.last, store->add(here.id, message));
        tell("S", here.id, question);

        const std::string reply = std::to_string(++number);
        message = {};
        message.parent = here.last;
        message.text = reply + ":";
        message.state = MessageState::Growing;
        ALCOVE_TRY(here.last, store->add(here.id, message));
        tell("B", here.id, reply);
        for (auto pieces = random() % 60; pieces > 0; --pieces) {
            const std::string piece = "w" + std::to_string(random() % 1000);
            ALCOVE_CHECK(store->grow(here.last, "", piece));
            tell("G", std::atoll(reply.c_str()), piece);
        }
        if (random() % 3 == 0) continue;
        ALCOVE_CHECK(store->finish(here.last, MessageState::Complete, "", nullptr));
        tell("F", std::atoll(reply.c_str()), "");
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    if (argc > 3) {
        const auto bytes = static_cast<rlim_t>(std::atoll(argv[3]));
        const rlimit limit{bytes, bytes};
        std::signal(SIGXFSZ, SIG_IGN);
        if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    }
    const Result<void> done = talk(argv[1], std::atoll(argv[2]));
    std::printf("E %s\n", done.ok() ? "" : done.message().c_str());
    return 0;
}
