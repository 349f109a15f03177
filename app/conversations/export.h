// Conversations as files for people (Markdown, HTML) and for programs (JSON).
//
// Markdown and HTML hold the messages that are shown. JSON holds whole conversations with all
// versions, and is read again by import.h without loss:
//
//     {"format": "alcove-conversations", "version": 1, "conversations": [
//       {"id": "…", "title": "…", "titled": true, "folder": "…", "pinned": false,
//        "archived": false, "created": MS, "changed": MS, "messages": [
//         {"parent": null, "shown": true, "by": "user", "text": "…", "created": MS, …},
//         {"parent": 0, "by": "model", "model": "…", "thought": "…", "state": "complete", …}]}]}
//
// MS are milliseconds since 1970; a parent is the place of an earlier message in the list, from 0.
// States are complete, limit, stopped, failed, interrupted. What is empty, false or null is left
// out of a message; the members of "details" stand in the order of their names.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "app/conversations/conversation_store.h"

namespace alcove::app {

/// What stands in an export beside what was said, in the language of its reader.
struct ExportWords {
    std::string language = "en";  // as HTML's lang
    std::string user = "You";
    std::string model = "Assistant";  // where it is not known which
    std::string thought = "Thought";
    std::string limit = "The answer reached its limit.";
    std::string stopped = "The answer was stopped.";
    std::string interrupted = "The answer was interrupted.";
    std::string failed = "The answer failed.";
    /// Milliseconds since 1970 as a date and time; by default in UTC.
    std::function<std::string(int64_t)> date;
};

struct ExportOptions {
    ExportWords words;
    /// For HTML: what a message's text looks like, as a part of a page that needs nothing from
    /// elsewhere and runs no scripts. By default it stands as it was written.
    std::function<std::string(const StoredMessage&)> render;
    /// What is listed under a message, a line of plain text each: its sources.
    std::function<std::vector<std::string>(const StoredMessage&)> notes;
};

[[nodiscard]] std::string conversationToMarkdown(const ConversationEntry& entry,
                                                 std::span<const StoredMessage> path,
                                                 const ExportOptions& options = {});
/// A page of its own: style within, no scripts, nothing fetched.
[[nodiscard]] std::string conversationToHtml(const ConversationEntry& entry,
                                             std::span<const StoredMessage> path,
                                             const ExportOptions& options = {});

inline constexpr std::string_view kJsonFormat = "alcove-conversations";
inline constexpr int kJsonVersion = 1;
[[nodiscard]] std::string conversationsToJson(std::span<const ConversationTree> trees);

/// As JSON has it. What still grows is interrupted for whoever reads the file.
[[nodiscard]] std::string_view nameOf(MessageState state);

/// With quotes and signs made harmless, also within an attribute; broken UTF-8 becomes U+FFFD.
[[nodiscard]] std::string escapeHtml(std::string_view text);

}  // namespace alcove::app
