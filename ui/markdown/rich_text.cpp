#include "ui/markdown/rich_text.h"

namespace alcove::ui {

namespace {

QString styled(const QString& text, const QString& style) {
    if (style.isEmpty()) return text;
    return QStringLiteral("<span style=\"%2\">%1</span>").arg(text, style);
}

QString color(QLatin1String property, const QString& value) {
    return value.isEmpty() ? QString() : property + QStringLiteral(": ") + value + u';';
}

QString escaped(const QString& text) {
    QString html = text.toHtmlEscaped();
    // Several blanks are one to HTML.
    return html.replace(QLatin1String("  "), QStringLiteral(" &nbsp;"));
}

QString richRun(const Run& run, const RichTextColors& colors) {
    QString html = escaped(run.text);
    switch (run.kind) {
        case RunKind::LineBreak:
            return QStringLiteral("<br>");
        case RunKind::Citation:
            html = u'[' + html + u']';
            break;
        case RunKind::Code:
            html = QStringLiteral("<code>%1</code>")
                       .arg(styled(
                           html, color(QLatin1String("color"), colors.code) +
                                     color(QLatin1String("background-color"), colors.codeGround)));
            break;
        case RunKind::Math:
        case RunKind::DisplayMath:
            html = QStringLiteral("<code>%1</code>").arg(html);
            break;
        case RunKind::Text:
        case RunKind::Image:
            break;
    }
    if (run.bold) html = QStringLiteral("<b>%1</b>").arg(html);
    if (run.italic) html = QStringLiteral("<i>%1</i>").arg(html);
    if (run.strike) html = QStringLiteral("<s>%1</s>").arg(html);
    if (run.unsupported && !colors.unsupported.isEmpty())
        html = styled(
            html, QStringLiteral("text-decoration: underline; color: %1;").arg(colors.unsupported));
    if (run.link.isEmpty()) return html;
    return QStringLiteral("<a href=\"%2\">%1</a>")
        .arg(styled(html, color(QLatin1String("color"), colors.link)), run.link.toHtmlEscaped());
}

}  // namespace

QString toRichText(const Runs& runs, const RichTextColors& colors) {
    QString html;
    for (const Run& run : runs) html += richRun(run, colors);
    return html;
}

QString toPlainText(const Runs& runs) {
    QString text;
    for (const Run& run : runs) {
        switch (run.kind) {
            case RunKind::Citation:
                text += u'[' + run.text + u']';
                break;
            case RunKind::Math:
                text += u'$' + run.text + u'$';
                break;
            case RunKind::DisplayMath:
                text += QStringLiteral("$$") + run.text + QStringLiteral("$$");
                break;
            default:
                text += run.text;
                break;
        }
    }
    return text;
}

}  // namespace alcove::ui
