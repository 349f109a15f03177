#include "ui/chat/words.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>
#include <cmath>

namespace alcove::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("Words", text); }

}  // namespace

QString shownModel(const QString& id) {
    static const QRegularExpression kType(
        QStringLiteral("[.\\-_](i?q\\d[\\w]*|f16|bf16|f32|mxfp4)(\\.gguf)?$"),
        QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression kTuning(QStringLiteral("[\\-_](instruct|chat|it)\\b"),
                                            QRegularExpression::CaseInsensitiveOption);
    QString name = id.section(QLatin1Char('/'), -1);
    name.remove(kType).remove(kTuning);
    name.replace(QLatin1Char('-'), QLatin1Char(' ')).replace(QLatin1Char('_'), QLatin1Char(' '));
    return name.trimmed().isEmpty() ? id : name.trimmed();
}

QString speedWords(const nlohmann::ordered_json& details) {
    if (!details.is_object()) return {};
    const auto rate = details.find("tokens_per_second");
    if (rate == details.end() || !rate->is_number() || rate->get<double>() <= 0) return {};
    const double value = rate->get<double>();
    return tr("%1 tokens/s").arg(QLocale().toString(value, 'f', value < 10 ? 1 : 0));
}

QString contextWords(int64_t used, int64_t room) {
    if (used <= 0 || room <= 0) return {};
    const QLocale locale;
    return tr("%1 of %2 tokens")
        .arg(locale.toString(static_cast<qlonglong>(used)),
             locale.toString(static_cast<qlonglong>(room)));
}

QString dayWords(const QDateTime& when, const QDateTime& now) {
    const qint64 days = when.date().daysTo(now.date());
    if (days <= 0) return tr("Today");
    if (days == 1) return tr("Yesterday");
    if (days < 7) return tr("Last week");
    if (days < 31) return tr("Last month");
    const QString form = QStringLiteral("MMMM yyyy");
    return QLocale().toString(when.date(), form);
}

}  // namespace alcove::ui
