#pragma once
// Table 1 measured again beside its published values: cells of probe/random_matrix.h in rows as
// the paper prints them.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "experiment/published_figures.h"
#include "probe/random_matrix.h"

namespace bitloom {

/// A row of the paper's Table 1.
struct SpectralRow {
    std::string_view label;
    std::string_view initialization;
    std::string_view quantizer;  ///< "" = as drawn
};
const std::vector<SpectralRow>& spectralRows();

/// The paper's rows at these sizes, in the order of the table.
std::vector<RandomMatrixExperiment> paperSpectralExperiments(const std::vector<std::size_t>& sizes,
                                                             int seeds);

struct SpectralCell {
    RandomMatrixExperiment experiment;
    RandomMatrixResult result;
    const PublishedSpectralNorm* published = nullptr;

    /// (measured - published) / published; 0 without a published value.
    [[nodiscard]] double difference() const;
    /// Within 2% or two of the greater deviation; true without a published value.
    [[nodiscard]] bool agrees() const;
};

struct SpectralAgreement {
    int published = 0;
    int agreeing = 0;
};
SpectralAgreement agreementOf(const std::vector<SpectralCell>& cells);

/// Measures in order. `progress` hears the number of finished cells and ends it early with false;
/// may be empty. Throws InputError as measureRandomMatrices().
std::vector<SpectralCell> measureSpectralTable(
    const std::vector<RandomMatrixExperiment>& experiments,
    const std::function<bool(std::size_t)>& progress);

/// {"rows": [...], "published": n, "agreeing": n} as indented text.
std::string spectralTableJson(const std::vector<SpectralCell>& cells);

}  // namespace bitloom
