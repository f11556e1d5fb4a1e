#include "experiment/probe_answer.h"

#include <simdjson.h>

#include <string>

namespace bitloom {
namespace {

using Element = simdjson::dom::element;

template <class Row>
void take(const Element& rows, const char* name, std::vector<Row>& into) {
    Element line;
    Row row;
    if (rows[name].get(line) == simdjson::SUCCESS && readProbe(line, row)) {
        into.push_back(std::move(row));
    }
}

/// The exponents of an answer without rows: {"layers": [{"lyapunov": [...]}]}.
LyapunovRow bareSpectrum(const Element& root, std::int64_t step) {
    LyapunovRow row;
    row.step = step;
    simdjson::dom::array layers;
    if (root["layers"].get(layers) != simdjson::SUCCESS) return row;
    for (const Element& layer : layers) {
        LayerLyapunov& own = row.layers.emplace_back();
        simdjson::dom::array exponents;
        if (layer["lyapunov"].get(exponents) != simdjson::SUCCESS) continue;
        for (const Element& exponent : exponents) {
            double value = 0;
            if (exponent.get(value) == simdjson::SUCCESS) own.exponents.push_back(value);
        }
    }
    return row;
}

/// {"evaluation": {"running": ..., "batch": ..., "per_step": ..., "all_steps": ...}}
std::optional<MetricRow> evaluationOf(const Element& root, std::int64_t step) {
    Element found;
    if (root["evaluation"].get(found) != simdjson::SUCCESS || !found.is_object()) return {};
    const auto number = [&](const char* name) -> std::optional<double> {
        double value = 0;
        if (found[name].get(value) != simdjson::SUCCESS) return {};
        return value;
    };
    MetricRow row;
    row.kind = MetricRow::Kind::test;
    row.step = step;
    const auto running = number("running");
    if (!running) return {};
    row.value = *running;
    row.batchStatistics = number("batch");
    row.perStep = number("per_step");
    row.trueAverage = number("all_steps");
    return row;
}

}  // namespace

std::optional<ProbeAnswer> parseProbeAnswer(const std::string& json) {
    simdjson::dom::parser parser;
    Element root;
    if (parser.parse(json).get(root) != simdjson::SUCCESS || !root.is_object()) return {};
    ProbeAnswer answer;
    double step = 0;
    if (root["step"].get(step) != simdjson::SUCCESS) return {};
    answer.step = static_cast<std::int64_t>(step);
    Element rows;
    if (root["records"].get(rows) == simdjson::SUCCESS) {
        take(rows, "state_gradients", answer.rows.gradients);
        take(rows, "bounds", answer.rows.probes.bounds);
        take(rows, "spectra", answer.rows.probes.spectra);
        take(rows, "lyapunov", answer.rows.probes.lyapunov);
        take(rows, "gains", answer.rows.probes.gains);
        take(rows, "statistics", answer.rows.probes.statistics);
        take(rows, "weights", answer.rows.probes.weights);
    }
    answer.evaluation = evaluationOf(root, answer.step);
    answer.spectrum = answer.rows.probes.lyapunov.empty() ? bareSpectrum(root, answer.step)
                                                          : answer.rows.probes.lyapunov.front();
    return answer;
}

}  // namespace bitloom
