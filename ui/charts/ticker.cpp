#include "charts/ticker.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

#include "charts/range.h"

namespace bitloom::ui {
namespace {

constexpr double labelGap = 8;  // pixels between two labels

bool isLevel(const QCPAxis& axis) {
    return axis.orientation() == Qt::Horizontal;
}

/// Blanks labels that would touch the one before.
void thin(const QCPAxis& axis, const QVector<double>& ticks, QVector<QString>& labels) {
    const QFontMetricsF metrics(axis.tickLabelFont());
    double before = 0;
    bool any = false;
    for (qsizetype i = 0; i < std::min(ticks.size(), labels.size()); ++i) {
        if (!axis.range().contains(ticks[i]) || labels[i].isEmpty()) continue;
        const bool level = isLevel(axis);
        const double half =
            (level ? metrics.horizontalAdvance(labels[i]) : metrics.height() - labelGap) / 2;
        // y pixels run downwards.
        const double at = (level ? 1 : -1) * axis.coordToPixel(ticks[i]);
        if (any && at - half < before + labelGap) {
            labels[i].clear();
            continue;
        }
        any = true;
        before = at + half;
    }
}

class LinearTicker : public QCPAxisTicker {
public:
    explicit LinearTicker(const QCPAxis& axis) : m_axis(axis) {}
    void generate(const QCPRange& range, const QLocale& locale, QChar format, int precision,
                  QVector<double>& ticks, QVector<double>* subTicks,
                  QVector<QString>* labels) override {
        setTickCount(tickRoom(m_axis));
        QCPAxisTicker::generate(range, locale, format, precision, ticks, subTicks, labels);
        if (labels) thin(m_axis, ticks, *labels);
    }

protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        return tickText(tick, m_step);
    }
    double getTickStep(const QCPRange& range) override {
        m_step = QCPAxisTicker::getTickStep(range);
        return m_step;
    }

private:
    const QCPAxis& m_axis;
    double m_step = 0;
};

/// Plain numbers if all fit into 0.001 to 10000, else powers of ten throughout.
class LogTicker : public QCPAxisTicker {
public:
    explicit LogTicker(const QCPAxis& axis) : m_axis(axis) {}
    void generate(const QCPRange& range, const QLocale& locale, QChar format, int precision,
                  QVector<double>& ticks, QVector<double>* subTicks,
                  QVector<QString>* labels) override {
        setTickCount(tickRoom(m_axis));
        m_plain = plainTicks(range.lower, range.upper);
        m_decades = range.upper / range.lower > 30;
        QCPAxisTicker::generate(range, locale, format, precision, ticks, subTicks, labels);
        if (labels) thin(m_axis, ticks, *labels);
    }

protected:
    QVector<double> createTickVector(double step, const QCPRange& range) override {
        const std::vector<double> ticks = logTicks(range.lower, range.upper, tickCount() + 1);
        if (ticks.empty()) return QCPAxisTicker::createTickVector(step, range);
        return {ticks.begin(), ticks.end()};
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override {
        if (m_plain || !m_decades) return QString::number(tick, 'g', 4);
        // The axis writes 1e-05 as a power of ten.
        return QString::number(tick, 'e', 0);
    }

private:
    const QCPAxis& m_axis;
    bool m_plain = true;
    bool m_decades = true;
};

}  // namespace

bool plainTicks(double lower, double upper) {
    return lower > 0.5e-3 && upper < 2e4;
}

QString logTickText(double tick, bool plain) {
    if (plain) return QString::number(tick, 'g', 3);
    return scientificText(tick, 2);
}

std::vector<double> logTicks(double lower, double upper, int most) {
    if (!(lower > 0) || !(lower < upper) || !std::isfinite(upper)) return {};
    most = std::max(most, 2);
    const int first = static_cast<int>(std::floor(std::log10(lower)));
    const int last = static_cast<int>(std::floor(std::log10(upper)));
    const auto within = [&](const std::vector<int>& mantissas, int stride) {
        std::vector<double> ticks;
        for (int decade = first; decade <= last; ++decade) {
            if (stride > 1 && decade % stride != 0) continue;
            for (const int mantissa : mantissas) {
                const double tick = mantissa * std::pow(10.0, decade);
                if (tick >= lower && tick <= upper) ticks.push_back(tick);
            }
        }
        return ticks;
    };
    std::vector<double> ticks;
    // Finer divisions only where powers of ten are few; then all ticks are round.
    if (upper / lower < 1000) {
        for (const std::vector<int>& mantissas :
             {std::vector<int>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 5, 7}, {1, 2, 5}, {1, 3}}) {
            ticks = within(mantissas, 1);
            if (static_cast<int>(ticks.size()) <= most) break;
        }
    }
    if (ticks.empty() || static_cast<int>(ticks.size()) > most) {
        for (int stride = 1; stride <= last - first + 1; ++stride) {
            ticks = within({1}, stride);
            if (static_cast<int>(ticks.size()) <= most) break;
        }
    }
    if (upper / lower < 100 && ticks.size() < 3) return {};
    return ticks;
}

QSharedPointer<QCPAxisTicker> makeTicker(const QCPAxis& axis, bool log) {
    if (log) return QSharedPointer<QCPAxisTicker>(new LogTicker(axis));
    return QSharedPointer<QCPAxisTicker>(new LinearTicker(axis));
}

int tickRoom(const QCPAxis& axis) {
    const QSize area = axis.axisRect()->size();
    return isLevel(axis) ? std::clamp(area.width() / 64, 2, 6)
                         : std::clamp(area.height() / 28, 2, 4);
}

}  // namespace bitloom::ui
