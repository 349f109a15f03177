// A question about a table is taken apart by what the table itself has: names of its columns,
// values of its cells, words of its title; and by words of the question that count, sum, order or
// compare. What explains too little of the question is not a question about this table, and gets no
// answer: a wrong sum is worse than none.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "rag/answer/extract.h"
#include "rag/answer/related.h"
#include "rag/answer/table.h"

namespace alcove::rag {
namespace {

constexpr double kLeastFit = 0.75;    // of the question's words
constexpr size_t kMostValues = 5000;  // different values of a column that are looked for
constexpr size_t kMostListed = 50;    // rows that are written out

enum class Than : uint8_t { Is, More, Less, AtLeast, AtMost };

struct Condition {
    size_t column = 0;
    Than than = Than::Is;
    std::vector<std::string> values;  // for Is: any of them
    double number = 0;
    Date date;
    bool onDate = false, onNumber = false;
};

int64_t dayNumber(const Date& date) {
    return int64_t{date.year} * 400 + int64_t{std::max(date.month, 1)} * 32 + std::max(date.day, 1);
}

class TableQuestion {
public:
    TableQuestion(const Question& question, const WholeTable& table)
        : m_question(question), m_table(table), m_words(wordsOf(question.text)) {
        m_used.resize(m_words.size(), false);
        classify();
    }

    std::optional<TableAnswer> answer() {
        useOperationWords();
        findColumns();
        findValues();
        findComparisons();
        useTitle();
        const double fit = explained();
        if (fit < kLeastFit) return std::nullopt;
        m_answer.fit = fit;
        for (size_t row = 0; row < m_table.rows.size(); ++row)
            if (matches(row)) m_rows.push_back(row);
        m_answer.matching = m_rows.size();
        m_answer.conditions = describeConditions();
        if (!compute()) return std::nullopt;
        return m_answer;
    }

private:
    struct Column {
        bool number = false, date = false;
        std::vector<Word> words;
        double named = 0;  // how well the question names it
        size_t at = 0;     // where: index of a word
        bool filters = false;
    };

    void classify() {
        for (size_t c = 0; c < m_table.columns.size(); ++c) {
            Column column;
            column.words = wordsOf(m_table.columns[c]);
            size_t filled = 0, numbers = 0, dates = 0;
            for (const TableRow& row : m_table.rows) {
                const std::string& cell = row.cells[c];
                if (cell.empty()) continue;
                ++filled;
                if (!factsOf(cell).dates.empty() && cell.size() <= 20)
                    ++dates;
                else if (cellNumber(cell))
                    ++numbers;
            }
            column.number = filled > 0 && numbers * 10 >= filled * 8;
            column.date = filled > 0 && dates * 10 >= filled * 8;
            m_columns.push_back(std::move(column));
        }
    }

    void use(size_t word) { m_used[word] = true; }

    void useOperationWords() {
        constexpr std::array<std::string_view, 70> kWords = {
            "how",       "many",       "much",     "list",       "all",       "every",   "each",
            "total",     "sum",        "average",  "mean",       "highest",   "lowest",  "largest",
            "smallest",  "greatest",   "least",    "most",       "maximum",   "minimum", "count",
            "number",    "altogether", "compare",  "difference", "compared",  "versus",  "cheapest",
            "expensive", "longest",    "shortest", "latest",     "earliest",  "biggest", "row",
            "rows",      "table",      "entry",    "entries",    "line",      "lines",   "record",
            "records",   "show",       "name",     "give",       "find",      "exist",   "column",
            "value",     "values",     "sheet",    "file",       "overall",   "made",    "placed",
            "worth",     "contain",    "contains", "listed",     "enumerate", "shown",   "went",
            "gone",      "go",         "came",     "bought",     "sent",      "live",    "living"};
        for (size_t i = 0; i < m_words.size(); ++i)
            if (std::find(kWords.begin(), kWords.end(), m_words[i].text) != kWords.end()) use(i);
    }

    void findColumns() {
        for (size_t c = 0; c < m_columns.size(); ++c) {
            Column& column = m_columns[c];
            if (column.words.empty()) continue;
            double found = 0;
            std::vector<size_t> places;
            for (const Word& part : column.words) {
                double best = 0;
                size_t place = 0;
                for (size_t i = 0; i < m_words.size(); ++i) {
                    const double match = part.stem == m_words[i].stem ? 1.0
                                         : m_words[i].stop
                                             ? 0.0
                                             : 0.9 * related(part.stem, m_words[i].stem);
                    if (match > best) best = match, place = i;
                }
                found += best;
                if (best >= 0.6) places.push_back(place);
            }
            column.named = found / static_cast<double>(column.words.size());
            if (column.named < 0.5) column.named = 0;
            if (column.named == 0) continue;
            for (const size_t place : places) use(place);
            column.at = places.empty() ? 0 : places.front();
        }
    }

    /// Values that the question has, the longest first, so that "Oak desk" wins over "Oak".
    void findValues() {
        struct Hit {
            size_t column, first, count;
            std::string value;
        };
        std::vector<Hit> hits;
        for (size_t c = 0; c < m_columns.size(); ++c) {
            if (m_columns[c].number || m_columns[c].date) continue;
            std::map<std::string, bool> seen;
            for (const TableRow& row : m_table.rows) {
                const std::string& value = row.cells[c];
                if (value.empty() || value.size() > 80 || seen.size() >= kMostValues ||
                    !seen.emplace(value, true).second)
                    continue;
                const std::vector<Word> words = wordsOf(value);
                const size_t first = findRun(words);
                if (first < m_words.size()) hits.push_back({c, first, words.size(), value});
            }
        }
        std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
            if (a.count != b.count) return a.count > b.count;
            return std::tie(a.column, a.first, a.value) < std::tie(b.column, b.first, b.value);
        });
        std::vector<bool> taken(m_words.size(), false);
        for (const Hit& hit : hits) {
            const auto begin = taken.begin() + static_cast<std::ptrdiff_t>(hit.first);
            const auto end = begin + static_cast<std::ptrdiff_t>(hit.count);
            // The same words may be a value of the same column only: two columns would be a guess.
            const auto same =
                std::find_if(m_conditions.begin(), m_conditions.end(),
                             [&](const Condition& c) { return c.column == hit.column; });
            if (std::find(begin, end, true) != end) continue;
            std::fill(begin, end, true);
            for (size_t i = hit.first; i < hit.first + hit.count; ++i) use(i);
            if (same != m_conditions.end()) {
                same->values.push_back(hit.value);
            } else {
                Condition condition;
                condition.column = hit.column;
                condition.values = {hit.value};
                m_conditions.push_back(std::move(condition));
            }
            m_columns[hit.column].filters = true;
            m_valueAt = std::min(m_valueAt, hit.first);
        }
    }

    /// Where the question has these words one after the other; m_words.size(): nowhere.
    [[nodiscard]] size_t findRun(const std::vector<Word>& words) const {
        const bool telling =
            std::any_of(words.begin(), words.end(), [](const Word& word) { return !word.stop; });
        if (words.empty() || !telling) return m_words.size();
        for (size_t first = 0; first + words.size() <= m_words.size(); ++first) {
            bool all = true;
            for (size_t i = 0; all && i < words.size(); ++i)
                all = words[i].text == m_words[first + i].text ||
                      words[i].stem == m_words[first + i].stem;
            if (all) return first;
        }
        return m_words.size();
    }

    void findComparisons() {
        for (const Facts::Number& number : m_question.facts.numbers) {
            const size_t place = wordAt(number.range.begin);
            const Than than = thanBefore(place);
            const bool year = number.value >= 1900 && number.value <= 2100;
            Condition condition;
            condition.than = than;
            condition.number = number.value;
            const size_t column = columnFor(place, year);
            if (column == m_columns.size()) continue;
            if (m_columns[column].date) {
                condition.onDate = true;
                condition.date = {static_cast<int>(number.value), 0, 0};
            } else {
                condition.onNumber = true;
            }
            addComparison(condition, column, number.range);
        }
        for (const Facts::DateAt& date : m_question.facts.dates) {
            const auto column = std::find_if(m_columns.begin(), m_columns.end(),
                                             [](const Column& c) { return c.date; });
            if (column == m_columns.end()) continue;
            Condition condition;
            condition.onDate = true;
            condition.date = date.date;
            condition.than = thanBefore(wordAt(date.range.begin));
            addComparison(condition, static_cast<size_t>(column - m_columns.begin()), date.range);
        }
    }

    void addComparison(Condition condition, size_t column, TextRange range) {
        condition.column = column;
        m_columns[column].filters = true;
        for (size_t i = 0; i < m_words.size(); ++i)
            if (m_words[i].range.begin >= range.begin && m_words[i].range.end <= range.end) use(i);
        m_conditions.push_back(std::move(condition));
    }

    [[nodiscard]] size_t wordAt(uint64_t begin) const {
        for (size_t i = 0; i < m_words.size(); ++i)
            if (m_words[i].range.begin >= begin) return i;
        return m_words.size();
    }

    Than thanBefore(size_t place) {
        struct Phrase {
            std::string_view first, second;
            Than than;
        };
        constexpr std::array kPhrases = {
            Phrase{"more", "than", Than::More},   Phrase{"greater", "than", Than::More},
            Phrase{"higher", "than", Than::More}, Phrase{"larger", "than", Than::More},
            Phrase{"less", "than", Than::Less},   Phrase{"fewer", "than", Than::Less},
            Phrase{"lower", "than", Than::Less},  Phrase{"smaller", "than", Than::Less},
            Phrase{"at", "least", Than::AtLeast}, Phrase{"at", "most", Than::AtMost},
            Phrase{"", "over", Than::More},       Phrase{"", "above", Than::More},
            Phrase{"", "after", Than::More},      Phrase{"", "exceeding", Than::More},
            Phrase{"", "under", Than::Less},      Phrase{"", "below", Than::Less},
            Phrase{"", "before", Than::Less},     Phrase{"", "since", Than::AtLeast},
            Phrase{"", "until", Than::AtMost}};
        for (const Phrase& phrase : kPhrases) {
            if (place < 1 || m_words[place - 1].text != phrase.second) continue;
            if (phrase.first.empty()) {
                use(place - 1);
                return phrase.than;
            }
            if (place < 2 || m_words[place - 2].text != phrase.first) continue;
            use(place - 1);
            use(place - 2);
            return phrase.than;
        }
        return Than::Is;
    }

    /// The column that a number of the question is held against: the one named nearest before it.
    [[nodiscard]] size_t columnFor(size_t place, bool year) const {
        size_t best = m_columns.size();
        for (size_t c = 0; c < m_columns.size(); ++c) {
            if (year && m_columns[c].date) return c;
            if (!m_columns[c].number || m_columns[c].named == 0) continue;
            const auto distance = [&](size_t column) {
                const size_t at = m_columns[column].at;
                return at < place ? place - at : 2 * (at - place) + 1;
            };
            if (best == m_columns.size() || distance(c) < distance(best)) best = c;
        }
        if (best < m_columns.size()) return best;
        const auto number = [](const Column& c) { return c.number; };
        if (std::count_if(m_columns.begin(), m_columns.end(), number) != 1) return best;
        return static_cast<size_t>(std::find_if(m_columns.begin(), m_columns.end(), number) -
                                   m_columns.begin());
    }

    void useTitle() {
        const std::vector<Word> title = wordsOf(m_table.title);
        for (size_t i = 0; i < m_words.size(); ++i)
            for (const Word& word : title)
                if (!m_used[i] && !m_words[i].stop && word.stem == m_words[i].stem) {
                    use(i);
                    m_titled = true;
                }
    }

    [[nodiscard]] double explained() const {
        size_t all = 0, used = 0;
        bool own = m_titled || !m_conditions.empty();
        for (size_t i = 0; i < m_words.size(); ++i) {
            if (m_words[i].stop) continue;
            ++all;
            used += m_used[i] ? 1 : 0;
        }
        for (const Column& column : m_columns) own = own || column.named >= 0.9;
        if (all == 0 || !own) return 0;
        return static_cast<double>(used) / static_cast<double>(all);
    }

    [[nodiscard]] bool holds(const Condition& condition, const std::string& cell) const {
        const auto compare = [&](auto a, auto b, bool equal) {
            switch (condition.than) {
                case Than::Is:
                    return equal;
                case Than::More:
                    return a > b;
                case Than::Less:
                    return a < b;
                case Than::AtLeast:
                    return a >= b;
                case Than::AtMost:
                    return a <= b || equal;
            }
            return false;
        };
        if (condition.onDate) {
            const Facts facts = factsOf(cell);
            if (facts.dates.empty()) return false;
            const Date& date = facts.dates.front().date;
            const bool equal = covers(date, condition.date);
            if (equal && condition.than == Than::More) return false;  // after March: not in it
            return compare(dayNumber(date), dayNumber(condition.date), equal);
        }
        if (condition.onNumber) {
            const auto value = cellNumber(cell);
            return value && compare(*value, condition.number, sameNumber(*value, condition.number));
        }
        return std::find(condition.values.begin(), condition.values.end(), cell) !=
               condition.values.end();
    }

    [[nodiscard]] bool matches(size_t row) const {
        return std::all_of(m_conditions.begin(), m_conditions.end(), [&](const Condition& c) {
            return holds(c, m_table.rows[row].cells[c.column]);
        });
    }

    [[nodiscard]] std::string describeConditions() const {
        std::string text;
        for (const Condition& condition : m_conditions) {
            if (!text.empty()) text += " and ";
            text += m_table.columns[condition.column];
            constexpr std::array<const char*, 5> kSigns = {" is ", " > ", " < ", " ≥ ", " ≤ "};
            text += kSigns[static_cast<size_t>(condition.than)];
            if (condition.onDate) {
                const Date& date = condition.date;
                char day[48];
                if (date.day > 0)
                    std::snprintf(day, sizeof day, "%04d-%02d-%02d", date.year, date.month,
                                  date.day);
                else if (date.month > 0)
                    std::snprintf(day, sizeof day, "%04d-%02d", date.year, date.month);
                else
                    std::snprintf(day, sizeof day, "%d", date.year);
                text += day;
            } else if (condition.onNumber) {
                text += shown(condition.number);
            } else {
                for (size_t i = 0; i < condition.values.size(); ++i)
                    text += (i > 0 ? " or " : "") + condition.values[i];
            }
        }
        return text;
    }

    /// The numeric column that is summed or ordered by: named best, not only as a condition.
    [[nodiscard]] size_t target(bool dates) const {
        size_t best = m_columns.size();
        double score = 0;
        const std::string_view text = m_question.text;
        for (size_t c = 0; c < m_columns.size(); ++c) {
            if (!m_columns[c].number && !(dates && m_columns[c].date)) continue;
            double named = m_columns[c].named;
            // "total" asks for a sum before it names a column.
            const bool onlyTotal =
                m_columns[c].words.size() == 1 &&
                (m_columns[c].words[0].text == "total" || m_columns[c].words[0].text == "sum");
            if (onlyTotal) named *= 0.9;
            if (named > score) score = named, best = c;
        }
        if (best < m_columns.size()) return best;
        const auto fits = [&](const Column& c) { return c.number; };
        if (std::count_if(m_columns.begin(), m_columns.end(), fits) == 1)
            best = static_cast<size_t>(std::find_if(m_columns.begin(), m_columns.end(), fits) -
                                       m_columns.begin());
        const bool time = text.find("latest") != std::string_view::npos ||
                          text.find("earliest") != std::string_view::npos;
        for (size_t c = 0; dates && time && c < m_columns.size(); ++c)
            if (m_columns[c].date) return c;
        return best;
    }

    [[nodiscard]] std::string where() const {
        return m_answer.conditions.empty() ? "" : " where " + m_answer.conditions;
    }

    [[nodiscard]] std::string rowText(size_t row) const {
        std::string text;
        for (size_t c = 0; c < m_table.columns.size(); ++c) {
            if (m_table.rows[row].cells[c].empty()) continue;
            if (!text.empty()) text += "; ";
            text += m_table.columns[c] + ": " + m_table.rows[row].cells[c];
        }
        return text;
    }

    struct Values {
        double sum = 0;
        std::vector<size_t> rows;
        size_t left = 0;
    };
    [[nodiscard]] Values valuesOf(size_t column, const std::vector<size_t>& rows) const {
        Values values;
        for (const size_t row : rows) {
            const auto value = cellNumber(m_table.rows[row].cells[column]);
            if (!value) {
                ++values.left;
                continue;
            }
            values.sum += *value;
            values.rows.push_back(row);
        }
        return values;
    }

    void noteLeft(size_t column, size_t left) {
        if (left > 0)
            m_answer.notes.push_back(concat(left, left == 1 ? " cell" : " cells", " of ",
                                            m_table.columns[column],
                                            left == 1 ? " is no number and was left out"
                                                      : " are no numbers and were left out"));
    }

    bool compute() {
        const size_t rows = m_table.rows.size();
        switch (m_question.whole) {
            case Whole::Count:
                return count(rows);
            case Whole::List:
                return list(rows);
            case Whole::Sum:
            case Whole::Average:
                return total();
            case Whole::Greatest:
            case Whole::Least:
                return extreme();
            case Whole::Compare:
                return compareValues();
            case Whole::No:
                break;
        }
        return false;
    }

    bool count(size_t all) {
        // "How many people live in Oslo" asks what stands in the column, where there is one.
        if (const size_t column = countedColumn(); column < m_columns.size()) {
            const Values values = valuesOf(column, m_rows);
            if (values.rows.empty()) return false;
            const std::string& name = m_table.columns[column];
            m_answer.text =
                values.rows.size() == 1
                    ? concat(m_table.rows[values.rows[0]].cells[column], ": ", name, where(), ".")
                    : concat(shown(values.sum), ": the sum of ", name, " over ", values.rows.size(),
                             rowsWord(values.rows.size()), where(), ".");
            m_answer.rows = values.rows;
            noteLeft(column, values.left);
            return true;
        }
        // "How many chairs" counts pieces where there is a column for them.
        constexpr std::array<std::string_view, 5> kPieces = {"quantity", "pieces", "units", "pcs",
                                                             "qty"};
        const bool thing =
            m_valueAt < m_words.size() && m_valueAt >= 2 && m_words[m_valueAt - 1].text == "many";
        for (size_t c = 0; c < m_columns.size(); ++c)
            if (m_columns[c].number && thing &&
                std::any_of(m_columns[c].words.begin(), m_columns[c].words.end(),
                            [&](const Word& word) {
                                return std::find(kPieces.begin(), kPieces.end(), word.text) !=
                                       kPieces.end();
                            })) {
                const Values values = valuesOf(c, m_rows);
                m_answer.text =
                    concat(shown(values.sum), ": the sum of ", m_table.columns[c], " over ",
                           values.rows.size(), rowsWord(values.rows.size()), where(), ".");
                m_answer.rows = values.rows;
                noteLeft(c, values.left);
                return true;
            }
        m_answer.text = concat(m_rows.size(), " of ", all, rowsWord(all),
                               m_answer.conditions.empty() ? " in all" : where(), ".");
        if (m_answer.conditions.empty())
            m_answer.text = concat("The table has ", all, rowsWord(all), ".");
        m_answer.rows = m_rows;
        return true;
    }

    /// The column of numbers that stands right behind "how many", in the same words: "Employees"
    /// counts them, "Employee" and what comes first name one of them. m_columns.size(): none.
    [[nodiscard]] size_t countedColumn() const {
        for (size_t c = 1; c < m_columns.size(); ++c) {
            const Column& column = m_columns[c];
            const size_t at = column.at, count = column.words.size();
            if (!column.number || column.filters || column.named < 0.9 || at < 2 ||
                at + count > m_words.size())
                continue;
            const bool same =
                std::equal(column.words.begin(), column.words.end(),
                           m_words.begin() + static_cast<std::ptrdiff_t>(at),
                           [](const Word& a, const Word& b) { return a.text == b.text; });
            if (same && m_words[at - 1].text == "many" && m_words[at - 2].text == "how") return c;
        }
        return m_columns.size();
    }

    static std::string rowsWord(size_t count) { return count == 1 ? " row" : " rows"; }

    bool list(size_t all) {
        if (m_rows.empty()) {
            m_answer.text = concat("None of the ", all, rowsWord(all), " matches", where(), ".");
            return true;
        }
        m_answer.text = concat(m_rows.size(), " of ", all, rowsWord(all), where(), ":");
        for (size_t i = 0; i < std::min(m_rows.size(), kMostListed); ++i) {
            m_answer.text += "\n- " + rowText(m_rows[i]);
            m_answer.rows.push_back(m_rows[i]);
        }
        if (m_rows.size() > kMostListed)
            m_answer.notes.push_back(
                concat(m_rows.size() - kMostListed, " more rows match and are not written out"));
        return true;
    }

    bool total() {
        const size_t column = target(false);
        if (column == m_columns.size()) return false;
        const Values values = valuesOf(column, m_rows);
        if (values.rows.empty()) {
            m_answer.text =
                concat("No row has a number in ", m_table.columns[column], where(), ".");
            return !m_conditions.empty();
        }
        const bool average = m_question.whole == Whole::Average;
        const double value =
            average ? values.sum / static_cast<double>(values.rows.size()) : values.sum;
        m_answer.text = concat(average ? "The average of " : "The sum of ", m_table.columns[column],
                               " is ", shown(value), ", over ", values.rows.size(),
                               rowsWord(values.rows.size()), where(), ".");
        m_answer.rows = values.rows;
        noteLeft(column, values.left);
        return true;
    }

    bool extreme() {
        const size_t column = target(true);
        if (column == m_columns.size() || m_rows.empty()) return false;
        const bool greatest = m_question.whole == Whole::Greatest;
        std::optional<double> best;
        std::vector<size_t> at;
        size_t left = 0;
        for (const size_t row : m_rows) {
            const std::string& cell = m_table.rows[row].cells[column];
            std::optional<double> value = cellNumber(cell);
            if (m_columns[column].date) {
                const Facts facts = factsOf(cell);
                value =
                    facts.dates.empty()
                        ? std::nullopt
                        : std::optional(static_cast<double>(dayNumber(facts.dates.front().date)));
            }
            if (!value) {
                ++left;
                continue;
            }
            if (best && sameNumber(*best, *value)) {
                at.push_back(row);
            } else if (!best || (greatest ? *value > *best : *value < *best)) {
                best = value;
                at = {row};
            }
        }
        if (at.empty()) return false;
        m_answer.text = concat("The ", greatest ? "greatest " : "least ", m_table.columns[column],
                               " is ", m_table.rows[at.front()].cells[column], where(), ":");
        for (const size_t row : at) m_answer.text += "\n- " + rowText(row);
        m_answer.rows = at;
        noteLeft(column, left);
        return true;
    }

    bool compareValues() {
        const auto several = std::find_if(m_conditions.begin(), m_conditions.end(),
                                          [](const Condition& c) { return c.values.size() > 1; });
        if (several == m_conditions.end()) return false;
        const size_t column = target(false);
        for (const std::string& value : several->values) {
            std::vector<size_t> rows;
            for (const size_t row : m_rows)
                if (m_table.rows[row].cells[several->column] == value) rows.push_back(row);
            m_answer.text +=
                concat(m_answer.text.empty() ? "" : "\n", "- ", m_table.columns[several->column],
                       " ", value, ": ", rows.size(), rowsWord(rows.size()));
            if (column < m_columns.size() && m_columns[column].named > 0) {
                const Values values = valuesOf(column, rows);
                if (values.rows.size() == 1)
                    m_answer.text += concat(", ", m_table.columns[column], " ", shown(values.sum));
                else
                    m_answer.text +=
                        concat(", sum of ", m_table.columns[column], " ", shown(values.sum));
                noteLeft(column, values.left);
            }
            m_answer.rows.insert(m_answer.rows.end(), rows.begin(), rows.end());
        }
        return true;
    }

    const Question& m_question;
    const WholeTable& m_table;
    std::vector<Word> m_words;  // of the question
    std::vector<bool> m_used;   // beside m_words: the table explains it
    std::vector<Column> m_columns;
    std::vector<Condition> m_conditions;
    size_t m_valueAt = SIZE_MAX;  // the first word of a value
    bool m_titled = false;
    std::vector<size_t> m_rows;  // that match
    TableAnswer m_answer;
};

}  // namespace

std::optional<TableAnswer> askTable(const Question& question, const WholeTable& table) {
    if (question.whole == Whole::No || table.rows.empty()) return std::nullopt;
    return TableQuestion(question, table).answer();
}

}  // namespace alcove::rag
