// Environments: matrices, cases, aligned equations.
#include "ui/math/parser_state.h"

namespace alcove::ui::math {

namespace {

constexpr size_t kMostRows = 300, kMostColumns = 60;

}  // namespace

const QHash<QString, Parser::Environment>& Parser::environmentTable() {
    using Spacing = TableShape::Spacing;
    static const QHash<QString, Environment> made = [] {
        QHash<QString, Environment> all = {
            {"matrix", {}},
            {"pmatrix", {Spacing::Matrix, "c", '(', ')'}},
            {"bmatrix", {Spacing::Matrix, "c", '[', ']'}},
            {"Bmatrix", {Spacing::Matrix, "c", '{', '}'}},
            {"vmatrix", {Spacing::Matrix, "c", '|', '|'}},
            {"Vmatrix", {Spacing::Matrix, "c", 0x2016, 0x2016}},
            {"smallmatrix", {Spacing::Small, "c", 0, 0, Style::Script}},
            {"array", {Spacing::Matrix, "c", 0, 0, Style::Text, true}},
            {"tabular", {Spacing::Matrix, "c", 0, 0, Style::Text, true}},
            {"cases", {Spacing::Cases, "l", '{', 0}},
            {"dcases", {Spacing::Cases, "l", '{', 0, Style::Display}},
            {"rcases", {Spacing::Cases, "l", 0, '}'}},
            {"subarray", {Spacing::Substack, "c", 0, 0, Style::Script, true}}};
        for (const char* name : {"align", "align*", "aligned", "alignat", "alignat*", "alignedat",
                                 "split", "eqnarray", "eqnarray*", "flalign", "flalign*"}) {
            const QString key = QString::fromLatin1(name);
            const bool counted = key.startsWith(u"alignat") || key == u"alignedat";
            const char* columns = key.startsWith(u"eqn") ? "rcl" : "rl";
            all.insert(key, {Spacing::Aligned, columns, 0, 0, Style::Display, counted});
        }
        for (const char* name : {"gather", "gather*", "gathered", "equation", "equation*",
                                 "displaymath", "math", "multline", "multline*"})
            all.insert(QString::fromLatin1(name), {Spacing::Gathered, "c", 0, 0, Style::Display});
        return all;
    }();
    return made;
}

QStringList Parser::environments() { return environmentTable().keys(); }

NodePtr Parser::environment(const QString&) {
    const auto name = rawArgument();
    if (!name) return nullptr;
    const auto found = environmentTable().constFind(*name);
    if (found == environmentTable().constEnd()) {
        return fail(tr("The environment %1 is not known").arg(*name));
    }
    NodePtr node = make(Kind::Table, Class::Ord);
    if (!node) return nullptr;
    node->table = std::make_unique<TableShape>();
    TableShape& shape = *node->table;
    shape.spacing = found->spacing;
    shape.cellStyle = found->cells;
    shape.columns = QString::fromLatin1(found->columns);
    skipBlanks();
    if (peek() == '[' && take('[') && !rawBrackets()) return nullptr;  // where it stands: ignored
    if (found->hasColumnArgument) {
        if (found->spacing == TableShape::Spacing::Aligned) {
            if (!rawArgument()) return nullptr;  // how many pairs: seen from the rows
        } else if (!arrayColumns(shape)) {
            return nullptr;
        }
    }
    if (!tableRows(shape)) return nullptr;
    if (!takeCommand(QLatin1String("end"))) {
        return fail(tr("\\begin{%1} has no \\end").arg(*name));
    }
    const auto closed = rawArgument();
    if (!closed) return nullptr;
    if (*closed != *name) {
        return fail(tr("\\begin{%1} is closed by \\end{%2}").arg(*name, *closed));
    }
    if (!found->left && !found->right) return node;
    NodePtr around = make(Kind::Delimited, Class::Inner);
    if (!around) return nullptr;
    around->left = found->left;
    around->right = found->right;
    around->children.push_back(std::move(node));
    return around;
}

bool Parser::arrayColumns(TableShape& shape) {
    const auto given = rawArgument();
    if (!given) return false;
    shape.columns.clear();
    for (const QChar c : *given) {
        if (c == u'|')
            shape.verticalLines.push_back(static_cast<int>(shape.columns.size()));
        else if (c == u'l' || c == u'c' || c == u'r')
            shape.columns += c;
        else if (!c.isSpace())
            fail(tr("A column of a table is l, c or r, not %1").arg(c));
    }
    if (static_cast<size_t>(shape.columns.size()) > kMostColumns) fail(tr("The table is too wide"));
    if (shape.columns.isEmpty()) shape.columns = QStringLiteral("c");
    return !failed();
}

void Parser::horizontalLines(TableShape& shape) {
    while (takeCommand(QLatin1String("hline")))
        shape.horizontalLines.push_back(static_cast<int>(shape.rows.size()));
}

bool Parser::tableRows(TableShape& shape) {
    const bool brackets = std::exchange(m_inBrackets, false);
    bool more = true;
    while (more) {
        horizontalLines(shape);
        if (failed()) return false;
        skipBlanks();
        if (peekCommand() == u"end" && !shape.rows.empty()) break;  // behind the last line's end
        std::vector<NodePtr> cells;
        while (true) {
            NodePtr cell = row();
            if (!cell) return false;
            cells.push_back(std::move(cell));
            if (cells.size() > kMostColumns) return fail(tr("The table is too wide")) != nullptr;
            if (!take('&')) break;
        }
        shape.rows.push_back(std::move(cells));
        shape.extraGap.push_back(0);
        if (shape.rows.size() > kMostRows) return fail(tr("The table is too long")) != nullptr;
        skipBlanks();
        const QString name = peekCommand();
        more = name == u"\\" || name == u"cr" || name == u"newline";
        if (more) {
            skipCommand(name);
            if (peek() == '*') ++m_at;
            // Only directly behind: [ may also begin the next row.
            if (peek() == '[' && !rawBrackets()) return false;
        }
    }
    horizontalLines(shape);
    m_inBrackets = brackets;
    return !failed();
}

NodePtr Parser::substack(const QString&) {
    if (!take('{')) return fail(tr("A { is missing"));
    NodePtr node = make(Kind::Table);
    if (!node) return nullptr;
    node->table = std::make_unique<TableShape>();
    node->table->spacing = TableShape::Spacing::Substack;
    node->table->cellStyle = Style::Inherit;
    if (!tableRows(*node->table)) return nullptr;
    if (!take('}')) return fail(tr("A } is missing"));
    return node;
}

NodePtr Parser::looseRows(NodePtr first) {
    // Models write several lines without an environment. What was read is read again as rows.
    m_at = 0;
    m_nodes = 0;
    first.reset();
    NodePtr node = make(Kind::Table);
    node->table = std::make_unique<TableShape>();
    const bool aligned = m_source.find(U'&') != std::u32string::npos;
    using Spacing = TableShape::Spacing;
    node->table->spacing = aligned ? Spacing::Aligned : Spacing::Gathered;
    node->table->columns = aligned ? QStringLiteral("rl") : QStringLiteral("c");
    node->table->cellStyle = Style::Display;
    if (!tableRows(*node->table)) return nullptr;
    if (!atEnd() && peek() == '}') return fail(tr("A } closes nothing"));
    return node;
}

}  // namespace alcove::ui::math
