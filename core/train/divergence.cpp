#include "train/divergence.h"

#include <cmath>
#include <cstdio>

namespace bitloom {

DivergenceWatch::DivergenceWatch(int outputs)
    : m_limit(outputs >= 2 ? 10 * std::log(static_cast<double>(outputs)) : HUGE_VAL) {}

std::string DivergenceWatch::look(double loss, double gradientNorm) {
    if (std::isnan(loss)) return "the loss is not a number";
    if (std::isinf(loss)) return "the loss is infinite";
    if (!std::isfinite(gradientNorm)) return "the gradient is not finite";
    m_run = loss > m_limit ? m_run + 1 : 0;
    if (m_run < patience) return {};
    char text[120];
    std::snprintf(text, sizeof text, "the loss stayed above %.1f nats (10 x ln V) for %d steps",
                  m_limit, patience);
    return text;
}

}  // namespace bitloom
