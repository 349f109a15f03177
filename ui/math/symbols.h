// What commands and characters mean: Unicode's mathematical characters with TeX's classes.
#pragma once

#include <QString>
#include <span>

#include "ui/math/node.h"

namespace alcove::ui::math {

struct SymbolEntry {
    const char* name;  // without the backslash
    char32_t character;
    Class atom;
    Limits limits = Limits::Beside;
    bool large = false;
};

struct NameEntry {
    const char* name;
    const char* shown;
    Limits limits;
};

struct AccentEntry {
    const char* name;
    char32_t character;
    bool wide;
};

enum class Alphabet : uint8_t {
    Default,  // letters italic, digits and capital Greek upright
    Roman,
    Italic,
    Bold,
    BoldItalic,
    Script,
    Fraktur,
    Double,
    Sans,
    Mono
};

std::span<const SymbolEntry> allSymbols();
std::span<const NameEntry> allNames();
std::span<const AccentEntry> allAccents();

/// Nothing: not a command of that kind.
const SymbolEntry* findSymbol(QStringView name);
const NameEntry* findName(QStringView name);
const AccentEntry* findAccent(QStringView name);
/// The first entry that has this character: its class, and a word for it.
const SymbolEntry* symbolOf(char32_t character);

/// A character typed as it is: its class.
Class classOf(char32_t character);
/// The letter in that alphabet, or as it is where there is none.
char32_t styled(char32_t character, Alphabet alphabet);
/// The letter that `styled` made another of, for reading aloud.
char32_t plainLetter(char32_t character);

}  // namespace alcove::ui::math
