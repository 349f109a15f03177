#include "ui/math/parser.h"

#include "ui/math/parser_state.h"

namespace alcove::ui::math {

namespace {

constexpr qsizetype kLongest = 20'000;

constexpr int kMostNodes = 20'000;

struct Script {
    const char32_t* characters;
    const char32_t* meanings;
};
constexpr Script kTypedAbove{U"⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", U"0123456789+-=()ni"};
constexpr Script kTypedBelow{U"₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢₐₑₒₓₖₘₜ", U"0123456789+-=()niaeoxkmt"};

char32_t meaningOf(const Script& script, char32_t c) {
    for (int i = 0; script.characters[i]; ++i)
        if (script.characters[i] == c) return script.meanings[i];
    return 0;
}

bool isBlank(char32_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == 0xA0 || c == '~';
}

bool isLetter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A group of one plain symbol is that symbol; of anything else it is an atom of its own.
NodePtr unwrapped(NodePtr rowNode) {
    if (rowNode && rowNode->children.size() == 1) {
        const Node& only = *rowNode->children.front();
        if (only.kind == Kind::Symbol && only.atom == Class::Ord)
            return std::move(rowNode->children.front());
    }
    return rowNode;
}

}  // namespace

Parsed parse(QStringView tex) { return Parser(tex).parse(); }

QStringList commandNames() { return Parser::handlers().keys(); }
QStringList environmentNames() { return Parser::environments(); }

Parser::Parser(QStringView tex) {
    if (tex.size() > kLongest) {
        m_mistake = tr("The formula is too long: more than %1 characters").arg(kLongest);
        return;
    }
    for (const uint character : tex.toUcs4()) m_source.push_back(character);
}

Parsed Parser::parse() {
    NodePtr root = failed() ? nullptr : row();
    if (!failed() && !atEnd()) {
        const QString name = peekCommand();
        if (peek() == '&' || name == u"\\" || name == u"cr" || name == u"newline")
            root = looseRows(std::move(root));
        else if (peek() == '}')
            fail(tr("A } closes nothing"));
    }
    if (!failed() && !atEnd()) fail(tr("\\%1 closes nothing").arg(peekCommand()));
    if (failed()) return {nullptr, m_mistake};
    return {std::move(root), {}};
}

NodePtr Parser::make(Kind kind, Class atomClass) {
    if (++m_nodes > kMostNodes) return fail(tr("The formula is too large"));
    return makeNode(kind, atomClass);
}

NodePtr Parser::makeSpace(double em) {
    NodePtr node = make(Kind::Space);
    if (node) node->amount = em;
    return node;
}

NodePtr Parser::fail(const QString& what) {
    if (!failed()) m_mistake = tr("%1 (at character %2)").arg(what).arg(m_at + 1);
    return nullptr;
}

// ---- the source

void Parser::skipBlanks() {
    while (!atEnd()) {
        if (peek() == '%') {
            while (!atEnd() && peek() != '\n') ++m_at;
        } else if (isBlank(peek()) && peek() != '~') {
            ++m_at;
        } else {
            return;
        }
    }
}

bool Parser::take(char32_t c) {
    skipBlanks();
    if (peek() != c || atEnd()) return false;
    ++m_at;
    return true;
}

QString Parser::peekCommand() const {
    if (peek() != '\\' || m_at + 1 >= m_source.size()) return {};
    size_t end = m_at + 1;
    if (!isLetter(m_source[end])) return QString::fromUcs4(&m_source[end], 1);
    while (end < m_source.size() && isLetter(m_source[end])) ++end;
    return QString::fromUcs4(&m_source[m_at + 1], static_cast<qsizetype>(end - m_at - 1));
}

void Parser::skipCommand(const QString& name) {
    m_at += 1 + static_cast<size_t>(name.toUcs4().size());
}

bool Parser::takeCommand(QLatin1String name) {
    skipBlanks();
    if (peekCommand() != name) return false;
    skipCommand(name);
    return true;
}

std::optional<QString> Parser::rawArgument() {
    if (!take('{')) {
        fail(tr("A { is missing"));
        return std::nullopt;
    }
    const size_t begin = m_at;
    for (int open = 1; !atEnd(); ++m_at) {
        if (peek() == '\\' && m_at + 1 < m_source.size()) {
            ++m_at;
        } else if (peek() == '{') {
            ++open;
        } else if (peek() == '}' && --open == 0) {
            const auto length = static_cast<qsizetype>(m_at - begin);
            ++m_at;
            return QString::fromUcs4(m_source.data() + begin, length);
        }
    }
    fail(tr("A } is missing"));
    return std::nullopt;
}

std::optional<QString> Parser::rawBrackets() {
    const size_t end = m_source.find(U']', m_at);
    if (end == std::u32string::npos) {
        fail(tr("A ] is missing"));
        return std::nullopt;
    }
    const auto length = static_cast<qsizetype>(end - m_at);
    const QString found = QString::fromUcs4(m_source.data() + m_at, length);
    m_at = end + 1;
    return found;
}

// ---- rows and scripts

bool Parser::rowEnds() {
    skipBlanks();
    if (failed() || atEnd()) return true;
    const char32_t c = peek();
    if (c == '}' || c == '&') return true;
    if (c == ']' && m_inBrackets) return true;
    if (c == '$' && m_inText) return true;
    if (c != '\\') return false;
    const QString name = peekCommand();
    return name == u"\\" || name == u"cr" || name == u"newline" || name == u"right" ||
           name == u"middle" || name == u"end" || name == u"hline";
}

NodePtr Parser::row() {
    NodePtr node = make(Kind::Row);
    if (!node) return nullptr;
    if (++m_depth > kDeepest) return fail(tr("The formula is nested too deeply"));
    const Alphabet outer = m_alphabet;
    while (!rowEnds()) {
        const QString name = peekCommand();
        if (name == u"over" || name == u"choose" || name == u"atop") {
            skipCommand(name);
            node = infix(name, std::move(node));
            if (!node) return nullptr;
            continue;
        }
        NodePtr next = atomWithScripts();
        if (failed()) return nullptr;
        if (next) node->children.push_back(std::move(next));
    }
    m_alphabet = outer;
    --m_depth;
    return failed() ? nullptr : std::move(node);
}

NodePtr Parser::infix(const QString& name, NodePtr before) {
    NodePtr after = row();
    NodePtr node = failed() ? nullptr : make(Kind::Fraction, Class::Inner);
    NodePtr around = node ? make(Kind::Row) : nullptr;
    if (!around) return nullptr;
    node->bar = name == u"over";
    if (name == u"choose") {
        node->left = '(';
        node->right = ')';
    }
    node->children.push_back(std::move(before));
    node->children.push_back(std::move(after));
    around->children.push_back(std::move(node));
    return around;
}

NodePtr Parser::group() {
    if (!take('{')) return fail(tr("A { is missing"));
    const bool brackets = std::exchange(m_inBrackets, false);
    NodePtr inside = row();
    m_inBrackets = brackets;
    if (failed()) return nullptr;
    if (!take('}')) {
        if (atEnd()) return fail(tr("A } is missing"));
        if (peek() == '&') return fail(tr("An & stands outside of a table"));
        return fail(tr("A } is missing before this"));
    }
    return unwrapped(std::move(inside));
}

NodePtr Parser::argument() {
    skipBlanks();
    if (peek() == '{') return group();
    if (rowEnds()) return fail(tr("An argument is missing"));
    NodePtr node = atom();
    if (!node && !failed()) return fail(tr("An argument is missing"));
    return node;
}

NodePtr Parser::atomWithScripts() {
    skipBlanks();
    const char32_t c = peek();
    if (c == '^' || c == '_' || c == '\'') return scripts(make(Kind::Row));
    NodePtr base = atom();
    if (!base || base->kind == Kind::Style || base->kind == Kind::Space) return base;
    return scripts(std::move(base));
}

NodePtr Parser::atom() {
    // Each level of nesting passes through here, also \frac\frac\frac without braces.
    if (++m_depth > kDeepest) return fail(tr("The formula is nested too deeply"));
    NodePtr node;
    const char32_t c = peek();
    if (c == '{') {
        node = group();
    } else if (c == '\\') {
        node = command();
    } else if (c == '~') {
        ++m_at;
        node = makeSpace(0.25);
    } else if (c == '$' || c == '#') {
        node = fail(tr("A %1 has no meaning here").arg(QChar(static_cast<char16_t>(c))));
    } else if (c == '^' || c == '_') {
        node = fail(tr("Two scripts follow each other"));
    } else {
        ++m_at;
        node = letter(c);
    }
    --m_depth;
    return node;
}

NodePtr Parser::symbol(char32_t character, Class atomClass) {
    NodePtr node = make(Kind::Symbol, atomClass);
    if (node) node->character = character;
    return node;
}

NodePtr Parser::letter(char32_t c) {
    const bool plain = isLetter(c) || (c >= '0' && c <= '9');
    if (m_alphabet == Alphabet::Mono && plain) {
        NodePtr node = make(Kind::Text);
        if (!node) return nullptr;
        node->text = QString::fromUcs4(&c, 1);
        node->mono = true;
        return node;
    }
    if (c == '-') c = 0x2212;
    if (c == '*') c = 0x2217;
    if (c == 0x2215) c = '/';
    const char32_t shown = styled(c, m_alphabet);
    const SymbolEntry* entry = plain ? nullptr : symbolOf(c);
    NodePtr node = symbol(shown, plain ? Class::Ord : classOf(c));
    if (node && entry && entry->atom == Class::Op) {
        node->limits = entry->limits;
        node->large = entry->large;
    }
    return node;
}

NodePtr Parser::command() {
    const QString name = peekCommand();
    if (name.isEmpty()) return fail(tr("A \\ stands at the end"));
    if (const SymbolEntry* entry = findSymbol(name)) {
        skipCommand(name);
        NodePtr node = symbol(styled(entry->character, m_alphabet), entry->atom);
        if (!node) return nullptr;
        node->limits = entry->limits;
        node->large = entry->large;
        return node;
    }
    if (const NameEntry* entry = findName(name)) {
        skipCommand(name);
        NodePtr node = make(Kind::Name, Class::Op);
        if (!node) return nullptr;
        node->text = QString::fromLatin1(entry->shown);
        node->limits = entry->limits;
        return node;
    }
    if (const AccentEntry* entry = findAccent(name)) {
        skipCommand(name);
        return accent(*entry);
    }
    const Handler handler = handlers().value(name);
    if (!handler) return fail(tr("\\%1 is not known").arg(name));
    skipCommand(name);
    return (this->*handler)(name);
}

NodePtr Parser::typedScript() {
    NodePtr node = make(Kind::Row);
    if (!node) return nullptr;
    const Script& script = meaningOf(kTypedAbove, peek()) ? kTypedAbove : kTypedBelow;
    while (const char32_t meaning = meaningOf(script, peek())) {
        ++m_at;
        NodePtr next = letter(meaning);
        if (!next) return nullptr;
        node->children.push_back(std::move(next));
    }
    return node;
}

NodePtr Parser::scripts(NodePtr base) {
    if (failed()) return nullptr;
    NodePtr above, below;
    while (true) {
        skipBlanks();
        if (takeCommand(QLatin1String("limits"))) {
            base->limits = Limits::Always;
        } else if (takeCommand(QLatin1String("nolimits"))) {
            base->limits = Limits::Beside;
        } else if (takeCommand(QLatin1String("displaylimits"))) {
            base->limits = Limits::DisplayOnly;
        } else if (peek() == '\'' || peek() == 0x2032) {
            if (!above) above = make(Kind::Row);
            ++m_at;
            NodePtr prime = symbol(0x2032, Class::Ord);
            if (failed()) return nullptr;
            if (above->kind != Kind::Row) {
                NodePtr both = make(Kind::Row);
                if (!both) return nullptr;
                both->children.push_back(std::move(above));
                above = std::move(both);
            }
            above->children.push_back(std::move(prime));
        } else if (peek() == '^') {
            const bool primes = above && above->kind == Kind::Row && !above->children.empty() &&
                                above->children.back()->character == 0x2032;
            if (above && !primes) return fail(tr("There are two superscripts"));
            ++m_at;
            NodePtr more = argument();
            if (failed()) return nullptr;
            if (above)
                above->children.push_back(std::move(more));
            else
                above = std::move(more);
        } else if (peek() == '_') {
            if (below) return fail(tr("There are two subscripts"));
            ++m_at;
            below = argument();
            if (failed()) return nullptr;
        } else if (!above && meaningOf(kTypedAbove, peek())) {
            above = typedScript();
        } else if (!below && meaningOf(kTypedBelow, peek())) {
            below = typedScript();
        } else {
            break;
        }
        if (failed()) return nullptr;
    }
    if (!above && !below) return base;
    NodePtr node = make(Kind::Scripts, base->atom);
    if (!node) return nullptr;
    node->limits = base->limits;
    node->children.push_back(std::move(base));
    node->children.push_back(std::move(above));
    node->children.push_back(std::move(below));
    return node;
}

}  // namespace alcove::ui::math
