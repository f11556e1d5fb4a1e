#pragma once
// How the probes of one run become a curve of each kind of chart.

#include <memory>
#include <optional>
#include <vector>

#include "charts/curve_chart.h"
#include "models/probe_history.h"
#include "pages/compare_charts.h"

namespace bitloom::ui {

enum class ProbeKind {
    value,      ///< validation over training
    loss,       ///< training loss
    profile,    ///< |dL/dh_t| of the summed loss by time step
    lastStep,   ///< |dL/dh_t| of the last step's loss
    norms,      ///< largest effective spectral norm of the gates, W_hh
    quantized,  ///< largest spectral norm of Q(W_hh), with the floor
    lambda,     ///< lambda_1 over training, published points beside it
    frozen,     ///< lambda_1 with the gains held at their start
    growth,     ///< fitted factor a step backwards, last step's loss
    lyapunov,   ///< first exponent over training, band over samples
    tightness,  ///< gradient over bound, the largest
    gains,      ///< largest gain over training
};

/// What is known of one run.
struct ProbedRun {
    ShownRun run;
    ProbeHistory history;
    std::vector<MetricRow> train, evaluations;
    std::optional<Spec> spec;
    std::optional<DatasetInfo> dataset;
    std::optional<RunSummary> summary;
    bool caughtUp = false;

    /// Takes in what came; true if anything did.
    bool add(const RunNews& news);
};

/// Title, axes and empty text of a kind; what does not depend on runs.
void setUpProbeChart(CurveChart& chart, ProbeKind kind);
QString probeTitle(ProbeKind kind);

/// A curve with a band, and the levels drawn beside it.
struct ProbeCurve {
    std::vector<double> x, y, low, high;
    std::vector<ReferenceLine> references;
    QString error;  ///< at the last point: what cannot be (a bound that is broken)
};
ProbeCurve probeCurve(const ProbedRun& shown, ProbeKind kind, int layer, bool atStart);

/// Replaces what `chart` shows by the curves of `runs`.
void drawProbes(CurveChart& chart, ProbeKind kind, const std::vector<const ProbedRun*>& runs,
                int layer, bool atStart);

}  // namespace bitloom::ui
