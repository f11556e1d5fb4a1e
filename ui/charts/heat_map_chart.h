#pragma once
// Magnitudes over two axes as colour: |dL/dh_t| by time step (up) and training step (right).
// Columns stand at any ascending x and reach half way to their neighbours; rows are 1, 2, 3 ...
// upwards. A value that is not finite (or not positive on a log colour axis) is hatched and never
// reaches the colour scale.

#include <QVector>
#include <memory>
#include <optional>
#include <vector>

#include "charts/chart.h"

namespace bitloom::ui {

class HeatMapChart : public Chart {
    Q_OBJECT
public:
    explicit HeatMapChart(const Theme& theme, QWidget* parent = nullptr);
    ~HeatMapChart() override;

    /// Replaces all: columns[i] at x[i], its first value in row 1. x is sorted here; columns may
    /// differ in length.
    void setColumns(std::vector<double> x, std::vector<std::vector<double>> columns);
    void clear();
    [[nodiscard]] std::size_t columns() const;

    /// What the colour says: title, unit, log, least, most.
    void setColorAxis(const Axis& axis);
    [[nodiscard]] const Axis& colorAxis() const;
    /// Values at the ends of the colour scale, always finite.
    [[nodiscard]] std::pair<double, double> colorRange() const;

    /// A thin line at x: the step shown elsewhere.
    void setMarker(std::optional<double> x);
    /// The value of the cell at x, y; nothing outside of the map.
    [[nodiscard]] std::optional<double> valueAt(double x, double y) const;

    [[nodiscard]] bool isEmpty() const override;
    /// One row a column of the map: its x, then its values.
    [[nodiscard]] QString csv() const override;

Q_SIGNALS:
    /// The user clicked the column that stands at x.
    void columnChosen(double x);

protected:
    void prepare(int width) override;
    void pointerMoved(const QPointF& position) override;
    void pointerLeft() override;
    void pointerClicked(const QPointF& position) override;
    void addMenuActions(QMenu& menu) override;

private:
    std::unique_ptr<struct HeatMapData> m_data;
};

}  // namespace bitloom::ui
