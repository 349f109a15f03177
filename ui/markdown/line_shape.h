#pragma once
// What a line of Markdown looks like from its beginning: the few questions that must be answered
// before a parser sees it.
#include <QString>

namespace alcove::ui {

/// A line's end: the offset of its '\n' or '\r', or the size of the text.
qsizetype lineEnd(QStringView text, qsizetype from);
/// The offset behind the line break at `end` ("\r\n" is one).
qsizetype afterLineEnd(QStringView text, qsizetype end);

bool isBlank(QStringView line);
/// Columns of white space before the first character; tabs go to the next fourth.
int indentOf(QStringView line);

struct ListMarker {
    int content = 0;          ///< column in which the item's content begins; 0: this is no marker
    bool interrupts = false;  ///< may begin right after a line of a paragraph
};
/// The list marker that the line begins with, at any indent.
ListMarker listMarker(QStringView line);

/// "---", "* * *" and the like.
bool isRule(QStringView line);

struct Fence {
    QChar mark;  ///< '`' or '~'; null: this is no fence
    qsizetype length = 0;
    bool canClose = false;  ///< nothing follows
};
/// The fence that the line begins with, at any indent.
Fence fenceOf(QStringView line);

/// How much of the line's beginning is quote marks, list markers and white space. At most `limit`
/// marks are counted.
struct Prefix {
    qsizetype size = 0;
    int marks = 0;
    int quotes = 0;
    bool item = false;  ///< there is a list marker in it
};
Prefix containerPrefix(QStringView line, int limit);

}  // namespace alcove::ui
