#include "ui/markdown/highlighter.h"

#include <QSet>
#include <algorithm>

#include "ui/markdown/language.h"

namespace alcove::ui {

namespace {

constexpr size_t kDeepest = 8;
constexpr int kDeepestComment = 1000;

bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }
bool isSpace(QChar c) { return c == u' ' || c == u'\t'; }
bool isAsciiLetter(QChar c) { return c.unicode() < 128 && c.isLetter(); }

struct Words {
    QSet<QString> keywords;
    QSet<QString> types;
};

/// The words of each language, split once and never changed.
const Words& wordsOf(const Language& language) {
    static const std::vector<Words> kAll = [] {
        const auto set = [](QStringView list) {
            QSet<QString> words;
            for (const QStringView word : list.split(u' ', Qt::SkipEmptyParts))
                words.insert(word.toString());
            return words;
        };
        std::vector<Words> all;
        for (const Language& one : allLanguages())
            all.push_back({set(one.keywords), set(one.types)});
        return all;
    }();
    return kAll[size_t(&language - allLanguages().data())];
}

class Line {
public:
    Line(const Language& language, QStringView text, LineState state, std::vector<Token>& tokens)
        : m_language(language),
          m_words(wordsOf(language)),
          m_text(text),
          m_state(std::move(state)),
          m_tokens(tokens) {}
    LineState read();

private:
    void readCode();
    void readDiff();
    void readMarkup();
    void readMarkdown();
    void readKeyLine();
    bool step();
    bool stepInterpolation();
    bool stepComment();
    bool stepPrefixed();
    bool stepRawString();
    bool stepHereDocument();
    bool stepString();
    bool stepNumber();
    bool stepWord();
    void goOnComment();
    void goOnString();
    void goOnCloser();
    TokenKind stringKind(qsizetype begin) const;

    bool atEnd() const { return m_at >= m_text.size(); }
    QChar at(qsizetype place) const { return place < m_text.size() ? m_text[place] : QChar(); }
    bool here(QStringView what) const {
        return !what.isEmpty() && m_text.mid(m_at).startsWith(what);
    }
    bool isWord(QChar c) const {
        return c.isLetterOrNumber() || c.isSurrogate() || m_language.wordChars.contains(c);
    }
    qsizetype wordEnd(qsizetype from) const {
        while (from < m_text.size() && isWord(m_text[from])) ++from;
        return from;
    }
    void add(qsizetype begin, TokenKind kind) {
        if (m_at <= begin) return;
        if (!m_tokens.empty() && m_tokens.back().kind == kind && m_tokens.size() > m_first &&
            m_tokens.back().begin + m_tokens.back().length == begin) {
            m_tokens.back().length += m_at - begin;
        } else {
            m_tokens.push_back({begin, m_at - begin, kind});
        }
    }

    const Language& m_language;
    const Words& m_words;
    QStringView m_text;
    LineState m_state;
    std::vector<Token>& m_tokens;
    size_t m_first = m_tokens.size();
    qsizetype m_at = 0;
    QString m_pendingCloser;  ///< of a here-document that begins in the next line
};

LineState Line::read() {
    switch (m_language.form) {
        case LanguageForm::Diff:
            readDiff();
            break;
        case LanguageForm::Markup:
            readMarkup();
            break;
        case LanguageForm::Markdown:
            readMarkdown();
            break;
        case LanguageForm::Keys:
        case LanguageForm::Sections:
            readKeyLine();
            readCode();
            break;
        case LanguageForm::Code:
            readCode();
            break;
    }
    if (!m_pendingCloser.isEmpty() && m_state.closer.isEmpty()) {
        m_state.closer = m_pendingCloser;
        m_state.closerAlone = true;
    }
    return std::move(m_state);
}

void Line::readCode() {
    if (!m_state.closer.isEmpty()) goOnCloser();
    while (!atEnd()) {
        if (m_state.comment > 0) {
            goOnComment();
        } else if (!m_state.levels.empty() && m_state.levels.back().string >= 0) {
            goOnString();
        } else if (!step()) {
            ++m_at;
        }
    }
    // What may not go on in the next line ends with this one, closed or not.
    const auto ends = [this](const LineState::Level& level) {
        return level.string >= 0 && !m_language.strings[size_t(level.string)].lines;
    };
    const auto first = std::find_if(m_state.levels.begin(), m_state.levels.end(), ends);
    m_state.levels.erase(first, m_state.levels.end());
}

bool Line::step() {
    if (isSpace(m_text[m_at])) return false;
    if (stepInterpolation() || stepComment() || stepPrefixed() || stepRawString()) return true;
    return stepHereDocument() || stepString() || stepNumber() || stepWord();
}

/// Counts brackets, so that the code within a string ends where it should.
bool Line::stepInterpolation() {
    if (m_state.levels.empty()) return false;
    LineState::Level& level = m_state.levels.back();
    const QChar c = m_text[m_at];
    if (c == u'{' || c == u'(') level.depth = quint16(std::min(level.depth + 1, 60'000));
    if (c != u'}' && c != u')') return false;
    if (level.depth > 0) {
        --level.depth;
        return false;
    }
    m_state.levels.pop_back();
    ++m_at;
    return true;
}

bool Line::stepComment() {
    for (size_t i = 0; i < m_language.comments.size(); ++i) {
        const CommentRule& rule = m_language.comments[i];
        if (!here(rule.open)) continue;
        if (rule.wordStart && m_at > 0 && !isSpace(m_text[m_at - 1]) && m_text[m_at - 1] != u';')
            continue;
        const qsizetype begin = m_at;
        if (rule.close.isEmpty()) {
            m_at = m_text.size();
        } else {
            m_at += rule.open.size();
            m_state.comment = 1;
            m_state.commentRule = int(i);
        }
        add(begin, TokenKind::Comment);
        return true;
    }
    return false;
}

void Line::goOnComment() {
    const CommentRule& rule = m_language.comments[size_t(m_state.commentRule)];
    const qsizetype begin = m_at;
    while (!atEnd() && m_state.comment > 0) {
        if (here(rule.close)) {
            m_at += rule.close.size();
            --m_state.comment;
        } else if (rule.nested && here(rule.open)) {
            m_at += rule.open.size();
            m_state.comment = std::min(m_state.comment + 1, kDeepestComment);
        } else {
            ++m_at;
        }
    }
    if (m_state.comment == 0) m_state.commentRule = 0;
    add(begin, TokenKind::Comment);
}

/// What a mark before a word makes of it: "@Override", "$name", "#include", "#[derive(…)]".
bool Line::stepPrefixed() {
    const QChar c = m_text[m_at];
    const qsizetype begin = m_at;
    const bool first = std::all_of(m_text.begin(), m_text.begin() + m_at, isSpace);
    if (c == m_language.preprocessor && first) {
        ++m_at;
        while (!atEnd() && isSpace(m_text[m_at])) ++m_at;
        m_at = wordEnd(m_at);
        add(begin, TokenKind::Attribute);
        return true;
    }
    if (c == m_language.attribute && c == u'#') {
        const qsizetype open = at(m_at + 1) == u'!' ? m_at + 2 : m_at + 1;
        if (at(open) != u'[') return false;
        const qsizetype close = m_text.indexOf(u']', open);
        m_at = close < 0 ? m_text.size() : close + 1;
        add(begin, TokenKind::Attribute);
        return true;
    }
    if (c != m_language.attribute && c != m_language.variable) return false;
    const bool braced = at(m_at + 1) == u'{' && c == u'$';
    const qsizetype name = m_at + (braced ? 2 : 1);
    qsizetype end = wordEnd(name);
    while (c == m_language.attribute && at(end) == u'.' && isWord(at(end + 1)))
        end = wordEnd(end + 1);
    if (end == name) {
        if (c != u'\\') return false;
        m_at = std::min(m_at + 2, m_text.size());  // LaTeX: \% is no comment
        return true;
    }
    m_at = braced && at(end) == u'}' ? end + 1 : end;
    add(begin, TokenKind::Attribute);
    return true;
}

/// R"x(…)x" and r#"…"#: the end is made of the beginning.
bool Line::stepRawString() {
    if (!m_language.rawStrings || (m_at > 0 && isWord(m_text[m_at - 1]))) return false;
    const qsizetype begin = m_at;
    qsizetype place = m_at;
    if (at(place) == u'b') ++place;
    if (at(place) == u'r') {
        qsizetype marks = 0;
        while (at(place + 1 + marks) == u'#') ++marks;
        if (at(place + 1 + marks) != u'"' || marks > 255) return false;
        m_state.closer = u'"' + QString(marks, u'#');
        m_at = place + 2 + marks;
    } else if (at(place) == u'R' && at(place + 1) == u'"') {
        const qsizetype open = m_text.indexOf(u'(', place + 2);
        if (open < 0 || open > place + 18) return false;
        m_state.closer = u')' + m_text.mid(place + 2, open - place - 2).toString() + u'"';
        m_at = open + 1;
    } else {
        return false;
    }
    m_state.closerAlone = false;
    add(begin, TokenKind::String);
    goOnCloser();
    return true;
}

void Line::goOnCloser() {
    const qsizetype begin = m_at;
    if (m_state.closerAlone) {
        const QStringView word = m_text.trimmed();
        const bool ends = word == m_state.closer || word == QString(m_state.closer + u';');
        if (ends) m_state.closer.clear();
        m_at = m_text.size();
    } else {
        const qsizetype found = m_text.indexOf(m_state.closer, m_at);
        m_at = found < 0 ? m_text.size() : found + m_state.closer.size();
        if (found >= 0) m_state.closer.clear();
    }
    add(begin, TokenKind::String);
}

bool Line::stepHereDocument() {
    if (!m_language.hereDocuments || !here(u"<<") || !m_pendingCloser.isEmpty()) return false;
    const qsizetype begin = m_at;
    qsizetype place = m_at + 2;
    if (at(place) == u'<') ++place;
    if (at(place) == u'-' || at(place) == u'~') ++place;
    const QChar quote = at(place) == u'\'' || at(place) == u'"' ? m_text[place] : QChar();
    if (!quote.isNull()) ++place;
    const qsizetype end = wordEnd(place);
    if (end == place || isDigit(m_text[place])) return false;
    m_pendingCloser = m_text.mid(place, end - place).toString();
    m_at = !quote.isNull() && at(end) == quote ? end + 1 : end;
    add(begin, TokenKind::String);
    return true;
}

bool Line::stepString() {
    for (size_t i = 0; i < m_language.strings.size(); ++i) {
        const StringRule& rule = m_language.strings[i];
        if (!here(rule.open)) continue;
        if (rule.brief) {
            const qsizetype from = m_at + 1 + (at(m_at + 1) == u'\\' ? 2 : 1);
            const qsizetype close =
                m_text.mid(0, std::min(m_at + 12, m_text.size())).indexOf(u'\'', from);
            const bool whole = close >= 0 && (at(m_at + 1) == u'\\' || close <= m_at + 3);
            if (!whole) continue;
        }
        if (m_state.levels.size() >= kDeepest) return false;
        const qsizetype begin = m_at;
        m_at += rule.open.size();
        m_state.levels.push_back({qint8(i), 0});
        const size_t depth = m_state.levels.size();
        add(begin, TokenKind::String);
        goOnString();
        const bool ended = m_state.levels.size() < depth;
        if (ended && m_language.keyColon) {
            const TokenKind kind = stringKind(m_at);
            if (kind == TokenKind::Key && m_tokens.back().begin == begin)
                m_tokens.back().kind = kind;
        }
        return true;
    }
    return false;
}

/// What a string or word that ends at `place` is: before a colon it is a key.
TokenKind Line::stringKind(qsizetype place) const {
    while (place < m_text.size() && isSpace(m_text[place])) ++place;
    return at(place) == u':' && at(place + 1) != u':' ? TokenKind::Key : TokenKind::String;
}

void Line::goOnString() {
    const StringRule& rule = m_language.strings[size_t(m_state.levels.back().string)];
    const qsizetype begin = m_at;
    while (!atEnd()) {
        if (!rule.interpolate.isEmpty() && here(rule.interpolate) &&
            m_state.levels.size() < kDeepest) {
            add(begin, TokenKind::String);
            m_at += rule.interpolate.size();
            m_state.levels.push_back({-1, 0});
            return;
        }
        if (rule.escapes && m_text[m_at] == u'\\') {
            m_at = std::min(m_at + 2, m_text.size());
        } else if (here(rule.close)) {
            m_at += rule.close.size();
            if (!rule.doubled || !here(rule.close)) {
                m_state.levels.pop_back();
                break;
            }
            m_at += rule.close.size();
        } else {
            ++m_at;
        }
    }
    add(begin, TokenKind::String);
}

bool Line::stepNumber() {
    const bool digit = isDigit(m_text[m_at]);
    if (!digit && !(m_text[m_at] == u'.' && isDigit(at(m_at + 1)))) return false;
    if (m_at > 0 && (isWord(m_text[m_at - 1]) || m_text[m_at - 1] == u'#')) {
        m_at = std::max(wordEnd(m_at), m_at + 1);
        return true;
    }
    const qsizetype begin = m_at;
    const bool hex = digit && (at(m_at + 1) == u'x' || at(m_at + 1) == u'X');
    while (!atEnd()) {
        const QChar c = m_text[m_at];
        const QChar before = m_at > begin ? m_text[m_at - 1] : QChar();
        const bool exponent =
            (c == u'+' || c == u'-') && !hex && (before == u'e' || before == u'E');
        const bool point = c == u'.' && at(m_at + 1) != u'.' && !isAsciiLetter(at(m_at + 1));
        const bool apart = c == u'\'' && isDigit(at(m_at + 1)) && m_language.rawStrings;
        if (!c.isLetterOrNumber() && c != u'_' && !exponent && !point && !apart) break;
        ++m_at;
    }
    add(begin, TokenKind::Number);
    return true;
}

bool Line::stepWord() {
    if (!isWord(m_text[m_at])) return false;
    const qsizetype begin = m_at;
    m_at = wordEnd(m_at);
    QString word = m_text.mid(begin, m_at - begin).toString();
    if (m_language.anyCase) word = word.toLower();
    qsizetype next = m_at;
    while (isSpace(at(next))) ++next;
    const bool member = begin > 0 && m_text[begin - 1] == u'.';
    if (!member && m_words.keywords.contains(word)) {
        add(begin, TokenKind::Keyword);
    } else if (!member && m_words.types.contains(word)) {
        add(begin, TokenKind::Type);
    } else if (m_language.keyColon && stringKind(m_at) == TokenKind::Key) {
        add(begin, TokenKind::Key);
    } else if (m_language.calls && at(next) == u'(') {
        add(begin, TokenKind::Function);
    } else if (m_language.capitalTypes && word[0].isUpper() &&
               std::any_of(word.begin(), word.end(), [](QChar c) { return c.isLower(); })) {
        add(begin, TokenKind::Type);
    }
    return true;
}

/// "key: value" and "key = value", "[section]".
void Line::readKeyLine() {
    if (!m_state.closer.isEmpty() || !m_state.levels.empty() || m_state.comment > 0) return;
    while (!atEnd() && isSpace(m_text[m_at])) ++m_at;
    const bool sections = m_language.form == LanguageForm::Sections;
    if (sections && at(m_at) == u'[') {
        const qsizetype begin = m_at;
        const qsizetype close = m_text.lastIndexOf(u']');
        m_at = close < 0 ? m_text.size() : close + 1;
        add(begin, TokenKind::Heading);
        return;
    }
    while (!sections && at(m_at) == u'-' && isSpace(at(m_at + 1))) {
        ++m_at;
        while (!atEnd() && isSpace(m_text[m_at])) ++m_at;
    }
    const QChar mark = sections ? u'=' : u':';
    const qsizetype begin = m_at;
    for (qsizetype place = m_at; place < m_text.size(); ++place) {
        const QChar c = m_text[place];
        if (c == u'#' || c == u';' || c == u'"' || c == u'\'' || c == u'{' || c == u'[') return;
        if (c != mark) continue;
        if (!sections && place + 1 < m_text.size() && !isSpace(m_text[place + 1])) continue;
        m_at = place;
        while (m_at > begin && isSpace(m_text[m_at - 1])) --m_at;
        add(begin, TokenKind::Key);
        m_at = place + 1;
        return;
    }
}

void Line::readDiff() {
    static constexpr QStringView kHeads[] = {u"+++", u"---", u"diff ", u"index ", u"@@"};
    TokenKind kind = TokenKind::Added;
    const bool head = std::any_of(std::begin(kHeads), std::end(kHeads),
                                  [this](QStringView one) { return m_text.startsWith(one); });
    if (head) {
        kind = m_text.startsWith(u'@') ? TokenKind::Function : TokenKind::Attribute;
    } else if (m_text.startsWith(u'-') || m_text.startsWith(u'<')) {
        kind = TokenKind::Removed;
    } else if (!m_text.startsWith(u'+') && !m_text.startsWith(u'>')) {
        return;
    }
    m_at = m_text.size();
    add(0, kind);
}

void Line::readMarkup() {
    while (!atEnd()) {
        const qsizetype begin = m_at;
        if (m_state.comment > 0) {
            goOnComment();
        } else if (!m_state.levels.empty()) {
            goOnString();
        } else if (stepComment()) {
        } else if (m_text[m_at] == u'<' && (isWord(at(m_at + 1)) || at(m_at + 1) == u'/' ||
                                            at(m_at + 1) == u'!' || at(m_at + 1) == u'?')) {
            m_at = wordEnd(m_at + 2);
            m_state.inTag = true;
            add(begin, TokenKind::Keyword);
        } else if (m_state.inTag && m_text[m_at] == u'>') {
            ++m_at;
            m_state.inTag = false;
            add(begin, TokenKind::Keyword);
        } else if (m_state.inTag && stepString()) {
        } else if (m_state.inTag && isWord(m_text[m_at])) {
            m_at = wordEnd(m_at);
            add(begin, TokenKind::Key);
        } else if (m_text[m_at] == u'&' && m_text.mid(m_at, 12).contains(u';')) {
            m_at = m_text.indexOf(u';', m_at) + 1;
            add(begin, TokenKind::Number);
        } else {
            ++m_at;
        }
    }
}

void Line::readMarkdown() {
    const QStringView text = m_text.trimmed();
    const bool fence = text.startsWith(u"```") || text.startsWith(u"~~~");
    if (!m_state.closer.isEmpty() || fence) {
        const bool ends = !m_state.closer.isEmpty() && text == m_state.closer;
        if (ends) {
            m_state.closer.clear();
        } else if (m_state.closer.isEmpty()) {
            m_state.closer = text.first(3).toString();
        }
        m_at = m_text.size();
        add(0, TokenKind::String);
        return;
    }
    if (text.startsWith(u'#')) {
        m_at = m_text.size();
        add(0, TokenKind::Heading);
        return;
    }
    while (!atEnd()) {
        const qsizetype begin = m_at;
        const qsizetype close = m_text[m_at] == u'`' ? m_text.indexOf(u'`', m_at + 1) : -1;
        if (close > 0) {
            m_at = close + 1;
            add(begin, TokenKind::String);
        } else {
            const bool mark = m_text[m_at] == u'*' || m_text[m_at] == u'>' || m_text[m_at] == u'_';
            ++m_at;
            if (mark) add(begin, TokenKind::Keyword);
            if (close < 0 && m_text[begin] == u'`') m_at = m_text.size();
        }
    }
}

}  // namespace

Highlighter::Highlighter(QStringView language)
    : m_language(findLanguage(language)), m_given(language.toString()) {}

LineState Highlighter::highlight(QStringView line, const LineState& state,
                                 std::vector<Token>& tokens) const {
    if (m_language == nullptr) return {};
    return Line(*m_language, line, state, tokens).read();
}

QString Highlighter::languageName() const {
    return m_language ? m_language->name.toString() : m_given;
}

}  // namespace alcove::ui
