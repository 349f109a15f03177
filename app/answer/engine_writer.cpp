// The documents come before the question in a prompt, so that what was computed for them serves the
// next question too. Where they are whole documents, that state is kept in a file named after the
// tokens it stands for; a file that does not fit, or is broken, is computed again.
#include "app/answer/engine_writer.h"

#include <algorithm>
#include <cstdio>

#include "app/generation/conversation.h"
#include "app/generation/generate.h"
#include "engine/base/checksum.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

namespace {

constexpr size_t kMostKept = 8;      // files
constexpr int64_t kLeastRoom = 256;  // tokens of a prompt: system text and a short passage
constexpr size_t kLeastKept = 128;   // tokens that are worth a file
constexpr const char* kSuffix = ".prefill";

/// Tokens that two prompts begin with.
size_t common(const std::vector<Token>& a, const std::vector<Token>& b) {
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                               a.begin());
}

/// Leaves the files that were used last.
void removeOldest(const fs::path& folder) {
    std::error_code ignored;
    std::vector<std::pair<fs::file_time_type, fs::path>> files;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.path().extension() == kSuffix)
            files.emplace_back(entry.last_write_time(ignored), entry.path());
    std::sort(files.begin(), files.end());
    for (size_t i = 0; i + kMostKept < files.size(); ++i) fs::remove(files[i].second, ignored);
}

}  // namespace

Result<std::unique_ptr<EngineWriter>> EngineWriter::create(std::unique_ptr<Session> session,
                                                           EngineWriterOptions options) {
    const Model& model = session->model();
    if (!model.tokenizer()) return fail(model.info().name, ": it has no vocabulary");
    options.answerTokens = std::min(options.answerTokens, session->capacity() / 3);
    if (session->capacity() - options.answerTokens < kLeastRoom)
        return fail("a context of ", session->capacity(),
                    " tokens is too short for documents and an answer; --ctx makes room");
    return std::unique_ptr<EngineWriter>(new EngineWriter(std::move(session), std::move(options)));
}

size_t EngineWriter::room() const {
    return static_cast<size_t>(m_session->capacity() - m_options.answerTokens);
}

std::string EngineWriter::name() const { return m_session->model().info().name; }

Result<std::vector<Token>> EngineWriter::encode(const Prompt& prompt) const {
    const std::string said = prompt.documents + "\n\n" + prompt.question;
    for (const bool together : {false, true}) {
        ALCOVE_TRY(Conversation conversation, Conversation::create(m_session->model()));
        conversation.setPlainContents(true);
        conversation.setThinking(false);
        // Some templates know no system text: it then leads the question.
        if (together) {
            conversation.addUser(prompt.system + "\n\n" + said);
            return conversation.prompt();
        }
        conversation.setSystem(prompt.system);
        conversation.addUser(said);
        Result<std::vector<Token>> tokens = conversation.prompt();
        if (tokens) return tokens;
    }
    return fail("the prompt could not be written");
}

Result<size_t> EngineWriter::tokens(const Prompt& prompt) const {
    ALCOVE_TRY(const std::vector<Token> encoded, encode(prompt));
    return encoded.size();
}

Result<std::string> EngineWriter::stopText() const {
    ALCOVE_TRY(const Conversation conversation, Conversation::create(m_session->model()));
    return conversation.stopText();
}

Result<void> EngineWriter::prepare(const Prompt& prompt, const std::vector<Token>& whole,
                                   std::stop_token stop) {
    if (!prompt.keep || m_options.keepIn.empty()) return {};
    Prompt other = prompt;
    other.question = "0";
    ALCOVE_TRY(const std::vector<Token> another, encode(other));
    const size_t prefix = common(whole, another);
    if (prefix < kLeastKept || prefix >= whole.size()) return {};
    const std::span<const Token> shared(whole.data(), prefix);
    const auto held = m_session->tokens();
    if (held.size() >= prefix && std::equal(shared.begin(), shared.end(), held.begin())) return {};
    char name[40];
    std::snprintf(name, sizeof name, "%016llx%s",
                  static_cast<unsigned long long>(checksum(std::as_bytes(shared))), kSuffix);
    const fs::path file = m_options.keepIn / name;
    std::error_code ignored;
    if (fs::exists(file, ignored)) {
        const Result<void> restored = m_session->restore(file);
        const auto now = m_session->tokens();
        if (restored && now.size() >= prefix &&
            std::equal(shared.begin(), shared.end(), now.begin())) {
            fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
            return {};
        }
    }
    ALCOVE_CHECK(m_session->prompt(shared, stop));
    fs::create_directories(m_options.keepIn, ignored);
    // Without the file the next question only takes longer.
    if (const Result<void> saved = m_session->save(file); saved) removeOldest(m_options.keepIn);
    return {};
}

Result<std::string> EngineWriter::write(const Prompt& prompt, std::stop_token stop) {
    ALCOVE_TRY(const std::vector<Token> whole, encode(prompt));
    if (whole.size() > room())
        return fail("the prompt has ", whole.size(), " tokens and there is room for ", room());
    ALCOVE_CHECK(prepare(prompt, whole, stop));
    ALCOVE_TRY(const std::string ends, stopText());
    const GenerationOptions options{.tokens = m_options.answerTokens, .stopText = ends};
    ALCOVE_TRY(const Generation made,
               generate(*m_session, m_options.sampling, whole, options, stop,
                        [](std::string_view) -> Result<void> { return {}; }));
    m_reused = made.prompt.reused;
    if (made.end == Generation::End::Stopped) return fail("the answer was stopped");
    return made.text;
}

}  // namespace alcove::app
