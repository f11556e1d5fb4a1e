#pragma once
// The network part of a spec, as plain values.

#include <cstdint>
#include <string>

#include "data/batch.h"
#include "norm/config.h"
#include "quant/quantizer.h"

namespace bitloom {

enum class Cell { lstm, gru };

struct Dropout {
    double input = 0;
    double between = 0;
    double output = 0;
    bool operator==(const Dropout&) const = default;
};

/// How parameters start. Word and character models: uniform +-1/sqrt(H). MNIST recipe: i, f, o
/// orthogonal, g identity, forget bias 1, learnable initial state with noise.
struct InitConfig {
    std::string recurrent = "uniform";  ///< uniform | orthogonal_identity
    double forgetBias =
        0;  ///< with orthogonal_identity: biases 0 but this; else added to nothing: 0 = leave
    double decoderBound = 0.1;    ///< decoder (and encoder) weights uniform +-bound
    bool learnableState = false;  ///< h0, c0 are parameters rnn.h0_l{k}, rnn.c0_l{k} [H]
    double stateNoise = 0;        ///< std of N(0, s^2) added to h0 and c0 in training
    bool operator==(const InitConfig&) const = default;
};

struct NetworkConfig {
    Cell cell = Cell::lstm;
    int layers = 1;
    int hidden = 128;
    int vocabulary = 0;  ///< token inputs: V; 0 = frames
    int features = 0;    ///< frame inputs: F
    int embedding = 0;   ///< 0 = one-hot
    int outputs = 0;
    bool tied = false;  ///< decoder.weight is encoder.weight (embedding == hidden)
    Task task = Task::language_model;
    Dropout dropout;
    QuantizerConfig quantizer;
    NormalizationConfig normalization;
    InitConfig init;
    bool operator==(const NetworkConfig&) const = default;

    [[nodiscard]] int gates() const { return cell == Cell::lstm ? 4 : 3; }
    /// Width of layer l's input.
    [[nodiscard]] int inputWidth(int l) const {
        return l > 0 ? hidden : features ? features : embedding ? embedding : vocabulary;
    }
};

}  // namespace bitloom
