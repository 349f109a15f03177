// ask: {"question", "turns": [{"question", "answer"}], "model", "embedder", "reranker", "limit",
// "temperature", "passages", "parts", "boxes", "filter"} gives an answer with citations. Without
// "model" the documents' own sentences are the answer; "embedder" "none" finds by words alone.
#include <algorithm>
#include <set>

#include "app/answer/answerer.h"
#include "app/answer/passages.h"
#include "app/desk/describe.h"
#include "app/desk/desk.h"
#include "app/desk/filter.h"
#include "rag/refusal.h"

namespace alcove::app {
namespace {

/// What may make the answer another one: files that were not read, or that have changed.
Result<void> noteWhatIsMissing(Library& library, Answer& answer) {
    if (answer.kind != AnswerKind::Quoted) {
        ALCOVE_TRY(const std::vector<rag::FailureRecord> failures, library.store().failures());
        const auto unread =
            std::count_if(failures.begin(), failures.end(), [](const rag::FailureRecord& failure) {
                return failure.refusal != name(rag::Refusal::Unsupported);
            });
        if (unread > 0)
            answer.notes.push_back(concat(unread,
                                          unread == 1 ? " file of the library was" : " files were",
                                          " not read: `library status` says which, and why."));
    }
    std::set<std::string> told;
    for (const Citation& citation : answer.citations) {
        const SourceState state = Library::sourceState(citation.document);
        if (state == SourceState::Unchanged || !told.insert(citation.document.path).second)
            continue;
        answer.notes.push_back(
            concat(shownDocument(citation.document.path),
                   state == SourceState::Missing ? " is not there any more" : " has changed",
                   " since it was read: what is cited is what stood in it then."));
    }
    return {};
}

}  // namespace

Result<Json> Desk::ask(const DeskCall& call) {
    constexpr const char* kNoEmbedder = "none";
    Fields fields(call.request);
    const std::string question = fields.requiredText("question");
    AskOptions asking;
    if (fields.has("turns"))
        for (const Json& turn : fields.objects("turns")) {
            Fields own(turn);
            asking.turns.push_back({own.text("question"), own.text("answer")});
            if (own.error()) fields.refuse("turns", own.error()->message);
        }
    asking.passages = static_cast<size_t>(fields.integer("passages", 8, 1, 100));
    asking.whole = !fields.flag("parts");
    asking.stop = call.stop;
    WriterChoice writing;
    writing.model = fields.text("model");
    writing.answerTokens = fields.integer("limit", 320, 16, 1 << 16);
    writing.temperature = static_cast<float>(fields.number("temperature", 0, 0, 10));
    const bool boxes = fields.flag("boxes");
    const std::string embedder = fields.text("embedder");
    const std::string ordering = fields.text("reranker");
    LibraryWish wish;
    wish.needsModel = embedder != kNoEmbedder;
    if (wish.needsModel) wish.model = embedder;
    const FilterWords filter = readFilter(fields);
    ALCOVE_CHECK(checked(fields));

    ALCOVE_TRY(const OpenLibraries::Use use, open(call, wish));
    Library& library = use.library();
    std::unique_ptr<Writer> writer;
    if (!writing.model.empty()) {
        writing.keepIn = library.prefillFolder();
        ALCOVE_TRY(writer, m_models.writer(writing));
    }
    std::unique_ptr<rag::Reranker> reranker;
    if (!ordering.empty()) {
        ALCOVE_TRY(reranker, m_models.reranker(ordering));
    }
    ALCOVE_TRY(asking.filter, filterOf(filter, library));
    Answerer answerer(library.store(), wish.needsModel ? library.embedder() : nullptr, writer.get(),
                      reranker.get());
    ALCOVE_TRY(Answer answer, answerer.ask(question, asking));
    ALCOVE_CHECK(noteWhatIsMissing(library, answer));
    Json json = describe(answer, boxes);
    if (writer) json["model"] = writer->name();
    return json;
}

}  // namespace alcove::app
