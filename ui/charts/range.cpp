#include "charts/range.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

namespace bitloom::ui {
namespace {

constexpr double leastPositive = 1e-200;

QString plain(double value, int decimals) {
    QString text = QString::number(value, 'f', decimals);
    if (text.contains(QLatin1Char('.'))) {
        while (text.endsWith(QLatin1Char('0'))) text.chop(1);
        if (text.endsWith(QLatin1Char('.'))) text.chop(1);
    }
    return text == QLatin1String("-0") ? QStringLiteral("0") : text;
}

}  // namespace

void Extent::add(double value) {
    if (!std::isfinite(value) || (m_log && value <= 0)) return;
    if (m_log) value = std::max(value, leastPositive);
    value = std::clamp(value, -axisLimit, axisLimit);
    m_least = m_count == 0 ? value : std::min(m_least, value);
    m_most = m_count == 0 ? value : std::max(m_most, value);
    m_count = 1;
}

std::optional<AxisRange> drawable(double lower, double upper, bool log) {
    if (!std::isfinite(lower) || !std::isfinite(upper) || !(lower < upper)) return {};
    if (std::abs(lower) > 2 * axisLimit || std::abs(upper) > 2 * axisLimit) return {};
    if (log && (lower <= 0 || upper / lower < 1 + 1e-9)) return {};
    // Below the resolution of a double no tick could be told from its neighbour.
    if (upper - lower < 1e-250) return {};
    if (!log && upper - lower < 1e-12 * std::max(std::abs(lower), std::abs(upper))) return {};
    return AxisRange{lower, upper};
}

AxisRange rangeAround(const Extent& extent, bool log, double padding, std::optional<double> least,
                      std::optional<double> most) {
    AxisRange range = log ? AxisRange{0.1, 10} : AxisRange{0, 1};
    if (!extent.empty()) {
        double lower = log ? std::log10(extent.least()) : extent.least();
        double upper = log ? std::log10(extent.most()) : extent.most();
        const double size = std::max(std::abs(lower), std::abs(upper));
        if (upper - lower < std::max(1e-9 * size, log ? 1e-6 : leastPositive)) {
            const double room = log ? 0.5 : size > leastPositive ? 0.1 * size : 1;
            lower -= room;
            upper += room;
        } else {
            const double room = padding * (upper - lower);
            lower -= room;
            upper += room;
        }
        // Padding must not lead out of what an axis can show.
        const double limit = log ? std::log10(axisLimit) + 0.2 : 1.9 * axisLimit;
        lower = std::max(lower, -limit);
        upper = std::min(upper, limit);
        range = log ? AxisRange{std::pow(10, lower), std::pow(10, upper)} : AxisRange{lower, upper};
    }
    AxisRange bounded = range;
    if (least) bounded.lower = std::max(bounded.lower, *least);
    if (most) bounded.upper = std::min(bounded.upper, *most);
    return drawable(bounded.lower, bounded.upper, log).value_or(range);
}

QString tickText(double value, double step) {
    const double size = std::abs(value);
    if (step > 0 && size < step * 1e-9) return QStringLiteral("0");
    if (size >= 1e15 || size < 1e-4) return QString::number(value, 'g', 4);
    // As many decimals as tell a tick from its neighbour: 12.5k for steps of 2500.
    const auto decimals = [step](double unit) {
        int digits = 0;
        for (double left = step / unit; digits < 9; ++digits, left *= 10) {
            if (std::abs(left - std::round(left)) < 1e-6 * left && left > 0.5) break;
        }
        return step > 0 ? digits : 3;
    };
    if (size >= 1e9) return plain(value / 1e9, decimals(1e9)) + QLatin1Char('G');
    if (size >= 1e6) return plain(value / 1e6, decimals(1e6)) + QLatin1Char('M');
    if (size >= 1e4) return plain(value / 1e3, decimals(1e3)) + QLatin1Char('k');
    return plain(value, decimals(1));
}

QString powerText(double value, int digits) {
    if (!std::isfinite(value)) return valueText(value);
    const double size = std::abs(value);
    const QString sign = value < 0 ? QStringLiteral("−") : QString();
    if (size == 0) return QStringLiteral("0");
    if (size >= 1e-3 && size < 1e5) {
        const int whole = static_cast<int>(std::floor(std::log10(size)));
        return sign + plain(size, std::clamp(digits - 1 - whole, 0, 6));
    }
    return sign + scientificText(size, digits);
}

QString scientificText(double value, int digits) {
    const QString sign = value < 0 ? QStringLiteral("−") : QString();
    const QString text = QString::number(std::abs(value), 'e', std::max(digits - 2, 0));
    const auto at = text.indexOf(QLatin1Char('e'));
    QString power;
    static const QString raised = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
    for (const QChar digit : QString::number(text.mid(at + 1).toInt())) {
        power += digit == QLatin1Char('-') ? QChar(0x207b) : raised[digit.digitValue()];
    }
    const QString mantissa = text.left(at);
    const bool one = mantissa.toDouble() == 1;
    return sign + (one ? QString() : mantissa + QStringLiteral("·")) + QStringLiteral("10") + power;
}

QString valueText(double value) {
    if (std::isnan(value)) return QStringLiteral("NaN");
    if (std::isinf(value)) return value > 0 ? QStringLiteral("∞") : QStringLiteral("-∞");
    const double size = std::abs(value);
    if (size != 0 && (size < 1e-3 || size >= 1e6)) return QString::number(value, 'g', 3);
    if (size >= 1000) return QString::number(value, 'f', size == std::floor(size) ? 0 : 1);
    const int whole = size >= 1 ? static_cast<int>(std::floor(std::log10(size))) : 0;
    return QString::number(value, 'f', 3 - whole);
}

QString placeText(double value, double resolution) {
    if (std::abs(value) >= 1e15) return QString::number(value, 'g', 4);
    if (value == std::round(value) || !(resolution > 0)) return plain(value, 0);
    if (resolution < 1e-6) return QString::number(value, 'g', 4);
    return plain(value, std::clamp(static_cast<int>(std::ceil(-std::log10(resolution))), 0, 6));
}

}  // namespace bitloom::ui
