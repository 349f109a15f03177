#pragma once
// Colours for source code: a lexer driven by a table for each language (languages.cpp). It knows
// comments, strings, numbers, words and a few forms of lines; it does not parse. Line by line, with
// a small state in between, so that code which is still being written costs a line for each token.
// Any text is fine; each line takes linear time, and its tokens lie in order and apart.
#include <QString>
#include <vector>

namespace alcove::ui {

enum class TokenKind : quint8 {
    Comment,
    String,
    Number,
    Keyword,
    Type,
    Function,
    Attribute,  ///< decorators, preprocessor, options
    Key,        ///< of JSON, YAML, XML attributes
    Added,
    Removed,
    Heading
};

/// What a line is; what lies between tokens is plain.
struct Token {
    qsizetype begin = 0;
    qsizetype length = 0;
    TokenKind kind = TokenKind::Comment;
    bool operator==(const Token&) const = default;
};

/// What a line leaves to the next.
struct LineState {
    struct Level {
        qint8 string = -1;  ///< within this string of the language; -1: within an interpolation
        quint16 depth = 0;  ///< open brackets of an interpolation, or of nested comments
        bool operator==(const Level&) const = default;
    };
    std::vector<Level> levels;  ///< strings within interpolations within strings, at most 8
    int comment = 0;            ///< depth of block comments; above 0: within one
    int commentRule = 0;
    bool inTag = false;        ///< of XML
    QString closer;            ///< of a raw string or here-document whose end names itself
    bool closerAlone = false;  ///< it stands alone in its line
    bool operator==(const LineState&) const = default;
};

struct Language;

class Highlighter {
public:
    /// By the name behind a fence ("cpp", "C++", "py"); an unknown one colours nothing.
    explicit Highlighter(QStringView language = {});

    /// The line stands without its end. Appends to `tokens`.
    LineState highlight(QStringView line, const LineState& state, std::vector<Token>& tokens) const;
    bool knowsLanguage() const { return m_language != nullptr; }
    /// How the language is called; what was given if it is unknown.
    QString languageName() const;

private:
    const Language* m_language;  ///< static
    QString m_given;
};

}  // namespace alcove::ui
