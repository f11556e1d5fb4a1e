#pragma once
// From nats to the metric a dataset is read in:
//   bits_per_character = nats / ln 2    perplexity = exp(nats)    accuracy = hits / targets
//   mean_squared_error = the loss itself

#include <cstdint>
#include <string>

namespace bitloom {

/// `loss` is the mean in nats (or squared error) over `targets`, of which `correct` were hit.
double metricValue(const std::string& metric, double loss, std::int64_t correct,
                   std::int64_t targets);

/// Whether `a` beats `b`; a NaN beats nothing and is beaten by every number.
bool isBetter(const std::string& metric, double a, double b);

}  // namespace bitloom
