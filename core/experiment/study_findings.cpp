#include "experiment/study_findings.h"

#include <algorithm>
#include <cmath>

#include "experiment/layer_findings.h"
#include "experiment/report_page.h"

namespace bitloom {
namespace {

using Runs = std::vector<StudyRun>;
using Words = std::vector<std::string>;

constexpr double k_near = 0.05;    // of full precision's result: as good
constexpr double k_points = 0.02;  // accuracies this near are the same

std::string nameOf(const StudyRun& run) {
    return run.run->run.summary.name;
}

/// Cell and depth, for results are compared among equals.
std::string family(const StudyRun& run) {
    const NetworkConfig& network = run.run->spec.network;
    return std::string(network.cell == Cell::gru ? "GRU" : "LSTM") + " × " +
           std::to_string(network.layers);
}

/// Runs in groups of one family, in order.
std::vector<std::pair<std::string, Runs>> families(const Runs& runs) {
    std::vector<std::pair<std::string, Runs>> groups;
    for (const StudyRun& run : runs) {
        const std::string name = family(run);
        const auto found = std::find_if(groups.begin(), groups.end(),
                                        [&](const auto& group) { return group.first == name; });
        if (found == groups.end())
            groups.push_back({name, {run}});
        else
            found->second.push_back(run);
    }
    return groups;
}

bool isReference(const StudyRun& run) {
    const NetworkConfig& network = run.run->spec.network;
    return network.quantizer.method.empty() && run.run->spec.start.run.empty();
}

bool isAfterwards(const StudyRun& run) {
    const Spec& spec = run.run->spec;
    return !spec.start.run.empty() && spec.training.steps == 0;
}

std::string resultText(const StudyRun& run) {
    const RunSummary& summary = run.run->run.summary;
    return shortNumber(shown(summary.metric, *summary.test)) +
           (summary.metric == "accuracy" ? " %" : "");
}

/// Test results of one family against its full precision.
std::string resultWords(const Runs& runs) {
    const auto first = std::find_if(runs.begin(), runs.end(), [](const StudyRun& run) {
        return isReference(run) && run.run->run.summary.test;
    });
    Words as, worse, diverged, plain;
    for (const StudyRun& run : runs) {
        const RunSummary& summary = run.run->run.summary;
        if (summary.status == RunStatus::diverged) {
            diverged.push_back(nameOf(run));
            continue;
        }
        if (!summary.test || (first != runs.end() && run.run == first->run)) continue;
        const std::string item = nameOf(run) + " (" + resultText(run) + ")";
        if (first == runs.end()) {
            plain.push_back(item);
            continue;
        }
        const double reference = *first->run->run.summary.test;
        const bool good = higherIsBetter(summary.metric)
                              ? *summary.test >= reference * (1 - k_near)
                              : *summary.test <= reference * (1 + k_near);
        (good ? as : worse).push_back(item);
    }
    std::string text;
    if (first != runs.end()) {
        text = nameOf(*first) + " ends at " + resultText(*first) + " in the test (" +
               metricLabel(first->run->run.summary.metric) + ").";
        if (!as.empty())
            text += " Within 5% of that, or better: " + layer_findings::listed(as) + ".";
        if (!worse.empty()) text += " Worse: " + layer_findings::listed(worse) + ".";
    } else if (!plain.empty()) {
        text = "Test results: " + layer_findings::listed(plain) + ".";
    }
    if (!diverged.empty())
        text += (text.empty() ? "" : " ") + std::string("The loss was no longer a number with ") +
                layer_findings::listed(diverged) + ".";
    return text;
}

/// Networks that were quantized without a step of training, against what they were made from.
std::string afterwardsWords(const Runs& runs) {
    Words items;
    for (const StudyRun& run : runs) {
        if (!isAfterwards(run) || !run.run->run.summary.test) continue;
        for (const StudyRun& source : runs) {
            const std::string id = source.run->run.id;
            const std::string& start = run.run->spec.start.run;
            if (id.empty() || !start.ends_with(id) || !source.run->run.summary.test) continue;
            items.push_back(nameOf(run) + ": " + resultText(source) + " becomes " +
                            resultText(run));
        }
    }
    return items.empty()
               ? std::string()
               : "Quantized without a step of training. " + layer_findings::listed(items) + ".";
}

void addResults(Words& words, const Runs& runs) {
    const auto groups = families(runs);
    for (const auto& [name, members] : groups) {
        const std::string text = resultWords(members);
        if (!text.empty()) words.push_back(text);
    }
    const std::string afterwards = afterwardsWords(runs);
    if (!afterwards.empty()) words.push_back(afterwards);
}

void addCells(Words& words, const std::vector<SpectralCell>& cells) {
    struct Range {
        double low = 0, high = 0;
        void take(double value) {
            low = low == 0 ? value : std::min(low, value);
            high = std::max(high, value);
        }
    };
    Range drawn, signs;
    std::size_t below = 0;
    for (const SpectralCell& cell : cells) {
        const std::string& method = cell.experiment.quantizer.method;
        const double root = std::sqrt(static_cast<double>(cell.experiment.size));
        if (method.empty()) drawn.take(cell.result.mean);
        if (method != "binary_connect") continue;
        signs.take(cell.result.mean / root);
        below += cell.result.mean < root ? 1 : 0;
    }
    std::string text;
    if (drawn.high > 0)
        text = "As drawn the spectral norms lie between " + shortNumber(drawn.low) + " and " +
               shortNumber(drawn.high) + ".";
    if (signs.high > 0)
        text += " As signs they are " + shortNumber(signs.low) + " to " + shortNumber(signs.high) +
                " times √d, " +
                (below == 0 ? std::string("none below the floor √d.")
                            : std::to_string(below) + " below the floor √d.");
    if (!text.empty()) words.push_back(text);
}

std::string percentText(double value) {
    return fixed(100 * value, 1) + " %";
}

/// One run under the four kinds of statistics.
std::string statisticsWords(const StudyRun& run) {
    const RunSummary& summary = run.run->run.summary;
    const std::optional<double>& running = summary.test;
    const std::optional<double>& batch = summary.testBatchStatistics;
    if (!running || !batch || summary.metric != "accuracy") return {};
    std::string text = nameOf(run) + ": " + percentText(*running) +
                       " of the test with running statistics, " + percentText(*batch) +
                       " with those of the batch. ";
    const int classes = run.run->spec.network.outputs;
    text += statisticsVerdict(*running, *batch, classes > 1 ? 1.0 / classes : 0);
    const auto other = [&](const std::optional<double>& value, const std::string& words) {
        if (!value) return;
        const bool good = *value > *batch - k_points;
        text += " " + words + " gives " + percentText(*value) +
                (good                            ? ", as good as the batch's own."
                 : *value > *running + k_points  ? ", between the two."
                 : *value >= *running - k_points ? ", no better than the running statistics."
                                                 : ", worse than the running statistics.");
    };
    other(summary.testPerStep, "An average for each step");
    other(summary.testTrueAverage, "One average over all steps");
    return text;
}

}  // namespace

std::string statisticsVerdict(double running, double batch, double guessing) {
    // Twice as good as guessing, or half way from there to perfect, whichever is less.
    const double learnt = guessing > 0 ? std::min(2 * guessing, (1 + guessing) / 2) : 0;
    const bool neither = running < learnt && batch < learnt;
    const double lost = batch - running;
    std::string text;
    if (lost < -k_points)
        text = "The running statistics do better than the batch's own.";
    else if (lost <= k_points)
        text = "The two agree.";
    else if (!neither)
        text = "So training has worked and the running statistics cost " + fixed(100 * lost, 1) +
               " percentage points.";
    if (neither)
        text += std::string(text.empty() ? "" : " ") +
                "Neither shows that the network has learnt: guessing gives " +
                percentText(guessing) + ".";
    else if (running < learnt)
        text += " Guessing gives " + percentText(guessing) + ".";
    return text;
}

Words statisticsFindings(const Runs& runs) {
    Words words;
    for (const StudyRun& run : runs) {
        const std::string text = statisticsWords(run);
        if (!text.empty()) words.push_back(text);
    }
    return words;
}

Words studyFindings(const Study& study, const Runs& runs, const std::vector<SpectralCell>& cells) {
    Words words;
    const std::vector<LayerFigures> rows = layerFigures(runs);
    bool grown = false;  // three quantities are about one thing
    for (const StudyQuantity quantity : study.quantities) {
        switch (quantity) {
            case StudyQuantity::result:
                addResults(words, runs);
                break;
            case StudyQuantity::lambda1:
                layer_findings::addBound(words, rows, runs);
                break;
            case StudyQuantity::gradientMedian:
            case StudyQuantity::gradientLastStep:
            case StudyQuantity::gradientGrowth:
                if (!grown) layer_findings::addGrowth(words, rows);
                grown = true;
                break;
            case StudyQuantity::lyapunov:
                layer_findings::addExponents(words, rows);
                break;
            case StudyQuantity::tightness:
                layer_findings::addTightness(words, rows, runs);
                break;
            case StudyQuantity::statistics:
                for (std::string& text : statisticsFindings(runs)) words.push_back(std::move(text));
                break;
            case StudyQuantity::layers:
                layer_findings::addLayers(words, rows, runs);
                break;
        }
    }
    addCells(words, cells);
    return words;
}

}  // namespace bitloom
