#pragma once
// Gradients of the states: by time step at one probe, over time steps and training as a heat map,
// against their bound, and their growth over training.

#include "pages/inspect_tab.h"
#include "theme/theme.h"

namespace bitloom::ui {

class ChartPanel;
class CurveChart;
class DistributionChart;
class HeatMapChart;
class ProfileChart;
class Segmented;

class InspectGradients : public InspectTab {
    Q_OBJECT
public:
    explicit InspectGradients(const Theme& theme, QWidget* parent = nullptr);
    void show(const InspectView& view) override;
    using QWidget::show;
    [[nodiscard]] std::vector<Chart*> charts() const override;

    [[nodiscard]] ProfileChart& profile() const { return *m_profile; }
    [[nodiscard]] HeatMapChart& map() const { return *m_map; }
    [[nodiscard]] QString growthWords() const;
    [[nodiscard]] QString tightnessWords() const;

private:
    void redraw();
    void drawProfile(const InspectView& view);
    void drawPublished(const InspectView& view, const GradientRow& row, std::size_t length);
    void drawMap(const InspectView& view);
    void drawTightness(const InspectView& view);
    void drawTraining(const InspectView& view);
    [[nodiscard]] bool last() const;
    [[nodiscard]] bool cell() const;
    [[nodiscard]] QString symbol() const;

    ProfileChart* m_profile;
    HeatMapChart* m_map;
    CurveChart *m_tightness, *m_growth;
    DistributionChart* m_tightnessOver;
    ChartPanel *m_profilePanel, *m_mapPanel, *m_tightnessPanel, *m_trainingPanel;
    Segmented *m_loss, *m_state, *m_over;
    InspectView m_view;
};

}  // namespace bitloom::ui
