#include "ui/math/symbols.h"

#include <QHash>

namespace alcove::ui::math {

namespace {

template <typename Entry>
const Entry* find(std::span<const Entry> entries, QStringView name) {
    static const auto index = [&] {
        QHash<QString, const Entry*> made;
        for (const Entry& entry : entries) made.insert(QString::fromLatin1(entry.name), &entry);
        return made;
    }();
    return index.value(name.toString());
}

/// Where an alphabet's letters begin; 0: it has none.
struct Begin {
    char32_t capitals, smalls, digits, greekCapitals, greekSmalls;
};

Begin beginOf(Alphabet alphabet) {
    switch (alphabet) {
        case Alphabet::Default:
            return {0x1D434, 0x1D44E, 0, 0, 0x1D6FC};
        case Alphabet::Italic:
            return {0x1D434, 0x1D44E, 0, 0x1D6E2, 0x1D6FC};
        case Alphabet::Bold:
            return {0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0x1D6C2};
        case Alphabet::BoldItalic:
            return {0x1D468, 0x1D482, 0x1D7CE, 0x1D71C, 0x1D736};
        case Alphabet::Script:
            return {0x1D49C, 0x1D4B6, 0, 0, 0};
        case Alphabet::Fraktur:
            return {0x1D504, 0x1D51E, 0, 0, 0};
        case Alphabet::Double:
            return {0x1D538, 0x1D552, 0x1D7D8, 0, 0};
        case Alphabet::Sans:
            return {0x1D5A0, 0x1D5BA, 0x1D7E2, 0, 0};
        case Alphabet::Roman:
        case Alphabet::Mono:
            break;
    }
    return {0, 0, 0, 0, 0};
}

/// Letters that Unicode had before the rest of their alphabet.
struct Older {
    char32_t regular, older;
};
constexpr Older kOlder[] = {
    {0x1D455, 0x210E}, {0x1D49D, 0x212C}, {0x1D4A0, 0x2130}, {0x1D4A1, 0x2131}, {0x1D4A3, 0x210B},
    {0x1D4A4, 0x2110}, {0x1D4A7, 0x2112}, {0x1D4A8, 0x2133}, {0x1D4AD, 0x211B}, {0x1D4BA, 0x212F},
    {0x1D4BC, 0x210A}, {0x1D4C4, 0x2134}, {0x1D506, 0x212D}, {0x1D50B, 0x210C}, {0x1D50C, 0x2111},
    {0x1D515, 0x211C}, {0x1D51D, 0x2128}, {0x1D53A, 0x2102}, {0x1D53F, 0x210D}, {0x1D545, 0x2115},
    {0x1D547, 0x2119}, {0x1D548, 0x211A}, {0x1D549, 0x211D}, {0x1D551, 0x2124}};

char32_t olderOf(char32_t regular) {
    for (const Older& pair : kOlder)
        if (pair.regular == regular) return pair.older;
    return regular;
}

// The six small letters that follow omega in each Greek alphabet of Unicode's.
constexpr char32_t kGreekVariants[] = {0x2202, 0x3F5, 0x3D1, 0x3F0, 0x3D5, 0x3F1, 0x3D6};
constexpr char32_t kGreekItalic = 0x1D6FC;

/// 0 … 24 letters, 25 … 31 variants; −1: not a small Greek letter.
int smallGreek(char32_t c) {
    if (c >= 0x3B1 && c <= 0x3C9) return static_cast<int>(c - 0x3B1);
    if (c >= kGreekItalic && c <= kGreekItalic + 31) return static_cast<int>(c - kGreekItalic);
    for (int i = 0; i < 7; ++i)
        if (kGreekVariants[i] == c) return 25 + i;
    return -1;
}

char32_t plainGreek(int index) {
    if (index < 25) return static_cast<char32_t>(0x3B1 + index);
    return kGreekVariants[index - 25];
}

}  // namespace

const SymbolEntry* findSymbol(QStringView name) { return find(allSymbols(), name); }
const NameEntry* findName(QStringView name) { return find(allNames(), name); }
const AccentEntry* findAccent(QStringView name) { return find(allAccents(), name); }

const SymbolEntry* symbolOf(char32_t character) {
    static const auto index = [] {
        QHash<char32_t, const SymbolEntry*> made;
        for (const SymbolEntry& entry : allSymbols())
            if (!made.contains(entry.character)) made.insert(entry.character, &entry);
        return made;
    }();
    return index.value(character);
}

Class classOf(char32_t character) {
    switch (character) {
        case '+':
        case '-':
        case '*':
        case 0x2212:
            return Class::Bin;
        case '=':
        case '<':
        case '>':
        case ':':
            return Class::Rel;
        case '(':
        case '[':
        case '{':
            return Class::Open;
        case ')':
        case ']':
        case '}':
        case '!':
        case '?':
            return Class::Close;
        case ',':
        case ';':
            return Class::Punct;
        case '|':
        case '/':
        case '.':
            return Class::Ord;
        default:
            break;
    }
    const SymbolEntry* entry = symbolOf(character);
    return entry ? entry->atom : Class::Ord;
}

char32_t styled(char32_t c, Alphabet alphabet) {
    const Begin begin = beginOf(alphabet);
    if (c >= 'A' && c <= 'Z') return begin.capitals ? olderOf(begin.capitals + (c - 'A')) : c;
    if (c >= 'a' && c <= 'z') return begin.smalls ? olderOf(begin.smalls + (c - 'a')) : c;
    if (c >= '0' && c <= '9') return begin.digits ? begin.digits + (c - '0') : c;
    if (c >= 0x391 && c <= 0x3A9)
        return begin.greekCapitals ? begin.greekCapitals + (c - 0x391) : c;
    if (c == 0x2207 && alphabet == Alphabet::BoldItalic) return 0x1D735;
    if (const int small = smallGreek(c); small >= 0) {
        if (begin.greekSmalls) return begin.greekSmalls + static_cast<char32_t>(small);
        return alphabet == Alphabet::Roman ? plainGreek(small) : c;
    }
    return c;
}

char32_t plainLetter(char32_t c) {
    if (const int small = smallGreek(c); small >= 0) return plainGreek(small);
    for (const Older& pair : kOlder)
        if (pair.older == c) c = pair.regular;
    if (c >= 0x1D400 && c < 0x1D6A4) {
        const char32_t letter = (c - 0x1D400) % 52;
        return letter < 26 ? 'A' + letter : 'a' + (letter - 26);
    }
    if (c >= 0x1D6A8 && c < 0x1D7CA) {
        const char32_t letter = (c - 0x1D6A8) % 58;
        if (letter < 25) return 0x391 + letter;
        if (letter == 25) return 0x2207;
        return plainGreek(static_cast<int>(letter - 26));
    }
    if (c >= 0x1D7CE && c <= 0x1D7FF) return '0' + (c - 0x1D7CE) % 10;
    return c;
}

}  // namespace alcove::ui::math
