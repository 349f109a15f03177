// A sentence is scored by the share of the question's words that it has, each weighted by how rare
// it is in the library, by its meaning (cosine of its vector and the question's), by whether it has
// what is asked for (a date, a number, a name), and a little by its passage's rank. Words may stand
// in the sentence itself, or for less in the headings above it, or in the sentence before, which it
// may go on from.
//
// Whether it answers at all is another question than which is best: names, numbers and dates of the
// question that are nowhere at hand speak against it more than anything speaks for it.
#include "rag/answer/extract.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>
#include <tuple>

#include "rag/answer/related.h"
#include "rag/answer/sentences.h"

namespace alcove::rag {
namespace {

// What a word is worth by where it stands.
constexpr double kInHeading = 0.9;
constexpr double kInNeighbour = 0.6;
constexpr double kReferredTo = 0.9;  // in the sentence that "it" points to
constexpr double kMetaWeight = 0.25;

constexpr double kCoverageShare = 0.55;
constexpr double kCosineShare = 0.40;
constexpr double kRankShare = 0.10;
constexpr double kFits = 0.16;
constexpr double kDated = 0.12;          // a date, where one is asked for and a span would do
constexpr double kHeadingPenalty = 0.6;  // a heading is no answer while there is a sentence

struct Prepared {
    ScoredSentence scored;
    std::vector<Word> words;
    Facts facts;
};

constexpr double kAsNoun = 0.6;  // "the end of a quarter", where something ends

double bestMatch(const Word& wanted, const std::vector<Word>& words, bool verb = false) {
    double best = 0;
    const Word* before = nullptr;
    for (const Word& word : words) {
        const bool noun = verb && before != nullptr &&
                          (before->text == "the" || before->text == "a" || before->text == "an" ||
                           before->text == "of" || before->text == "this");
        before = &word;
        if (noun) {
            best = std::max(best, kAsNoun * related(wanted.stem, word.stem));
            continue;
        }
        best = std::max(best, wanted.text == word.text ? 1.0 : related(wanted.stem, word.stem));
        if (best == 1) break;
    }
    return best;
}

/// The sentence goes on about what the one before it named.
bool refersBack(const std::vector<Word>& words) {
    constexpr std::array<std::string_view, 10> kPronouns = {
        "it", "they", "he", "she", "this", "these", "its", "their", "that", "both"};
    return !words.empty() &&
           std::find(kPronouns.begin(), kPronouns.end(), words.front().text) != kPronouns.end();
}

class Scorer {
public:
    Scorer(const Question& question, const Rarity& rarity) : m_question(question) {
        double total = 0;
        for (const Word& word : question.words) {
            double weight = rarity ? rarity(word) : 1.0;
            if (isMetaWord(word.stem)) weight *= kMetaWeight;
            m_weights.push_back(weight);
            total += weight;
        }
        for (double& weight : m_weights) weight = total > 0 ? weight / total : 0;
    }

    void score(Prepared& sentence, const std::vector<Word>& heading,
               const std::vector<Word>& before, const std::vector<Word>& after) const {
        double coverage = 0, attribute = 0;
        bool named = false;
        const double inBefore = refersBack(sentence.words) ? kReferredTo : kInNeighbour;
        for (size_t i = 0; i < m_weights.size(); ++i) {
            const Word& wanted = m_question.words[i];
            double match = bestMatch(wanted, sentence.words, i == m_question.verb);
            if (match < kInHeading)
                match = std::max(match, kInHeading * bestMatch(wanted, heading));
            if (match < inBefore) match = std::max(match, inBefore * bestMatch(wanted, before));
            if (match < kInNeighbour)
                match = std::max(match, 0.8 * kInNeighbour * bestMatch(wanted, after));
            if (isName(wanted))
                named = true;
            else
                attribute = std::max(attribute, match);
            coverage += m_weights[i] * match;
        }
        sentence.scored.coverage = coverage;
        sentence.scored.opposes =
            std::any_of(m_question.words.begin(), m_question.words.end(), [&](const Word& wanted) {
                return bestMatch(wanted, sentence.words) < kInNeighbour &&
                       std::any_of(
                           sentence.words.begin(), sentence.words.end(),
                           [&](const Word& word) { return opposite(word.stem, wanted.stem); });
            });
        // A sentence about the person is not yet about the age that is asked for.
        sentence.scored.attribute = !named || attribute > 0.3 || !hasAttribute();
    }

    [[nodiscard]] bool isName(const Word& wanted) const {
        return std::any_of(m_question.facts.names.begin(), m_question.facts.names.end(),
                           [&](const Word& name) { return name.range == wanted.range; });
    }
    [[nodiscard]] bool hasAttribute() const {
        return std::any_of(m_question.words.begin(), m_question.words.end(),
                           [&](const Word& word) { return !isName(word); });
    }

    /// Whether what the question takes as given is said near the sentence.
    [[nodiscard]] bool entities(const std::vector<const Prepared*>& near,
                                const std::vector<Word>& heading, const Facts& headingFacts) const {
        const auto anyWord = [&](const Word& wanted) {
            const auto same = [&](const Word& word) {
                return word.text == wanted.text || word.stem == wanted.stem;
            };
            if (std::any_of(heading.begin(), heading.end(), same)) return true;
            return std::any_of(near.begin(), near.end(), [&](const Prepared* sentence) {
                return std::any_of(sentence->words.begin(), sentence->words.end(), same);
            });
        };
        for (const Word& name : m_question.facts.names)
            if (!anyWord(name)) return false;
        const auto inFacts = [&](const auto& test) {
            if (test(headingFacts)) return true;
            return std::any_of(near.begin(), near.end(),
                               [&](const Prepared* s) { return test(s->facts); });
        };
        for (const Facts::DateAt& asked : m_question.facts.dates)
            if (!inFacts([&](const Facts& facts) {
                    return std::any_of(facts.dates.begin(), facts.dates.end(),
                                       [&](const auto& d) { return covers(d.date, asked.date); });
                }))
                return false;
        for (const Facts::Number& asked : m_question.facts.numbers) {
            const bool year = asked.value >= 1000 && asked.value <= 2999 &&
                              asked.value == std::floor(asked.value);
            if (!inFacts([&](const Facts& facts) {
                    const bool number = std::any_of(
                        facts.numbers.begin(), facts.numbers.end(),
                        [&](const auto& n) { return sameNumber(n.value, asked.value); });
                    return number ||
                           (year &&
                            std::any_of(facts.dates.begin(), facts.dates.end(), [&](const auto& d) {
                                return d.date.year == static_cast<int>(asked.value);
                            }));
                }))
                return false;
        }
        return true;
    }

private:
    const Question& m_question;
    std::vector<double> m_weights;  // sum 1
};

double confidenceOf(const ScoredSentence& s) {
    // Weights chosen on the questions "tune" of tests/data/ask; see its README.md.
    double value = s.cosine ? 0.62 * s.coverage + 0.55 * std::max(0.0, *s.cosine) : s.coverage;
    if (!s.fitsType || s.opposes) value -= 0.22;
    if (!s.entities || !s.attribute) value = std::min(value - 0.1, 0.34);
    return std::clamp(value, 0.0, 1.0);
}

Result<void> addMeaning(const Question& question, const std::vector<Source>& sources,
                        std::vector<Prepared>& sentences, Embedder* embedder,
                        const ExtractOptions& options) {
    if (embedder == nullptr || sentences.empty()) return {};
    std::vector<size_t> order(sentences.size());
    std::iota(order.begin(), order.end(), size_t{0});
    const size_t count = std::min(options.embedded, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count),
                      order.end(), [&](size_t a, size_t b) {
                          const double x = sentences[a].scored.coverage +
                                           0.2 * sources[sentences[a].scored.source].score;
                          const double y = sentences[b].scored.coverage +
                                           0.2 * sources[sentences[b].scored.source].score;
                          return x != y ? x > y : a < b;
                      });
    order.resize(count);
    std::vector<std::string> texts;
    for (const size_t i : order) {
        const ScoredSentence& s = sentences[i].scored;
        texts.push_back(readable(sources[s.source], s.range));
    }
    ALCOVE_TRY(const std::vector<float> asked,
               embedder->embedQuestion(question.text, options.stop));
    ALCOVE_TRY(const std::vector<float> rows, embedder->embedPassages(texts, options.stop));
    const size_t width = embedder->dimension();
    for (size_t i = 0; i < count; ++i)
        sentences[order[i]].scored.cosine =
            cosine(asked, std::span(rows).subspan(i * width, width));
    return {};
}

}  // namespace

bool isHeadingLine(const Source& source, TextRange sentence) {
    const std::string_view text =
        std::string_view(source.text).substr(sentence.begin, sentence.size());
    if (text.empty() || text.find('\t') != std::string_view::npos) return false;
    const char last = text.back();
    if (last == '?') return true;
    if (last == '.' || last == '!' || last == ';' || last == ')' || last == ']') return false;
    const std::vector<Word> words = wordsOf(text);
    const Facts facts = factsOf(text, words);
    if (beginsItem(text)) {  // "5. Deposit" names a section, "- two books" is an item
        const bool counted = std::isalnum(static_cast<uint8_t>(text.front())) != 0;
        return counted && words.size() <= 8 && facts.numbers.size() <= 1;
    }
    if (text.find(": ") != std::string_view::npos) return false;  // "Rent: 900"
    return words.size() <= 14 && facts.numbers.empty() && facts.dates.empty();
}

std::vector<TextRange> sentencesOf(const Source& source) {
    std::vector<TextRange> all;
    size_t begin = 0;
    std::vector<size_t> cuts = source.cuts;
    cuts.push_back(source.text.size());
    for (const size_t cut : cuts) {
        const size_t end = std::min(cut, source.text.size());
        if (end <= begin) continue;
        for (const TextRange range :
             splitSentences(std::string_view(source.text).substr(begin, end - begin)))
            all.push_back({range.begin + begin, range.end + begin});
        begin = end;
    }
    return all;
}

double cosine(std::span<const float> a, std::span<const float> b) {
    double product = 0, ownA = 0, ownB = 0;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        product += double{a[i]} * double{b[i]};
        ownA += double{a[i]} * double{a[i]};
        ownB += double{b[i]} * double{b[i]};
    }
    return ownA > 0 && ownB > 0 ? product / std::sqrt(ownA * ownB) : 0;
}

std::vector<std::string> cellsOf(std::string_view row) {
    std::vector<std::string> cells;
    for (size_t begin = 0; begin <= row.size();) {
        const size_t end = std::min(row.find('\t', begin), row.size());
        std::string_view cell = row.substr(begin, end - begin);
        while (!cell.empty() && (cell.front() == ' ' || cell.front() == '\n'))
            cell.remove_prefix(1);
        while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\n')) cell.remove_suffix(1);
        cells.emplace_back(cell);
        begin = end + 1;
    }
    return cells;
}

std::vector<std::string> columnsOf(const Source& source, TextRange range) {
    const std::string_view row = std::string_view(source.text).substr(range.begin, range.size());
    const size_t wanted = cellsOf(row).size();
    if (wanted < 2) return {};
    // The header stands in the passage, or in the heading as its last part.
    const size_t tab = source.text.find('\t');
    if (tab != std::string::npos && tab < range.begin) {
        const size_t begin = source.text.rfind('\n', tab);
        const size_t from = begin == std::string::npos ? 0 : begin + 1;
        const size_t end = std::min(source.text.find('\n', tab), source.text.size());
        std::vector<std::string> header =
            cellsOf(std::string_view(source.text).substr(from, end - from));
        const bool named = std::none_of(header.begin(), header.end(), [](const std::string& cell) {
            return cell.empty() || (cell[0] >= '0' && cell[0] <= '9');
        });
        if (named && header.size() == wanted && end < range.end) return header;
    }
    constexpr std::string_view kBetweenHeadings = " › ", kBetweenColumns = " | ";
    const size_t last = source.heading.rfind(kBetweenHeadings);
    std::string_view names = source.heading;
    if (last != std::string::npos) names.remove_prefix(last + kBetweenHeadings.size());
    std::vector<std::string> header;
    for (size_t begin = 0; begin <= names.size();) {
        const size_t end = std::min(names.find(kBetweenColumns, begin), names.size());
        header.emplace_back(names.substr(begin, end - begin));
        begin = end + kBetweenColumns.size();
    }
    return header.size() == wanted ? header : std::vector<std::string>();
}

std::string readable(const Source& source, TextRange range) {
    std::string text = source.text.substr(range.begin, range.size());
    if (text.find('\t') != std::string::npos) {
        const std::vector<std::string> names = columnsOf(source, range), cells = cellsOf(text);
        std::string line;
        for (size_t i = 0; i < cells.size(); ++i) {
            if (cells[i].empty()) continue;
            if (!line.empty()) line += "; ";
            if (i < names.size() && !names[i].empty()) line += names[i] + ": ";
            line += cells[i];
        }
        return line;
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    for (const std::string_view mark : {"- ", "* ", "• ", "– ", "‣ ", "◦ ", "▪ "})
        if (text.starts_with(mark)) return text.substr(mark.size());
    return text;
}

double leastConfidence(bool withEmbedder) { return withEmbedder ? 0.61 : 0.60; }

Result<std::vector<ScoredSentence>> scoreSentences(const Question& question,
                                                   const std::vector<Source>& sources,
                                                   const Rarity& rarity, Embedder* embedder,
                                                   const ExtractOptions& options) {
    const Scorer scorer(question, rarity);
    std::vector<Prepared> all;
    for (size_t at = 0; at < std::min(options.sources, sources.size()); ++at) {
        const Source& source = sources[at];
        const std::string above = source.title + "\n" + source.heading;
        const std::vector<Word> heading = wordsOf(above);
        const Facts headingFacts = factsOf(above, heading);
        std::vector<Prepared> own;
        for (const TextRange range : sentencesOf(source)) {
            Prepared sentence;
            sentence.scored.source = at;
            sentence.scored.range = range;
            const std::string text = readable(source, range);
            sentence.words = wordsOf(text);
            sentence.facts = factsOf(text, sentence.words);
            if (!sentence.words.empty()) own.push_back(std::move(sentence));
        }
        static const std::vector<Word> kNothing;
        std::vector<Word> over = heading;  // with the line that heads this part of the text
        for (size_t i = 0; i < own.size(); ++i) {
            Prepared& sentence = own[i];
            const std::string_view text =
                std::string_view(source.text)
                    .substr(sentence.scored.range.begin, sentence.scored.range.size());
            // Rows of a table do not go on from each other.
            const bool row = text.find('\t') != std::string_view::npos;
            if (isHeadingLine(source, sentence.scored.range)) {
                over = heading;
                over.insert(over.end(), sentence.words.begin(), sentence.words.end());
            }
            scorer.score(sentence, over, !row && i > 0 ? own[i - 1].words : kNothing,
                         !row && i + 1 < own.size() ? own[i + 1].words : kNothing);
            sentence.scored.fitsType = fits(question, text, sentence.words, sentence.facts);
            std::vector<const Prepared*> near = {&sentence};
            if (!row && i > 0) near.push_back(&own[i - 1]);
            if (!row && i > 1) near.push_back(&own[i - 2]);
            if (!row && i + 1 < own.size()) near.push_back(&own[i + 1]);
            sentence.scored.entities = scorer.entities(near, over, headingFacts);
        }
        for (Prepared& sentence : own) all.push_back(std::move(sentence));
    }
    ALCOVE_CHECK(addMeaning(question, sources, all, embedder, options));
    std::vector<ScoredSentence> scored;
    for (Prepared& sentence : all) {
        ScoredSentence& s = sentence.scored;
        s.confidence = embedder != nullptr && !s.cosine ? 0 : confidenceOf(s);
        s.score = kCoverageShare * s.coverage + kCosineShare * s.cosine.value_or(0) +
                  kRankShare * sources[s.source].score;
        if (question.asks != Asks::Fact) s.score += s.fitsType ? kFits : -kFits;
        if (question.asks == Asks::Time && !sentence.facts.dates.empty()) s.score += kDated;
        if (!s.entities || s.opposes) s.score -= kFits;
        if (isHeadingLine(sources[s.source], s.range)) s.score -= kHeadingPenalty;
        scored.push_back(s);
    }
    std::sort(scored.begin(), scored.end(), [](const ScoredSentence& a, const ScoredSentence& b) {
        if (a.score != b.score) return a.score > b.score;
        return std::tie(a.source, a.range.begin) < std::tie(b.source, b.range.begin);
    });
    return scored;
}

}  // namespace alcove::rag
