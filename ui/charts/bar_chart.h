#pragma once
// Horizontal bars with their value beside them: model sizes, speeds, best metrics. One bar a run,
// in the run's colour; several parts are stacked or stand beside one another in shades of it,
// named in a key line.

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "charts/chart.h"

namespace bitloom::ui {

struct Bar {
    QString label;                    ///< the run's name; long ones are elided
    int run = 0;                      ///< colour, of the parts in shades
    std::vector<double> values;       ///< one a part; missing or non-finite = no bar ("-")
    std::optional<double> deviation;  ///< of a single-part bar: drawn as a whisker
    std::optional<double> reference;  ///< e.g. the published value: a dashed tick
};

class BarChart : public Chart {
    Q_OBJECT
public:
    enum class Layout { stacked, grouped };
    Q_ENUM(Layout)

    explicit BarChart(const Theme& theme, QWidget* parent = nullptr);
    ~BarChart() override;

    /// `parts` names the values of each bar: {"Weights", "Scales"}; one part may be nameless. The
    /// value axis is yAxis() (title, unit, log).
    void setBars(const QStringList& parts, const std::vector<Bar>& bars);
    void clear();
    /// Stacked bars need a linear axis; with a log axis their total is drawn as one bar.
    void setLayoutOfParts(Layout layout);
    [[nodiscard]] Layout layoutOfParts() const;
    /// How a value is written beside a bar and on the axis; default: three significant digits.
    void setFormat(std::function<QString(double)> format);

    [[nodiscard]] bool isEmpty() const override;
    [[nodiscard]] QString csv() const override;
    [[nodiscard]] QSize sizeHint() const override;

Q_SIGNALS:
    /// Index of the bar under the pointer, -1 = none.
    void hovered(int bar);

protected:
    void prepare(int width) override;
    [[nodiscard]] bool hasScaledX() const override { return false; }
    void pointerMoved(const QPointF& position) override;
    void pointerLeft() override;

private:
    [[nodiscard]] bool partsAreOne() const;
    std::unique_ptr<struct BarData> m_data;
};

}  // namespace bitloom::ui
