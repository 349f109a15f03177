// alcove-cli ask: a question to a library of documents.
//
// The answer goes to standard output; what was looked at and what is to be noted go to standard
// error, or with --json everything into one object.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "app/answer/answerer.h"
#include "app/answer/engine_writer.h"
#include "app/answer/passages.h"
#include "app/cli/command.h"
#include "app/cli/library_setup.h"
#include "app/cli/setup.h"
#include "app/models/folder.h"
#include "engine/base/atomic_file.h"
#include "engine/base/unicode.h"
#include "rag/reader_client/reader_client.h"
#include "rag/refusal.h"

namespace alcove::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kNoEmbedder = "none";

struct AskChoices {
    ModelOptions model;
    FilterArguments filter;
    std::string library, question, embedder, history;
    int64_t passages = 8, limit = 320;
    float temperature = 0;
    bool json = false, boxes = false, parts = false;
};

Json describe(const rag::TextRange& range) { return {range.begin, range.end}; }

Json describe(const rag::Passage& passage) {
    Json parts = Json::array();
    for (const rag::Passage::Part& part : passage.parts)
        parts.push_back(
            {{"page", part.page + 1}, {"label", part.label}, {"range", describe(part.range)}});
    return parts;
}

class Ask {
public:
    Ask(AskChoices& choices, Streams& streams) : m_choices(choices), m_streams(streams) {}

    Result<void> run() {
        ALCOVE_CHECK(open());
        AskOptions asking;
        ALCOVE_TRY(asking.filter, filterOf(m_choices.filter, *m_opened.library));
        asking.passages = static_cast<size_t>(m_choices.passages);
        asking.whole = !m_choices.parts;
        Json history = Json::array();
        ALCOVE_CHECK(readHistory(history, asking.turns));
        Answerer answerer(m_opened.library->store(), m_opened.library->embedder(), m_writer.get());
        ALCOVE_TRY(Answer answer, answerer.ask(m_choices.question, asking));
        ALCOVE_CHECK(noteWhatIsMissing(answer));
        ALCOVE_CHECK(m_choices.json ? printJson(answer) : printText(answer));
        if (m_choices.history.empty()) return {};
        if (m_isChat) {
            history.push_back({{"role", "user"}, {"content", answer.question}});
            history.push_back({{"role", "assistant"}, {"content", answer.text}});
        } else {
            history.push_back({{"question", answer.question}, {"answer", answer.text}});
        }
        ALCOVE_TRY(AtomicFile file, AtomicFile::create(m_choices.history));
        ALCOVE_CHECK(
            file.write(history.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
        return file.commit();
    }

private:
    Result<void> open() {
        LibraryArguments opening;
        opening.folder = m_choices.library;
        opening.threads = m_choices.model.threads;
        const bool meaning = m_choices.embedder != kNoEmbedder;
        if (meaning) opening.model = m_choices.embedder;
        ALCOVE_TRY(m_opened, openLibrary(opening, false, meaning, m_streams));
        if (m_choices.model.model.empty()) return {};
        ALCOVE_TRY(m_loaded, loadModel(m_choices.model));
        ALCOVE_TRY(auto session, openSession(m_loaded, m_choices.model));
        EngineWriterOptions writing;
        writing.sampling.temperature = m_choices.temperature;
        writing.sampling.seed = 1;
        writing.answerTokens = m_choices.limit;
        writing.keepIn = m_opened.library->prefillFolder();
        ALCOVE_TRY(m_writer, EngineWriter::create(std::move(session), writing));
        return {};
    }

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

    /// What may make the answer another one: files that were not read, or that have changed.
    Result<void> noteWhatIsMissing(Answer& answer) {
        if (answer.kind != AnswerKind::Quoted) {
            ALCOVE_TRY(const std::vector<rag::FailureRecord> failures,
                       m_opened.library->store().failures());
            const auto unread = std::count_if(
                failures.begin(), failures.end(), [](const rag::FailureRecord& failure) {
                    return failure.refusal != name(rag::Refusal::Unsupported);
                });
            if (unread > 0)
                answer.notes.push_back(
                    concat(unread, unread == 1 ? " file of the library was" : " files were",
                           " not read: `library status` says which, and why."));
        }
        std::set<std::string> told;
        for (const Citation& citation : answer.citations) {
            const SourceState state = Library::sourceState(citation.document);
            if (state == SourceState::Unchanged || !told.insert(citation.document.path).second)
                continue;
            answer.notes.push_back(
                concat(shownDocument(citation.document),
                       state == SourceState::Missing ? " is not there any more" : " has changed",
                       " since it was read: what is cited is what stood in it then."));
        }
        return {};
    }

    /// The answer, with a mark behind each sentence that nothing supports.
    static std::string marked(const Answer& answer) {
        std::string text;
        size_t at = 0;
        for (const rag::AnswerSentence& sentence : answer.sentences) {
            if (sentence.supported || sentence.doubt == rag::Doubt::NoClaim ||
                sentence.range.end < at || sentence.range.end > answer.text.size())
                continue;
            text += answer.text.substr(at, sentence.range.end - at) + " (not supported)";
            at = sentence.range.end;
        }
        return text + answer.text.substr(at);
    }

    Result<void> printText(const Answer& answer) {
        if (answer.question != answer.asked)
            m_streams.error << "(understood as: " << printable(answer.question, kUncut) << ")\n";
        m_streams.out << printableText(marked(answer)) << '\n';
        if (!answer.citations.empty()) m_streams.out << '\n';
        for (const Citation& citation : answer.citations) {
            m_streams.out << '[' << citation.n << "] " << shownDocument(citation.document)
                          << ", page " << citation.page + 1;
            if (!citation.label.empty() && citation.label != std::to_string(citation.page + 1))
                m_streams.out << " (" << printable(citation.label) << ')';
            m_streams.out << ", " << citation.range.begin << '-' << citation.range.end << ": "
                          << printableText(citation.text) << '\n';
        }
        m_streams.out.flush();
        for (const rag::AnswerSentence& sentence : answer.sentences)
            if (!sentence.supported && sentence.doubt != rag::Doubt::NoClaim)
                m_streams.error << "not supported (" << name(sentence.doubt)
                                << "): " << printable(sentence.text, kUncut) << '\n';
        for (const std::string& note : answer.notes)
            m_streams.error << printable(note, kUncut) << '\n';
        m_streams.error << printable(answer.lookedAt.text, kUncut) << '\n';
        return {};
    }

    /// Null where the document cannot say it any more: its file is gone, locked or another.
    static Json boxesOf(const Citation& citation) {
        if (Library::sourceState(citation.document) != SourceState::Unchanged) return nullptr;
        const auto lines =
            rag::locate(Library::fileOf(citation.document), citation.page, citation.range);
        if (!lines) return nullptr;
        Json boxes = Json::array();
        for (const rag::LineBox& line : *lines)
            boxes.push_back({line.box.x, line.box.y, line.box.width, line.box.height});
        return boxes;
    }

    [[nodiscard]] Json describeCitation(const Citation& citation) const {
        Json json = {{"n", citation.n},
                     {"document", citation.document.path},
                     {"title", citation.document.title},
                     {"page", citation.page + 1},
                     {"page_index", citation.page},
                     {"label", citation.label},
                     {"range", describe(citation.range)},
                     {"text", citation.text}};
        if (m_choices.boxes && citation.document.kind == "pdf") {
            json["boxes"] = boxesOf(citation);
        }
        return json;
    }

    Result<void> printJson(const Answer& answer) {
        Json json = {{"question", answer.asked},  {"understood", answer.question},
                     {"kind", name(answer.kind)}, {"found", answer.kind != AnswerKind::Nothing},
                     {"answer", answer.text},     {"confidence", answer.confidence}};
        if (m_writer) json["model"] = m_writer->name();
        json["sentences"] = Json::array();
        for (const rag::AnswerSentence& sentence : answer.sentences) {
            Json entry = {{"text", sentence.text},
                          {"range", describe(sentence.range)},
                          {"supported", sentence.supported},
                          {"citations", sentence.cited}};
            if (!sentence.supported) entry["doubt"] = name(sentence.doubt);
            json["sentences"].push_back(std::move(entry));
        }
        json["citations"] = Json::array();
        for (const Citation& citation : answer.citations)
            json["citations"].push_back(describeCitation(citation));
        json["passages"] = Json::array();
        for (const AnswerPassage& entry : answer.passages) {
            const rag::Passage& passage = entry.passage;
            Json one = {{"document", passage.document.path},
                        {"title", passage.document.title},
                        {"heading", passage.heading},
                        {"parts", describe(passage)},
                        {"text", passage.text},
                        {"score", passage.score}};
            if (passage.bm25) one["bm25"] = *passage.bm25;
            if (passage.cosine) one["cosine"] = *passage.cosine;
            one["given"] = entry.given;
            one["marks"] = Json::array();
            for (const rag::TextRange& mark : entry.marks) one["marks"].push_back(describe(mark));
            json["passages"].push_back(std::move(one));
        }
        json["looked_at"] = {
            {"text", answer.lookedAt.text},         {"documents", answer.lookedAt.documents},
            {"passages", answer.lookedAt.passages}, {"rows", answer.lookedAt.rows},
            {"left_out", answer.lookedAt.leftOut},  {"whole", answer.lookedAt.wholeDocuments}};
        json["notes"] = answer.notes;
        m_streams.out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
        return {};
    }

    AskChoices& m_choices;
    Streams& m_streams;
    OpenedLibrary m_opened;
    bool m_isChat = false;  // the history
    LoadedModel m_loaded;   // outlives the writer
    std::unique_ptr<EngineWriter> m_writer;
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
    return finish(Ask(o, streams).run(), streams);
}

}  // namespace alcove::app
