#include "charts/csv.h"

#include <charconv>
#include <cmath>

namespace bitloom::ui {

QString csvField(const QString& text) {
    const bool special = text.contains(QLatin1Char(',')) || text.contains(QLatin1Char('"')) ||
                         text.contains(QLatin1Char('\n')) || text.contains(QLatin1Char('\r'));
    if (!special) return text;
    QString quoted = text;
    quoted.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    return QLatin1Char('"') + quoted + QLatin1Char('"');
}

QString csvNumber(double value) {
    if (std::isnan(value)) return QStringLiteral("nan");
    if (std::isinf(value)) return value > 0 ? QStringLiteral("inf") : QStringLiteral("-inf");
    char buffer[40];
    const auto result = std::to_chars(std::begin(buffer), std::end(buffer), value);
    return QString::fromLatin1(buffer, result.ptr - buffer);
}

QString csvLine(const QStringList& fields) {
    QString line;
    for (qsizetype index = 0; index < fields.size(); ++index) {
        if (index > 0) line += QLatin1Char(',');
        line += csvField(fields[index]);
    }
    return line + QStringLiteral("\r\n");
}

}  // namespace bitloom::ui
