// Commands with arguments, and those that change how what follows is read.
#include <algorithm>

#include "ui/math/parser_state.h"

namespace alcove::ui::math {

namespace {

constexpr double kThin = 3.0 / 18, kMedium = 4.0 / 18, kThick = 5.0 / 18;
constexpr double kWidestSpace = 20;  // em
constexpr double kPointsInEm = 10;

Alphabet alphabetOf(const QString& name) {
    static const QHash<QString, Alphabet> known = {
        {"mathrm", Alphabet::Roman},      {"rm", Alphabet::Roman},
        {"mathup", Alphabet::Roman},      {"symrm", Alphabet::Roman},
        {"mathit", Alphabet::Italic},     {"it", Alphabet::Italic},
        {"mathbf", Alphabet::Bold},       {"bf", Alphabet::Bold},
        {"symbf", Alphabet::Bold},        {"boldsymbol", Alphabet::BoldItalic},
        {"bm", Alphabet::BoldItalic},     {"pmb", Alphabet::BoldItalic},
        {"mathcal", Alphabet::Script},    {"mathscr", Alphabet::Script},
        {"cal", Alphabet::Script},        {"mathfrak", Alphabet::Fraktur},
        {"mathbb", Alphabet::Double},     {"Bbb", Alphabet::Double},
        {"mathsf", Alphabet::Sans},       {"sf", Alphabet::Sans},
        {"mathtt", Alphabet::Mono},       {"tt", Alphabet::Mono},
        {"mathnormal", Alphabet::Default}};
    return known.value(name);
}

/// A length as TeX has it, in em; nothing: it is not one.
std::optional<double> lengthInEm(QString source) {
    source = source.trimmed();
    const QString unit = source.right(2);
    bool ok = false;
    const double number = source.chopped(std::min<qsizetype>(2, source.size())).toDouble(&ok);
    static const QHash<QString, double> units = {{"em", 1},
                                                 {"ex", 0.43},
                                                 {"mu", 1.0 / 18},
                                                 {"pt", 1 / kPointsInEm},
                                                 {"px", 0.08},
                                                 {"mm", 2.85 / kPointsInEm},
                                                 {"cm", 28.5 / kPointsInEm},
                                                 {"in", 7.2}};
    if (!ok || !units.contains(unit)) return std::nullopt;
    return std::clamp(number * units.value(unit), -kWidestSpace, kWidestSpace);
}

char32_t arrowOf(const QString& name) {
    static const QHash<QString, char32_t> known = {
        {"xrightarrow", 0x2192},    {"xleftarrow", 0x2190},      {"xleftrightarrow", 0x2194},
        {"xRightarrow", 0x21D2},    {"xLeftarrow", 0x21D0},      {"xLeftrightarrow", 0x21D4},
        {"xmapsto", 0x21A6},        {"xhookrightarrow", 0x21AA}, {"xrightleftharpoons", 0x21CC},
        {"xhookleftarrow", 0x21A9}, {"xlongequal", '='}};
    return known.value(name);
}

}  // namespace

const QHash<QString, Parser::Handler>& Parser::handlers() {
    static const QHash<QString, Handler> made = [] {
        QHash<QString, Handler> all;
        const auto add = [&all](Handler handler, std::initializer_list<const char*> names) {
            for (const char* name : names) all.insert(QString::fromLatin1(name), handler);
        };
        add(&Parser::fraction, {"frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"});
        add(&Parser::root, {"sqrt"});
        add(&Parser::delimited, {"left"});
        add(&Parser::sizedDelimiter,
            {"big", "Big", "bigg", "Bigg", "bigl", "Bigl", "biggl", "Biggl", "bigr", "Bigr",
             "biggr", "Biggr", "bigm", "Bigm", "biggm", "Biggm"});
        add(&Parser::inAlphabet,
            {"mathrm", "mathup", "symrm", "mathit", "mathbf", "symbf", "boldsymbol", "bm", "pmb",
             "mathcal", "mathscr", "mathfrak", "mathbb", "Bbb", "mathsf", "mathtt", "mathnormal"});
        add(&Parser::switchAlphabet, {"rm", "it", "bf", "sf", "tt", "cal"});
        add(&Parser::text, {"text", "textrm", "textnormal", "textup", "mbox", "hbox", "textbf",
                            "textit", "texttt", "textsf", "emph"});
        add(&Parser::operatorName, {"operatorname", "operatornamewithlimits"});
        add(&Parser::bar, {"overline", "underline", "underbar"});
        add(&Parser::brace,
            {"overbrace", "underbrace", "overparen", "underparen", "overbracket", "underbracket"});
        add(&Parser::stack, {"overset", "underset", "stackrel"});
        add(&Parser::arrow, {"xrightarrow", "xleftarrow", "xleftrightarrow", "xRightarrow",
                             "xLeftarrow", "xLeftrightarrow", "xmapsto", "xhookrightarrow",
                             "xhookleftarrow", "xrightleftharpoons", "xlongequal"});
        add(&Parser::space, {",",
                             ":",
                             ">",
                             ";",
                             "!",
                             " ",
                             "\n",
                             "\t",
                             "quad",
                             "qquad",
                             "enspace",
                             "enskip",
                             "space",
                             "thinspace",
                             "medspace",
                             "thickspace",
                             "negthinspace",
                             "negmedspace",
                             "negthickspace",
                             "nobreakspace"});
        add(&Parser::measuredSpace, {"hspace", "mspace", "kern", "mkern", "hskip", "mskip"});
        add(&Parser::phantom, {"phantom", "hphantom", "vphantom", "smash", "mathstrut", "strut"});
        add(&Parser::framed, {"boxed", "fbox"});
        add(&Parser::cancel, {"cancel", "bcancel", "xcancel", "sout"});
        add(&Parser::coloured, {"color", "textcolor", "colorbox"});
        add(&Parser::tag, {"tag"});
        add(&Parser::ignored, {"nonumber",  "notag",      "allowbreak", "nobreak",
                               "relax",     "tiny",       "scriptsize", "footnotesize",
                               "small",     "normalsize", "large",      "Large",
                               "LARGE",     "huge",       "Huge",       "normalfont",
                               "hfill",     "hfil",       "-",          "displaybreak",
                               "centering", "limits",     "nolimits",   "displaylimits"});
        add(&Parser::ignoredWithArgument, {"label", "hypertarget", "vspace"});
        add(&Parser::switchStyle,
            {"displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle"});
        add(&Parser::negated, {"not"});
        add(&Parser::modulo, {"pmod", "bmod", "mod", "pod"});
        add(&Parser::spacedArrow, {"iff", "implies", "impliedby"});
        add(&Parser::asClass, {"mathop", "mathbin", "mathrel", "mathord", "mathopen", "mathclose",
                               "mathpunct", "mathinner", "mathstrut"});
        add(&Parser::bracketed, {"bra", "ket", "braket", "abs", "norm"});
        add(&Parser::environment, {"begin"});
        add(&Parser::substack, {"substack"});
        all.insert(QStringLiteral("mathstrut"), &Parser::phantom);
        return all;
    }();
    return made;
}

NodePtr Parser::fraction(const QString& name) {
    NodePtr node = make(Kind::Fraction, Class::Inner);
    if (!node) return nullptr;
    if (name == u"cfrac" && take('[') && !rawBrackets()) return nullptr;
    for (int i = 0; i < 2; ++i) {
        NodePtr part = argument();
        if (!part) return nullptr;
        node->children.push_back(std::move(part));
    }
    if (name == u"cfrac" || name.startsWith(u'd')) node->style = Style::Display;
    if (name.startsWith(u't')) node->style = Style::Text;
    if (name == u"cfrac") node->large = true;
    if (name.endsWith(u"binom")) {
        node->bar = false;
        node->left = '(';
        node->right = ')';
    }
    return node;
}

NodePtr Parser::root(const QString&) {
    NodePtr node = make(Kind::Radical);
    if (!node) return nullptr;
    NodePtr degree;
    if (take('[')) {
        const bool outer = std::exchange(m_inBrackets, true);
        degree = row();
        m_inBrackets = outer;
        if (failed()) return nullptr;
        if (!take(']')) return fail(tr("A ] is missing"));
    }
    NodePtr body = argument();
    if (!body) return nullptr;
    node->children.push_back(std::move(body));
    node->children.push_back(std::move(degree));
    return node;
}

std::optional<char32_t> Parser::delimiter() {
    skipBlanks();
    const char32_t c = peek();
    if (c == '\\') {
        const QString name = peekCommand();
        const SymbolEntry* entry = findSymbol(name);
        if (entry) {
            skipCommand(name);
            return entry->character;
        }
    } else if (!atEnd() && c != '{' && c != '}' && c != '&' && c != '^' && c != '_') {
        ++m_at;
        if (c == '.') return 0;
        if (c == '<') return 0x27E8;
        if (c == '>') return 0x27E9;
        return c;
    }
    fail(tr("A delimiter is missing"));
    return std::nullopt;
}

NodePtr Parser::delimited(const QString&) {
    NodePtr node = make(Kind::Delimited, Class::Inner);
    const auto left = node ? delimiter() : std::nullopt;
    if (!left) return nullptr;
    node->left = *left;
    const bool brackets = std::exchange(m_inBrackets, false);
    while (true) {
        NodePtr inside = row();
        if (!inside) return nullptr;
        node->children.push_back(std::move(inside));
        if (!takeCommand(QLatin1String("middle"))) break;
        const auto mark = delimiter();
        if (!mark) return nullptr;
        node->marks.push_back(*mark);
    }
    m_inBrackets = brackets;
    if (!takeCommand(QLatin1String("right"))) return fail(tr("\\left has no \\right"));
    const auto right = delimiter();
    if (!right) return nullptr;
    node->right = *right;
    return node;
}

NodePtr Parser::sizedDelimiter(const QString& name) {
    NodePtr node = make(Kind::Delimiter);
    const auto character = node ? delimiter() : std::nullopt;
    if (!character) return nullptr;
    node->character = *character;
    const bool larger = name.startsWith(u"bigg", Qt::CaseInsensitive);
    node->amount = (larger ? 2.4 : 1.2) + (name.startsWith(u'B') ? 0.6 : 0.0);
    if (name.endsWith(u'l'))
        node->atom = Class::Open;
    else if (name.endsWith(u'r'))
        node->atom = Class::Close;
    else if (name.endsWith(u'm'))
        node->atom = Class::Rel;
    else if (const Class meant = classOf(*character); meant == Class::Open || meant == Class::Close)
        node->atom = meant;  // what TeX leaves to the writer
    return node;
}

NodePtr Parser::inAlphabet(const QString& name) {
    const Alphabet outer = std::exchange(m_alphabet, alphabetOf(name));
    NodePtr node = argument();
    m_alphabet = outer;
    return node;
}

NodePtr Parser::switchAlphabet(const QString& name) {
    m_alphabet = alphabetOf(name);
    return nullptr;
}

NodePtr Parser::text(const QString& name) {
    return rawText(name == u"textbf", name == u"textit" || name == u"emph", name == u"texttt");
}

NodePtr Parser::rawText(bool bold, bool italic, bool mono) {
    if (!take('{')) return fail(tr("A { is missing"));
    NodePtr node = make(Kind::Row);
    if (!node || ++m_depth > kDeepest) return fail(tr("The formula is nested too deeply"));
    std::u32string words;
    const auto flush = [&] {
        if (words.empty()) return true;
        NodePtr next = make(Kind::Text);
        if (!next) return false;
        next->text = QString::fromUcs4(words.data(), static_cast<qsizetype>(words.size()));
        next->bold = bold;
        next->italic = italic;
        next->mono = mono;
        node->children.push_back(std::move(next));
        words.clear();
        return true;
    };
    while (!atEnd() && peek() != '}') {
        const char32_t c = peek();
        NodePtr inside;
        if (c == '$') {
            ++m_at;
            const bool outer = std::exchange(m_inText, true);
            const bool brackets = std::exchange(m_inBrackets, false);
            inside = flush() ? row() : nullptr;
            m_inText = outer;
            m_inBrackets = brackets;
            if (!inside) return nullptr;
            if (!take('$')) return fail(tr("A $ is missing"));
        } else if (c == '{') {
            inside = flush() ? rawText(bold, italic, mono) : nullptr;
            if (!inside) return nullptr;
        } else if (c == '\\') {
            const QString name = peekCommand();
            const SymbolEntry* entry = findSymbol(name);
            if (entry && (name.size() == 1 && !name.front().isLetter())) {
                words.push_back(entry->character);
                skipCommand(name);
            } else if (name == u" " || name == u"," || name == u"quad" || name == u"\\") {
                words.push_back(' ');
                skipCommand(name);
            } else if (flush()) {
                inside = command();
                if (!inside && failed()) return nullptr;
            }
        } else {
            words.push_back(c == '~' || c == '\n' || c == '\t' ? U' ' : c);
            ++m_at;
        }
        if (failed()) return nullptr;
        if (inside) node->children.push_back(std::move(inside));
    }
    --m_depth;
    if (!flush()) return nullptr;
    if (!take('}')) return fail(tr("A } is missing"));
    return node;
}

NodePtr Parser::operatorName(const QString& name) {
    NodePtr node = make(Kind::Name, Class::Op);
    if (!node) return nullptr;
    if (take('*') || name.endsWith(u"limits")) node->limits = Limits::DisplayOnly;
    skipBlanks();
    if (peek() != '{') return fail(tr("A { is missing"));
    const auto words = rawArgument();
    if (!words) return nullptr;
    QString shown = *words;
    for (const char* blank : {"\\,", "\\;", "\\:", "\\ ", "~"}) shown.replace(blank, " ");
    for (const char* dropped : {"\\mathrm", "\\text", "\\rm", "{", "}", "\\!"})
        shown.remove(dropped);
    if (shown.contains(u'\\')) return fail(tr("\\operatorname takes plain letters alone"));
    node->text = shown.simplified();
    return node;
}

NodePtr Parser::bar(const QString& name) {
    NodePtr node = make(Kind::Bar);
    NodePtr body = node ? argument() : nullptr;
    if (!body) return nullptr;
    node->below = name.startsWith(u"under");
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::brace(const QString& name) {
    NodePtr node = make(Kind::Brace, Class::Op);
    NodePtr body = node ? argument() : nullptr;
    if (!body) return nullptr;
    node->limits = Limits::Always;
    node->below = name.startsWith(u"under");
    const char32_t kind = name.endsWith(u"brace") ? 2 : name.endsWith(u"paren") ? 0 : 4;
    node->character = (kind == 4 ? 0x23E0 : 0x23DC + kind) + (node->below ? 1 : 0);
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::stack(const QString& name) {
    NodePtr mark = argument();
    NodePtr base = mark ? argument() : nullptr;
    if (!base) return nullptr;
    // An equals sign with something over it stays a relation, though braces stand around it.
    const bool group = base->kind == Kind::Row && base->children.size() == 1;
    NodePtr node = make(Kind::Stack, group ? base->children.front()->atom : base->atom);
    if (!node) return nullptr;
    if (name == u"stackrel") node->atom = Class::Rel;
    node->children.push_back(std::move(base));
    node->children.push_back(name == u"underset" ? nullptr : std::move(mark));
    node->children.push_back(std::move(mark));
    return node;
}

NodePtr Parser::arrow(const QString& name) {
    NodePtr node = make(Kind::Arrow, Class::Rel);
    if (!node) return nullptr;
    node->character = arrowOf(name);
    NodePtr below;
    if (take('[')) {
        const bool outer = std::exchange(m_inBrackets, true);
        below = row();
        m_inBrackets = outer;
        if (failed()) return nullptr;
        if (!take(']')) return fail(tr("A ] is missing"));
    }
    NodePtr above = argument();
    if (!above) return nullptr;
    node->children.push_back(std::move(above));
    node->children.push_back(std::move(below));
    return node;
}

NodePtr Parser::space(const QString& name) {
    static const QHash<QString, double> widths = {{",", kThin},
                                                  {"thinspace", kThin},
                                                  {"!", -kThin},
                                                  {":", kMedium},
                                                  {">", kMedium},
                                                  {"medspace", kMedium},
                                                  {";", kThick},
                                                  {"thickspace", kThick},
                                                  {"quad", 1},
                                                  {"qquad", 2},
                                                  {"enspace", 0.5},
                                                  {"enskip", 0.5},
                                                  {"negthinspace", -kThin},
                                                  {"negmedspace", -kMedium},
                                                  {"negthickspace", -kThick}};
    return makeSpace(widths.value(name, 0.25));
}

NodePtr Parser::measuredSpace(const QString& name) {
    take('*');
    skipBlanks();
    QString source;
    if (peek() == '{') {
        const auto given = rawArgument();
        if (!given) return nullptr;
        source = *given;
    } else {
        const bool braces = name.endsWith(u"space");
        while (!braces && !atEnd() && source.size() < 16 &&
               (QChar::isDigit(peek()) || peek() == '.' || peek() == '-' || peek() == ' ' ||
                (peek() >= 'a' && peek() <= 'z'))) {
            source += QChar(static_cast<char16_t>(peek()));
            ++m_at;
            if (source.size() > 2 && source.right(2).front().isLetter() && source.back().isLetter())
                break;
        }
    }
    const auto length = lengthInEm(source);
    return length ? makeSpace(*length) : fail(tr("\\%1 needs a length").arg(name));
}

NodePtr Parser::phantom(const QString& name) {
    NodePtr node = make(name == u"smash" ? Kind::Smash : Kind::Phantom);
    if (!node) return nullptr;
    if (name == u"smash" && take('[') && !rawBrackets()) return nullptr;
    NodePtr body = name.endsWith(u"strut") ? symbol('(', Class::Ord) : argument();
    if (!body) return nullptr;
    node->wide = name == u"phantom" || name == u"hphantom";
    node->high = name != u"hphantom";
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::framed(const QString& name) {
    NodePtr node = make(Kind::Boxed);
    NodePtr body = !node ? nullptr : name == u"fbox" ? rawText(false, false, false) : argument();
    if (!body) return nullptr;
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::cancel(const QString& name) {
    NodePtr node = make(Kind::Cancel);
    NodePtr body = node ? argument() : nullptr;
    if (!body) return nullptr;
    node->upward = name != u"bcancel";
    node->both = name == u"xcancel";
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::coloured(const QString& name) {
    // The ink is the window's: colours chosen by a model may not be readable on its ground.
    if (take('[') && !rawBrackets()) return nullptr;
    if (!rawArgument()) return nullptr;
    return name == u"color" ? nullptr : argument();
}

NodePtr Parser::tag(const QString&) {
    NodePtr node = make(Kind::Tag);
    if (!node) return nullptr;
    const bool bare = take('*');
    NodePtr words = rawText(false, false, false);
    if (!words) return nullptr;
    NodePtr around = make(Kind::Row);
    if (!around) return nullptr;
    if (!bare) around->children.push_back(symbol('(', Class::Ord));
    around->children.push_back(std::move(words));
    if (!bare) around->children.push_back(symbol(')', Class::Ord));
    if (failed()) return nullptr;
    node->children.push_back(std::move(around));
    return node;
}

NodePtr Parser::ignored(const QString&) { return nullptr; }

NodePtr Parser::ignoredWithArgument(const QString&) {
    take('*');
    static_cast<void>(rawArgument());
    return nullptr;
}

NodePtr Parser::switchStyle(const QString& name) {
    NodePtr node = make(Kind::Style);
    if (!node) return nullptr;
    node->style = name.startsWith(u'd')    ? Style::Display
                  : name.startsWith(u't')  ? Style::Text
                  : name == u"scriptstyle" ? Style::Script
                                           : Style::ScriptScript;
    return node;
}

NodePtr Parser::negated(const QString&) {
    NodePtr body = argument();
    if (!body) return nullptr;
    if (body->kind == Kind::Symbol) {
        const QString joined = (QString::fromUcs4(&body->character, 1) + QChar(0x338))
                                   .normalized(QString::NormalizationForm_C);
        if (joined.size() == 1) {
            body->character = joined.front().unicode();
            return body;
        }
    }
    NodePtr node = make(Kind::Cancel, body->atom);
    if (!node) return nullptr;
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::modulo(const QString& name) {
    if (name == u"bmod") {
        NodePtr node = make(Kind::Name, Class::Bin);
        if (node) node->text = QStringLiteral("mod");
        return node;
    }
    NodePtr number = argument();
    NodePtr node = number ? make(Kind::Row) : nullptr;
    if (!node) return nullptr;
    const bool bracketsAround = name != u"mod";
    node->children.push_back(makeSpace(name == u"mod" ? 0.67 : 0.44));
    if (bracketsAround) node->children.push_back(symbol('(', Class::Open));
    if (name != u"pod") {
        NodePtr word = make(Kind::Name);
        if (!word) return nullptr;
        word->text = QStringLiteral("mod");
        node->children.push_back(std::move(word));
        node->children.push_back(makeSpace(0.33));
    }
    node->children.push_back(std::move(number));
    if (bracketsAround) node->children.push_back(symbol(')', Class::Close));
    return failed() ? nullptr : std::move(node);
}

NodePtr Parser::spacedArrow(const QString& name) {
    const char32_t shown = name == u"iff" ? 0x27FA : name == u"implies" ? 0x27F9 : 0x27F8;
    NodePtr node = make(Kind::Row, Class::Rel);
    if (!node) return nullptr;
    node->children.push_back(makeSpace(kThick));
    node->children.push_back(symbol(shown, Class::Rel));
    node->children.push_back(makeSpace(kThick));
    return failed() ? nullptr : std::move(node);
}

NodePtr Parser::asClass(const QString& name) {
    static const QHash<QString, Class> classes = {
        {"mathop", Class::Op},       {"mathbin", Class::Bin},    {"mathrel", Class::Rel},
        {"mathord", Class::Ord},     {"mathopen", Class::Open},  {"mathclose", Class::Close},
        {"mathpunct", Class::Punct}, {"mathinner", Class::Inner}};
    NodePtr node = make(Kind::Row, classes.value(name));
    NodePtr body = node ? argument() : nullptr;
    if (!body) return nullptr;
    if (node->atom == Class::Op) node->limits = Limits::DisplayOnly;
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::bracketed(const QString& name) {
    NodePtr node = make(Kind::Delimited, Class::Inner);
    NodePtr body = node ? argument() : nullptr;
    if (!body) return nullptr;
    const bool norm = name == u"norm";
    node->left = norm ? 0x2016 : name.startsWith(u"bra") ? 0x27E8 : U'|';
    node->right = norm ? 0x2016 : name.endsWith(u"ket") ? 0x27E9 : U'|';
    node->children.push_back(std::move(body));
    return node;
}

NodePtr Parser::accent(const AccentEntry& entry) {
    NodePtr node = make(Kind::Accent);
    NodePtr body = node ? argument() : nullptr;
    if (!body) return nullptr;
    node->character = entry.character;
    node->wide = entry.wide;
    node->children.push_back(std::move(body));
    return node;
}

}  // namespace alcove::ui::math
