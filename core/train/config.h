#pragma once
// The training part of a spec, as plain values.

#include <cstdint>
#include <optional>
#include <string>

namespace bitloom {

struct ScheduleConfig {
    std::string method =
        "constant";  ///< constant | exponential_after | divide_on_plateau | geometric
    int epoch = 10;  ///< exponential_after: first epoch (0-based) that is multiplied
    double factor =
        0.98;  ///< exponential_after: a factor an epoch; divide_on_plateau: divisor 4 -> 0.25
    double final = 0.001;  ///< geometric: learning rate of the last epoch
    bool operator==(const ScheduleConfig&) const = default;
};

struct TrainingConfig {
    std::string optimizer = "adam";  ///< adam | sgd
    double learningRate = 0.002;
    double momentum = 0;                                ///< sgd
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  ///< adam
    ScheduleConfig schedule;
    int batch = 64;
    int window = 100;
    double clipNorm = 5;      ///< global norm over the non-latent gradients scales all; 0 = off
    bool clipLatent = false;  ///< latent weights to [-1, 1] after the update
    double latentScale = 1;   ///< learning-rate factor on quantized latents
    int epochs = 20;
    std::optional<std::int64_t> steps;  ///< ends early
    std::uint64_t seed = 1;
    int threads = 2;
    std::string precision = "fp32";  ///< of matrix products: fp32 | bf16
    int recompute = 0;    ///< time steps whose activations are kept at once; 0 = all of the window
    int reportEvery = 1;  ///< steps a train line
    int validateEvery = 0;             ///< steps; 0 = at the end of each epoch
    int checkpointEvery = 0;           ///< steps; 0 = at each validation
    int evaluationBatch = 0;           ///< 0 = the training batch
    std::int64_t evaluationLimit = 0;  ///< batches of a validation, 0 = the whole split
    int sampleLength = 200;  ///< symbols sampled at each validation (language models), 0 = none
    bool operator==(const TrainingConfig&) const = default;
};

}  // namespace bitloom
