#include "app/library/plan.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "app/library/scan.h"
#include "rag/refusal.h"

namespace alcove::app {
namespace {

const std::vector<std::string> kEverything;

bool withinAny(std::string_view path, const std::vector<std::string>& folders) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return isWithin(path, folder); });
}

/// What is known of the files of one collection, and what a scan makes of it.
class Comparison {
public:
    Comparison(const std::string& collection, const std::vector<std::string>& scopes,
               const PlanOptions& options, Plan& plan)
        : m_collection(collection), m_scopes(scopes), m_options(options), m_plan(plan) {}

    void know(std::vector<rag::DocumentRecord> documents) {
        for (rag::DocumentRecord& document : documents) {
            std::string path = document.path;
            m_documents.emplace(std::move(path), Known<rag::DocumentRecord>{std::move(document)});
        }
    }
    void know(const rag::FailureRecord& failure) {
        m_failures.emplace(failure.path, Known<rag::FailureRecord>{failure});
    }

    void compare(const Scan& found) {
        for (const ScannedFile& file : found.files) meet(file);
        const auto isGone = [&](std::string_view path) {
            return (m_scopes.empty() || withinAny(path, m_scopes)) &&
                   !withinAny(path, found.unreadable);
        };
        for (auto& [path, known] : m_documents)
            if (!known.met && isGone(path)) m_plan.removed.push_back(std::move(known.record));
        for (auto& [path, known] : m_failures)
            if (!known.met && isGone(path)) m_plan.failuresGone.push_back(std::move(known.record));
    }

private:
    template <typename Record>
    struct Known {
        Record record;
        bool met = false;
    };

    void meet(const ScannedFile& file) {
        FileTask task{m_collection, file.path, file.stamp, 0, 0, {}};
        bool unchanged = false;
        if (const auto found = m_documents.find(file.path); found != m_documents.end()) {
            const rag::DocumentRecord& record = found->second.record;
            found->second.met = true;
            task.document = record.id;
            task.bytes = record.bytes;
            task.hash = record.hash;
            unchanged = sameStamp(file, record.bytes, record.stamp);
        }
        // A failure is the newer: what is held beside it is what was read before.
        if (const auto found = m_failures.find(file.path); found != m_failures.end()) {
            const rag::FailureRecord& record = found->second.record;
            found->second.met = true;
            if (sameStamp(file, record.bytes, record.stamp) && !isTriedAgain(record)) {
                ++m_plan.refused;
                return;
            }
            unchanged = false;
            task.hash.clear();
        }
        if (unchanged)
            ++m_plan.unchanged;
        else
            m_plan.tasks.push_back(std::move(task));
    }

    [[nodiscard]] bool isTriedAgain(const rag::FailureRecord& failure) const {
        const bool locked = failure.refusal == name(rag::Refusal::Encrypted) ||
                            failure.refusal == name(rag::Refusal::WrongPassword);
        return m_options.retry || (m_options.retryLocked && locked);
    }

    static bool sameStamp(const ScannedFile& file, uint64_t bytes, int64_t stamp) {
        return stamp != 0 && stamp == file.stamp.time && bytes == file.stamp.bytes;
    }

    const std::string& m_collection;
    const std::vector<std::string>& m_scopes;
    const PlanOptions& m_options;
    Plan& m_plan;
    std::unordered_map<std::string, Known<rag::DocumentRecord>> m_documents;
    std::unordered_map<std::string, Known<rag::FailureRecord>> m_failures;
};

/// The parts of a collection's roots that lie in the scopes.
std::vector<std::string> rootsWithin(const std::vector<std::string>& roots,
                                     const std::vector<std::string>& scopes) {
    if (scopes.empty()) return roots;
    std::vector<std::string> parts;
    for (const std::string& scope : scopes) {
        if (withinAny(scope, roots)) parts.push_back(scope);
        for (const std::string& root : roots)
            if (root != scope && isWithin(root, scope)) parts.push_back(root);
    }
    return parts;
}

}  // namespace

Result<Plan> makePlan(Library& library, const PlanOptions& options) {
    Plan plan;
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections, library.store().collections());
    ALCOVE_TRY(const std::vector<rag::FailureRecord> failures, library.store().failures());
    for (const rag::CollectionRecord& collection : collections) {
        // What was filed otherwise than from files is not ours to remove.
        if (collection.roots.empty() && collection.excluded.empty()) continue;
        ScanOptions scanning;
        scanning.excluded = collection.excluded;
        scanning.excluded.push_back(nameOf(library.folder()));
        scanning.entering = options.entering;
        scanning.stop = options.stop;
        rag::Filter filter;
        filter.collections = {collection.name};
        ALCOVE_TRY(std::vector<rag::DocumentRecord> documents, library.documents(filter));
        // Where links lead out of the roots, a part of them does not tell what is gone.
        const bool leadsOut = std::any_of(documents.begin(), documents.end(),
                                          [&](const rag::DocumentRecord& document) {
                                              return !withinAny(document.path, collection.roots);
                                          });
        const std::vector<std::string> scopes = leadsOut ? kEverything : options.scopes;
        ALCOVE_TRY(Scan found, scan(rootsWithin(collection.roots, scopes), scanning));
        Comparison comparison(collection.name, scopes, options, plan);
        comparison.know(std::move(documents));
        for (const rag::FailureRecord& failure : failures)
            if (failure.collection == collection.name) comparison.know(failure);
        comparison.compare(found);
        plan.unreadable.insert(plan.unreadable.end(), found.unreadable.begin(),
                               found.unreadable.end());
    }
    std::sort(plan.tasks.begin(), plan.tasks.end(), [](const FileTask& a, const FileTask& b) {
        return std::tie(a.collection, a.path) < std::tie(b.collection, b.path);
    });
    return plan;
}

}  // namespace alcove::app
