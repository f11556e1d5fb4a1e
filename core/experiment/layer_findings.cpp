#include "experiment/layer_findings.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "experiment/report_page.h"

namespace bitloom::layer_findings {
namespace {

constexpr double k_level = 0.05;  // growth within 1 ± this neither grows nor fades

/// "(×1.9, ×2.1)": a number a layer from below, of one run.
struct RunNumbers {
    std::string name;
    std::vector<double> values;
};

std::vector<RunNumbers> numbersOf(const Rows& rows,
                                  const std::function<double(const LayerFigures&)>& value) {
    std::vector<RunNumbers> runs;
    for (const LayerFigures& row : rows) {
        if (row.layer == 1) runs.push_back({row.run, {}});
        if (runs.empty()) continue;
        runs.back().values.push_back(value(row));
    }
    std::erase_if(runs, [](const RunNumbers& run) {
        return std::none_of(run.values.begin(), run.values.end(),
                            [](double v) { return std::isfinite(v); });
    });
    return runs;
}

std::string itemOf(const RunNumbers& run, const std::string& sign) {
    std::string text = run.name + " (";
    for (std::size_t i = 0; i < run.values.size(); ++i)
        text += (i > 0 ? ", " : "") + sign + shortNumber(run.values[i]);
    return text + ")";
}

double largestOf(const std::vector<double>& values) {
    double most = std::nan("");
    for (const double value : values) most = std::fmax(most, value);
    return most;
}

/// Which gradients explode at one moment: by their fastest layer.
std::string growthWords(const Rows& rows, bool start) {
    const auto runs = numbersOf(
        rows, [&](const LayerFigures& row) { return start ? row.start.growth : row.end.growth; });
    Words grow, level, fade;
    for (const RunNumbers& run : runs) {
        const double most = largestOf(run.values);
        (most > 1 + k_level ? grow : most < 1 - k_level ? fade : level).push_back(itemOf(run, "×"));
    }
    std::string text;
    if (!grow.empty()) text += " it grows with " + listed(grow) + ";";
    if (!level.empty()) text += " it stays within 5% a step with " + listed(level) + ";";
    if (!fade.empty()) text += " it fades with " + listed(fade) + ";";
    if (text.empty()) return {};
    text.back() = '.';
    return (start ? "The gradient a step back, " + firstProbeWords(rows) + ":"
                  : "At the last probe:") +
           text;
}

bool severalSteps(const Rows& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [](const LayerFigures& row) { return row.end.step > row.start.step; });
}

std::string lambdaRange(const std::vector<RunNumbers>& runs) {
    const auto [low, high] =
        std::minmax_element(runs.begin(), runs.end(), [](const RunNumbers& a, const RunNumbers& b) {
            return largestOf(a.values) < largestOf(b.values);
        });
    std::size_t above = 0;
    for (const RunNumbers& run : runs) above += largestOf(run.values) > 1 ? 1 : 0;
    if (runs.size() == 1) return "it is " + itemOf(*low, "");
    return "the least is " + itemOf(*low, "") + ", the greatest " + itemOf(*high, "") +
           "; above 1 in " + counted(above, runs.size(), "network");
}

}  // namespace

std::string listed(const Words& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
        text += words[i];
    }
    return text;
}

std::string counted(std::size_t some, std::size_t all, const std::string& what) {
    if (all == 1) return some == 1 ? "the one " + what : "not the one " + what;
    if (some == 2 && all == 2) return "both " + what + "s";
    return (some == all ? "all " : std::to_string(some) + " of ") + std::to_string(all) + " " +
           what + "s";
}

void addGrowth(Words& words, const Rows& rows) {
    std::string text = growthWords(rows, true);
    if (severalSteps(rows)) {
        const std::string end = growthWords(rows, false);
        if (!end.empty()) text += (text.empty() ? "" : " ") + end;
    }
    if (!text.empty()) words.push_back(text);
}

void addBound(Words& words, const Rows& rows, const std::vector<StudyRun>& runs) {
    const auto start = numbersOf(rows, [](const LayerFigures& row) { return row.start.lambda1; });
    const auto end = numbersOf(rows, [](const LayerFigures& row) { return row.end.lambda1; });
    std::string text;
    if (!start.empty())
        text = "The bound λ₁ " + firstProbeWords(rows) + ": " + lambdaRange(start) + ".";
    if (!end.empty() && severalSteps(rows)) text += " At the last probe: " + lambdaRange(end) + ".";
    Words frozen;
    for (const StudyRun& run : runs) {
        const auto& bounds = run.run->probes.bounds;
        if (bounds.size() < 2 || bounds.back().layers.empty()) continue;
        const LayerBound& bound = bounds.back().layers.front();
        if (!std::isfinite(bound.frozen1) || !std::isfinite(bound.lambda1)) continue;
        frozen.push_back(run.run->run.summary.name + " " +
                         shortNumber(plainLambda(bound, bound.frozen1)) + " instead of " +
                         shortNumber(plainLambda(bound, bound.lambda1)));
    }
    if (!frozen.empty())
        text += " With the gains held at their start it would then be: " + listed(frozen) + ".";
    if (!text.empty()) words.push_back(text);
}

void addTightness(Words& words, const Rows& rows, const std::vector<StudyRun>& runs) {
    const auto all = numbersOf(rows, [](const LayerFigures& row) { return row.end.tightness; });
    if (all.empty()) return;
    const auto [low, high] =
        std::minmax_element(all.begin(), all.end(), [](const RunNumbers& a, const RunNumbers& b) {
            return largestOf(a.values) < largestOf(b.values);
        });
    std::string text = "The gradient comes nearest its bound with " + itemOf(*high, "");
    if (all.size() > 1) text += " and stays farthest below it with " + itemOf(*low, "");
    int broken = 0;
    for (const StudyRun& run : runs)
        for (const BoundRow& row : run.run->probes.bounds)
            for (const LayerBound& bound : row.layers) broken += bound.violations;
    text += broken == 0 ? "; no probe found it above."
                        : "; " + std::to_string(broken) +
                              " places are above it, which is an error in this program.";
    words.push_back(text);
}

void addExponents(Words& words, const Rows& rows) {
    const auto all = numbersOf(rows, [](const LayerFigures& row) { return row.end.exponent; });
    if (all.empty()) return;
    Words positive, negative;
    for (const RunNumbers& run : all)
        (largestOf(run.values) > 0 ? positive : negative).push_back(itemOf(run, ""));
    std::string text = "The first Lyapunov exponent at the last probe";
    if (!positive.empty())
        text += " is above zero, so gradients grow without limit, with " + listed(positive);
    if (!negative.empty())
        text += std::string(positive.empty() ? " is" : "; it is") + " not above zero with " +
                listed(negative);
    text += ".";
    std::size_t compared = 0, agree = 0;
    for (const LayerFigures& row : rows) {
        const LayerMoment& moment = row.end;
        if (!std::isfinite(moment.exponent) || !std::isfinite(moment.lastGrowth)) continue;
        ++compared;
        agree += (moment.exponent > 0) == (moment.lastGrowth > 1) ? 1 : 0;
    }
    if (compared > 0)
        text += " Its sign says what the gradient of the last step's loss does in " +
                counted(agree, compared, compared == 1 ? "case" : "layer") + ".";
    words.push_back(text);
}

void addLayers(Words& words, const Rows& rows, const std::vector<StudyRun>& runs) {
    struct Group {
        std::size_t layers = 0, growStart = 0, growEnd = 0, measuredEnd = 0, networks = 0,
                    lowest = 0;
        Rows rows;
    };
    std::vector<std::pair<std::string, Group>> groups;
    for (const StudyRun& run : runs) {
        const NetworkConfig& network = run.run->spec.network;
        const std::string& norm = network.normalization.method;
        const std::string name =
            labelOf(quantizerEntries(), network.quantizer.method) +
            (norm == "none" ? " without normalization"
                            : " with " + labelOf(normalizationEntries(), norm) + " normalization");
        auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const auto& group) { return group.first == name; });
        if (found == groups.end()) found = groups.insert(groups.end(), {name, {}});
        Group& group = found->second;
        double most = 0, bottom = 0;
        for (const LayerFigures& row : rows) {
            if (row.key != run.key || !std::isfinite(row.start.growth)) continue;
            ++group.layers;
            group.rows.push_back(row);
            group.growStart += row.start.growth > 1 + k_level ? 1 : 0;
            if (row.layer == 1) bottom = row.start.growth;
            most = std::max(most, row.start.growth);
            if (!std::isfinite(row.end.growth)) continue;
            ++group.measuredEnd;
            group.growEnd += row.end.growth > 1 + k_level ? 1 : 0;
        }
        if (most == 0) continue;
        ++group.networks;
        group.lowest += bottom == most ? 1 : 0;
    }
    for (const auto& [name, group] : groups) {
        // Networks of one layer are said one by one (addGrowth).
        if (group.layers == group.networks) continue;
        std::string text = name + ": " + firstProbeWords(group.rows) +
                           " the gradient grows more than 5% a step back in " +
                           counted(group.growStart, group.layers, "layer");
        if (group.measuredEnd > 0)
            text += ", at the last probe in " + counted(group.growEnd, group.measuredEnd, "layer");
        if (group.measuredEnd < group.layers)
            text += " (" + std::to_string(group.layers - group.measuredEnd) +
                    " held no number any more)";
        if (group.growStart > 0 && group.layers > group.networks)
            text += "; fastest in the lowest layer in " +
                    counted(group.lowest, group.networks, "network");
        words.push_back(text + ".");
    }
}

}  // namespace bitloom::layer_findings
