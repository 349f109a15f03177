#include "ui/markdown/code_sheet.h"

#include <QClipboard>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace alcove::ui {

namespace {

constexpr qreal kNoLimit = 1e6;
constexpr int kTabColumns = 4;
/// What is longer is cut in the picture, not in what is copied.
constexpr qsizetype kLongestLine = 20'000;

}  // namespace

void CodeSheet::setText(const QString& text) {
    if (text == m_text) return;
    const bool grows = !m_lines.empty() && text.startsWith(m_text);
    m_text = text;
    const size_t first = grows ? m_lines.size() - 1 : 0;
    readFrom(first);
    relayout(qreal(first) * m_lineHeight);
    emit textChanged();
}

void CodeSheet::setLanguage(const QString& language) {
    if (language == m_language) return;
    m_language = language;
    m_highlighter = Highlighter(language);
    readFrom(0);
    relayout();
    emit languageChanged();
}

void CodeSheet::copyAll() const { QGuiApplication::clipboard()->setText(m_text); }

/// Finds the lines from one on anew, with the states between them.
void CodeSheet::readFrom(size_t line) {
    if (!style() || !isComponentComplete()) return;
    qsizetype begin = 0;
    LineState state;
    if (line > 0 && line < m_lines.size()) {
        begin = m_lines[line].begin;
        state = m_lines[line].state;
    } else {
        line = 0;
    }
    m_lines.resize(line);
    std::vector<Token> tokens;
    for (;;) {
        const qsizetype found = m_text.indexOf(u'\n', begin);
        const qsizetype end = found < 0 ? m_text.size() : found;
        const QStringView text =
            QStringView(m_text).mid(begin, end - begin).first(std::min(end - begin, kLongestLine));
        m_lines.push_back({begin, measure(text), state});
        if (found < 0) break;
        tokens.clear();
        state = m_highlighter.highlight(text, state, tokens);
        begin = found + 1;
    }
}

QStringView CodeSheet::lineText(size_t line) const {
    const qsizetype begin = m_lines[line].begin;
    const qsizetype end = line + 1 < m_lines.size() ? m_lines[line + 1].begin - 1 : m_text.size();
    return QStringView(m_text).mid(begin, end - begin);
}

qreal CodeSheet::measure(QStringView line) const {
    qsizetype columns = 0;
    for (const QChar c : line) {
        if (c == u'\t') {
            columns = (columns / kTabColumns + 1) * kTabColumns;
        } else if (c.unicode() < 128) {
            ++columns;
        } else {
            return QFontMetricsF(m_font).horizontalAdvance(line.toString()) + m_advance;
        }
    }
    return qreal(columns) * m_advance;
}

void CodeSheet::restyle() {
    if (!style() || !isComponentComplete()) return;
    m_font.setFamily(style()->monoFamily);
    m_font.setStyleHint(QFont::Monospace);
    m_font.setPixelSize(std::max(1, int(std::lround(style()->codeSize))));
    m_font.setKerning(false);
    // "->" stays two characters.
    m_font.setStyleStrategy(QFont::PreferNoShaping);
    const QFontMetricsF metrics(m_font);
    m_advance = metrics.horizontalAdvance(u'x');
    m_lineHeight = std::round(style()->codeSize * 1.5);
    m_ascent =
        std::round((m_lineHeight - metrics.ascent() - metrics.descent()) / 2 + metrics.ascent());
    readFrom(0);
}

QSizeF CodeSheet::layoutContent(qreal) {
    qreal widest = 0;
    for (const LineInfo& line : m_lines) widest = std::max(widest, line.width);
    return {std::ceil(widest) + 1, qreal(std::max<size_t>(m_lines.size(), 1)) * m_lineHeight};
}

std::unique_ptr<QTextLayout> CodeSheet::layoutLine(size_t line) const {
    const QStringView whole = lineText(line);
    const QStringView text = whole.first(std::min(whole.size(), kLongestLine));
    auto layout = std::make_unique<QTextLayout>(text.toString(), m_font);
    std::vector<Token> tokens;
    m_highlighter.highlight(text, m_lines[line].state, tokens);
    QList<QTextLayout::FormatRange> formats;
    for (const Token& token : tokens) {
        const auto kind = qsizetype(token.kind);
        if (kind >= style()->tokens.size()) continue;
        QTextCharFormat format;
        format.setForeground(style()->tokens[kind]);
        formats.push_back({int(token.begin), int(token.length), format});
    }
    layout->setFormats(formats);
    QTextOption option;
    option.setWrapMode(QTextOption::ManualWrap);
    option.setTextDirection(Qt::LeftToRight);
    option.setTabStopDistance(m_advance * kTabColumns);
    layout->setTextOption(option);
    layout->beginLayout();
    QTextLine shown = layout->createLine();
    if (shown.isValid()) {
        shown.setLineWidth(kNoLimit);
        shown.setPosition(QPointF(0, m_ascent - shown.ascent()));
    }
    layout->endLayout();
    return layout;
}

Sheet::Place CodeSheet::placeAt(QPointF point) const {
    if (m_lines.empty()) return {};
    const qreal last = qreal(m_lines.size() - 1);
    const auto line = size_t(std::clamp(std::floor(point.y() / m_lineHeight), 0.0, last));
    const auto layout = layoutLine(line);
    const QTextLine shown = layout->lineAt(0);
    return {int(line), shown.isValid() ? shown.xToCursor(point.x()) : 0};
}

QString CodeSheet::textBetween(Place from, Place to) const {
    if (m_lines.empty()) return {};
    const qsizetype begin = m_lines[size_t(from.box)].begin + from.offset;
    const qsizetype end = m_lines[size_t(to.box)].begin + to.offset;
    return m_text.mid(begin, end - begin);
}

void CodeSheet::paintContent(QPainter& painter, const QRectF& clip) {
    const auto first = size_t(std::max(0.0, std::floor(clip.top() / m_lineHeight)));
    const Selection chosen = selection();
    for (size_t i = first; i < m_lines.size(); ++i) {
        const qreal y = qreal(i) * m_lineHeight;
        if (y > clip.bottom()) break;
        const auto layout = layoutLine(i);
        QList<QTextLayout::FormatRange> selected;
        const auto [from, to] = chosen.isEmpty() ? std::pair<qsizetype, qsizetype>()
                                                 : chosen.within(int(i), lineText(i).size());
        if (to > from) {
            QTextCharFormat format;
            format.setBackground(style()->selection);
            selected.push_back({int(from), int(to - from), format});
        }
        painter.setPen(style()->ink);
        layout->draw(&painter, QPointF(0, y), selected, clip);
    }
}

}  // namespace alcove::ui
