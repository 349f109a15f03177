// A schema that refers to others and combines them, as the flat schemas one of which must hold.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/grammar/schema_keywords.h"

namespace alcove::engine::grammar {

class Flattener {
public:
    /// References are looked up in `root`.
    explicit Flattener(const Schema& root) : m_root(root) {}

    /// A value obeys the schema if and only if it obeys one of these (with oneOf: exactly one,
    /// which is proven or refused).
    [[nodiscard]] Result<std::vector<Schema>> flatten(const Schema& schema, const std::string& path,
                                                      int depth = 0) const;

    /// What "#/$defs/name" refers to.
    [[nodiscard]] Result<const Schema*> resolve(const Schema& reference,
                                                const std::string& path) const;

private:
    using Branches = std::vector<std::vector<Schema>>;
    [[nodiscard]] Result<std::vector<Schema>> combined(const std::vector<Schema>& a,
                                                       const std::vector<Schema>& b,
                                                       const std::string& path) const;
    [[nodiscard]] Result<void> addBranches(const Schema& schema, const char* keyword,
                                           const std::string& path, int depth,
                                           std::vector<Schema>& all) const;
    [[nodiscard]] Result<void> checkApart(const Branches& branches, const std::string& path,
                                          int depth) const;
    [[nodiscard]] Result<bool> excludes(const Schema& a, const Schema& b, int depth) const;
    [[nodiscard]] Result<bool> excludesByMember(const Schema& a, const Schema& b, int depth) const;

    const Schema& m_root;
    mutable uint64_t m_work = 0, m_workInAll = 0;  // schemas looked at, for one flatten() and all
};

}  // namespace alcove::engine::grammar
