#include "pages/experiment_page.h"

#include <QHBoxLayout>

#include "pages/design_panel.h"
#include "pages/live_panel.h"
#include "theme/roles.h"

namespace bitloom::ui {

ExperimentPage::ExperimentPage(const Theme& theme, RunQueue& queue, QWidget* parent)
    : QWidget(parent),
      m_design(new DesignPanel(theme, this)),
      m_live(new LivePanel(theme, queue, this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_design);
    row->addWidget(makeHairline(Qt::Vertical, this));
    row->addWidget(m_live, 1);
    connect(m_design, &DesignPanel::startRequested, this, &ExperimentPage::startRequested);
    connect(m_live, &LivePanel::demoRequested, this, &ExperimentPage::demoRequested);
    connect(m_live, &LivePanel::said, this, &ExperimentPage::said);
    connect(m_live, &LivePanel::inspectRequested, this, &ExperimentPage::inspectRequested);
    connect(m_live, &LivePanel::designRequested, m_design, &DesignPanel::setJson);
    // A run that starts while nothing trains on the right is what one wants to see.
    connect(&queue, &RunQueue::started, this, [this, &queue](const std::filesystem::path& run) {
        if (!queue.contains(m_live->run())) showRun(run);
    });
}

void ExperimentPage::showRun(const std::filesystem::path& run) {
    m_live->show(run);
}

}  // namespace bitloom::ui
