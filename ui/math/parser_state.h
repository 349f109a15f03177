// The parser's inside, for its three files: rows and scripts, commands, environments.
#pragma once

#include <QCoreApplication>
#include <QHash>
#include <optional>
#include <string>

#include "ui/math/parser.h"
#include "ui/math/symbols.h"

namespace alcove::ui::math {

class Parser {
    Q_DECLARE_TR_FUNCTIONS(Parser)

public:
    using Handler = NodePtr (Parser::*)(const QString& name);

    explicit Parser(QStringView tex);
    Parsed parse();

    static const QHash<QString, Handler>& handlers();
    static QStringList environments();

private:
    struct Environment;
    // A row and an atom are a level each, so a group in a group takes two.
    static constexpr int kDeepest = 120;

    // ---- rows and scripts (parser.cpp)
    NodePtr row();
    NodePtr atomWithScripts();
    NodePtr atom();
    NodePtr group();
    NodePtr argument();
    NodePtr command();
    NodePtr scripts(NodePtr base);
    NodePtr typedScript();
    NodePtr symbol(char32_t character, Class atomClass);
    NodePtr letter(char32_t character);
    NodePtr infix(const QString& name, NodePtr before);
    bool rowEnds();

    // ---- commands (parser_commands.cpp)
    NodePtr fraction(const QString& name);
    NodePtr root(const QString& name);
    NodePtr delimited(const QString& name);
    NodePtr sizedDelimiter(const QString& name);
    NodePtr inAlphabet(const QString& name);
    NodePtr switchAlphabet(const QString& name);
    NodePtr text(const QString& name);
    NodePtr operatorName(const QString& name);
    NodePtr bar(const QString& name);
    NodePtr brace(const QString& name);
    NodePtr stack(const QString& name);
    NodePtr arrow(const QString& name);
    NodePtr space(const QString& name);
    NodePtr measuredSpace(const QString& name);
    NodePtr phantom(const QString& name);
    NodePtr framed(const QString& name);
    NodePtr cancel(const QString& name);
    NodePtr coloured(const QString& name);
    NodePtr tag(const QString& name);
    NodePtr ignored(const QString& name);
    NodePtr ignoredWithArgument(const QString& name);
    NodePtr switchStyle(const QString& name);
    NodePtr negated(const QString& name);
    NodePtr modulo(const QString& name);
    NodePtr spacedArrow(const QString& name);
    NodePtr asClass(const QString& name);
    NodePtr bracketed(const QString& name);
    NodePtr accent(const AccentEntry& entry);
    NodePtr rawText(bool bold, bool italic, bool mono);

    // ---- environments (parser_tables.cpp)
    NodePtr environment(const QString& name);
    NodePtr substack(const QString& name);
    NodePtr looseRows(NodePtr first);
    bool tableRows(TableShape& shape);
    bool arrayColumns(TableShape& shape);
    void horizontalLines(TableShape& shape);
    static const QHash<QString, Environment>& environmentTable();

    // ---- the source
    void skipBlanks();
    bool atEnd() const { return m_at >= m_source.size(); }
    char32_t peek() const { return atEnd() ? 0 : m_source[m_at]; }
    bool take(char32_t c);
    /// The command that begins here, without the backslash; empty: none does.
    QString peekCommand() const;
    void skipCommand(const QString& name);
    bool takeCommand(QLatin1String name);
    /// What stands between braces, as it is.
    std::optional<QString> rawArgument();
    std::optional<QString> rawBrackets();
    std::optional<char32_t> delimiter();

    NodePtr make(Kind kind, Class atomClass = Class::Ord);
    NodePtr makeSpace(double em);
    NodePtr fail(const QString& what);
    bool failed() const { return !m_mistake.isEmpty(); }

    std::u32string m_source;
    size_t m_at = 0;
    int m_depth = 0;
    int m_nodes = 0;
    bool m_inBrackets = false;  // "]" ends the row
    bool m_inText = false;      // "$" ends the row
    Alphabet m_alphabet = Alphabet::Default;
    QString m_mistake;
};

struct Parser::Environment {
    TableShape::Spacing spacing = TableShape::Spacing::Matrix;
    const char* columns = "c";
    char32_t left = 0, right = 0;
    Style cells = Style::Text;
    bool hasColumnArgument = false;
};

}  // namespace alcove::ui::math
