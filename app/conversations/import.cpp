#include "app/conversations/import.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <iomanip>
#include <optional>
#include <set>
#include <span>
#include <sstream>

#include "app/conversations/conversation_rows.h"
#include "app/conversations/export.h"
#include "app/conversations/foreign_tree.h"
#include "engine/base/checksum.h"
#include "engine/base/mapped_file.h"
#include "engine/base/unicode.h"
#include "engine/import/json.h"

namespace alcove::app {
using engine::asInteger;
using engine::asString;
using engine::find;
using engine::Json;
using engine::stringAt;

namespace {

constexpr size_t kMostDetails = size_t{1} << 20;  // bytes
constexpr size_t kMostMembers = 1000;  // of an object: those that keep their order are searched one
                                       // by one
constexpr int64_t kLatest = 253'402'300'799'999;  // ms: the end of the year 9999

/// Of `\uXXXX` at a place of a text.
std::optional<uint32_t> escapedUnit(std::string_view text, size_t at) {
    if (text.size() - at < 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    uint32_t unit = 0;
    for (size_t i = at + 2; i < at + 6; ++i) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) return std::nullopt;
        unit = unit << 4 | static_cast<uint32_t>(digit);
    }
    return unit;
}

/// A text that was cut within a character, by a program that did not care, is still worth reading:
/// broken UTF-8 and halves of surrogate pairs become U+FFFD.
std::string mended(std::string_view text) {
    constexpr std::string_view kSign = "\xEF\xBF\xBD";
    std::string whole;
    whole.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        if (text[at] == '\\') {
            const auto unit = escapedUnit(text, at);
            const bool high = unit && *unit >= 0xD800 && *unit < 0xDC00;
            const auto next = high ? escapedUnit(text, at + 6) : std::nullopt;
            const bool pair = next && *next >= 0xDC00 && *next < 0xE000;
            const bool half = unit && *unit >= 0xD800 && *unit < 0xE000 && !pair;
            const size_t bytes = std::min(text.size() - at, pair ? size_t{12} : unit ? 6 : 2);
            whole += half ? kSign : text.substr(at, bytes);
            at += bytes;
            continue;
        }
        const Utf8Prefix prefix = strictUtf8Prefix(text.substr(at, 4));
        const size_t bytes = std::max<size_t>(prefix.bytes, 1);
        whole += prefix.state == Utf8Prefix::State::Whole ? text.substr(at, bytes) : kSign;
        at += bytes;
    }
    return whole;
}

/// The same for a conversation that says the same.
std::string identityByContent(std::string_view program, const ConversationTree& tree) {
    uint64_t sum = kChecksumStart;
    const auto add = [&](std::string_view text) {
        sum = checksum(std::as_bytes(std::span(text)), sum + text.size());
    };
    add(tree.title);
    for (const TreeMessage& message : tree.messages) add(message.text);
    std::ostringstream text;
    text << program << ":#" << std::hex << std::setfill('0') << std::setw(16) << sum;
    return std::move(text).str();
}

bool isSmall(const Json& details) {
    if (details.is_object() && details.size() > kMostMembers) return false;
    if (!details.is_structured()) return true;
    return std::all_of(details.begin(), details.end(),
                       [](const Json& each) { return isSmall(each); });
}

std::optional<MessageState> stateNamed(std::string_view name) {
    for (const MessageState state :
         {MessageState::Complete, MessageState::Limit, MessageState::Stopped, MessageState::Failed,
          MessageState::Interrupted})
        if (nameOf(state) == name) return state;
    return std::nullopt;
}

std::optional<int64_t> dateAt(const Json& json, std::string_view key) {
    const auto date = asInteger(find(json, key));
    return date && *date >= 0 && *date <= kLatest ? date : std::nullopt;
}

/// Nothing: it cannot be read, or not be kept, as it is.
std::optional<TreeMessage> readOwnMessage(const Json& json, size_t place, ForeignReading& reading) {
    TreeMessage message;
    if (const Json* parent = find(json, "parent")) {
        const auto before = asInteger(parent);
        if (!before || *before < 0 || *before >= static_cast<int64_t>(place)) return std::nullopt;
        message.parent = static_cast<size_t>(*before);
    }
    const std::string_view by = stringAt(&json, "by");
    const std::string* text = asString(find(json, "text"));
    const auto state = stateNamed(stringAt(&json, "state"));
    const auto created = dateAt(json, "created");
    if ((by != "user" && by != "model") || !text || !state || !created) return std::nullopt;
    message.shown = engine::isTrue(&json, "shown");
    message.fromUser = by == "user";
    message.text = reading.longText(*text);
    message.thought = reading.longText(std::string(stringAt(&json, "thought")));
    message.model = stringAt(&json, "model");
    message.state = *state;
    message.error = stringAt(&json, "error");
    message.created = *created;
    const int64_t rating = asInteger(find(json, "rating")).value_or(0);
    if (rating < -1 || rating > 1) return std::nullopt;
    message.rating = static_cast<int>(rating);
    if (const Json* details = find(json, "details")) {
        if (isSmall(*details) && details->dump().size() <= kMostDetails)
            message.details = *details;
        else
            reading.leaveOut(LeftOut::Details);
    }
    return message;
}

std::optional<ConversationTree> readOwn(const Json& json, ForeignReading& reading) {
    ConversationTree tree;
    const std::string* identity = asString(find(json, "id"));
    const std::string* title = asString(find(json, "title"));
    const auto created = dateAt(json, "created"), changed = dateAt(json, "changed");
    const Json* messages = find(json, "messages");
    if (!identity || identity->empty() || !title || !created || !changed || !messages ||
        !messages->is_array())
        return std::nullopt;
    tree.identity = *identity;
    tree.title = *title;
    tree.titled = engine::isTrue(&json, "titled");
    tree.folder = stringAt(&json, "folder");
    tree.pinned = engine::isTrue(&json, "pinned");
    tree.archived = engine::isTrue(&json, "archived");
    tree.created = *created;
    tree.changed = *changed;
    for (const Json& each : *messages) {
        auto message = readOwnMessage(each, tree.messages.size(), reading);
        if (!message) return std::nullopt;
        if (!reading.mayHaveMore()) return std::nullopt;
        tree.messages.push_back(std::move(*message));
    }
    settleShown(tree);
    return tree;
}

Result<void> readOwnFile(const Json& json, const std::string& name, ForeignReading& reading,
                         ImportedFile& file) {
    const auto version = asInteger(find(json, "version"));
    const Json* conversations = find(json, "conversations");
    if (version && *version > kJsonVersion)
        return fail(name, ": was written by a later version of Alcove (its form is ", *version,
                    ", and this one knows ", kJsonVersion, "); nothing was taken over");
    if (!version || *version < 1 || !conversations || !conversations->is_array())
        return fail(name,
                    ": says that it holds conversations of Alcove, and does not; nothing was "
                    "taken over");
    file.source = ImportSource::Alcove;
    for (const Json& each : *conversations) {
        auto tree = readOwn(each, reading);
        if (tree)
            file.trees.push_back(std::move(*tree));
        else
            reading.leaveOut(LeftOut::Conversations);
    }
    return {};
}

/// False: the item is of neither program.
bool readForeign(const Json& item, ForeignReading& reading, ImportedFile& file) {
    const bool chatGpt = isChatGpt(item);
    if (!chatGpt && !isOpenWebUi(item)) return false;
    file.source = chatGpt ? ImportSource::ChatGpt : ImportSource::OpenWebUi;
    ConversationTree tree = chatGpt ? readChatGpt(item, reading) : readOpenWebUi(item, reading);
    if (!reading.complete(tree)) {
        reading.leaveOut(LeftOut::Empty);
        return true;
    }
    if (tree.identity.empty())
        tree.identity = identityByContent(chatGpt ? "chatgpt" : "openwebui", tree);
    file.trees.push_back(std::move(tree));
    return true;
}

void dropSecond(std::vector<ConversationTree>& trees) {
    std::set<std::string> seen;
    std::erase_if(trees,
                  [&](const ConversationTree& tree) { return !seen.insert(tree.identity).second; });
}

}  // namespace

std::string_view nameOf(ImportSource source) {
    constexpr std::array<std::string_view, 3> kNames = {"Alcove", "ChatGPT", "Open WebUI"};
    return kNames[static_cast<size_t>(source)];
}

std::string_view nameOf(LeftOut reason) {
    constexpr std::array<std::string_view, 14> kNames = {
        "conversations that cannot be read",
        "conversations in which nothing was said",
        "instructions",
        "messages to and from tools",
        "messages that were hidden",
        "messages without words",
        "messages that cannot be read",
        "messages that follow themselves",
        "messages beyond the most that are read of a file",
        "messages whose end is too long",
        "pictures and files",
        "sources of answers",
        "details of messages",
        "files with broken letters"};
    return kNames[static_cast<size_t>(reason)];
}

Result<ImportedFile> readConversations(std::string_view text, const std::string& name,
                                       int64_t now) {
    if (text.substr(0, 4) == "PK\x03\x04")
        return fail(name, ": is a ZIP archive; unpack it and choose the file conversations.json");
    ImportedFile file;
    ForeignReading reading(now, file.leftOut);
    Result<Json> json = engine::parseJson(text, name);
    if (!json) {
        std::string whole = mended(text);
        if (whole == text) return json.error();
        ALCOVE_TRY(json, engine::parseJson(whole, name));
        reading.leaveOut(LeftOut::Signs);
    }
    bool known = false;
    if (json->is_object() && stringAt(&*json, "format") == kJsonFormat) {
        ALCOVE_CHECK(readOwnFile(*json, name, reading, file));
        known = true;
    } else if (json->is_array()) {
        for (const Json& item : *json) {
            const bool read = readForeign(item, reading, file);
            if (!read) reading.leaveOut(LeftOut::Conversations);
            known |= read;
        }
    } else {
        known = readForeign(*json, reading, file);
    }
    if (!known)
        return fail(name,
                    ": holds no conversations as Alcove, ChatGPT or Open WebUI write them; "
                    "nothing was taken over");
    dropSecond(file.trees);
    return file;
}

Result<ImportReport> importConversations(ConversationStore& store,
                                         const std::filesystem::path& path,
                                         const ConversationStore::Progress& progress) {
    ImportedFile file;
    {
        ALCOVE_TRY(const MappedFile mapped, MappedFile::open(path));
        const auto bytes = mapped.bytes();
        if (bytes.size() > engine::kJsonFileBytes)
            return fail(path.string(), ": has ", bytes.size() >> 20, " MiB; the most that is read ",
                        "is ", engine::kJsonFileBytes >> 20, " MiB; nothing was taken over");
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        ALCOVE_TRY(file, readConversations(text, path.string(), now()));
    }
    ImportReport report;
    report.source = file.source;
    report.leftOut = std::move(file.leftOut);
    ALCOVE_TRY(report.taken, store.takeIn(file.trees, progress));
    return report;
}

}  // namespace alcove::app
