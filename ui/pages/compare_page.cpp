#include "pages/compare_page.h"

#include <QCheckBox>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QShortcut>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "base/files.h"
#include "charts/chart.h"
#include "experiment/comparison.h"
#include "models/format.h"
#include "models/run_filter_model.h"
#include "models/run_table_model.h"
#include "pages/compare_charts.h"
#include "pages/demo_card.h"
#include "pages/probe_charts.h"
#include "pages/run_dialogs.h"
#include "pages/run_names.h"
#include "pages/run_table.h"
#include "theme/roles.h"

namespace bitloom::ui {

namespace {
constexpr std::size_t firstChecked = 3;

}  // namespace

ComparePage::ComparePage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_workspace(workspace),
      m_model(new RunTableModel(theme, this)),
      m_sorted(new RunFilterModel(this)),
      m_charts(new CompareCharts(theme, this)),
      m_probes(new ProbeCharts(theme, this)),
      m_views(new QStackedWidget(this)),
      m_stack(new QStackedWidget(this)) {
    m_sorted->setSourceModel(m_model);
    connect(&m_reports, &ReportWriter::said, this, &ComparePage::said);

    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_stack);
    auto* page = new QWidget(m_stack);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, spacing::gap);
    column->setSpacing(spacing::gap);
    m_probes->setKinds(
        {ProbeKind::lambda, ProbeKind::growth, ProbeKind::lyapunov, ProbeKind::tightness}, 2);
    column->addWidget(makeToolbar());
    auto* split = new QSplitter(Qt::Vertical, page);
    split->setChildrenCollapsible(false);
    m_views->addWidget(m_charts);
    m_views->addWidget(m_probes);
    split->addWidget(m_views);
    split->addWidget(makeTable());
    split->setStretchFactor(0, 3);
    split->setStretchFactor(1, 1);
    split->setSizes({560, 200});
    column->addWidget(split, 1);
    m_stack->addWidget(makeDemoCard(m_theme, m_stack, [this] { Q_EMIT demoRequested(); }));
    m_stack->addWidget(page);

    connect(m_charts, &CompareCharts::said, this, &ComparePage::said);
    connect(m_probes, &ProbeCharts::said, this, &ComparePage::said);
    connect(m_probes, &ProbeCharts::changed, this, &ComparePage::updateLayers);
    connect(m_charts, &CompareCharts::metricsChanged, this, &ComparePage::updateMetricChoice);
    connect(m_model, &RunTableModel::checkedChanged, this, &ComparePage::showChecked);
    connect(m_model, &RunTableModel::starChanged, this, [this](const QString& id, bool starred) {
        m_workspace.setStarred(id.toStdString(), starred);
    });
    connect(&m_workspace, &Workspace::opened, this, [this] { m_everChecked = false; });
    connect(&m_workspace, &Workspace::changed, this, &ComparePage::refresh);
    connect(&m_workspace.queue(), &RunQueue::changed, this, &ComparePage::updateSummaries);
    refresh();
}

QWidget* ComparePage::makeToolbar() {
    auto* bar = new QWidget(this);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::gap);
    m_view = new Segmented(bar);
    m_view->setObjectName(QStringLiteral("compareView"));
    m_view->addSegment(tr("Results"), {}, tr("Validation, loss, sizes"));
    m_view->addSegment(tr("Probes"), {},
                       tr("Bound, growth, Lyapunov exponents and tightness over training"));
    row->addWidget(m_view);
    row->addSpacing(spacing::gap);
    row->addWidget(makeResultTools(bar));
    m_layer = new Segmented(bar);
    m_layer->setObjectName(QStringLiteral("compareLayer"));
    m_layer->hide();
    row->addWidget(m_layer);
    connect(m_view, &Segmented::currentChanged, this,
            [this](int chosen) { showProbes(chosen == 1); });
    connect(m_layer, &Segmented::currentChanged, m_probes, &ProbeCharts::setLayer);
    row->addStretch(1);
    auto* exports = new QPushButton(m_theme.icon(QStringLiteral("export")), tr("Export"), bar);
    exports->setObjectName(QStringLiteral("export"));
    setRole(exports, ButtonRole::normal);
    makeExportMenu(exports);
    row->addWidget(exports);
    return bar;
}

/// What only the results need.
QWidget* ComparePage::makeResultTools(QWidget* parent) {
    m_resultTools = new QWidget(parent);
    auto* row = new QHBoxLayout(m_resultTools);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::gap);
    row->addWidget(makeLabel(tr("x axis"), LabelRole::muted, m_resultTools));
    auto* axis = new Segmented(m_resultTools);
    axis->setObjectName(QStringLiteral("xAxis"));
    for (const char* name : {"Step", "Epoch", "Tokens", "Time"}) axis->addSegment(tr(name));
    connect(axis, &Segmented::currentChanged, this,
            [this](int chosen) { m_charts->setTrainingAxis(static_cast<TrainingAxis>(chosen)); });
    row->addWidget(axis);
    row->addSpacing(spacing::gap);
    auto* log = new QCheckBox(tr("Log"), m_resultTools);
    log->setObjectName(QStringLiteral("log"));
    log->setToolTip(tr("Logarithmic value and loss"));
    connect(log, &QCheckBox::toggled, m_charts, &CompareCharts::setLog);
    row->addWidget(log);
    row->addSpacing(spacing::gap);
    row->addWidget(makeLabel(tr("Smoothing"), LabelRole::muted, m_resultTools));
    auto* smoothing = new QSlider(Qt::Horizontal, m_resultTools);
    smoothing->setObjectName(QStringLiteral("smoothing"));
    smoothing->setRange(0, 99);
    smoothing->setFixedWidth(112);
    smoothing->setToolTip(tr("Moving average of training loss and gradient norm"));
    connect(smoothing, &QSlider::valueChanged, this,
            [this](int percent) { m_charts->setSmoothing(percent / 100.0); });
    row->addWidget(smoothing);
    m_metric = new Segmented(m_resultTools);
    m_metric->setObjectName(QStringLiteral("metric"));
    m_metric->hide();
    connect(m_metric, &Segmented::chosen, this,
            [this] { m_charts->setMetric(m_metric->currentData().toString()); });
    row->addSpacing(spacing::gap);
    row->addWidget(m_metric);
    return m_resultTools;
}

void ComparePage::makeExportMenu(QPushButton* button) {
    auto* menu = new QMenu(button);
    std::vector<Chart*> all = m_charts->charts();
    for (Chart* chart : m_probes->charts()) all.push_back(chart);
    for (Chart* chart : all) {
        auto* own = menu->addMenu(QString());
        // Titles follow the metric: they are read when the menu opens.
        connect(menu, &QMenu::aboutToShow, own, [own, chart] {
            own->menuAction()->setVisible(chart->isVisible());
            own->setTitle(chart->title().isEmpty() ? tr("Model size") : chart->title());
        });
        for (const char* suffix : {"png", "svg", "pdf", "csv"}) {
            const QString name = QLatin1String(suffix);
            connect(own->addAction(name.toUpper()), &QAction::triggered, this, [this, chart, name] {
                const QString path = chart->exportWithDialog(name);
                if (!path.isEmpty()) Q_EMIT said(tr("Written: %1").arg(path));
            });
        }
    }
    menu->addSeparator();
    connect(menu->addAction(tr("Report of the checked runs (HTML)…")), &QAction::triggered, this,
            [this] {
                auto* dialog = new QFileDialog(this, tr("Write the report"));
                dialog->setAttribute(Qt::WA_DeleteOnClose);
                dialog->setAcceptMode(QFileDialog::AcceptSave);
                dialog->setDefaultSuffix(QStringLiteral("html"));
                dialog->selectFile(QStringLiteral("comparison.html"));
                connect(dialog, &QFileDialog::fileSelected, this, &ComparePage::writeReport);
                dialog->open();
            });
    button->setMenu(menu);
}

QWidget* ComparePage::makeTable() {
    auto* home = new QWidget(this);
    auto* column = new QVBoxLayout(home);
    column->setContentsMargins(0, spacing::half, 0, 0);
    column->setSpacing(spacing::half);
    m_filter = new QLineEdit(home);
    m_filter->setObjectName(QStringLiteral("runFilter"));
    m_filter->setPlaceholderText(tr("Filter runs by name, data, method, tag or note"));
    m_filter->setClearButtonEnabled(true);
    m_filter->setMaximumWidth(360);
    connect(m_filter, &QLineEdit::textChanged, m_sorted, &RunFilterModel::setSearch);
    m_table = new RunTable(m_sorted, home);
    m_table->setObjectName(QStringLiteral("runTable"));
    column->addWidget(m_filter);
    column->addWidget(m_table, 1);
    connect(m_table, &QTableView::customContextMenuRequested, this, &ComparePage::openRunMenu);
    connect(m_table, &QTableView::doubleClicked, this, [this](const QModelIndex& at) {
        if (at.column() <= RunTableModel::Star || !selected()) return;
        Q_EMIT runChosen(std::filesystem::path(selected()->folder));
    });
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& at) {
        if (at.column() != RunTableModel::Star) return;
        m_sorted->setData(at, !at.data(RunTableModel::StarredRole).toBool(),
                          RunTableModel::StarredRole);
    });
    auto* remove = new QShortcut(QKeySequence::Delete, m_table);
    remove->setContext(Qt::WidgetShortcut);
    connect(remove, &QShortcut::activated, this, &ComparePage::trashSelected);
    return home;
}

bool ComparePage::showsDemoCard() const {
    return m_stack->currentIndex() == 0;
}

void ComparePage::refresh() {
    const std::vector<LibraryRun> runs = m_workspace.runs();
    m_stack->setCurrentIndex(runs.empty() ? 0 : 1);
    m_model->setRuns(runs);
    updateSummaries();
    if (!m_everChecked && !runs.empty()) {
        std::vector<std::filesystem::path> first;
        for (std::size_t i = 0; i < std::min(firstChecked, runs.size()); ++i) {
            first.push_back(runs[i].folder);
        }
        checkOnly(first);
    } else {
        showChecked();
    }
}

void ComparePage::updateSummaries() {
    QStringList queued;
    for (const RunQueue::Item& item : m_workspace.queue().items())
        queued << QString::fromStdString(utf8(item.run.filename()));
    m_model->setQueued(queued);
    for (const RunQueue::Item& item : m_workspace.queue().items()) {
        if (item.state != RunQueue::State::running) continue;
        m_model->updateSummary(QString::fromStdString(utf8(item.run.filename())), item.summary);
    }
}

void ComparePage::checkOnly(const std::vector<std::filesystem::path>& runs) {
    m_everChecked = true;
    QStringList ids;
    for (const auto& run : runs) ids << QString::fromStdString(utf8(run.filename()));
    m_model->setCheckedIds(ids);
    showChecked();
}

void ComparePage::checkAsShown(const std::vector<ShownRun>& runs) {
    m_everChecked = true;
    QHash<QString, int> colors;
    for (const ShownRun& run : runs)
        colors.insert(QString::fromStdString(utf8(run.folder.filename())), run.color);
    m_model->setCheckedColors(colors);
    showChecked();
}

std::vector<ShownRun> ComparePage::shown() const {
    std::vector<ShownRun> runs;
    std::vector<const LibraryRun*> records;
    for (const QString& id : m_model->checkedIds()) {
        const LibraryRun* run = m_model->find(id);
        if (!run) continue;
        const std::string& name = run->summary.name.empty() ? run->id : run->summary.name;
        const QString words = QString::fromStdString(name);
        runs.push_back({run->folder, words, words, m_model->colorIndex(id)});
        records.push_back(run);
    }
    tellApart(runs, records);
    shorten(runs);
    return runs;
}

void ComparePage::showChecked() {
    const std::vector<ShownRun> runs = shown();
    m_charts->setRuns(runs);
    // Probes are read only while they are looked at.
    if (m_views->currentWidget() == m_probes) m_probes->setRuns(runs);
    updateLayers();
}

void ComparePage::showProbes(bool wanted) {
    m_view->setCurrentIndex(wanted ? 1 : 0);
    m_views->setCurrentIndex(wanted ? 1 : 0);
    m_resultTools->setVisible(!wanted);
    showChecked();
}

void ComparePage::updateLayers() {
    const int layers = m_probes->layers();
    const bool wanted = m_views->currentWidget() == m_probes && layers > 1;
    m_layer->setVisible(wanted);
    if (m_layer->count() == layers) return;
    const int before = std::clamp(m_layer->currentIndex(), 0, layers - 1);
    const QSignalBlocker quiet(m_layer);
    m_layer->clear();
    for (int i = 0; i < layers; ++i) m_layer->addSegment(tr("Layer %1").arg(i + 1));
    m_layer->setCurrentIndex(before);
    m_probes->setLayer(before);
}

void ComparePage::updateMetricChoice() {
    const QStringList known = m_charts->metrics();
    m_metric->setVisible(known.size() > 1);
    m_metric->clear();
    for (const QString& name : known)
        m_metric->addSegment(formatMetricName(name.toStdString()), name);
    m_metric->setCurrentData(m_charts->metric());
}

const LibraryRun* ComparePage::selected() const {
    const QModelIndex at = m_sorted->mapToSource(m_table->currentIndex());
    return at.isValid() ? m_model->run(at.row()) : nullptr;
}

void ComparePage::openRunMenu(const QPoint& at) {
    const LibraryRun* found = selected();
    if (!found) return;
    const LibraryRun run = *found;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto add = [&](const char* icon, const QString& words, auto work) {
        connect(menu->addAction(m_theme.icon(QLatin1String(icon)), words), &QAction::triggered,
                this, work);
    };
    add("experiment", tr("Show in Experiment"), [this, run] { Q_EMIT runChosen(run.folder); });
    add("inspect", tr("Inspect"), [this, run] { Q_EMIT inspectRequested(run.folder); });
    add(run.starred ? "star-filled" : "star", run.starred ? tr("Remove the star") : tr("Star"),
        [this, run] { m_workspace.setStarred(run.id, !run.starred); });
    add("tag", tr("Tags…"), [this, run] { editTags(this, m_workspace, run); });
    add("note", tr("Note…"), [this, run] { editNote(this, m_workspace, run); });
    menu->addSeparator();
    add("trash", tr("Move to the trash"), [this] { trashSelected(); });
    menu->popup(m_table->viewport()->mapToGlobal(at));
}

void ComparePage::trashSelected() {
    const LibraryRun* run = selected();
    if (run) m_workspace.trash(std::string(run->id));
}

void ComparePage::writeReport(const QString& path) {
    std::vector<std::filesystem::path> folders;
    for (const ShownRun& run : shown()) folders.push_back(run.folder);
    if (folders.empty()) {
        Q_EMIT said(tr("Check the runs to report on first."));
        return;
    }
    m_reports.write(path, [folders] { return comparisonHtml(readComparison(folders)); });
}

}  // namespace bitloom::ui
