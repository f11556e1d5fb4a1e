#include "pages/studies_page.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "experiment/study_report.h"
#include "pages/elided_label.h"
#include "pages/layer_table.h"
#include "pages/study_runs.h"
#include "theme/roles.h"
#include "theme/segmented.h"

namespace bitloom::ui {
namespace {

constexpr int listWidth = 320;
constexpr int mostText = 720;

}  // namespace

StudiesPage::StudiesPage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_workspace(workspace),
      m_desk(workspace),
      m_list(new QListWidget(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, spacing::gap);
    row->setSpacing(spacing::section);
    m_list->setObjectName(QStringLiteral("studies"));
    m_list->setAccessibleName(tr("Studies"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFixedWidth(listWidth);
    QString group;
    for (const Study& study : studies()) {
        const QString own = QString::fromStdString(study.group);
        if (own != group) {
            auto* head = new QListWidgetItem(own, m_list);
            head->setFlags(Qt::NoItemFlags);
            head->setFont(Theme::font(TextSize::caption, true));
            group = own;
        }
        auto* item = new QListWidgetItem(QString::fromStdString(study.title), m_list);
        item->setData(Qt::UserRole, QString::fromStdString(study.name));
        item->setToolTip(QString::fromStdString(study.name));
    }
    row->addWidget(m_list);
    row->addWidget(makeDetail(), 1);
    connect(m_list, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        if (!item) return;
        const Study* study = findStudy(item->data(Qt::UserRole).toString().toStdString());
        if (study) showDetail(*study);
    });
    connect(&m_desk, &StudyDesk::planned, this, &StudiesPage::updateButtons);
    connect(&m_desk, &StudyDesk::said, this, &StudiesPage::said);
    connect(&m_reports, &ReportWriter::said, this, &StudiesPage::said);
    connect(&m_desk, &StudyDesk::answered, this, &StudiesPage::showAnswer);
    m_desk.askForAnswers();
    m_list->setCurrentRow(1);
}

QWidget* StudiesPage::makeDetail() {
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* page = new QWidget(scroll);
    page->setMaximumWidth(mostText);
    auto* lines = new QVBoxLayout(page);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(spacing::margin);
    m_title = new ElidedLabel(page);
    setRole(m_title, LabelRole::title);
    m_question = makeLabel({}, LabelRole::body, page);
    m_look = makeLabel({}, LabelRole::muted, page);
    m_findings = makeLabel({}, LabelRole::body, page);
    m_findings->setObjectName(QStringLiteral("studyFindings"));
    m_findings->setTextFormat(Qt::PlainText);
    m_layers = new LayerTable(page);
    for (QLabel* label : {m_question, m_look, m_findings}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        label->setFocusPolicy(Qt::NoFocus);
    }
    m_scale = new Segmented(page);
    m_scale->setObjectName(QStringLiteral("studyScale"));
    m_scale->addSegment(tr("Quick"), {}, tr("Smaller and shorter: minutes on two cores"));
    m_scale->addSegment(tr("As in the paper"), {},
                        tr("Size and length of the published experiment"));
    m_runs = new StudyRuns(m_theme, m_desk, m_workspace, page);
    const auto button = [&](const QString& words, const char* icon, const char* name) {
        auto* made = new QPushButton(m_theme.icon(QLatin1String(icon)), words, page);
        made->setObjectName(QLatin1String(name));
        setRole(made, ButtonRole::normal);
        return made;
    };
    m_compare = button(tr("Compare"), "compare", "studyCompare");
    m_report = button(tr("Report…"), "save", "studyReport");
    m_table1 = button(tr("Open Table 1"), "bars", "studyTable1");
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(spacing::gap);
    buttons->addWidget(m_compare);
    buttons->addWidget(m_report);
    buttons->addWidget(m_table1);
    buttons->addStretch(1);
    auto* scale = new QHBoxLayout;
    scale->addWidget(m_scale);
    scale->addStretch(1);
    lines->addWidget(m_title);
    lines->addWidget(m_question);
    lines->addWidget(m_look);
    lines->addLayout(scale);
    lines->addWidget(m_runs);
    lines->addLayout(buttons);
    lines->addWidget(m_findings);
    lines->addWidget(m_layers);
    lines->addStretch(1);
    scroll->setWidget(page);
    connect(m_scale, &Segmented::currentChanged, this, [this] {
        if (const Study* study = findStudy(current())) showDetail(*study);
    });
    connect(m_runs, &StudyRuns::runChosen, this, &StudiesPage::inspectRequested);
    connect(m_compare, &QPushButton::clicked, this,
            [this] { Q_EMIT compareRequested(m_runs->shown()); });
    connect(m_table1, &QPushButton::clicked, this, &StudiesPage::table1Requested);
    connect(m_report, &QPushButton::clicked, this, [this] {
        auto* dialog = new QFileDialog(this, tr("Write the report"));
        dialog->setObjectName(QStringLiteral("studyReportDialog"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setAcceptMode(QFileDialog::AcceptSave);
        dialog->setDefaultSuffix(QStringLiteral("html"));
        QString name = QString::fromStdString(current());
        dialog->selectFile(name.replace(QLatin1Char('/'), QLatin1Char('-')) +
                           QStringLiteral(".html"));
        connect(dialog, &QFileDialog::fileSelected, this,
                [this](const QString& path) { writeReport(path); });
        dialog->open();
    });
    return scroll;
}

void StudiesPage::showStudy(const std::string& name) {
    for (int i = 0; i < m_list->count(); ++i) {
        if (m_list->item(i)->data(Qt::UserRole).toString().toStdString() == name) {
            m_list->setCurrentRow(i);
        }
    }
}

std::string StudiesPage::current() const {
    const QListWidgetItem* item = m_list->currentItem();
    return item ? item->data(Qt::UserRole).toString().toStdString() : std::string();
}

void StudiesPage::showDetail(const Study& study) {
    const auto text = [](const std::string& words) { return QString::fromStdString(words); };
    m_title->setWords(text(study.title));
    m_question->setText(text(study.question));
    m_look->setText(text(study.look));
    const bool runs = !study.quick.empty() || !study.paper.empty();
    m_scale->setVisible(runs);
    m_runs->setVisible(runs);
    m_compare->setVisible(runs);
    m_report->setVisible(runs);
    m_table1->setVisible(!runs);
    const bool quick = m_scale->currentIndex() == 0;
    m_runs->setHint(quick ? tr("They wait in the queue with all others.")
                          : tr("The published size: hours to days on two cores. "
                               "They wait in the "
                               "queue with all others."));
    m_desk.choose(study.name, quick ? StudyScale::quick : StudyScale::paper);
    updateButtons();
}

void StudiesPage::showAnswer() {
    QStringList paragraphs;
    for (const std::string& words : m_desk.answer().findings) {
        paragraphs << QString::fromStdString(words);
    }
    m_findings->setText(paragraphs.join(QStringLiteral("\n\n")));
    m_findings->setVisible(!paragraphs.isEmpty());
    m_layers->setRows(m_desk.answer().layers);
}

void StudiesPage::updateButtons() {
    const bool any = !m_runs->shown().empty();
    m_compare->setEnabled(any);
    m_report->setEnabled(any);
}

void StudiesPage::writeReport(const QString& path) {
    if (!m_desk.plan()) {
        Q_EMIT said(tr("The study's runs are not known yet."));
        return;
    }
    m_reports.write(path, [plan = *m_desk.plan()] { return studyHtml(plan, readStudy(plan, {})); });
}

}  // namespace bitloom::ui
