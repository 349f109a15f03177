#include "app/api/embedding_call.h"

#include <algorithm>
#include <span>

#include "app/api/generation_call.h"

namespace alcove::app {
using namespace engine;

std::optional<ApiError> embedAll(ApiHost& host, EmbeddingCall& call, Exchange& exchange,
                                 std::vector<Embedding>& out) {
    constexpr size_t kGroup = 8;
    const std::string name = call.model.empty() ? std::string(kStarterEmbeddingModel) : call.model;
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, true, model)) return refused;
    call.model = model->id;
    for (size_t first = 0; first < call.texts.size(); first += kGroup) {
        if (!exchange.connected()) return ApiError{ApiError::Kind::Failed, "cancelled", {}, {}};
        const std::span<const std::string> group =
            std::span<const std::string>(call.texts)
                .subspan(first, std::min(kGroup, call.texts.size() - first));
        Result<std::vector<Embedding>> made = fail("the engine is being shut down");
        host.scheduler.compute([&] { made = model->embedder->embed(group); });
        if (!made) return ApiError{ApiError::Kind::Failed, made.message(), {}, {}};
        for (Embedding& embedding : *made) out.push_back(std::move(embedding));
    }
    return std::nullopt;
}

}  // namespace alcove::app
