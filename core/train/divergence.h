#pragma once
// Divergence is a result, not an error: a loss or gradient that is not finite, or a loss above
// 10 x ln V (ten times the loss of guessing among V outputs) for 200 steps on end.

#include <cstdint>
#include <string>

namespace bitloom {

class DivergenceWatch {
public:
    static constexpr int patience = 200;

    /// `outputs` = V; the loss limit is off for regression (outputs < 2).
    explicit DivergenceWatch(int outputs);

    /// Looks at one step. Returns why the run diverged, empty if it did not.
    std::string look(double loss, double gradientNorm);

    /// Steps in a row above the limit. For checkpoints.
    [[nodiscard]] int run() const { return m_run; }
    void setRun(int run) { m_run = run; }

private:
    double m_limit = 0;
    int m_run = 0;
};

}  // namespace bitloom
