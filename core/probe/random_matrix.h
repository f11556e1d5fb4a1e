#pragma once
// Table 1 of Hou, Zhu, Kwok, Gao, Qin, Liu (NeurIPS 2019) for any size, initialization and
// quantizer: the spectral norm of random matrices, before and after quantizing them.
//
//   W [d, d] drawn as named below, Q = Q(W) as one gate,  |Q|_2 = largest singular value
//
// Mean and sample deviation run over independent draws. Beside them stand the floor of the paper,
// (1 - s) B1 sqrt(d) with s the share of zeros and B1 the smallest non-zero magnitude, which is
// sqrt(d) for any +-1 matrix, and the tighter |Q|_F / sqrt(d), which bounds every matrix.
//
// The paper does not say what it binarizes and ternarizes: signs do not depend on the scale of a
// symmetric draw, and its ternarized cells are those of uniform draws (normal ones give 6% less).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "math/matrix.h"
#include "math/rng.h"
#include "quant/quantizer.h"

namespace bitloom {

/// How a random matrix is drawn.
struct RandomInitialization {
    std::string_view name;
    std::string_view label;
    std::string_view formula;
    void (*fill)(MatrixView<float> w, Rng& rng);
};

/// The table: pytorch (U(+-1/sqrt d)), Xavier and He uniform and normal, standard ones, orthogonal.
const std::vector<RandomInitialization>& randomInitializations();
/// nullptr if there is none of that name.
const RandomInitialization* findRandomInitialization(std::string_view name);

struct RandomMatrixExperiment {
    std::size_t size = 512;  ///< d, rows and columns
    std::string initialization = "pytorch";
    QuantizerConfig quantizer;  ///< empty method: the matrix as drawn
    int seeds = 10;             ///< draws, numbered from firstSeed
    std::uint64_t firstSeed = 1;
    double tolerance = 1e-5;  ///< relative, of each norm
};

struct RandomMatrixResult {
    std::vector<double> norms;  ///< |Q|_2 of each draw
    double mean = 0;
    double deviation = 0;       ///< of the sample; 0 with one draw
    double sparsity = 0;        ///< share of zeros, mean over draws
    double floor = 0;           ///< (1 - s) B1 sqrt(d), mean over draws; 0 for matrices as drawn
    double frobeniusFloor = 0;  ///< |Q|_F / sqrt(d), mean over draws
    bool converged = true;      ///< every norm met the tolerance
};

/// Draws, quantizes and measures. Deterministic in the seeds, on any number of threads up to the
/// rounding of a product. Throws InputError for an unknown initialization or quantizer, a size
/// beyond 16384, or no seeds.
RandomMatrixResult measureRandomMatrices(const RandomMatrixExperiment& experiment);

}  // namespace bitloom
