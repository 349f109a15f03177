// alcove-reader: turns the one document on its standard input into blocks on standard output
// (rag/reader/block_writer.h says in what form), behind a closed door. It is started by
// rag/reader_client; by hand:
//
//     alcove-reader text --name report.pdf <report.pdf
//
// With --ocr, OMP_THREAD_LIMIT=1 must be set. A password comes as ALCOVE_READER_PASSWORD, where no
// list of processes shows it.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rag/reader/formats/formats.h"
#include "rag/reader/input.h"
#include "rag/reader/pdf/pdf.h"
#include "rag/reader/sandbox.h"

namespace alcove::rag {
namespace {

constexpr char kUsage[] =
    "usage: alcove-reader text [--ocr LANGUAGE] [OPTIONS] <FILE\n"
    "       alcove-reader render PAGE WIDTH [OPTIONS] <FILE    a page of a PDF as PNG\n"
    "       alcove-reader locate PAGE BEGIN END [OPTIONS] <FILE    boxes of a range of its text\n"
    "\n"
    "  --name NAME      the file's name, which says what the content does not\n"
    "  --memory BYTES   --output BYTES   --seconds N   what it may use\n";

struct Request {
    std::string mode, name, ocrLanguage;
    std::vector<uint64_t> numbers;  // PAGE WIDTH, or PAGE BEGIN END
    SandboxLimits limits;
};

std::optional<uint64_t> toNumber(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<Request> parse(const std::vector<std::string>& words) {
    Request request;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word.rfind("--", 0) != 0) {
            if (i == 0) {
                request.mode = word;
                continue;
            }
            const auto number = toNumber(word);
            if (!number) return std::nullopt;
            request.numbers.push_back(*number);
            continue;
        }
        if (i + 1 == words.size()) return std::nullopt;
        const std::string& value = words[++i];
        const auto number = toNumber(value);
        if (word == "--name")
            request.name = value;
        else if (word == "--ocr")
            request.ocrLanguage = value;
        else if (!number)
            return std::nullopt;
        else if (word == "--memory")
            request.limits.memory = *number;
        else if (word == "--output")
            request.limits.output = *number;
        else if (word == "--seconds")
            request.limits.seconds = *number;
        else
            return std::nullopt;
    }
    const size_t expected = request.mode == "text"     ? 0
                            : request.mode == "render" ? 2
                            : request.mode == "locate" ? 3
                                                       : SIZE_MAX;
    if (request.numbers.size() != expected) return std::nullopt;
    return request;
}

std::string takePassword() {
    char* value = std::getenv("ALCOVE_READER_PASSWORD");
    if (!value) return {};
    std::string password = value;
    std::memset(value, 0, password.size());
    return password;
}

/// Gathers small lines to large writes, and lets each second's work be seen.
class Output {
public:
    void add(std::string_view bytes) {
        m_buffer += bytes;
        if (m_buffer.size() >= kTogether || Clock::now() - m_flushed >= kWaiting) flush();
    }
    void flush() {
        // Nobody listens: there is nothing left to do.
        if (!writeToStandardOutput(m_buffer)) std::_Exit(3);
        m_buffer.clear();
        m_flushed = Clock::now();
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr size_t kTogether = 32 * 1024;
    static constexpr std::chrono::seconds kWaiting{1};
    std::string m_buffer;
    Clock::time_point m_flushed = Clock::now();
};

Result<void> perform(const Request& request, const Input& input, QtPdf& pdf, BlockWriter& out,
                     Output& output) {
    ReadContext context;
    context.pdf = &pdf;
    context.password = takePassword();
    const Source source{request.name, input.bytes()};
    if (request.mode == "text") return readAny(source, context, out);
    if (request.mode == "render") {
        ALCOVE_TRY(const std::string image,
                   pdf.render(source, context, request.numbers[0], request.numbers[1]));
        output.add(image);
        return {};
    }
    return pdf.locate(source, context, request.numbers[0], {request.numbers[1], request.numbers[2]},
                      out);
}

int run(const Request& request) {
    Output output;
    BlockWriter out([&](std::string_view bytes) { output.add(bytes); }, request.limits.output);
    const auto work = [&]() -> Result<void> {
        ALCOVE_CHECK(limitProcess(request.limits));
        ALCOVE_TRY(const Input input, Input::fromStandardInput());
        // Some of the time is for what is not OCR: better a document with some scans unread than
        // none.
        QtPdf pdf(request.ocrLanguage, std::chrono::seconds(request.limits.seconds * 8 / 10));
        ALCOVE_CHECK(lockProcess());
        try {
            return perform(request, input, pdf, out, output);
        } catch (const std::bad_alloc&) {
            return refuse(Refusal::TooLarge, "reading it needs more than the ",
                          request.limits.memory >> 20, " MB of memory that are allowed");
        } catch (const std::exception& error) {
            return refuse(Refusal::Damaged, error.what());
        }
    };
    const auto result = work();
    if (!result)
        out.refused(result.error());
    else if (request.mode != "render")
        out.end();
    output.flush();
    // No destructors: some libraries free trees by recursion, and memory goes with the process.
    std::_Exit(result ? 0 : 1);
}

}  // namespace
}  // namespace alcove::rag

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    const auto request = alcove::rag::parse(words);
    if (!request) {
        std::fputs(alcove::rag::kUsage, stderr);
        return 2;
    }
    return alcove::rag::run(*request);
}
