#include "pages/chart_panel.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "charts/chart.h"
#include "pages/elided_label.h"
#include "theme/theme.h"

namespace bitloom::ui {
namespace {

constexpr int leastTitle = 96;
constexpr int mostTitle = 240;  // longer ones are shortened

}  // namespace

ChartPanel::ChartPanel(Chart* chart, const QString& title, QWidget* parent)
    : QWidget(parent),
      m_chart(chart),
      m_title(new ElidedLabel(this)),
      m_head(new QBoxLayout(QBoxLayout::LeftToRight)),
      m_switches(new QHBoxLayout),
      m_words(makeLabel({}, LabelRole::muted, this)),
      m_stack(new QStackedWidget(this)) {
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::Base);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(spacing::half, spacing::gap, spacing::half, spacing::half);
    column->setSpacing(0);
    m_head->setContentsMargins(spacing::gap, 0, spacing::half, 0);
    m_head->setSpacing(spacing::gap);
    setRole(m_title, LabelRole::section);
    m_head->addWidget(m_title, 1);
    m_switches->setSpacing(spacing::gap);
    m_head->addLayout(m_switches);
    // As high as with a switch, so that titles of neighbours stand on one line.
    m_head->addStrut(spacing::control);
    column->addLayout(m_head);
    m_words->setWordWrap(true);
    m_words->setContentsMargins(spacing::gap, spacing::half, spacing::gap, 0);
    m_words->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_words->setFocusPolicy(Qt::NoFocus);
    m_words->hide();
    column->addWidget(m_words);
    column->addWidget(m_stack, 1);
    chart->setCaptionVisible(false);
    m_stack->addWidget(chart);
    setTitle(title);
}

void ChartPanel::setTitle(const QString& title) {
    m_title->setWords(title);
    m_chart->setTitle(title);
    arrange();
}

void ChartPanel::addChart(Chart* chart) {
    chart->setCaptionVisible(false);
    m_stack->addWidget(chart);
}

void ChartPanel::showChart(Chart* chart) {
    m_stack->setCurrentWidget(chart);
    m_chart = chart;
    m_title->setWords(chart->title());
    arrange();
}

Segmented* ChartPanel::addSwitch(const QString& accessibleName) {
    auto* choice = new Segmented(this);
    choice->setAccessibleName(accessibleName);
    m_switches->addWidget(choice);
    return choice;
}

void ChartPanel::addToHead(QWidget* widget) {
    m_switches->addWidget(widget);
}

void ChartPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    arrange();
}

void ChartPanel::arrange() {
    // Switches keep their words whole: where they leave no room for the title they go below it.
    const int title = std::clamp(m_title->fontMetrics().horizontalAdvance(m_title->words()),
                                 leastTitle, mostTitle);
    const int margins = 4 * spacing::gap;
    const bool tight =
        m_switches->count() > 0 && width() < title + m_switches->sizeHint().width() + margins;
    m_head->setDirection(tight ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    m_switches->setAlignment(tight ? Qt::AlignLeft : Qt::Alignment());
}

void ChartPanel::setWordLines(int lines) {
    m_words->setMinimumHeight(lines * m_words->fontMetrics().lineSpacing() + spacing::half);
    m_words->setVisible(lines > 0);
}

void ChartPanel::setWords(const QString& words, LabelRole role) {
    setRole(m_words, role);
    m_words->setText(words);
    if (m_words->minimumHeight() == 0) m_words->setVisible(!words.isEmpty());
}

}  // namespace bitloom::ui
