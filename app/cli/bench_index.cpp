// alcove-cli bench-index: how well and how quickly the vector index finds, beside looking at all.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <random>

#include "app/cli/command.h"
#include "engine/base/thread_pool.h"
#include "rag/vector/distances.h"
#include "rag/vector/vector_index.h"

namespace alcove::app {
namespace {

constexpr size_t kFound = 10;  // recall@10

struct BenchIndexOptions {
    int64_t vectors = 100000, dimension = 384, queries = 1000, threads = 0;
    int64_t candidates = 200;  // asked of the index, then ordered by their exact vectors
    int64_t neighbours = 0, breadth = 0;
    int64_t seed = 1;
    bool json = false;
};

using Clock = std::chrono::steady_clock;
double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Points around centres, about a thousand to each, brought to length 1. A point's distance from
/// its centre is 0.8 of the centre's length, so that clusters are loose and neighbours hard to
/// tell.
class Clusters {
public:
    Clusters(size_t dimension, size_t points, uint64_t seed)
        : m_dimension(dimension), m_random(seed) {
        const size_t centres = std::max<size_t>(1, points / 1000);
        m_centres.resize(centres * dimension);
        for (float& value : m_centres) value = m_normal(m_random);
    }

    void draw(std::span<float> point) {
        const size_t centre = m_random() % (m_centres.size() / m_dimension);
        float squares = 0;
        for (size_t i = 0; i < m_dimension; ++i) {
            point[i] = m_centres[centre * m_dimension + i] + 0.8f * m_normal(m_random);
            squares += point[i] * point[i];
        }
        for (float& value : point) value /= std::sqrt(squares);
    }

private:
    size_t m_dimension;
    std::mt19937_64 m_random;
    std::normal_distribution<float> m_normal;
    std::vector<float> m_centres;
};

struct Data {
    size_t dimension;
    std::vector<float> vectors, queries;  // rows
    std::vector<int64_t> ids;

    [[nodiscard]] std::span<const float> vector(size_t row) const {
        return std::span(vectors).subspan(row * dimension, dimension);
    }
    [[nodiscard]] std::span<const float> query(size_t row) const {
        return std::span(queries).subspan(row * dimension, dimension);
    }
};

Data makeData(const BenchIndexOptions& o) {
    const auto count = static_cast<size_t>(o.vectors), queries = static_cast<size_t>(o.queries);
    Data data{static_cast<size_t>(o.dimension), {}, {}, {}};
    data.vectors.resize(count * data.dimension);
    data.queries.resize(queries * data.dimension);
    Clusters clusters(data.dimension, count, static_cast<uint64_t>(o.seed));
    for (size_t i = 0; i < count; ++i) {
        clusters.draw(std::span(data.vectors).subspan(i * data.dimension, data.dimension));
        data.ids.push_back(static_cast<int64_t>(i));
    }
    for (size_t i = 0; i < queries; ++i)
        clusters.draw(std::span(data.queries).subspan(i * data.dimension, data.dimension));
    return data;
}

using Scored = std::pair<float, int64_t>;  // exact product, row

std::vector<Scored> best(std::vector<Scored> all) {
    const size_t count = std::min(kFound, all.size());
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                      std::greater<>());
    all.resize(count);
    return all;
}

struct Figures {
    double build = 0, recall = 0, median = 0, p99 = 0, exact = 0;  // seconds, and a share
    size_t memory = 0;
};

Result<Figures> measure(const BenchIndexOptions& o, const rag::Distances& distances,
                        std::string_view cpu) {
    ThreadPool pool(static_cast<int>(o.threads));
    const Data data = makeData(o);
    rag::VectorIndexOptions options{cpu, static_cast<uint32_t>(o.neighbours),
                                    static_cast<uint32_t>(o.breadth)};
    Figures figures;
    ALCOVE_TRY(const auto index, rag::VectorIndex::create(data.dimension, options));
    const auto started = Clock::now();
    ALCOVE_CHECK(index->add(data.ids, data.vectors, &pool));
    figures.build = secondsSince(started);
    figures.memory = index->memory();

    const auto score = [&](size_t query, int64_t row) {
        return distances.dot(data.query(query).data(), data.vector(static_cast<size_t>(row)).data(),
                             data.dimension);
    };
    const auto queries = static_cast<size_t>(o.queries);
    std::vector<double> times;
    std::vector<std::vector<Scored>> found(queries);
    for (size_t q = 0; q < queries; ++q) {
        const auto begin = Clock::now();
        std::vector<Scored> candidates;
        for (const rag::VectorHit& hit :
             index->find(data.query(q), static_cast<size_t>(o.candidates)))
            candidates.emplace_back(score(q, hit.id), hit.id);
        found[q] = best(std::move(candidates));
        times.push_back(secondsSince(begin));
    }

    const auto lookedAtAll = Clock::now();
    std::vector<size_t> right(queries);
    pool.forEach(static_cast<int64_t>(queries), 1, [&](int64_t begin, int64_t end) {
        for (auto q = static_cast<size_t>(begin); q < static_cast<size_t>(end); ++q) {
            std::vector<Scored> all;
            all.reserve(data.ids.size());
            for (const int64_t id : data.ids) all.emplace_back(score(q, id), id);
            for (const Scored& truth : best(std::move(all)))
                right[q] += std::count(found[q].begin(), found[q].end(), truth) > 0;
        }
    });
    figures.exact = secondsSince(lookedAtAll) / static_cast<double>(queries);
    size_t sum = 0;
    for (const size_t count : right) sum += count;
    figures.recall =
        static_cast<double>(sum) / static_cast<double>(queries * std::min(kFound, data.ids.size()));
    std::sort(times.begin(), times.end());
    figures.median = times[times.size() / 2];
    figures.p99 = times[std::min(times.size() - 1, times.size() * 99 / 100)];
    return figures;
}

Result<void> benchIndex(const BenchIndexOptions& o, Streams& streams) {
    const char* forced = std::getenv("ALCOVE_CPU");
    const std::string_view cpu = forced == nullptr ? "" : forced;
    ALCOVE_TRY(const rag::Distances* distances, rag::selectDistances(cpu));
    if (!o.json)
        streams.error << "building an index of " << o.vectors << " vectors of " << o.dimension
                      << " values\n";
    ALCOVE_TRY(const Figures f, measure(o, *distances, cpu));
    if (o.json) {
        const nlohmann::ordered_json object = {
            {"vectors", o.vectors},       {"dimension", o.dimension},    {"queries", o.queries},
            {"candidates", o.candidates}, {"kernels", distances->name},  {"build_s", f.build},
            {"recall_at_10", f.recall},   {"median_ms", f.median * 1e3}, {"p99_ms", f.p99 * 1e3},
            {"exact_ms", f.exact * 1e3},  {"memory_bytes", f.memory}};
        streams.out << object.dump() << '\n';
        return {};
    }
    streams.out << std::fixed << std::setprecision(1) << "build      " << f.build << " s ("
                << static_cast<double>(o.vectors) / f.build << " vectors/s, " << distances->name
                << ")\n"
                << "memory     " << static_cast<double>(f.memory) / 1e6
                << " MB, without the exact vectors\n"
                << std::setprecision(4) << "recall@10  " << f.recall << " of looking at all\n"
                << std::setprecision(3) << "median     " << f.median * 1e3 << " ms\n"
                << "p99        " << f.p99 * 1e3 << " ms\n"
                << "all        " << f.exact * 1e3 << " ms (every vector looked at)\n";
    return {};
}

}  // namespace

ExitCode runBenchIndex(Words words, Streams& streams) {
    BenchIndexOptions o;
    Options options("bench-index [--vectors N] [--dim D] [--json]",
                    "Builds a vector index of made-up vectors in clusters, and compares what it "
                    "finds with what looking at\nevery vector finds. Latencies are of one thread "
                    "and contain the exact scoring of the candidates.");
    options.integer("--vectors", "N", "vectors (100000)", o.vectors, 1, 100'000'000);
    options.integer("--dim", "D", "values of a vector (384)", o.dimension, 1, 65536);
    options.integer("--queries", "N", "questions asked (1000)", o.queries, 1, 1'000'000);
    options.integer("--candidates", "N", "candidates scored exactly for each (200)", o.candidates,
                    10, 100000);
    options.integer("--neighbours", "M", "links of a vector; 0: the default", o.neighbours, 0, 512);
    options.integer("--breadth", "N", "of the search while building; 0: the default", o.breadth, 0,
                    10000);
    options.integer("--seed", "N", "of the made-up vectors (1)", o.seed, 0, INT64_MAX);
    options.integer("-t, --threads", "N", "threads that build; 0: one for each core", o.threads, 0,
                    1024);
    options.flag("--json", "one JSON object", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(benchIndex(o, streams), streams);
}

}  // namespace alcove::app
