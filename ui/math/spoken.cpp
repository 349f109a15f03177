#include "ui/math/spoken.h"

#include <QCoreApplication>
#include <QHash>

#include "ui/math/symbols.h"

namespace alcove::ui::math {

namespace {

/// Hidden words: what is longer is not listened to anyway.
constexpr qsizetype kLongest = 2000;

class Speaker {
    Q_DECLARE_TR_FUNCTIONS(Speaker)

public:
    QString say(const Node& node);

private:
    QString all(const Node& node);
    QString part(const Node& node, size_t index);
    QString symbol(const Node& node) const;
    QString scripts(const Node& node);
    QString table(const Node& node);

    qsizetype m_length = 0;
};

QString joined(const QString& left, const QString& right) {
    if (left.isEmpty() || right.isEmpty()) return left + right;
    return left + u' ' + right;
}

QString Speaker::part(const Node& node, size_t index) {
    const bool there = index < node.children.size() && node.children[index];
    return there ? say(*node.children[index]) : QString();
}

QString Speaker::all(const Node& node) {
    QString words;
    bool digit = false;  // digits of a number are said together
    for (const NodePtr& child : node.children) {
        if (m_length > kLongest) break;
        const bool next = child->kind == Kind::Symbol && child->character < 128 &&
                          (QChar::isDigit(child->character) || child->character == '.');
        const QString said = say(*child);
        words = digit && next ? words + said : joined(words, said);
        digit = next;
    }
    return words;
}

QString Speaker::symbol(const Node& node) const {
    const char32_t plain = plainLetter(node.character);
    if (plain == '0' || QChar::isLetterOrNumber(plain)) {
        if (plain < 128) return QString::fromUcs4(&plain, 1);
        const SymbolEntry* entry = symbolOf(node.character);
        return entry ? QString::fromLatin1(entry->name) : QString::fromUcs4(&plain, 1);
    }
    switch (node.character) {
        case 0x2212:
            return tr("minus");
        case '+':
            return tr("plus");
        case '=':
            return tr("equals");
        case '<':
            return tr("is less than");
        case '>':
            return tr("is greater than");
        case 0x2264:
            return tr("is at most");
        case 0x2265:
            return tr("is at least");
        case 0x2260:
            return tr("is not");
        case 0x22C5:
        case 0xD7:
            return tr("times");
        case 0x221E:
            return tr("infinity");
        case 0x2032:
            return tr("prime");
        case 0x222B:
            return tr("integral");
        case 0x2208:
            return tr("in");
        default:
            break;
    }
    const SymbolEntry* entry = node.character < 128 ? nullptr : symbolOf(node.character);
    return entry ? QString::fromLatin1(entry->name) : QString::fromUcs4(&node.character, 1);
}

QString Speaker::scripts(const Node& node) {
    QString words = part(node, 0);
    const QString up = part(node, 1), down = part(node, 2);
    const Node& base = *node.children[0];
    const bool range = base.atom == Class::Op && (base.kind == Kind::Symbol || !down.isEmpty());
    if (range && base.kind == Kind::Symbol) {
        if (!down.isEmpty()) words = tr("%1 from %2").arg(words, down);
        if (!up.isEmpty()) words = tr("%1 to %2").arg(words, up);
        return words;
    }
    if (!down.isEmpty()) words = tr("%1 sub %2").arg(words, down);
    if (up == tr("prime")) return joined(words, up);
    if (up == u"2") return tr("%1 squared").arg(words);
    if (!up.isEmpty()) words = tr("%1 to the power %2").arg(words, up);
    return words;
}

QString Speaker::table(const Node& node) {
    QStringList lines;
    for (const auto& row : node.table->rows) {
        QStringList cells;
        for (const NodePtr& cell : row)
            if (m_length < kLongest) cells += say(*cell);
        lines += cells.join(QStringLiteral(", "));
    }
    return lines.join(QStringLiteral("; "));
}

QString Speaker::say(const Node& node) {
    if (m_length > kLongest) return {};
    QString words;
    switch (node.kind) {
        case Kind::Symbol:
            words = symbol(node);
            m_length += words.size();
            break;
        case Kind::Name:
        case Kind::Text:
            words = node.text;
            m_length += words.size();
            break;
        case Kind::Scripts:
            return scripts(node);
        case Kind::Fraction:
            return node.bar ? tr("%1 over %2, end of fraction").arg(part(node, 0), part(node, 1))
                            : tr("%1 choose %2").arg(part(node, 0), part(node, 1));
        case Kind::Radical:
            if (node.children[1])
                return tr("root %1 of %2, end of root").arg(part(node, 1), part(node, 0));
            return tr("square root of %1, end of root").arg(part(node, 0));
        case Kind::Accent: {
            for (const AccentEntry& entry : allAccents())
                if (entry.character == node.character && entry.wide == node.wide)
                    return joined(part(node, 0), QString::fromLatin1(entry.name));
            return part(node, 0);
        }
        case Kind::Delimited: {
            const auto edge = [](char32_t c) { return c ? QString::fromUcs4(&c, 1) : QString(); };
            return joined(joined(edge(node.left), all(node)), edge(node.right));
        }
        case Kind::Delimiter:
            return node.character ? QString::fromUcs4(&node.character, 1) : QString();
        case Kind::Table:
            return table(node);
        case Kind::Space:
        case Kind::Style:
        case Kind::Phantom:
            break;
        case Kind::Row:
            return all(node);
        default:
            for (size_t i = 0; i < node.children.size(); ++i) words = joined(words, part(node, i));
            break;
    }
    return words;
}

}  // namespace

QString spoken(const Node& root) { return Speaker().say(root).left(kLongest); }

}  // namespace alcove::ui::math
