#pragma once
// The four standard workloads, the same as the PyTorch yardstick's: what is timed, on which
// numbers, and how much arithmetic a training step of it is.

#include <string>
#include <vector>

#include "data/batch.h"
#include "nn/config.h"

namespace bitloom {

/// The sizes of a training step. Zero: the workload has no such thing.
struct Workload {
    std::string name;
    int steps = 0;       ///< T, time steps of a window
    int batch = 0;       ///< B
    int vocabulary = 0;  ///< V of token inputs; 0 = frames
    int embedding = 0;   ///< 0 = one-hot
    int features = 0;    ///< width of a frame
    int hidden = 0;      ///< d
    int classes = 0;     ///< 0 = a language model: predicts its own vocabulary
    std::string optimizer = "adam";
    double learningRate = 2e-3;
    int layers = 1;
};

const std::vector<Workload>& workloads();

/// Throws InputError(where, field) that lists the workloads.
Workload findWorkload(const std::string& name, const std::string& where,
                      const std::string& field = {});

/// The network of a variant QUANTIZER+NORMALIZATION ("binary_connect+weight", "full+none"; without
/// the second part "none"), with the quantizer's default bit-width. Throws InputError("--variant").
NetworkConfig workloadNetwork(const Workload& workload, const std::string& variant);

/// Random, not zero, operands: zeros are faster than life. The same at every call.
Batch randomBatch(const Workload& workload);

/// Multiply-adds x 2 of the products of forward and backward of one step. One-hot inputs are a
/// gather, and the gradient of given frames is not computed: both count for nothing.
double productFlops(const Workload& workload, const NetworkConfig& config);

}  // namespace bitloom
