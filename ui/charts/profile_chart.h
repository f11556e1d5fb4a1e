#pragma once
// Norm of the loss gradient with respect to the hidden state, |dL/dh_t|, by time step t of the
// window, on a log axis: a falling line to the left is a vanishing gradient, a rising one an
// exploding gradient.

#include "charts/curve_chart.h"

namespace bitloom::ui {

class ProfileChart : public CurveChart {
    Q_OBJECT
public:
    explicit ProfileChart(const Theme& theme, QWidget* parent = nullptr);

    /// norms[t] for t = 0 .. T-1 of `series`, drawn at time steps 1 .. T.
    void setProfile(int series, std::span<const double> norms);
};

}  // namespace bitloom::ui
