#include "app/cli/library_line.h"

#include <cstdlib>
#include <ostream>

#include "app/answer/engine_writer.h"
#include "app/desk/desk.h"
#include "app/host/host_desk.h"
#include "app/library/engine_embedder.h"
#include "app/library/engine_reranker.h"
#include "app/library/scan.h"
#include "app/models/folder.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace fs = std::filesystem;

namespace {

/// Models loaded by this process.
class OwnModels final : public ModelSource {
public:
    static Result<std::unique_ptr<OwnModels>> create(int64_t threads, const ModelOptions* own) {
        ModelOptions options = own ? *own : ModelOptions{};
        if (!own) options.threads = threads;
        ALCOVE_TRY(auto runtime, makeRuntime(options.threads));
        std::unique_ptr<OwnModels> made(new OwnModels(std::move(options)));
        made->m_runtime = std::move(runtime);
        return made;
    }

    Result<std::unique_ptr<rag::Embedder>> embedder(const fs::path& file) override {
        ALCOVE_TRY(auto model, engine::Model::load(file));
        ALCOVE_TRY(auto embedder, EngineEmbedder::create(std::move(model), *m_runtime));
        return std::unique_ptr<rag::Embedder>(std::move(embedder));
    }

    Result<std::unique_ptr<Writer>> writer(const WriterChoice& choice) override {
        m_options.model = choice.model;
        ALCOVE_TRY(m_loaded, loadModel(m_options));
        ALCOVE_TRY(auto session, openSession(m_loaded, m_options));
        EngineWriterOptions writing;
        writing.sampling.temperature = choice.temperature;
        writing.sampling.seed = 1;
        writing.answerTokens = choice.answerTokens;
        writing.keepIn = choice.keepIn;
        ALCOVE_TRY(auto writer, EngineWriter::create(std::move(session), writing));
        return std::unique_ptr<Writer>(std::move(writer));
    }

    Result<std::unique_ptr<rag::Reranker>> reranker(const std::string& model) override {
        ALCOVE_TRY(auto reranker, EngineReranker::load(model, *m_runtime));
        return std::unique_ptr<rag::Reranker>(std::move(reranker));
    }

    ThreadPool& pool() override { return m_runtime->pool(); }
    std::string cpu() const override {
        const char* cpu = std::getenv("ALCOVE_CPU");
        return cpu ? cpu : "";
    }

private:
    explicit OwnModels(ModelOptions options) : m_options(std::move(options)) {}

    ModelOptions m_options;
    std::unique_ptr<engine::Runtime> m_runtime;
    LoadedModel m_loaded;  // of the writer
};

bool isUtf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        const Utf8Prefix prefix = strictUtf8Prefix(text.substr(at));
        if (prefix.state != Utf8Prefix::State::Whole) return false;
        at += prefix.bytes;
    }
    return true;
}

bool isText(const Json& json) {
    if (json.is_string()) return isUtf8(json.get_ref<const std::string&>());
    for (const Json& member : json)
        if ((member.is_structured() || member.is_string()) && !isText(member)) return false;
    return true;
}

}  // namespace

struct LibraryLine::Own {
    std::unique_ptr<OwnModels> models;
    std::unique_ptr<Desk> desk;
};

LibraryLine::LibraryLine(Streams& streams, Wishes wishes) : m_streams(streams), m_wishes(wishes) {}
LibraryLine::~LibraryLine() = default;

void addLibraryOptions(Options& options, LibraryArguments& target, bool model) {
    options.name("--library", "DIR", "the library's folder", target.folder);
    options.required("--library");
    if (!model) return;
    options.name("-m, --model", "MODEL",
                 "the embedding model (that of the library, or the starter)", target.model);
    options.integer("-t, --threads", "N", "threads; 0: one for each core", target.threads, 0, 1024);
}

void addRerankOption(Options& options, std::string& target) {
    options.name("--rerank", "MODEL",
                 "a model with a rank head, which reads the best 40 finds anew and orders them",
                 target);
}

void addFilterOptions(Options& options, FilterWords& target) {
    const auto day = [](std::string& into) {
        return [&into](const std::string& word) -> Result<void> {
            ALCOVE_TRY([[maybe_unused]] const int64_t seconds, parseDate(word));
            into = word;
            return {};
        };
    };
    options.section("Which documents");
    options.texts("--collection", "NAME", "of this collection; may be repeated",
                  target.collections);
    options.texts("--document", "ID|PATH", "this one, by id, path or the path's end; likewise",
                  target.documents);
    options.parsed("--type", "T", "of this kind (pdf, docx, text, …); likewise",
                   [&target](const std::string& word) -> Result<void> {
                       ALCOVE_TRY(target.kinds.emplace_back(), kindNamed(word));
                       return {};
                   });
    options.parsed("--from", "DATE", "changed on this day (2024-12-31, UTC) or later",
                   day(target.from));
    options.parsed("--before", "DATE", "changed before this day", day(target.before));
    std::error_code ignored;
    target.folder = nameOf(fs::current_path(ignored));
}

fs::path typedPath(const std::string& word) { return pathFrom(word); }

std::string wholePath(const std::string& word) { return nameOf(realPath(typedPath(word))); }

std::string modelPlace(const std::string& word) {
    std::error_code ignored;
    return !word.empty() && fs::exists(typedPath(word), ignored)
               ? nameOf(fs::absolute(typedPath(word), ignored))
               : word;
}

/// Whatever the host cannot be told, or would do otherwise.
bool LibraryLine::worksAlone(const Json& request) const {
    const char* alone = std::getenv("ALCOVE_ALONE");
    return (alone && *alone) || m_wishes.threads != 0 || m_wishes.own || !isText(request);
}

Result<Json> LibraryLine::call(const std::string& name, const Json& request, const OnEvent& onEvent,
                               const std::stop_token& stop) {
    const OnEvent hear = [&](const Json& event) {
        if (event.value("event", "") != "opened") {
            if (onEvent) onEvent(event);
            return;
        }
        for (const Json& note : event["notes"])
            m_streams.error << "alcove-cli: " << shownName(note.get<std::string>()) << '\n';
    };
    if (m_own || worksAlone(request)) {
        if (!m_own) HostDesk::release(request.value("library", ""));
        return callOwn(name, request, hear, stop);
    }
    const HostDesk host;
    std::string why;
    if (const auto answer = host.call(name, request, hear, stop, why)) return *answer;
    if (!why.empty())
        m_streams.error << "alcove-cli: " << why << "; the work is done in this process\n";
    return callOwn(name, request, hear, stop);
}

Result<Json> LibraryLine::callOwn(const std::string& name, const Json& request,
                                  const OnEvent& onEvent, const std::stop_token& stop) {
    if (!m_own) {
        m_own = std::make_unique<Own>();
        ALCOVE_TRY(m_own->models, OwnModels::create(m_wishes.threads, m_wishes.own));
        m_own->desk = std::make_unique<Desk>(*m_own->models);
    }
    return m_own->desk->answer({name, request, onEvent, stop});
}

}  // namespace alcove::app
