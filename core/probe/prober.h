#pragma once
// One look at a network on one batch: every measurement of this room, as rows for the run folder.
//
// The prober runs the batch itself, forward and back, in Mode::probe: with the draws the training
// step will have, from a copy of the carried state, without moving running statistics. It leaves
// other parameter gradients behind, so a trainer keeps its own over it (train/trainer.cpp); the run
// is the same to the bit with and without it (tests/core/probe/isolation_test.cpp).
//
//     dataset -> batches -> layers -> loss -> gradients -> probes -> optimizer -> run folder

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/batch.h"
#include "nn/network.h"
#include "probe/bounds.h"
#include "probe/config.h"
#include "probe/rows.h"
#include "probe/weights.h"

namespace bitloom {

/// Rows of one probe; groups that are switched off or do not apply are absent.
struct ProbeRows {
    GradientRow gradients;
    std::optional<BoundRow> bounds;
    std::optional<SpectrumRow> spectra;
    std::optional<LyapunovRow> lyapunov;
    std::optional<GainRow> gains;
    std::optional<StatisticsRow> statistics;
    std::optional<WeightRow> weights;
};

struct ProberOptions {
    ProbeConfig config;
    double spectralTolerance = 1e-4;  ///< relative
};

template <class T>
class Prober {
public:
    /// Draws the network's start again to know where its gains began. Throws as Network does.
    Prober(const NetworkConfig& network, std::uint64_t seed, ProberOptions options);

    /// Measures `network` on `batch` from the state `start` (empty = the initial one).
    /// @param frames as Network::forward.
    ProbeRows probe(Network<T>& network, const Batch& batch, const RecurrentState<T>& start,
                    std::int64_t step, std::span<const T> frames = {});

    /// The gains the frozen bounds hold: those of a run that did not start from its seed.
    void setStartGains(const ParameterSet<T>& parameters);
    /// Signs of the latent weights at the last probe, by name, and its step (0 = none yet): what a
    /// resumed run must know to count flips.
    [[nodiscard]] const std::map<std::string, SignBits>& signs() const { return m_signs; }
    [[nodiscard]] std::int64_t signsStep() const { return m_signsStep; }
    void setSigns(std::map<std::string, SignBits> signs, std::int64_t step);

private:
    struct Layer {
        LayerSpectra spectra;
        LayerCoefficients bound;
        LayerBound row;
    };

    [[nodiscard]] bool hasGains() const;
    MatrixSpectrum spectrum(Network<T>& network, const char* side, int layer,
                            bool everything) const;
    Layer measureBound(Network<T>& network, int layer) const;
    void measureForward(Network<T>& network, ProbeRows& rows);
    void measureGradients(Network<T>& network, const Batch& batch, const RecurrentState<T>& start,
                          std::span<const T> frames, std::vector<Layer>& layers, ProbeRows& rows);
    LayerGains gainsOf(Network<T>& network, int layer) const;
    LayerStatistics statisticsOf(Network<T>& network, int layer,
                                 const std::vector<int>& times) const;
    WeightRow weightsOf(Network<T>& network);
    [[nodiscard]] std::span<const T> startGain(const std::string& name) const;

    NetworkConfig m_network;
    std::uint64_t m_seed;
    ProberOptions m_options;
    std::map<std::string, std::vector<T>> m_startGains;
    std::map<std::string, SignBits> m_signs;
    std::int64_t m_signsStep = 0;
};

}  // namespace bitloom
