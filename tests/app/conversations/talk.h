// What the tests of conversations share.
#pragma once

#include <QtTest>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/conversations/conversation_store.h"
#include "tests/support/must.h"

namespace alcove::app::test {

#define QVERIFY_OK(result)                                                \
    do {                                                                  \
        const auto& outcome = (result);                                   \
        QVERIFY2(outcome.ok(), outcome ? "" : outcome.message().c_str()); \
    } while (false)

/// That it failed, and what the message must say.
#define QVERIFY_FAILS(result, words)                                                             \
    do {                                                                                         \
        const auto& outcome = (result);                                                          \
        QVERIFY2(!outcome.ok(), "it did not fail");                                              \
        QVERIFY2(outcome.message().find(words) != std::string::npos, outcome.message().c_str()); \
    } while (false)

using Store = std::unique_ptr<ConversationStore>;

inline Store open(const std::filesystem::path& file) { return must(ConversationStore::open(file)); }

inline void done(const Result<void>& result) {
    if (!result.ok()) qFatal("%s", result.message().c_str());
}

inline int64_t say(ConversationStore& store, int64_t conversation, int64_t parent,
                   std::string_view text, bool fromUser = true) {
    NewMessage message;
    message.parent = parent;
    message.fromUser = fromUser;
    message.text = text;
    return must(store.add(conversation, message));
}

inline int64_t answer(ConversationStore& store, int64_t conversation, int64_t parent,
                      std::string_view text) {
    return say(store, conversation, parent, text, false);
}

/// An answer that grows.
inline int64_t begin(ConversationStore& store, int64_t conversation, int64_t parent) {
    NewMessage message;
    message.parent = parent;
    message.model = "small";
    message.state = MessageState::Growing;
    return must(store.add(conversation, message));
}

inline std::vector<std::string> texts(const ConversationStore& store, int64_t conversation) {
    std::vector<std::string> all;
    for (const StoredMessage& message : must(store.path(conversation))) all.push_back(message.text);
    return all;
}

inline std::vector<int64_t> ids(const ConversationStore& store, Shelf shelf) {
    std::vector<int64_t> all;
    for (const ConversationEntry& entry : must(store.list(shelf))) all.push_back(entry.id);
    return all;
}

inline std::string contents(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

}  // namespace alcove::app::test
