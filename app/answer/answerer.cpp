#include "app/answer/answerer.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "app/answer/passages.h"
#include "app/answer/prompts.h"
#include "rag/answer/sentences.h"

namespace alcove::app {
namespace {

constexpr size_t kCounted = 200;         // chunks with a word; more are as common as that
constexpr size_t kMostWholeChunks = 48;  // of documents that are given whole
constexpr size_t kMarks = 3;             // sentences marked in a passage at most
constexpr double kMarkShare = 0.8;       // of the best sentence's score
constexpr const char* kNothing = "This is not in your documents.";

std::string counted(size_t count, const char* one, const char* several) {
    return concat(count, " ", count == 1 ? one : several);
}

/// What a marked sentence opens, if it only leads to a list: its items.
std::vector<rag::TextRange> withItems(const rag::Source& source, rag::TextRange sentence) {
    std::vector<rag::TextRange> ranges = {sentence};
    if (source.text[sentence.end - 1] != ':') return ranges;
    bool after = false;
    for (const rag::TextRange range : rag::sentencesOf(source)) {
        if (after) {
            const auto text = std::string_view(source.text).substr(range.begin, range.size());
            if (!rag::beginsItem(text)) break;
            ranges.push_back(range);
        }
        after = after || range == sentence;
    }
    return ranges;
}

}  // namespace

std::string_view name(AnswerKind kind) {
    switch (kind) {
        case AnswerKind::Nothing:
            return "nothing";
        case AnswerKind::Quoted:
            return "quoted";
        case AnswerKind::Written:
            return "written";
        case AnswerKind::Scanned:
            return "scanned";
    }
    return "nothing";
}

rag::Rarity Answerer::rarity(const rag::Filter& filter) {
    const double chunks = std::max(1.0, static_cast<double>(m_store.extent({}).chunks));
    return [this, filter, chunks,
            known = std::map<std::string, double>()](const rag::Word& word) mutable {
        const auto found = known.find(word.text);
        if (found != known.end()) return found->second;
        std::string term;  // letters, digits and single blanks
        for (const char c : word.text)
            term += c == '.' || c == ',' || c == '\'' || c == '-' || c == ':' || c == '/' ? ' ' : c;
        const auto hits = m_store.findText({term}, filter, kCounted);
        const double with = hits ? static_cast<double>(hits->size()) : 0.0;
        const double value = std::log(1 + (chunks + 1) / (with + 0.5));
        return known[word.text] = value;
    };
}

Result<void> Answerer::find(const rag::Question& question, const AskOptions& options,
                            Answer& answer) {
    rag::Retriever retriever(m_store, m_embedder, m_reranker);
    rag::RetrieveOptions retrieving;
    retrieving.filter = options.filter;
    retrieving.passages = options.passages;
    retrieving.stop = options.stop;
    ALCOVE_TRY(std::vector<rag::Passage> passages, retriever.passages(question.text, retrieving));
    const std::vector<rag::Source> sources = sourcesOf(passages);
    for (rag::Passage& passage : passages)
        answer.passages.push_back({std::move(passage), false, {}});
    rag::ExtractOptions extracting;
    extracting.sources = sources.size();
    extracting.stop = options.stop;
    ALCOVE_TRY(m_scored, rag::scoreSentences(question, sources, rarity(options.filter), m_embedder,
                                             extracting));
    for (const rag::ScoredSentence& scored : m_scored) {
        if (scored.score < kMarkShare * m_scored.front().score) break;
        auto& marks = answer.passages[scored.source].marks;
        if (marks.size() < kMarks) marks.push_back(scored.range);
    }
    answer.confidence = m_scored.empty() ? 0 : m_scored.front().confidence;
    return {};
}

void Answerer::quote(const std::vector<rag::Source>& sources, Answer& answer) const {
    const rag::ScoredSentence& best = m_scored.front();
    const rag::Source& source = sources[best.source];
    for (const rag::TextRange range : withItems(source, best.range)) {
        auto citation = locateIn(answer.passages[best.source].passage, range);
        if (!citation) continue;
        rag::AnswerSentence sentence;
        sentence.text = rag::readable(source, range);
        sentence.supported = true;
        sentence.cited = {cite(answer.citations, std::move(*citation))};
        sentence.evidence = {range};
        answer.sentences.push_back(std::move(sentence));
    }
    answer.text = rag::compose(answer.sentences);
    answer.kind = AnswerKind::Quoted;
}

/// One look for each thing that is compared: a passage about one need not name the other.
Result<void> Answerer::compare(const rag::Question& question, const AskOptions& options,
                               Answer& answer) {
    std::vector<rag::TextRange> things;
    for (const rag::Word& word : question.facts.names) things.push_back(word.range);
    for (const auto& number : question.facts.numbers) things.push_back(number.range);
    for (const auto& date : question.facts.dates) things.push_back(date.range);
    if (things.size() < 2) return {};
    Answer whole = answer;
    for (const rag::TextRange thing : things) {
        std::string text = question.text;
        std::vector<rag::TextRange> others = things;
        std::sort(
            others.begin(), others.end(),
            [](const rag::TextRange& a, const rag::TextRange& b) { return a.begin > b.begin; });
        for (const rag::TextRange other : others)
            if (other.begin != thing.begin) text.erase(other.begin, other.size());
        rag::Question one = rag::parseQuestion(text);
        std::erase_if(one.words, [](const rag::Word& word) {
            return word.stem == rag::stemOf("compare") || word.stem == rag::stemOf("difference");
        });
        Answer part;
        ALCOVE_CHECK(find(one, options, part));
        if (m_scored.empty() ||
            m_scored.front().confidence < rag::leastConfidence(m_embedder != nullptr))
            return {};
        std::vector<rag::Passage> passages;
        for (const AnswerPassage& passage : part.passages) passages.push_back(passage.passage);
        quote(sourcesOf(passages), part);
        for (rag::AnswerSentence& sentence : part.sentences) {
            for (size_t& n : sentence.cited) n = cite(whole.citations, part.citations[n - 1]);
            const auto same = [&](const auto& s) { return s.text == sentence.text; };
            if (std::none_of(whole.sentences.begin(), whole.sentences.end(), same))
                whole.sentences.push_back(std::move(sentence));
        }
        for (AnswerPassage& passage : part.passages) whole.passages.push_back(std::move(passage));
    }
    whole.text = rag::compose(whole.sentences);
    whole.kind = AnswerKind::Quoted;
    whole.notes.push_back("Each of the things compared was looked for by itself.");
    answer = std::move(whole);
    return {};
}

Result<bool> Answerer::giveWhole(const AskOptions& options, const Answer& answer, Given& given) {
    if (!options.whole) return false;
    // All that may be looked at, or the one document that the best passages are of.
    std::vector<std::vector<rag::DocumentRecord>> choices;
    if (m_store.extent(options.filter).chunks <= kMostWholeChunks) {
        ALCOVE_TRY(choices.emplace_back(), m_store.documents(options.filter));
    }
    const rag::DocumentRecord& best = answer.passages.front().passage.document;
    const auto ofBest = [&](const AnswerPassage& p) { return p.passage.document.id == best.id; };
    const size_t first = std::min<size_t>(3, answer.passages.size());
    if (std::all_of(answer.passages.begin(),
                    answer.passages.begin() + static_cast<std::ptrdiff_t>(first), ofBest))
        choices.push_back({best});
    for (const std::vector<rag::DocumentRecord>& documents : choices) {
        size_t chunks = 0;
        for (const rag::DocumentRecord& document : documents) chunks += document.chunks;
        if (chunks > kMostWholeChunks) continue;
        given.passages.clear();
        for (const rag::DocumentRecord& document : documents) {
            ALCOVE_TRY(const std::vector<rag::Passage> passages, wholeDocument(m_store, document));
            given.passages.insert(given.passages.end(), passages.begin(), passages.end());
        }
        given.prompt.documents = fenced(given.passages);
        given.prompt.keep = true;
        ALCOVE_TRY(const size_t tokens, m_writer->tokens(given.prompt));
        given.whole = tokens <= m_writer->room();
        if (given.whole) return true;
    }
    return false;
}

Result<Answerer::Given> Answerer::choose(const rag::Question& question, const AskOptions& options,
                                         const Answer& answer) {
    Given given;
    given.prompt.system = kAnswerPrompt;
    given.prompt.question = "Question: " + question.text;
    ALCOVE_TRY(const bool whole, giveWhole(options, answer, given));
    if (whole) return given;
    given.passages.clear();
    given.prompt.keep = false;
    for (const AnswerPassage& passage : answer.passages) {
        given.passages.push_back(passage.passage);
        given.prompt.documents = fenced(given.passages);
        ALCOVE_TRY(const size_t tokens, m_writer->tokens(given.prompt));
        if (tokens <= m_writer->room()) continue;
        given.passages.pop_back();
        ++given.leftOut;
    }
    if (given.passages.empty()) {  // not even one: its best sentence
        rag::Passage passage = answer.passages[m_scored.front().source].passage;
        const auto place = locateIn(passage, m_scored.front().range);
        if (place) {
            passage.text = place->text;
            passage.parts = {{place->page, place->label, place->range}};
            given.passages.push_back(std::move(passage));
        }
    }
    given.prompt.documents = fenced(given.passages);
    return given;
}

Result<void> Answerer::write(const rag::Question& question, const AskOptions& options,
                             Answer& answer) {
    ALCOVE_TRY(const Given given, choose(question, options, answer));
    ALCOVE_TRY(const std::string written, m_writer->write(given.prompt, options.stop));
    const std::vector<rag::Source> sources = sourcesOf(given.passages);
    rag::SupportCheck check(sources, m_embedder, options.stop);
    ALCOVE_TRY(rag::CitedAnswer checked,
               rag::checkAnswer(written, check, given.passages.size(), question.text));
    answer.sentences = std::move(checked.sentences);
    for (rag::AnswerSentence& sentence : answer.sentences) {
        std::vector<size_t> cited;
        for (size_t i = 0; i < sentence.cited.size(); ++i) {
            auto citation = locateIn(given.passages[sentence.cited[i] - 1], sentence.evidence[i]);
            if (citation) cited.push_back(cite(answer.citations, std::move(*citation)));
        }
        std::sort(cited.begin(), cited.end());
        cited.erase(std::unique(cited.begin(), cited.end()), cited.end());
        sentence.cited = std::move(cited);
    }
    // What the documents say stands beside what they do not support. A model that found nothing
    // is not contradicted.
    const bool stands =
        std::any_of(answer.sentences.begin(), answer.sentences.end(),
                    [](const auto& s) { return s.supported || rag::saysNothingFound(s.text); });
    if (!stands) {
        answer.notes.emplace_back(
            answer.sentences.empty()
                ? "The model wrote nothing; the answer is quoted from the documents."
                : "Nothing that the model wrote is supported; what follows it is quoted from the "
                  "documents.");
        std::vector<rag::Passage> passages;
        for (const AnswerPassage& passage : answer.passages) passages.push_back(passage.passage);
        quote(sourcesOf(passages), answer);
    }
    answer.text = rag::compose(answer.sentences);
    answer.kind = AnswerKind::Written;
    // Passages as they were given, for whoever wants to know what the model saw.
    for (AnswerPassage& passage : answer.passages)
        passage.given = std::any_of(
            given.passages.begin(), given.passages.end(), [&](const rag::Passage& other) {
                return other.document.id == passage.passage.document.id &&
                       std::find(passage.passage.chunks.begin(), passage.passage.chunks.end(),
                                 other.chunks.front()) != passage.passage.chunks.end();
            });
    answer.lookedAt.leftOut = given.leftOut;
    answer.lookedAt.wholeDocuments = given.whole;
    if (given.leftOut > 0)
        answer.notes.push_back(counted(given.leftOut, "passage", "passages") +
                               " did not fit into the model's context.");
    if (checked.dropped > 0)
        answer.notes.push_back(counted(checked.dropped, "citation", "citations") +
                               " of the model did not hold and " +
                               (checked.dropped == 1 ? "was" : "were") + " taken out.");
    const auto unsupported =
        std::count_if(answer.sentences.begin(), answer.sentences.end(),
                      [](const auto& s) { return !s.supported && s.doubt != rag::Doubt::NoClaim; });
    if (unsupported > 0)
        answer.notes.push_back(
            counted(static_cast<size_t>(unsupported), "sentence is", "sentences are") +
            " not supported by the passages.");
    return {};
}

Result<Answer> Answerer::ask(const std::string& asked, const AskOptions& options) {
    Answer answer;
    answer.asked = asked;
    answer.question = rag::resolveFollowUp(asked, options.turns);
    const rag::Question question = rag::parseQuestion(answer.question);
    if (question.words.empty()) return fail("the question is empty");
    if (question.whole != rag::Whole::No) {
        ALCOVE_TRY(std::optional<Answer> scanned,
                   scanWhole(m_store, m_embedder, question, options));
        if (scanned) {
            scanned->asked = answer.asked;
            scanned->question = answer.question;
            return std::move(*scanned);
        }
    }
    if (question.whole == rag::Whole::Compare) ALCOVE_CHECK(compare(question, options, answer));
    if (answer.kind == AnswerKind::Nothing) {
        ALCOVE_CHECK(find(question, options, answer));
        const bool relevant =
            !m_scored.empty() && answer.confidence >= rag::leastConfidence(m_embedder != nullptr);
        if (!relevant) {
            answer.text = kNothing;
        } else if (m_writer != nullptr) {
            ALCOVE_CHECK(write(question, options, answer));
        } else {
            std::vector<rag::Passage> passages;
            for (const AnswerPassage& passage : answer.passages)
                passages.push_back(passage.passage);
            quote(sourcesOf(passages), answer);
        }
    }
    answer.lookedAt.documents = m_store.extent(options.filter).documents;
    answer.lookedAt.passages = answer.passages.size();
    answer.lookedAt.text =
        concat("Searched ", counted(answer.lookedAt.documents, "document", "documents"),
               "; looked at the best ", counted(answer.passages.size(), "passage", "passages"),
               answer.lookedAt.wholeDocuments ? ", and gave the model whole documents." : ".");
    return answer;
}

}  // namespace alcove::app
