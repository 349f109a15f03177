#include "ui/markdown/text_flow.h"

#include <QFontMetricsF>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace alcove::ui {

namespace {

/// A neutral character for bidirectional text that lines are not broken beside.
constexpr QChar kStretched = u'\u2022';
constexpr QChar kLineBreak = QChar::LineSeparator;
constexpr qreal kCodePad = 4;
constexpr qreal kNoLimit = 1e6;

}  // namespace

void TextFlow::setContent(const Runs& runs, const TextLook& look, const MarkdownStyle& style) {
    m_formulas.clear();
    for (const Object& object : m_objects)
        if (object.math && look == m_look)
            m_formulas.insert(m_runs[size_t(object.run)].text, *object.math);
    m_runs = runs;
    m_look = look;
    m_accent = style.accent;
    m_softAccent = style.softAccent;
    m_onAccent = style.inkOnAccent;
    m_warning = style.warning;
    m_code = style.code;
    m_selection = style.selection;
    m_text.clear();
    m_pieces.clear();
    m_objects.clear();
    Formats formats;
    for (size_t i = 0; i < m_runs.size(); ++i) addRun(int(i), formats);
    m_layout = std::make_unique<QTextLayout>(m_text, m_look.font);
    m_layout->setFormats(formats);
    m_layout->setCacheEnabled(true);
    m_height = m_look.lineHeight;
    m_naturalWidth = 0;
}

void TextFlow::addRun(int index, Formats& formats) {
    const Run& run = m_runs[size_t(index)];
    if (run.kind == RunKind::Citation) return addChip(index, formats);
    const bool math = run.kind == RunKind::Math || run.kind == RunKind::DisplayMath;
    if (math && addFormula(index, formats)) return;
    const bool code = run.kind == RunKind::Code || math;
    if (code) addObject(index, kCodePad, std::nullopt, formats);
    const qsizetype begin = m_text.size();
    QString text = run.kind == RunKind::LineBreak ? QString(kLineBreak) : run.text;
    text.replace(u'\n', kLineBreak).replace(u'\t', u' ');
    m_text += text;
    m_pieces.push_back({index, begin, text.size()});

    QTextCharFormat format;
    QFont font = code ? m_look.mono : m_look.font;
    if (run.bold) font.setWeight(std::max(QFont::DemiBold, font.weight()));
    font.setItalic(run.italic);
    font.setStrikeOut(run.strike);
    if (font != m_look.font) format.setFont(font);
    if (!run.link.isEmpty()) {
        format.setForeground(m_accent);
        format.setFontUnderline(true);
        format.setUnderlineColor(m_accent);
    }
    if (!format.isEmpty()) formats.push_back({int(begin), int(text.size()), format});
    if (code) addObject(index, kCodePad, std::nullopt, formats);
}

void TextFlow::addObject(int run, qreal width, std::optional<MathBox> math, Formats& formats) {
    QFont font = m_look.font;
    font.setPixelSize(1);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0);
    const qreal advance = QFontMetricsF(font).horizontalAdvance(kStretched);
    font.setLetterSpacing(QFont::AbsoluteSpacing, width - advance);
    QTextCharFormat format;
    format.setFont(font);
    format.setForeground(QColor(Qt::transparent));
    formats.push_back({int(m_text.size()), 1, format});
    const bool pad = !math && m_runs[size_t(run)].kind != RunKind::Citation;
    m_pieces.push_back({run, m_text.size(), 1, pad});
    if (!pad) {
        Object object{m_text.size(), run, width, 0, 0, std::move(math)};
        if (object.math) {
            object.ascent = object.math->baseline;
            object.descent = object.math->size.height() - object.math->baseline;
        }
        m_objects.push_back(std::move(object));
    }
    m_text += kStretched;
}

QFont TextFlow::chipFont() const {
    QFont font = m_look.font;
    font.setPixelSize(std::max(1, int(std::lround(m_look.font.pixelSize() * 0.73))));
    font.setWeight(QFont::DemiBold);
    font.setItalic(false);
    return font;
}

void TextFlow::addChip(int run, Formats& formats) {
    // A chip stays with the word that it belongs to.
    if (m_text.endsWith(u' ')) m_text.back() = QChar::Nbsp;
    const QString number = QString::number(m_runs[size_t(run)].citation);
    const qreal side = m_look.lineHeight * 0.75;
    const qreal width = QFontMetricsF(chipFont()).horizontalAdvance(number) + side * 0.6;
    addObject(run, std::max(side, width) + 4, std::nullopt, formats);
}

bool TextFlow::addFormula(int run, Formats& formats) {
    const Run& formula = m_runs[size_t(run)];
    if (!formula.closed) return false;
    const auto known = m_formulas.constFind(formula.text);
    auto math = known != m_formulas.constEnd()
                    ? std::optional(*known)
                    : layoutFormula(formula.text, formula.kind == RunKind::DisplayMath,
                                    m_look.font.pixelSize(), m_look.ink);
    if (!math) return false;
    const qreal width = math->size.width();
    addObject(run, width, std::move(math), formats);
    return true;
}

void TextFlow::layout(qreal width, Qt::Alignment alignment) {
    // The side that reading begins from, unless a table says otherwise.
    if (alignment == Qt::AlignLeading && isRightToLeft()) alignment = Qt::AlignRight;
    QTextOption option(alignment);
    option.setWrapMode(width < 0 ? QTextOption::ManualWrap
                                 : QTextOption::WrapAtWordBoundaryOrAnywhere);
    option.setTextDirection(isRightToLeft() ? Qt::RightToLeft : Qt::LeftToRight);
    m_layout->setTextOption(option);
    const QFontMetricsF metrics(m_look.font);
    m_layout->beginLayout();
    m_height = 0;
    m_naturalWidth = 0;
    auto object = m_objects.begin();
    for (;;) {
        QTextLine line = m_layout->createLine();
        if (!line.isValid()) break;
        line.setLineWidth(width < 0 ? kNoLimit : std::max<qreal>(width, 1));
        qreal ascent = std::max(metrics.ascent(), 0.0);
        qreal descent = metrics.descent();
        const qsizetype end = line.textStart() + line.textLength();
        for (; object != m_objects.end() && object->at < end; ++object) {
            ascent = std::max(ascent, object->ascent + 1);
            descent = std::max(descent, object->descent + 1);
        }
        const qreal space = std::max(0.0, m_look.lineHeight - ascent - descent);
        const qreal baseline = std::round(m_height + space / 2 + ascent);
        line.setPosition(QPointF(0, baseline - line.ascent()));
        m_height += std::ceil(std::max(m_look.lineHeight, ascent + descent));
        m_naturalWidth = std::max(m_naturalWidth, line.naturalTextWidth());
    }
    m_layout->endLayout();
    if (m_height == 0) m_height = m_look.lineHeight;
}

void TextFlow::paint(QPainter& painter, QPointF at, const QRectF& clip,
                     const TextState& state) const {
    if (!m_layout) return;
    painter.save();
    painter.translate(at);
    const QRectF visible = clip.translated(-at);
    paintGrounds(painter);
    QList<QTextLayout::FormatRange> selections;
    if (state.selectedTo > state.selectedFrom) {
        QTextCharFormat format;
        format.setBackground(m_selection);
        selections.push_back(
            {int(state.selectedFrom), int(state.selectedTo - state.selectedFrom), format});
    }
    painter.setPen(m_look.ink);
    m_layout->draw(&painter, QPointF(), selections, visible);
    paintObjects(painter, state);
    paintDots(painter);
    painter.restore();
}

/// The places of a stretch of text, one or more for each line.
std::vector<QRectF> TextFlow::rects(qsizetype from, qsizetype length) const {
    std::vector<QRectF> result;
    const int first = int(from);
    const int last = int(from + length);
    const QTextLine begin = m_layout->lineForTextPosition(first);
    if (!begin.isValid()) return result;
    for (int i = begin.lineNumber(); i < m_layout->lineCount(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        if (line.textStart() >= last) break;
        const int lineEnd = line.textStart() + line.textLength();
        const qreal a = line.cursorToX(std::max(first, line.textStart()));
        const qreal b = line.cursorToX(std::min(last, lineEnd), QTextLine::Leading);
        if (a != b) result.emplace_back(std::min(a, b), line.y(), std::abs(b - a), line.height());
    }
    return result;
}

void TextFlow::paintGrounds(QPainter& painter) const {
    const QFontMetricsF metrics(m_look.font);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_code);
    painter.setRenderHint(QPainter::Antialiasing);
    for (size_t i = 0; i + 2 < m_pieces.size(); ++i) {
        const Piece& pad = m_pieces[i];
        if (!pad.pad || !m_pieces[i + 2].pad) continue;
        for (const QRectF& rect : rects(pad.begin, m_pieces[i + 1].length + 2)) {
            const qreal height = metrics.ascent() + metrics.descent();
            const QRectF ground(rect.left(), rect.center().y() - height / 2, rect.width(), height);
            painter.drawRoundedRect(ground.adjusted(0, -0.5, 0, 0.5), 4, 4);
        }
        i += 2;
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

QPointF TextFlow::placeOf(const Object& object) const {
    const QTextLine line = m_layout->lineForTextPosition(int(object.at));
    const qreal a = line.cursorToX(int(object.at));
    const qreal b = line.cursorToX(int(object.at) + 1, QTextLine::Leading);
    const qreal trailing = line.cursorToX(int(object.at), QTextLine::Trailing);
    const qreal left = std::abs(b - a) > object.width / 2 ? std::min(a, b) : std::min(a, trailing);
    return {left, line.y() + line.ascent()};
}

void TextFlow::paintObjects(QPainter& painter, const TextState& state) const {
    for (const Object& object : m_objects) {
        const QPointF place = placeOf(object);
        if (object.math) {
            object.math->paint(painter, place - QPointF(0, object.math->baseline));
            continue;
        }
        const int number = m_runs[size_t(object.run)].citation;
        const bool open = number == state.openCitation;
        const qreal side = m_look.lineHeight * 0.75;
        const QFontMetricsF text(m_look.font);
        const qreal middle = place.y() - text.capHeight() / 2;
        const QRectF chip(place.x() + 2, std::round(middle - side / 2), object.width - 4, side);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(open ? m_accent : m_softAccent);
        painter.drawRoundedRect(chip, side * 0.28, side * 0.28);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(open ? m_onAccent : m_accent);
        painter.setFont(chipFont());
        painter.drawText(chip, Qt::AlignCenter, QString::number(number));
    }
}

void TextFlow::paintDots(QPainter& painter) const {
    QPen pen(m_warning, 1.6, Qt::CustomDashLine, Qt::RoundCap);
    pen.setDashPattern({0.01, 2.0});
    painter.setPen(pen);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetricsF metrics(m_look.font);
    for (const Piece& piece : m_pieces) {
        if (!m_runs[size_t(piece.run)].unsupported) continue;
        for (const QRectF& rect : rects(piece.begin, piece.length)) {
            const QTextLine line = m_layout->lineForTextPosition(int(piece.begin));
            const qreal y = rect.top() + line.ascent() + metrics.descent() - 0.5;
            painter.drawLine(QPointF(rect.left() + 1, y), QPointF(rect.right() - 1, y));
        }
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

qsizetype TextFlow::positionAt(QPointF place) const {
    for (int i = 0; i < m_layout->lineCount(); ++i) {
        const QTextLine line = m_layout->lineAt(i);
        const bool last = i + 1 == m_layout->lineCount();
        const qreal next =
            last ? m_height : (line.y() + line.height() + m_layout->lineAt(i + 1).y()) / 2;
        if (place.y() < next || last) {
            int position = line.xToCursor(place.x());
            // Behind the break of a line is the next one.
            const int end = line.textStart() + line.textLength();
            if (!last && position == end && end > line.textStart()) --position;
            return position;
        }
    }
    return 0;
}

Runs TextFlow::copyRuns(qsizetype from, qsizetype to) const {
    Runs result;
    for (const Piece& piece : m_pieces) {
        const qsizetype begin = std::max(from, piece.begin);
        const qsizetype end = std::min(to, piece.begin + piece.length);
        if (piece.pad || begin >= end) continue;
        Run run = m_runs[size_t(piece.run)];
        if (run.kind == RunKind::LineBreak) {
            run.text = QStringLiteral("\n");
        } else if (run.text.size() == piece.length) {
            run.text = run.text.mid(begin - piece.begin, end - begin);
        }
        result.push_back(std::move(run));
    }
    return result;
}

int TextFlow::activeRunAt(QPointF place) const {
    for (const int run : activeRuns())
        for (const Piece& piece : m_pieces) {
            if (piece.run != run) continue;
            for (const QRectF& rect : rects(piece.begin, piece.length))
                if (rect.contains(place)) return run;
        }
    return -1;
}

std::vector<int> TextFlow::activeRuns() const {
    std::vector<int> result;
    for (size_t i = 0; i < m_runs.size(); ++i)
        if (m_runs[i].kind == RunKind::Citation || !m_runs[i].link.isEmpty())
            result.push_back(int(i));
    return result;
}

QRectF TextFlow::runRect(int run) const {
    for (const Object& object : m_objects)
        if (object.run == run) {
            const QPointF place = placeOf(object);
            const qreal side = m_look.lineHeight * 0.75;
            const qreal middle = place.y() - QFontMetricsF(m_look.font).capHeight() / 2;
            return QRectF(place.x() + 2, middle - side / 2, object.width - 4, side);
        }
    for (const Piece& piece : m_pieces) {
        if (piece.run != run) continue;
        const auto all = rects(piece.begin, piece.length);
        if (!all.empty()) return all.front();
    }
    return {};
}

}  // namespace alcove::ui
