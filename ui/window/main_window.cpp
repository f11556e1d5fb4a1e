#include "window/main_window.h"

#include <QApplication>
#include <QButtonGroup>
#include <QCloseEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QMessageBox>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "base/files.h"
#include "pages/compare_page.h"
#include "pages/data_page.h"
#include "pages/design_panel.h"
#include "pages/experiment_page.h"
#include "pages/inspect_page.h"
#include "pages/reproduce_page.h"
#include "pages/run_table.h"
#include "theme/roles.h"
#include "window/help_viewer.h"
#include "window/page_rows.h"
#include "window/queue_panel.h"
#include "window/search_popup.h"
#include "window/settings.h"
#include "window/status_line.h"
#include "window/top_bar.h"

namespace bitloom::ui {
namespace {

constexpr int railWidth = 88;
constexpr int mostRecent = 8;

QString pathText(const std::filesystem::path& path) {
    return QString::fromStdString(utf8(path));
}

}  // namespace

MainWindow::MainWindow(Theme& theme, QWidget* parent)
    : QMainWindow(parent),
      m_theme(theme),
      m_top(new TopBar(
          theme, [this] { return searchHits(); }, this)),
      m_status(new StatusLine(this)),
      m_stack(new QStackedWidget(this)),
      m_rail(new QButtonGroup(this)) {
    setWindowTitle(QStringLiteral("Bitloom"));
    setMinimumSize(960, 640);
    auto* whole = new QWidget(this);
    auto* row = new QHBoxLayout(whole);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    column->addWidget(m_top);
    column->addWidget(m_stack, 1);
    column->addWidget(makeHairline(Qt::Horizontal, whole));
    column->addWidget(m_status);
    row->addWidget(makeRail());
    row->addLayout(column, 1);
    setCentralWidget(whole);

    connect(&m_workspace, &Workspace::said, this,
            [this](const QString& words) { m_status->say(words); });
    connect(&m_workspace, &Workspace::trashed, this,
            [this](const std::string& id, const QString& name) {
                m_status->say(tr("Moved to the trash: %1").arg(name),
                              [this, id] { m_workspace.restore(id); });
            });
    connect(m_top, &TopBar::libraryRequested, this, &MainWindow::openLibrary);
    connect(m_top, &TopBar::openLibraryRequested, this, &MainWindow::askForLibrary);
    connect(m_top, &TopBar::helpRequested, this, [this] { openHelp(currentPage()); });
    connect(m_top, &TopBar::themeChosen, this, &MainWindow::setThemeMode);
    makeShortcuts();
    restoreLayout();
}

MainWindow::~MainWindow() = default;

QWidget* MainWindow::makeRail() {
    auto* rail = new QWidget(this);
    rail->setObjectName(QStringLiteral("rail"));
    setRole(rail, SurfaceRole::rail);
    rail->setAttribute(Qt::WA_StyledBackground);
    rail->setFixedWidth(railWidth);
    auto* column = new QVBoxLayout(rail);
    column->setContentsMargins(spacing::gap, spacing::gap, spacing::gap, spacing::gap);
    column->setSpacing(spacing::half);
    for (const PageRow& entry : pageRows) {
        auto* button = new QToolButton(rail);
        button->setObjectName(QStringLiteral("rail.") + QLatin1String(entry.name));
        setRole(button, ButtonRole::rail);
        button->setCheckable(true);
        button->setText(tr(entry.label));
        button->setIcon(m_theme.icon(QLatin1String(entry.icon)));
        button->setIconSize({spacing::icon, spacing::icon});
        button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        button->setFixedHeight(56);
        m_rail->addButton(button);
        column->addWidget(button);
        connect(button, &QToolButton::clicked, this,
                [this, name = QString(QLatin1String(entry.name))] { showPage(name); });
    }
    column->addStretch(1);
    auto* foot = new QueueFoot(m_theme, m_workspace.queue(), rail);
    column->addWidget(foot);
    connect(foot, &QueueFoot::runChosen, this, &MainWindow::showRun);
    connect(foot, &QueueFoot::said, this, [this](const QString& words) { m_status->say(words); });
    return rail;
}

void MainWindow::makeShortcuts() {
    const auto add = [this](const QKeySequence& keys, std::function<void()> work) {
        auto* shortcut = new QShortcut(keys, this);
        connect(shortcut, &QShortcut::activated, this, std::move(work));
    };
    int number = 1;
    for (const PageRow& entry : pageRows) {
        add(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_0 + number++)),
            [this, name = QString(QLatin1String(entry.name))] { showPage(name); });
    }
    const auto start = [this] {
        if (currentPage() == QStringLiteral("experiment")) experimentPage().design().start();
    };
    add(QKeySequence(Qt::CTRL | Qt::Key_Return), start);
    add(QKeySequence(Qt::CTRL | Qt::Key_Enter), start);
    add(QKeySequence::Find, [this] {
        m_top->search().setFocus(Qt::ShortcutFocusReason);
        m_top->search().selectAll();
    });
    add(QKeySequence::Undo, [this] {
        if (m_status->canUndo()) m_status->undo();
    });
    add(QKeySequence::HelpContents, [this] { openHelp(currentPage()); });
    add(QKeySequence::Quit, [this] { close(); });
}

QStringList MainWindow::pageNames() {
    QStringList names;
    for (const PageRow& entry : pageRows) names << QLatin1String(entry.name);
    return names;
}

QWidget* MainWindow::page(const QString& name) {
    if (const auto found = m_pages.find(name); found != m_pages.end()) return found->second;
    const auto say = [this](const QString& words) { m_status->say(words); };
    QWidget* made = nullptr;
    if (name == QStringLiteral("experiment")) {
        auto* experiment = new ExperimentPage(m_theme, m_workspace.queue(), m_stack);
        connect(experiment, &ExperimentPage::startRequested, this, &MainWindow::startRuns);
        connect(experiment, &ExperimentPage::demoRequested, this, &MainWindow::runDemo);
        connect(experiment, &ExperimentPage::said, this, say);
        connect(experiment, &ExperimentPage::inspectRequested, this, &MainWindow::inspectRun);
        made = experiment;
    } else if (name == QStringLiteral("compare")) {
        auto* compare = new ComparePage(m_theme, m_workspace, m_stack);
        connect(compare, &ComparePage::demoRequested, this, &MainWindow::runDemo);
        connect(compare, &ComparePage::runChosen, this, &MainWindow::showRun);
        connect(compare, &ComparePage::inspectRequested, this, &MainWindow::inspectRun);
        connect(compare, &ComparePage::said, this, say);
        const auto hidden = QStringLiteral("hidden_columns");
        if (const auto settings = openSettings(); settings->contains(hidden))
            compare->table().setHiddenColumns(settings->value(hidden).toStringList());
        connect(&compare->table(), &RunTable::columnsChanged, this,
                [hidden](const QStringList& now) { openSettings()->setValue(hidden, now); });
        made = compare;
    } else if (name == QStringLiteral("inspect")) {
        auto* inspect = new InspectPage(m_theme, m_workspace, m_stack);
        connect(inspect, &InspectPage::demoRequested, this, &MainWindow::runDemo);
        connect(inspect, &InspectPage::runChosen, this, &MainWindow::showRun);
        connect(inspect, &InspectPage::sectionRequested, this, &MainWindow::showSection);
        connect(inspect, &InspectPage::said, this, say);
        made = inspect;
    } else if (name == QStringLiteral("reproduce")) {
        auto* reproduce = new ReproducePage(m_theme, m_workspace, m_stack);
        connect(reproduce, &ReproducePage::inspectRequested, this, &MainWindow::inspectRun);
        connect(reproduce, &ReproducePage::compareRequested, this,
                [this](const std::vector<ShownRun>& runs) {
                    comparePage().checkAsShown(runs);
                    showPage(QStringLiteral("compare"));
                });
        connect(reproduce, &ReproducePage::said, this, say);
        made = reproduce;
    } else {
        auto* sets = new DataPage(m_theme, m_stack);
        connect(sets, &DataPage::said, this, say);
        made = sets;
    }
    made->setFocusPolicy(Qt::ClickFocus);  // a click beside the controls leaves them
    m_pages[name] = made;
    m_stack->addWidget(made);
    return made;
}

ExperimentPage& MainWindow::experimentPage() {
    return *static_cast<ExperimentPage*>(page(QStringLiteral("experiment")));
}

ComparePage& MainWindow::comparePage() {
    return *static_cast<ComparePage*>(page(QStringLiteral("compare")));
}

InspectPage& MainWindow::inspectPage() {
    return *static_cast<InspectPage*>(page(QStringLiteral("inspect")));
}

ReproducePage& MainWindow::reproducePage() {
    return *static_cast<ReproducePage*>(page(QStringLiteral("reproduce")));
}

bool MainWindow::showPage(const QString& wanted) {
    // "inspect/spectra", "reproduce/table1": a place on a page.
    const QString name = wanted.section(QLatin1Char('/'), 0, 0);
    const QString place = wanted.section(QLatin1Char('/'), 1);
    if (!pageNames().contains(name)) return false;
    if (name == QStringLiteral("inspect") && !place.isEmpty()) inspectPage().showTab(place);
    if (name == QStringLiteral("reproduce") && !place.isEmpty()) reproducePage().showSection(place);
    if (name == QStringLiteral("compare") && place == QStringLiteral("probes")) {
        comparePage().showProbes(true);
    }
    m_stack->setCurrentWidget(page(name));
    // Focus stays on the page but on no control: Tab goes to its first.
    m_stack->currentWidget()->setFocus();
    if (auto* button = findChild<QToolButton*>(QStringLiteral("rail.") + name)) {
        button->setChecked(true);
    }
    return true;
}

QString MainWindow::currentPage() const {
    for (const auto& [name, widget] : m_pages) {
        if (widget == m_stack->currentWidget()) return name;
    }
    return {};
}

bool MainWindow::openLibrary(const std::filesystem::path& folder) {
    if (!m_workspace.open(folder)) return false;
    rememberLibrary(m_workspace.library()->folder());
    const std::vector<LibraryRun> runs = m_workspace.runs();
    const auto& queue = m_workspace.queue().items();
    if (!queue.empty()) {
        experimentPage().showRun(queue.front().run);
    } else if (m_pages.contains(QStringLiteral("experiment")) || !runs.empty()) {
        experimentPage().showRun(runs.empty() ? std::filesystem::path() : runs.front().folder);
    }
    if (currentPage().isEmpty()) {
        // A first start shows the demo one click from live curves.
        showPage(runs.empty() ? QStringLiteral("compare") : QStringLiteral("experiment"));
    }
    return true;
}

std::filesystem::path MainWindow::rememberedLibrary() {
    const QString last = openSettings()->value(QStringLiteral("library")).toString();
    if (last.isEmpty() || qEnvironmentVariableIsSet("BITLOOM_LIBRARY")) return defaultLibrary();
    const auto folder = pathFromUtf8(last.toStdString());
    std::error_code error;
    return std::filesystem::is_directory(folder, error) ? folder : defaultLibrary();
}

void MainWindow::rememberLibrary(const std::filesystem::path& folder) {
    const auto settings = openSettings();
    const QString path = pathText(folder);
    QStringList recent = settings->value(QStringLiteral("recent")).toStringList();
    recent.removeAll(path);
    recent.prepend(path);
    while (recent.size() > mostRecent) recent.removeLast();
    settings->setValue(QStringLiteral("recent"), recent);
    settings->setValue(QStringLiteral("library"), path);
    m_top->setLibrary(folder, recent);
}

void MainWindow::askForLibrary() {
    auto* dialog = new QFileDialog(this, tr("Open or create a library"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString& folder) { openLibrary(pathFromUtf8(folder.toStdString())); });
    dialog->open();
}

void MainWindow::startRuns(const std::vector<Spec>& specs) {
    const auto made = m_workspace.start(specs);
    if (made.empty()) return;
    const int waiting =
        static_cast<int>(m_workspace.queue().items().size()) - m_workspace.queue().runningCount();
    if (waiting > 0) m_status->say(tr("Queued; %1 waiting.").arg(waiting));
    experimentPage().showRun(made.front());
}

void MainWindow::runDemo() {
    const auto made = m_workspace.startPresets(demoPresets());
    if (made.empty()) return;
    comparePage().checkOnly(made);
    experimentPage().showRun(made.front());
    showPage(QStringLiteral("compare"));
}

void MainWindow::showRun(const std::filesystem::path& run) {
    if (run.empty()) return;
    experimentPage().showRun(run);
    showPage(QStringLiteral("experiment"));
}

void MainWindow::inspectRun(const std::filesystem::path& run) {
    if (run.empty()) return;
    inspectPage().showRun(run);
    showPage(QStringLiteral("inspect"));
}

void MainWindow::showSection(const QString& name) {
    showPage(QStringLiteral("reproduce/") + name);
}

void MainWindow::openHelp(const QString& name) {
    if (!m_help) m_help = new HelpViewer(m_theme, this);
    m_help->open(name == QStringLiteral("data") ? QStringLiteral("datasets") : name);
    m_help->show();
    m_help->raise();
    m_help->activateWindow();
}

void MainWindow::setThemeMode(Theme::Mode mode) {
    m_theme.setMode(mode);
    openSettings()->setValue(QStringLiteral("theme"), static_cast<int>(mode));
}

void MainWindow::restoreLayout() {
    const auto settings = openSettings();
    resize(1440, 900);
    const QByteArray geometry = settings->value(QStringLiteral("geometry")).toByteArray();
    if (!geometry.isEmpty()) restoreGeometry(geometry);
}

void MainWindow::saveLayout() {
    const auto settings = openSettings();
    settings->setValue(QStringLiteral("geometry"), saveGeometry());
    settings->setValue(QStringLiteral("page"), currentPage());
}

void MainWindow::setCloseQuestion(std::function<bool(int)> question) {
    m_closeQuestion = std::move(question);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    saveLayout();
    const int running = m_workspace.queue().runningCount();
    if (running == 0 || m_closeAgreed) {
        event->accept();
        return;
    }
    if (m_closeQuestion) {
        m_closeAgreed = m_closeQuestion(running);
        event->setAccepted(m_closeAgreed);
        return;
    }
    event->ignore();
    if (findChild<QMessageBox*>(QStringLiteral("closeQuestion"))) return;
    auto* box = new QMessageBox(
        QMessageBox::Question, tr("Close Bitloom?"),
        running == 1 ? tr("A run is training.") : tr("%1 runs are training.").arg(running),
        QMessageBox::NoButton, this);
    box->setObjectName(QStringLiteral("closeQuestion"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setInformativeText(
        tr("It goes on in the background; the window finds it again at the "
           "next start. Waiting runs start when the window is open."));
    QPushButton* leave = box->addButton(tr("Close, keep training"), QMessageBox::AcceptRole);
    box->addButton(tr("Stay"), QMessageBox::RejectRole);
    connect(leave, &QPushButton::clicked, this, [this] {
        m_closeAgreed = true;
        close();
    });
    box->open();
}

}  // namespace bitloom::ui
