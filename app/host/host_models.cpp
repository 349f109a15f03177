#include "app/host/host_models.h"

#include <algorithm>
#include <utility>

#include "app/answer/prompt_tokens.h"
#include "app/generation/conversation.h"
#include "app/library/engine_embedder.h"
#include "app/library/engine_reranker.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr const char* kEnding = "the engine is being shut down";

/// Computes between two rounds of the scheduler.
class TurnEmbedder final : public rag::Embedder {
public:
    TurnEmbedder(std::shared_ptr<HostedModel> model, std::unique_ptr<EngineEmbedder> embedder,
                 Scheduler& scheduler)
        : m_model(std::move(model)), m_embedder(std::move(embedder)), m_scheduler(scheduler) {}

    size_t count(std::string_view text) const override { return m_embedder->count(text); }
    std::string name() const override { return m_embedder->name(); }
    size_t dimension() const override { return m_embedder->dimension(); }
    size_t limit() const override { return m_embedder->limit(); }
    Result<std::vector<float>> embedPassages(std::span<const std::string> texts,
                                             std::stop_token stop) override {
        return inTurn([&] { return m_embedder->embedPassages(texts, stop); });
    }
    Result<std::vector<float>> embedQuestion(const std::string& text,
                                             std::stop_token stop) override {
        return inTurn([&] { return m_embedder->embedQuestion(text, stop); });
    }

private:
    Result<std::vector<float>> inTurn(const std::function<Result<std::vector<float>>()>& work) {
        Result<std::vector<float>> made = fail(kEnding);
        m_scheduler.compute([&] { made = work(); });
        return made;
    }

    std::shared_ptr<HostedModel> m_model;  // stays in the pool meanwhile
    std::unique_ptr<EngineEmbedder> m_embedder;
    Scheduler& m_scheduler;
};

class TurnReranker final : public rag::Reranker {
public:
    TurnReranker(std::shared_ptr<HostedModel> model, std::unique_ptr<EngineReranker> reranker,
                 Scheduler& scheduler)
        : m_model(std::move(model)), m_reranker(std::move(reranker)), m_scheduler(scheduler) {}

    std::string name() const override { return m_reranker->name(); }
    Result<std::vector<float>> relevance(const std::string& question,
                                         std::span<const std::string> texts,
                                         std::stop_token stop) override {
        constexpr size_t kGroup = 4;  // answers go on between two groups
        std::vector<float> scores;
        for (size_t at = 0; at < texts.size(); at += kGroup) {
            const auto group = texts.subspan(at, std::min(kGroup, texts.size() - at));
            Result<std::vector<float>> made = fail(kEnding);
            m_scheduler.compute([&] { made = m_reranker->relevance(question, group, stop); });
            if (!made) return made;
            scores.insert(scores.end(), made->begin(), made->end());
        }
        return scores;
    }

private:
    std::shared_ptr<HostedModel> m_model;  // stays in the pool meanwhile
    std::unique_ptr<EngineReranker> m_reranker;
    Scheduler& m_scheduler;
};

/// Answers as one of the scheduler's requests.
class HostWriter final : public Writer {
public:
    HostWriter(std::shared_ptr<HostedModel> model, Scheduler& scheduler, WriterChoice choice)
        : m_model(std::move(model)), m_scheduler(scheduler), m_choice(std::move(choice)) {}

    size_t room() const override {
        return static_cast<size_t>(m_scheduler.contextLength(*m_model->model) -
                                   m_choice.answerTokens);
    }
    Result<size_t> tokens(const Prompt& prompt) const override {
        ALCOVE_TRY(const std::vector<Token> encoded, promptTokens(*m_model->model, prompt));
        return encoded.size();
    }
    std::string name() const override { return m_model->model->info().name; }

    Result<std::string> write(const Prompt& prompt, std::stop_token stop) override {
        const Model& model = *m_model->model;
        GenerationRequest request;
        ALCOVE_TRY(request.prompt, promptTokens(model, prompt));
        if (request.prompt.size() > room())
            return fail("the prompt has ", request.prompt.size(), " tokens and there is room for ",
                        room());
        ALCOVE_TRY(const std::optional<KeptPrefill> kept,
                   keptPrefill(model, prompt, request.prompt, m_choice.keepIn));
        request.isSecret = true;  // it must not outlive the documents
        if (kept) {
            request.keptIn = kept->file;
            request.keptTokens = kept->tokens;
        }
        ALCOVE_TRY(const Conversation conversation, Conversation::create(model));
        if (const std::string ends = conversation.stopText(); !ends.empty())
            request.stops.push_back(ends);
        request.sampling.temperature = m_choice.temperature;
        request.sampling.seed = 1;
        request.tokens = m_choice.answerTokens;
        const Scheduler::Submission taken = m_scheduler.submit(m_model->model, std::move(request));
        if (!taken.stream) return fail(taken.reason);
        const std::stop_callback cancel(stop, [&] { taken.stream->cancel(); });
        std::string text;
        while (!taken.stream->ending()) text += taken.stream->next(1s).text;
        const AnswerEnding ending = *taken.stream->ending();
        if (kept) removeOldPrefill(m_choice.keepIn);
        if (ending.end == AnswerEnd::Failed) return fail(ending.error);
        if (ending.end == AnswerEnd::Cancelled) return fail("the answer was stopped");
        return text;
    }

private:
    std::shared_ptr<HostedModel> m_model;
    Scheduler& m_scheduler;
    WriterChoice m_choice;
};

}  // namespace

Result<std::unique_ptr<rag::Embedder>> HostModels::embedder(const fs::path& file) {
    const ModelPool::Found found = m_models.get(file.string());
    if (!found.model) return fail(found.reason);
    ALCOVE_TRY(auto embedder, EngineEmbedder::create(found.model->model, m_runtime));
    return std::unique_ptr<rag::Embedder>(
        std::make_unique<TurnEmbedder>(found.model, std::move(embedder), m_scheduler));
}

Result<std::unique_ptr<Writer>> HostModels::writer(const WriterChoice& choice) {
    const ModelPool::Found found = m_models.get(choice.model);
    if (!found.model) return fail(found.reason);
    const ModelInfo& info = found.model->model->info();
    if (!found.model->chat) return fail("the model ", info.name, " does not write text");
    WriterChoice fitting = choice;
    ALCOVE_TRY(fitting.answerTokens,
               roomForAnswer(m_scheduler.contextLength(*found.model->model), choice.answerTokens));
    return std::unique_ptr<Writer>(
        std::make_unique<HostWriter>(found.model, m_scheduler, std::move(fitting)));
}

Result<std::unique_ptr<rag::Reranker>> HostModels::reranker(const std::string& model) {
    const ModelPool::Found found = m_models.get(model);
    if (!found.model) return fail(found.reason);
    ALCOVE_TRY(auto reranker, EngineReranker::create(found.model->model, m_runtime));
    return std::unique_ptr<rag::Reranker>(
        std::make_unique<TurnReranker>(found.model, std::move(reranker), m_scheduler));
}

ThreadPool& HostModels::pool() {
    const std::lock_guard lock(m_mutex);
    if (!m_pool) m_pool.emplace(0);
    return *m_pool;
}

}  // namespace alcove::app
