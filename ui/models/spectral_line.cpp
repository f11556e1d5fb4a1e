#include "models/spectral_line.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace bitloom::ui {
namespace {

std::optional<double> numberOf(const QJsonObject& row, const char* key) {
    const QJsonValue value = row.value(QLatin1String(key));
    if (!value.isDouble()) return {};
    return value.toDouble();
}

}  // namespace

bool readSpectralAnswer(const QByteArray& json, SpectralLine& line) {
    const QJsonArray rows =
        QJsonDocument::fromJson(json).object().value(QLatin1String("rows")).toArray();
    if (rows.isEmpty()) return false;
    const QJsonObject row = rows.first().toObject();
    const auto mean = numberOf(row, "mean");
    if (!mean) return false;
    line.mean = *mean;
    line.deviation = numberOf(row, "sd").value_or(0);
    line.published = numberOf(row, "published_mean");
    line.publishedDeviation = numberOf(row, "published_sd");
    line.difference = numberOf(row, "difference");
    line.floor = numberOf(row, "floor");
    line.converged = row.value(QLatin1String("converged")).toBool(true);
    const QJsonValue agrees = row.value(QLatin1String("agrees"));
    line.agrees = agrees.isBool() ? std::optional(agrees.toBool()) : std::nullopt;
    return true;
}

QStringList spectralArguments(const SpectralLine& line, int seeds) {
    QStringList arguments{
        QStringLiteral("spectral"),
        QStringLiteral("--size"),
        QString::number(line.size),
        QStringLiteral("--initialization"),
        QString::fromStdString(line.initialization),
        QStringLiteral("--quantizer"),
        line.quantizer.empty() ? QStringLiteral("full") : QString::fromStdString(line.quantizer),
        QStringLiteral("--seeds"),
        QString::number(seeds),
        QStringLiteral("--json")};
    if (line.bits > 0) arguments << QStringLiteral("--bits") << QString::number(line.bits);
    return arguments;
}

}  // namespace bitloom::ui
