#include "train/metric.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace bitloom {

double metricValue(const std::string& metric, double loss, std::int64_t correct,
                   std::int64_t targets) {
    if (metric == "bits_per_character") return loss / std::numbers::ln2;
    if (metric == "perplexity") return std::exp(loss);
    if (metric == "mean_squared_error") return loss;
    if (metric == "accuracy")
        return targets > 0 ? static_cast<double>(correct) / static_cast<double>(targets) : 0.0;
    throw InputError({}, "metric", "unknown metric \"" + metric + "\"");
}

bool isBetter(const std::string& metric, double a, double b) {
    if (!std::isfinite(a)) return false;
    if (!std::isfinite(b)) return true;
    return metric == "accuracy" ? a > b : a < b;
}

}  // namespace bitloom
