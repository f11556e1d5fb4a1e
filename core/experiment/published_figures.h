#pragma once
// What Hou, Zhu, Kwok, Gao, Qin, Liu (NeurIPS 2019) publish besides their result tables: the
// spectral norms of Table 1 and the curves of Figures 1 to 3, the latter read off the print to
// about one percent.

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "quant/quantizer.h"

namespace bitloom {

/// A cell of Table 1: |Q|_2 of random d x d matrices, mean and deviation over ten.
struct PublishedSpectralNorm {
    std::size_t size = 0;
    std::string_view row;             ///< as printed: "Binarized"
    std::string_view initialization;  ///< name in probe/random_matrix.h
    std::string_view quantizer;       ///< catalog name, "" = as drawn
    double mean = 0;
    double deviation = 0;
};
const std::vector<PublishedSpectralNorm>& publishedSpectralNorms();
/// nullptr for anything the table does not hold. Signs and thresholds do not depend on the scale of
/// a draw, so every uniform initialization finds the binarized and ternarized cells, and every
/// symmetric one the binarized.
const PublishedSpectralNorm* findPublishedSpectralNorm(std::size_t size,
                                                       std::string_view initialization,
                                                       std::string_view quantizer);

/// A curve of Figure 1(a): lambda_1 by iteration; Penn Treebank characters, 512 units, ten epochs
/// of 784 iterations.
struct PublishedCurve {
    std::string_view quantizer;  ///< catalog name, "" = full precision
    std::string_view normalization;
    std::vector<std::pair<double, double>> points;  ///< (iteration, lambda_1)
};
const std::vector<PublishedCurve>& publishedLambda1();
const PublishedCurve* findPublishedLambda1(std::string_view quantizer,
                                           std::string_view normalization);

/// Figures 2 and 3: the norm of dL/dh_t by time step.
struct PublishedStateGradient {
    int figure = 2;
    std::string_view dataset;  ///< ptb_char (512 units) or ptb_word (300 units)
    std::string_view quantizer;
    std::string_view normalization;
    double median = 0;    ///< over time steps; 0: not a flat curve
    double lastStep = 0;  ///< at the last time step; 0: not read off
    double growth = 0;    ///< factor a time step backwards; 0: flat
};
const std::vector<PublishedStateGradient>& publishedStateGradients();
const PublishedStateGradient* findPublishedStateGradient(std::string_view dataset,
                                                         std::string_view quantizer,
                                                         std::string_view normalization);

}  // namespace bitloom
