#pragma once
// A reference case as read from its JSON file, checked for shape and finiteness.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/config.h"

namespace bitloom {

/// Numbers and their shape; row-major.
struct VerifyTensor {
    std::vector<std::int64_t> shape;
    std::vector<double> values;
};

using VerifyTensors = std::map<std::string, VerifyTensor>;

/// The bound of one LSTM layer.
struct VerifyLambda {
    double lambda1 = 0;
    double lambda2 = 0;
    std::array<double, 4> gates{};  ///< spectral norms of W_hi, W_hf, W_hg, W_ho
    double gamma = 0;               ///< max |c|
};

struct VerifyCase {
    std::string name;
    NetworkConfig config;
    double clipNorm = 0;
    double learningRate = 0;
    std::array<double, 3> adam{};  ///< beta1, beta2, epsilon
    Batch batch;
    std::vector<double> frames;  ///< batch.frames in full precision
    VerifyTensors parameters, secondMoment, running;

    VerifyTensors quantized, effective, gradients, parametersAfterAdam, runningAfter;
    VerifyTensor logits;
    double loss = 0;
    double gradientNorm = 0;
    double evaluationLoss = 0;
    std::vector<std::vector<double>> stateGradientNorms;  ///< [layer][t]
    std::vector<VerifyLambda> lambda;                     ///< a layer, may be empty
};

/// Throws InputError naming file and field.
VerifyCase readVerifyCase(const std::filesystem::path& file);

}  // namespace bitloom
