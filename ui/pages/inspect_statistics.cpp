#include "pages/inspect_statistics.h"

#include <QGridLayout>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "models/format.h"
#include "models/probe_words.h"
#include "pages/chart_panel.h"
#include "pages/statistics_curves.h"

namespace bitloom::ui {
namespace {

constexpr int batchColor = 0;
constexpr int runningColor = 1;

}  // namespace

InspectStatistics::InspectStatistics(const Theme& theme, QWidget* parent)
    : InspectTab(parent),
      m_variance(new CurveChart(theme, this)),
      m_mean(new CurveChart(theme, this)),
      m_course(new CurveChart(theme, this)),
      m_accuracy(new BarChart(theme, this)) {
    m_variance->setObjectName(QStringLiteral("inspectVariance"));
    m_mean->setObjectName(QStringLiteral("inspectMean"));
    m_course->setObjectName(QStringLiteral("inspectStatisticsCourse"));
    m_accuracy->setObjectName(QStringLiteral("inspectAccuracy"));
    m_variancePanel = new ChartPanel(m_variance, tr("Variance by time step"), this);
    m_meanPanel = new ChartPanel(m_mean, tr("Mean by time step"), this);
    m_accuracyPanel = new ChartPanel(m_accuracy, tr("What each kind of statistics gives"), this);
    m_coursePanel = new ChartPanel(m_course, tr("Validation over training"), this);
    m_side = m_variancePanel->addSwitch(tr("Of which product"));
    m_side->setObjectName(QStringLiteral("whichSide"));
    m_side->addSegment(QStringLiteral("W_ih x"), QStringLiteral("ih"), tr("The input's share"));
    m_side->addSegment(QStringLiteral("W_hh h"), QStringLiteral("hh"), tr("The state's share"));
    m_side->addSegment(QStringLiteral("c"), QStringLiteral("c"), tr("The cell state"));
    m_unit = m_meanPanel->addSwitch(tr("Which units"));
    m_unit->setObjectName(QStringLiteral("whichUnit"));
    for (Segmented* choice : {m_side, m_unit}) {
        connect(choice, &Segmented::currentChanged, this, &InspectStatistics::redraw);
    }
    m_variancePanel->setWordLines(3);
    m_accuracyPanel->setWordLines(3);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    m_stack = new QStackedWidget(this);
    whole->addWidget(m_stack);
    auto* note = new QWidget(m_stack);
    auto* lines = new QVBoxLayout(note);
    lines->setSpacing(spacing::gap);
    lines->addStretch(2);
    const auto say = [&](const QString& words, LabelRole role) {
        QLabel* label = makeLabel(words, role, note);
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter);
        label->setFixedWidth(480);
        label->setMinimumHeight(label->heightForWidth(480));
        lines->addWidget(label, 0, Qt::AlignHCenter);
    };
    say(tr("No batch normalization in this run"), LabelRole::title);
    say(tr("With batch norm this tab shows mean and variance of every time step, the batch's "
           "beside the running ones, and what each of them is worth in accuracy."),
        LabelRole::muted);
    auto* story = new QPushButton(tr("Why shared batch norm fails"), note);
    story->setObjectName(QStringLiteral("batchNormStory"));
    setRole(story, ButtonRole::normal);
    lines->addSpacing(spacing::gap);
    lines->addWidget(story, 0, Qt::AlignHCenter);
    lines->addStretch(3);
    connect(story, &QPushButton::clicked, this, &InspectStatistics::storyRequested);
    auto* home = new QWidget(m_stack);
    m_stack->addWidget(note);
    m_stack->addWidget(home);
    auto* grid = new QGridLayout(home);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::gap);
    grid->addWidget(m_variancePanel, 0, 0);
    grid->addWidget(m_accuracyPanel, 0, 1);
    grid->addWidget(m_meanPanel, 1, 0);
    grid->addWidget(m_coursePanel, 1, 1);
    grid->setColumnStretch(0, 6);
    grid->setColumnStretch(1, 5);
    grid->setRowStretch(0, 5);
    grid->setRowStretch(1, 4);
    for (CurveChart* chart : {m_variance, m_mean}) {
        chart->setXAxis({tr("time step t"), {}, false, {}, {}});
        chart->setKeyVisible(true);
    }
    m_variance->setYAxis({tr("variance"), {}, true, {}, {}});
    m_mean->setYAxis({tr("mean"), {}, false, {}, {}});
    m_course->setXAxis({tr("training step"), {}, false, 0.0, {}});
    m_course->setKeyVisible(true);
    m_accuracy->setEmptyText(tr("Appears with the first validation."));
    for (Chart* chart : charts()) connect(chart, &Chart::said, this, &InspectTab::said);
}

std::vector<Chart*> InspectStatistics::charts() const {
    return {m_variance, m_mean, m_accuracy, m_course};
}

QString InspectStatistics::statisticsWords() const {
    return m_variancePanel->words();
}

QString InspectStatistics::accuracyWords() const {
    return m_accuracyPanel->words();
}

bool InspectStatistics::saysNoBatchNorm() const {
    return m_stack->currentIndex() == 0;
}

std::string InspectStatistics::side() const {
    return m_side->currentData().toString().toStdString();
}

void InspectStatistics::show(const InspectView& view) {
    m_view = view;
    m_stack->setCurrentIndex(view.spec && !view.hasBatchNorm() ? 0 : 1);
    if (saysNoBatchNorm()) return;
    for (CurveChart* chart : {m_variance, m_mean}) {
        chart->setEmptyText(tr("Statistics of each time step appear with the first probe."));
    }
    drawStatistics(view);
    drawAccuracy(view);
    drawCourse(view);
}

void InspectStatistics::redraw() {
    if (m_view.history) show(InspectView(m_view));
}

void InspectStatistics::drawStatistics(const InspectView& view) {
    m_variance->clear();
    m_mean->clear();
    const StatisticsRow* row = ProbeHistory::at(view.history->statistics, view.step);
    const LayerStatistics* layer = layerOf(row, view.layer);
    m_side->setSegmentEnabled(2, !layer || sideOf(layer, "c") != nullptr,
                              tr("The cell state of this run is not normalized"));
    const SideStatistics* found = sideOf(layer, side());
    m_variancePanel->setTitle(row ? tr("Variance by time step, step %1").arg(row->step)
                                  : tr("Variance by time step"));
    m_variancePanel->setWords(row ? ui::statisticsWords(*row, view.layer) : QString());
    if (!found) {
        m_unit->setVisible(false);
        return;
    }
    // Units to choose from are those of the record.
    if (m_unit->count() == 0 || m_units != found->units) {
        m_units = found->units;
        const QSignalBlocker quiet(m_unit);
        m_unit->clear();
        m_unit->addSegment(tr("All units"), -1, tr("Median, 5 to 95 % of the units"));
        for (std::size_t i = 0; i < found->units.size(); ++i) {
            m_unit->addSegment(tr("unit %1").arg(found->units[i] + 1), static_cast<int>(i));
        }
    }
    m_unit->setVisible(true);
    const int unit = m_unit->currentIndex() - 1;
    ui::drawStatistics(*m_variance, *row, view.layer, side(), StatisticsKind::variance, unit);
    ui::drawStatistics(*m_mean, *row, view.layer, side(), StatisticsKind::mean, unit);
}

void InspectStatistics::drawAccuracy(const InspectView& view) {
    const MetricRow* found = nullptr;
    for (const MetricRow& row : *view.evaluations) {
        if (row.kind == MetricRow::Kind::valid || row.kind == MetricRow::Kind::test) found = &row;
    }
    const std::string metric = view.summary ? view.summary->metric : std::string();
    m_accuracy->clear();
    m_accuracyPanel->setWords({});
    if (!found || metric.empty()) return;
    const bool test = found->kind == MetricRow::Kind::test;
    QString name = formatMetricName(metric);
    m_accuracyPanel->setTitle(
        test ? tr("Test %1 by kind of statistics").arg(name)
             : tr("Validation %1 by kind of statistics, step %2").arg(name).arg(found->step));
    const double factor = metricFactor(metric);
    Axis axis{name, formatMetricUnit(metric), false, 0.0, {}};
    if (metric == "accuracy") axis.most = 100;
    m_accuracy->setYAxis(axis);
    m_accuracy->setFormat(
        [metric, factor](double value) { return formatMetric(metric, value / factor); });
    std::vector<Bar> bars;
    const auto add = [&](const QString& label, std::optional<double> value, int run) {
        if (value) bars.push_back({label, run, {*value * factor}, {}, {}});
    };
    add(tr("running, as kept"), found->value, runningColor);
    add(tr("of the batch"), found->batchStatistics, batchColor);
    add(tr("a step each"), found->perStep, 2);
    add(tr("average of all steps"), found->trueAverage, 3);
    m_accuracy->setBars({}, bars);
    if (metric != "accuracy") return;
    StatisticsAccuracy accuracy;
    accuracy.running = found->value;
    accuracy.batch = found->batchStatistics;
    accuracy.perStep = found->perStep;
    accuracy.average = found->trueAverage;
    if (view.spec && view.spec->network.outputs > 0) {
        accuracy.chance = 1.0 / view.spec->network.outputs;
    }
    m_accuracyPanel->setWords(ui::accuracyWords(accuracy));
}

void InspectStatistics::drawCourse(const InspectView& view) {
    m_course->clear();
    const std::string metric = view.summary ? view.summary->metric : std::string();
    const double factor = metricFactor(metric);
    Axis axis{formatMetricName(metric), formatMetricUnit(metric), false, {}, {}};
    if (metric == "accuracy") {
        axis.least = 0;
        axis.most = 100;
    }
    m_course->setYAxis(axis);
    m_course->setEmptyText(tr("Validation with each kind of statistics, as training goes on."));
    struct Kind {
        QString name;
        int run;
        std::optional<double> (*value)(const MetricRow&);
    };
    const Kind kinds[] = {
        {tr("running"), runningColor,
         [](const MetricRow& row) -> std::optional<double> { return row.value; }},
        {tr("batch"), batchColor, [](const MetricRow& row) { return row.batchStatistics; }},
        {tr("a step each"), 2, [](const MetricRow& row) { return row.perStep; }},
        {tr("average"), 3, [](const MetricRow& row) { return row.trueAverage; }}};
    for (const Kind& kind : kinds) {
        std::vector<double> x, y;
        for (const MetricRow& row : *view.evaluations) {
            if (row.kind != MetricRow::Kind::valid) continue;
            const auto value = kind.value(row);
            if (!value) continue;
            x.push_back(static_cast<double>(row.step));
            y.push_back(*value * factor);
        }
        if (x.empty()) continue;
        CurveStyle style{kind.name, kind.run};
        style.points = true;
        m_course->setData(m_course->addSeries(style), std::move(x), std::move(y));
    }
}

}  // namespace bitloom::ui
