#pragma once
// Small networks and batches of every kind for the tests of the probe room.

#include <cstdint>
#include <string>
#include <vector>

#include "math/rng.h"
#include "nn/network.h"
#include "quant/registry.h"

namespace bitloom {

inline Batch randomBatch(std::size_t steps, std::size_t size, int vocabulary, std::uint64_t seed) {
    Batch batch;
    batch.steps = steps;
    batch.size = size;
    Rng rng(seed, makeStream("test.batch"));
    for (std::size_t i = 0; i < steps * size; ++i) {
        batch.tokens.push_back(
            static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(vocabulary))));
        batch.targets.push_back(
            static_cast<std::int32_t>(rng.below(static_cast<std::uint32_t>(vocabulary))));
    }
    return batch;
}

/// `method` at its default bit-width; "" = full precision.
inline QuantizerConfig quantizerNamed(const std::string& method) {
    QuantizerConfig config;
    config.method = method;
    if (const QuantizerMethod* known = findQuantizerMethod(method)) config.bits = known->bits.front();
    return config;
}

inline NetworkConfig smallNetwork(Cell cell, const std::string& norm, const std::string& quantizer,
                                  int layers = 1, int hidden = 6) {
    NetworkConfig config;
    config.cell = cell;
    config.layers = layers;
    config.hidden = hidden;
    config.vocabulary = 5;
    config.outputs = 5;
    config.normalization.method = norm;
    config.normalization.maxSteps = 4;
    config.quantizer = quantizerNamed(quantizer);
    config.init.decoderBound = 1;
    return config;
}

/// Moves gains, shifts and biases away from where they start.
template <class T>
void shake(Network<T>& network, std::uint64_t seed) {
    Rng rng(seed, makeStream("test.shake"));
    for (Parameter<T>& p : network.parameters())
        if (p.role == Role::gain || p.role == Role::bias)
            for (T& v : p.value) v += static_cast<T>(0.3 * rng.normal());
    network.weightsChanged();
}

}  // namespace bitloom
