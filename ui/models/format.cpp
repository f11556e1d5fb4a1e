#include "models/format.h"

#include <QDateTime>
#include <QLocale>
#include <QStringList>
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace bitloom::ui {
namespace {

const QString none = QStringLiteral("–");

struct MetricWords {
    const char* metric;
    const char* name;
    const char* unit;
    bool less;
};

constexpr std::array<MetricWords, 4> metrics{{
    {"bits_per_character", "bits per character", "bpc", true},
    {"perplexity", "perplexity", "ppl", true},
    {"accuracy", "accuracy", "%", false},
    {"mean_squared_error", "mean squared error", "mse", true},
}};

const MetricWords* words(const std::string& metric) {
    for (const MetricWords& entry : metrics) {
        if (metric == entry.metric) return &entry;
    }
    return nullptr;
}

QString significant(double value, int digits) {
    const double size = std::abs(value);
    if (size != 0 && (size < 1e-4 || size >= 1e7)) return QString::number(value, 'e', digits - 1);
    const int whole = size >= 1 ? static_cast<int>(std::floor(std::log10(size))) + 1 : 1;
    return QString::number(value, 'f', std::max(digits - whole, 0));
}

/// Value of a unit with one decimal below 100 ("5.6", "99.9", "181").
QString scaled(double value) {
    return QString::number(value, 'f', value < 99.95 ? 1 : 0);
}

}  // namespace

QString formatMetricValue(const std::string& metric, std::optional<double> value) {
    if (!value || std::isnan(*value)) return none;
    if (std::isinf(*value)) return QStringLiteral("∞");
    if (metric == "accuracy") return QString::number(*value * 100, 'f', 2);
    if (metric == "bits_per_character") {
        return QString::number(*value, 'f', std::abs(*value) < 100 ? 3 : 1);
    }
    return significant(*value, metric == "perplexity" ? 4 : 3);
}

QString formatMetricUnit(const std::string& metric) {
    const MetricWords* entry = words(metric);
    return entry ? QString::fromUtf8(entry->unit) : QString();
}

QString formatMetricName(const std::string& metric) {
    const MetricWords* entry = words(metric);
    return entry ? QString::fromUtf8(entry->name) : QString::fromStdString(metric);
}

bool lessIsBetter(const std::string& metric) {
    const MetricWords* entry = words(metric);
    return !entry || entry->less;
}

double metricFactor(const std::string& metric) {
    return metric == "accuracy" ? 100 : 1;
}

QString floorWord(const DatasetInfo& dataset) {
    const QString label = QString::fromStdString(dataset.floorLabel);
    if (label.isEmpty() || dataset.metric == "bits_per_character") return QObject::tr("floor");
    return label.left(1).toLower() + label.mid(1);
}

QString formatNumber(double value, int digits) {
    return std::isfinite(value) ? QString::number(value, 'g', digits) : none;
}

QString formatMetric(const std::string& metric, std::optional<double> value) {
    const QString number = formatMetricValue(metric, value);
    const QString unit = formatMetricUnit(metric);
    return number == none || unit.isEmpty() ? number : number + QLatin1Char(' ') + unit;
}

QString formatBytes(std::int64_t bytes) {
    if (bytes < 0) return none;
    const auto value = static_cast<double>(bytes);
    if (value < 1024) return QStringLiteral("%1 B").arg(bytes);
    if (value < 1024 * 1023.5) return scaled(value / 1024) + QStringLiteral(" KB");
    if (value < 1024.0 * 1024 * 1023.5) return scaled(value / 1024 / 1024) + QStringLiteral(" MB");
    return scaled(value / 1024 / 1024 / 1024) + QStringLiteral(" GB");
}

QString formatPaperKb(std::int64_t kilobytes) {
    return kilobytes < 0 ? none : formatCount(kilobytes) + QStringLiteral(" KB");
}

QString formatParts(const ModelSize& size) {
    QStringList parts;
    const auto add = [&](const char* name, std::int64_t bytes) {
        if (bytes > 0) parts << QLatin1String(name) + QLatin1Char(' ') + formatBytes(bytes);
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

QString formatParts(const TrainingMemory& memory) {
    QStringList parts;
    for (const auto& [name, bytes] : memory.parts()) {
        if (bytes <= 0) continue;
        parts << QString::fromStdString(name) + QLatin1Char(' ') +
                     QString::fromStdString(memoryWords(bytes));
    }
    return parts.join(QStringLiteral(", "));
}

QString formatSpeed(double tokensPerSecond) {
    if (!std::isfinite(tokensPerSecond) || tokensPerSecond <= 0) return none;
    if (tokensPerSecond < 999.5) return significant(tokensPerSecond, 3) + QStringLiteral(" tok/s");
    if (tokensPerSecond < 999500) return scaled(tokensPerSecond / 1e3) + QStringLiteral(" k tok/s");
    return scaled(tokensPerSecond / 1e6) + QStringLiteral(" M tok/s");
}

QString formatDuration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return none;
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    const std::int64_t days = whole / 86400;
    const std::int64_t hours = whole / 3600 % 24;
    const QString tail = QStringLiteral("%1:%2")
                             .arg(whole / 60 % 60, hours + days > 0 ? 2 : 1, 10, QLatin1Char('0'))
                             .arg(whole % 60, 2, 10, QLatin1Char('0'));
    if (days > 0) return QStringLiteral("%1 d %2:%3").arg(days).arg(hours).arg(tail);
    return hours > 0 ? QStringLiteral("%1:%2").arg(hours).arg(tail) : tail;
}

QString formatCount(std::int64_t count) {
    QString digits = QString::number(count);
    const qsizetype first = digits.startsWith(QLatin1Char('-')) ? 1 : 0;
    // A thin space of fixed meaning, not the locale's comma; four digits stay together.
    if (digits.size() - first <= 4) return digits;
    for (qsizetype at = digits.size() - 3; at > first; at -= 3) digits.insert(at, QChar(0x202f));
    return digits;
}

QString formatMoment(const std::string& iso) {
    const QDateTime moment =
        QDateTime::fromString(QString::fromStdString(iso), Qt::ISODate).toLocalTime();
    if (!moment.isValid()) return none;
    const QLocale locale = QLocale::c();
    const QDate today = QDate::currentDate();
    if (moment.date() == today) return locale.toString(moment, QStringLiteral("HH:mm"));
    return locale.toString(moment, moment.date().year() == today.year()
                                       ? QStringLiteral("d MMM HH:mm")
                                       : QStringLiteral("d MMM yyyy"));
}

QString formatStatus(const RunSummary& summary) {
    switch (summary.status) {
        case RunStatus::created:
            return QStringLiteral("not started");
        case RunStatus::running: {
            if (summary.totalSteps <= 0) return QStringLiteral("running");
            const double share = std::clamp(
                static_cast<double>(summary.step) / static_cast<double>(summary.totalSteps), 0.0,
                1.0);
            return QStringLiteral("running %1 %").arg(static_cast<int>(share * 100));
        }
        case RunStatus::paused:
            return QStringLiteral("paused");
        case RunStatus::stopped:
            return QStringLiteral("stopped");
        case RunStatus::finished:
            return QStringLiteral("finished");
        case RunStatus::diverged:
            return QStringLiteral("diverged at step %1").arg(formatCount(summary.step));
        case RunStatus::failed:
            return QStringLiteral("failed");
        case RunStatus::lost:
            return QStringLiteral("lost");
    }
    return none;
}

}  // namespace bitloom::ui
