// alcove-cli chat: the assistant in a terminal.
//
// Each turn renders the whole conversation again; the session keeps what the new prompt shares with
// the last one, so only what was added is computed. Ctrl-C stops the answer, which stays in the
// history as far as it came.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <istream>
#include <mutex>
#include <ostream>

#include "app/cli/answer_form.h"
#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "app/generation/conversation.h"
#include "app/generation/generate.h"
#include "app/models/folder.h"
#include "engine/base/atomic_file.h"
#include "engine/base/paths.h"
#include "engine/base/sudden_end.h"
#include "engine/base/terminal.h"
#include "engine/base/unicode.h"

namespace alcove::app {
using namespace engine;

namespace {

struct ChatOptions {
    ModelOptions model;
    SamplingOptions sampling;
    AnswerForm form;
    int64_t seed = -1, limit = 0;
    std::vector<std::string> breakers;
    std::string system, history, sessionFile;
    bool thinking = false, noThinking = false, noSpeculation = false, quiet = false;
};

/// What Ctrl-C means at the moment.
class Interrupts {
public:
    explicit Interrupts(std::ostream& error)
        : m_error(error), m_watcher([this] { interrupted(); }) {}

    /// From here on an answer is made, and Ctrl-C stops it.
    [[nodiscard]] std::stop_token beginAnswer() {
        const std::lock_guard lock(m_mutex);
        m_stop = std::stop_source();
        m_state = State::Answering;
        return m_stop.get_token();
    }
    /// From here on a line is awaited from a person.
    void beginPrompt() {
        const std::lock_guard lock(m_mutex);
        m_state = State::Prompting;
    }
    /// Nobody is waiting for anything that could be stopped alone: Ctrl-C ends the program.
    void beginOther() {
        const std::lock_guard lock(m_mutex);
        m_state = State::Other;
    }

private:
    enum class State { Other, Prompting, Answering };

    void interrupted() {
        const std::lock_guard lock(m_mutex);
        if (m_state == State::Other) {
            removeUnfinishedFiles();  // a session that was being saved
            std::_Exit(130);          // as a shell reports it
        }
        if (m_state == State::Answering)
            m_stop.request_stop();
        else
            m_error << "\n(Ctrl-D ends the chat)\n> " << std::flush;
    }

    std::mutex m_mutex;  // guards m_state and m_stop
    State m_state = State::Other;
    std::stop_source m_stop;
    std::ostream& m_error;
    InterruptWatcher m_watcher;  // last: it calls what is above
};

constexpr const char* kHelp =
    "/help          this list\n"
    "/clear         forgets what was said\n"
    "/system TEXT   sets what the assistant is told before everything else\n"
    "/save FILE     writes the conversation as JSON\n"
    "Ctrl-C stops an answer, Ctrl-D ends the chat.\n";

class Chat {
public:
    Chat(ChatOptions& options, Streams& streams, Interrupts& interrupts)
        : m_options(options),
          m_streams(streams),
          m_interrupts(interrupts),
          m_interactive(inputIsTerminal()) {}

    Result<void> run() {
        ALCOVE_CHECK(open());
        ALCOVE_CHECK(restore());
        std::string line;
        for (;;) {
            const Result<bool> another = nextLine(line);
            if (!another) return endWith(another.error());
            if (!*another) break;
            if (line.empty()) continue;
            const Result<void> done = line[0] == '/' ? command(line) : answer(line);
            if (done) continue;
            if (!m_interactive || !m_streams.out) {  // a script must see that it failed
                return endWith(done.error());
            }
            print(done.error());
        }
        if (m_interactive) m_streams.error << '\n';
        return save();
    }

private:
    Result<void> open() {
        ALCOVE_TRY(m_loaded, loadModel(m_options.model));
        const Model& model = *m_loaded.model;
        ALCOVE_TRY(Conversation conversation, Conversation::create(model));
        m_conversation.emplace(std::move(conversation));
        ALCOVE_TRY(m_session, openSession(m_loaded, m_options.model));
        ALCOVE_CHECK(
            completeSampling(m_options.sampling, m_options.seed, m_options.breakers, model));
        noteContext(m_loaded, m_options.model, m_streams.error);
        m_conversation->setSystem(m_options.system);
        ALCOVE_CHECK(openForm());
        if (m_options.thinking || m_options.noThinking || m_constraint)
            m_conversation->setThinking(m_options.thinking);
        if (!m_conversation->hasTemplate())
            m_streams.error
                << "This model's file has no chat template: turns are marked \"User:\" "
                   "and \"Assistant:\",\nwhich a model made for chats may not follow.\n";
        if (m_interactive && !m_options.quiet)
            m_streams.error << model.info().name << " (" << model.info().quantisation
                            << "), context " << m_session->capacity() << " tokens, kernels "
                            << m_loaded.runtime->kernels().name << ". /help lists the commands.\n";
        return {};
    }

    Result<void> openForm() {
        if (!m_options.form.given()) return {};
        ALCOVE_TRY(auto grammar, readForm(m_options.form));
        m_constraint.emplace(std::move(grammar),
                             std::make_shared<const TokenTrie>(*m_loaded.model->tokenizer()));
        return {};
    }

    /// The messages and the computed state of an earlier chat, where they are asked for.
    Result<void> restore() {
        if (!m_options.history.empty()) {
            ALCOVE_TRY(const auto messages, readJsonFile(m_options.history));
            if (const Result<void> set = m_conversation->setMessages(messages); !set)
                return fail(m_options.history, ": ", set.message());
            if (!m_options.system.empty()) m_conversation->setSystem(m_options.system);
        }
        return m_options.sessionFile.empty() ? Result<void>() : restoreSession();
    }

    Result<void> restoreSession() {
        const std::string& file = m_options.sessionFile;
        std::error_code ignored;
        if (std::filesystem::exists(file, ignored)) {
            if (const Result<void> read = m_session->restore(file); !read)
                return fail(read.message(),
                            ". Start with the -m, --ctx, --cache and --lora it was ",
                            "saved with, or give --session the name of a new file");
        }
        // That it cannot be written must not be learned when all has been said.
        ALCOVE_CHECK(AtomicFile::create(file, Readers::OwnerAlone));
        return {};
    }

    Result<void> save() {
        m_interrupts.beginOther();
        if (m_options.sessionFile.empty() || m_session->length() == 0) return {};
        if (const Result<void> saved = m_session->save(m_options.sessionFile); !saved)
            return fail("what this chat computed is lost, it could not be saved: ",
                        saved.message());
        return {};
    }

    /// The error that ends the chat. What was computed before it is kept all the same.
    Error endWith(const Error& error) {
        if (const Result<void> saved = save(); !saved) print(saved.error());
        return error;
    }

    void print(const Error& error) { m_streams.error << printable(error.message, kUncut) << '\n'; }

    Result<bool> nextLine(std::string& line) {
        if (m_interactive) {
            m_interrupts.beginPrompt();  // before a person can see that it is their turn
            m_streams.error << "> " << std::flush;
        } else {
            m_interrupts.beginOther();
        }
        ALCOVE_TRY(const bool another, readLine(m_streams.in, line));
        if (!line.empty() && line.back() == '\r') line.pop_back();
        return another;
    }

    Result<void> command(const std::string& line) {
        const size_t blank = line.find(' ');
        const std::string name = line.substr(0, blank);
        const std::string rest = blank == std::string::npos ? "" : line.substr(blank + 1);
        if (name == "/help") {
            m_streams.error << kHelp;
        } else if (name == "/clear") {
            m_conversation->clear();
            m_streams.error << "(forgotten)\n";
        } else if (name == "/system") {
            m_conversation->setSystem(rest);
            m_streams.error << (rest.empty() ? "(no system text)\n" : "(system text set)\n");
        } else if (name == "/save") {
            if (rest.empty()) return fail("/save needs a file name");
            return saveMessages(rest);
        } else {
            return fail("there is no command ", name, "; /help lists them");
        }
        return {};
    }

    Result<void> saveMessages(const std::string& path) {
        Paths inUse = m_session->inputs();
        if (!m_options.sessionFile.empty()) inUse.emplace_back(m_options.sessionFile);
        ALCOVE_CHECK(refuseInputs(path, inUse));
        ALCOVE_TRY(AtomicFile file, AtomicFile::create(path, Readers::OwnerAlone));
        using Handler = nlohmann::ordered_json::error_handler_t;
        ALCOVE_CHECK(
            file.write(m_conversation->messages().dump(2, ' ', false, Handler::replace) + "\n"));
        ALCOVE_CHECK(file.commit());
        m_streams.error << "(saved in " << printable(path, kUncut) << ")\n";
        return {};
    }

    Result<void> answer(const std::string& line) {
        m_conversation->addUser(line);
        const Result<Generation> made = generateAnswer();
        m_streams.out << std::endl;
        if (!made) {
            m_conversation->removeLast();
            return made.error();
        }
        ALCOVE_CHECK(outputStands());
        if (made->end == Generation::End::Stopped && made->text.empty())
            m_conversation->removeLast();  // as if it had not been asked
        else
            m_conversation->addAssistant(made->text);
        describe(*made);
        return {};
    }

    Result<Generation> generateAnswer() {
        const std::stop_token stop = m_interrupts.beginAnswer();  // until the next prompt
        ALCOVE_TRY(const std::vector<Token> prompt, m_conversation->prompt());
        if (static_cast<int64_t>(prompt.size()) >= m_session->capacity())
            return fail("the conversation has ", prompt.size(), " tokens and the context holds ",
                        m_session->capacity(), ": /clear starts anew, --ctx makes room");
        const GenerationOptions options{m_options.limit, m_conversation->stopText(),
                                        !m_options.noSpeculation,
                                        m_constraint ? &*m_constraint : nullptr};
        return generate(*m_session, m_options.sampling, prompt, options, stop,
                        [this](std::string_view text) -> Result<void> {
                            m_streams.out << printableText(text) << std::flush;
                            return outputStands();
                        });
    }

    /// Nobody is left to talk to when the answers go nowhere.
    Result<void> outputStands() const {
        if (!m_streams.out) return fail("standard output: the answer could not be written");
        return {};
    }

    void describe(const Generation& made) {
        std::ostream& out = m_streams.error;
        switch (made.end) {
            case Generation::End::Complete:
                break;
            case Generation::End::Limit:
                out << "(ended after " << made.tokens << " tokens)\n";
                break;
            case Generation::End::Stopped:
                out << "(stopped)\n";
                break;
            case Generation::End::ContextFull:
                out << "(the context of " << m_session->capacity()
                    << " tokens is full: /clear starts anew, --ctx makes room)\n";
                break;
        }
        if (m_options.quiet) return;
        const auto rate = [](int64_t tokens, double seconds) {
            return seconds > 0.0 ? static_cast<double>(tokens) / seconds : 0.0;
        };
        out << std::fixed << std::setprecision(1) << "[" << made.tokens << " tokens, "
            << rate(made.tokens, made.seconds) << " tokens/s; prompt "
            << made.prompt.reused + made.prompt.computed << " tokens, " << made.prompt.reused
            << " reused, " << rate(made.prompt.computed, made.promptSeconds) << " tokens/s";
        if (made.speculation.drafted > 0)
            out << "; " << made.speculation.drafted << " drafted, " << made.speculation.accepted
                << " accepted";
        out << "]\n" << std::defaultfloat;
    }

    ChatOptions& m_options;
    Streams& m_streams;
    Interrupts& m_interrupts;
    bool m_interactive;
    LoadedModel m_loaded;
    std::optional<Conversation> m_conversation;
    std::unique_ptr<Session> m_session;
    std::optional<Constraint> m_constraint;  // of every answer
};

}  // namespace

ExitCode runChat(Words words, Streams& streams) {
    ChatOptions o;
    Options options(
        "chat [-m MODEL] [OPTIONS]",
        "Talks with a model; without -m with the starter model. What is not typed in a "
        "terminal is\nanswered line by line. Answers go to standard output, all else to "
        "standard error.");
    addModelOptions(options, o.model, false);
    addSessionOptions(options, o.model);
    options.text("-s, --system", "TEXT", "what the assistant is told before everything else",
                 o.system);
    options.integer("-n, --limit", "N", "tokens of an answer at most; 0: no limit", o.limit, 0,
                    int64_t{1} << 24);
    options.flag("--thinking", "asks the model's template for thinking", o.thinking);
    options.flag("--no-thinking", "asks the model's template for none", o.noThinking);
    addFormOptions(options, o.form);
    options.name("--history", "FILE", "goes on with a conversation that /save wrote", o.history);
    options.name("--session", "FILE", "keeps what was computed for the next time", o.sessionFile);
    options.flag("--no-speculation", "computes nothing ahead; the answer is the same",
                 o.noSpeculation);
    options.flag("-q, --quiet", "does not print speeds", o.quiet);
    addSamplingOptions(options, o.sampling, o.seed, o.breakers);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.thinking && o.noThinking)
        return options.usageError("--thinking and --no-thinking exclude each other", streams);
    if (const std::string mistake = formMistake(o.form); !mistake.empty())
        return options.usageError(mistake, streams);
    if (o.thinking && o.form.given())
        return options.usageError(
            "--thinking: --grammar and --json-schema hold for the whole answer, thoughts included",
            streams);
    if (!o.breakers.empty() && o.sampling.dryMultiplier == 0.0f)
        return options.usageError("--dry-breaker needs --dry", streams);
    if (o.model.model.empty()) o.model.model = kStarterChatModel;
    Interrupts interrupts(streams.error);  // before the runtime's threads
    return finish(Chat(o, streams, interrupts).run(), streams);
}

}  // namespace alcove::app
