#pragma once
// Loss-aware ternarization: Q(W) = a b, b in {-1, 0, +1}, minimizing sum D (W - a b)^2 with the
// curvature D = sqrt(v) + 1e-8.
//
//   approximate  from b = sign(W), alternate a = sum D|bW| / sum D|b| and b = sign(W) 1[|W| > a/2],
//   at most
//                10 times (option `iterations`) or until a moves by at most 1e-6
//   exact        the k largest |W| that maximize (sum D|W|)^2 / sum D over them; a their weighted
//   mean lat2_*       a for the positives and another for the negatives, each side solved by itself
//
// All-zero blocks (sides) give zeros. Without a second moment D is constant. Straight-through
// gradient.
//
// Hou, Kwok: Loss-aware Weight Quantization of Deep Networks, ICLR 2018. Deviations: the exact
// search sorts (O(n log n)) and keeps equal magnitudes together; the negatives of lat2 are solved
// like the positives (the authors' code has a slip there).

#include "quant/quantizer.h"

namespace bitloom {

/// One scale for both signs (lat_*) or one each (lat2_*).
enum class LatScales { shared, separate };

template <class T>
class LatApproximate final : public Quantizer<T> {
public:
    LatApproximate(LatScales scales, int iterations) : m_scales(scales), m_iterations(iterations) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] bool usesSecondMoment() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;

private:
    LatScales m_scales;
    int m_iterations;
};

template <class T>
class LatExact final : public Quantizer<T> {
public:
    explicit LatExact(LatScales scales) : m_scales(scales) {}

    void quantize(const QuantizerBlock<T>& block, MatrixView<T> out) const override;
    [[nodiscard]] bool usesSecondMoment() const override { return true; }
    [[nodiscard]] StorageCost cost() const override;

private:
    LatScales m_scales;
};

}  // namespace bitloom
