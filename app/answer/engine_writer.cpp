// The documents come before the question in a prompt, so that what was computed for them serves the
// next question too. Where they are whole documents, that state is kept in a file named after the
// tokens it stands for; a file that does not fit, or is broken, is computed again.
#include "app/answer/engine_writer.h"

#include <algorithm>

#include "app/answer/prompt_tokens.h"
#include "app/generation/conversation.h"
#include "app/generation/generate.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

Result<std::unique_ptr<EngineWriter>> EngineWriter::create(std::unique_ptr<Session> session,
                                                           EngineWriterOptions options) {
    const Model& model = session->model();
    if (!model.tokenizer()) return fail(model.info().name, ": it has no vocabulary");
    ALCOVE_TRY(options.answerTokens, roomForAnswer(session->capacity(), options.answerTokens));
    return std::unique_ptr<EngineWriter>(new EngineWriter(std::move(session), std::move(options)));
}

size_t EngineWriter::room() const {
    return static_cast<size_t>(m_session->capacity() - m_options.answerTokens);
}

std::string EngineWriter::name() const { return m_session->model().info().name; }

Result<std::vector<Token>> EngineWriter::encode(const Prompt& prompt) const {
    return promptTokens(m_session->model(), prompt);
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
    ALCOVE_TRY(const std::optional<KeptPrefill> kept,
               keptPrefill(m_session->model(), prompt, whole, m_options.keepIn));
    if (!kept) return {};
    const size_t prefix = kept->tokens;
    const fs::path& file = kept->file;
    const std::span<const Token> shared(whole.data(), prefix);
    const auto held = m_session->tokens();
    if (held.size() >= prefix && std::equal(shared.begin(), shared.end(), held.begin())) return {};
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
    if (const Result<void> saved = m_session->save(file); saved) removeOldPrefill(m_options.keepIn);
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
