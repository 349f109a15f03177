// Conversations from files: our own JSON (export.h), the conversations.json of ChatGPT's export,
// and what Open WebUI exports. Which of them it is, the content tells.
//
// The files are foreign: whatever stands in them, nothing is taken over but text, who said it,
// when, and what followed what. All versions come; those shown are the ones that were. Thoughts
// come with the answer that they led to. Instructions, calls of tools and what tools said are left
// out, and so are pictures and files; a message's details list their names. What is left out is
// counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "app/conversations/conversation_store.h"

namespace alcove::app {

enum class ImportSource : uint8_t { Alcove, ChatGpt, OpenWebUi };
[[nodiscard]] std::string_view nameOf(ImportSource source);

/// What was not taken over, or not as it was.
enum class LeftOut : uint8_t {
    Conversations,  // that cannot be read
    Empty,          // conversations in which nothing was said
    Instructions,   // messages of the system
    Tools,          // what tools were asked and said
    Hidden,         // messages that their program does not show either
    Wordless,       // messages without any
    Broken,         // messages that cannot be read
    Circles,        // messages that follow themselves
    Beyond,         // messages beyond the most that are read of a file
    Cut,            // messages that are too long: their end
    Attachments,    // pictures and files: their content
    Sources,        // of answers: the documents are not here
    Details,        // of messages: too many
    Signs,          // files with broken letters: they became U+FFFD
};
/// In plain words, after "12 ".
[[nodiscard]] std::string_view nameOf(LeftOut reason);
using LeftOutCounts = std::map<LeftOut, int64_t>;

struct ImportedFile {
    ImportSource source = ImportSource::Alcove;
    std::vector<ConversationTree> trees;  // each with an identity; none is there twice
    LeftOutCounts leftOut;
};

/// `name` is for messages; `now`, ms since 1970, stands for dates that are missing.
[[nodiscard]] Result<ImportedFile> readConversations(std::string_view text, const std::string& name,
                                                     int64_t now);

struct ImportReport {
    ImportSource source = ImportSource::Alcove;
    ConversationStore::TakenIn taken;
    LeftOutCounts leftOut;
};
/// All or nothing; the same conversation again is not added again.
[[nodiscard]] Result<ImportReport> importConversations(
    ConversationStore& store, const std::filesystem::path& file,
    const ConversationStore::Progress& progress = {});

}  // namespace alcove::app
