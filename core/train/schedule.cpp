#include "train/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace bitloom {

Schedule::Schedule(const ScheduleConfig& config, double rate, int epochs)
    : m_config(config), m_base(rate), m_epochs(epochs) {
    for (const char* known : {"constant", "exponential_after", "divide_on_plateau", "geometric"})
        if (config.method == known) return;
    throw InputError(
        {}, "training.schedule.method",
        "unknown schedule \"" + config.method +
            "\"; expected constant, exponential_after, divide_on_plateau or geometric");
}

double Schedule::planned(int epoch) const {
    if (m_config.method == "exponential_after")
        return m_base * std::pow(m_config.factor, std::max(0, epoch - m_config.epoch + 1));
    if (m_config.method == "geometric" && m_epochs > 1) {
        const double share = std::min(1.0, static_cast<double>(epoch) / (m_epochs - 1));
        return m_base * std::pow(m_config.final / m_base, share);
    }
    return m_base;
}

double Schedule::rate(int epoch) const {
    return planned(epoch) * m_multiplier;
}

void Schedule::validated(bool improved) {
    if (m_config.method == "divide_on_plateau" && !improved) m_multiplier *= m_config.factor;
}

void Schedule::setRate(double rate, int epoch) {
    m_multiplier = rate / planned(epoch);
}

}  // namespace bitloom
