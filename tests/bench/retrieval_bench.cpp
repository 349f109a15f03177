// How long a large library takes from a question to its passages, with filters and without.
//
//     retrieval_bench FOLDER [chunks] [documents] [model.gguf]
//
// FOLDER keeps the library, made at the first run and used again. Words are made up and as frequent
// as Zipf's law has it; each document has a subject with words and a direction of its own, so that
// vectors lie in clusters. "processor" is the mean of all threads' time in milliseconds, which
// other work on the machine hardly lengthens. With a model, a question costs what embedding its
// text costs; its vector is made up all the same.
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "app/library/engine_embedder.h"
#include "engine/base/thread_pool.h"
#include "rag/retrieve/retriever.h"
#include "rag/store/sqlite_store.h"

namespace alcove::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kDimension = 384;
constexpr size_t kVocabulary = 50'000;
constexpr size_t kSubjects = 2'000;
constexpr size_t kSubjectWords = 40;
constexpr size_t kChunkWords = 130;
constexpr size_t kQuestions = 300;
constexpr std::array kKinds = {"pdf", "docx", "mail", "text"};

/// The language and the subjects; the same for every run.
class World {
public:
    World() : m_random(1) {
        std::vector<double> sums;
        double sum = 0;
        for (size_t i = 0; i < kVocabulary; ++i)
            sums.push_back(sum += 1.0 / static_cast<double>(i + 2));
        for (double& s : sums) s /= sum;
        m_shares = std::move(sums);
        for (size_t i = 0; i < kSubjects; ++i) {
            Subject& subject = m_subjects.emplace_back();
            // The most frequent words belong to no subject.
            for (size_t w = 0; w < kSubjectWords; ++w)
                subject.words.push_back(500 + m_random() % (kVocabulary - 500));
            subject.direction = direction();
        }
    }

    static std::string word(size_t number) {
        constexpr std::array kParts = {"ka", "lo", "mi", "ru", "te",  "su",  "no",  "vi",
                                       "da", "pe", "zo", "hu", "gra", "sti", "len", "bor"};
        std::string text;
        do {
            text += kParts[number % kParts.size()];
            number /= kParts.size();
        } while (number > 0);
        return text;
    }
    size_t common() {
        const double at = std::uniform_real_distribution<double>(0, 1)(m_random);
        return static_cast<size_t>(std::lower_bound(m_shares.begin(), m_shares.end(), at) -
                                   m_shares.begin());
    }
    size_t ofSubject(size_t subject) {
        return m_subjects[subject].words[m_random() % kSubjectWords];
    }
    std::string text(size_t subject) {
        std::string all;
        for (size_t i = 0; i < kChunkWords; ++i)
            all += (i == 0 ? "" : " ") + word(m_random() % 4 == 0 ? ofSubject(subject) : common());
        return all;
    }
    std::vector<float> near(size_t subject, float spread) {
        std::vector<float> vector = direction();
        for (size_t i = 0; i < kDimension; ++i)
            vector[i] = vector[i] * spread + m_subjects[subject].direction[i];
        return vector;
    }
    std::mt19937& random() { return m_random; }

private:
    struct Subject {
        std::vector<size_t> words;
        std::vector<float> direction;
    };
    std::vector<float> direction() {
        std::normal_distribution<float> normal;
        std::vector<float> vector(kDimension);
        for (float& value : vector) value = normal(m_random);
        return vector;
    }

    std::mt19937 m_random;
    std::vector<double> m_shares;  // of the words up to each
    std::vector<Subject> m_subjects;
};

/// Gives the vector it was told to, after as long as the model takes.
class QuestionEmbedder final : public rag::Embedder {
public:
    explicit QuestionEmbedder(rag::Embedder* model) : m_model(model) {}
    [[nodiscard]] size_t count(std::string_view text) const override { return text.size() / 4; }
    [[nodiscard]] std::string name() const override { return "made up"; }
    [[nodiscard]] size_t dimension() const override { return kDimension; }
    [[nodiscard]] size_t limit() const override { return 510; }
    Result<std::vector<float>> embedPassages(std::span<const std::string>,
                                             std::stop_token) override {
        return fail("only questions are embedded");
    }
    Result<std::vector<float>> embedQuestion(const std::string& text,
                                             std::stop_token stop) override {
        if (m_model != nullptr) {
            ALCOVE_TRY(const std::vector<float> unused, m_model->embedQuestion(text, stop));
            (void)unused;
        }
        return next;
    }
    std::vector<float> next;

private:
    rag::Embedder* m_model;
};

Result<void> fill(rag::SqliteStore& store, World& world, size_t chunks, size_t documents) {
    const size_t each = chunks / documents;
    for (size_t d = 0; d < documents; ++d) {
        rag::DocumentContent content;
        content.record.collection = d % 10 == 0 ? "letters" : "papers";
        content.record.path = "/documents/" + std::to_string(d);
        content.record.title = world.word(d) + " " + world.word(d * 7 + 3);
        content.record.kind = kKinds[d % kKinds.size()];
        content.record.modified = static_cast<int64_t>(world.random()() % 1'000'000);
        content.embedder = {"made up", kDimension};
        const size_t subject = world.random()() % kSubjects;
        for (size_t c = 0; c < each; ++c) {
            const std::string text = world.text(subject);
            content.pages.push_back({"page", std::to_string(c + 1), text});
            content.chunks.push_back(
                {static_cast<uint32_t>(c), {0, text.size()}, rag::BlockKind::Paragraph, "", text});
            const std::vector<float> vector = world.near(subject, 0.8f);
            content.vectors.insert(content.vectors.end(), vector.begin(), vector.end());
        }
        ALCOVE_TRY(const rag::DocumentId id, store.put(content));
        (void)id;
        if (d % (documents / 10 + 1) == 0) std::fprintf(stderr, "%zu documents\n", d);
    }
    return store.flush();
}

struct Case {
    const char* name;
    rag::Filter filter;
};

Result<void> measure(rag::SqliteStore& store, World& world, rag::Embedder* model) {
    std::vector<Case> cases = {
        {"all", {}},           {"kind (1/4)", {}},        {"date (1/2)", {}},  {"date (1/100)", {}},
        {"date (1/1000)", {}}, {"collection (1/10)", {}}, {"one document", {}}};
    cases[1].filter.kinds = {"mail"};
    cases[2].filter.modifiedBefore = 500'000;
    cases[3].filter.modifiedFrom = 990'000;
    cases[4].filter.modifiedFrom = 999'000;
    cases[5].filter.collections = {"letters"};
    cases[6].filter.documents = {17};
    QuestionEmbedder embedder(model);
    rag::Retriever retriever(store, &embedder);
    std::printf("%-20s %-8s %10s %10s %10s %10s %10s\n", "filter", "mode", "median ms", "p95 ms",
                "most ms", "processor", "passages");
    for (const auto& [mode, modeName] :
         {std::pair{rag::SearchMode::Text, "text"}, std::pair{rag::SearchMode::Vector, "vector"},
          std::pair{rag::SearchMode::Hybrid, "hybrid"}}) {
        for (const Case& one : cases) {
            std::mt19937 same(7);
            world.random() = same;
            std::vector<double> times;
            size_t passages = 0;
            const std::clock_t processor = std::clock();
            for (size_t q = 0; q < kQuestions; ++q) {
                const size_t subject = world.random()() % kSubjects;
                std::string question = "what";
                for (int w = 0; w < 4; ++w) question += " " + world.word(world.ofSubject(subject));
                for (int w = 0; w < 4; ++w) question += " " + world.word(world.common());
                question += "?";
                embedder.next = world.near(subject, 0.5f);
                rag::RetrieveOptions options;
                options.mode = mode;
                options.filter = one.filter;
                const auto started = Clock::now();
                ALCOVE_TRY(const auto found, retriever.passages(question, options));
                times.push_back(
                    std::chrono::duration<double, std::milli>(Clock::now() - started).count());
                passages += found.size();
            }
            const double each = 1e3 * static_cast<double>(std::clock() - processor) /
                                CLOCKS_PER_SEC / static_cast<double>(kQuestions);
            std::sort(times.begin(), times.end());
            std::printf("%-20s %-8s %10.1f %10.1f %10.1f %10.1f %10zu\n", one.name, modeName,
                        times[times.size() / 2], times[times.size() * 95 / 100], times.back(), each,
                        passages);
        }
    }
    return {};
}

Result<void> runBench(const std::filesystem::path& folder, size_t chunks, size_t documents,
                      const char* modelFile) {
    std::unique_ptr<engine::Runtime> runtime;
    std::unique_ptr<app::EngineEmbedder> model;
    if (modelFile != nullptr) {
        ALCOVE_TRY(runtime, engine::Runtime::create(0, ""));
        ALCOVE_TRY(const auto loaded, engine::Model::load(modelFile));
        ALCOVE_TRY(model, app::EngineEmbedder::create(loaded, *runtime));
    }
    ThreadPool pool(0);
    rag::SqliteStoreOptions options;
    options.pool = &pool;
    const auto started = Clock::now();
    ALCOVE_TRY(const auto store, rag::SqliteStore::open(folder, options));
    std::printf("opened in %.2f s\n",
                std::chrono::duration<double>(Clock::now() - started).count());
    World world;
    if (store->extent({}).documents == 0) ALCOVE_CHECK(fill(*store, world, chunks, documents));
    const rag::StoreExtent extent = store->extent({});
    std::printf("%llu chunks of %llu documents\n", static_cast<unsigned long long>(extent.chunks),
                static_cast<unsigned long long>(extent.documents));
    return measure(*store, world, model.get());
}

}  // namespace
}  // namespace alcove::test

int main(int argc, char** argv) {
    if (argc < 2 || argc > 5) {
        std::fprintf(stderr, "retrieval_bench FOLDER [chunks] [documents] [model.gguf]\n");
        return 2;
    }
    const auto number = [&](int i, size_t otherwise) {
        return argc > i ? static_cast<size_t>(std::strtoull(argv[i], nullptr, 10)) : otherwise;
    };
    const size_t chunks = number(2, 100'000);
    const size_t documents = std::clamp<size_t>(number(3, 5'000), 1, std::max<size_t>(chunks, 1));
    const auto done =
        alcove::test::runBench(argv[1], chunks, documents, argc > 4 ? argv[4] : nullptr);
    if (!done.ok()) std::fprintf(stderr, "%s\n", done.message().c_str());
    return done.ok() ? 0 : 1;
}
