#include "app/library/preparation.h"

#include <utility>

#include "engine/base/unicode.h"
#include "rag/chunking/chunker.h"

namespace alcove::app {
namespace {

constexpr size_t kLongestTitle = 300;  // bytes; it stands beside every chunk
constexpr int kAttempts = 3;           // with a file that is being written

/// Clocks of file systems go in steps, nanoseconds long: whole seconds on some, the ticks of the
/// system on others. What was changed just now may change again in the same one.
bool mayChangeUnseen(int64_t time) {
    constexpr int64_t kSecond = 1'000'000'000, kTick = 20'000'000;
    return stampNow() - time < (time % kSecond == 0 ? 2 * kSecond : kTick);
}

std::string cutToWholeCharacters(std::string text, size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text.resize(most);
    return text;
}

rag::DocumentContent contentOf(rag::Document document, const FileTask& task,
                               const PreparationOptions& options) {
    rag::DocumentContent content;
    content.record.collection = task.collection;
    content.record.path = task.path;
    content.record.kind = name(document.kind);
    std::string title = document.title;
    if (title.find_first_not_of(" \t\n") == std::string::npos)
        title = shownName(nameOf(pathFrom(task.path).stem()));
    content.record.title = cutToWholeCharacters(shownName(title), kLongestTitle);
    rag::ChunkerOptions cutting;
    cutting.limit = options.limit;
    content.chunks = rag::cutIntoChunks(document, *options.counter, cutting);
    content.warnings = std::move(document.warnings);
    for (rag::Page& page : document.pages)
        content.pages.push_back(
            {std::string(name(page.kind)), std::move(page.label), std::move(page.text)});
    return content;
}

/// The reason without the name of the file, which the reader puts before it.
std::string reasonOf(const std::string& message, const std::string& path) {
    const std::string before = path + ": ";
    return message.rfind(before, 0) == 0 ? message.substr(before.size()) : message;
}

/// True: the task is settled. False: the file changed while it was read.
bool attempt(const std::filesystem::path& path, const PreparationOptions& options,
             Prepared& prepared) {
    using Outcome = Prepared::Outcome;
    const auto before = stampOf(path);
    if (!before) {
        prepared.outcome = Outcome::Gone;
        return true;
    }
    prepared.stamp = *before;
    const FileTask& task = prepared.task;
    if (!task.hash.empty() && task.bytes == before->bytes) {
        const auto hash = hashOf(path, options.stop);
        if (hash && *hash == task.hash) {
            prepared.outcome = Outcome::Known;
            return stampOf(path) == before;
        }
    }
    if (options.progress) options.progress(0);
    rag::ReadOptions reading = options.reading;
    reading.stop = options.stop;
    reading.progress = options.progress;
    auto document = rag::readDocument(path, reading, &prepared.refusal);
    if (!document) {
        const bool stopped = prepared.refusal == rag::Refusal::Cancelled;
        prepared.outcome = stopped ? Outcome::Stopped : Outcome::Refused;
        prepared.message = reasonOf(document.message(), task.path);
        return stopped || stampOf(path) == before;
    }
    prepared.content = contentOf(std::move(*document), task, options);
    auto hash = hashOf(path, options.stop);
    if (options.stop.stop_requested()) {
        prepared.outcome = Outcome::Stopped;
        return true;
    }
    prepared.content.record.hash = hash ? std::move(*hash) : std::string();
    prepared.outcome = Outcome::Content;
    return hash && stampOf(path) == before;
}

}  // namespace

Prepared prepare(FileTask task, const PreparationOptions& options) {
    Prepared prepared;
    prepared.task = std::move(task);
    const std::filesystem::path path = pathFrom(prepared.task.path);
    bool settled = false;
    for (int i = 0; i < kAttempts && !settled; ++i) settled = attempt(path, options, prepared);
    // What changed all the time, or just now, is looked at again the next time.
    rag::DocumentRecord& record = prepared.content.record;
    record.modified = prepared.stamp.seconds();
    record.bytes = prepared.stamp.bytes;
    if (!settled) record.hash.clear();
    if (!settled || mayChangeUnseen(prepared.stamp.time)) prepared.stamp.time = 0;
    // A file that the system does not give may be given later, without having changed.
    if (prepared.outcome == Prepared::Outcome::Refused &&
        prepared.refusal == rag::Refusal::Unreadable)
        prepared.stamp.time = 0;
    record.stamp = prepared.stamp.time;
    return prepared;
}

}  // namespace alcove::app
