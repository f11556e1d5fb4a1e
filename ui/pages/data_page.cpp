#include "pages/data_page.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <exception>

#include "base/files.h"
#include "data/inventory.h"
#include "experiment/catalog.h"
#include "models/format.h"
#include "pages/elided_label.h"
#include "theme/roles.h"

namespace bitloom::ui {

/// What a row of the table says.
struct DatasetRow {
    std::string name;
    QString label, summary, size, metric, state;
    bool available = false, fetchable = false;
};

namespace {

QString text(const std::string& words) {
    return QString::fromStdString(words);
}

DatasetRow rowOf(const DatasetStatus& status) {
    DatasetRow row;
    row.name = status.kind->name;
    const Entry* entry = findEntry(datasetEntries(), row.name);
    const DatasetInfo& info = status.info;
    row.label = text(entry ? entry->label : info.label);
    row.summary = entry ? text(entry->summary) : QString();
    // A part is called one.
    if (status.available && !info.published) row.summary = text(info.label);
    if (info.symbols[0] > 0) {
        row.size = (info.task == Task::language_model ? DataPage::tr("%1 symbols")
                                                      : DataPage::tr("%1 sequences"))
                       .arg(formatCount(info.symbols[0] + info.symbols[1] + info.symbols[2]));
    }
    if (info.vocabulary > 0) row.size += QStringLiteral(", V %1").arg(info.vocabulary);
    row.metric = info.metric.empty() ? QString() : formatMetricName(info.metric);
    row.available = status.available;
    row.state = status.kind->builtIn                  ? DataPage::tr("built in")
                : row.name == "text_file"             ? DataPage::tr("choose a file in Experiment")
                : status.available && !info.published ? DataPage::tr("a part")
                : status.available                    ? DataPage::tr("ready")
                                                      : DataPage::tr("not here yet");
    row.fetchable = (!status.available || !info.published) && !officialAddresses(row.name).empty();
    return row;
}

}  // namespace

DataPage::DataPage(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setAcceptDrops(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(spacing::section, spacing::margin, spacing::section,
                               spacing::margin);
    column->setSpacing(spacing::gap);
    auto* head = new QHBoxLayout;
    head->addWidget(makeLabel(tr("Data"), LabelRole::title, this));
    head->addStretch(1);
    auto* files = new QPushButton(theme.icon(QStringLiteral("import")), tr("Import files…"), this);
    auto* folder =
        new QPushButton(theme.icon(QStringLiteral("folder")), tr("Import folder…"), this);
    setRole(files, ButtonRole::normal);
    setRole(folder, ButtonRole::normal);
    files->setObjectName(QStringLiteral("importFile"));
    folder->setObjectName(QStringLiteral("importFolder"));
    head->addWidget(files);
    head->addWidget(folder);
    column->addLayout(head);
    auto* hint =
        makeLabel(tr("Drop files, folders or archives anywhere on this page: published sets "
                     "are recognized by their content, whatever they are called."),
                  LabelRole::muted, this);
    hint->setWordWrap(true);
    column->addWidget(hint);

    m_progressRow = new QWidget(this);
    m_progressRow->setObjectName(QStringLiteral("dataProgress"));
    auto* row = new QHBoxLayout(m_progressRow);
    row->setContentsMargins(0, 0, 0, 0);
    m_progressWords = new ElidedLabel(m_progressRow);
    m_progress = new QProgressBar(m_progressRow);
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(240);
    auto* cancel = new QPushButton(tr("Stop"), m_progressRow);
    setRole(cancel, ButtonRole::quiet);
    row->addWidget(m_progressWords, 1);
    row->addWidget(m_progress);
    row->addWidget(cancel);
    column->addWidget(m_progressRow);
    m_report = makeLabel({}, LabelRole::muted, this);
    m_report->setObjectName(QStringLiteral("dataReport"));
    m_report->setWordWrap(true);
    m_report->setTextFormat(Qt::PlainText);
    m_report->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_report->hide();
    column->addWidget(m_report);

    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    m_tableHome = new QWidget(scroll);
    auto* home = new QVBoxLayout(m_tableHome);
    home->setContentsMargins(0, spacing::gap, 0, 0);
    home->addStretch(1);
    scroll->setWidget(m_tableHome);
    column->addWidget(scroll, 1);
    showBusy(false);

    connect(files, &QPushButton::clicked, this, [this] { chooseFiles(false); });
    connect(folder, &QPushButton::clicked, this, [this] { chooseFiles(true); });
    connect(cancel, &QPushButton::clicked, &m_jobs, &DataJobs::cancel);
    connect(&m_jobs, &DataJobs::progressed, this, [this](const QString& words, double share) {
        if (!m_jobs.busy()) return;
        showBusy(true, words);
        m_progress->setRange(0, share < 0 ? 0 : 1000);
        if (share >= 0) m_progress->setValue(static_cast<int>(share * 1000));
    });
    connect(&m_jobs, &DataJobs::finished, this, &DataPage::onFinished);
    connect(&m_jobs, &DataJobs::failed, this, [this](const QString& message) {
        showBusy(false);
        report(message, m_jobs.wasCancelled() ? LabelRole::muted : LabelRole::bad);
        refresh();
    });
}

void DataPage::showEvent(QShowEvent* event) {
    refresh();
    QWidget::showEvent(event);
}

void DataPage::refresh() {
    std::vector<DatasetStatus> found;
    try {
        found = listDatasets();
    } catch (const std::exception& error) {
        Q_EMIT said(QString::fromUtf8(error.what()));
        return;
    }
    delete m_table;
    m_table = new QWidget(m_tableHome);
    auto* grid = new QGridLayout(m_table);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(spacing::section);
    grid->setVerticalSpacing(spacing::gap);
    grid->setColumnStretch(1, 1);
    m_rows = 0;
    for (const DatasetStatus& status : found) addRow(m_rows++, rowOf(status));
    static_cast<QVBoxLayout*>(m_tableHome->layout())->insertWidget(0, m_table);
}

void DataPage::addRow(int row, const DatasetRow& shown) {
    auto* grid = static_cast<QGridLayout*>(m_table->layout());
    const int at = row * 2;
    if (row > 0) grid->addWidget(makeHairline(Qt::Horizontal, m_table), at - 1, 0, 1, 5);
    auto* name = makeLabel(shown.label, LabelRole::section, m_table);
    auto* summary = makeLabel(shown.summary, LabelRole::muted, m_table);
    summary->setWordWrap(true);
    summary->setMinimumHeight(spacing::control);
    auto* size = makeLabel(shown.size, LabelRole::figures, m_table);
    auto* state =
        makeLabel(shown.state, shown.available ? LabelRole::good : LabelRole::muted, m_table);
    state->setMinimumWidth(96);
    grid->addWidget(name, at, 0);
    grid->addWidget(summary, at, 1);
    grid->addWidget(size, at, 2);
    grid->addWidget(state, at, 3);
    if (!shown.fetchable) return;
    auto* fetch = new QPushButton(tr("Download"), m_table);
    fetch->setObjectName(QStringLiteral("download.") + text(shown.name));
    setRole(fetch, ButtonRole::normal);
    QStringList addresses;
    for (const std::string& address : officialAddresses(shown.name)) addresses << text(address);
    fetch->setToolTip(addresses.join(QLatin1Char('\n')));
    connect(fetch, &QPushButton::clicked, this,
            [this, id = shown.name, label = shown.label] { download(id, label); });
    grid->addWidget(fetch, at, 4);
}

void DataPage::showBusy(bool busy, const QString& words) {
    m_progressRow->setVisible(busy);
    m_progressWords->setWords(words);
    if (busy) m_report->hide();
}

void DataPage::download(const std::string& name, const QString& label) {
    if (!m_jobs.download(name)) {
        Q_EMIT said(tr("One data job at a time: stop the running one first."));
        return;
    }
    m_progress->setRange(0, 0);
    showBusy(true, tr("Fetching %1").arg(label));
}

void DataPage::importFrom(const std::vector<std::filesystem::path>& sources) {
    if (sources.empty()) return;
    if (!m_jobs.importFrom(sources)) {
        Q_EMIT said(tr("One data job at a time: stop the running one first."));
        return;
    }
    m_progress->setRange(0, 0);
    showBusy(true, tr("Looking at %1").arg(text(utf8(sources.front()))));
}

void DataPage::chooseFiles(bool folder) {
    auto* dialog = new QFileDialog(this, folder ? tr("Import a folder") : tr("Import files"));
    dialog->setObjectName(QStringLiteral("importDialog"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& chosen) {
        std::vector<std::filesystem::path> sources;
        for (const QString& file : chosen) sources.push_back(pathFromUtf8(file.toStdString()));
        importFrom(sources);
    });
    dialog->open();
}

void DataPage::onFinished(const ImportReport& result) {
    showBusy(false);
    QStringList lines;
    for (const std::string& name : result.ready) {
        const Entry* entry = findEntry(datasetEntries(), name);
        lines << tr("%1 is ready.").arg(text(entry ? entry->label : name));
    }
    for (const std::string& sentence : result.converted) lines << text(sentence);
    if (lines.isEmpty() && !result.found.empty()) {
        lines
            << (result.found.size() == 1
                    ? tr("One known file; the set is not complete yet.")
                    : tr("%1 known files; the set is not complete yet.").arg(result.found.size()));
    }
    if (result.found.empty()) {
        lines << tr("No file of a published set was recognized.");
        if (!result.textFiles.empty()) {
            lines << tr("%1 is text: choose it in Experiment under Data, Your text.")
                         .arg(text(result.textFiles.front()));
        }
        if (!result.ignored.empty()) {
            lines << QStringLiteral("%1: %2").arg(text(result.ignored.front().source),
                                                  text(result.ignored.front().reason));
        }
    }
    report(lines.join(QLatin1Char('\n')), LabelRole::muted);
    refresh();
}

void DataPage::report(const QString& words, LabelRole role) {
    setRole(m_report, role);
    m_report->setText(words);
    m_report->show();
}

void DataPage::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void DataPage::dropEvent(QDropEvent* event) {
    std::vector<std::filesystem::path> sources;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) sources.push_back(pathFromUtf8(url.toLocalFile().toStdString()));
    importFrom(sources);
    event->acceptProposedAction();
}

}  // namespace bitloom::ui
