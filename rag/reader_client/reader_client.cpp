#include "rag/reader_client/reader_client.h"

#include <algorithm>
#include <array>

#include "engine/base/child_process.h"
#include "rag/reader_client/stream_parser.h"

namespace alcove::rag {
namespace {

using Clock = ChildProcess::Clock;

/// UTF-8, on Windows too.
std::string utf8(const std::filesystem::path& path) {
    const auto text = path.u8string();
    return {text.begin(), text.end()};
}

ChildProcess::Setup makeSetup(const std::filesystem::path& path, const ReadOptions& options,
                              std::vector<std::string> words) {
    ChildProcess::Setup setup;
    setup.program = options.reader.empty() ? readerProgram() : options.reader;
    setup.input = path;
    setup.memory = options.limits.memory;
    setup.arguments = std::move(words);
    const auto add = [&](const char* name, const std::string& value) {
        setup.arguments.emplace_back(name);
        setup.arguments.push_back(value);
    };
    add("--name", utf8(path.filename()));
    add("--memory", std::to_string(options.limits.memory));
    add("--output", std::to_string(options.limits.output));
    add("--seconds", std::to_string(std::max<int64_t>(options.limits.total.count(), 1)));
    if (!options.password.empty())
        setup.environment.emplace_back("ALCOVE_READER_PASSWORD", options.password);
    // Tesseract's OpenMP must not try to start threads: none can start behind the sandbox's door.
    setup.environment.emplace_back("OMP_THREAD_LIMIT", "1");
    return setup;
}

Error describeEnd(const ChildProcess::Exit& exit) {
    switch (exit.how) {
        case ChildProcess::Ended::OutOfTime:
            return refuse(Refusal::TooSlow, "the reader used up its processor time");
        case ChildProcess::Ended::OutOfFileSize:
            return refuse(Refusal::TooLarge, "the reader wrote more than it may");
        case ChildProcess::Ended::Killed:
            return refuse(Refusal::Crashed,
                          "the reader was killed; perhaps the machine ran out of memory");
        case ChildProcess::Ended::Crashed:
            return refuse(Refusal::Crashed, "the reader died of signal ", exit.code,
                          "; the file is broken in a way it does not withstand");
        case ChildProcess::Ended::Exited:
            break;
    }
    return refuse(Refusal::Crashed, "the reader stopped in the middle, with exit code ", exit.code);
}

/// Runs the reader and hands its output over piece by piece, until `use` fails or all is there.
template <typename Use>
Result<void> runReader(const ChildProcess::Setup& setup, const ReadOptions& options,
                       const Use& use) {
    auto started = ChildProcess::start(setup);
    if (!started) return refuse(Refusal::Unreadable, started.message());
    ChildProcess& process = *started;
    std::vector<char> buffer(256 * 1024);
    const auto total = Clock::now() + options.limits.total;
    uint64_t received = 0;
    for (;;) {
        const auto silence = Clock::now() + options.limits.silence;
        ALCOVE_TRY(const auto read, process.read(buffer, std::min(total, silence), options.stop));
        switch (read.end) {
            case ChildProcess::ReadEnd::Data:
                break;
            case ChildProcess::ReadEnd::Stopped:
                return refuse(Refusal::Cancelled, "reading was stopped");
            case ChildProcess::ReadEnd::Deadline:
                if (silence < total)
                    return refuse(Refusal::TooSlow, "nothing new came for ",
                                  options.limits.silence.count(), " seconds");
                return refuse(Refusal::TooSlow, "it was not done after ",
                              options.limits.total.count(), " seconds");
            case ChildProcess::ReadEnd::End: {
                const auto exit = process.finish(Clock::now() + std::chrono::seconds(2));
                if (exit.how == ChildProcess::Ended::Exited && exit.code <= 1) return {};
                return describeEnd(exit);
            }
        }
        received += read.bytes;
        if (received > options.limits.output + StreamParser::kLongestLine)
            return refuse(Refusal::TooLarge, "the reader sent more than it may");
        ALCOVE_CHECK(use(std::string_view(buffer.data(), read.bytes)));
    }
}

Result<Document> readOnce(const std::filesystem::path& path, ReadOptions options, bool ocr) {
    std::vector<std::string> words = {"text"};
    if (ocr) {
        words.insert(words.end(), {"--ocr", options.ocrLanguage});
        options.limits.total = options.limits.ocrTotal;
        options.limits.silence = options.limits.ocrSilence;
    }
    StreamParser parser;
    size_t pages = 0;
    const auto run = runReader(makeSetup(path, options, std::move(words)), options,
                               [&](std::string_view bytes) -> Result<void> {
                                   ALCOVE_CHECK(parser.feed(bytes));
                                   const size_t now = parser.document().pages.size();
                                   if (now != pages && options.progress)
                                       options.progress(static_cast<uint32_t>(now));
                                   pages = now;
                                   return {};
                               });
    if (!run) return run.error();
    if (!parser.complete())
        return refuse(Refusal::Crashed, "the reader stopped before the end of the document");
    return parser.take();
}

/// A file's size and time, to see that it changed under the reader's hands.
struct State {
    std::error_code error;
    uintmax_t bytes;
    std::filesystem::file_time_type time;

    explicit State(const std::filesystem::path& path)
        : bytes(std::filesystem::file_size(path, error)),
          time(std::filesystem::last_write_time(path, error)) {}
    [[nodiscard]] bool operator==(const State& other) const {
        return bytes == other.bytes && time == other.time;
    }
};

Error naming(const std::filesystem::path& path, const Error& error, Refusal* refusal) {
    if (refusal) *refusal = refusalOf(error);
    const std::string file = utf8(path);
    // What the system says of a file names it already.
    const std::string twice = concat(name(Refusal::Unreadable), ": ", file, ": ");
    if (error.message.rfind(twice, 0) == 0)
        return fail(file, ": ", name(Refusal::Unreadable), ": ",
                    error.message.substr(twice.size()));
    return fail(file, ": ", error.message);
}

/// The whole output of a mode that answers with one thing; a refusal comes as a record.
Result<std::string> ask(const std::filesystem::path& path, const ReadOptions& options,
                        std::vector<std::string> words) {
    std::string answer;
    auto run = runReader(makeSetup(path, options, std::move(words)), options,
                         [&](std::string_view bytes) -> Result<void> {
                             answer += bytes;
                             return {};
                         });
    if (run && answer.rfind("{\"refused\":", 0) == 0) run = StreamParser().feed(answer);
    if (!run) return naming(path, run.error(), nullptr);
    return answer;
}

}  // namespace

std::filesystem::path readerProgram() { return programFolder() / programName("alcove-reader"); }

Result<Document> readDocument(const std::filesystem::path& path, const ReadOptions& options,
                              Refusal* refusal) {
    const State before(path);
    auto document = readOnce(path, options, false);
    if (!document) {
        // What is cut off while it is mapped kills whoever reads it; the file is not to blame.
        const bool cut = refusalOf(document.error()) == Refusal::Crashed && before != State(path);
        return naming(path,
                      cut ? refuse(Refusal::Unreadable, "it was changed while it was read")
                          : document.error(),
                      refusal);
    }
    // Only who needs OCR pays for loading it: it must be loaded before the sandbox closes, and so
    // before anybody knows whether there are scans.
    const bool scans = std::any_of(document->pages.begin(), document->pages.end(),
                                   [](const Page& page) { return page.scanned; });
    if (!scans || !options.ocr) return document;
    auto again = readOnce(path, options, true);
    if (!again) {
        if (refusalOf(again.error()) == Refusal::Cancelled)
            return naming(path, again.error(), refusal);
        document->warnings.push_back(
            {kNone, "the scanned pages could not be read: " + again.error().message});
        return document;
    }
    return again;
}

Result<std::string> renderPage(const std::filesystem::path& path, uint32_t page, uint32_t width,
                               const ReadOptions& options) {
    constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
    auto image = ask(path, options, {"render", std::to_string(page), std::to_string(width)});
    if (image && image->rfind(kPng, 0) != 0)
        return naming(path, refuse(Refusal::Crashed, "the reader sent no picture"), nullptr);
    return image;
}

Result<std::vector<LineBox>> locate(const std::filesystem::path& path, uint32_t page,
                                    TextRange range, const ReadOptions& options) {
    ALCOVE_TRY(const std::string answer,
               ask(path, options,
                   {"locate", std::to_string(page), std::to_string(range.begin),
                    std::to_string(range.end)}));
    StreamParser parser;  // a document of one page, with nothing but these lines
    if (auto parsed = parser.feed(answer); !parsed) return naming(path, parsed.error(), nullptr);
    if (!parser.complete() || parser.document().pages.size() != 1)
        return naming(path, refuse(Refusal::Crashed, "the reader sent no places"), nullptr);
    return parser.take().pages.front().lines;
}

}  // namespace alcove::rag
