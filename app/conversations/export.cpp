#include "app/conversations/export.h"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <sstream>

#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

std::string utc(int64_t milliseconds) {
    using namespace std::chrono;
    const sys_seconds time{floor<seconds>(std::chrono::milliseconds(milliseconds))};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    std::ostringstream text;
    text << std::setfill('0') << std::setw(4) << int{date.year()} << '-' << std::setw(2)
         << unsigned{date.month()} << '-' << std::setw(2) << unsigned{date.day()} << ' '
         << std::setw(2) << clock.hours().count() << ':' << std::setw(2) << clock.minutes().count()
         << " UTC";
    return std::move(text).str();
}

std::string dateOf(const ExportWords& words, int64_t milliseconds) {
    return words.date ? words.date(milliseconds) : utc(milliseconds);
}

const std::string& speaker(const ExportWords& words, const StoredMessage& message) {
    if (message.fromUser) return words.user;
    return message.model.empty() ? words.model : message.model;
}

/// Why there is no more; empty: the message is whole.
std::string ending(const ExportWords& words, const StoredMessage& message) {
    switch (message.state) {
        case MessageState::Complete:
            return {};
        case MessageState::Limit:
            return words.limit;
        case MessageState::Stopped:
            return words.stopped;
        case MessageState::Failed:
            return message.error.empty() ? words.failed : words.failed + " " + message.error;
        case MessageState::Growing:
        case MessageState::Interrupted:
            return words.interrupted;
    }
    return {};
}

std::string oneLine(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return text;
}

template <typename Visit>
void eachLine(std::string_view text, const Visit& visit) {
    while (!text.empty()) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        visit(line);
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

/// What closes a fence that a text leaves open, as an answer that was stopped does; the rest of the
/// document would be code.
std::string missingFence(std::string_view text) {
    std::string open;
    eachLine(text, [&](std::string_view line) {
        const size_t indent = std::min(line.find_first_not_of(' '), line.size());
        line.remove_prefix(indent);
        if (indent > 3 || line.empty() || (line[0] != '`' && line[0] != '~')) return;
        const size_t length = std::min(line.find_first_not_of(line[0]), line.size());
        const std::string_view rest = line.substr(length);
        if (length < 3) return;
        if (open.empty()) {
            if (line[0] == '~' || rest.find('`') == std::string_view::npos)
                open = line.substr(0, length);
        } else if (line[0] == open[0] && length >= open.size() &&
                   rest.find_first_not_of(" \t") == std::string_view::npos) {
            open.clear();
        }
    });
    return open;
}

/// In a line of Markdown that is ours, text that is not.
std::string plainMarkdown(std::string_view text) {
    std::string plain;
    for (const char c : text) {
        if (std::string_view("\\`*_{}[]<>#|~&").find(c) != std::string_view::npos) plain += '\\';
        plain += c;
    }
    return oneLine(std::move(plain));
}

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1c1c1e; --faint: #6b6b70; --paper: #ffffff; --bubble: #f1f1f4; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf0; --faint: #9a9aa2; --paper: #1b1b1e; --bubble: #2a2a2f; }
}
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 44rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 0.25rem; }
.date, .ending, .notes { color: var(--faint); font-size: 0.85rem; }
article { margin: 1.75rem 0 0; }
article > h2 { font-size: 0.95rem; margin: 0 0 0.35rem; }
article > h2 .date { font-weight: normal; margin-inline-start: 0.5rem; }
.user .text { background: var(--bubble); border-radius: 0.75rem; padding: 0.6rem 0.9rem; }
.plain { white-space: pre-wrap; }
details { margin: 0 0 0.5rem; color: var(--faint); }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--bubble); border-radius: 0.5rem; padding: 0.75rem; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--faint); padding: 0.25rem 0.6rem; text-align: start; }
@media print { body { max-width: none; } article { break-inside: auto; } }
)";

void writeMessage(std::string& out, const StoredMessage& message, const ExportOptions& options) {
    const ExportWords& words = options.words;
    out += message.fromUser ? "<article class=\"user\">\n" : "<article class=\"model\">\n";
    out += "<h2>" + escapeHtml(speaker(words, message)) + "<span class=\"date\">" +
           escapeHtml(dateOf(words, message.created)) + "</span></h2>\n";
    if (!message.thought.empty())
        out += "<details><summary>" + escapeHtml(words.thought) +
               "</summary><div class=\"plain\" dir=\"auto\">" + escapeHtml(message.thought) +
               "</div></details>\n";
    if (options.render)
        out += "<div class=\"text\" dir=\"auto\">" + options.render(message) + "</div>\n";
    else
        out += "<div class=\"text plain\" dir=\"auto\">" + escapeHtml(message.text) + "</div>\n";
    if (const std::string why = ending(words, message); !why.empty())
        out += "<p class=\"ending\">" + escapeHtml(why) + "</p>\n";
    const auto notes = options.notes ? options.notes(message) : std::vector<std::string>();
    if (!notes.empty()) {
        out += "<ul class=\"notes\">\n";
        for (const std::string& note : notes) out += "<li>" + escapeHtml(note) + "</li>\n";
        out += "</ul>\n";
    }
    out += "</article>\n";
}

}  // namespace

std::string escapeHtml(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (size_t at = 0; at < text.size();) {
        const Utf8Prefix prefix = strictUtf8Prefix(text.substr(at));
        const size_t bytes = std::max<size_t>(prefix.bytes, 1);
        const char c = text[at];
        if (prefix.state != Utf8Prefix::State::Whole ||
            (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r'))
            out += "\xEF\xBF\xBD";
        else if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\'')
            out += "&#39;";
        else
            out += text.substr(at, bytes);
        at += bytes;
    }
    return out;
}

std::string conversationToMarkdown(const ConversationEntry& entry,
                                   std::span<const StoredMessage> path,
                                   const ExportOptions& options) {
    const ExportWords& words = options.words;
    std::string out = "# " + plainMarkdown(entry.title) + "\n\n" +
                      plainMarkdown(dateOf(words, entry.created)) + "\n";
    for (const StoredMessage& message : path) {
        out += "\n## " + plainMarkdown(speaker(words, message)) + "\n";
        if (!message.thought.empty()) {
            out += "\n> **" + plainMarkdown(words.thought) + "**\n>\n";
            eachLine(message.thought, [&](std::string_view line) {
                out += line.empty() ? ">\n" : "> " + std::string(line) + "\n";
            });
        }
        if (!message.text.empty()) {
            out += "\n" + message.text;
            if (out.back() != '\n') out += '\n';
        }
        if (const std::string fence = missingFence(message.text); !fence.empty())
            out += fence + "\n";
        if (const std::string why = ending(words, message); !why.empty())
            out += "\n*" + plainMarkdown(why) + "*\n";
        const auto notes = options.notes ? options.notes(message) : std::vector<std::string>();
        if (!notes.empty()) out += "\n";
        for (const std::string& note : notes) out += "- " + plainMarkdown(note) + "\n";
    }
    return out;
}

std::string conversationToHtml(const ConversationEntry& entry, std::span<const StoredMessage> path,
                               const ExportOptions& options) {
    const std::string title = escapeHtml(oneLine(entry.title));
    std::string out = "<!DOCTYPE html>\n<html lang=\"" + escapeHtml(options.words.language) +
                      "\">\n<head>\n<meta charset=\"utf-8\">\n";
    // Whatever a message says: this page runs nothing and fetches nothing.
    out +=
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; img-src data:\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
    out += title + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n";
    out += "<h1 dir=\"auto\">" + title + "</h1>\n<p class=\"date\">" +
           escapeHtml(dateOf(options.words, entry.created)) + "</p>\n";
    for (const StoredMessage& message : path) writeMessage(out, message, options);
    return out + "</body>\n</html>\n";
}

}  // namespace alcove::app
