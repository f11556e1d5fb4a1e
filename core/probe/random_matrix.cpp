#include "probe/random_matrix.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "math/spectral.h"
#include "nn/initialization.h"
#include "quant/apply.h"

namespace bitloom {
namespace {

constexpr std::size_t k_largest = 16384;

void fillUniform(MatrixView<float> w, Rng& rng, double bound) {
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j)
            w(r, j) = static_cast<float>(bound * (2 * rng.uniformDouble() - 1));
}

void fillNormal(MatrixView<float> w, Rng& rng, double deviation) {
    for (std::size_t r = 0; r < w.rows; ++r)
        for (std::size_t j = 0; j < w.cols; ++j)
            w(r, j) = static_cast<float>(deviation * rng.normal());
}

double fanIn(const MatrixView<float>& w) {
    return static_cast<double>(w.cols);
}

double fanSum(const MatrixView<float>& w) {
    return static_cast<double>(w.cols + w.rows);
}

/// Sums of one quantized matrix.
struct Content {
    double zeros = 0;  ///< share
    double squares = 0;
    double least = 0;  ///< smallest non-zero magnitude, 0 of a zero matrix
};

Content contentOf(MatrixView<const float> q) {
    Content content;
    std::size_t zeros = 0;
    for (std::size_t r = 0; r < q.rows; ++r)
        for (std::size_t j = 0; j < q.cols; ++j) {
            const double magnitude = std::abs(static_cast<double>(q(r, j)));
            if (magnitude == 0) {
                ++zeros;
                continue;
            }
            content.squares += magnitude * magnitude;
            content.least = content.least == 0 ? magnitude : std::min(content.least, magnitude);
        }
    content.zeros = static_cast<double>(zeros) / static_cast<double>(q.size());
    return content;
}

void check(const RandomMatrixExperiment& experiment) {
    if (experiment.size < 1 || experiment.size > k_largest)
        throw InputError("", "size", "must be from 1 to 16384");
    if (experiment.seeds < 1 || experiment.seeds > 10000)
        throw InputError("", "seeds", "must be from 1 to 10000");
    if (!findRandomInitialization(experiment.initialization)) {
        std::string names;
        for (const RandomInitialization& row : randomInitializations())
            names += (names.empty() ? "" : ", ") + std::string(row.name);
        throw InputError(
            "", "initialization",
            "`" + experiment.initialization.substr(0, 60) + "` is not known; one of " + names);
    }
    if (const auto reason = refuseQuantizer(experiment.quantizer))
        throw InputError("", "quantizer", *reason);
}

}  // namespace

const std::vector<RandomInitialization>& randomInitializations() {
    static const std::vector<RandomInitialization> table = {
        {"pytorch", "PyTorch default", "U(±1/√d)",
         [](MatrixView<float> w, Rng& rng) { fillUniform(w, rng, 1 / std::sqrt(fanIn(w))); }},
        {"xavier", "Xavier", "U(±√(6/(in + out)))",
         [](MatrixView<float> w, Rng& rng) { fillUniform(w, rng, std::sqrt(6 / fanSum(w))); }},
        {"xavier_normal", "Xavier, normal", "N(0, 2/(in + out))",
         [](MatrixView<float> w, Rng& rng) { fillNormal(w, rng, std::sqrt(2 / fanSum(w))); }},
        {"he", "He", "U(±√(6/in))",
         [](MatrixView<float> w, Rng& rng) { fillUniform(w, rng, std::sqrt(6 / fanIn(w))); }},
        {"he_normal", "He, normal", "N(0, 2/in)",
         [](MatrixView<float> w, Rng& rng) { fillNormal(w, rng, std::sqrt(2 / fanIn(w))); }},
        {"uniform", "Uniform", "U(±1)",
         [](MatrixView<float> w, Rng& rng) { fillUniform(w, rng, 1); }},
        {"normal", "Normal", "N(0, 1)",
         [](MatrixView<float> w, Rng& rng) { fillNormal(w, rng, 1); }},
        {"orthogonal", "Orthogonal", "QQᵀ = I",
         [](MatrixView<float> w, Rng& rng) { fillOrthogonal(w, rng); }},
    };
    return table;
}

const RandomInitialization* findRandomInitialization(std::string_view name) {
    const auto& table = randomInitializations();
    const auto found =
        std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
    return found == table.end() ? nullptr : &*found;
}

RandomMatrixResult measureRandomMatrices(const RandomMatrixExperiment& experiment) {
    check(experiment);
    const RandomInitialization& initialization =
        *findRandomInitialization(experiment.initialization);
    const auto quantizer = makeQuantizer<float>(experiment.quantizer);
    const std::size_t d = experiment.size;
    const double root = std::sqrt(static_cast<double>(d));
    // W0 of sbn and stn: sqrt(6 / (in + 4H)) / 2, here in = H = d.
    const auto fixedScale = static_cast<float>(std::sqrt(6.0 / (5.0 * static_cast<double>(d))) / 2);
    RandomMatrixResult result;
    Matrix<float> w(d, d);
    for (int i = 0; i < experiment.seeds; ++i) {
        const std::uint64_t seed = experiment.firstSeed + static_cast<std::uint64_t>(i);
        Rng rng(seed, makeStream("random_matrix", d));
        initialization.fill(w.view(), rng);
        if (quantizer)
            quantizeTensor<float>(*quantizer, experiment.quantizer, w.view(), {}, {}, fixedScale, 0,
                                  seed, makeStream("random_matrix.quantizer", d), w.view());
        const SpectralNorm norm = spectralNorm<float>(w.view(), {experiment.tolerance, 4000, seed});
        result.norms.push_back(norm.value);
        result.converged = result.converged && norm.converged;
        const Content content = contentOf(w.view());
        result.sparsity += content.zeros;
        result.frobeniusFloor += std::sqrt(content.squares) / root;
        if (quantizer) result.floor += (1 - content.zeros) * content.least * root;
    }
    const double n = experiment.seeds;
    result.sparsity /= n;
    result.floor /= n;
    result.frobeniusFloor /= n;
    for (const double norm : result.norms) result.mean += norm / n;
    if (experiment.seeds > 1) {
        double squares = 0;
        for (const double norm : result.norms)
            squares += (norm - result.mean) * (norm - result.mean);
        result.deviation = std::sqrt(squares / (n - 1));
    }
    return result;
}

}  // namespace bitloom
