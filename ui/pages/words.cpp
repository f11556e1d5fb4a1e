#include "pages/words.h"

#include <QCoreApplication>
#include <QStringList>
#include <cmath>

namespace bitloom::ui {
namespace {

QString fixedText(double value, int decimals) {
    return QString::number(value, 'f', decimals);
}

QString dash() {
    return QStringLiteral("–");
}

}  // namespace

QString metricTitle(const std::string& metric) {
    if (metric == "accuracy") return QStringLiteral("accuracy");
    if (metric == "perplexity") return QStringLiteral("perplexity");
    if (metric == "mean_squared_error") return QStringLiteral("mean squared error");
    return QStringLiteral("bits per character");
}

QString metricUnit(const std::string& metric) {
    if (metric == "accuracy") return QStringLiteral("%");
    if (metric == "bits_per_character") return QStringLiteral("bpc");
    return {};
}

double metricFactor(const std::string& metric) {
    return metric == "accuracy" ? 100 : 1;
}

bool smallerIsBetter(const std::string& metric) {
    return metric != "accuracy";
}

QString metricText(const std::string& metric, std::optional<double> value) {
    if (!value || !std::isfinite(*value)) return dash();
    const double shown = *value * metricFactor(metric);
    if (metric == "accuracy") return fixedText(shown, 1) + QStringLiteral(" %");
    if (metric == "bits_per_character") return fixedText(shown, 3) + QStringLiteral(" bpc");
    if (metric == "perplexity") return fixedText(shown, 1) + QStringLiteral(" ppl");
    return numberText(shown, 3);
}

QString bytesText(std::int64_t bytes) {
    const double size = static_cast<double>(bytes);
    if (bytes < 1024) return QStringLiteral("%1 B").arg(bytes);
    if (size < 1024.0 * 1024.0) {
        return fixedText(size / 1024, size < 102400 ? 1 : 0) + QStringLiteral(" KB");
    }
    return fixedText(size / 1048576, size < 104857600.0 ? 1 : 0) + QStringLiteral(" MB");
}

QString paperKbText(std::int64_t kilobytes) {
    return QStringLiteral("%1 KB").arg(kilobytes);
}

QString speedText(double tokensPerSecond) {
    if (!std::isfinite(tokensPerSecond) || tokensPerSecond <= 0) return dash();
    if (tokensPerSecond < 1000) return fixedText(tokensPerSecond, 0) + QStringLiteral(" tok/s");
    const double thousands = tokensPerSecond / 1000;
    return fixedText(thousands, thousands < 100 ? 1 : 0) + QStringLiteral(" k tok/s");
}

QString durationText(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) return dash();
    const auto whole = static_cast<qint64>(std::llround(seconds));
    const QString rest = QStringLiteral("%1:%2")
                             .arg(whole / 60 % 60, whole >= 3600 ? 2 : 1, 10, QLatin1Char('0'))
                             .arg(whole % 60, 2, 10, QLatin1Char('0'));
    return whole >= 3600 ? QStringLiteral("%1:%2").arg(whole / 3600).arg(rest) : rest;
}

QString countText(std::int64_t count) {
    const double value = static_cast<double>(count);
    if (count >= 1000000) return numberText(value / 1e6, 3) + QStringLiteral(" M");
    if (count >= 10000) return numberText(value / 1e3, 3) + QStringLiteral(" k");
    return QString::number(count);
}

QString numberText(double value, int digits) {
    return std::isfinite(value) ? QString::number(value, 'g', digits) : dash();
}

QString statusText(RunStatus status) {
    switch (status) {
        case RunStatus::created:
            return QCoreApplication::translate("status", "waiting");
        case RunStatus::running:
            return QCoreApplication::translate("status", "running");
        case RunStatus::paused:
            return QCoreApplication::translate("status", "paused");
        case RunStatus::stopped:
            return QCoreApplication::translate("status", "stopped");
        case RunStatus::finished:
            return QCoreApplication::translate("status", "finished");
        case RunStatus::diverged:
            return QCoreApplication::translate("status", "diverged");
        case RunStatus::failed:
            return QCoreApplication::translate("status", "failed");
        case RunStatus::lost:
            return QCoreApplication::translate("status", "lost");
    }
    return {};
}

QString splitText(const ModelSize& size) {
    QStringList parts;
    const auto add = [&](const char* name, std::int64_t bytes) {
        if (bytes > 0) parts << QLatin1String(name) + QLatin1Char(' ') + bytesText(bytes);
    };
    add("weights", size.parts.weights);
    add("scales", size.parts.scales);
    add("norm", size.parts.norm);
    add("statistics", size.parts.statistics);
    add("biases", size.parts.bias);
    add("embedding", size.parts.embedding);
    add("decoder", size.parts.decoder);
    return parts.join(QStringLiteral(", "));
}

}  // namespace bitloom::ui
