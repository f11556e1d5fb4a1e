#pragma once
// The probes part of a spec, as plain values.

#include <algorithm>
#include <string>
#include <vector>

namespace bitloom {

struct ProbeConfig {
    int every = 98;     ///< steps between probes (and at step 1); 0 = never
    int samples = 4;    ///< sequences of the batch shown one by one and followed for the exponents
    int exponents = 8;  ///< Lyapunov exponents a layer
    /// What is measured beside the state gradients of the whole loss.
    std::vector<std::string> groups = {"last_step", "bounds",     "spectra", "lyapunov",
                                       "gains",     "statistics", "weights"};
    bool operator==(const ProbeConfig&) const = default;

    [[nodiscard]] bool has(const char* group) const {
        return std::find(groups.begin(), groups.end(), group) != groups.end();
    }
};

}  // namespace bitloom
