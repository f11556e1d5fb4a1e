#include "pages/inspect_events.h"

#include <QCheckBox>
#include <QHeaderView>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "models/format.h"
#include "theme/roles.h"
#include "theme/theme.h"

namespace bitloom::ui {

InspectEvents::InspectEvents(QWidget* parent)
    : InspectTab(parent),
      m_list(new QTreeWidget(this)),
      m_checkpoints(new QCheckBox(tr("Checkpoints too"), this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(spacing::gap);
    column->addWidget(m_checkpoints);
    column->addWidget(m_list, 1);
    m_list->setObjectName(QStringLiteral("inspectEvents"));
    m_checkpoints->setObjectName(QStringLiteral("showCheckpoints"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setHeaderLabels({tr("When"), tr("Step"), tr("What")});
    m_list->header()->resizeSection(0, 160);
    m_list->header()->resizeSection(1, 88);
    connect(m_checkpoints, &QCheckBox::toggled, this, &InspectEvents::refill);
}

void InspectEvents::clear() {
    m_events.clear();
    m_list->clear();
}

void InspectEvents::add(const std::vector<EventRow>& events) {
    for (const EventRow& event : events) {
        m_events.push_back(event);
        append(event);
    }
}

int InspectEvents::shown() const {
    return m_list->topLevelItemCount();
}

void InspectEvents::refill() {
    m_list->clear();
    for (const EventRow& event : m_events) append(event);
}

void InspectEvents::append(const EventRow& event) {
    if (event.name == "checkpointed" && !m_checkpoints->isChecked()) return;
    const QDateTime moment =
        QDateTime::fromString(QString::fromStdString(event.time), Qt::ISODate).toLocalTime();
    const QString when = moment.isValid()
                             ? QLocale::c().toString(moment, QStringLiteral("d MMM yyyy HH:mm:ss"))
                             : QString::fromStdString(event.time);
    const QString words = QString::fromStdString(event.text.empty() ? event.name : event.text);
    auto* item = new QTreeWidgetItem(m_list, {when, formatCount(event.step), words});
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    item->setToolTip(2, words);
    for (const int i : {0, 1}) item->setFont(i, Theme::figures());
}

}  // namespace bitloom::ui
