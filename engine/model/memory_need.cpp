#include "engine/model/memory_need.h"

#include <algorithm>

#include "engine/model/architecture.h"
#include "engine/model/kv_cache.h"

namespace alcove::engine {

namespace {

/// What the tokenizer makes of the lists in the file, by their lengths: measured, with 49,152
/// tokens and as many merges as with 128,256 and 280,147.
uint64_t tokenizerBytes(const GgufFile& file) {
    constexpr uint64_t kOfToken = 165, kOfMerge = 31;
    const auto count = [&](const char* key) -> uint64_t {
        const GgufArray* array = file.array(key);
        return array ? array->count : 0;
    };
    return kOfToken * count("tokenizer.ggml.tokens") + kOfMerge * count("tokenizer.ggml.merges");
}

}  // namespace

Result<uint64_t> memoryNeed(const std::filesystem::path& path, const SessionOptions& options) {
    ALCOVE_TRY(const auto model, Model::load(path, Residence::Mapped));
    const ModelInfo& info = model->info();
    uint64_t bytes = info.fileBytes + tokenizerBytes(model->file());
    if (info.causal) {
        const int64_t context = contextLengthOf(options, info);
        // Pages of the cache that are never reached take no memory, so making it is cheap.
        ALCOVE_TRY(const auto cache, KvCache::create(model->architecture().cacheLayers(), context,
                                                     options.batch, options.cache));
        bytes += cache->bytes();
    }
    // A batch holds the residual stream, its normed copy, queries, keys, values and the two inner
    // states of a feed-forward block, in floats, and rounded copies of the widest.
    const int64_t width = info.embeddingLength;
    const int64_t inner =
        model->file().integer(info.architecture + ".feed_forward_length").value_or(4 * width);
    const int64_t floats = options.batch * (7 * width + 3 * inner) + 2 * info.vocabulary;
    return bytes + static_cast<uint64_t>(floats) * sizeof(float);
}

}  // namespace alcove::engine
