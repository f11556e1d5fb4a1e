#pragma once
// What the ways of `bitloom-cli bench` share: the chosen workloads and the fields of a figure.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bench/workload.h"
#include "bench_options.h"
#include "math/bfloat16.h"

namespace bitloom::cli {

/// All throw InputError naming the option.
Precision precisionOf(const BenchOptions& options);
/// Those asked for, or all; every variant has been tried on them.
std::vector<Workload> chosenWorkloads(const BenchOptions& options);
/// The one asked for, or char-ptb. @param mode the option that takes only one.
Workload chosenWorkload(const BenchOptions& options, const std::string& mode);

struct Rates {
    double tokensPerSecond = 0;
    double gflops = 0;  ///< of the products of a step
};
Rates ratesOf(const Workload& workload, const std::string& variant, double seconds);

/// The rate of one large product of oneDNN's on the thread budget: the machine's.
double machineGflops(Precision precision);

/// The fields of a JSON line; scripts depend on their names.
nlohmann::ordered_json figureJson(const BenchOptions& options, const Workload& workload,
                                  const std::string& variant, double peak, double seconds);

}  // namespace bitloom::cli
