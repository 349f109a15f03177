#include "app/desk/describe.h"

#include <chrono>
#include <cstdio>
#include <map>

#include "rag/reader_client/reader_client.h"

namespace alcove::app {
namespace {

Json rangeOf(const rag::TextRange& range) { return {range.begin, range.end}; }

std::string_view nameOfStage(FileStage stage) {
    switch (stage) {
        case FileStage::Waiting:
            return "waiting";
        case FileStage::Reading:
            return "reading";
        case FileStage::Embedding:
            return "embedding";
        case FileStage::Done:
            return "done";
        case FileStage::Failed:
            return "failed";
        case FileStage::Removed:
            break;
    }
    return "removed";
}

/// Null where the document cannot say it any more: its file is gone, locked or another.
Json boxesOf(const Citation& citation) {
    if (Library::sourceState(citation.document) != SourceState::Unchanged) return nullptr;
    const auto lines =
        rag::locate(Library::fileOf(citation.document), citation.page, citation.range);
    if (!lines) return nullptr;
    Json boxes = Json::array();
    for (const rag::LineBox& line : *lines)
        boxes.push_back({line.box.x, line.box.y, line.box.width, line.box.height});
    return boxes;
}

Json describeCitation(const Citation& citation, bool boxes) {
    Json json = {{"n", citation.n},
                 {"document", citation.document.path},
                 {"title", citation.document.title},
                 {"page", citation.page + 1},
                 {"page_index", citation.page},
                 {"label", citation.label},
                 {"range", rangeOf(citation.range)},
                 {"text", citation.text}};
    if (boxes && citation.document.kind == "pdf") json["boxes"] = boxesOf(citation);
    return json;
}

Json describePassage(const AnswerPassage& entry) {
    const rag::Passage& passage = entry.passage;
    Json json = {{"document", passage.document.path},
                 {"title", passage.document.title},
                 {"heading", passage.heading},
                 {"parts", Json::array()},
                 {"text", passage.text},
                 {"score", passage.score}};
    for (const rag::Passage::Part& part : passage.parts)
        json["parts"].push_back(
            {{"page", part.page + 1}, {"label", part.label}, {"range", rangeOf(part.range)}});
    if (passage.bm25) json["bm25"] = *passage.bm25;
    if (passage.cosine) json["cosine"] = *passage.cosine;
    if (passage.relevance) json["relevance"] = *passage.relevance;
    json["given"] = entry.given;
    json["marks"] = Json::array();
    for (const rag::TextRange& mark : entry.marks) json["marks"].push_back(rangeOf(mark));
    return json;
}

std::string sentenceOf(const rag::Warning& warning) {
    return warning.page == rag::kNone ? warning.message
                                      : concat("page ", warning.page + 1, ": ", warning.message);
}

/// Passages without a vector of their collection's embedder.
Result<uint64_t> countLacking(Library& library,
                              const std::vector<rag::CollectionRecord>& collections,
                              const std::vector<rag::DocumentRecord>& documents) {
    std::map<rag::DocumentId, const std::string*> collectionOf;
    for (const rag::DocumentRecord& document : documents)
        collectionOf[document.id] = &document.collection;
    uint64_t count = 0;
    for (const rag::CollectionRecord& collection : collections) {
        if (collection.embedder.empty()) continue;
        ALCOVE_TRY(const std::vector<rag::LackingDocument> lacking,
                   library.store().lackingVectors({collection.embedder, 0}));
        for (const rag::LackingDocument& one : lacking) {
            const auto found = collectionOf.find(one.document);
            if (found != collectionOf.end() && *found->second == collection.name)
                count += one.chunks;
        }
    }
    return count;
}

}  // namespace

Json describe(const rag::Passage& passage, size_t number) {
    const rag::DocumentRecord& document = passage.document;
    Json json = {{"n", number}, {"score", passage.score}};
    if (passage.bm25) json["bm25"] = *passage.bm25;
    if (passage.cosine) json["cosine"] = *passage.cosine;
    if (passage.relevance) json["relevance"] = *passage.relevance;
    json["document"] = document.id;
    json["collection"] = document.collection;
    json["path"] = document.path;
    json["title"] = document.title;
    json["type"] = document.kind;
    json["modified"] = formatDate(document.modified);
    json["heading"] = passage.heading;
    json["parts"] = Json::array();
    for (const rag::Passage::Part& part : passage.parts)
        json["parts"].push_back({{"page", part.page + 1},
                                 {"label", part.label},
                                 {"begin", part.range.begin},
                                 {"end", part.range.end}});
    json["text"] = passage.text;
    return json;
}

Json describe(const Answer& answer, bool boxes) {
    Json json = {{"question", answer.asked},  {"understood", answer.question},
                 {"kind", name(answer.kind)}, {"found", answer.kind != AnswerKind::Nothing},
                 {"answer", answer.text},     {"confidence", answer.confidence}};
    json["sentences"] = Json::array();
    for (const rag::AnswerSentence& sentence : answer.sentences) {
        Json entry = {{"text", sentence.text},
                      {"range", rangeOf(sentence.range)},
                      {"supported", sentence.supported},
                      {"citations", sentence.cited}};
        if (!sentence.supported) entry["doubt"] = name(sentence.doubt);
        json["sentences"].push_back(std::move(entry));
    }
    json["citations"] = Json::array();
    for (const Citation& citation : answer.citations)
        json["citations"].push_back(describeCitation(citation, boxes));
    json["passages"] = Json::array();
    for (const AnswerPassage& entry : answer.passages)
        json["passages"].push_back(describePassage(entry));
    json["looked_at"] = {
        {"text", answer.lookedAt.text},         {"documents", answer.lookedAt.documents},
        {"passages", answer.lookedAt.passages}, {"rows", answer.lookedAt.rows},
        {"left_out", answer.lookedAt.leftOut},  {"whole", answer.lookedAt.wholeDocuments}};
    json["notes"] = answer.notes;
    return json;
}

Json describe(const FileProgress& progress) {
    Json json = {{"event", "file"},
                 {"state", nameOfStage(progress.stage)},
                 {"collection", progress.collection},
                 {"path", progress.path}};
    if (progress.stage == FileStage::Reading) json["pages"] = progress.done;
    if (progress.stage == FileStage::Embedding) {
        json["done"] = progress.done;
        json["total"] = progress.total;
    }
    if (progress.stage == FileStage::Done) {
        json["pages"] = progress.pages;
        json["passages"] = progress.chunks;
        json["warnings"] = progress.warnings;
    }
    if (progress.stage == FileStage::Failed) json["reason"] = progress.reason;
    return json;
}

Json describe(const IndexSummary& summary) {
    return {{"event", "summary"},
            {"read", summary.read},
            {"unchanged", summary.unchanged},
            {"removed", summary.removed},
            {"failed", summary.failed},
            {"failed_before", summary.refused},
            {"embedded", summary.embedded},
            {"left", summary.left},
            {"stopped", summary.stopped}};
}

Json describeNote(const std::string& sentence) { return {{"event", "note"}, {"text", sentence}}; }

Result<Json> describe(Library& library) {
    ALCOVE_TRY(const rag::StoreStatus store, library.store().status());
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections, library.store().collections());
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> documents, library.documents());
    ALCOVE_TRY(const std::vector<rag::FailureRecord> failures, library.store().failures());
    ALCOVE_TRY(const std::vector<rag::DocumentWarning> told, library.store().warnings());
    ALCOVE_TRY(const uint64_t lacking, countLacking(library, collections, documents));
    std::map<rag::DocumentId, Json> warnings;
    for (const rag::DocumentWarning& warning : told)
        warnings.try_emplace(warning.document, Json::array())
            .first->second.push_back(sentenceOf(warning.warning));
    Json json = {{"documents", store.documents},
                 {"passages", store.chunks},
                 {"vectors", store.vectors},
                 {"without_vectors", lacking},
                 {"bytes", store.bytes}};
    json["collections"] = Json::array();
    for (const rag::CollectionRecord& collection : collections)
        json["collections"].push_back({{"name", collection.name},
                                       {"embedder", collection.embedder},
                                       {"model", collection.model},
                                       {"paths", collection.roots},
                                       {"excluded", collection.excluded}});
    json["files"] = Json::array();
    for (const rag::DocumentRecord& document : documents) {
        const auto found = warnings.find(document.id);
        json["files"].push_back(
            {{"state", "done"},
             {"id", document.id},
             {"collection", document.collection},
             {"path", document.path},
             {"title", document.title},
             {"type", document.kind},
             {"modified", formatDate(document.modified)},
             {"bytes", document.bytes},
             {"passages", document.chunks},
             {"warnings", found == warnings.end() ? Json::array() : found->second}});
    }
    for (const rag::FailureRecord& failure : failures)
        json["files"].push_back({{"state", "failed"},
                                 {"collection", failure.collection},
                                 {"path", failure.path},
                                 {"bytes", failure.bytes},
                                 {"refusal", failure.refusal},
                                 {"reason", failure.message}});
    return json;
}

Result<int64_t> parseDate(const std::string& word) {
    int year = 0;
    unsigned month = 0, day = 0;
    char after = 0;
    const int read = std::sscanf(word.c_str(), "%4d-%2u-%2u%c", &year, &month, &day, &after);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (read != 3 || year < 1 || !date.ok())
        return fail("'", word, "' is not a day like 2024-12-31");
    return std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count();
}

std::string formatDate(int64_t seconds) {
    const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

}  // namespace alcove::app
