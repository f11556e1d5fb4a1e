#include "nn/weight.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "math/rng.h"

namespace bitloom {

template <class T>
Weight<T>::Weight(Parameter<T>& latent, Parameter<T>* scales, const Quantizer<T>* quantizer,
                  const QuantizerConfig& config, std::size_t gateRows, Normalizer<T>* normalizer)
    : m_latent(latent),
      m_scales(scales),
      m_quantizer(quantizer),
      m_config(config),
      m_gateRows(gateRows),
      m_normalizer(normalizer) {
    // W0 of sbn and stn: half of Glorot's bound for the whole matrix (Ardakani et al. 2019).
    m_fixedScale =
        static_cast<T>(std::sqrt(6.0 / static_cast<double>(latent.rows() + latent.cols())) / 2);
}

template <class T>
MatrixView<const T> Weight<T>::momentsOf(const ParameterSet<T>* moments) const {
    if (!moments || !m_quantizer || !m_quantizer->usesSecondMoment()) return {};
    const Parameter<T>& v = moments->at(m_latent.name);
    if (v.value.size() != m_latent.value.size())
        throw InputError({}, m_latent.name, "its second moments have another shape");
    return {v.value.data(), m_latent.rows(), m_latent.cols()};
}

template <class T>
void Weight<T>::refresh(const ParameterSet<T>* moments, std::uint64_t seed, std::uint64_t step) {
    m_packedRows = 0;
    const std::size_t rows = m_latent.rows();
    const std::size_t cols = m_latent.cols();
    if (m_quantizer) {
        m_quantized.resize(rows, cols);
        quantizeTensor<T>(*m_quantizer, m_config, m_latent.view(), momentsOf(moments),
                          m_scales ? m_scales->view() : MatrixView<T>{}, m_fixedScale, m_gateRows,
                          seed, makeStream(("quantizer." + m_latent.name).c_str(), step),
                          m_quantized.view());
    }
    if (m_normalizer && m_normalizer->actsOnWeights()) {
        m_effective.resize(rows, cols);
        m_normalizer->normalizeWeight(quantized(), m_effective.view());
    }
}

template <class T>
MatrixView<const T> Weight<T>::quantized() const {
    return m_quantizer ? m_quantized.view() : m_latent.view();
}

template <class T>
MatrixView<const T> Weight<T>::effective() const {
    return m_normalizer && m_normalizer->actsOnWeights() ? m_effective.view() : quantized();
}

template <class T>
void Weight<T>::pack(std::size_t rows, bool withBackward, std::size_t members,
                     Precision precision) {
    const bool same =
        m_packedRows == rows && m_packedMembers == members && m_packedPrecision == precision;
    if (!same) m_packed.packForward(effective(), rows, members, precision);
    if (withBackward && !(same && m_packedBackward))
        m_packed.packBackward(effective(), rows, members, precision);
    m_packedPrecision = precision;
    m_packedBackward = withBackward || (same && m_packedBackward);
    m_packedRows = rows;
    m_packedMembers = members;
}

template <class T>
void Weight<T>::setGradientRows(std::span<const std::int32_t> rows) {
    std::vector<std::int32_t>& known = m_latent.gradientRows;
    known.clear();
    // A quantizer's own gradient may write elsewhere.
    if (m_quantizer && m_quantizer->hasOwnGradient()) return;
    known.assign(rows.begin(), rows.end());
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
}

template <class T>
void Weight<T>::backward(const ParameterSet<T>* moments) {
    if (m_normalizer && m_normalizer->actsOnWeights())
        m_normalizer->weightBackward(quantized(), gradient());
    if (m_quantizer && m_quantizer->hasOwnGradient())
        backwardTensor<T>(*m_quantizer, m_config, m_latent.view(), momentsOf(moments),
                          m_scales ? m_scales->view() : MatrixView<T>{}, m_fixedScale, m_gateRows,
                          gradient(), m_scales ? m_scales->gradientView() : MatrixView<T>{});
}

template class Weight<float>;
template class Weight<double>;

}  // namespace bitloom
