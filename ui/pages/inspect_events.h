#pragma once
// The events of a run, oldest first: when, at which step, what.

#include "pages/inspect_tab.h"

class QCheckBox;
class QTreeWidget;

namespace bitloom::ui {

class InspectEvents : public InspectTab {
    Q_OBJECT
public:
    explicit InspectEvents(QWidget* parent = nullptr);
    void show(const InspectView&) override {}
    using QWidget::show;
    [[nodiscard]] std::vector<Chart*> charts() const override { return {}; }

    void clear();
    void add(const std::vector<EventRow>& events);
    [[nodiscard]] int shown() const;

private:
    void refill();
    void append(const EventRow& event);

    QTreeWidget* m_list;
    QCheckBox* m_checkpoints;
    std::vector<EventRow> m_events;
};

}  // namespace bitloom::ui
