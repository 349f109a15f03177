// Whether a library is as it should be. Texts are looked at page by page, so that a page is read
// once and memory holds one.
#include <cmath>
#include <cstring>

#include "rag/store/sqlite_store.h"

namespace alcove::rag {
namespace {

constexpr size_t kMostOfAKind = 20;  // sentences; the rest is counted

/// Findings of one kind: the first ones are told, the others counted.
class Findings {
public:
    Findings(std::vector<std::string>& all, std::string kind)
        : m_all(all), m_kind(std::move(kind)) {}
    ~Findings() {
        if (m_count > kMostOfAKind)
            m_all.push_back(concat("… and ", m_count - kMostOfAKind, " more ", m_kind));
    }
    Findings(const Findings&) = delete;
    Findings& operator=(const Findings&) = delete;

    template <typename... Parts>
    void add(const Parts&... parts) {
        if (++m_count <= kMostOfAKind) m_all.push_back(concat(parts...));
    }

private:
    std::vector<std::string>& m_all;
    std::string m_kind;
    size_t m_count = 0;
};

std::string_view textOf(std::span<const std::byte> blob) {
    return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

Result<void> verifyPage(Database& database, int64_t document, std::string_view path, int64_t number,
                        std::string_view text, Findings& findings) {
    ALCOVE_TRY(const auto select,
               database.statement("SELECT ordinal, first_byte, end_byte, CAST(body AS BLOB) FROM "
                                  "chunks WHERE document = ?1 AND page = ?2"));
    select->bind(1, document).bind(2, number);
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return {};
        const int64_t begin = select->integer(1), end = select->integer(2);
        const bool inside = 0 <= begin && begin <= end && static_cast<uint64_t>(end) <= text.size();
        if (!inside || text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)) !=
                           textOf(select->blob(3)))
            findings.add(path, ": chunk ", select->integer(0), " is not what stands on page ",
                         number + 1, ", bytes ", begin, " to ", end);
    }
}

Result<void> verifyTexts(Database& database, std::vector<std::string>& all) {
    Findings findings(all, "chunks that are not what stands on their page");
    ALCOVE_TRY(Statement documents, database.prepare("SELECT id, path FROM documents"));
    ALCOVE_TRY(Statement pages,
               database.prepare("SELECT number, text FROM pages WHERE document = ?1"));
    for (;;) {
        ALCOVE_TRY(const bool document, documents.step());
        if (!document) break;
        const int64_t id = documents.integer(0);
        pages.bind(1, id);
        for (;;) {
            ALCOVE_TRY(const bool page, pages.step());
            if (!page) break;
            ALCOVE_CHECK(verifyPage(database, id, documents.text(1), pages.integer(0),
                                    textOf(pages.blob(1)), findings));
        }
    }
    ALCOVE_TRY(Statement lost,
               database.prepare("SELECT path, ordinal FROM chunks JOIN documents ON documents.id = "
                                "chunks.document WHERE NOT EXISTS (SELECT 1 FROM pages WHERE "
                                "pages.document = chunks.document AND pages.number = "
                                "chunks.page)"));
    for (;;) {
        ALCOVE_TRY(const bool row, lost.step());
        if (!row) return {};
        findings.add(lost.text(0), ": chunk ", lost.integer(1), " is of a page that is not there");
    }
}

Result<void> verifyVectors(Database& database, std::vector<std::string>& all) {
    Findings findings(all, "vectors that cannot be used");
    ALCOVE_TRY(Statement select, database.prepare("SELECT chunk, dimension, vector FROM vectors "
                                                  "JOIN embedders ON embedders.id = embedder"));
    std::vector<float> values;
    for (;;) {
        ALCOVE_TRY(const bool row, select.step());
        if (!row) return {};
        const auto blob = select.blob(2);
        if (blob.size() != static_cast<size_t>(select.integer(1)) * sizeof(float)) {
            findings.add("the vector of chunk ", select.integer(0), " has ", blob.size(),
                         " bytes instead of ", select.integer(1) * 4);
            continue;
        }
        values.resize(blob.size() / sizeof(float));
        std::memcpy(values.data(), blob.data(), blob.size());
        bool finite = true;
        for (const float value : values) finite = finite && std::isfinite(value);
        if (!finite)
            findings.add("the vector of chunk ", select.integer(0),
                         " has values that are not numbers");
    }
}

}  // namespace

Result<std::vector<std::string>> SqliteStore::verify() {
    if (m_readOnly)  // FTS5 checks itself by writing
        return fail(m_folder.string(),
                    ": a library is verified where it can be written; copy it "
                    "there");
    const std::scoped_lock lock(m_writer.mutex);
    Database& database = m_writer.database;
    std::vector<std::string> findings;
    {
        ALCOVE_TRY(Statement check, database.prepare("PRAGMA integrity_check(20)"));
        for (;;) {
            ALCOVE_TRY(const bool row, check.step());
            if (!row) break;
            if (check.text(0) != "ok")
                findings.push_back("database: " + std::string(check.text(0)));
        }
    }
    // Rank 1: against the chunks' texts too.
    if (const auto text = database.execute(
            "INSERT INTO chunk_text (chunk_text, rank) VALUES ('integrity-check', 1)");
        !text)
        findings.push_back("full text: it does not fit the chunks (" + text.message() +
                           "); rebuild the library");
    ALCOVE_CHECK(verifyTexts(database, findings));
    ALCOVE_CHECK(verifyVectors(database, findings));
    ALCOVE_TRY(
        const int64_t scattered,
        database.number("SELECT count(*) FROM documents WHERE chunk_count <> (SELECT count(*) FROM "
                        "chunks WHERE document = documents.id AND chunks.id BETWEEN first_chunk "
                        "AND first_chunk + chunk_count - 1)"));
    if (scattered > 0)
        findings.push_back(concat(scattered, " documents do not have their chunks in a row"));
    ALCOVE_CHECK(m_indexes.verify(database, findings));
    return findings;
}

}  // namespace alcove::rag
