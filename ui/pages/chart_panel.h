#pragma once
// A chart with its title and switches above it and, if there is something to say, a sentence below
// the title. The chart keeps the title for its exports.

#include <QLabel>
#include <QWidget>

#include "theme/roles.h"
#include "theme/segmented.h"

class QBoxLayout;
class QHBoxLayout;
class QStackedWidget;

namespace bitloom::ui {

class Chart;
class ElidedLabel;

class ChartPanel : public QWidget {
    Q_OBJECT
public:
    /// Takes `chart` over; its objectName gets the panel's with "Panel" added.
    ChartPanel(Chart* chart, const QString& title, QWidget* parent = nullptr);

    void setTitle(const QString& title);
    [[nodiscard]] Chart& chart() const { return *m_chart; }
    /// A second chart in the same place; showChart() tells which is seen.
    void addChart(Chart* chart);
    void showChart(Chart* chart);
    /// A switch at the right of the title; fill it with addSegment().
    Segmented* addSwitch(const QString& accessibleName);
    /// Any small widget at the right of the title.
    void addToHead(QWidget* widget);

    /// Room for `lines` lines of words is kept from here on, so that nothing jumps.
    void setWordLines(int lines);
    void setWords(const QString& words, LabelRole role = LabelRole::muted);
    [[nodiscard]] QString words() const { return m_words->text(); }

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void arrange();

    Chart* m_chart;
    ElidedLabel* m_title;
    QBoxLayout* m_head;  ///< title and switches, beside one another or one over the other
    QHBoxLayout* m_switches;
    QLabel* m_words;
    QStackedWidget* m_stack;
};

}  // namespace bitloom::ui
