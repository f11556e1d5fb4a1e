#include "charts/heat_map_chart.h"

#include <QFontMetricsF>
#include <QMenu>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "charts/color_ramp.h"
#include "charts/csv.h"
#include "charts/plot.h"
#include "charts/ticker.h"

namespace bitloom::ui {
namespace {

constexpr int legendGap = 14;
constexpr int legendWidth = 10;
constexpr int legendRoom = 76;  // bar, ticks and their labels

QString named(const Axis& axis) {
    return axis.unit.isEmpty() ? axis.title : QStringLiteral("%1 (%2)").arg(axis.title, axis.unit);
}

}  // namespace

struct HeatMapData {
    std::vector<double> x;
    std::vector<std::vector<double>> columns;
    std::vector<double> edges;  ///< one more than columns
    std::size_t rows = 0;
    Axis color{{}, {}, true, {}, {}};
    double least = 0.1, most = 10;  ///< of the colour scale
    std::optional<double> marker;

    void measure();
    [[nodiscard]] bool drawn(double value) const {
        return std::isfinite(value) && (!color.log || value > 0);
    }
    [[nodiscard]] double share(double value) const {
        if (color.log) return std::log(value / least) / std::log(most / least);
        return (value - least) / (most - least);
    }
    [[nodiscard]] std::optional<std::size_t> columnAt(double at) const {
        if (x.empty() || !(at >= edges.front()) || !(at <= edges.back())) return {};
        const auto next = std::upper_bound(edges.begin(), edges.end() - 1, at);
        return static_cast<std::size_t>(next - edges.begin()) - 1;
    }
    [[nodiscard]] std::optional<double> at(double atX, double atY) const {
        const auto column = columnAt(atX);
        if (!column || !(atY >= 0.5)) return {};
        const auto row = static_cast<std::size_t>(std::floor(atY + 0.5)) - 1;
        if (row >= columns[*column].size()) return {};
        return columns[*column][row];
    }
};

void HeatMapData::measure() {
    edges.clear();
    rows = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        // The outer columns end where they were measured: no step beyond has been.
        const double before = i > 0 ? (x[i] - x[i - 1]) / 2 : x.size() > 1 ? 0 : 0.5;
        edges.push_back(x[i] - before);
        if (i + 1 == x.size()) edges.push_back(x[i] + (x.size() > 1 ? 0 : 0.5));
        rows = std::max(rows, columns[i].size());
    }
    Extent extent(color.log);
    for (const auto& column : columns) {
        for (const double value : column) extent.add(value);
    }
    const AxisRange range = rangeAround(extent, color.log, 0, color.least, color.most);
    least = range.lower;
    most = range.upper;
}

namespace {

struct HeatLook {
    const Plot& plot;
    const HeatMapData& data;
    bool dark;
    bool exporting;
    [[nodiscard]] QColor color(Token token) const { return Theme::color(token, dark); }
};

/// One image over the whole area: every pixel looks its cell up, so that any axis scale and any
/// number of cells costs the same.
void paintCells(QCPPainter& painter, const HeatLook& look) {
    const QRect area = look.plot.area();
    if (look.data.x.empty() || area.isEmpty()) return;
    const int fine = look.exporting ? 2 : 1;
    const QSize size = area.size() * fine;
    std::vector<std::optional<std::size_t>> columns(static_cast<std::size_t>(size.width()));
    for (int px = 0; px < size.width(); ++px) {
        columns[static_cast<std::size_t>(px)] =
            look.data.columnAt(look.plot.xAt(area.left() + (px + 0.5) / fine));
    }
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const QRgb hatch = look.color(Token::bad).rgb();
    const QRgb gap = look.color(Token::sunken).rgb();
    for (int py = 0; py < size.height(); ++py) {
        const double y = look.plot.yAt(area.top() + (py + 0.5) / fine);
        if (!(y >= 0.5)) continue;
        const auto row = static_cast<std::size_t>(std::floor(y + 0.5)) - 1;
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(py));
        for (int px = 0; px < size.width(); ++px) {
            const auto column = columns[static_cast<std::size_t>(px)];
            if (!column || row >= look.data.columns[*column].size()) continue;
            const double value = look.data.columns[*column][row];
            line[px] = look.data.drawn(value) ? rampColor(look.data.share(value)).rgb()
                                              : ((px + py) / fine % 6 == 0 ? hatch : gap);
        }
    }
    painter.drawImage(QRectF(area), image);
    if (!look.data.marker) return;
    const double at = std::floor(look.plot.pixel(*look.data.marker, 1).x()) + 0.5;
    painter.setPen(QPen(look.color(Token::raised), 3));
    painter.drawLine(QLineF(at, area.top(), at, area.bottom()));
    painter.setPen(QPen(look.color(Token::text), 1));
    painter.drawLine(QLineF(at, area.top(), at, area.bottom()));
}

void paintLegend(QCPPainter& painter, const HeatLook& look) {
    const QRect area = look.plot.area();
    if (look.data.x.empty() || area.isEmpty()) return;
    const QRect bar(area.right() + legendGap, area.top(), legendWidth, area.height());
    painter.setPen(Qt::NoPen);
    const int bands = std::max(bar.height(), 2);
    for (int band = 0; band < bands; ++band) {
        const double share = 1 - static_cast<double>(band) / (bands - 1);
        painter.setBrush(rampColor(share));
        painter.drawRect(QRectF(bar.left(), bar.top() + band, bar.width(), 1.0));
    }
    painter.setFont(Theme::figures(TextSize::caption));
    painter.setPen(look.color(Token::muted));
    const QFontMetricsF metrics(painter.font());
    const int room = std::clamp(area.height() / 34, 2, 6);
    std::vector<double> ticks;
    if (look.data.color.log) ticks = logTicks(look.data.least, look.data.most, room);
    if (ticks.empty()) {
        for (int i = 0; i <= room; ++i) {
            const double share = static_cast<double>(i) / room;
            ticks.push_back(look.data.color.log
                                ? look.data.least *
                                      std::pow(look.data.most / look.data.least, share)
                                : look.data.least + share * (look.data.most - look.data.least));
        }
    }
    const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : 0;
    const bool plain = plainTicks(ticks.front(), ticks.back());
    for (const double tick : ticks) {
        const double y = bar.bottom() - look.data.share(tick) * (bar.height() - 1);
        const QString words = look.data.color.log ? logTickText(tick, plain) : tickText(tick, step);
        painter.drawText(QRectF(bar.right() + 6, y - metrics.height() / 2,
                                metrics.horizontalAdvance(words) + 4, metrics.height()),
                         Qt::AlignLeft | Qt::AlignVCenter, words);
    }
    const QString title = named(look.data.color);
    painter.setFont(Theme::font(TextSize::caption));
    const QFontMetricsF letters(painter.font());
    const double width = letters.horizontalAdvance(title) + 2;
    const double right = bar.left() + legendRoom - legendGap;
    painter.drawText(
        QRectF(right - width, area.top() - letters.height() - 8, width, letters.height()),
        Qt::AlignRight | Qt::AlignVCenter, title);
}

}  // namespace

HeatMapChart::HeatMapChart(const Theme& theme, QWidget* parent)
    : Chart(theme, parent), m_data(std::make_unique<HeatMapData>()) {
    const auto look = [this] { return HeatLook{plot(), *m_data, drawDark(), exporting()}; };
    new AreaLayer(&plot(), QStringLiteral("curves"),
                  [look](QCPPainter& painter) { paintCells(painter, look()); });
    new AreaLayer(
        &plot(), QStringLiteral("marks"),
        [look](QCPPainter& painter) { paintLegend(painter, look()); }, false);
}

HeatMapChart::~HeatMapChart() {
    closePlot();
}

void HeatMapChart::setColumns(std::vector<double> x, std::vector<std::vector<double>> columns) {
    const std::size_t count = std::min(x.size(), columns.size());
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < count; ++i) {
        if (std::isfinite(x[i]) && !columns[i].empty()) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&x](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    m_data->x.clear();
    m_data->columns.clear();
    for (const std::size_t i : order) {
        // Of two columns at one place the later one counts.
        if (!m_data->x.empty() && m_data->x.back() == x[i]) {
            m_data->columns.back() = std::move(columns[i]);
            continue;
        }
        m_data->x.push_back(x[i]);
        m_data->columns.push_back(std::move(columns[i]));
    }
    m_data->measure();
    touch();
}

void HeatMapChart::clear() {
    setColumns({}, {});
}

std::size_t HeatMapChart::columns() const {
    return m_data->x.size();
}

void HeatMapChart::setColorAxis(const Axis& axis) {
    m_data->color = axis;
    m_data->measure();
    touch();
}

const Axis& HeatMapChart::colorAxis() const {
    return m_data->color;
}

std::pair<double, double> HeatMapChart::colorRange() const {
    return {m_data->least, m_data->most};
}

void HeatMapChart::setMarker(std::optional<double> x) {
    if (m_data->marker == x) return;
    m_data->marker = x;
    touch();
}

std::optional<double> HeatMapChart::valueAt(double x, double y) const {
    return m_data->at(x, y);
}

bool HeatMapChart::isEmpty() const {
    return m_data->x.empty();
}

QString HeatMapChart::csv() const {
    QStringList header{xAxis().title.isEmpty() ? QStringLiteral("x") : xAxis().title};
    const QString row = yAxis().title.isEmpty() ? QStringLiteral("row") : yAxis().title;
    for (std::size_t i = 0; i < m_data->rows; ++i) {
        header.append(QStringLiteral("%1 %2").arg(row).arg(i + 1));
    }
    QString text = csvLine(header);
    for (std::size_t i = 0; i < m_data->x.size(); ++i) {
        QStringList line{csvNumber(m_data->x[i])};
        for (const double value : m_data->columns[i]) line.append(csvNumber(value));
        while (line.size() < header.size()) line.append(QString());
        text += csvLine(line);
    }
    return text;
}

void HeatMapChart::prepare(int width) {
    Plot& screen = plot();
    screen.setKey({}, width);
    screen.setWords(caption(), named(yAxis()), named(xAxis()));
    screen.setScales(xAxis().log, yAxis().log);
    screen.setBare(isEmpty());
    screen.setRightMargin(isEmpty() ? 14 : legendRoom);
    // The grid would only show through cells that are not there.
    for (QCPAxis* axis : {screen.xAxis, screen.yAxis}) axis->grid()->setVisible(false);
    if (isZoomed()) return;
    AxisRange x{0, 1};
    AxisRange y{0.5, static_cast<double>(std::max<std::size_t>(m_data->rows, 1)) + 0.5};
    if (!m_data->edges.empty()) x = {m_data->edges.front(), m_data->edges.back()};
    if (xAxis().log && x.lower <= 0) x.lower = std::max(x.upper * 1e-4, 0.5);
    screen.setRanges(x, y);
}

void HeatMapChart::pointerMoved(const QPointF& position) {
    const bool inside = plot().area().contains(position.toPoint());
    const double x = plot().xAt(position.x());
    const double y = plot().yAt(position.y());
    const auto value = inside ? m_data->at(x, y) : std::nullopt;
    if (!value) {
        QToolTip::hideText();
        return;
    }
    const double column = m_data->x[*m_data->columnAt(x)];
    const auto line = [](const QString& name, const QString& number) {
        return QStringLiteral("%1  %2").arg(name, number);
    };
    QToolTip::showText(plot().mapToGlobal(position.toPoint()),
                       line(xAxis().title, placeText(column, 0.01)) + QLatin1Char('\n') +
                           line(yAxis().title, placeText(std::floor(y + 0.5), 1)) +
                           QLatin1Char('\n') + line(m_data->color.title, powerText(*value, 4)),
                       &plot());
}

void HeatMapChart::pointerLeft() {
    QToolTip::hideText();
}

void HeatMapChart::pointerClicked(const QPointF& position) {
    if (!plot().area().contains(position.toPoint())) return;
    if (const auto column = m_data->columnAt(plot().xAt(position.x()))) {
        Q_EMIT columnChosen(m_data->x[*column]);
    }
}

void HeatMapChart::addMenuActions(QMenu& menu) {
    QAction* log = menu.addAction(tr("Logarithmic colours"));
    log->setObjectName(QStringLiteral("log_color"));
    log->setCheckable(true);
    log->setChecked(m_data->color.log);
    connect(log, &QAction::toggled, this, [this](bool on) {
        Axis axis = m_data->color;
        axis.log = on;
        setColorAxis(axis);
    });
}

}  // namespace bitloom::ui
