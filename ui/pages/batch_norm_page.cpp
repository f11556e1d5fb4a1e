#include "pages/batch_norm_page.h"

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <set>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "models/format.h"
#include "models/probe_words.h"
#include "pages/batch_norm_run.h"
#include "pages/chart_panel.h"
#include "pages/elided_label.h"
#include "pages/probe_charts.h"
#include "pages/statistics_curves.h"
#include "pages/step_slider.h"
#include "pages/study_runs.h"
#include "theme/segmented.h"

namespace bitloom::ui {
namespace {

constexpr int leastCharts = 680;
constexpr int frameMs = 250;
constexpr const char* study = "review/shared_batch_norm";

}  // namespace

BatchNormPage::BatchNormPage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : GuidedPage(theme, parent),
      m_workspace(workspace),
      m_desk(workspace),
      m_loss(new ProbeCharts(theme, this)),
      m_ordered(new CurveChart(theme, this)),
      m_permuted(new CurveChart(theme, this)),
      m_accuracy(new BarChart(theme, this)),
      m_timer(new QTimer(this)) {
    m_timer->setInterval(frameMs);
    makeHead();
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::margin);
    row->addWidget(makeText());
    row->addWidget(makeCharts(), 1);
    column().addLayout(row, 1);

    connect(m_play, &QPushButton::clicked, this, &BatchNormPage::play);
    connect(m_timer, &QTimer::timeout, this, [this] {
        const std::int64_t before = m_slider->step();
        m_slider->stepBy(1);
        if (m_slider->step() == before) play();  // the end
    });
    connect(m_slider, &StepSlider::stepChanged, this, &BatchNormPage::redraw);
    connect(m_runs, &StudyRuns::changed, this, &BatchNormPage::updateRuns);
    connect(m_runs, &StudyRuns::runChosen, this, &BatchNormPage::inspectRequested);
    connect(m_own, &BatchNormRun::changed, this, &BatchNormPage::updateRuns);
    connect(m_own, &BatchNormRun::said, this, &BatchNormPage::said);
    connect(m_loss, &ProbeCharts::changed, this, &BatchNormPage::redraw);
    connect(m_loss, &ProbeCharts::said, this, &BatchNormPage::said);
    connect(&m_desk, &StudyDesk::said, this, &BatchNormPage::said);
    for (Chart* chart : std::initializer_list<Chart*>{m_ordered, m_permuted, m_accuracy}) {
        connect(chart, &Chart::said, this, &BatchNormPage::said);
    }
    for (Segmented* choice : {m_quantizer, m_side}) {
        connect(choice, &Segmented::currentChanged, this, &BatchNormPage::redraw);
    }
    connect(m_scale, &Segmented::currentChanged, this, [this](int index) {
        m_desk.choose(study, index == 0 ? StudyScale::quick : StudyScale::paper);
        m_runs->setHint(index == 0 ? tr("About a minute each.")
                                   : tr("MNIST with 100 units, 2 000 steps: up to an hour each."));
    });
    m_desk.choose(study);
    m_runs->setHint(tr("About a minute each."));
    redraw();
}

void BatchNormPage::makeHead() {
    title().setWords(tr("Why shared batch norm fails on pixels"));
    m_quantizer = new Segmented(this);
    m_quantizer->setObjectName(QStringLiteral("batchNormQuantizer"));
    m_quantizer->addSegment(tr("BinaryConnect"), QStringLiteral("binary_connect_batch_shared"));
    m_quantizer->addSegment(tr("Full precision"), QStringLiteral("full_batch_shared"));
    m_side = new Segmented(this);
    m_side->setObjectName(QStringLiteral("batchNormSide"));
    m_side->addSegment(QStringLiteral("W_ih x"), QStringLiteral("ih"), tr("The input's share"));
    m_side->addSegment(QStringLiteral("W_hh h"), QStringLiteral("hh"), tr("The state's share"));
    m_scale = new Segmented(this);
    m_scale->setObjectName(QStringLiteral("batchNormScale"));
    m_scale->addSegment(tr("Quick"), {}, tr("Small runs of minutes"));
    m_scale->addSegment(tr("MNIST"), {}, tr("Sequential MNIST as in the paper, 100 units"));
    for (Segmented* choice : {m_quantizer, m_side, m_scale}) head().addWidget(choice);
    addExport([this] { return charts(); }, "batchNormExport");
}

QWidget* BatchNormPage::makeText() {
    QWidget* texts = makeTextColumn();
    addText(LabelRole::body, "batchNormText")
        ->setText(tr("Shared batch norm keeps one running mean and variance for all time steps and "
                     "evaluates with them. Each step of training moves them towards the batch it "
                     "has just seen, so they remember the last time steps of a sequence best. An "
                     "image read pixel by pixel ends in its border. Play the training steps and "
                     "watch the running variance against the batch's."));
    m_own = new BatchNormRun(m_workspace, texts);
    m_runs = new StudyRuns(m_theme, m_desk, m_workspace, texts);
    text().addWidget(m_own);
    text().addWidget(m_runs);
    addFindings("batchNormFindings");
    return texts;
}

QWidget* BatchNormPage::makeCharts() {
    m_ordered->setObjectName(QStringLiteral("orderedVariance"));
    m_permuted->setObjectName(QStringLiteral("permutedVariance"));
    m_accuracy->setObjectName(QStringLiteral("statisticsAccuracy"));
    m_orderedPanel = new ChartPanel(m_ordered, tr("Pixels in order"), this);
    m_permutedPanel = new ChartPanel(m_permuted, tr("Pixels permuted"), this);
    m_accuracyPanel = new ChartPanel(m_accuracy, tr("Accuracy by kind of statistics"), this);
    for (CurveChart* chart : {m_ordered, m_permuted}) {
        chart->setXAxis({tr("time step (pixel)"), {}, false, {}, {}});
        chart->setKeyVisible(true);
        chart->setEmptyText(tr("The variance of every time step appears with the first probe."));
    }
    m_accuracy->setYAxis({tr("accuracy"), QStringLiteral("%"), false, 0.0, 100.0});
    m_accuracy->setLayoutOfParts(BarChart::Layout::grouped);
    m_accuracy->setFormat(
        [](double value) { return QStringLiteral("%1 %").arg(QString::number(value, 'f', 1)); });
    m_accuracy->setEmptyText(
        tr("With each evaluation: running statistics, the "
           "batch's, a step each, and a true average."));
    m_loss->setKinds({ProbeKind::loss}, 1);
    auto* home = new QWidget(this);
    home->setMinimumHeight(leastCharts);
    auto* grid = new QGridLayout(home);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(spacing::gap);
    grid->addWidget(m_orderedPanel, 0, 0);
    grid->addWidget(m_permutedPanel, 0, 1);
    auto* player = new QHBoxLayout;
    m_play = new QPushButton(m_theme.icon(QStringLiteral("play")), tr("Play"), this);
    m_play->setObjectName(QStringLiteral("playSteps"));
    setRole(m_play, ButtonRole::normal);
    m_play->setToolTip(tr("Runs through the probed training steps"));
    m_slider = new StepSlider(m_theme, this);
    player->addWidget(m_play);
    player->addWidget(m_slider, 1);
    grid->addLayout(player, 1, 0, 1, 2);
    grid->addWidget(m_accuracyPanel, 2, 0);
    grid->addWidget(m_loss, 2, 1);
    grid->setRowStretch(0, 5);
    grid->setRowStretch(2, 5);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(home);
    return scroll;
}

std::vector<Chart*> BatchNormPage::charts() const {
    std::vector<Chart*> all{m_ordered, m_permuted, m_accuracy};
    for (Chart* chart : m_loss->charts()) all.push_back(chart);
    return all;
}

bool BatchNormPage::playing() const {
    return m_timer->isActive();
}

void BatchNormPage::play() {
    const bool start = !m_timer->isActive();
    if (start) {
        m_slider->setFollows(false);
        m_slider->goTo(0);
        m_timer->start();
    } else {
        m_timer->stop();
    }
    m_play->setText(start ? tr("Pause") : tr("Play"));
    m_play->setIcon(m_theme.icon(start ? QStringLiteral("pause") : QStringLiteral("play")));
}

void BatchNormPage::updateRuns() {
    const std::filesystem::path& own = m_own->run();
    const bool study = own.empty();
    for (QWidget* choice : std::initializer_list<QWidget*>{m_quantizer, m_scale, m_runs}) {
        choice->setVisible(study);
    }
    if (!study) {
        const QString name = m_own->name();
        m_loss->setRuns({{own, name, name, 0}});
        redraw();
        return;
    }
    std::vector<ShownRun> runs = m_runs->shown();
    // All of them have batch norm: only what differs is said in the narrow places.
    for (ShownRun& run : runs) {
        run.name.remove(tr(" + shared batch norm"));
        run.name.replace(tr("BinaryConnect + per-step batch norm"), tr("A step each"));
    }
    m_loss->setRuns(runs);
    redraw();
}

const ProbedRun* BatchNormPage::chosen(bool inOrder) const {
    const std::string key =
        m_quantizer->currentData().toString().toStdString() + (inOrder ? "" : "_permuted");
    const PlannedRun* run = m_desk.find(key);
    return run && !run->folder.empty() ? m_loss->find(run->folder) : nullptr;
}

const ProbedRun* BatchNormPage::ownRun() const {
    return m_own->run().empty() ? nullptr : m_loss->find(m_own->run());
}

const StatisticsRow* BatchNormPage::statisticsOf(const ProbedRun* run) const {
    if (!run) return nullptr;
    const StatisticsRow* row = ProbeHistory::at(run->history.statistics, m_slider->step());
    const ProbeAnswer* answer = m_own->answer(run->run.folder);
    if (!answer || answer->rows.probes.statistics.empty()) return row;
    // Measured of the last checkpoint: it stands behind all that was recorded.
    const StatisticsRow& measured = answer->rows.probes.statistics.front();
    return !row || measured.step <= m_slider->step() ? &measured : row;
}

const MetricRow* BatchNormPage::evaluationOf(const ProbedRun& run) const {
    if (const ProbeAnswer* answer = m_own->answer(run.run.folder); answer && answer->evaluation) {
        return &*answer->evaluation;
    }
    return run.evaluations.empty() ? nullptr : &run.evaluations.back();
}

void BatchNormPage::redraw() {
    std::set<std::int64_t> steps;
    const ProbedRun* own = ownRun();
    const auto take = [&](const ProbedRun* run) {
        if (!run) return;
        for (const StatisticsRow& row : run->history.statistics) steps.insert(row.step);
        const ProbeAnswer* answer = m_own->answer(run->run.folder);
        if (!answer) return;
        for (const StatisticsRow& row : answer->rows.probes.statistics) steps.insert(row.step);
    };
    if (own) {
        take(own);
    } else {
        for (const bool inOrder : {true, false}) take(chosen(inOrder));
    }
    {
        const QSignalBlocker quiet(m_slider);
        m_slider->setSteps({steps.begin(), steps.end()});
    }
    m_play->setEnabled(steps.size() > 1);
    if (own) {
        const bool recorded = !own->evaluations.empty() &&
                              own->evaluations.back().kind == MetricRow::Kind::test &&
                              own->evaluations.back().perStep.has_value();
        m_own->setTested(recorded);
        drawSide(*m_ordered, *m_orderedPanel, statisticsOf(own), tr("Variance over time steps"),
                 StatisticsKind::variance);
        drawSide(*m_permuted, *m_permutedPanel, statisticsOf(own), tr("Mean over time steps"),
                 StatisticsKind::mean);
    } else {
        drawSide(*m_ordered, *m_orderedPanel, statisticsOf(chosen(true)), tr("Pixels in order"),
                 StatisticsKind::variance);
        drawSide(*m_permuted, *m_permutedPanel, statisticsOf(chosen(false)), tr("Pixels permuted"),
                 StatisticsKind::variance);
    }
    drawAccuracy();
}

void BatchNormPage::drawSide(CurveChart& chart, ChartPanel& panel, const StatisticsRow* row,
                             const QString& title, StatisticsKind kind) {
    const bool variance = kind == StatisticsKind::variance;
    chart.setYAxis({variance ? tr("variance over the batch") : tr("mean over the batch"),
                    {},
                    variance,
                    {},
                    {}});
    panel.setTitle(row ? tr("%1, step %2").arg(title).arg(row->step) : title);
    if (!row) {
        chart.clear();
        return;
    }
    drawStatistics(chart, *row, 0, m_side->currentData().toString().toStdString(), kind);
}

void BatchNormPage::drawAccuracy() {
    std::vector<Bar> bars;
    QStringList words;
    const ProbedRun* own = ownRun();
    const auto describe = [&](const ProbedRun* run, const QString& where) {
        const StatisticsRow* row = statisticsOf(run);
        const QString found = row ? statisticsWords(*row, 0) : QString();
        if (!found.isEmpty()) words << where.arg(row->step) + found;
    };
    if (own) {
        describe(own, tr("Step %1. "));
    } else {
        describe(chosen(true), tr("In order, step %1. "));
        describe(chosen(false), tr("Permuted, step %1. "));
    }
    for (const auto& shown : m_loss->runs()) {
        const MetricRow* row = evaluationOf(*shown);
        if (!row || !shown->dataset || shown->dataset->metric != "accuracy") continue;
        const double none = std::nan("");
        const auto percent = [none](std::optional<double> value) {
            return value ? 100 * *value : none;
        };
        bars.push_back({shown->run.name,
                        shown->run.color,
                        {percent(row->value), percent(row->batchStatistics), percent(row->perStep),
                         percent(row->trueAverage)},
                        {},
                        {}});
        if (shown.get() != own && shown.get() != chosen(true) && shown.get() != chosen(false)) {
            continue;
        }
        StatisticsAccuracy accuracy{row->value, row->batchStatistics, row->perStep,
                                    row->trueAverage, 0};
        if (shown->spec && shown->spec->network.outputs > 0) {
            accuracy.chance = 1.0 / shown->spec->network.outputs;
        }
        const QString found = accuracyWords(accuracy);
        if (found.isEmpty()) continue;
        const bool test = row->kind == MetricRow::Kind::test;
        words << tr("%1, %2 at step %3. %4")
                     .arg(shown->run.name, test ? tr("test") : tr("validation"))
                     .arg(row->step)
                     .arg(found);
    }
    m_accuracy->setBars({tr("running"), tr("batch"), tr("a step each"), tr("average")}, bars);
    showFindings(words);
}

}  // namespace bitloom::ui
