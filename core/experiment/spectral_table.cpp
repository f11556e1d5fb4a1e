#include "experiment/spectral_table.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "experiment/catalog.h"

namespace bitloom {
namespace {

using Ordered = nlohmann::ordered_json;

Ordered granularityJson(Granularity granularity) {
    return granularity == Granularity::row      ? "row"
           : granularity == Granularity::matrix ? "matrix"
                                                : "gate";
}

}  // namespace

const std::vector<SpectralRow>& spectralRows() {
    static const std::vector<SpectralRow> rows = {{"PyTorch default", "pytorch", ""},
                                                  {"Xavier", "xavier", ""},
                                                  {"He", "he", ""},
                                                  {"Binarized", "pytorch", "binary_connect"},
                                                  {"Ternarized", "pytorch", "ter_connect"}};
    return rows;
}

std::vector<RandomMatrixExperiment> paperSpectralExperiments(const std::vector<std::size_t>& sizes,
                                                             int seeds) {
    std::vector<RandomMatrixExperiment> experiments;
    for (const std::size_t size : sizes)
        for (const SpectralRow& row : spectralRows()) {
            RandomMatrixExperiment& cell = experiments.emplace_back();
            cell.size = size;
            cell.initialization = row.initialization;
            cell.quantizer.method = row.quantizer;
            if (const Entry* entry = findEntry(quantizerEntries(), row.quantizer))
                cell.quantizer.bits = entry->bits.front();
            cell.seeds = seeds;
        }
    return experiments;
}

double SpectralCell::difference() const {
    return published ? (result.mean - published->mean) / published->mean : 0;
}

bool SpectralCell::agrees() const {
    if (!published) return true;
    const double deviation = std::max(published->deviation, result.deviation);
    return std::abs(result.mean - published->mean) <=
           std::max(0.02 * published->mean, 2 * deviation);
}

SpectralAgreement agreementOf(const std::vector<SpectralCell>& cells) {
    SpectralAgreement agreement;
    for (const SpectralCell& cell : cells) {
        if (!cell.published) continue;
        ++agreement.published;
        agreement.agreeing += cell.agrees() ? 1 : 0;
    }
    return agreement;
}

std::vector<SpectralCell> measureSpectralTable(
    const std::vector<RandomMatrixExperiment>& experiments,
    const std::function<bool(std::size_t)>& progress) {
    std::vector<SpectralCell> cells;
    for (const RandomMatrixExperiment& experiment : experiments) {
        SpectralCell cell;
        cell.experiment = experiment;
        cell.result = measureRandomMatrices(experiment);
        cell.published = findPublishedSpectralNorm(experiment.size, experiment.initialization,
                                                   experiment.quantizer.method);
        cells.push_back(std::move(cell));
        if (progress && !progress(cells.size())) break;
    }
    return cells;
}

std::string spectralTableJson(const std::vector<SpectralCell>& cells) {
    Ordered tree;
    tree["rows"] = Ordered::array();
    for (const SpectralCell& cell : cells) {
        const RandomMatrixExperiment& experiment = cell.experiment;
        const RandomMatrixResult& result = cell.result;
        const bool full = experiment.quantizer.method.empty();
        Ordered row = {
            {"size", experiment.size},
            {"initialization", experiment.initialization},
            {"quantizer", full ? Ordered(nullptr) : Ordered(experiment.quantizer.method)},
            {"bits", full ? 32 : experiment.quantizer.bits},
            {"granularity", granularityJson(experiment.quantizer.granularity)},
            {"seeds", experiment.seeds},
            {"first_seed", experiment.firstSeed},
            {"mean", result.mean},
            {"sd", result.deviation},
            {"norms", result.norms},
            {"sparsity", result.sparsity},
            {"floor", full ? Ordered(nullptr) : Ordered(result.floor)},
            {"frobenius_floor", result.frobeniusFloor},
            {"sqrt_d", std::sqrt(static_cast<double>(experiment.size))},
            {"converged", result.converged}};
        row["published_mean"] = cell.published ? Ordered(cell.published->mean) : Ordered(nullptr);
        row["published_sd"] =
            cell.published ? Ordered(cell.published->deviation) : Ordered(nullptr);
        row["difference"] = cell.published ? Ordered(cell.difference()) : Ordered(nullptr);
        row["agrees"] = cell.published ? Ordered(cell.agrees()) : Ordered(nullptr);
        tree["rows"].push_back(std::move(row));
    }
    const SpectralAgreement agreement = agreementOf(cells);
    tree["published"] = agreement.published;
    tree["agreeing"] = agreement.agreeing;
    return tree.dump(2);
}

}  // namespace bitloom
