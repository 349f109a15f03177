// Answers questions from a library: finds, chooses, has it written where there is a model, checks,
// cites. Belongs to one thread at a time.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/answer/answer.h"
#include "app/answer/writer.h"
#include "rag/answer/follow_up.h"
#include "rag/answer/question.h"
#include "rag/embedder.h"
#include "rag/retrieve/retriever.h"
#include "rag/store/chunk_store.h"

namespace alcove::app {

struct AskOptions {
    rag::Filter filter;
    std::vector<rag::Turn> turns;  // what was asked before; the last one last
    size_t passages = 8;
    bool whole = true;  // small documents are given to the model whole
    std::stop_token stop;
};

class Answerer {
public:
    /// `embedder` and `writer` may be null: then words alone find, and the documents' own sentences
    /// are the answer. So may `reranker`: then passages stay in the order they were found in.
    Answerer(rag::ChunkStore& store, rag::Embedder* embedder, Writer* writer,
             rag::Reranker* reranker = nullptr)
        : m_store(store), m_embedder(embedder), m_writer(writer), m_reranker(reranker) {}

    [[nodiscard]] Result<Answer> ask(const std::string& question, const AskOptions& options = {});

private:
    [[nodiscard]] rag::Rarity rarity(const rag::Filter& filter);
    [[nodiscard]] Result<void> find(const rag::Question& question, const AskOptions& options,
                                    Answer& answer);
    void quote(const std::vector<rag::Source>& sources, Answer& answer) const;
    [[nodiscard]] Result<void> compare(const rag::Question& question, const AskOptions& options,
                                       Answer& answer);
    [[nodiscard]] Result<void> write(const rag::Question& question, const AskOptions& options,
                                     Answer& answer);
    /// The passages that a prompt has room for; whole documents where they are small.
    struct Given {
        std::vector<rag::Passage> passages;
        Prompt prompt;
        size_t leftOut = 0;
        bool whole = false;
    };
    [[nodiscard]] Result<Given> choose(const rag::Question& question, const AskOptions& options,
                                       const Answer& answer);
    [[nodiscard]] Result<bool> giveWhole(const AskOptions& options, const Answer& answer,
                                         Given& given);

    rag::ChunkStore& m_store;
    rag::Embedder* m_embedder;
    Writer* m_writer;
    rag::Reranker* m_reranker;
    std::vector<rag::ScoredSentence> m_scored;  // of the question at hand
};

/// The answer to a question that asks for all of something, computed from whole documents or
/// tables; nothing where none of them can be asked so.
[[nodiscard]] Result<std::optional<Answer>> scanWhole(rag::ChunkStore& store,
                                                      rag::Embedder* embedder,
                                                      const rag::Question& question,
                                                      const AskOptions& options);

}  // namespace alcove::app
