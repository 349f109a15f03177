#include "ui/markdown/prepared_text.h"

#include <QStringList>
#include <algorithm>
#include <array>

#include "ui/markdown/line_shape.h"
#include "ui/markdown/segments.h"

namespace alcove::ui {

namespace {

// What no writer needs, and what md4c would take long for.
constexpr int kDeepestContainer = 40;
constexpr int kDeepestBracket = 32;
constexpr qsizetype kLongestInline = 2'000;
constexpr qsizetype kLongestDisplay = 20'000;
/// md4c walks the lines of a paragraph for each bracket in it.
constexpr qsizetype kBracketSteps = 500'000;

bool isWhite(QChar c) { return c == u' ' || c == u'\t' || c == u'\n' || c == u'\r'; }
bool isWordly(QChar c) { return c.unicode() < 128 && c.isLetterOrNumber(); }
bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }

/// "$5 and 6$" is money, "$5x + 1$" is not.
bool looksLikePrice(QStringView tex) {
    if (!isDigit(tex[0]) || !std::any_of(tex.begin(), tex.end(), isWhite)) return false;
    return std::none_of(tex.begin(), tex.end(),
                        [](QChar c) { return QStringView(u"\\^_={}+*/<>").contains(c); });
}

/// "\[1, 2\]" is an escaped bracket, not a formula.
bool looksLikeCitation(QStringView tex) {
    return std::all_of(tex.begin(), tex.end(),
                       [](QChar c) { return isDigit(c) || c == u',' || isWhite(c); });
}

class Preparation {
public:
    Preparation(QStringView source, bool unfinished) : m_source(source), m_unfinished(unfinished) {}
    PreparedText run();

private:
    void emitChar();
    void emitTo(qsizetype end);
    void insert(char c);
    void passFenceLine(QStringView line, qsizetype end, const Prefix& prefix);
    void findEnds();
    void readParagraph();
    void beginLine();
    bool passCode();
    bool passFormula();
    bool passDisplay(QStringView closer);
    bool passInline();
    bool passDollar();
    void passBracket();
    qsizetype find(QStringView closer, qsizetype from, qsizetype limit) const;
    void addFormula(qsizetype begin, qsizetype end, bool display, bool closed);
    QString texOf(qsizetype begin, qsizetype end) const;
    bool startsHere(QStringView what) const { return m_source.mid(m_at).startsWith(what); }

    QStringView m_source;
    bool m_unfinished;
    PreparedText m_out;
    qsizetype m_at = 0;
    // The paragraph at hand: displayed formulas may reach to m_hardEnd, all else to m_softEnd.
    qsizetype m_hardEnd = 0;
    qsizetype m_softEnd = 0;
    bool m_tableRow = false;
    int m_quotes = 0;
    int m_brackets = 0;
    qsizetype m_lines = 0;
    qsizetype m_bracketSteps = 0;
    // From where on it is known that nothing closes: what keeps the search linear.
    qsizetype m_noDollar = 0, m_noDollars = 0, m_noRound = 0, m_noSquare = 0;
    std::array<qsizetype, 33> m_noTicks{};
    Fence m_fence;
    int m_fenceQuotes = 0;
    int m_fenceIndent = 0;
};

void Preparation::emitChar() {
    const QChar c = m_source[m_at];
    char32_t code = c.unicode();
    qsizetype units = 1;
    if (c == u'\r') {
        code = U'\n';
        if (m_at + 1 < m_source.size() && m_source[m_at + 1] == u'\n') units = 2;
    } else if (c.isHighSurrogate() && m_at + 1 < m_source.size() &&
               m_source[m_at + 1].isLowSurrogate()) {
        code = QChar::surrogateToUcs4(c, m_source[m_at + 1]);
        units = 2;
    } else if (c.isSurrogate() || code == 0 || code == kFormulaMark) {
        code = 0xFFFD;
    }
    std::array<char, 4> bytes{};
    int size = 0;
    if (code < 0x80) {
        bytes[size++] = char(code);
    } else if (code < 0x800) {
        bytes[size++] = char(0xC0 | code >> 6);
        bytes[size++] = char(0x80 | (code & 63));
    } else {
        if (code < 0x10000) {
            bytes[size++] = char(0xE0 | code >> 12);
        } else {
            bytes[size++] = char(0xF0 | code >> 18);
            bytes[size++] = char(0x80 | (code >> 12 & 63));
        }
        bytes[size++] = char(0x80 | (code >> 6 & 63));
        bytes[size++] = char(0x80 | (code & 63));
    }
    m_out.utf8.append(bytes.data(), size);
    m_out.origin.insert(m_out.origin.end(), size_t(size), quint32(m_at));
    m_at += units;
}

void Preparation::emitTo(qsizetype end) {
    while (m_at < end) emitChar();
}

void Preparation::insert(char c) {
    m_out.utf8.append(c);
    m_out.origin.push_back(quint32(m_at));
}

PreparedText Preparation::run() {
    m_out.utf8.reserve(m_source.size() + m_source.size() / 8);
    m_out.origin.reserve(size_t(m_source.size() + m_source.size() / 8 + 1));
    SegmentScanner scanner;
    qsizetype scanned = 0;
    while (m_at < m_source.size()) {
        const qsizetype end = lineEnd(m_source, m_at);
        const QStringView line = m_source.mid(m_at, end - m_at);
        while (scanned <= m_at && scanned < m_source.size()) {
            const qsizetype stop = lineEnd(m_source, scanned);
            const bool whole = stop < m_source.size();
            if (whole && scanner.nextLine(m_source.mid(scanned, stop - scanned)) &&
                scanned == m_at) {
                m_fence = {};
            }
            scanned = afterLineEnd(m_source, stop);
        }
        const Prefix prefix = containerPrefix(line, kDeepestContainer);
        if (!m_fence.mark.isNull() || !fenceOf(line.mid(prefix.size)).mark.isNull()) {
            passFenceLine(line, end, prefix);
            m_lines = m_bracketSteps = 0;
            m_out.lastParagraph = m_out.utf8.size();
        } else if (isBlank(line)) {
            emitTo(afterLineEnd(m_source, end));
            m_lines = m_bracketSteps = 0;
            m_out.lastParagraph = m_out.utf8.size();
        } else {
            if (listMarker(line).interrupts) m_lines = m_bracketSteps = 0;
            m_out.lastParagraph = m_out.utf8.size();
            readParagraph();
        }
    }
    m_out.openFence = m_fence.mark.toLatin1();
    m_out.origin.push_back(quint32(m_source.size()));
    return std::move(m_out);
}

void Preparation::passFenceLine(QStringView line, qsizetype end, const Prefix& prefix) {
    if (m_fence.mark.isNull()) {
        m_fence = fenceOf(line.mid(prefix.size));
        m_fenceQuotes = prefix.quotes;
        m_fenceIndent = prefix.item ? indentOf(line) + 2 : 0;
        emitTo(afterLineEnd(m_source, end));
        return;
    }
    // The containers that the fence stands in may end, and it with them.
    const bool left = prefix.quotes < m_fenceQuotes ||
                      (!isBlank(line) && m_fenceQuotes == 0 && indentOf(line) < m_fenceIndent);
    if (left) {
        m_fence = {};
        return;  // to be looked at again
    }
    const Fence fence = fenceOf(m_fenceQuotes > 0 ? line.mid(prefix.size) : line);
    if (fence.mark == m_fence.mark && fence.length >= m_fence.length && fence.canClose)
        m_fence = {};
    emitTo(afterLineEnd(m_source, end));
}

/// Looks ahead for what ends a paragraph: a blank line or a fence; and for what ends all but
/// displayed formulas, too: an item, a heading, a row.
void Preparation::findEnds() {
    const auto lineAt = [this](qsizetype at) {
        return m_source.mid(at, lineEnd(m_source, at) - at);
    };
    const auto isRow = [](QStringView line, const Prefix& prefix) {
        return prefix.size < line.size() && line[prefix.size] == u'|';
    };
    const QStringView first = lineAt(m_at);
    const Prefix firstPrefix = containerPrefix(first, kDeepestContainer);
    m_tableRow = isRow(first, firstPrefix);
    m_quotes = firstPrefix.quotes;
    bool soft = m_tableRow || first.mid(firstPrefix.size).startsWith(u'#');
    qsizetype next = afterLineEnd(m_source, lineEnd(m_source, m_at));
    m_softEnd = soft ? next : -1;
    // A row is a paragraph of its own here; formulas do not leave it.
    while (!m_tableRow && next < m_source.size()) {
        const QStringView line = lineAt(next);
        const Prefix prefix = containerPrefix(line, kDeepestContainer);
        const QStringView rest = line.mid(prefix.size);
        if (isBlank(rest) || !fenceOf(rest).mark.isNull() || isRow(line, prefix)) break;
        if (!soft && (prefix.item || rest.startsWith(u'#'))) {
            soft = true;
            m_softEnd = next;
        }
        next = afterLineEnd(m_source, lineEnd(m_source, next));
    }
    m_hardEnd = next;
    if (m_softEnd < 0) m_softEnd = next;
}

void Preparation::readParagraph() {
    findEnds();
    if (m_tableRow) m_lines = m_bracketSteps = 0;
    m_brackets = 0;
    m_noTicks.fill(0);
    m_noDollar = m_noRound = 0;
    beginLine();
    while (m_at < m_softEnd) {
        const QChar c = m_source[m_at];
        if (c == u'\n' || c == u'\r') {
            emitChar();
            if (m_at < m_softEnd) beginLine();
        } else if (c == u'`') {
            if (!passCode()) emitChar();
        } else if (c == u'\\' || c == u'$') {
            if (!passFormula()) {
                emitChar();
                // What is escaped means nothing.
                if (c == u'\\' && m_at < m_softEnd && !isWhite(m_source[m_at])) emitChar();
            }
        } else if (c == u'[' || c == u']') {
            passBracket();
        } else {
            emitChar();
        }
    }
}

/// Passes quote marks and list markers; beyond a depth that nobody reads they are text.
void Preparation::beginLine() {
    ++m_lines;
    const qsizetype end = lineEnd(m_source, m_at);
    const Prefix prefix = containerPrefix(m_source.mid(m_at, end - m_at), kDeepestContainer);
    emitTo(m_at + prefix.size);
    if (prefix.marks < kDeepestContainer || m_at >= end) return;
    while (m_at < end && isDigit(m_source[m_at])) emitChar();
    if (m_at < end && QStringView(u">-+*.)").contains(m_source[m_at])) {
        insert('\\');
        emitChar();
    }
}

/// Code within a line, which hides all else.
bool Preparation::passCode() {
    qsizetype length = 0;
    while (m_at + length < m_softEnd && m_source[m_at + length] == u'`') ++length;
    const qsizetype begin = m_at;
    const auto slot = size_t(std::min<qsizetype>(length, 33));
    if (slot < m_noTicks.size() && m_noTicks[slot] <= begin) {
        qsizetype at = begin + length;
        while (at < m_softEnd) {
            qsizetype run = 0;
            while (at + run < m_softEnd && m_source[at + run] == u'`') ++run;
            if (run == length) {
                emitTo(at + run);
                return true;
            }
            at += run > 0 ? run : 1;
        }
        m_noTicks[slot] = m_softEnd;
    }
    emitTo(begin + length);
    return true;
}

bool Preparation::passFormula() {
    if (startsHere(u"$$") && !startsHere(u"$$$")) return passDisplay(u"$$");
    if (startsHere(u"\\[")) return passDisplay(u"\\]");
    if (startsHere(u"\\(")) return passInline();
    if (m_source[m_at] != u'$') return false;
    if (startsHere(u"$$")) {
        while (m_at < m_softEnd && m_source[m_at] == u'$') emitChar();
        return true;
    }
    return passDollar();
}

qsizetype Preparation::find(QStringView closer, qsizetype from, qsizetype limit) const {
    for (qsizetype at = from; at + closer.size() <= limit; ++at) {
        if (m_source.mid(at).startsWith(closer)) return at;
        if (m_source[at] == u'\\') ++at;
    }
    return -1;
}

bool Preparation::passDisplay(QStringView closer) {
    qsizetype& nothing = closer == u"$$" ? m_noDollars : m_noSquare;
    const qsizetype begin = m_at;
    if (begin < nothing) return false;
    const qsizetype limit = std::min(m_hardEnd, begin + kLongestDisplay);
    const qsizetype end = find(closer, begin + 2, limit);
    if (end < 0) {
        nothing = limit;
        const qsizetype line = m_out.utf8.lastIndexOf('\n') + 1;
        const bool alone =
            containerPrefix(QString::fromUtf8(m_out.utf8.mid(line)), kDeepestContainer).size ==
            m_out.utf8.size() - line;
        if (!m_unfinished || m_hardEnd < m_source.size() || limit < m_hardEnd || !alone ||
            m_source.last(1) == u"\n") {
            return false;
        }
        addFormula(begin, m_source.size(), true, false);
        return true;
    }
    if (end == begin + 2 || looksLikeCitation(m_source.mid(begin + 2, end - begin - 2)))
        return false;
    addFormula(begin, end + 2, true, true);
    // The formula may have taken lines that looked like items or headings.
    if (m_at > m_softEnd) m_softEnd = m_hardEnd;
    return true;
}

bool Preparation::passInline() {
    if (m_at < m_noRound) return false;
    const qsizetype limit = std::min(m_softEnd, m_at + kLongestInline);
    const qsizetype end = find(u"\\)", m_at + 2, limit);
    if (end < 0) m_noRound = limit;
    if (end <= m_at + 2) return false;
    addFormula(m_at, end + 2, false, true);
    return true;
}

bool Preparation::passDollar() {
    const qsizetype begin = m_at;
    if (begin < m_noDollar || begin + 2 >= m_softEnd || isWhite(m_source[begin + 1])) return false;
    if (begin > 0 && isWordly(m_source[begin - 1])) return false;
    const qsizetype limit = std::min(m_softEnd, begin + kLongestInline);
    for (qsizetype at = begin + 1; at < limit; ++at) {
        const QChar c = m_source[at];
        if (m_tableRow && c == u'|') return false;
        if (c == u'\\') ++at;
        if (c != u'$') continue;
        const bool ends = !isWhite(m_source[at - 1]) &&
                          (at + 1 == m_source.size() ||
                           (!isWordly(m_source[at + 1]) && m_source[at + 1] != u'$'));
        if (!ends) return false;
        if (looksLikePrice(m_source.mid(begin + 1, at - begin - 1))) return false;
        addFormula(begin, at + 1, false, true);
        return true;
    }
    m_noDollar = limit;
    return false;
}

void Preparation::passBracket() {
    m_bracketSteps += m_lines;
    const bool opens = m_source[m_at] == u'[';
    if (!opens && m_brackets > 0) --m_brackets;
    if (opens && m_brackets >= kDeepestBracket) {
        insert('\\');
    } else if (m_bracketSteps > kBracketSteps) {
        insert('\\');
    } else if (opens) {
        ++m_brackets;
    }
    emitChar();
}

QString Preparation::texOf(qsizetype begin, qsizetype end) const {
    const QString raw = m_source.mid(begin, end - begin).toString();
    if (m_quotes == 0 || !raw.contains(u'\n')) return raw.trimmed();
    QString tex;
    for (const QString& line : raw.split(u'\n')) {
        qsizetype at = 0;
        if (!tex.isEmpty())
            while (at < line.size() && (line[at] == u'>' || line[at] == u' ')) ++at;
        tex += line.mid(at) + u'\n';
    }
    return tex.trimmed();
}

void Preparation::addFormula(qsizetype begin, qsizetype end, bool display, bool closed) {
    const qsizetype mark = m_source[begin] == u'$' && !display ? 1 : 2;
    const qsizetype inside = closed ? end - mark : end;
    m_out.formulas.push_back({m_out.utf8.size(), begin, end, display, closed,
                              texOf(begin + mark, std::max(begin + mark, inside))});
    m_out.utf8.append(kFormulaMarkUtf8);
    m_out.origin.insert(m_out.origin.end(), 3, quint32(begin));
    m_at = end;
}

}  // namespace

PreparedText prepareText(QStringView source, bool unfinished) {
    return Preparation(source, unfinished).run();
}

const Formula* formulaAt(const PreparedText& text, qsizetype at) {
    const auto found = std::lower_bound(
        text.formulas.begin(), text.formulas.end(), at,
        [](const Formula& formula, qsizetype place) { return formula.at < place; });
    return found != text.formulas.end() && found->at == at ? &*found : nullptr;
}

}  // namespace alcove::ui
