// From a question to passages: both ways of finding, fused; near-duplicates dropped; neighbours
// joined.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/embedder.h"
#include "rag/reranker.h"
#include "rag/retrieve/query.h"
#include "rag/store/chunk_store.h"

namespace alcove::rag {

enum class SearchMode : uint8_t { Hybrid, Text, Vector };

struct RetrieveOptions {
    SearchMode mode = SearchMode::Hybrid;
    Filter filter;
    size_t candidates = 200;  // taken from each way of finding
    size_t passages = 10;
    size_t longestPassage = 6;  // chunks that are joined at most
    size_t reranked = 40;       // the best of the candidates, where there is a reranker
    std::stop_token stop;
};

/// A chunk with what it was found by. Scores of its own way are absent where that did not find it.
struct RankedChunk {
    ChunkId chunk = 0;
    DocumentId document = 0;
    uint32_t ordinal = 0;
    /// What ranks it: relevance; else fused, 0 to 1; or that of the one way asked for.
    double score = 0;
    std::optional<double> bm25, cosine, relevance;
};

/// Chunks that follow each other in a document, as one text.
struct Passage {
    struct Part {  // one for each page it is on
        uint32_t page = 0;
        std::string label;  // of the page
        TextRange range;
    };
    DocumentRecord document;
    std::string heading;  // of its first chunk
    std::vector<Part> parts;
    std::string text;  // the parts, with a line feed between two
    std::vector<ChunkId> chunks;
    double score = 0;  // of its best chunk, as are those that follow
    std::optional<double> bm25, cosine, relevance;
};

class Retriever {
public:
    /// `embedder` may be null: then only words find. `reranker` may be: then what was found stays
    /// in its order.
    Retriever(ChunkStore& store, Embedder* embedder, Reranker* reranker = nullptr)
        : m_store(store), m_embedder(embedder), m_reranker(reranker) {}

    /// The chunks found, the best first.
    [[nodiscard]] Result<std::vector<RankedChunk>> rank(const std::string& question,
                                                        const RetrieveOptions& options = {});
    /// The best passages, the best first.
    [[nodiscard]] Result<std::vector<Passage>> passages(const std::string& question,
                                                        const RetrieveOptions& options = {});

private:
    [[nodiscard]] Result<std::vector<RankedChunk>> find(const std::string& question,
                                                        const RetrieveOptions& options);
    /// Orders the best by the reranker; the others follow in their order.
    [[nodiscard]] Result<void> rerank(const std::string& question, const RetrieveOptions& options,
                                      std::vector<RankedChunk>& ranked);

    ChunkStore& m_store;
    Embedder* m_embedder;
    Reranker* m_reranker;
};

/// Brings each list to 0 … 1 (its worst, its best) and adds them, the vectors with `vectorShare`;
/// who is missing from a list has 0 there. Lists are ordered, the best first.
[[nodiscard]] std::vector<RankedChunk> fuse(std::span<const Found> text,
                                            std::span<const Found> vectors, double vectorShare);

}  // namespace alcove::rag
