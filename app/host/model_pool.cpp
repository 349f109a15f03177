#include "app/host/model_pool.h"

#include <algorithm>

#include "engine/base/memory.h"
#include "engine/model/memory_need.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kReserve = uint64_t{512} << 20;  // for the rest of the system

std::string mebibytes(uint64_t bytes) { return concat((bytes + (1 << 20) - 1) >> 20, " MiB"); }

}  // namespace

const std::shared_ptr<ConstraintPool>& HostedModel::constraints() const {
    std::call_once(m_constraintsMade, [&] {
        m_constraints = std::make_shared<ConstraintPool>(std::make_shared<const TokenTrie>(
            *model->tokenizer(), chat->shownTokens(), chat->endTokens()));
    });
    return m_constraints;
}

ModelPool::ModelPool(Runtime& runtime, Scheduler& scheduler, ModelPoolOptions options)
    : m_runtime(runtime), m_scheduler(scheduler), m_options(std::move(options)) {}

ModelPool::~ModelPool() {
    for (const auto& entry : m_models) m_scheduler.forget(entry->model.get());
}

Result<std::vector<StoredModel>> ModelPool::installed() const {
    return listModels(m_options.folder);
}

std::vector<std::string> ModelPool::loaded() const {
    const std::lock_guard lock(m_mutex);
    std::vector<std::string> ids;
    for (const auto& entry : m_models) ids.push_back(entry->id);
    return ids;
}

uint64_t ModelPool::bytes() const {
    const std::lock_guard lock(m_mutex);
    uint64_t all = 0;
    for (const auto& entry : m_models) all += entry->bytes;
    return all;
}

ModelPool::Found ModelPool::get(const std::string& name) {
    const Result<fs::path> path =
        findModel(name.empty() ? std::string(kStarterChatModel) : name, m_options.folder);
    if (!path) return {nullptr, Refusal::Unknown, path.message()};
    const auto held = [&]() -> std::shared_ptr<HostedModel> {
        const std::lock_guard lock(m_mutex);
        const auto entry = std::ranges::find_if(
            m_models, [&](const auto& loaded) { return loaded->path == *path; });
        if (entry == m_models.end()) return nullptr;
        m_models.splice(m_models.begin(), m_models, entry);
        return m_models.front();
    };
    if (auto model = held()) return {model, Refusal::None, {}};
    const std::lock_guard lock(m_loading);
    if (auto model = held()) return {model, Refusal::None, {}};
    return load(*path);
}

/// Empty: there is room now.
std::string ModelPool::makeRoom(uint64_t bytes) {
    for (;;) {
        const uint64_t used = this->bytes();
        const uint64_t free = availableMemory();
        const uint64_t room = m_options.memory > 0
                                  ? m_options.memory - std::min(m_options.memory, used)
                              : free > kReserve ? free - kReserve
                                                : 0;
        if (bytes <= room) return {};
        const std::lock_guard lock(m_mutex);
        const auto idle = std::find_if(m_models.rbegin(), m_models.rend(),
                                       [](const auto& entry) { return entry.use_count() == 1; });
        if (idle == m_models.rend())
            return concat("it needs ", mebibytes(bytes), " of memory and there are ",
                          mebibytes(room), " to be had",
                          m_models.empty() ? "" : " beside the models that are being used");
        drop(std::next(idle).base());
    }
}

/// With the lock held.
void ModelPool::drop(std::list<std::shared_ptr<HostedModel>>::iterator entry) {
    m_scheduler.forget((*entry)->model.get());
    m_models.erase(entry);
}

ModelPool::Found ModelPool::load(const fs::path& path) {
    const auto refuse = [&](Refusal refusal, const std::string& reason) {
        return Found{nullptr, refusal, concat(path.stem().string(), ": ", reason)};
    };
    const Result<uint64_t> need = memoryNeed(path, m_scheduler.sessionOptions());
    if (!need) return {nullptr, Refusal::Broken, need.message()};
    if (const std::string reason = makeRoom(*need); !reason.empty())
        return refuse(Refusal::TooLarge, reason);
    auto model = Model::load(path, Residence::InMemory);
    if (!model) return {nullptr, Refusal::Broken, model.message()};
    auto loaded = std::make_shared<HostedModel>();
    loaded->id = path.stem().string();
    loaded->path = path;
    loaded->bytes = *need;
    loaded->model = std::move(*model);
    if (loaded->model->info().causal && loaded->model->tokenizer()) {
        auto chat = ChatPrompt::create(*loaded->model);
        if (!chat) return {nullptr, Refusal::Broken, chat.message()};
        loaded->chat.emplace(std::move(*chat));
    } else if (!loaded->model->info().causal) {
        auto embedder = Embedder::create(loaded->model, m_runtime);
        if (!embedder) return {nullptr, Refusal::Broken, embedder.message()};
        loaded->embedder = std::move(*embedder);
    }
    const std::lock_guard lock(m_mutex);
    m_models.push_front(loaded);
    return {loaded, Refusal::None, {}};
}

}  // namespace alcove::app
