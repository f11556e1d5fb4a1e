#include "pages/reproduce_page.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QListWidget>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "pages/batch_norm_page.h"
#include "pages/story_page.h"
#include "pages/studies_page.h"
#include "pages/table1_page.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

constexpr int listWidth = 208;
constexpr int narrow = 1100;  // below it the list would take the charts' room

}  // namespace

std::vector<std::pair<QString, QString>> ReproducePage::sections() {
    std::vector<std::pair<QString, QString>> all;
    int number = 0;
    for (const StoryStep& step : storySteps()) {
        ++number;
        all.emplace_back(QStringLiteral("step%1").arg(number),
                         QStringLiteral("%1  %2").arg(number).arg(step.title));
    }
    all.emplace_back(QStringLiteral("batch_norm"), tr("Shared batch norm"));
    all.emplace_back(QStringLiteral("table1"), tr("Table 1"));
    all.emplace_back(QStringLiteral("studies"), tr("All studies"));
    return all;
}

ReproducePage::ReproducePage(const Theme& theme, Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_workspace(workspace),
      m_list(new QListWidget(this)),
      m_stack(new QStackedWidget(this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_list->setObjectName(QStringLiteral("reproduceSections"));
    m_list->setAccessibleName(tr("Sections"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFixedWidth(listWidth);
    const auto caption = [this](const QString& words) {
        auto* item = new QListWidgetItem(words, m_list);
        item->setFlags(Qt::NoItemFlags);
        item->setFont(Theme::font(TextSize::caption, true));
    };
    caption(tr("Why it explodes"));
    for (const auto& [name, title] : sections()) {
        if (name == QStringLiteral("batch_norm")) caption(tr("Play"));
        if (name == QStringLiteral("table1")) caption(tr("Measure again"));
        auto* item = new QListWidgetItem(title, m_list);
        item->setData(Qt::UserRole, name);
        item->setToolTip(title);
    }
    m_line = makeHairline(Qt::Vertical, this);
    m_narrow = new QWidget(this);
    auto* top = new QHBoxLayout(m_narrow);
    top->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, 0);
    m_choice = new QComboBox(m_narrow);
    m_choice->setObjectName(QStringLiteral("reproduceChoice"));
    m_choice->setAccessibleName(tr("Section"));
    for (const auto& [name, title] : sections()) m_choice->addItem(title, name);
    top->addWidget(m_choice);
    top->addStretch(1);
    m_narrow->hide();
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    column->addWidget(m_narrow);
    column->addWidget(m_stack, 1);
    row->addWidget(m_list);
    row->addWidget(m_line);
    row->addLayout(column, 1);
    connect(m_choice, &QComboBox::activated, this,
            [this](int index) { showSection(m_choice->itemData(index).toString()); });
    connect(m_list, &QListWidget::currentItemChanged, this, [this](QListWidgetItem* item) {
        if (item) open(item->data(Qt::UserRole).toString());
    });
    showSection(QStringLiteral("step1"));
}

void ReproducePage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    const bool small = width() < narrow;
    m_list->setVisible(!small);
    m_line->setVisible(!small);
    m_narrow->setVisible(small);
}

bool ReproducePage::showSection(const QString& name) {
    for (int i = 0; i < m_list->count(); ++i) {
        if (m_list->item(i)->data(Qt::UserRole).toString() != name || name.isEmpty()) continue;
        m_list->setCurrentRow(i);
        return true;
    }
    return false;
}

QString ReproducePage::section() const {
    return m_list->currentItem() ? m_list->currentItem()->data(Qt::UserRole).toString() : QString();
}

void ReproducePage::showStudy(const std::string& name) {
    showSection(QStringLiteral("studies"));
    studiesPage().showStudy(name);
}

void ReproducePage::open(const QString& name) {
    m_choice->setCurrentIndex(m_choice->findData(name));
    if (name.startsWith(QStringLiteral("step"))) {
        story().showStep(name.mid(4).toInt() - 1);
        m_stack->setCurrentWidget(m_story);
    } else if (name == QStringLiteral("batch_norm")) {
        m_stack->setCurrentWidget(&batchNorm());
    } else if (name == QStringLiteral("table1")) {
        m_stack->setCurrentWidget(&table1());
    } else if (name == QStringLiteral("studies")) {
        m_stack->setCurrentWidget(&studiesPage());
    }
}

StoryPage& ReproducePage::story() {
    if (m_story) return *m_story;
    m_story = new StoryPage(m_theme, m_workspace, m_stack);
    m_stack->addWidget(m_story);
    connect(m_story, &StoryPage::inspectRequested, this, &ReproducePage::inspectRequested);
    connect(m_story, &StoryPage::compareRequested, this, &ReproducePage::compareRequested);
    connect(m_story, &StoryPage::said, this, &ReproducePage::said);
    connect(m_story, &StoryPage::stepChanged, this,
            [this](int step) { showSection(QStringLiteral("step%1").arg(step + 1)); });
    return *m_story;
}

BatchNormPage& ReproducePage::batchNorm() {
    if (m_batchNorm) return *m_batchNorm;
    m_batchNorm = new BatchNormPage(m_theme, m_workspace, m_stack);
    m_stack->addWidget(m_batchNorm);
    connect(m_batchNorm, &BatchNormPage::inspectRequested, this, &ReproducePage::inspectRequested);
    connect(m_batchNorm, &BatchNormPage::said, this, &ReproducePage::said);
    return *m_batchNorm;
}

Table1Page& ReproducePage::table1() {
    if (m_table1) return *m_table1;
    m_table1 = new Table1Page(m_theme, m_stack);
    m_stack->addWidget(m_table1);
    connect(m_table1, &Table1Page::said, this, &ReproducePage::said);
    return *m_table1;
}

StudiesPage& ReproducePage::studiesPage() {
    if (m_studies) return *m_studies;
    m_studies = new StudiesPage(m_theme, m_workspace, m_stack);
    m_stack->addWidget(m_studies);
    connect(m_studies, &StudiesPage::inspectRequested, this, &ReproducePage::inspectRequested);
    connect(m_studies, &StudiesPage::compareRequested, this, &ReproducePage::compareRequested);
    connect(m_studies, &StudiesPage::table1Requested, this,
            [this] { showSection(QStringLiteral("table1")); });
    connect(m_studies, &StudiesPage::said, this, &ReproducePage::said);
    return *m_studies;
}

}  // namespace bitloom::ui
