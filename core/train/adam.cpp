#include "train/adam.h"

#include <utility>

#include "math/kernels.h"

namespace bitloom {

template <class T>
Adam<T>::Adam(const TrainingConfig& config, const ParameterSet<T>& parameters) : m_config(config) {
    addZeros(parameters, m_first, false);
    addZeros(parameters, m_second, false);
}

template <class T>
void Adam<T>::step(ParameterSet<T>& parameters, double rate, double gradientScale) {
    AdamStep numbers;
    numbers.beta1 = m_config.beta1;
    numbers.beta2 = m_config.beta2;
    numbers.epsilon = m_config.epsilon;
    numbers.step = ++this->m_steps;
    numbers.gradientScale = gradientScale;
    for (Parameter<T>& p : parameters) {
        if (p.gradient.empty()) continue;
        numbers.learningRate = p.quantized ? rate * m_config.latentScale : rate;
        kernels::adamUpdate<T>(p.value.span(), std::as_const(p.gradient).span(),
                               m_first.at(p.name).value.span(), m_second.at(p.name).value.span(),
                               numbers);
    }
}

template <class T>
std::vector<MomentSet<T>> Adam<T>::moments() {
    return {{"adam.m", &m_first}, {"adam.v", &m_second}};
}

template class Adam<float>;
template class Adam<double>;

}  // namespace bitloom
