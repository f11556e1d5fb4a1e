#include "charts/curve_chart.h"

#include <QMenu>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "charts/csv.h"
#include "charts/curve_data.h"
#include "charts/curve_painter.h"
#include "charts/plot.h"

namespace bitloom::ui {

CurveChart::CurveChart(const Theme& theme, QWidget* parent)
    : Chart(theme, parent), m_data(std::make_unique<CurveData>()) {
    const auto look = [this] {
        return CurveLook{plot(), *m_data, drawDark(), exporting(), xAxis().title, isEmpty()};
    };
    // The plot owns these layers.
    new AreaLayer(&plot(), QStringLiteral("curves"),
                  [look](QCPPainter& painter) { paintCurves(painter, look()); });
    new AreaLayer(&plot(), QStringLiteral("marks"),
                  [look](QCPPainter& painter) { paintMarks(painter, look()); });
    new AreaLayer(
        &plot(), QStringLiteral("crosshair"),
        [look](QCPPainter& painter) { paintCrosshair(painter, look()); }, false);
}

CurveChart::~CurveChart() {
    closePlot();
}

int CurveChart::addSeries(const CurveStyle& style) {
    const int id = m_data->nextId++;
    m_data->series[id].style = style;
    touch();
    return id;
}

void CurveChart::setStyle(int series, const CurveStyle& style) {
    if (Series* found = m_data->find(series)) {
        found->style = style;
        touch();
    }
}

CurveStyle CurveChart::style(int series) const {
    const Series* found = m_data->find(series);
    return found ? found->style : CurveStyle{};
}

void CurveChart::setVisible(int series, bool visible) {
    Series* found = m_data->find(series);
    if (!found || found->style.visible == visible) return;
    found->style.visible = visible;
    touch();
}

void CurveChart::removeSeries(int series) {
    if (m_data->series.erase(series) > 0) touch();
}

void CurveChart::clear() {
    m_data->inSight.reset();
    m_data->series.clear();
    m_data->references.clear();
    m_data->events.clear();
    m_data->shades.clear();
    touch();
}

std::vector<int> CurveChart::series() const {
    std::vector<int> ids;
    for (const auto& [id, series] : m_data->series) ids.push_back(id);
    return ids;
}

void CurveChart::append(int series, double x, double y) {
    append(series, std::span(&x, 1), std::span(&y, 1));
}

void CurveChart::append(int series, std::span<const double> x, std::span<const double> y) {
    Series* found = m_data->find(series);
    const std::size_t length = std::min(x.size(), y.size());
    if (!found || length == 0) return;
    for (std::size_t index = 0; index < length; ++index) {
        if (!std::isfinite(x[index])) continue;
        if (!found->x.empty() && x[index] < found->x.back()) found->sorted = false;
        found->x.push_back(x[index]);
        found->y.push_back(y[index]);
    }
    found->fresh = false;
    touch();
}

void CurveChart::setData(int series, std::vector<double> x, std::vector<double> y) {
    Series* found = m_data->find(series);
    if (!found) return;
    found->x.clear();
    found->y.clear();
    found->given.clear();
    found->sorted = true;
    found->fresh = false;
    append(series, x, y);
    touch();
}

qsizetype CurveChart::size(int series) const {
    const Series* found = m_data->find(series);
    return found ? static_cast<qsizetype>(found->x.size()) : 0;
}

std::optional<QPointF> CurveChart::lastPoint(int series) const {
    Series* found = m_data->find(series);
    if (!found) return {};
    found->sort();
    for (std::size_t index = found->x.size(); index-- > 0;) {
        if (std::isfinite(found->y[index])) return QPointF(found->x[index], found->y[index]);
    }
    return {};
}

void CurveChart::setBand(int series, std::vector<double> x, std::vector<double> low,
                         std::vector<double> high) {
    Series* found = m_data->find(series);
    if (!found) return;
    const std::size_t length = std::min({x.size(), low.size(), high.size()});
    x.resize(length);
    low.resize(length);
    high.resize(length);
    found->bandX = std::move(x);
    found->bandLow = std::move(low);
    found->bandHigh = std::move(high);
    touch();
}

void CurveChart::keepInSight(double from, double to) {
    m_data->inSight = {from, to};
    touch();
}

const std::vector<ReferenceLine>& CurveChart::references() const {
    return m_data->references;
}

void CurveChart::setReferences(const std::vector<ReferenceLine>& lines) {
    m_data->references.clear();
    for (const ReferenceLine& line : lines) {
        if (std::isfinite(line.at)) m_data->references.push_back(line);
    }
    touch();
}

void CurveChart::setShades(const std::vector<Shade>& shades, const QString& name) {
    m_data->shades = shades;
    m_data->shadeName = name;
    touch();
}

void CurveChart::addEvent(double x, const QString& label, int run) {
    if (!std::isfinite(x)) return;
    m_data->events.push_back({x, label, run});
    touch();
}

void CurveChart::clearEvents() {
    m_data->events.clear();
    touch();
}

void CurveChart::addCross(int series, double x, const QString& label) {
    Series* found = m_data->find(series);
    if (!found || !std::isfinite(x)) return;
    const bool known =
        std::any_of(found->given.begin(), found->given.end(),
                    [&](const CrossMark& cross) { return cross.x == x && cross.label == label; });
    if (known) return;
    found->given.push_back({x, std::nan(""), label});
    touch();
}

void CurveChart::setSmoothing(double weight) {
    const double next = std::isfinite(weight) ? std::clamp(weight, 0.0, 0.999) : 0;
    if (next == m_data->smoothing) return;
    m_data->smoothing = next;
    for (auto& [id, series] : m_data->series) series.fresh = false;
    touch();
}

double CurveChart::smoothing() const {
    return m_data->smoothing;
}

void CurveChart::setCrosshair(std::optional<double> x) {
    if (x && !std::isfinite(*x)) x.reset();
    if (m_data->crosshair == x) return;
    m_data->crosshair = x;
    if (isVisible()) plot().replotOverlay();
}

std::optional<double> CurveChart::crosshair() const {
    return m_data->crosshair;
}

QVector<CrosshairValue> CurveChart::valuesAt(double x) const {
    QVector<CrosshairValue> values;
    for (auto& [id, series] : m_data->series) {
        if (!series.style.visible || series.x.empty()) continue;
        series.refresh(m_data->smoothing);
        const std::size_t index = series.nearest(x);
        values.append(
            {id, series.style.name, series.style.run, series.x[index], series.shown()[index]});
    }
    return values;
}

bool CurveChart::isEmpty() const {
    return std::none_of(m_data->series.begin(), m_data->series.end(), [](const auto& entry) {
        return entry.second.style.visible && !entry.second.x.empty();
    });
}

qsizetype CurveChart::drawnPoints() const {
    return m_data->drawn;
}

QString CurveChart::csv() const {
    std::vector<const Series*> shown;
    QStringList header{xAxis().title.isEmpty() ? QStringLiteral("x") : xAxis().title};
    for (auto& [id, series] : m_data->series) {
        if (!series.style.visible) continue;
        series.sort();
        shown.push_back(&series);
        header.append(series.style.name);
    }
    QString text = csvLine(header);
    std::vector<std::size_t> next(shown.size(), 0);
    while (true) {
        std::optional<double> x;
        for (std::size_t index = 0; index < shown.size(); ++index) {
            if (next[index] == shown[index]->x.size()) continue;
            const double own = shown[index]->x[next[index]];
            x = x ? std::min(*x, own) : own;
        }
        if (!x) return text;
        QStringList row{csvNumber(*x)};
        for (std::size_t index = 0; index < shown.size(); ++index) {
            const bool here =
                next[index] < shown[index]->x.size() && shown[index]->x[next[index]] == *x;
            row.append(here ? csvNumber(shown[index]->y[next[index]++]) : QString());
        }
        text += csvLine(row);
    }
}

void CurveChart::pointerMoved(const QPointF& position) {
    if (isEmpty() || !plot().area().contains(position.toPoint())) {
        pointerLeft();
        return;
    }
    const double pointer = plot().xAt(position.x());
    const QVector<CrosshairValue> near = valuesAt(pointer);
    const double x =
        std::min_element(near.begin(), near.end(), [pointer](const auto& a, const auto& b) {
            return std::abs(a.x - pointer) < std::abs(b.x - pointer);
        })->x;
    setCrosshair(x);
    Q_EMIT crosshairMoved(x, valuesAt(x));
    QString words;
    for (const EventMark& event : m_data->events) {
        if (std::abs(plot().pixel(event.x, 1).x() - position.x()) < 5) {
            words += (words.isEmpty() ? QString() : QStringLiteral("\n")) + event.label;
        }
    }
    if (!words.isEmpty())
        QToolTip::showText(plot().mapToGlobal(position.toPoint()), words, &plot());
}

void CurveChart::pointerLeft() {
    if (!m_data->crosshair) return;
    setCrosshair({});
    Q_EMIT crosshairLeft();
}

void CurveChart::pointerClicked(const QPointF& position) {
    if (isEmpty() || !plot().area().contains(position.toPoint())) return;
    Q_EMIT clicked(plot().xAt(position.x()));
}

void CurveChart::addMenuActions(QMenu& menu) {
    QMenu* smoothing = menu.addMenu(tr("Smoothing"));
    const auto choices = {
        std::pair{tr("Off"), 0.0}, {tr("Light"), 0.6}, {tr("Medium"), 0.9}, {tr("Strong"), 0.98}};
    for (const auto& [name, weight] : choices) {
        QAction* action = smoothing->addAction(name);
        action->setCheckable(true);
        action->setChecked(std::abs(m_data->smoothing - weight) < 1e-9);
        connect(action, &QAction::triggered, this,
                [this, weight = weight] { setSmoothing(weight); });
    }
}

void CrosshairGroup::add(CurveChart* chart) {
    if (m_charts.contains(chart)) return;
    m_charts.append(chart);
    connect(chart, &CurveChart::crosshairMoved, this, [this, chart](double x) { show(chart, x); });
    connect(chart, &CurveChart::crosshairLeft, this, [this, chart] { show(chart, {}); });
    connect(chart, &QObject::destroyed, this, [this, chart] { m_charts.removeAll(chart); });
}

void CrosshairGroup::remove(CurveChart* chart) {
    if (m_charts.removeAll(chart) > 0) disconnect(chart, nullptr, this, nullptr);
}

void CrosshairGroup::show(CurveChart* source, std::optional<double> x) {
    for (CurveChart* chart : std::as_const(m_charts)) {
        if (chart != source) chart->setCrosshair(x);
    }
    Q_EMIT moved(x);
}

}  // namespace bitloom::ui
