#include "rag/chunking/pieces.h"

#include <algorithm>

#include "engine/base/unicode.h"

namespace alcove::rag {
namespace {

enum class Cut : uint8_t { Parts, Sentences, Lines, Words, Characters, None };

bool isBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'; }

TextRange trimmed(std::string_view text, TextRange range) {
    while (range.begin < range.end && isBlank(text[range.begin])) ++range.begin;
    while (range.begin < range.end && isBlank(text[range.end - 1])) --range.end;
    return range;
}

bool startsAt(std::string_view text, size_t at, std::string_view word) {
    return text.substr(at, word.size()) == word;
}

/// Ends of sentences: a mark, perhaps closing quotes, then a blank and what can begin a sentence;
/// in scripts without blanks the mark alone. One letter and a point is an initial, not an end.
bool sentenceEndsBefore(std::string_view text, TextRange range, size_t at) {
    if (at >= 3 && at - 3 >= range.begin &&
        (startsAt(text, at - 3, "。") || startsAt(text, at - 3, "！") ||
         startsAt(text, at - 3, "？")))
        return true;
    if (at == range.begin || !isBlank(text[at - 1]) || isBlank(text[at])) return false;
    size_t end = at;
    while (end > range.begin && isBlank(text[end - 1])) --end;
    while (end > range.begin && (text[end - 1] == '"' || text[end - 1] == ')' ||
                                 text[end - 1] == '\'' || text[end - 1] == ']'))
        --end;
    if (end == range.begin) return false;
    const char mark = text[end - 1];
    if (mark != '.' && mark != '!' && mark != '?') return false;
    if (text[at] >= 'a' && text[at] <= 'z') return false;
    return !(mark == '.' && end - range.begin >= 2 &&
             (end - range.begin == 2 || isBlank(text[end - 3])));
}

/// Where code falls apart: before a line that begins at the margin, after an empty line.
bool partBeginsAt(std::string_view text, TextRange range, size_t at, bool code) {
    if (at < range.begin + 2 || text[at - 1] != '\n' || text[at - 2] != '\n') return false;
    return !code || !isBlank(text[at]);
}

bool mayCut(std::string_view text, TextRange range, size_t at, Cut cut, bool code) {
    switch (cut) {
        case Cut::Parts:
            return partBeginsAt(text, range, at, code);
        case Cut::Sentences:
            return sentenceEndsBefore(text, range, at);
        case Cut::Lines:
            return text[at - 1] == '\n';
        case Cut::Words:
            return isBlank(text[at - 1]) && !isBlank(text[at]);
        case Cut::Characters:
            return (static_cast<uint8_t>(text[at]) & 0xC0) != 0x80;
        case Cut::None:
            break;
    }
    return false;
}

Cut finer(Cut cut, bool code) {
    switch (cut) {
        case Cut::Parts:
            return code ? Cut::Lines : Cut::Sentences;
        case Cut::Sentences:
            return Cut::Lines;
        case Cut::Lines:
            return Cut::Words;
        case Cut::Words:
            return Cut::Characters;
        default:
            return Cut::None;
    }
}

class Cutter {
public:
    Cutter(std::string_view text, bool code, const TokenCounter& counter, size_t most)
        : m_text(text), m_code(code), m_counter(&counter), m_most(std::max<size_t>(most, 1)) {}

    void cut(TextRange range, Cut how, std::vector<Piece>& out) const {
        range = trimmed(m_text, range);
        if (range.size() == 0) return;
        const size_t tokens = count(range);
        if (tokens <= m_most || how == Cut::None) {
            out.push_back({range, tokens});
            return;
        }
        if (how == Cut::Characters) {
            halve(range, out);
            return;
        }
        std::vector<Piece> atoms;
        size_t begin = range.begin;
        for (size_t at = range.begin + 1; at <= range.end; ++at) {
            if (at < range.end && !mayCut(m_text, range, at, how, m_code)) continue;
            cutAtom({begin, at}, how, atoms);
            begin = at;
        }
        join(atoms, tokens, out);
    }

private:
    [[nodiscard]] size_t count(TextRange range) const {
        return m_counter->count(m_text.substr(range.begin, range.size()));
    }

    void cutAtom(TextRange range, Cut how, std::vector<Piece>& atoms) const {
        range = trimmed(m_text, range);
        if (range.size() == 0) return;
        const size_t tokens = count(range);
        if (tokens <= m_most)
            atoms.push_back({range, tokens});
        else
            cut(range, finer(how, m_code), atoms);
    }

    /// Neighbours together, as evenly as their sizes allow.
    void join(const std::vector<Piece>& atoms, size_t tokens, std::vector<Piece>& out) const {
        const size_t pieces = (tokens + m_most - 1) / m_most;
        const size_t even = std::max<size_t>(1, tokens / std::max<size_t>(pieces, 1));
        Piece current;
        for (const Piece& atom : atoms) {
            const bool full =
                current.tokens + atom.tokens > m_most || (current.tokens + atom.tokens / 2 > even);
            if (current.tokens > 0 && full) {
                add(current, out);
                current = {};
            }
            if (current.range.size() == 0) current.range = atom.range;
            current.range.end = atom.range.end;
            current.tokens += atom.tokens;
        }
        if (current.range.size() > 0) add(current, out);
    }

    /// What a tokenizer makes of joined pieces can be more than the sum of theirs.
    void add(Piece piece, std::vector<Piece>& out) const {
        piece.tokens = count(piece.range);
        if (piece.tokens > m_most)
            halve(piece.range, out);
        else
            out.push_back(piece);
    }

    void halve(TextRange range, std::vector<Piece>& out) const {
        range = trimmed(m_text, range);
        if (range.size() == 0) return;
        const size_t tokens = count(range);
        size_t middle = range.begin + range.size() / 2;
        while (middle > range.begin && !mayCut(m_text, range, middle, Cut::Characters, m_code))
            --middle;
        if (middle == range.begin)  // one long character first
            while (++middle < range.end &&
                   !mayCut(m_text, range, middle, Cut::Characters, m_code)) {
            }
        if (middle == range.end) middle = range.begin;  // and nothing after it
        if (tokens <= m_most || middle == range.begin) {
            out.push_back({range, tokens});
            return;
        }
        // Between words, where one begins not too far off.
        for (size_t at = middle; at > range.begin + range.size() / 4; --at)
            if (mayCut(m_text, range, at, Cut::Words, m_code)) {
                middle = at;
                break;
            }
        halve({range.begin, middle}, out);
        halve({middle, range.end}, out);
    }

    std::string_view m_text;
    bool m_code;
    const TokenCounter* m_counter;
    size_t m_most;
};

}  // namespace

std::vector<Piece> cutIntoPieces(std::string_view text, TextRange range, bool code,
                                 const TokenCounter& counter, size_t most) {
    std::vector<Piece> pieces;
    Cutter(text, code, counter, most).cut(range, Cut::Parts, pieces);
    return pieces;
}

}  // namespace alcove::rag
