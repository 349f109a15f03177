#include <algorithm>
#include <array>

#include "rag/retrieve/query.h"

namespace alcove::rag {
namespace {

// Articles, pronouns, prepositions, auxiliary verbs and question words of English, German, French,
// Spanish and Italian; without words that are nouns or verbs in another of them ("die", "war",
// "son", "pour"). Sorted by bytes.
constexpr std::array<std::string_view, 382> kStopWords = {
    "a",      "aber",     "about",  "after",   "agli",    "al",     "all",     "alla",    "alle",
    "als",    "also",     "am",     "an",      "anche",   "and",    "any",     "are",     "as",
    "at",     "au",       "auf",    "aus",     "aux",     "avec",   "be",      "because", "been",
    "before", "bei",      "being",  "between", "bin",     "bis",    "bist",    "both",    "but",
    "by",     "can",      "cannot", "ce",      "ces",     "cette",  "che",     "chi",     "ci",
    "como",   "con",      "cosa",   "could",   "cual",    "cuando", "cuál",    "cuándo",  "cómo",
    "da",     "dai",      "dal",    "dalla",   "dalle",   "damit",  "dann",    "dans",    "das",
    "dass",   "de",       "degli",  "dei",     "dein",    "del",    "della",   "delle",   "dem",
    "den",    "denn",     "der",    "des",     "desde",   "di",     "dich",    "did",     "dir",
    "do",     "doch",     "does",   "doing",   "donde",   "done",   "dove",    "du",      "durch",
    "during", "dónde",    "e",      "each",    "ein",     "eine",   "einem",   "einen",   "einer",
    "eines",  "either",   "el",     "ella",    "elle",    "elles",  "ellos",   "else",    "en",
    "entre",  "er",       "es",     "est",     "esta",    "este",   "esto",    "está",    "están",
    "et",     "eux",      "ever",   "every",   "for",     "from",   "fue",     "für",     "gegen",
    "get",    "gets",     "give",   "given",   "gives",   "gli",    "ha",      "haben",   "had",
    "hanno",  "has",      "hat",    "hatte",   "have",    "having", "hay",     "he",      "her",
    "here",   "hers",     "hier",   "him",     "his",     "how",    "however", "i",       "ich",
    "if",     "ihm",      "ihn",    "ihr",     "ihre",    "il",     "ils",     "im",      "in",
    "into",   "io",       "is",     "ist",     "it",      "its",    "itself",  "ja",      "je",
    "just",   "kann",     "kein",   "keine",   "la",      "las",    "le",      "lei",     "les",
    "let",    "leur",     "leurs",  "lo",      "loro",    "los",    "lui",     "mais",    "many",
    "me",     "mein",     "mich",   "might",   "mir",     "mit",    "mon",     "more",    "most",
    "much",   "muss",     "must",   "muy",     "my",      "más",    "nach",    "ne",      "nel",
    "nella",  "nelle",    "nicht",  "no",      "noch",    "noi",    "non",     "nor",     "nos",
    "not",    "notre",    "nous",   "nun",     "nur",     "o",      "ob",      "oder",    "of",
    "off",    "ohne",     "on",     "once",    "only",    "onto",   "or",      "other",   "ou",
    "our",    "ours",     "out",    "over",    "own",     "où",     "para",    "per",     "perché",
    "pero",   "più",      "please", "por",     "porque",  "qu",     "quale",   "quali",   "quando",
    "quanto", "que",      "quel",   "quelle",  "quelles", "quels",  "questa",  "questo",  "qui",
    "quien",  "quién",    "quoi",   "qué",     "sa",      "se",     "sein",    "seine",   "ses",
    "shall",  "she",      "should", "show",    "si",      "sich",   "sie",     "sin",     "since",
    "sind",   "so",       "sobre",  "soll",    "some",    "sono",   "sont",    "su",      "sua",
    "such",   "sul",      "sulla",  "suo",     "sur",     "sus",    "ta",      "también", "te",
    "tell",   "than",     "that",   "the",     "their",   "theirs", "them",    "then",    "there",
    "these",  "they",     "this",   "those",   "through", "thus",   "to",      "toi",     "too",
    "tra",    "tu",       "um",     "un",      "una",     "und",    "under",   "une",     "uno",
    "uns",    "unser",    "unter",  "until",   "up",      "upon",   "us",      "very",    "voi",
    "vom",    "von",      "vor",    "vos",     "votre",   "vous",   "wann",    "warum",   "was",
    "we",     "weil",     "welche", "welcher", "welches", "wenn",   "wer",     "werden",  "were",
    "what",   "when",     "where",  "whether", "which",   "while",  "who",     "whom",    "whose",
    "why",    "wie",      "wieder", "will",    "wir",     "wird",   "with",    "within",  "wo",
    "would",  "wurde",    "y",      "ya",      "you",     "your",   "yours",   "zu",      "zum",
    "zur",    "zwischen", "è",      "über",
};

}  // namespace

bool isStopWord(std::string_view word) {
    return std::binary_search(kStopWords.begin(), kStopWords.end(), word);
}

}  // namespace alcove::rag
