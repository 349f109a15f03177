#include "ui/markdown/unfinished.h"

#include <algorithm>
#include <string_view>

namespace alcove::ui {

namespace {

using std::string_view;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordly(char c) {
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}

string_view view(const PreparedText& text) {
    return {text.utf8.constData(), size_t(text.utf8.size())};
}

void cutAt(PreparedText& text, size_t size) {
    if (size >= size_t(text.utf8.size())) return;
    text.utf8.truncate(qsizetype(size));
    const quint32 end = text.origin[size];
    text.origin.resize(size);
    text.origin.push_back(end);
    while (!text.formulas.empty() && text.formulas.back().at >= qsizetype(size))
        text.formulas.pop_back();
}

void append(PreparedText& text, string_view what) {
    text.utf8.append(what.data(), qsizetype(what.size()));
    text.origin.insert(text.origin.end(), what.size(), text.origin.back());
}

void removeAt(PreparedText& text, size_t at, size_t count) {
    text.utf8.remove(qsizetype(at), qsizetype(count));
    const auto first = text.origin.begin() + qsizetype(at);
    text.origin.erase(first, first + qsizetype(count));
    for (Formula& formula : text.formulas)
        if (formula.at > qsizetype(at)) formula.at -= qsizetype(count);
}

size_t lineBegin(string_view text, size_t end) {
    const size_t found = end == 0 ? string_view::npos : text.rfind('\n', end - 1);
    return found == string_view::npos ? 0 : found + 1;
}

/// A line behind its quote marks and white space.
string_view bare(string_view line) {
    while (!line.empty() && (isSpace(line.front()) || line.front() == '>')) line.remove_prefix(1);
    return line;
}

/// Nothing but what may begin a block, or underline a heading.
bool mayBecomeBlock(string_view line) {
    line = bare(line);
    while (!line.empty() && isSpace(line.back())) line.remove_suffix(1);
    if (line.empty()) return false;
    const auto only = [line](string_view set) {
        return line.find_first_not_of(set) == string_view::npos;
    };
    if (only("0123456789")) return line.size() < 4;
    if (isDigit(line[0])) return only("0123456789.)") && line.size() < 5;
    // An item whose task box is not whole yet.
    const string_view box = "- [x]";
    if (line.size() > 1 && line.size() < box.size() && (line[0] == '-' || line[0] == '*') &&
        (line.substr(1) == " [" || line.substr(1) == " [ " || line.substr(1) == " [x" ||
         line.substr(1) == " [X")) {
        return true;
    }
    return only("-+*_= ") || only("#") || only("`") || only("~") || only(":-| ");
}

bool isRow(string_view line) {
    line = bare(line);
    return !line.empty() && line[0] == '|';
}
bool isUnderRow(string_view line) {
    line = bare(line);
    return line.find_first_not_of("|:- \t") == string_view::npos &&
           line.find('-') != string_view::npos;
}

/// The first line of a table waits for its second.
void holdTable(PreparedText& text) {
    string_view all = view(text);
    size_t end = all.size();
    if (end > 0 && all[end - 1] == '\n') --end;
    size_t begin = lineBegin(all, end);
    if (!isRow(all.substr(begin, end - begin))) return;
    const auto before = [&all](size_t at) {
        const size_t from = at == 0 ? 0 : lineBegin(all, at - 1);
        return at == 0 ? string_view() : all.substr(from, at - 1 - from);
    };
    const bool complete = end < all.size();
    const string_view previous = before(begin);
    if (!isRow(previous)) {
        cutAt(text, begin);
    } else if (isUnderRow(all.substr(begin, end - begin)) && !complete &&
               !isRow(before(lineBegin(all, begin - 1)))) {
        cutAt(text, lineBegin(all, begin - 1));
    }
}

struct Open {
    char mark;
    size_t length;
    size_t at;
};

/// Follows the marks of one paragraph, roughly as the parser will.
class Paragraph {
public:
    explicit Paragraph(PreparedText& text) : m_text(text) {}
    void close();

private:
    bool passTicks(size_t& at);
    void passMarks(size_t& at);
    void passBracket(size_t at);
    void closeLink();

    PreparedText& m_text;
    std::vector<Open> m_open;
    std::vector<size_t> m_brackets;
    size_t m_linkTarget = 0;  ///< where "](" stands that nothing closes; 0: nowhere
    size_t m_cut = 0;
    std::string m_closers;
};

void Paragraph::close() {
    size_t at = size_t(m_text.lastParagraph);
    m_cut = view(m_text).size();
    while (at < m_cut) {
        const char c = view(m_text)[at];
        if (c == '\\' && at + 1 == m_cut) {
            m_cut = at;
        } else if (c == '\\') {
            at += 2;
        } else if (c == '`') {
            if (!passTicks(at)) break;
        } else if (c == '*' || c == '_' || c == '~') {
            passMarks(at);
        } else {
            if (c == '[' || c == ']' || c == ')') passBracket(at);
            ++at;
        }
    }
    closeLink();
    cutAt(m_text, m_cut);
    // What opens right at the end has nothing to show yet.
    while (!m_open.empty() && m_closers.empty()) {
        const Open& last = m_open.back();
        const string_view rest = view(m_text).substr(last.at);
        if (rest.find_first_not_of("*_~ \t\n") != string_view::npos) break;
        cutAt(m_text, last.at);
        m_open.pop_back();
    }
    if (m_closers.empty()) {
        size_t size = view(m_text).size();
        while (size > size_t(m_text.lastParagraph) && isSpace(view(m_text)[size - 1])) --size;
        if (!m_open.empty()) cutAt(m_text, size);
    }
    append(m_text, m_closers);
    for (auto open = m_open.rbegin(); open != m_open.rend(); ++open)
        append(m_text, std::string(open->length, open->mark));
}

/// False: the code is not closed, and all that follows belongs to it.
bool Paragraph::passTicks(size_t& at) {
    const string_view all = view(m_text);
    size_t length = 0;
    while (at + length < all.size() && all[at + length] == '`') ++length;
    for (size_t next = at + length; next < all.size();) {
        size_t run = 0;
        while (next + run < all.size() && all[next + run] == '`') ++run;
        if (run == length) {
            at = next + run;
            return true;
        }
        next += std::max<size_t>(run, 1);
    }
    if (at + length == all.size()) {
        m_cut = at;
        return false;
    }
    size_t end = all.size();
    while (end > at + length && all[end - 1] == '`') --end;  // a part of its end
    m_cut = end;
    if (end > at + length) m_closers = std::string(length, '`');
    return false;
}

void Paragraph::passMarks(size_t& at) {
    const string_view all = view(m_text);
    const char mark = all[at];
    size_t length = 0;
    while (at + length < all.size() && all[at + length] == mark) ++length;
    const bool atEnd = at + length == all.size();
    const char before = at == 0 ? ' ' : all[at - 1];
    const char after = atEnd ? ' ' : all[at + length];
    const bool within = mark == '_' && isWordly(before) && isWordly(after);
    const bool single = mark == '~' && length != 2;
    size_t left = length;
    if (!isSpace(before) && !within) {
        while (left > 0 && !m_open.empty()) {
            const auto same = std::find_if(m_open.rbegin(), m_open.rend(),
                                           [mark](const Open& open) { return open.mark == mark; });
            if (same == m_open.rend() || (atEnd && left < same->length)) break;
            const size_t used = std::min(left, same->length);
            const auto index = size_t(m_open.rend() - same) - 1;
            left -= used;
            if (used == same->length) {
                m_open.resize(index);
            } else {
                m_open[index].length -= used;
            }
        }
    }
    if (left > 0 && atEnd) {
        m_cut = at + (length - left);  // not decided yet
    } else if (left > 0 && !isSpace(after) && !within && !single) {
        m_open.push_back({mark, left, at + (length - left)});
    }
    at += length;
}

void Paragraph::passBracket(size_t at) {
    const string_view all = view(m_text);
    const char c = all[at];
    if (c == '[') {
        m_brackets.push_back(at);
    } else if (c == ')') {
        m_linkTarget = 0;
    } else if (!m_brackets.empty()) {
        const bool target = at + 1 < all.size() && all[at + 1] == '(';
        if (target && all.find(')', at) == string_view::npos) {
            m_linkTarget = at;
            return;
        }
        m_brackets.pop_back();
    }
}

void Paragraph::closeLink() {
    const string_view all = view(m_text);
    if (m_brackets.empty()) return;
    const size_t begin = m_brackets.back();
    if (m_linkTarget > begin) {  // "[text](http://exa": its text alone
        m_cut = std::min(m_cut, m_linkTarget);
        while (!m_open.empty() && m_open.back().at > m_linkTarget) m_open.pop_back();
        const size_t from = begin > 0 && all[begin - 1] == '!' ? begin - 1 : begin;
        const size_t count = begin + 1 - from;
        m_cut -= count;
        for (Open& open : m_open)
            if (open.at > from) open.at -= count;
        removeAt(m_text, from, count);
    } else if (all.substr(begin + 1).find_first_not_of("0123456789, ") == string_view::npos) {
        m_cut = std::min(m_cut, begin);  // may become a citation
    }
}

}  // namespace

void closeOpenMarkup(PreparedText& text) {
    const string_view all = view(text);
    const size_t begin = lineBegin(all, all.size());
    const string_view line = all.substr(begin);
    if (text.openFence != 0) {
        const string_view inner = bare(line);
        const bool mayClose = !inner.empty() && inner.size() < 3 &&
                              inner.find_first_not_of(text.openFence) == string_view::npos;
        if (mayClose) cutAt(text, begin);
        return;
    }
    if (mayBecomeBlock(line)) {
        // A lone quote mark before it stays, so that the quote does not come and go.
        cutAt(text, begin);
    }
    holdTable(text);
    if (text.lastParagraph < text.utf8.size()) Paragraph(text).close();
}

}  // namespace alcove::ui
