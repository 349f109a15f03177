#include "ui/markdown/line_shape.h"

namespace alcove::ui {

namespace {

bool isSpace(QChar c) { return c == u' ' || c == u'\t'; }
bool isDigit(QChar c) { return c >= u'0' && c <= u'9'; }

qsizetype firstInk(QStringView line) {
    qsizetype at = 0;
    while (at < line.size() && isSpace(line[at])) ++at;
    return at;
}

/// Characters of a list marker at the beginning of `text`, without the space behind it; 0: none.
qsizetype markerSize(QStringView text) {
    if (text.isEmpty()) return 0;
    qsizetype size = 0;
    if (text[0] == u'-' || text[0] == u'+' || text[0] == u'*') {
        size = 1;
    } else {
        while (size < text.size() && size < 9 && isDigit(text[size])) ++size;
        if (size == 0 || size == text.size() || (text[size] != u'.' && text[size] != u')'))
            return 0;
        ++size;
    }
    return size == text.size() || isSpace(text[size]) ? size : 0;
}

}  // namespace

qsizetype lineEnd(QStringView text, qsizetype from) {
    while (from < text.size() && text[from] != u'\n' && text[from] != u'\r') ++from;
    return from;
}

qsizetype afterLineEnd(QStringView text, qsizetype end) {
    if (end >= text.size()) return text.size();
    const bool pair = text[end] == u'\r' && end + 1 < text.size() && text[end + 1] == u'\n';
    return end + (pair ? 2 : 1);
}

bool isBlank(QStringView line) { return firstInk(line) == line.size(); }

int indentOf(QStringView line) {
    int column = 0;
    for (const QChar c : line) {
        if (c == u' ') {
            ++column;
        } else if (c == u'\t') {
            column = (column / 4 + 1) * 4;
        } else {
            break;
        }
    }
    return column;
}

ListMarker listMarker(QStringView line) {
    const QStringView text = line.mid(firstInk(line));
    const qsizetype size = markerSize(text);
    if (size == 0) return {};
    const int end = indentOf(line) + int(size);
    const QStringView rest = text.mid(size);
    const bool empty = isBlank(rest);
    int column = end;
    for (const QChar c : rest) {
        if (!isSpace(c)) break;
        column = c == u'\t' ? (column / 4 + 1) * 4 : column + 1;
    }
    ListMarker marker;
    marker.content = empty || column > end + 4 ? end + 1 : column;
    marker.interrupts = !empty && (size == 1 || (size == 2 && text[0] == u'1'));
    return marker;
}

bool isRule(QStringView line) {
    QChar mark;
    int count = 0;
    for (const QChar c : line) {
        if (isSpace(c)) continue;
        if (c != u'-' && c != u'*' && c != u'_') return false;
        if (count > 0 && c != mark) return false;
        mark = c;
        ++count;
    }
    return count >= 3;
}

Fence fenceOf(QStringView line) {
    const QStringView text = line.mid(firstInk(line));
    if (text.isEmpty() || (text[0] != u'`' && text[0] != u'~')) return {};
    qsizetype length = 0;
    while (length < text.size() && text[length] == text[0]) ++length;
    if (length < 3) return {};
    const QStringView rest = text.mid(length);
    if (text[0] == u'`' && rest.contains(u'`')) return {};
    return {text[0], length, isBlank(rest)};
}

Prefix containerPrefix(QStringView line, int limit) {
    Prefix prefix;
    qsizetype at = 0;
    for (;;) {
        while (at < line.size() && isSpace(line[at])) ++at;
        if (prefix.marks == limit || at == line.size()) break;
        qsizetype size = 1;
        if (line[at] == u'>') {
            ++prefix.quotes;
        } else {
            size = markerSize(line.mid(at));
            if (size == 0) break;
            prefix.item = true;
        }
        ++prefix.marks;
        at += size;
    }
    prefix.size = at;
    return prefix;
}

}  // namespace alcove::ui
