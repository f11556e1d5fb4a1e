#include "train/sgd.h"

#include <utility>

#include "math/kernels.h"

namespace bitloom {

template <class T>
Sgd<T>::Sgd(const TrainingConfig& config, const ParameterSet<T>& parameters, bool keepSecondMoments)
    : m_config(config) {
    if (config.momentum != 0) addZeros(parameters, m_buffers, false);
    if (keepSecondMoments) addZeros(parameters, m_second, true);
}

template <class T>
void Sgd<T>::step(ParameterSet<T>& parameters, double rate, double gradientScale) {
    ++this->m_steps;
    for (Parameter<T>& p : parameters) {
        if (p.gradient.empty()) continue;
        const std::span<const T> gradient = std::as_const(p.gradient).span();
        if (Parameter<T>* v = m_second.find(p.name))
            kernels::updateSecondMoment<T>(v->value.span(), gradient, m_config.beta2,
                                           gradientScale);
        const double rateHere = p.quantized ? rate * m_config.latentScale : rate;
        if (Parameter<T>* buffer = m_buffers.find(p.name)) {
            kernels::sgdUpdate<T>(p.value.span(), gradient, buffer->value.span(), rateHere,
                                  m_config.momentum, gradientScale);
            continue;
        }
        p.overGradient([&](std::size_t first, std::size_t count) {
            kernels::sgdUpdate<T>(p.value.span().subspan(first, count),
                                  gradient.subspan(first, count), {}, rateHere, 0, gradientScale);
        });
    }
}

template <class T>
std::vector<MomentSet<T>> Sgd<T>::moments() {
    std::vector<MomentSet<T>> sets;
    if (m_buffers.size() > 0) sets.push_back({"sgd.momentum", &m_buffers});
    if (m_second.size() > 0) sets.push_back({"second_moment", &m_second});
    return sets;
}

template <class T>
const ParameterSet<T>* Sgd<T>::secondMoments() const {
    return m_second.size() > 0 ? &m_second : nullptr;
}

template class Sgd<float>;
template class Sgd<double>;

}  // namespace bitloom
