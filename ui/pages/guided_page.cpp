#include "pages/guided_page.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "charts/chart.h"
#include "pages/elided_label.h"
#include "pages/export_menu.h"

namespace bitloom::ui {
namespace {

constexpr int textWidth = 328;
constexpr int narrowText = 264;
constexpr int narrow = 1100;  // of the page

}  // namespace

GuidedPage::GuidedPage(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_column(new QVBoxLayout(this)),
      m_head(new QHBoxLayout),
      m_title(new ElidedLabel(this)) {
    m_column->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, spacing::gap);
    m_column->setSpacing(spacing::gap);
    m_head->setSpacing(spacing::gap);
    setRole(m_title, LabelRole::title);
    m_head->addWidget(m_title, 1);
    m_column->addLayout(m_head);
}

QPushButton* GuidedPage::addButton(const QString& words, const char* icon, const char* name) {
    auto* made = new QPushButton(m_theme.icon(QLatin1String(icon)), words, this);
    made->setObjectName(QLatin1String(name));
    setRole(made, ButtonRole::normal);
    m_head->addWidget(made);
    return made;
}

void GuidedPage::addExport(std::function<std::vector<Chart*>()> charts, const char* name) {
    makeExportMenu(*addButton(tr("Export"), "export", name), std::move(charts));
}

QWidget* GuidedPage::makeTextColumn() {
    m_scroll = new QScrollArea(this);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFixedWidth(textWidth);
    auto* page = new QWidget(m_scroll);
    m_lines = new QVBoxLayout(page);
    m_lines->setContentsMargins(0, 0, spacing::gap, 0);
    m_lines->setSpacing(spacing::margin);
    m_scroll->setWidget(page);
    return m_scroll;
}

QLabel* GuidedPage::addText(LabelRole role, const char* name) {
    QLabel* label = makeLabel({}, role, m_scroll->widget());
    label->setObjectName(QLatin1String(name));
    label->setWordWrap(true);
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setFocusPolicy(Qt::NoFocus);
    m_lines->addWidget(label);
    return label;
}

void GuidedPage::addFindings(const char* name) {
    m_lines->addWidget(makeHairline(Qt::Horizontal, m_scroll->widget()));
    m_lines->addWidget(makeLabel(tr("Measured"), LabelRole::section, m_scroll->widget()));
    m_findings = addText(LabelRole::body, name);
    m_lines->addStretch(1);
}

void GuidedPage::showFindings(const QStringList& paragraphs) {
    m_findings->setText(paragraphs.isEmpty() ? tr("What the charts show is said here "
                                                  "in figures once the runs train.")
                                             : paragraphs.join(QStringLiteral("\n\n")));
    setRole(m_findings, paragraphs.isEmpty() ? LabelRole::muted : LabelRole::body);
}

QString GuidedPage::findings() const {
    return m_findings->text();
}

void GuidedPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (m_scroll) m_scroll->setFixedWidth(width() < narrow ? narrowText : textWidth);
}

}  // namespace bitloom::ui
