#include "charts/histogram_chart.h"

#include <QFontMetricsF>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "charts/csv.h"
#include "charts/plot.h"

namespace bitloom::ui {
namespace {

constexpr double farLevels = 2.5;  // times the widest weight

}  // namespace

struct HistogramData {
    std::vector<HistogramSeries> histograms;
    std::vector<Spikes> spikes;
    std::vector<HistogramChart::Mark> marks;
    bool spikesBeyond =
        false;  ///< the axis is that of the histograms: far levels stand at its ends
};

namespace {

struct HistogramLook {
    const Plot& plot;
    const HistogramData& data;
    bool dark;
    bool log;
    [[nodiscard]] double base() const {
        return log ? plot.yAxis->range().lower : std::max(0.0, plot.yAxis->range().lower);
    }
    /// Inside of the area, or just outside of it.
    [[nodiscard]] QPointF at(double x, double y) const {
        const QRectF area = QRectF(plot.area()).adjusted(-2, -2, 2, 2);
        const QPointF place = plot.pixel(x, std::max(y, base()));
        return {std::clamp(place.x(), area.left(), area.right()),
                std::clamp(place.y(), area.top(), area.bottom())};
    }
};

void paintHistogram(QCPPainter& painter, const HistogramLook& look,
                    const HistogramSeries& histogram) {
    const std::size_t bins = histogram.shares.size();
    if (bins == 0 || histogram.edges.size() != bins + 1) return;
    QPolygonF outline;
    outline << look.at(histogram.edges.front(), 0);
    for (std::size_t bin = 0; bin < bins; ++bin) {
        const double share = std::isfinite(histogram.shares[bin]) ? histogram.shares[bin] : 0;
        outline << look.at(histogram.edges[bin], share) << look.at(histogram.edges[bin + 1], share);
    }
    outline << look.at(histogram.edges.back(), 0);
    const QColor color = Theme::runColor(histogram.run, look.dark);
    if (histogram.filled) {
        QColor fill = color;
        fill.setAlphaF(0.22F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(fill);
        painter.drawPolygon(outline);
    }
    QPen pen = Theme::runPen(histogram.run, look.dark);
    if (!histogram.filled) pen.setDashPattern({3, 2});
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    painter.drawPolyline(outline);
}

void paintSpikes(QCPPainter& painter, const HistogramLook& look, const Spikes& spikes) {
    const QColor color = Theme::runColor(spikes.run, look.dark);
    const QRectF area = look.plot.area();
    painter.setFont(Theme::figures(TextSize::caption));
    const QFontMetricsF metrics(painter.font());
    const std::size_t count = std::min(spikes.levels.size(), spikes.shares.size());
    for (std::size_t i = 0; i < count; ++i) {
        if (!std::isfinite(spikes.levels[i]) || !(spikes.shares[i] > 0)) continue;
        QPointF top = look.at(spikes.levels[i], spikes.shares[i]);
        QPointF foot = look.at(spikes.levels[i], 0);
        const bool beyond =
            look.data.spikesBeyond && (top.x() < area.left() || top.x() > area.right());
        QPen pen(color, 2);
        if (beyond) {
            const double x = top.x() < area.left() ? area.left() + 6 : area.right() - 6;
            top.setX(x);
            foot.setX(x);
            pen.setDashPattern({2, 2});
        }
        painter.setPen(pen);
        painter.drawLine(QLineF(foot, top));
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawEllipse(top, 3, 3);
        if (!beyond) continue;
        const bool left = top.x() < area.center().x();
        const QString words = left ? QStringLiteral("← %1").arg(powerText(spikes.levels[i]))
                                   : QStringLiteral("%1 →").arg(powerText(spikes.levels[i]));
        const double width = metrics.horizontalAdvance(words) + 2;
        painter.setPen(color);
        painter.drawText(QRectF(left ? top.x() + 8 : top.x() - 8 - width,
                                top.y() - metrics.height() / 2, width, metrics.height()),
                         Qt::AlignCenter, words);
    }
}

void paintHistogramMarks(QCPPainter& painter, const HistogramLook& look) {
    const QRectF area = look.plot.area();
    painter.setFont(Theme::font(TextSize::caption));
    const QFontMetricsF metrics(painter.font());
    for (const HistogramChart::Mark& mark : look.data.marks) {
        const double x = std::floor(look.plot.pixel(mark.at, 1).x()) + 0.5;
        if (x < area.left() || x > area.right()) continue;
        QPen pen(Theme::color(Token::muted, look.dark), 1);
        pen.setDashPattern({4, 4});
        painter.setPen(pen);
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()));
        const double width = metrics.horizontalAdvance(mark.label);
        QRectF box(x + 4, area.top() + 2, width, metrics.height());
        if (box.right() > area.right()) box.moveRight(x - 4);
        painter.drawText(box, Qt::AlignCenter, mark.label);
    }
}

}  // namespace

HistogramSeries histogramOf(const QString& name, int run, double least, double most,
                            const std::vector<double>& counts) {
    HistogramSeries result{name, run, {}, {}, true};
    if (counts.empty() || !std::isfinite(least) || !std::isfinite(most)) return result;
    if (!(most > least)) most = least + std::max(std::abs(least), 1.0) * 1e-6;
    double total = 0;
    for (const double count : counts) total += std::isfinite(count) ? count : 0;
    const auto bins = static_cast<double>(counts.size());
    for (std::size_t i = 0; i <= counts.size(); ++i) {
        result.edges.push_back(least + (most - least) * static_cast<double>(i) / bins);
    }
    for (const double count : counts) {
        result.shares.push_back(total > 0 && std::isfinite(count) ? 100 * count / total : 0);
    }
    return result;
}

HistogramSeries inBinsOf(const HistogramSeries& like, const HistogramSeries& series) {
    constexpr int mostBins = 100'000;
    HistogramSeries result = series;
    if (like.edges.size() < 2 || series.edges.size() < 2) return result;
    const double start = like.edges.front();
    const double width = like.edges[1] - start;
    const auto first = std::floor((series.edges.front() - start) / width);
    const auto last = std::ceil((series.edges.back() - start) / width);
    if (!(width > 0) || !(last - first < mostBins)) return result;
    const auto bins = static_cast<std::size_t>(std::max(last - first, 1.0));
    result.edges.clear();
    for (std::size_t i = 0; i <= bins; ++i) {
        result.edges.push_back(start + (first + static_cast<double>(i)) * width);
    }
    result.shares.assign(bins, 0);
    for (std::size_t i = 0; i < series.shares.size(); ++i) {
        const double low = series.edges[i], high = series.edges[i + 1];
        const double from = std::floor((low - start) / width - first);
        for (auto bin = static_cast<std::size_t>(std::max(from, 0.0)); bin < bins; ++bin) {
            const double overlap =
                std::min(high, result.edges[bin + 1]) - std::max(low, result.edges[bin]);
            if (overlap > 0) result.shares[bin] += series.shares[i] * overlap / (high - low);
            if (result.edges[bin + 1] >= high) break;
        }
    }
    return result;
}

HistogramChart::HistogramChart(const Theme& theme, QWidget* parent)
    : Chart(theme, parent), m_data(std::make_unique<HistogramData>()) {
    const auto look = [this] { return HistogramLook{plot(), *m_data, drawDark(), yAxis().log}; };
    new AreaLayer(&plot(), QStringLiteral("curves"), [look](QCPPainter& painter) {
        const HistogramLook now = look();
        for (const HistogramSeries& each : now.data.histograms) paintHistogram(painter, now, each);
        for (const Spikes& each : now.data.spikes) paintSpikes(painter, now, each);
        paintHistogramMarks(painter, now);
    });
    setKeyVisible(true);
}

HistogramChart::~HistogramChart() {
    closePlot();
}

void HistogramChart::setData(const std::vector<HistogramSeries>& histograms,
                             const std::vector<Spikes>& spikes) {
    m_data->histograms = histograms;
    m_data->spikes = spikes;
    touch();
}

void HistogramChart::setMarks(const std::vector<Mark>& marks) {
    m_data->marks.clear();
    for (const Mark& mark : marks) {
        if (std::isfinite(mark.at)) m_data->marks.push_back(mark);
    }
    touch();
}

bool HistogramChart::isEmpty() const {
    return std::all_of(m_data->histograms.begin(), m_data->histograms.end(),
                       [](const HistogramSeries& each) { return each.shares.empty(); }) &&
           std::all_of(m_data->spikes.begin(), m_data->spikes.end(),
                       [](const Spikes& each) { return each.levels.empty(); });
}

QString HistogramChart::csv() const {
    QString text = csvLine({tr("name"), tr("from"), tr("to"), tr("share")});
    for (const HistogramSeries& each : m_data->histograms) {
        for (std::size_t i = 0; i < each.shares.size() && i + 1 < each.edges.size(); ++i) {
            text += csvLine({each.name, csvNumber(each.edges[i]), csvNumber(each.edges[i + 1]),
                             csvNumber(each.shares[i])});
        }
    }
    for (const Spikes& each : m_data->spikes) {
        for (std::size_t i = 0; i < std::min(each.levels.size(), each.shares.size()); ++i) {
            text += csvLine({each.name, csvNumber(each.levels[i]), csvNumber(each.levels[i]),
                             csvNumber(each.shares[i])});
        }
    }
    return text;
}

void HistogramChart::prepare(int width) {
    Plot& screen = plot();
    const auto named = [](const Axis& axis) {
        return axis.unit.isEmpty() ? axis.title
                                   : QStringLiteral("%1 (%2)").arg(axis.title, axis.unit);
    };
    std::vector<KeyEntry> key;
    const auto entry = [&](const QString& name, int run, bool filled) {
        if (!name.isEmpty())
            key.push_back({name, QPen(Theme::runColor(run, drawDark()), 1), filled});
    };
    for (const HistogramSeries& each : m_data->histograms) {
        if (!each.shares.empty()) entry(each.name, each.run, each.filled);
    }
    for (const Spikes& each : m_data->spikes) {
        if (!each.levels.empty()) entry(each.name, each.run, true);
    }
    if (!keyVisible(key.size())) key.clear();
    screen.setKey(std::move(key), width);
    screen.setWords(caption(), named(yAxis()), named(xAxis()));
    screen.setScales(xAxis().log, yAxis().log);
    screen.setBare(isEmpty());
    if (isZoomed()) {
        m_data->spikesBeyond = false;
        return;
    }
    Extent x(xAxis().log);
    Extent y(yAxis().log);
    if (!yAxis().log) y.add(0);
    for (const HistogramSeries& each : m_data->histograms) {
        for (const double edge : each.edges) x.add(edge);
        for (const double share : each.shares) y.add(share);
    }
    // Levels at +-1 would leave a sliver for weights of a hundredth: they then stand at the ends.
    Extent levels;
    for (const Spikes& each : m_data->spikes) {
        for (const double level : each.levels) levels.add(level);
        for (const double share : each.shares) y.add(share);
    }
    const double widest = x.empty() ? 0 : std::max(std::abs(x.least()), std::abs(x.most()));
    m_data->spikesBeyond =
        !x.empty() && !levels.empty() &&
        std::max(std::abs(levels.least()), std::abs(levels.most())) > farLevels * widest;
    if (!m_data->spikesBeyond) {
        for (const Spikes& each : m_data->spikes) {
            for (const double level : each.levels) x.add(level);
        }
    }
    AxisRange up = rangeAround(y, yAxis().log, 0.08, yAxis().least, yAxis().most);
    if (!yAxis().log) up.lower = 0;
    screen.setRanges(rangeAround(x, xAxis().log, m_data->spikesBeyond ? 0.14 : 0.04), up);
}

void HistogramChart::pointerMoved(const QPointF& position) {
    if (isEmpty() || !plot().area().contains(position.toPoint())) {
        pointerLeft();
        return;
    }
    const double x = plot().xAt(position.x());
    QStringList lines{QStringLiteral("%1 %2").arg(xAxis().title, valueText(x))};
    for (const HistogramSeries& each : m_data->histograms) {
        const auto next = std::upper_bound(each.edges.begin(), each.edges.end(), x);
        const auto bin = next - each.edges.begin() - 1;
        if (bin < 0 || static_cast<std::size_t>(bin) >= each.shares.size()) continue;
        const double share = each.shares[static_cast<std::size_t>(bin)];
        lines.append(QStringLiteral("%1  %2 %").arg(each.name, valueText(share)));
    }
    for (const Spikes& each : m_data->spikes) {
        for (std::size_t i = 0; i < std::min(each.levels.size(), each.shares.size()); ++i) {
            if (std::abs(plot().pixel(each.levels[i], 1).x() - position.x()) > 5) continue;
            lines.append(QStringLiteral("%1  %2: %3 %")
                             .arg(each.name, valueText(each.levels[i]), valueText(each.shares[i])));
        }
    }
    QToolTip::showText(plot().mapToGlobal(position.toPoint()), lines.join(QLatin1Char('\n')),
                       &plot());
}

void HistogramChart::pointerLeft() {
    QToolTip::hideText();
}

}  // namespace bitloom::ui
