#pragma once
// All probes of one run so far, in the order of their steps, and how to look one up.

#include <cstdint>
#include <vector>

#include "experiment/run_folder.h"
#include "probe/rows.h"

namespace bitloom::ui {

class ProbeHistory {
public:
    /// Takes in what a RunTail told; a restarted tail starts over. Rows of a step already known
    /// replace it. True if anything changed.
    bool add(const RunTail::News& news);
    void clear();
    [[nodiscard]] bool empty() const { return steps().empty(); }

    std::vector<GradientRow> gradients;
    std::vector<BoundRow> bounds;
    std::vector<SpectrumRow> spectra;
    std::vector<LyapunovRow> lyapunov;
    std::vector<GainRow> gains;
    std::vector<StatisticsRow> statistics;
    std::vector<WeightRow> weights;

    /// Every step with a probe of any kind, ascending.
    [[nodiscard]] std::vector<std::int64_t> steps() const;
    /// Layers the probes know of; 0 without probes.
    [[nodiscard]] int layers() const;

    /// The last row at or before `step`; nullptr if there is none.
    template <class Row>
    [[nodiscard]] static const Row* at(const std::vector<Row>& rows, std::int64_t step) {
        const Row* found = nullptr;
        for (const Row& row : rows) {
            if (row.step > step) break;
            found = &row;
        }
        return found;
    }
};

/// The layer's entry of a row's `layers`, or nullptr.
template <class Row>
auto layerOf(const Row* row, int layer) -> const typename decltype(row->layers)::value_type* {
    if (!row || layer < 0 || static_cast<std::size_t>(layer) >= row->layers.size()) return nullptr;
    return &row->layers[static_cast<std::size_t>(layer)];
}

/// One gate's or the only number of a list; NaN where there is none.
double valueOf(const std::vector<double>& values, std::size_t index);

/// The profile of a layer: of the summed loss or of the last step's part alone, of h or c. nullptr
/// if the row holds none.
const GradientProfile* profileOf(const GradientRow* row, int layer, bool last, bool cell);

/// The matrix of a side ("ih", "hh"), or nullptr.
const MatrixSpectrum* matrixOf(const LayerSpectra* layer, const std::string& side);

/// Names of the gates in the order of the parameters: i f g o, or r z n.
std::vector<std::string> gateNames(Cell cell);

}  // namespace bitloom::ui
