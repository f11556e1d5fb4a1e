#include "pages/inspect_page.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTabBar>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "base/files.h"
#include "charts/chart.h"
#include "models/format.h"
#include "models/spec_words.h"
#include "pages/elided_combo.h"
#include "pages/elided_label.h"
#include "pages/export_menu.h"
#include "pages/inspect_events.h"
#include "pages/inspect_gradients.h"
#include "pages/inspect_spectra.h"
#include "pages/inspect_statistics.h"
#include "pages/inspect_weights.h"
#include "pages/run_names.h"
#include "pages/step_slider.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

constexpr int treeWidth = 128;
constexpr int leastTab = 640;

/// Gives its child the room it has. A layout would ask a scroll area for the height that the
/// charts' words and hints would like best, and so scroll where all of it fits.
class Filled : public QWidget {
public:
    Filled(QWidget* child, QWidget* parent) : QWidget(parent), m_child(child) {
        child->setParent(this);
    }

protected:
    void resizeEvent(QResizeEvent*) override { m_child->setGeometry(rect()); }

private:
    QWidget* m_child;
};
constexpr int runsWidth = 300;
enum Item { Layer = Qt::UserRole, Gate };

QString pathText(const std::filesystem::path& path) {
    return QString::fromStdString(utf8(path));
}

}  // namespace

InspectPage::InspectPage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_workspace(workspace),
      m_watcher(this, ProbeFiles::all),
      m_stack(new QStackedWidget(this)),
      m_tabs(new QStackedWidget(this)),
      m_tree(new QTreeWidget(this)),
      m_gradients(new InspectGradients(theme, this)),
      m_spectra(new InspectSpectra(theme, this)),
      m_weights(new InspectWeights(theme, this)),
      m_statistics(new InspectStatistics(theme, this)),
      m_events(new InspectEvents(this)) {
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_stack);
    auto* page = new QWidget(m_stack);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, spacing::gap);
    column->setSpacing(spacing::gap);
    column->addWidget(makeHeader());
    column->addWidget(makeBar());
    column->addWidget(m_notice);
    m_tree->setObjectName(QStringLiteral("inspectTree"));
    m_tree->setAccessibleName(tr("Layers and gates"));
    m_tree->setHeaderHidden(true);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setFixedWidth(treeWidth);
    m_tree->setIndentation(spacing::margin);
    m_tree->setRootIsDecorated(false);
    for (InspectTab* each : std::initializer_list<InspectTab*>{m_gradients, m_spectra, m_weights,
                                                               m_statistics, m_events}) {
        m_tabs->addWidget(each);
        connect(each, &InspectTab::stepChosen, this, &InspectPage::goToStep);
        connect(each, &InspectTab::said, this, &InspectPage::said);
        connect(each, &InspectTab::probeRequested, this, &InspectPage::measure);
    }
    connect(m_statistics, &InspectStatistics::storyRequested, this,
            [this] { Q_EMIT sectionRequested(QStringLiteral("batch_norm")); });
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::gap);
    row->addWidget(m_tree);
    // In a small window charts keep their size and scroll.
    auto* home = new Filled(m_tabs, page);
    home->setMinimumHeight(leastTab);
    auto* scroll = new QScrollArea(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(home);
    row->addWidget(scroll, 1);
    column->addLayout(row, 1);
    m_stack->addWidget(makeEmptyState());
    m_stack->addWidget(page);

    connect(m_tree, &QTreeWidget::currentItemChanged, this, &InspectPage::refresh);
    connect(&m_watcher, &RunWatcher::news, this, &InspectPage::onNews);
    connect(&m_job, &CliJob::finished, this, &InspectPage::measured);
    connect(&m_job, &CliJob::failed, this, [this](const QString& message) {
        m_spectra->setMeasuring(false);
        showNotice();
        Q_EMIT said(tr("The checkpoint could not be measured: %1").arg(message));
    });
    connect(&m_job, &CliJob::cancelled, this, [this] {
        m_spectra->setMeasuring(false);
        showNotice();
    });
    connect(&m_workspace, &Workspace::changed, this, &InspectPage::fillRuns);
    fillRuns();
}

QWidget* InspectPage::makeEmptyState() {
    auto* page = new QWidget(m_stack);
    auto* column = new QVBoxLayout(page);
    column->setSpacing(spacing::gap);
    column->addStretch(2);
    const auto add = [&](const QString& words, LabelRole role) {
        QLabel* label = makeLabel(words, role, page);
        label->setWordWrap(true);
        label->setAlignment(Qt::AlignHCenter);
        label->setFixedWidth(480);
        column->addWidget(label, 0, Qt::AlignHCenter);
    };
    add(tr("Nothing to look into yet"), LabelRole::title);
    add(tr("Here one run is shown in depth: how gradients travel back in time, spectral norms and "
           "Lyapunov exponents, weights and gains, batch-norm statistics. Train a run first."),
        LabelRole::muted);
    auto* demo = new QPushButton(tr("Run the demo comparison"), page);
    demo->setObjectName(QStringLiteral("inspectDemo"));
    setRole(demo, ButtonRole::primary);
    column->addSpacing(spacing::gap);
    column->addWidget(demo, 0, Qt::AlignHCenter);
    column->addStretch(3);
    connect(demo, &QPushButton::clicked, this, &InspectPage::demoRequested);
    return page;
}

QWidget* InspectPage::makeHeader() {
    auto* header = new QWidget(this);
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::gap);
    m_runs = new ElidedCombo(header);
    m_runs->setObjectName(QStringLiteral("inspectRuns"));
    m_runs->setAccessibleName(tr("Run"));
    m_runs->setFixedWidth(runsWidth);
    m_runs->setMaxVisibleItems(20);
    m_words = new ElidedLabel(header);
    m_words->setObjectName(QStringLiteral("inspectWords"));
    setRole(m_words, LabelRole::muted);
    m_status = makeLabel({}, LabelRole::muted, header);
    m_status->setObjectName(QStringLiteral("inspectStatus"));
    const auto button = [&](const QString& words, const char* icon, const char* name) {
        auto* made = new QPushButton(m_theme.icon(QLatin1String(icon)), words, header);
        made->setObjectName(QLatin1String(name));
        setRole(made, ButtonRole::normal);
        return made;
    };
    m_experiment = button(tr("Show live"), "experiment", "inspectShow");
    m_experiment->setToolTip(tr("Shows this run on the page Experiment."));
    m_export = button(tr("Export"), "export", "inspectExport");
    makeExportMenu(*m_export, [this] { return tab()->charts(); });
    row->addWidget(m_runs);
    row->addWidget(m_words, 1);
    row->addWidget(m_status);
    row->addSpacing(spacing::gap);
    row->addWidget(m_experiment);
    row->addWidget(m_export);
    connect(m_runs, &QComboBox::activated, this, [this](int index) {
        showRun(pathFromUtf8(m_runs->itemData(index).toString().toStdString()));
    });
    connect(m_experiment, &QPushButton::clicked, this, [this] { Q_EMIT runChosen(m_run); });
    return header;
}

QWidget* InspectPage::makeBar() {
    auto* bar = new QWidget(this);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::margin);
    m_choice = new QTabBar(bar);
    m_choice->setObjectName(QStringLiteral("inspectTabs"));
    m_choice->setDrawBase(false);
    m_choice->setExpanding(false);
    const std::pair<const char*, QString> names[] = {{"gradients", tr("Gradients")},
                                                     {"spectra", tr("Spectra")},
                                                     {"weights", tr("Weights")},
                                                     {"statistics", tr("Statistics")},
                                                     {"events", tr("Events")}};
    for (const auto& [name, words] : names) {
        m_choice->setTabData(m_choice->addTab(words), QLatin1String(name));
    }
    m_slider = new StepSlider(m_theme, bar);
    row->addWidget(m_choice);
    row->addWidget(m_slider, 1);
    connect(m_choice, &QTabBar::currentChanged, this, &InspectPage::showTabs);
    connect(m_slider, &StepSlider::stepChanged, this, [this](std::int64_t step) {
        m_step = step;
        refresh();
    });
    m_notice = new QWidget(this);
    auto* line = new QHBoxLayout(m_notice);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(spacing::gap);
    m_noticeWords = makeLabel({}, LabelRole::muted, m_notice);
    m_noticeWords->setObjectName(QStringLiteral("inspectNotice"));
    m_noticeWords->setWordWrap(true);
    m_measure = new QPushButton(tr("Measure the last checkpoint"), m_notice);
    m_measure->setObjectName(QStringLiteral("inspectMeasure"));
    setRole(m_measure, ButtonRole::normal);
    line->addWidget(m_noticeWords, 1);
    line->addWidget(m_measure);
    m_notice->hide();
    connect(m_measure, &QPushButton::clicked, this, [this] {
        if (m_job.busy()) {
            m_job.cancel();
        } else {
            measure(false);
        }
    });
    return bar;
}

bool InspectPage::isEmptyLibrary() const {
    return m_stack->currentIndex() == 0;
}

InspectTab* InspectPage::tab() const {
    return static_cast<InspectTab*>(m_tabs->currentWidget());
}

QString InspectPage::currentTab() const {
    return m_choice->tabData(m_choice->currentIndex()).toString();
}

void InspectPage::showTab(const QString& name) {
    for (int i = 0; i < m_choice->count(); ++i) {
        if (m_choice->tabData(i).toString() == name) m_choice->setCurrentIndex(i);
    }
}

void InspectPage::showTabs() {
    m_tabs->setCurrentIndex(m_choice->currentIndex());
    // Events belong to the run as a whole.
    m_tree->setVisible(tab() != m_events);
    refresh();
}

void InspectPage::fillRuns() {
    const std::vector<LibraryRun> runs = m_workspace.runs();
    m_stack->setCurrentIndex(runs.empty() ? 0 : 1);
    std::vector<ShownRun> shown;
    std::vector<const LibraryRun*> records;
    for (const LibraryRun& run : runs) {
        const QString name =
            QString::fromStdString(run.summary.name.empty() ? run.id : run.summary.name);
        shown.push_back({run.folder, name, name, 0});
        records.push_back(&run);
    }
    tellApart(shown, records);
    const QSignalBlocker quiet(m_runs);
    m_runs->clear();
    for (const ShownRun& run : shown) {
        m_runs->addItem(run.name, pathText(run.folder));
        m_runs->setItemData(m_runs->count() - 1, run.name, Qt::ToolTipRole);
    }
    m_runs->setCurrentIndex(m_runs->findData(pathText(m_run)));
    const bool gone = !m_run.empty() && m_runs->currentIndex() < 0;
    if ((m_run.empty() || gone) && !runs.empty()) showRun(runs.front().folder);
}

void InspectPage::showRun(const std::filesystem::path& wanted) {
    std::filesystem::path run = wanted;
    if (run.empty() && m_runs->count() > 0) {
        run = pathFromUtf8(m_runs->itemData(0).toString().toStdString());
    }
    if (run == m_run || run.empty()) return;
    if (!m_run.empty()) m_watcher.unwatch(m_run);
    if (m_job.busy()) m_job.cancel();
    m_run = run;
    m_history.clear();
    m_spec.reset();
    m_summary.reset();
    m_evaluations.clear();
    m_step = 0;
    m_caughtUp = false;
    m_events->clear();
    m_spectra->setWholeSpectrum({});
    m_slider->setFollows(true);
    m_slider->setSteps({});
    {
        const QSignalBlocker quiet(m_runs);
        m_runs->setCurrentIndex(m_runs->findData(pathText(run)));
    }
    m_runs->setToolTip(m_runs->currentText());
    for (InspectTab* each :
         std::initializer_list<InspectTab*>{m_gradients, m_spectra, m_weights, m_statistics}) {
        for (Chart* chart : each->charts()) chart->resetZoom();
    }
    m_watcher.watch(run);
    showHeader();
    refresh();
}

void InspectPage::onNews(const std::filesystem::path& run, const RunNews& news) {
    if (run != m_run) return;
    if (news.spec) {
        m_spec = news.spec;
        makeTree(*m_spec);
    }
    if (news.summary) m_summary = news.summary;
    m_caughtUp = m_caughtUp || news.caughtUp;
    if (news.rows.restarted) {
        m_evaluations.clear();
        m_events->clear();
    }
    m_events->add(news.rows.events);
    bool changed = news.spec.has_value() || news.rows.restarted;
    for (const MetricRow& row : news.rows.metrics) {
        if (row.kind != MetricRow::Kind::valid && row.kind != MetricRow::Kind::test) continue;
        m_evaluations.push_back(row);
        changed = true;
    }
    changed = m_history.add(news.rows) || changed;
    if (news.spec || news.summary) showHeader();
    showNotice();
    if (!changed && !news.caughtUp) return;
    m_slider->setSteps(m_history.steps());
    m_step = m_slider->step();
    refresh();
}

void InspectPage::makeTree(const Spec& spec) {
    const QSignalBlocker quiet(m_tree);
    m_tree->clear();
    const auto gates = gateNames(spec.network.cell);
    for (int layer = 0; layer < spec.network.layers; ++layer) {
        auto* home = new QTreeWidgetItem(m_tree, {tr("Layer %1").arg(layer + 1)});
        home->setData(0, Layer, layer);
        home->setData(0, Gate, -1);
        home->setToolTip(0, tr("All gates of layer %1").arg(layer + 1));
        for (std::size_t gate = 0; gate < gates.size(); ++gate) {
            auto* item =
                new QTreeWidgetItem(home, {tr("gate %1").arg(QString::fromStdString(gates[gate]))});
            item->setData(0, Layer, layer);
            item->setData(0, Gate, static_cast<int>(gate));
            item->setIcon(0, m_theme.runIcon(static_cast<int>(gate)));
        }
        home->setExpanded(spec.network.layers <= 4);
    }
    m_tree->setCurrentItem(m_tree->topLevelItem(0));
}

void InspectPage::goToStep(double step) {
    m_slider->goTo(step);
}

void InspectPage::refresh() {
    if (tab() == m_events) return;
    InspectView view;
    view.history = &m_history;
    view.spec = m_spec ? &*m_spec : nullptr;
    view.summary = m_summary ? &*m_summary : nullptr;
    view.evaluations = &m_evaluations;
    view.step = m_step;
    if (const QTreeWidgetItem* item = m_tree->currentItem()) {
        view.layer = item->data(0, Layer).toInt();
        view.gate = item->data(0, Gate).toInt();
    }
    tab()->show(view);
}

void InspectPage::showHeader() {
    m_words->setWords(m_spec ? specWords(*m_spec) : QString());
    m_status->setText(m_summary ? formatStatus(*m_summary) : QString());
    m_experiment->setEnabled(!m_run.empty());
}

}  // namespace bitloom::ui
