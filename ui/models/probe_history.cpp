#include "models/probe_history.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace bitloom::ui {
namespace {

template <class Row>
bool take(std::vector<Row>& rows, const std::vector<Row>& fresh) {
    for (const Row& row : fresh) {
        const auto place =
            std::lower_bound(rows.begin(), rows.end(), row.step,
                             [](const Row& a, std::int64_t step) { return a.step < step; });
        if (place != rows.end() && place->step == row.step) {
            *place = row;
        } else {
            rows.insert(place, row);
        }
    }
    return !fresh.empty();
}

template <class Row>
void collect(std::set<std::int64_t>& steps, const std::vector<Row>& rows) {
    for (const Row& row : rows) steps.insert(row.step);
}

}  // namespace

bool ProbeHistory::add(const RunTail::News& news) {
    if (news.restarted) clear();
    bool changed = news.restarted;
    changed = take(gradients, news.gradients) || changed;
    changed = take(bounds, news.probes.bounds) || changed;
    changed = take(spectra, news.probes.spectra) || changed;
    changed = take(lyapunov, news.probes.lyapunov) || changed;
    changed = take(gains, news.probes.gains) || changed;
    changed = take(statistics, news.probes.statistics) || changed;
    changed = take(weights, news.probes.weights) || changed;
    return changed;
}

void ProbeHistory::clear() {
    *this = ProbeHistory();
}

std::vector<std::int64_t> ProbeHistory::steps() const {
    std::set<std::int64_t> all;
    collect(all, gradients);
    collect(all, bounds);
    collect(all, spectra);
    collect(all, lyapunov);
    collect(all, gains);
    collect(all, statistics);
    collect(all, weights);
    return {all.begin(), all.end()};
}

int ProbeHistory::layers() const {
    if (!gradients.empty()) return static_cast<int>(gradients.back().hidden.size());
    if (!spectra.empty()) return static_cast<int>(spectra.back().layers.size());
    return bounds.empty() ? 0 : static_cast<int>(bounds.back().layers.size());
}

double valueOf(const std::vector<double>& values, std::size_t index) {
    return index < values.size() ? values[index] : std::nan("");
}

const GradientProfile* profileOf(const GradientRow* row, int layer, bool last, bool cell) {
    if (!row || layer < 0) return nullptr;
    const std::vector<LayerGradients>& layers = last ? row->last : row->total;
    if (static_cast<std::size_t>(layer) >= layers.size()) return nullptr;
    const LayerGradients& found = layers[static_cast<std::size_t>(layer)];
    const GradientProfile& profile = cell ? found.cell : found.hidden;
    return profile.batch.empty() ? nullptr : &profile;
}

const MatrixSpectrum* matrixOf(const LayerSpectra* layer, const std::string& side) {
    if (!layer) return nullptr;
    for (const MatrixSpectrum& matrix : layer->matrices) {
        if (matrix.side == side) return &matrix;
    }
    return nullptr;
}

std::vector<std::string> gateNames(Cell cell) {
    if (cell == Cell::lstm) return {"i", "f", "g", "o"};
    return {"r", "z", "n"};
}

}  // namespace bitloom::ui
