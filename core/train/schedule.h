#pragma once
// The learning rate by epoch e (0-based):
//
//   constant            base
//   exponential_after   base * factor^max(0, e - epoch + 1) (characters: x0.98 from epoch 10 on)
//   divide_on_plateau   base * factor for each validation that did not improve (PTB words: 1/4)
//   geometric           base * (final / base)^(e / (epochs - 1)), final from then on

#include "train/config.h"

namespace bitloom {

class Schedule {
public:
    /// `epochs` is the planned number; an extension later does not bend a geometric curve.
    /// Throws InputError for an unknown method.
    Schedule(const ScheduleConfig& config, double rate, int epochs);

    [[nodiscard]] double rate(int epoch) const;
    /// A validation ended. divide_on_plateau lowers the rate unless it `improved` on the best.
    void validated(bool improved);
    /// The user wants `rate` now; the schedule goes on from there by the same factors.
    void setRate(double rate, int epoch);

    /// What the user and the plateaus made of the configured rate: a factor on it. For checkpoints.
    [[nodiscard]] double multiplier() const { return m_multiplier; }
    void setMultiplier(double multiplier) { m_multiplier = multiplier; }

private:
    [[nodiscard]] double planned(int epoch) const;

    ScheduleConfig m_config;
    double m_base;
    int m_epochs;
    double m_multiplier = 1;
};

}  // namespace bitloom
