// alcove-cli ask: a question to a library of documents.
//
// The answer goes to standard output; what was looked at and what is to be noted go to standard
// error, or with --json everything into one object.
#include <filesystem>
#include <ostream>

#include "app/answer/passages.h"
#include "app/cli/command.h"
#include "app/cli/library_line.h"
#include "app/cli/setup.h"
#include "engine/base/atomic_file.h"
#include "engine/base/unicode.h"
#include "rag/answer/follow_up.h"

namespace alcove::app {
namespace {

namespace fs = std::filesystem;

struct AskChoices {
    ModelOptions model;
    FilterWords filter;
    std::string library, question, embedder, reranker, history;
    int64_t passages = 8, limit = 320;
    float temperature = 0;
    bool json = false, boxes = false, parts = false;
    bool ownModel = false;  // computed as the options say, not as the host has it
};

class Ask {
public:
    Ask(AskChoices& choices, Streams& streams) : m_choices(choices), m_streams(streams) {}

    Result<void> run() {
        Json history = Json::array();
        std::vector<rag::Turn> turns;
        ALCOVE_CHECK(readHistory(history, turns));
        Json request = {{"library", wholePath(m_choices.library)},
                        {"question", m_choices.question},
                        {"embedder", modelPlace(m_choices.embedder)},
                        {"reranker", modelPlace(m_choices.reranker)},
                        {"model", modelPlace(m_choices.model.model)},
                        {"limit", m_choices.limit},
                        {"temperature", m_choices.temperature},
                        {"passages", m_choices.passages},
                        {"parts", m_choices.parts},
                        {"boxes", m_choices.boxes},
                        {"filter", describe(m_choices.filter)},
                        {"turns", Json::array()}};
        for (const rag::Turn& turn : turns)
            request["turns"].push_back({{"question", turn.question}, {"answer", turn.answer}});
        LibraryLine line(m_streams, {.threads = m_choices.model.threads,
                                     .own = m_choices.ownModel ? &m_choices.model : nullptr});
        ALCOVE_TRY(const Json answer, line.call("ask", request));
        if (m_choices.json)
            m_streams.out << dump(answer) << '\n';
        else
            print(answer);
        if (m_choices.history.empty()) return {};
        if (m_isChat) {
            history.push_back({{"role", "user"}, {"content", answer["understood"]}});
            history.push_back({{"role", "assistant"}, {"content", answer["answer"]}});
        } else {
            history.push_back({{"question", answer["understood"]}, {"answer", answer["answer"]}});
        }
        ALCOVE_TRY(AtomicFile file, AtomicFile::create(m_choices.history));
        ALCOVE_CHECK(
            file.write(history.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
        return file.commit();
    }

private:
    /// Our own form, or the messages of a chat, which stays one.
    Result<void> readHistory(Json& history, std::vector<rag::Turn>& turns) {
        std::error_code ignored;
        if (m_choices.history.empty() || !fs::exists(typedPath(m_choices.history), ignored))
            return {};
        ALCOVE_TRY(const Json read, readJsonFile(m_choices.history));
        if (!read.is_array()) return fail(m_choices.history, ": an array of turns is expected");
        const auto text = [](const Json& object, const char* member) {
            const auto found = object.find(member);
            return found != object.end() && found->is_string() ? found->get<std::string>() : "";
        };
        for (const Json& entry : read) {
            if (!entry.is_object())
                return fail(m_choices.history, ": every turn must be an object");
            if (entry.contains("role")) {
                m_isChat = true;
                if (text(entry, "role") == "user") turns.push_back({text(entry, "content"), ""});
                if (text(entry, "role") == "assistant" && !turns.empty())
                    turns.back().answer = text(entry, "content");
            } else if (entry.contains("question")) {
                turns.push_back({text(entry, "question"), text(entry, "answer")});
            } else {  // it would be replaced
                return fail(m_choices.history,
                            ": no conversation: a turn has neither question nor "
                            "role; it was left as it is");
            }
        }
        // Questions of a chat stand as they were typed: each is understood by those before it.
        std::vector<rag::Turn> understood;
        for (const rag::Turn& turn : turns) {
            understood.push_back({rag::resolveFollowUp(turn.question, understood), turn.answer});
            history.push_back({{"question", understood.back().question}, {"answer", turn.answer}});
        }
        if (m_isChat) history = read;
        turns = std::move(understood);
        return {};
    }

    /// The answer, with a mark behind each sentence that nothing supports.
    static std::string marked(const Json& answer) {
        const std::string whole = answer["answer"];
        std::string text;
        size_t at = 0;
        for (const Json& sentence : answer["sentences"]) {
            const size_t end = sentence["range"][1];
            if (!isDoubtful(sentence) || end < at || end > whole.size()) continue;
            text += whole.substr(at, end - at) + " (not supported)";
            at = end;
        }
        return text + whole.substr(at);
    }

    /// It claims something that nothing supports.
    static bool isDoubtful(const Json& sentence) {
        return !sentence["supported"] && sentence["doubt"] != name(rag::Doubt::NoClaim);
    }

    void print(const Json& answer) {
        const auto text = [](const Json& object, const char* member) {
            return object[member].get<std::string>();
        };
        if (answer["understood"] != answer["question"])
            m_streams.error << "(understood as: " << printable(text(answer, "understood"), kUncut)
                            << ")\n";
        m_streams.out << printableText(marked(answer)) << '\n';
        if (!answer["citations"].empty()) m_streams.out << '\n';
        for (const Json& citation : answer["citations"]) {
            const std::string page = std::to_string(citation["page"].get<int64_t>());
            const std::string label = citation["label"];
            m_streams.out << '[' << citation["n"].get<int64_t>() << "] "
                          << shownDocument(text(citation, "document")) << ", page " << page;
            if (!label.empty() && label != page) m_streams.out << " (" << printable(label) << ')';
            m_streams.out << ", " << citation["range"][0].get<int64_t>() << '-'
                          << citation["range"][1].get<int64_t>() << ": "
                          << printableText(text(citation, "text")) << '\n';
        }
        m_streams.out.flush();
        for (const Json& sentence : answer["sentences"])
            if (isDoubtful(sentence))
                m_streams.error << "not supported (" << text(sentence, "doubt")
                                << "): " << printable(text(sentence, "text"), kUncut) << '\n';
        for (const Json& note : answer["notes"])
            m_streams.error << printable(note.get<std::string>(), kUncut) << '\n';
        m_streams.error << printable(text(answer["looked_at"], "text"), kUncut) << '\n';
    }

    AskChoices& m_choices;
    Streams& m_streams;
    bool m_isChat = false;  // the history
};

}  // namespace

ExitCode runAsk(Words words, Streams& streams) {
    AskChoices o;
    Options options(
        "ask --library DIR [-m MODEL] QUESTION [--json]",
        "Answers a question from the documents of a library, with citations. Without -m the\n"
        "documents' own sentences are the answer; with it a model writes it, and each sentence is\n"
        "checked against the passages.");
    options.positional("QUESTION", "what is asked", o.question);
    options.name("--library", "DIR", "the library, as ingest made it", o.library);
    options.required("--library");
    addModelOptions(options, o.model, false);
    addSessionOptions(options, o.model);
    options.name("--embedder", "MODEL", "that the library was made with; \"none\": words alone",
                 o.embedder);
    addRerankOption(options, o.reranker);
    options.name("--history", "FILE.json", "questions asked before; this one is added to it",
                 o.history);
    options.integer("-k, --passages", "N", "passages that are looked at (8)", o.passages, 1, 100);
    options.integer("-n, --limit", "N", "tokens of an answer at most (320)", o.limit, 16, 1 << 16);
    options.number("--temperature", "X", "0: always the likeliest token (0)", o.temperature, 0, 10);
    options.flag("--parts", "gives the model passages alone, never whole documents", o.parts);
    options.flag("--boxes", "with --json: where each citation stands on a PDF's page", o.boxes);
    options.flag("--json", "one JSON object", o.json);
    addFilterOptions(options, o.filter);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.boxes && !o.json) return options.usageError("--boxes needs --json", streams);
    if (o.model.model.empty()) {
        const std::string idle = firstGiven(options, {"--cache", "--ctx", "--lora", "--limit",
                                                      "--temperature", "--parts", "--exact"});
        if (!idle.empty()) return options.usageError(idle + " needs --model", streams);
    }
    o.ownModel = !o.model.model.empty() &&
                 !firstGiven(options, {"--cache", "--ctx", "--lora", "--exact"}).empty();
    return finish(Ask(o, streams).run(), streams);
}

}  // namespace alcove::app
