#pragma once
// What every quantizer answers. One method a file pair (quant/twn.h, .cpp); quant/registry.h lists
// them.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "math/matrix.h"
#include "math/rng.h"

namespace bitloom {

enum class Granularity { gate, row, matrix };

/// The quantizer part of a network's configuration; `method` is a registry name, "" is full
/// precision.
struct QuantizerConfig {
    std::string method;
    int bits = 1;
    Granularity granularity = Granularity::gate;
    bool weightIh = true;
    bool weightHh = true;
    bool encoder = false;
    bool decoder = false;
    double threshold = 0.0;  ///< ttq 0.05, ter_connect/twn 0.7; 0 = the method's own default
    int iterations = 0;      ///< loss-aware 10, alternating cycles 2; 0 = the method's own default
    bool operator==(const QuantizerConfig&) const = default;
};

/// One block to quantize (a gate, a row or a whole matrix) and what the methods may look at.
template <class T>
struct QuantizerBlock {
    MatrixView<const T> latent;  ///< W [rows, cols]
    MatrixView<const T>
        secondMoment;  ///< v, same shape; data == nullptr means v = 1 everywhere (D = 1 + 1e-8)
    std::array<T, 2> scale{1, 1};  ///< trained (Wp, Wn), ttq only
    T fixedScale = 1;              ///< W0 of sbn / stn: sqrt(6/(in + 4H))/2
    Rng* rng = nullptr;            ///< stochastic methods draw from here; never null for them
};

/// What a quantized block may be stored as. Levels are distinct values; scales are full-precision
/// numbers.
struct StorageCost {
    double bitsPerWeight = 32;  ///< nominal: 1, 2, m
    double packedBits = 32;     ///< real: ternary in base 3 is 1.6 (5 trits a byte)
    int scales = 0;  ///< full-precision scales a block (a row each for greedy and alternating)
    bool scalesPerRow = false;
};

template <class T>
class Quantizer {
public:
    virtual ~Quantizer() = default;

    /// out = Q(latent), same shape. All-zero and constant input never gives NaN.
    virtual void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const = 0;

    /// gradient: dL/dQ on entry, dL/dW on exit. The default is straight-through: unchanged.
    /// scaleGradient (trained scales only) receives dL/d(Wp, Wn), added.
    virtual void backward(const QuantizerBlock<T>& block, MatrixView<T> gradient,
                          std::array<T, 2>& scaleGradient) const;

    [[nodiscard]] virtual bool usesSecondMoment() const { return false; }
    [[nodiscard]] virtual bool isStochastic() const { return false; }
    [[nodiscard]] virtual bool hasTrainedScales() const { return false; }
    /// Values and gradient of `latent` differ (dorefa, ttq): backward() is not the identity.
    [[nodiscard]] virtual bool hasOwnGradient() const { return false; }
    [[nodiscard]] virtual StorageCost cost() const = 0;
};

/// nullptr for full precision (empty method). Throws InputError for an unknown method or bit-width.
template <class T>
std::unique_ptr<Quantizer<T>> makeQuantizer(const QuantizerConfig& config);

/// Why this method cannot have this bit-width or granularity; empty if it can.
std::optional<std::string> refuseQuantizer(const QuantizerConfig& config);

}  // namespace bitloom
