#include "rag/store/document_table.h"

#include <algorithm>
#include <unordered_set>

namespace alcove::rag {
namespace {

constexpr size_t kFewGone = 64;  // rows of removed documents that are worth no tidying

}  // namespace

Result<void> DocumentTable::load(Database& database) {
    const std::scoped_lock lock(m_mutex);
    m_rows.clear();
    m_gone = 0;
    m_extent = {};
    ALCOVE_TRY(Statement select,
               database.prepare("SELECT documents.id, collections.name, kind, modified, "
                                "chunk_count, first_chunk FROM documents JOIN collections ON "
                                "collections.id = documents.collection ORDER BY documents.id"));
    DocumentRecord record;
    for (;;) {
        ALCOVE_TRY(const bool row, select.step());
        if (!row) return {};
        record.id = select.integer(0);
        record.collection = select.text(1);
        record.kind = select.text(2);
        record.modified = select.integer(3);
        // Of a damaged one verify() tells; here it only must do no harm.
        const int64_t chunks = select.integer(4), first = select.integer(5);
        const bool sound =
            chunks >= 0 && chunks <= UINT32_MAX && first >= 0 && first <= INT64_MAX - chunks;
        record.chunks = sound ? static_cast<uint32_t>(chunks) : 0;
        append(record, first);
    }
}

void DocumentTable::add(const DocumentRecord& record, ChunkId firstChunk) {
    const std::scoped_lock lock(m_mutex);
    append(record, firstChunk);
}

void DocumentTable::append(const DocumentRecord& record, ChunkId firstChunk) {
    // One without chunks has no place among them: it stands where the one before ends.
    const ChunkId end = m_rows.empty() ? 0 : m_rows.back().firstChunk + m_rows.back().chunks;
    m_rows.push_back({record.id, record.chunks == 0 ? end : firstChunk, record.modified,
                      record.chunks, nameOf(record.collection), nameOf(record.kind)});
    ++m_extent.documents;
    m_extent.chunks += record.chunks;
}

DocumentTable::Name DocumentTable::nameOf(std::string_view text) {
    // Collections and kinds are few.
    const auto found = std::find(m_names.begin(), m_names.end(), text);
    if (found != m_names.end()) return static_cast<Name>(found - m_names.begin());
    m_names.emplace_back(text);
    return static_cast<Name>(m_names.size() - 1);
}

DocumentTable::Row* DocumentTable::find(DocumentId document) {
    const auto at =
        std::lower_bound(m_rows.begin(), m_rows.end(), document,
                         [](const Row& row, DocumentId id) { return row.document < id; });
    return at == m_rows.end() || at->document != document || at->gone ? nullptr : &*at;
}

void DocumentTable::remove(DocumentId document) {
    const std::scoped_lock lock(m_mutex);
    Row* const row = find(document);
    if (row == nullptr) return;
    row->gone = true;
    --m_extent.documents;
    m_extent.chunks -= row->chunks;
    if (++m_gone <= kFewGone + m_rows.size() / 2) return;
    std::erase_if(m_rows, [](const Row& r) { return r.gone; });
    m_gone = 0;
}

void DocumentTable::restamp(DocumentId document, int64_t modified) {
    const std::scoped_lock lock(m_mutex);
    if (Row* const row = find(document)) row->modified = modified;
}

template <typename Take>
void DocumentTable::eachAllowed(const Filter& filter, const Take& take) const {
    const auto chosen = [this](const std::vector<std::string>& wanted) {
        std::vector<bool> names(m_names.size(), wanted.empty());
        for (size_t i = 0; i < m_names.size(); ++i)
            if (std::find(wanted.begin(), wanted.end(), m_names[i]) != wanted.end())
                names[i] = true;
        return names;
    };
    const std::vector<bool> collections = chosen(filter.collections), kinds = chosen(filter.kinds);
    const std::unordered_set<DocumentId> named(filter.documents.begin(), filter.documents.end());
    for (const Row& row : m_rows) {
        const bool allowed = !row.gone && collections[row.collection] && kinds[row.kind] &&
                             (named.empty() || named.contains(row.document)) &&
                             (!filter.modifiedFrom || row.modified >= *filter.modifiedFrom) &&
                             (!filter.modifiedBefore || row.modified < *filter.modifiedBefore);
        if (allowed) take(row);
    }
}

IdRanges DocumentTable::allowed(const Filter& filter) const {
    const std::scoped_lock lock(m_mutex);
    std::vector<IdRanges::Range> ranges;
    eachAllowed(filter, [&](const Row& row) {
        ranges.push_back({row.firstChunk, row.firstChunk + row.chunks});
    });
    return IdRanges(std::move(ranges));
}

StoreExtent DocumentTable::extent(const Filter& filter) const {
    const std::scoped_lock lock(m_mutex);
    if (filter.empty()) return m_extent;
    StoreExtent extent;
    eachAllowed(filter, [&](const Row& row) {
        ++extent.documents;
        extent.chunks += row.chunks;
    });
    return extent;
}

bool DocumentTable::locate(Found& found) const {
    const std::scoped_lock lock(m_mutex);
    const auto row =
        std::upper_bound(m_rows.begin(), m_rows.end(), found.chunk, [](ChunkId id, const Row& r) {
            return id < r.firstChunk + r.chunks;  // their ends ascend
        });
    if (row == m_rows.end() || row->gone || found.chunk < row->firstChunk) return false;
    found.document = row->document;
    found.ordinal = static_cast<uint32_t>(found.chunk - row->firstChunk);
    return true;
}

}  // namespace alcove::rag
