#pragma once
// How a language is written, for the highlighter.
#include <QStringView>
#include <span>

namespace alcove::ui {

/// Lists are words with one blank between them.
struct StringRule {
    QStringView open = {};
    QStringView close = {};
    bool escapes = true;           ///< a backslash takes the next character along
    bool lines = false;            ///< may go on in the next line
    bool doubled = false;          ///< the closing mark twice is the mark itself
    bool brief = false;            ///< one character, as 'x'; else the mark means something else
    QStringView interpolate = {};  ///< "${", "{", "#{": code within, up to its bracket; empty: none
};

struct CommentRule {
    QStringView open = {};
    QStringView close = {};  ///< empty: to the end of the line
    bool nested = false;
    bool wordStart = false;  ///< only at the beginning of a word, as # in a shell
};

enum class LanguageForm : quint8 { Code, Diff, Markup, Markdown, Keys, Sections };

struct Language {
    QStringView name = {};     ///< as people write it
    QStringView aliases = {};  ///< as fences have it, lower case
    QStringView keywords = {};
    QStringView types = {};
    std::span<const CommentRule> comments = {};
    std::span<const StringRule> strings = {};
    LanguageForm form = LanguageForm::Code;
    QStringView wordChars = u"_";  ///< besides letters and digits
    bool anyCase = false;          ///< keywords in capitals, too
    bool capitalTypes = false;     ///< Words like This are types
    bool calls = true;             ///< a word before "(" is a function
    QChar attribute = {};          ///< @ or # before a word
    QChar preprocessor = {};       ///< the first character of a line that is none of the code
    QChar variable = {};           ///< $ or @ before a word is a name of a variable
    bool rawStrings = false;       ///< R"x(…)x" of C++, r#"…"# of Rust
    bool hereDocuments = false;    ///< <<END
    bool keyColon = false;         ///< a string or word before ":" is a key
};

/// nullptr: unknown.
const Language* findLanguage(QStringView name);
std::span<const Language> allLanguages();

}  // namespace alcove::ui
