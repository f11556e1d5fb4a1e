#pragma once
// Weights and gains: histograms of the latent weights and what they become, what changes over
// training (scale, sparsity, flips, distance), gains with g_max and g/s, gate saturation.

#include "pages/inspect_tab.h"
#include "theme/theme.h"

namespace bitloom::ui {

class ChartPanel;
class CurveChart;
class DistributionChart;
class HistogramChart;
class Segmented;

class InspectWeights : public InspectTab {
    Q_OBJECT
public:
    explicit InspectWeights(const Theme& theme, QWidget* parent = nullptr);
    void show(const InspectView& view) override;
    using QWidget::show;
    [[nodiscard]] std::vector<Chart*> charts() const override;

    [[nodiscard]] HistogramChart& histogram() const { return *m_histogram; }
    [[nodiscard]] CurveChart& course() const { return *m_course; }
    [[nodiscard]] DistributionChart& gains() const { return *m_gains; }
    [[nodiscard]] QString words() const;

private:
    void redraw();
    void drawHistogram(const InspectView& view);
    void drawCourse(const InspectView& view);
    void drawGains(const InspectView& view);
    void drawSaturation(const InspectView& view);
    [[nodiscard]] std::string side() const;

    HistogramChart* m_histogram;
    CurveChart *m_course, *m_largest, *m_saturation;
    DistributionChart* m_gains;
    ChartPanel *m_histogramPanel, *m_coursePanel, *m_gainsPanel, *m_saturationPanel;
    Segmented *m_side, *m_quantity, *m_gainKind, *m_end;
    InspectView m_view;
};

}  // namespace bitloom::ui
