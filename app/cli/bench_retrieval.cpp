// alcove-cli bench-retrieval: a collection of texts and queries, searched as a library is searched;
// the run is for trec_eval, or tests/bench/ndcg.py.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <random>

#include "app/cli/command.h"
#include "app/cli/library_line.h"
#include "app/cli/setup.h"
#include "app/library/engine_embedder.h"
#include "app/library/engine_reranker.h"
#include "app/models/folder.h"
#include "engine/base/atomic_file.h"
#include "engine/base/paths.h"
#include "engine/base/sudden_end.h"
#include "rag/chunking/chunker.h"
#include "rag/retrieve/retriever.h"
#include "rag/store/sqlite_store.h"

namespace alcove::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr size_t kListed = 100;   // documents listed for a query
constexpr size_t kTogether = 64;  // documents embedded at once: texts of one length go together
constexpr const char* kCollection = "bench";

struct BenchRetrievalOptions {
    ModelOptions model;
    std::string data, out, mode = "hybrid", library, reranker;
    int64_t chunk = 0;
    bool json = false;
};

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Line {
    std::string id, title, text;
};

/// A file of JSON objects, one a line, with id (or _id), text and perhaps title.
Result<std::vector<Line>> readLines(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(path.string(), ": cannot be read");
    std::vector<Line> lines;
    size_t number = 0;
    for (std::string text; std::getline(file, text);) {
        ++number;
        if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
        const json object = json::parse(text, nullptr, false);
        const auto member = [&](const char* name) {
            const auto found = object.find(name);
            if (found == object.end()) return std::string();
            if (found->is_string()) return found->get<std::string>();
            return found->is_number_integer() ? found->dump() : std::string();
        };
        if (!object.is_object()) return fail(path.string(), ":", number, ": is not a JSON object");
        Line line{member("id"), member("title"), member("text")};
        if (line.id.empty()) line.id = member("_id");
        if (line.id.empty()) return fail(path.string(), ":", number, ": has no id");
        if (line.id.find_first_of(" \t\r\n") != std::string::npos)
            return fail(path.string(), ":", number,
                        ": the id has a blank, which a run cannot hold");
        lines.push_back(std::move(line));
    }
    if (file.bad()) return fail(path.string(), ": cannot be read");
    if (lines.empty()) return fail(path.string(), ": holds no line");
    return lines;
}

/// A place for a library that is removed at the end, also when a signal ends the program.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::random_device random;
        m_path = fs::temp_directory_path() / concat("alcove-bench-", std::hex, random(), random());
        for (const fs::path& file : rag::SqliteStore::files(m_path))
            m_unfinished.push_back(addUnfinishedFile(file));
        m_unfinished.push_back(addUnfinishedFile(m_path));
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
        for (const UnfinishedFile file : m_unfinished) forgetUnfinishedFile(file);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    [[nodiscard]] const fs::path& path() const { return m_path; }

private:
    fs::path m_path;
    std::vector<UnfinishedFile> m_unfinished;
};

rag::DocumentContent contentOf(const Line& line) {
    rag::DocumentContent content;
    content.record.collection = kCollection;
    content.record.path = line.id;
    content.record.title = line.title;
    content.record.kind = "text";
    content.record.bytes = line.text.size();
    content.pages.push_back({"flow", "", line.text});
    return content;
}

/// As many tokens in a chunk as the embedder reads beside the title, unless --chunk says less: so a
/// text that it can read whole is one chunk.
std::vector<rag::Chunk> chunksOf(const Line& line, const rag::TokenCounter& counter, size_t target,
                                 size_t limit) {
    rag::Document document;
    rag::Page page;
    page.text = line.text;
    document.pages.push_back(std::move(page));
    // A title is part of what is found, also where nothing stands under it.
    rag::Block block;
    block.range = {0, line.text.size()};
    document.blocks.push_back(block);
    const size_t title = std::min<size_t>(counter.count(line.title), 64) + 1;
    rag::ChunkerOptions options;
    options.limit = limit;
    options.target = std::min(target == 0 ? limit : target, limit > title ? limit - title : limit);
    std::vector<rag::Chunk> chunks = rag::cutIntoChunks(document, counter, options);
    if (chunks.empty()) chunks.emplace_back();  // a title alone
    return chunks;
}

/// Where there is no model, about what one would count.
class WordCounter final : public rag::TokenCounter {
public:
    [[nodiscard]] size_t count(std::string_view text) const override { return text.size() / 4 + 1; }
};

class Bench {
public:
    Bench(const BenchRetrievalOptions& options, Streams& streams)
        : m_options(options), m_streams(streams) {}

    Result<void> run() {
        const fs::path data(m_options.data);
        ALCOVE_TRY(const std::vector<Line> corpus, readLines(data / "corpus.jsonl"));
        ALCOVE_TRY(const std::vector<Line> queries, readLines(data / "queries.jsonl"));
        if (m_options.mode != "text") {
            ALCOVE_TRY(m_loaded, loadModel(m_options.model));
            ALCOVE_TRY(m_embedder, EngineEmbedder::create(m_loaded.model, *m_loaded.runtime));
        }
        if (!m_options.reranker.empty()) {
            ALCOVE_TRY(m_rerankRuntime, makeRuntime(m_options.model.threads));
            ALCOVE_TRY(m_reranker, EngineReranker::load(m_options.reranker, *m_rerankRuntime));
        }
        const Paths inputs{data / "corpus.jsonl", data / "queries.jsonl"};
        ALCOVE_CHECK(refuseInputs(m_options.out, inputs));
        ALCOVE_TRY(AtomicFile out, AtomicFile::create(m_options.out));  // fails early
        fs::path folder = m_options.library;
        rag::SqliteStoreOptions opening;
        if (m_options.library.empty()) {
            folder = m_temporary.emplace().path();
            opening.saveIndexes = false;
        }
        ALCOVE_TRY(m_store, rag::SqliteStore::open(folder, opening));
        ALCOVE_CHECK(fill(corpus));
        ALCOVE_CHECK(ask(queries, out));
        ALCOVE_CHECK(out.commit());
        report(corpus.size(), queries.size());
        return {};
    }

private:
    /// Files what the library does not hold yet.
    Result<void> fill(const std::vector<Line>& corpus) {
        const auto started = Clock::now();
        ALCOVE_TRY(const std::vector<rag::DocumentRecord> held, m_store->documents({}));
        for (const rag::DocumentRecord& record : held) m_ids[record.id] = record.path;
        std::map<std::string_view, bool> there;
        for (const rag::DocumentRecord& record : held) there[record.path] = true;
        std::vector<const Line*> waiting;
        for (const Line& line : corpus)
            if (there.find(line.id) == there.end()) waiting.push_back(&line);
        for (size_t begin = 0; begin < waiting.size(); begin += kTogether) {
            const size_t count = std::min(kTogether, waiting.size() - begin);
            ALCOVE_CHECK(file(std::span(waiting).subspan(begin, count)));
            if (!m_options.json && begin / kTogether % 16 == 0)
                m_streams.error << begin << " of " << waiting.size() << " documents\n";
        }
        m_indexing = secondsSince(started);
        return {};
    }

    Result<void> file(std::span<const Line* const> lines) {
        static const WordCounter words;
        const rag::TokenCounter& counter =
            m_embedder ? static_cast<const rag::TokenCounter&>(*m_embedder) : words;
        const size_t limit = m_embedder ? m_embedder->limit() : 510;
        std::vector<rag::DocumentContent> contents;
        std::vector<std::string> texts;
        for (const Line* line : lines) {
            rag::DocumentContent content = contentOf(*line);
            content.chunks = chunksOf(*line, counter, static_cast<size_t>(m_options.chunk), limit);
            for (const rag::Chunk& chunk : content.chunks)
                texts.push_back(rag::embeddedText(line->title, chunk, counter, limit));
            contents.push_back(std::move(content));
        }
        std::vector<float> rows;
        if (m_embedder) {
            ALCOVE_TRY(rows, m_embedder->embedPassages(texts, {}));
        }
        size_t at = 0;
        for (rag::DocumentContent& content : contents) {
            if (m_embedder) {
                const size_t size = content.chunks.size() * m_embedder->dimension();
                content.embedder = {m_embedder->name(), m_embedder->dimension()};
                content.vectors.assign(rows.begin() + static_cast<std::ptrdiff_t>(at),
                                       rows.begin() + static_cast<std::ptrdiff_t>(at + size));
                at += size;
            }
            ALCOVE_TRY(const rag::DocumentId id, m_store->put(content));
            m_ids[id] = content.record.path;
        }
        return {};
    }

    Result<void> ask(const std::vector<Line>& queries, AtomicFile& out) {
        rag::Retriever retriever(*m_store, m_embedder.get(), m_reranker.get());
        rag::RetrieveOptions options;
        options.mode = m_options.mode == "text"     ? rag::SearchMode::Text
                       : m_options.mode == "vector" ? rag::SearchMode::Vector
                                                    : rag::SearchMode::Hybrid;
        for (const Line& query : queries) {
            const auto started = Clock::now();
            ALCOVE_TRY(const std::vector<rag::Passage> passages,
                       retriever.passages(query.text, options));
            m_times.push_back(secondsSince(started));
            m_passages += passages.size();
            ALCOVE_TRY(const std::vector<rag::RankedChunk> ranked,
                       retriever.rank(query.text, options));
            std::map<rag::DocumentId, bool> listed;  // a document counts by its best chunk
            for (const rag::RankedChunk& chunk : ranked) {
                if (listed.size() == kListed) break;
                if (!listed.emplace(chunk.document, true).second) continue;
                ALCOVE_CHECK(out.write(concat(query.id, " Q0 ", m_ids[chunk.document], ' ',
                                              listed.size(), ' ', std::setprecision(9), chunk.score,
                                              " alcove-", m_options.mode, '\n')));
            }
        }
        return {};
    }

    void report(size_t documents, size_t queries) {
        std::sort(m_times.begin(), m_times.end());
        const double median = m_times[m_times.size() / 2] * 1e3;
        const double p95 = m_times[m_times.size() * 95 / 100] * 1e3;
        const double p99 = m_times[m_times.size() * 99 / 100] * 1e3;
        if (m_options.json) {
            const nlohmann::ordered_json object = {
                {"documents", documents}, {"queries", queries},
                {"mode", m_options.mode}, {"indexing_s", m_indexing},
                {"passages", m_passages}, {"median_ms", median},
                {"p95_ms", p95},          {"p99_ms", p99}};
            m_streams.out << object.dump() << '\n';
            return;
        }
        m_streams.out << std::fixed << std::setprecision(1) << documents << " documents filed in "
                      << m_indexing << " s; " << queries << " queries, " << m_passages
                      << " passages, median " << median << " ms, p95 " << p95 << " ms, p99 " << p99
                      << " ms\n";
    }

    const BenchRetrievalOptions& m_options;
    Streams& m_streams;
    LoadedModel m_loaded;
    std::unique_ptr<EngineEmbedder> m_embedder;  // null for text alone
    std::unique_ptr<engine::Runtime> m_rerankRuntime;
    std::unique_ptr<EngineReranker> m_reranker;  // null: none
    std::optional<TemporaryFolder> m_temporary;
    std::unique_ptr<rag::SqliteStore> m_store;     // closed before its folder goes
    std::map<rag::DocumentId, std::string> m_ids;  // as the collection names them
    std::vector<double> m_times;                   // seconds, from question to passages
    size_t m_passages = 0;
    double m_indexing = 0;
};

}  // namespace

ExitCode runBenchRetrieval(Words words, Streams& streams) {
    BenchRetrievalOptions o;
    Options options(
        "bench-retrieval --data DIR [--mode text|vector|hybrid] --out RUN.trec",
        "Files each line of DIR/corpus.jsonl (id, title, text) as a document, asks "
        "each line of\nDIR/queries.jsonl (id, text), and writes the first 100 documents "
        "of each in trec_eval's form.");
    options.name("--data", "DIR", "the collection", o.data);
    options.required("--data");
    options.name("--out", "RUN.trec", "the run", o.out);
    options.required("--out");
    options.choice("--mode", "which way of finding (hybrid)", {"hybrid", "text", "vector"}, o.mode);
    options.name("--library", "DIR", "keeps the library there, and uses what it holds already",
                 o.library);
    options.integer("--chunk", "N", "tokens of a chunk; 0: what the model reads at once", o.chunk,
                    0, 1 << 20);
    addModelOptions(options, o.model, false);
    addRerankOption(options, o.reranker);
    options.flag("--json", "one JSON object", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.model.model.empty()) o.model.model = kStarterEmbeddingModel;
    return finish(Bench(o, streams).run(), streams);
}

}  // namespace alcove::app
