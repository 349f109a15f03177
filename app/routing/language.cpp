#include <algorithm>
#include <array>

#include "app/routing/words.h"
#include "engine/base/result.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

struct SmallWords {
    std::string_view language;
    std::string_view words;    // a blank before and behind each
    std::u32string_view only;  // letters of this language alone, among these
};

constexpr std::array kLatin = {
    SmallWords{
        "en",
        " the of and to is in that it what how why who when where which with for this are do "
        "does did can could would you your my me i a an on be was were please not or if from "
        "by as at have has ",
        U""},
    SmallWords{"de",
               " der die das und ist in nicht ein eine einen einem einer wie was warum wer wann wo "
               "welche welcher welches mit für auf von zu zum zur den dem des ich sie wir bitte im "
               "am es sind hat haben kann mir mein auch ",
               U"ß"},
    SmallWords{
        "fr",
        " le la les des et est un une que qui quoi quel quelle quels comment pourquoi où quand "
        "dans pour avec sur pas je vous nous du au aux ce cette il elle sont mon ma de ",
        U"œç"},
    SmallWords{
        "es",
        " el la los las y es un una que qué quién cómo por para con no en del al cuál cuándo "
        "dónde se su lo está son mi de cuánto ",
        U"ñ¿¡"},
    SmallWords{
        "it",
        " il la gli le in è un una che chi come perché quando dove con per non di del della dei "
        "nel sono questo mi qual cosa ",
        U""},
    SmallWords{"pt",
               " o os as um uma que quem como por para com não em do da no na qual quando onde são "
               "meu minha é de ",
               U"ãõ"},
    SmallWords{
        "nl",
        " de het een en in is niet wat hoe waarom wie wanneer waar welke met voor van op dat zijn "
        "ik je jij u mijn kan ",
        U""},
    SmallWords{
        "sv",
        " och är inte en ett det som vad hur varför vem när var vilken med för på av till jag "
        "du min kan ",
        U"å"},
    SmallWords{"pl", " w na jest nie co jak dlaczego kto kiedy gdzie z do się to czy są jaki ",
               U"łąęśćżź"},
};

enum Script {
    kLatinScript,
    kCyrillic,
    kGreek,
    kHan,
    kKana,
    kHangul,
    kArabic,
    kHebrew,
    kDevanagari,
    kThai,
    kScripts
};
constexpr std::array<std::string_view, kScripts> kScriptNames = {
    "Latin",  "Cyrillic", "Greek",  "Han",        "kana",
    "Hangul", "Arabic",   "Hebrew", "Devanagari", "Thai"};
constexpr std::array<std::string_view, kScripts> kScriptLanguages = {"",   "ru", "el", "zh", "ja",
                                                                     "ko", "ar", "he", "hi", "th"};

int scriptOf(char32_t c) {
    const auto within = [&](char32_t first, char32_t last) { return c >= first && c <= last; };
    if (within(0x400, 0x52F)) return kCyrillic;
    if (within(0x370, 0x3FF) || within(0x1F00, 0x1FFF)) return kGreek;
    if (within(0x4E00, 0x9FFF) || within(0x3400, 0x4DBF) || within(0x20000, 0x3134F)) return kHan;
    if (within(0x3040, 0x30FF) || within(0x31F0, 0x31FF)) return kKana;
    if (within(0xAC00, 0xD7AF) || within(0x1100, 0x11FF)) return kHangul;
    if (within(0x600, 0x6FF) || within(0x750, 0x77F)) return kArabic;
    if (within(0x590, 0x5FF)) return kHebrew;
    if (within(0x900, 0x97F)) return kDevanagari;
    if (within(0xE00, 0xE7F)) return kThai;
    return kLatinScript;
}

bool hasAny(const std::u32string& text, std::u32string_view wanted) {
    return text.find_first_of(wanted) != std::u32string::npos;
}

LanguageGuess byScript(int script, size_t han, size_t kana, const std::u32string& text) {
    std::string_view language = kScriptLanguages[static_cast<size_t>(script)];
    std::string_view shown = kScriptNames[static_cast<size_t>(script)];
    if (script == kHan || script == kKana) {
        language = kana > 0 ? "ja" : "zh";
        shown = kana == 0 ? "Han" : han == 0 ? "kana" : "Han and kana";
    }
    if (script == kCyrillic && hasAny(text, U"іїєґІЇЄҐ")) language = "uk";
    if (script == kArabic && hasAny(text, U"پچژگ")) language = "fa";
    return {std::string(language), concat("most letters are ", shown)};
}

}  // namespace

LanguageGuess guessLanguage(std::string_view prose) {
    const std::u32string text = codePoints(prose);
    std::array<size_t, kScripts> letters{};
    size_t all = 0;
    for (const char32_t c : text)
        if (unicodeCategory(c) == UnicodeCategory::Letter) {
            ++letters[static_cast<size_t>(scriptOf(c))];
            ++all;
        }
    if (all == 0) return {"", "there are no letters"};
    if (2 * letters[kLatinScript] < all) {
        const size_t kana = letters[kKana], han = letters[kHan];
        letters[kHan] += kana;  // they are written together
        const auto most = std::max_element(letters.begin() + 1, letters.end());
        return byScript(static_cast<int>(most - letters.begin()), han, kana, text);
    }
    std::array<size_t, kLatin.size()> votes{};
    for (const std::string& word : lowerWords(prose))
        for (size_t i = 0; i < kLatin.size(); ++i)
            votes[i] += kLatin[i].words.find(" " + word + " ") != std::string_view::npos;
    for (const char32_t c : text)
        for (size_t i = 0; i < kLatin.size(); ++i)
            votes[i] += kLatin[i].only.find(unicodeLower(c)) != std::u32string_view::npos;
    const auto best = std::max_element(votes.begin(), votes.end());
    const auto at = static_cast<size_t>(best - votes.begin());
    if (*best == 0) return {"", "no small word of a known language is in it"};
    for (size_t i = 0; i < votes.size(); ++i)
        if (i != at && votes[i] == *best)
            return {"", concat("as many small words are ", kLatin[at].language, " as ",
                               kLatin[i].language)};
    return {std::string(kLatin[at].language),
            concat(*best, *best == 1 ? " small word or letter is " : " small words or letters are ",
                   kLatin[at].language)};
}

}  // namespace alcove::app
