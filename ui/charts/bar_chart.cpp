#include "charts/bar_chart.h"

#include <QFontMetrics>
#include <QFontMetricsF>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <iterator>

#include "charts/csv.h"
#include "charts/plot.h"

namespace bitloom::ui {
namespace {

constexpr int barHeight = 22;
constexpr int rowHeight = 34;
constexpr int partHeight = 14;  // of one of several grouped bars
constexpr double labelShare = 0.34;
constexpr int mostLabel = 260;
/// How much of the run's colour each part has: parts are shades of it, for the colours themselves
/// belong to runs.
constexpr double shades[] = {1.0, 0.66, 0.42, 0.26, 0.16, 0.1};

QColor shadeOf(const QColor& color, std::size_t part, bool dark) {
    const QColor ground = Theme::color(Token::raised, dark);
    const double share = shades[std::min(part, std::size(shades) - 1)];
    const auto mix = [share](int over, int under) {
        return static_cast<int>(std::lround(share * over + (1 - share) * under));
    };
    return {mix(color.red(), ground.red()), mix(color.green(), ground.green()),
            mix(color.blue(), ground.blue())};
}

}  // namespace

struct BarData {
    QStringList parts;
    std::vector<Bar> bars;
    BarChart::Layout layout = BarChart::Layout::stacked;
    std::function<QString(double)> format;
    int hovered = -1;
    int margin = 80;

    [[nodiscard]] QString text(double value) const {
        return format ? format(value) : valueText(value);
    }
    [[nodiscard]] std::size_t partCount() const {
        return static_cast<std::size_t>(std::max<qsizetype>(parts.size(), 1));
    }
    /// Total of the finite values, or nothing.
    [[nodiscard]] static std::optional<double> total(const Bar& bar) {
        std::optional<double> sum;
        for (const double value : bar.values) {
            if (std::isfinite(value)) sum = sum.value_or(0) + value;
        }
        return sum;
    }
    [[nodiscard]] bool stacked(bool log) const {
        return partCount() > 1 && layout == BarChart::Layout::stacked && !log;
    }
    [[nodiscard]] bool grouped() const {
        return partCount() > 1 && layout == BarChart::Layout::grouped;
    }
};

namespace {

struct BarLook {
    const Plot& plot;
    const BarData& data;
    bool dark;
    bool log;

    [[nodiscard]] QColor color(Token token) const { return Theme::color(token, dark); }
    [[nodiscard]] QColor partColor(const Bar& bar, std::size_t part) const {
        return shadeOf(Theme::runColor(bar.run, dark), part, dark);
    }
    [[nodiscard]] QRectF row(std::size_t index) const {
        const QRectF area = plot.area();
        const double height =
            area.height() / static_cast<double>(std::max<std::size_t>(data.bars.size(), 1));
        return {area.left(), area.top() + height * static_cast<double>(index), area.width(),
                height};
    }
    /// From the start of the axis to `value`.
    [[nodiscard]] QRectF bar(double from, double value, double top, double height) const {
        const QRectF area = plot.area();
        const double start = std::clamp(plot.pixel(from, 0).x(), area.left(), area.right());
        const double end = std::clamp(plot.pixel(value, 0).x(), area.left() - 1, area.right());
        return QRectF(QPointF(std::min(start, end), top),
                      QPointF(std::max(start, end), top + height));
    }
};

void paintValue(QCPPainter& painter, const BarLook& look, const QString& text, double x,
                double middle, const QColor& color) {
    const QFontMetricsF metrics(painter.font());
    painter.setPen(color);
    painter.drawText(QRectF(x + 6, middle - metrics.height() / 2,
                            metrics.horizontalAdvance(text) + 4, metrics.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, text);
    Q_UNUSED(look);
}

void paintStack(QCPPainter& painter, const BarLook& look, const Bar& bar, double top,
                double height) {
    double from = 0;
    double end = look.plot.pixel(0, 0).x();
    for (std::size_t part = 0; part < bar.values.size(); ++part) {
        const double value = bar.values[part];
        if (!std::isfinite(value) || value <= 0) continue;
        const QRectF rect = look.bar(from, from + value, top, height);
        painter.setPen(Qt::NoPen);
        painter.setBrush(look.partColor(bar, part));
        // A part narrower than a pixel is still seen.
        painter.drawRect(
            QRectF(rect.left(), rect.top(), std::max(rect.width() - 1, 0.75), rect.height()));
        from += value;
        end = rect.right();
    }
    const auto total = BarData::total(bar);
    paintValue(painter, look, total ? look.data.text(*total) : QStringLiteral("–"), end,
               top + height / 2, look.color(Token::text));
}

void paintOne(QCPPainter& painter, const BarLook& look, const Bar& bar, double value,
              const QColor& color, double top, double height) {
    const double middle = top + height / 2;
    const double start = look.log ? look.plot.xAxis->range().lower : 0;
    if (!std::isfinite(value)) {
        paintValue(painter, look, QStringLiteral("–"), look.plot.pixel(start, 0).x(), middle,
                   look.color(Token::muted));
        return;
    }
    const QRectF rect = look.bar(start, value, top, height);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    painter.drawRect(QRectF(rect.left(), rect.top(), std::max(rect.width(), 1.0), rect.height()));
    double end = std::max(rect.right(), look.plot.pixel(start, 0).x());
    if (bar.deviation && std::isfinite(*bar.deviation) && *bar.deviation > 0) {
        const double low = look.plot.pixel(std::max(value - *bar.deviation, start), 0).x();
        const double high = look.plot.pixel(value + *bar.deviation, 0).x();
        painter.setPen(QPen(look.color(Token::text), 1));
        painter.drawLine(QLineF(low, middle, high, middle));
        painter.drawLine(QLineF(low, middle - 4, low, middle + 4));
        painter.drawLine(QLineF(high, middle - 4, high, middle + 4));
        end = std::max(end, high);
    }
    QString text = look.data.text(value);
    if (bar.reference && std::isfinite(*bar.reference)) {
        const double at = look.plot.pixel(*bar.reference, 0).x();
        QPen pen(look.color(Token::text), 1);
        pen.setDashPattern({3, 2});
        painter.setPen(pen);
        painter.drawLine(QLineF(at, top - 4, at, top + height + 4));
        end = std::max(end, at);
    }
    paintValue(painter, look, text, end, middle, look.color(Token::text));
}

void paintBars(QCPPainter& painter, const BarLook& look) {
    if (look.data.bars.empty()) return;
    const QRectF area = look.plot.area();
    painter.setFont(Theme::font(TextSize::caption));
    const QFontMetrics metrics(painter.font());
    for (std::size_t index = 0; index < look.data.bars.size(); ++index) {
        const Bar& bar = look.data.bars[index];
        const QRectF row = look.row(index);
        if (static_cast<int>(index) == look.data.hovered) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(look.color(Token::hover));
            painter.drawRect(QRectF(12, row.top(), area.right() - 12, row.height()));
        }
        const QRectF label(12, row.top(), area.left() - 24, row.height());
        painter.setPen(look.color(Token::text));
        painter.drawText(
            label, Qt::AlignLeft | Qt::AlignVCenter,
            metrics.elidedText(bar.label, Qt::ElideMiddle, static_cast<int>(label.width())));
        if (look.data.grouped()) {
            const double count = static_cast<double>(look.data.partCount());
            const double height = std::min<double>(partHeight, (row.height() - 8) / count);
            // Figures no higher than their bars; below that the pointer tells them.
            QFont figures = Theme::font(TextSize::caption);
            figures.setPixelSize(
                std::clamp(static_cast<int>(height), 1, QFontInfo(figures).pixelSize()));
            painter.setFont(figures);
            double top = row.center().y() - height * count / 2;
            for (std::size_t part = 0; part < look.data.partCount(); ++part, top += height) {
                const double value = part < bar.values.size() ? bar.values[part] : std::nan("");
                paintOne(painter, look, {}, value, look.partColor(bar, part), top + 1, height - 2);
            }
            painter.setFont(Theme::font(TextSize::caption));
            continue;
        }
        const double height = std::min<double>(barHeight, row.height() * 0.6);
        const double top = row.center().y() - height / 2;
        if (look.data.stacked(look.log)) {
            paintStack(painter, look, bar, top, height);
        } else {
            paintOne(painter, look, bar, BarData::total(bar).value_or(std::nan("")),
                     Theme::runColor(bar.run, look.dark), top, height);
        }
    }
    // The line all bars start from, over their ends.
    painter.setPen(QPen(look.color(Token::outline), 1));
    painter.drawLine(QLineF(area.left() + 0.5, area.top(), area.left() + 0.5, area.bottom()));
}

}  // namespace

BarChart::BarChart(const Theme& theme, QWidget* parent)
    : Chart(theme, parent), m_data(std::make_unique<BarData>()) {
    plot().setZoomable(false);
    new AreaLayer(
        &plot(), QStringLiteral("curves"),
        [this](QCPPainter& painter) {
            paintBars(painter, {plot(), *m_data, drawDark(), yAxis().log});
        },
        false);
}

BarChart::~BarChart() {
    closePlot();
}

void BarChart::setBars(const QStringList& parts, const std::vector<Bar>& bars) {
    m_data->parts = parts;
    m_data->bars = bars;
    m_data->hovered = -1;
    updateGeometry();
    touch();
}

void BarChart::clear() {
    setBars({}, {});
}

void BarChart::setLayoutOfParts(Layout layout) {
    m_data->layout = layout;
    touch();
}

BarChart::Layout BarChart::layoutOfParts() const {
    return m_data->layout;
}

void BarChart::setFormat(std::function<QString(double)> format) {
    m_data->format = std::move(format);
    touch();
}

bool BarChart::isEmpty() const {
    return m_data->bars.empty();
}

QSize BarChart::sizeHint() const {
    const int rows = std::max(static_cast<int>(m_data->bars.size()), 3);
    const int parts = m_data->grouped() ? static_cast<int>(m_data->partCount()) : 1;
    return {480, 90 + rows * std::max(rowHeight, parts * (partHeight + 2) + 8)};
}

QString BarChart::csv() const {
    QStringList header{tr("name")};
    const QString unit =
        yAxis().unit.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(yAxis().unit);
    for (std::size_t part = 0; part < m_data->partCount(); ++part) {
        const QString name = m_data->parts.value(static_cast<qsizetype>(part));
        header.append((name.isEmpty() ? yAxis().title : name) + unit);
    }
    const bool deviations = std::any_of(m_data->bars.begin(), m_data->bars.end(),
                                        [](const Bar& bar) { return bar.deviation.has_value(); });
    const bool references = std::any_of(m_data->bars.begin(), m_data->bars.end(),
                                        [](const Bar& bar) { return bar.reference.has_value(); });
    if (deviations) header.append(tr("deviation"));
    if (references) header.append(tr("reference"));
    QString text = csvLine(header);
    for (const Bar& bar : m_data->bars) {
        QStringList row{bar.label};
        for (std::size_t part = 0; part < m_data->partCount(); ++part) {
            row.append(part < bar.values.size() ? csvNumber(bar.values[part]) : QString());
        }
        if (deviations) row.append(bar.deviation ? csvNumber(*bar.deviation) : QString());
        if (references) row.append(bar.reference ? csvNumber(*bar.reference) : QString());
        text += csvLine(row);
    }
    return text;
}

void BarChart::prepare(int width) {
    const bool log = yAxis().log;
    std::vector<KeyEntry> key;
    if (m_data->partCount() > 1 && (m_data->grouped() || m_data->stacked(log))) {
        // Parts that no bar has are not in the key.
        for (std::size_t part = 0; part < m_data->partCount(); ++part) {
            const bool used =
                std::any_of(m_data->bars.begin(), m_data->bars.end(), [&](const Bar& bar) {
                    return part < bar.values.size() && std::isfinite(bar.values[part]) &&
                           bar.values[part] > 0;
                });
            if (!used) continue;
            // Of no run's colour: it stands for the part in all of them.
            const QColor color = shadeOf(Theme::color(Token::text, drawDark()), part, drawDark());
            key.push_back(
                {m_data->parts.value(static_cast<qsizetype>(part)), QPen(color, 1), true});
        }
    }
    Plot& screen = plot();
    screen.setKey(std::move(key), width);
    const Axis& axis = yAxis();
    screen.setWords(
        caption(), {},
        axis.unit.isEmpty() ? axis.title : QStringLiteral("%1 (%2)").arg(axis.title, axis.unit));
    screen.setScales(log, false);
    screen.setBare(isEmpty());

    const QFontMetrics metrics(Theme::font(TextSize::caption));
    int longest = 40;
    for (const Bar& bar : m_data->bars)
        longest = std::max(longest, metrics.horizontalAdvance(bar.label));
    m_data->margin = std::min({longest + 14, mostLabel, static_cast<int>(labelShare * width) + 12});
    screen.setCategoryY(m_data->margin);

    Extent extent(log);
    int widest = 0;
    for (const Bar& bar : m_data->bars) {
        const auto see = [&](double value) {
            extent.add(value);
            if (std::isfinite(value))
                widest = std::max(widest, metrics.horizontalAdvance(m_data->text(value)));
        };
        if (m_data->grouped()) {
            for (const double value : bar.values) see(value);
        } else if (const auto total = BarData::total(bar)) {
            see(*total);
            extent.add(*total + bar.deviation.value_or(0));
        }
        if (bar.reference && partsAreOne()) extent.add(*bar.reference);
    }
    AxisRange range = rangeAround(extent, log, 0, axis.least, axis.most);
    // Room at the right for the value beside the longest bar.
    const double room = std::max(width - m_data->margin - 40, 60);
    const double share = std::min(0.5, (widest + 14) / room);
    if (log) {
        range.lower = std::pow(10, std::floor(std::log10(range.lower) - 0.05));
        range.upper *= std::pow(range.upper / range.lower, share / (1 - share));
    } else {
        range.lower = std::min(0.0, extent.empty() ? 0 : extent.least());
        range.upper = std::max(extent.empty() ? 1.0 : extent.most(), 0.0);
        if (!(range.upper > range.lower)) range.upper = range.lower + 1;
        range.upper += (range.upper - range.lower) * share / (1 - share);
    }
    screen.setRanges(range, {0, 1});
}

bool BarChart::partsAreOne() const {
    return m_data->partCount() == 1;
}

void BarChart::pointerMoved(const QPointF& position) {
    const QRect area = plot().area();
    int row = -1;
    if (!m_data->bars.empty() && position.y() >= area.top() && position.y() < area.bottom()) {
        const double height =
            static_cast<double>(area.height()) / static_cast<double>(m_data->bars.size());
        row = std::clamp(static_cast<int>((position.y() - area.top()) / height), 0,
                         static_cast<int>(m_data->bars.size()) - 1);
    }
    if (row == m_data->hovered) return;
    m_data->hovered = row;
    plot().replot(QCustomPlot::rpQueuedReplot);
    Q_EMIT hovered(row);
    if (row < 0) {
        QToolTip::hideText();
        return;
    }
    const Bar& bar = m_data->bars[static_cast<std::size_t>(row)];
    QStringList lines{bar.label};
    for (std::size_t part = 0; part < bar.values.size() && m_data->partCount() > 1; ++part) {
        if (std::isfinite(bar.values[part])) {
            lines.append(QStringLiteral("%1  %2").arg(
                m_data->parts.value(static_cast<qsizetype>(part)), m_data->text(bar.values[part])));
        }
    }
    QToolTip::showText(plot().mapToGlobal(position.toPoint()), lines.join(QLatin1Char('\n')),
                       &plot());
}

void BarChart::pointerLeft() {
    if (m_data->hovered < 0) return;
    m_data->hovered = -1;
    plot().replot(QCustomPlot::rpQueuedReplot);
    Q_EMIT hovered(-1);
}

}  // namespace bitloom::ui
