#pragma once
// A weight matrix on its way from the latent numbers to the product:
//     latent W --quantize--> Q(W) --weight norm--> effective --pack--> products
// and the gradient on its way back. Without a quantizer Q(W) = W, without weight norm effective =
// Q(W); nothing is copied then.

#include <cstdint>

#include "math/gemm.h"
#include "math/matrix.h"
#include "nn/parameters.h"
#include "norm/normalizer.h"
#include "quant/apply.h"
#include "quant/quantizer.h"

namespace bitloom {

template <class T>
class Weight {
public:
    /// All references and pointers must outlive this. quantizer, scales and normalizer may be null.
    /// @param gateRows H for recurrent matrices, 0 = the matrix is one gate.
    Weight(Parameter<T>& latent, Parameter<T>* scales, const Quantizer<T>* quantizer,
           const QuantizerConfig& config, std::size_t gateRows, Normalizer<T>* normalizer);

    /// Quantizes and normalizes again.
    void refresh(const ParameterSet<T>* moments, std::uint64_t seed, std::uint64_t step);
    /// Packs the effective matrix for products of `rows` rows by each of `members` threads, unless
    /// that is done already.
    void pack(std::size_t rows, bool withBackward, std::size_t members,
              Precision precision = Precision::fp32);
    [[nodiscard]] const PackedWeight<T>& packed() const { return m_packed; }

    [[nodiscard]] MatrixView<const T> quantized() const;
    [[nodiscard]] MatrixView<const T> effective() const;
    [[nodiscard]] const Parameter<T>& latent() const { return m_latent; }

    /// Where products leave dL/d(effective): the latent parameter's gradient.
    [[nodiscard]] MatrixView<T> gradient() { return m_latent.gradientView(); }
    /// Of the numbers there, only these rows' were written since they were zero.
    void setGradientRows(std::span<const std::int32_t> rows);
    /// Turns it into dL/d(latent) in place and adds the gradients of gains and scales.
    void backward(const ParameterSet<T>* moments);

private:
    [[nodiscard]] MatrixView<const T> momentsOf(const ParameterSet<T>* moments) const;

    Parameter<T>& m_latent;
    Parameter<T>* m_scales;
    const Quantizer<T>* m_quantizer;
    QuantizerConfig m_config;
    std::size_t m_gateRows;
    T m_fixedScale = 1;
    Normalizer<T>* m_normalizer;
    Matrix<T> m_quantized;
    Matrix<T> m_effective;
    PackedWeight<T> m_packed;
    std::size_t m_packedRows = 0;  ///< 0 = not packed since the last refresh
    std::size_t m_packedMembers = 0;
    Precision m_packedPrecision = Precision::fp32;
    bool m_packedBackward = false;
};

}  // namespace bitloom
