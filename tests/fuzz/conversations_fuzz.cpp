// Any text as a file of conversations. What is read must be whole and bounded by what was there,
// and written as our own JSON it must be read again as the same.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "app/conversations/export.h"
#include "app/conversations/import.h"
#include "app/conversations/search_words.h"
#include "engine/import/json.h"

using namespace alcove::app;

namespace {

void expect(bool condition) {
    if (!condition) __builtin_trap();
}

size_t check(const ConversationTree& tree) {
    size_t bytes = 0;
    std::set<size_t> shown;
    expect(!tree.identity.empty() && alcove::engine::isUtf8(tree.title));
    for (size_t i = 0; i < tree.messages.size(); ++i) {
        const TreeMessage& message = tree.messages[i];
        expect(message.parent == TreeMessage::kFirst || message.parent < i);
        expect(message.state != MessageState::Growing);
        expect(message.rating >= -1 && message.rating <= 1 && message.created >= 0);
        expect(alcove::engine::isUtf8(message.text) && alcove::engine::isUtf8(message.thought));
        if (message.shown) expect(shown.insert(message.parent).second);
        bytes += message.text.size() + message.thought.size();
    }
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto file = readConversations(text, "file", 1'750'000'000'000);
    if (!file) {
        expect(!file.message().empty());
        return 0;
    }
    size_t bytes = 0;
    for (const ConversationTree& tree : file->trees) {
        bytes += check(tree);
        if (tree.messages.empty()) continue;
        const SearchQuery query(tree.messages.back().text);
        const auto excerpt = query.excerpt(tree.messages.front().text);
        for (const auto& [begin, end] : excerpt.marks)
            expect(begin < end && end <= excerpt.text.size());
    }
    expect(bytes <= 3 * size);  // a broken byte becomes three
    const std::string json = conversationsToJson(file->trees);
    const auto again = readConversations(json, "again", 0);
    expect(again.ok() && conversationsToJson(again->trees) == json);
    return 0;
}
