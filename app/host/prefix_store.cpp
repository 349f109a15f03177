#include "app/host/prefix_store.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "engine/base/checksum.h"
#include "engine/base/paths.h"

namespace alcove::app {
using namespace engine;
namespace fs = std::filesystem;

namespace {

constexpr size_t kLeast = 256;  // tokens that are worth a file
constexpr size_t kWorth = 128;  // tokens more than a session has, to be worth reading one
constexpr const char* kSuffix = ".prefix";

size_t common(std::span<const Token> a, std::span<const Token> b) {
    return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                               a.begin());
}

}  // namespace

PrefixStore::PrefixStore(fs::path folder, uint64_t limit)
    : m_folder(std::move(folder)), m_limit(limit) {
    if (!enabled()) return;
    std::error_code ignored;
    std::vector<std::pair<fs::file_time_type, Entry>> found;
    for (const fs::path& file : entriesOf(m_folder, ignored)) {
        if (file.extension() != kSuffix) continue;
        auto saved = Session::describeSaved(file);
        if (!saved) {
            fs::remove(file, ignored);
            continue;
        }
        found.emplace_back(
            fs::last_write_time(file, ignored),
            Entry{file, saved->model, fs::file_size(file, ignored), std::move(saved->tokens)});
    }
    std::ranges::sort(found, std::greater{}, [](const auto& one) { return one.first; });
    for (auto& [time, entry] : found) {
        m_bytes += entry.bytes;
        m_entries.push_back(std::move(entry));
    }
    while (m_bytes > m_limit) remove(std::prev(m_entries.end()));
}

void PrefixStore::remove(std::list<Entry>::iterator entry) {
    std::error_code ignored;
    fs::remove(entry->file, ignored);
    m_bytes -= entry->bytes;
    m_entries.erase(entry);
}

bool PrefixStore::restore(Session& session, std::span<const Token> prompt, int64_t held) {
    size_t most = static_cast<size_t>(held) + kWorth;
    auto best = m_entries.end();
    for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
        if (entry->model != session.model().fingerprint()) continue;
        const size_t here = common(prompt, entry->tokens);
        if (here < most) continue;
        most = here;
        best = entry;
    }
    if (best == m_entries.end()) return false;
    if (!session.restore(best->file)) {  // damaged, or of other options
        remove(best);
        return false;
    }
    std::error_code ignored;
    fs::last_write_time(best->file, fs::file_time_type::clock::now(), ignored);
    m_entries.splice(m_entries.begin(), m_entries, best);
    return true;
}

bool PrefixStore::wants(const Session& session) const {
    const auto tokens = session.tokens();
    if (!enabled() || tokens.size() < kLeast) return false;
    return std::ranges::none_of(m_entries, [&](const Entry& entry) {
        return entry.model == session.model().fingerprint() &&
               common(tokens, entry.tokens) == tokens.size();
    });
}

void PrefixStore::save(const Session& session) {
    if (!wants(session)) return;
    const auto tokens = session.tokens();
    const uint64_t model = session.model().fingerprint();
    char name[64];
    std::snprintf(name, sizeof name, "%016llx-%016llx%s", static_cast<unsigned long long>(model),
                  static_cast<unsigned long long>(checksum(std::as_bytes(tokens))), kSuffix);
    std::error_code error;
    fs::create_directories(m_folder, error);
    fs::permissions(m_folder, fs::perms::owner_all, error);
    Entry entry{m_folder / name, model, 0, {tokens.begin(), tokens.end()}};
    if (!session.save(entry.file)) return;
    entry.bytes = fs::file_size(entry.file, error);
    // What this one begins with is not needed any more.
    for (auto old = m_entries.begin(); old != m_entries.end();) {
        const auto next = std::next(old);
        if (old->model == model && common(tokens, old->tokens) == old->tokens.size()) remove(old);
        old = next;
    }
    m_bytes += entry.bytes;
    m_entries.push_front(std::move(entry));
    while (m_bytes > m_limit) remove(std::prev(m_entries.end()));
}

void PrefixStore::forgetAll() {
    while (!m_entries.empty()) remove(m_entries.begin());
}

}  // namespace alcove::app
