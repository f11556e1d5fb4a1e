#pragma once
// Reading the rows of RUN/probes/*.jsonl (probe/rows.h) back, a line at a time.

#include <string_view>
#include <vector>

#include "probe/rows.h"

namespace simdjson::dom {
class element;
}

namespace bitloom {

/// Rows of the probe files beside state_gradients.jsonl, in the order of their lines.
struct ProbeNews {
    std::vector<BoundRow> bounds;
    std::vector<SpectrumRow> spectra;
    std::vector<LyapunovRow> lyapunov;
    std::vector<GainRow> gains;
    std::vector<StatisticsRow> statistics;
    std::vector<WeightRow> weights;
};

/// A parsed line into a row. False if it is no line of that file; missing fields keep their
/// defaults, so that older lines can be read.
bool readProbe(const simdjson::dom::element& line, GradientRow& row);
bool readProbe(const simdjson::dom::element& line, BoundRow& row);
bool readProbe(const simdjson::dom::element& line, SpectrumRow& row);
bool readProbe(const simdjson::dom::element& line, LyapunovRow& row);
bool readProbe(const simdjson::dom::element& line, GainRow& row);
bool readProbe(const simdjson::dom::element& line, StatisticsRow& row);
bool readProbe(const simdjson::dom::element& line, WeightRow& row);

}  // namespace bitloom
