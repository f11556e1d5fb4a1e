#pragma once
// The normalization part of a network's configuration.

#include <string>

namespace bitloom {

struct NormalizationConfig {
    std::string method = "none";  ///< none | weight | layer | batch_shared | batch_separate
    bool cell = false;            ///< normalize c in h = s(o) tanh(N(c)); layer and batch methods
    int maxSteps = 100;           ///< batch_separate: time steps with statistics of their own
    double momentum = 0.1;
    double epsilon = 1e-5;
    double gain = 1.0;                   ///< start of the gain (layer, batch)
    std::string gainStart = "constant";  ///< constant | uniform (U(0,1), the paper's torch 0.4);
                                         ///< weight norm: latent | independent
    bool trueAverage = false;  ///< batch_shared: running statistics are a true average over all
                               ///< steps of the last pass
    bool operator==(const NormalizationConfig&) const = default;
};

}  // namespace bitloom
