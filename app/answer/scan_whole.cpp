// Questions about all of something. Tables come first, since they can be computed with; then the
// text of the documents that the question is about, sentence by sentence.
#include <algorithm>
#include <map>
#include <set>

#include "app/answer/answerer.h"
#include "app/answer/passages.h"
#include "rag/answer/listing.h"
#include "rag/answer/table.h"

namespace alcove::app {
namespace {

constexpr size_t kMostTableDocuments = 20;  // whose tables are asked
constexpr size_t kMostTextDocuments = 3;    // whose sentences are listed
constexpr size_t kMostChunks = 20000;       // of one document
constexpr size_t kMostRows = 200000;
constexpr size_t kMostListed = 100;  // sentences written out
constexpr size_t kMostCited = 100;

std::string counted(size_t count, const char* one, const char* several) {
    return concat(count, " ", count == 1 ? one : several);
}

/// The documents a question is about, the best first: those that it names, then by their chunks.
Result<std::vector<rag::DocumentRecord>> documentsFor(rag::ChunkStore& store,
                                                      rag::Embedder* embedder,
                                                      const rag::Question& question,
                                                      const AskOptions& options) {
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> all, store.documents(options.filter));
    rag::Retriever retriever(store, embedder);
    rag::RetrieveOptions retrieving;
    retrieving.filter = options.filter;
    retrieving.stop = options.stop;
    ALCOVE_TRY(const std::vector<rag::RankedChunk> ranked,
               retriever.rank(question.text, retrieving));
    std::map<rag::DocumentId, double> scores;
    for (const rag::RankedChunk& chunk : ranked)
        scores[chunk.document] = std::max(scores[chunk.document], chunk.score);
    std::vector<std::pair<double, const rag::DocumentRecord*>> order;
    for (const rag::DocumentRecord& document : all) {
        double score = scores[document.id];
        const auto words = rag::wordsOf(document.title + "\n" + shownDocument(document));
        for (const rag::Word& word : question.words)
            if (std::any_of(words.begin(), words.end(),
                            [&](const rag::Word& w) { return w.stem == word.stem; }))
                score += 0.5;
        if (score > 0) order.emplace_back(score, &document);
    }
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : a.second->id < b.second->id;
    });
    std::vector<rag::DocumentRecord> documents;
    for (const auto& [score, document] : order) documents.push_back(*document);
    return documents;
}

class Scan {
public:
    Scan(rag::ChunkStore& store, const rag::Question& question, const AskOptions& options)
        : m_store(store), m_question(question), m_options(options) {}

    Result<std::optional<Answer>> tables(const std::vector<rag::DocumentRecord>& documents) {
        struct Best {
            rag::TableAnswer answer;
            rag::WholeTable table;
            rag::DocumentRecord document;
        };
        std::optional<Best> best;
        size_t left = 0;
        for (size_t i = 0; i < std::min(documents.size(), kMostTableDocuments); ++i) {
            if (m_options.stop.stop_requested()) return fail("the question was stopped");
            const rag::DocumentRecord& document = documents[i];
            ALCOVE_TRY(const std::vector<rag::StoredChunk> chunks, read(document));
            for (rag::WholeTable& table : rag::tablesOf(
                     chunks, document.title + "\n" + shownDocument(document), kMostRows, &left)) {
                auto answer = rag::askTable(m_question, table);
                if (answer && (!best || answer->fit > best->answer.fit))
                    best = Best{std::move(*answer), std::move(table), document};
            }
        }
        if (!best) return std::optional<Answer>();
        Answer answer;
        answer.kind = AnswerKind::Scanned;
        answer.confidence = best->answer.fit;
        answer.notes = best->answer.notes;
        if (left > 0)
            answer.notes.push_back(counted(left, "row was", "rows were") + " beyond what is read.");
        for (size_t i = 0; i < std::min(best->answer.rows.size(), kMostCited); ++i) {
            const rag::TableRow& row = best->table.rows[best->answer.rows[i]];
            ALCOVE_CHECK(citeRange(answer, best->document, row.page, row.range));
        }
        if (best->answer.rows.size() > kMostCited)
            answer.notes.push_back(concat("Only the first ", kMostCited, " of ",
                                          best->answer.rows.size(), " rows are cited."));
        finishTable(answer, best->answer);
        answer.lookedAt.documents = 1;
        answer.lookedAt.rows = best->table.rows.size();
        answer.lookedAt.wholeDocuments = left == 0;
        answer.lookedAt.text =
            concat("Looked at all ", counted(best->table.rows.size(), "row", "rows"),
                   " of the table in ", shownDocument(best->document), ".");
        return std::optional<Answer>(std::move(answer));
    }

    Result<std::optional<Answer>> texts(const std::vector<rag::DocumentRecord>& documents) {
        if (m_question.whole != rag::Whole::List && m_question.whole != rag::Whole::Count)
            return std::optional<Answer>();
        // "How many days" asks for a number that stands somewhere; only what counts mentions
        // counts.
        if (m_question.whole == rag::Whole::Count && !countsMentions())
            return std::optional<Answer>();
        const size_t scanned = std::min(documents.size(), kMostTextDocuments);
        std::vector<rag::Source> sources;
        std::vector<const rag::DocumentRecord*> owners;
        std::vector<uint32_t> pages;
        std::vector<rag::TextRange> places;
        for (size_t i = 0; i < scanned; ++i) {
            ALCOVE_TRY(const std::vector<rag::StoredChunk> chunks, read(documents[i]));
            for (const rag::StoredChunk& stored : chunks) {
                rag::Source source;
                source.text = stored.chunk.body;
                source.heading = stored.chunk.heading;
                source.title = documents[i].title + "\n" + shownDocument(documents[i]);
                sources.push_back(std::move(source));
                owners.push_back(&documents[i]);
                pages.push_back(stored.chunk.page);
                places.push_back(stored.chunk.range);
            }
        }
        const std::vector<rag::Listed> listed = rag::listMatches(m_question, sources);
        if (listed.empty() || (m_question.whole == rag::Whole::List && listed.size() < 2))
            return std::optional<Answer>();
        Answer answer;
        answer.kind = AnswerKind::Scanned;
        answer.confidence = 1;
        std::string words;
        for (const rag::Word& word : rag::listedWords(m_question, sources))
            words += (words.empty() ? "" : ", ") + word.text;
        rag::AnswerSentence opening;
        opening.text = concat(counted(listed.size(), "sentence says", "sentences say"),
                              " something with: ", words, ".");
        opening.supported = true;
        answer.sentences.push_back(std::move(opening));
        std::set<const rag::DocumentRecord*> with;
        for (size_t i = 0; i < std::min(listed.size(), kMostListed); ++i) {
            const rag::Listed& one = listed[i];
            const uint64_t begin = places[one.source].begin;
            with.insert(owners[one.source]);
            ALCOVE_CHECK(citeRange(answer, *owners[one.source], pages[one.source],
                                   {begin + one.range.begin, begin + one.range.end}));
            rag::AnswerSentence sentence;
            sentence.text = "- " + rag::readable(sources[one.source], one.range);
            sentence.supported = true;
            sentence.cited = {answer.citations.size()};
            answer.sentences.push_back(std::move(sentence));
        }
        if (listed.size() > kMostListed)
            answer.notes.push_back(
                concat(listed.size() - kMostListed, " more are not written out."));
        answer.notes.push_back("Found by words: what says the same in other words is not in it.");
        answer.text = rag::compose(answer.sentences);
        answer.lookedAt.documents = scanned;
        answer.lookedAt.wholeDocuments = true;
        answer.lookedAt.text = "Looked at every sentence of ";
        for (size_t i = 0; i < scanned; ++i)
            answer.lookedAt.text += (i > 0 ? ", " : "") + shownDocument(documents[i]);
        answer.lookedAt.text += ".";
        return std::optional<Answer>(std::move(answer));
    }

    Result<std::optional<Answer>> library() {
        // "How many documents are there", "list all files": the library itself.
        bool own = false;
        for (const rag::Word& word : m_question.words) {
            own = own || word.stem == rag::stemOf("documents") || word.stem == rag::stemOf("files");
            if (!rag::isMetaWord(word.stem) && word.text != "list" && word.text != "library" &&
                word.text != "count" && word.text != "show")
                return std::optional<Answer>();
        }
        const bool asks =
            m_question.whole == rag::Whole::List || m_question.whole == rag::Whole::Count;
        if (!own || !asks) return std::optional<Answer>();
        ALCOVE_TRY(const std::vector<rag::DocumentRecord> all, m_store.documents(m_options.filter));
        Answer answer;
        answer.kind = AnswerKind::Scanned;
        answer.confidence = 1;
        rag::AnswerSentence sentence;
        sentence.text = counted(all.size(), "document", "documents") +
                        (m_question.whole == rag::Whole::List && !all.empty() ? ":" : ".");
        sentence.supported = true;
        answer.sentences.push_back(sentence);
        for (size_t i = 0; m_question.whole == rag::Whole::List && i < all.size(); ++i) {
            sentence.text = "- " + shownDocument(all[i]);
            answer.sentences.push_back(sentence);
        }
        answer.text = rag::compose(answer.sentences);
        answer.lookedAt.documents = all.size();
        answer.lookedAt.text = "Looked at the list of documents.";
        return std::optional<Answer>(std::move(answer));
    }

private:
    [[nodiscard]] bool countsMentions() const {
        for (const char* word : {"times", "mention", "occur", "sentences", "passages", "often"})
            if (m_question.text.find(word) != std::string::npos) return true;
        return false;
    }

    Result<std::vector<rag::StoredChunk>> read(const rag::DocumentRecord& document) {
        return m_store.documentChunks(document.id, 0, kMostChunks);
    }

    Result<void> citeRange(Answer& answer, const rag::DocumentRecord& document, uint32_t page,
                           rag::TextRange range) {
        Citation citation;
        citation.document = document;
        citation.page = page;
        citation.range = range;
        ALCOVE_TRY(citation.label, m_store.pageLabel(document.id, page));
        ALCOVE_TRY(citation.text, m_store.pageText(document.id, page, range));
        citation.n = answer.citations.size() + 1;
        answer.citations.push_back(std::move(citation));
        return {};
    }

    /// The first line rests on all rows; each row that is written out on itself.
    void finishTable(Answer& answer, const rag::TableAnswer& result) const {
        size_t row = 0;
        for (size_t begin = 0; begin < result.text.size();) {
            const size_t end = std::min(result.text.find('\n', begin), result.text.size());
            rag::AnswerSentence sentence;
            sentence.text = result.text.substr(begin, end - begin);
            sentence.supported = true;
            const bool listed =
                sentence.text.starts_with("- ") && m_question.whole != rag::Whole::Compare;
            if (listed && row < answer.citations.size())
                sentence.cited = {++row};
            else if (result.text.find("\n- ") == std::string::npos)
                for (const Citation& citation : answer.citations)
                    sentence.cited.push_back(citation.n);
            answer.sentences.push_back(std::move(sentence));
            begin = end + 1;
        }
        answer.text = rag::compose(answer.sentences);
    }

    rag::ChunkStore& m_store;
    const rag::Question& m_question;
    const AskOptions& m_options;
};

}  // namespace

Result<std::optional<Answer>> scanWhole(rag::ChunkStore& store, rag::Embedder* embedder,
                                        const rag::Question& question, const AskOptions& options) {
    Scan scan(store, question, options);
    ALCOVE_TRY(std::optional<Answer> answer, scan.library());
    if (answer) return answer;
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> documents,
               documentsFor(store, embedder, question, options));
    ALCOVE_TRY(answer, scan.tables(documents));
    if (answer) return answer;
    return scan.texts(documents);
}

}  // namespace alcove::app
