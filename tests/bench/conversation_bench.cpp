// What the store of conversations costs: lists, paths, searches, an answer that grows.
//
//     conversation_bench FOLDER [conversations] [messages of each]
//
// FOLDER keeps the store, made at the first run and used again. Words are made up, as frequent as
// Zipf's law has it. Printed are the median, the slowest and the mean of the processor's time,
// which other work on the machine hardly lengthens, in milliseconds.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "app/conversations/conversation_store.h"

namespace alcove::test {
namespace {

namespace fs = std::filesystem;
using namespace alcove::app;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 15;
constexpr size_t kLongTalk = 2000;
constexpr size_t kGrown = 100'000;  // bytes

template <typename T>
T must(Result<T> result) {
    if (result.ok()) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.message().c_str());
    std::exit(1);
}
void done(const Result<void>& result) {
    if (result.ok()) return;
    std::fprintf(stderr, "%s\n", result.message().c_str());
    std::exit(1);
}

struct Time {
    double passed, processor;  // ms
};

Time measure(const std::function<void()>& what) {
    const auto begin = Clock::now();
    const std::clock_t processor = std::clock();
    what();
    return {std::chrono::duration<double, std::milli>(Clock::now() - begin).count(),
            1e3 * static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC};
}

void report(const std::string& name, std::vector<Time> times) {
    std::sort(times.begin(), times.end(),
              [](const Time& a, const Time& b) { return a.passed < b.passed; });
    double sum = 0;
    for (const Time& time : times) sum += time.processor;
    std::printf("%-60s %9.3f %9.3f %9.3f\n", name.c_str(), times[times.size() / 2].passed,
                times.back().passed, sum / static_cast<double>(times.size()));
    std::fflush(stdout);
}

void repeat(const std::string& name, const std::function<void()>& what) {
    std::vector<Time> times;
    for (int i = 0; i < kRounds; ++i) times.push_back(measure(what));
    report(name, std::move(times));
}

class Words {
public:
    std::string text(size_t count) {
        std::string text;
        for (size_t i = 0; i < count; ++i) {
            // Every rank of a word has a share like 1 / rank.
            const double rank = std::exp(std::uniform_real_distribution(0.0, 10.8)(m_random));
            text += word(static_cast<unsigned>(rank)) + (i % 12 == 11 ? ". " : " ");
        }
        return text;
    }

    /// The most common ones, in an order in which they never stand.
    static std::string common(unsigned count) {
        std::string text;
        for (unsigned rank = 1; rank <= count; ++rank) text += word(rank) + " ";
        return text;
    }

private:
    static std::string word(unsigned rank) {
        std::string letters;
        for (unsigned hash = rank * 2654435761u; letters.size() < 3 + rank % 6; hash /= 7)
            letters += "etaoinsrhldcumfpgwybvk"[(hash ^ rank) % 22];
        return letters;
    }
    std::mt19937 m_random{1};
};

ConversationTree talk(Words& words, size_t number, size_t messages) {
    ConversationTree tree;
    tree.identity = "made up " + std::to_string(number);
    tree.title = words.text(5);
    tree.created = tree.changed = 1'600'000'000'000 + static_cast<int64_t>(number) * 60'000;
    for (size_t i = 0; i < messages; ++i) {
        TreeMessage message;
        message.parent = i == 0 ? TreeMessage::kFirst : i - 1;
        message.shown = true;
        message.fromUser = i % 2 == 0;
        message.text = words.text(message.fromUser ? 15 : 120);
        message.details = {{"tokens", 120}, {"speed", 31.5}};
        message.created = tree.created;
        tree.messages.push_back(std::move(message));
    }
    return tree;
}

void growAnswer(ConversationStore& store, int64_t conversation) {
    NewMessage message;
    message.state = MessageState::Growing;
    const int64_t id = must(store.add(conversation, message));
    std::vector<Time> times;
    for (size_t bytes = 0; bytes < kGrown; bytes += 4)
        times.push_back(measure([&] { done(store.grow(id, "", "abc ")); }));
    report("grow(): each of 25,000 pieces of 4 bytes", std::move(times));
    repeat("path() with 25,000 pieces", [&] { (void)must(store.path(conversation)); });
    report("finish() of 100 KB",
           {measure([&] { done(store.finish(id, MessageState::Complete, "", nullptr)); })});
}

int run(const fs::path& folder, size_t conversations, size_t messages) {
    const fs::path file = folder / "conversations.db";
    Words words;
    const bool made = !fs::exists(file);
    auto store = must(ConversationStore::open(file));
    if (made) {
        report("takeIn() of all", {measure([&] {
                   std::vector<ConversationTree> some;
                   for (size_t i = 0; i < conversations; ++i) {
                       some.push_back(talk(words, i, messages));
                       if (some.size() < 500 && i + 1 < conversations) continue;
                       (void)must(store->takeIn(some));
                       some.clear();
                   }
                   some = {talk(words, conversations, kLongTalk)};
                   (void)must(store->takeIn(some));
               })});
    }
    store.reset();
    std::printf("%zu conversations, %.0f MB; median, slowest, processor in ms\n", conversations,
                static_cast<double>(fs::file_size(file)) / 1e6);
    report("open()", {measure([&] { store = must(ConversationStore::open(file)); })});
    repeat("list()", [&] { (void)must(store->list(Shelf::Active)); });
    const int64_t longest = must(store->list(Shelf::Active)).front().id;
    repeat("path() of 2,000 messages", [&] { (void)must(store->path(longest)); });
    const std::string typed = words.text(3);
    for (size_t length = 1; length <= typed.size(); ++length)
        repeat("search(\"" + typed.substr(0, length) + "\")",
               [&] { (void)must(store->search(typed.substr(0, length), 30)); });
    for (const std::string& each : {Words::common(1), Words::common(2), Words::common(5),
                                    Words::common(8), std::string("nothing of that")})
        repeat("search(\"" + each + "\")", [&] { (void)must(store->search(each, 30)); });
    const int64_t id = must(store->create("grows"));
    repeat("add()", [&] {
        NewMessage message;
        message.fromUser = true;
        message.text = "a question of this length";
        (void)must(store->add(id, message));
    });
    repeat("setDraft()", [&] { done(store->setDraft(id, std::string(200, 'x'))); });
    growAnswer(*store, id);
    done(store->remove(id));
    report("purgeRemoved() of one", {measure([&] { (void)must(store->purgeRemoved(INT64_MAX)); })});
    return 0;
}

}  // namespace
}  // namespace alcove::test

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const auto number = [&](int at, size_t otherwise) {
        return argc > at ? static_cast<size_t>(std::atoll(argv[at])) : otherwise;
    };
    return alcove::test::run(argv[1], number(2, 10'000), number(3, 20));
}
