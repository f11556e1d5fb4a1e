#pragma once
// What the tabs of the page Inspect have in common: they draw one place (layer, gate) of one run at
// one probed step.

#include <QWidget>
#include <optional>
#include <vector>

#include "models/probe_history.h"

namespace bitloom::ui {

class Chart;

/// What to show. Pointers are valid during show() only.
struct InspectView {
    const ProbeHistory* history = nullptr;
    const Spec* spec = nullptr;                           ///< null: it could not be read
    const RunSummary* summary = nullptr;                  ///< null before the first report
    const std::vector<MetricRow>* evaluations = nullptr;  ///< validations and tests so far
    int layer = 0;
    int gate = -1;  ///< -1: all gates
    std::int64_t step = 0;

    /// Gates to draw, as indices in the order of the parameters.
    [[nodiscard]] std::vector<std::size_t> gates() const;
    /// "i", "f" ... of the run's cell.
    [[nodiscard]] QString gateName(std::size_t gate) const;
    [[nodiscard]] bool hasGains() const;
    [[nodiscard]] bool hasBatchNorm() const;
};

class InspectTab : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    virtual void show(const InspectView& view) = 0;
    using QWidget::show;
    /// For the export menu, in the order they are seen.
    [[nodiscard]] virtual std::vector<Chart*> charts() const = 0;

Q_SIGNALS:
    /// The user picked a training step in a chart.
    void stepChosen(double step);
    void said(const QString& words);
    /// A child process is to measure the run at a checkpoint, with the whole spectrum if asked.
    void probeRequested(bool wholeSpectrum);
};

}  // namespace bitloom::ui
