#pragma once
// Spectral norms of the gates with their floor, lambda_1 and lambda_2, and Lyapunov exponents with
// their convergence, over training; the whole spectrum of a checkpoint on demand.

#include "pages/inspect_tab.h"
#include "theme/theme.h"

class QPushButton;

namespace bitloom::ui {

class ChartPanel;
class CurveChart;
class Segmented;

class InspectSpectra : public InspectTab {
    Q_OBJECT
public:
    explicit InspectSpectra(const Theme& theme, QWidget* parent = nullptr);
    void show(const InspectView& view) override;
    using QWidget::show;
    [[nodiscard]] std::vector<Chart*> charts() const override;

    /// Exponents of a layer measured by a child process; an empty row forgets them.
    void setWholeSpectrum(const LyapunovRow& row);
    /// A child measures now: the button says so.
    void setMeasuring(bool measuring);

    [[nodiscard]] CurveChart& norms() const { return *m_norms; }
    [[nodiscard]] CurveChart& lambda() const { return *m_lambda; }
    [[nodiscard]] CurveChart& exponents() const { return *m_exponents; }
    [[nodiscard]] CurveChart& spectrum() const { return *m_spectrum; }
    [[nodiscard]] QString exponentWords() const;

private:
    void redraw();
    void drawNorms(const InspectView& view);
    void drawLambda(const InspectView& view);
    void drawExponents(const InspectView& view);
    void drawConvergence(const InspectView& view);
    void drawSpectrum(const InspectView& view);

    CurveChart *m_norms, *m_lambda, *m_exponents, *m_convergence, *m_spectrum;
    ChartPanel *m_normsPanel, *m_lambdaPanel, *m_exponentsPanel, *m_convergencePanel;
    Segmented *m_kind, *m_side, *m_detail;
    QPushButton* m_whole;
    LyapunovRow m_wholeRow;
    InspectView m_view;
};

}  // namespace bitloom::ui
