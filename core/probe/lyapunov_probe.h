#pragma once
// Lyapunov exponents of every layer of a network (probe/lyapunov.h) along the windows it runs.
//
// A layer's input is taken as given, so each layer has a spectrum of its own. Windows may follow
// each other: the tangents go on where the last window left them. With batch normalization the
// statistics are those of the batch, and the Jacobian treats them as BatchNormJacobian says.

#include <cstdint>
#include <optional>
#include <vector>

#include "nn/network.h"
#include "probe/lyapunov.h"
#include "probe/state_jacobian.h"

namespace bitloom {

struct LyapunovProbeOptions {
    std::size_t exponents = 8;
    std::vector<int> samples;  ///< the batch's rows to follow; with the whole Jacobian: all of them
    std::size_t warmup = 0;
    BatchNormJacobian batchNorm = BatchNormJacobian::constant;
    std::uint64_t seed = 1;
};

template <class T>
class LyapunovProbe {
public:
    explicit LyapunovProbe(LyapunovProbeOptions options) : m_options(std::move(options)) {}

    /// Follows the window that `network` has just run in Mode::probe; before backward(). Every
    /// window must have the same batch size.
    void follow(const Network<T>& network);
    [[nodiscard]] LyapunovRow row(std::int64_t step) const;

private:
    LyapunovProbeOptions m_options;
    bool m_hasBatchNorm = false;
    std::vector<LyapunovEstimator<T>> m_layers;
};

}  // namespace bitloom
