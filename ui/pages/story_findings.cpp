#include "pages/story_findings.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "charts/range.h"
#include "models/format.h"
#include "models/probe_words.h"

namespace bitloom::ui::findings {
namespace {

QString tr(const char* words) {
    return QCoreApplication::translate("StoryFindings", words);
}

const ProbedRun* find(const StoryRuns& runs, const char* key) {
    const auto found = runs.find(key);
    return found == runs.end() ? nullptr : found->second;
}

QString metricText(const ProbedRun& run, double value) {
    return formatMetric(run.dataset ? run.dataset->metric : "bits_per_character", value);
}

/// Growth of the last step's gradient of the first layer; NaN where there is none.
double growthAt(const ProbedRun& run, bool start) {
    const auto& rows = run.history.gradients;
    if (rows.empty()) return std::nan("");
    const GradientProfile* found = profileOf(start ? &rows.front() : &rows.back(), 0, true, false);
    return found ? found->growth.rate : std::nan("");
}

/// How much a gradient changes over the time steps its growth was fitted to.
double spanFactor(const ProbedRun& run, bool start) {
    const auto& rows = run.history.gradients;
    const GradientProfile* found =
        rows.empty() ? nullptr : profileOf(start ? &rows.front() : &rows.back(), 0, true, false);
    if (!found) return std::nan("");
    return std::pow(found->growth.rate, found->growth.to - found->growth.from);
}

std::optional<double> lastLoss(const ProbedRun& run) {
    if (run.train.empty()) return {};
    return run.train.back().loss;
}

std::optional<double> firstLoss(const ProbedRun& run) {
    if (run.train.empty()) return {};
    return run.train.front().loss;
}

/// "the training loss went from 3.91 to 2.02 nats in 250 steps", and whether that is learning.
QString lossWords(const ProbedRun& run) {
    const auto first = firstLoss(run);
    const auto last = lastLoss(run);
    if (!first || !last) return {};
    if (!std::isfinite(*last)) {
        return tr("The training loss is no longer a number at step %1.").arg(run.train.back().step);
    }
    constexpr double noise = 0.1;  // nats
    const QString course = tr("from %1 to %2 nats in %3 steps")
                               .arg(formatNumber(*first, 3), formatNumber(*last, 3))
                               .arg(run.train.back().step);
    if (*last < *first - noise) return tr("The training loss fell %1.").arg(course);
    if (*last > *first + noise) return tr("The training loss rose %1.").arg(course);
    return tr("The training loss has not moved: %1.").arg(course);
}

void add(QStringList& lines, const QString& words) {
    if (!words.isEmpty()) lines << words;
}

/// Its training is over, however it came out.
bool ended(const ProbedRun& run) {
    return run.summary && (run.summary->status == RunStatus::finished ||
                           run.summary->status == RunStatus::diverged);
}

/// When a run's first probe was: "before training" only if its weights were as drawn.
QString when(const ProbedRun& run, std::int64_t step) {
    const bool started = run.spec && !run.spec->start.run.empty();
    if (step > 1) return tr("at step %1").arg(step);
    return started ? tr("at its start from another run") : tr("before training");
}

QString startWords(const ProbedRun& run) {
    const double rate = growthAt(run, true);
    if (!std::isfinite(rate)) return {};
    return tr("%1, %2: the gradient of the last step's loss changes by %3 backwards, by %4 over "
              "the window.")
        .arg(run.run.name, when(run, run.history.gradients.front().step), rateText(rate),
             powerText(spanFactor(run, true)));
}

double largestNorm(const ProbedRun& run, std::vector<double> MatrixSpectrum::*kind, bool start) {
    const auto& rows = run.history.spectra;
    if (rows.empty()) return std::nan("");
    const SpectrumRow& row = start ? rows.front() : rows.back();
    const MatrixSpectrum* matrix = matrixOf(layerOf(&row, 0), "hh");
    double most = std::nan("");
    if (!matrix) return most;
    for (const double value : matrix->*kind) {
        if (std::isfinite(value) && !(value <= most)) most = value;
    }
    return most;
}

}  // namespace

QStringList training(const StoryRuns& runs) {
    QStringList lines;
    const ProbedRun* full = find(runs, "full");
    if (!full) return lines;
    add(lines, lossWords(*full));
    const auto& rows = full->history.gradients;
    if (const GradientProfile* last =
            rows.empty() ? nullptr : profileOf(&rows.back(), 0, true, false)) {
        add(lines, tr("Of the last step's loss, at training step %1: %2")
                       .arg(rows.back().step)
                       .arg(growthWords(last->growth)));
    }
    const MetricRow* valid = nullptr;
    for (const MetricRow& row : full->evaluations) {
        if (row.kind == MetricRow::Kind::valid) valid = &row;
    }
    if (valid) {
        add(lines,
            tr("Validation at step %1: %2.").arg(valid->step).arg(metricText(*full, valid->value)));
    }
    return lines;
}

QStringList explosion(const StoryRuns& runs) {
    QStringList lines;
    const ProbedRun* full = find(runs, "full");
    const ProbedRun* binary = find(runs, "binary_connect");
    for (const ProbedRun* run : {full, binary}) {
        if (run) add(lines, startWords(*run));
    }
    if (binary) add(lines, tr("BinaryConnect. %1").arg(lossWords(*binary)).trimmed());
    if (full && binary && lastLoss(*full) && lastLoss(*binary)) {
        const double gap = *lastLoss(*binary) - *lastLoss(*full);
        if (std::isfinite(gap)) {
            const QString where =
                gap > 0 ? tr("%1 nats above full precision") : tr("%1 nats below full precision");
            const QString words = where.arg(formatNumber(std::abs(gap), 3));
            add(lines, ended(*full) && ended(*binary) ? tr("It ends %1.").arg(words)
                                                      : tr("At step %1 it stands %2 at step %3.")
                                                            .arg(binary->train.back().step)
                                                            .arg(words)
                                                            .arg(full->train.back().step));
        }
    }
    return lines;
}

QStringList floor(const StoryRuns& runs) {
    QStringList lines;
    for (const char* key : {"full", "binary_connect", "twn"}) {
        const ProbedRun* run = find(runs, key);
        if (!run) continue;
        const double latent = largestNorm(*run, &MatrixSpectrum::latent, true);
        const double quantized = largestNorm(*run, &MatrixSpectrum::quantized, true);
        const double least = largestNorm(*run, &MatrixSpectrum::floor, false);
        const double now = largestNorm(*run, &MatrixSpectrum::quantized, false);
        if (!std::isfinite(quantized)) continue;
        QString words =
            tr("%1: the largest norm of a gate is %2 in 32 bits and %3 as it multiplies")
                .arg(run->run.name, powerText(latent), powerText(quantized));
        if (std::isfinite(least)) {
            words += tr("; at step %1 it stands at %2, its floor at %3")
                         .arg(run->history.spectra.back().step)
                         .arg(powerText(now), powerText(least));
        }
        lines << words + QLatin1Char('.');
    }
    if (const ProbedRun* binary = find(runs, "binary_connect")) {
        if (!binary->history.bounds.empty()) {
            const LayerBound* bound = layerOf(&binary->history.bounds.front(), 0);
            const double rate = growthAt(*binary, true);
            GrowthFit fit;
            fit.rate = rate;
            const QString words = bound ? boundWords(*bound, fit) : QString();
            if (!words.isEmpty()) {
                lines << tr("BinaryConnect %1. %2")
                             .arg(when(*binary, binary->history.bounds.front().step), words);
            }
        }
    }
    return lines;
}

QStringList normalization(const StoryRuns& runs) {
    QStringList lines;
    for (const char* key : {"binary_connect", "binary_connect_weight", "binary_connect_layer",
                            "binary_connect_batch_shared"}) {
        const ProbedRun* run = find(runs, key);
        if (!run || run->history.gradients.empty()) continue;
        QString words =
            tr("%1: %2 at the start").arg(run->run.name, rateText(growthAt(*run, true)));
        if (const auto loss = lastLoss(*run); loss && std::isfinite(*loss)) {
            words += tr(", loss now %1 nats").arg(formatNumber(*loss, 3));
        }
        lines << words + QLatin1Char('.');
    }
    if (const ProbedRun* full = find(runs, "full"); full && lastLoss(*full)) {
        lines << tr("Full precision for comparison: loss now %1 nats.")
                     .arg(formatNumber(*lastLoss(*full), 3));
    }
    return lines;
}

QStringList bound(const StoryRuns& runs) {
    QStringList lines;
    double most = 0;
    int violations = 0;
    bool everywhere = true;
    for (const auto& [key, run] : runs) {
        if (run->history.bounds.empty()) continue;
        for (const BoundRow& row : run->history.bounds) {
            for (const LayerBound& layer : row.layers) {
                violations += layer.violations;
                everywhere = everywhere && layer.leftOut == 0;
                if (std::isfinite(layer.tightnessLargest))
                    most = std::max(most, layer.tightnessLargest);
            }
        }
        const LayerBound* last = layerOf(&run->history.bounds.back(), 0);
        const double rate = growthAt(*run, false);
        if (!last || !std::isfinite(rate)) continue;
        GrowthFit fit;
        fit.rate = rate;
        add(lines, run->run.name + QStringLiteral(": ") + boundWords(*last, fit));
    }
    if (violations > 0) {
        lines.prepend(
            tr("The bound is broken at %1 places: an error in this program.").arg(violations));
    } else if (most > 0) {
        lines.prepend(
            (everywhere ? tr("The bound holds everywhere in all runs; the nearest any gradient "
                             "comes is %1 % of it.")
                        : tr("The bound holds in all runs wherever a gradient can be held against "
                             "it; the nearest any of them comes is %1 % of it."))
                .arg(formatNumber(100 * most, 3)));
    }
    return lines;
}

QStringList lyapunov(const StoryRuns& runs) {
    QStringList lines;
    for (const auto& [key, run] : runs) {
        const auto& rows = run->history.lyapunov;
        if (rows.empty()) continue;
        const LayerLyapunov* first = layerOf(&rows.front(), 0);
        const LayerLyapunov* last = layerOf(&rows.back(), 0);
        if (!first || !last || first->exponents.empty() || last->exponents.empty()) continue;
        lines << tr("%1: %2 at the start, %3 at step %4.")
                     .arg(run->run.name, powerText(first->exponents.front()),
                          powerText(last->exponents.front()))
                     .arg(rows.back().step);
    }
    if (const ProbedRun* binary = find(runs, "binary_connect")) {
        const auto& rows = binary->history.lyapunov;
        if (!rows.empty() && layerOf(&rows.front(), 0)) {
            add(lines, tr("BinaryConnect %1. %2")
                           .arg(when(*binary, rows.front().step),
                                lyapunovWords(*layerOf(&rows.front(), 0))));
        }
    }
    return lines;
}

QStringList gains(const StoryRuns& runs) {
    QStringList lines;
    for (const auto& [key, run] : runs) {
        if (run->history.bounds.empty()) continue;
        const LayerBound* first = layerOf(&run->history.bounds.front(), 0);
        const LayerBound* last = layerOf(&run->history.bounds.back(), 0);
        if (!first || !last || !std::isfinite(last->lambda1)) continue;
        const double lambda1 = plainLambda(*last, last->lambda1);
        const double frozen1 = plainLambda(*last, last->frozen1);
        QString words = tr("%1: λ₁ went from %2 to %3")
                            .arg(run->run.name, powerText(plainLambda(*first, first->lambda1)),
                                 powerText(lambda1));
        if (std::isfinite(frozen1) && frozen1 > 0) {
            words +=
                tr("; with the gains held at their start it would be %1, so they make %2 of it")
                    .arg(powerText(frozen1), tr("×%1").arg(powerText(lambda1 / frozen1)));
        }
        lines << words + QLatin1Char('.');
    }
    return lines;
}

QStringList compareEach(const StoryRuns& runs) {
    QStringList lines;
    for (const auto& [key, run] : runs) {
        if (run->history.gradients.empty()) continue;
        QStringList parts;
        const std::size_t layers = run->history.gradients.front().last.size();
        for (std::size_t layer = 0; layer < layers; ++layer) {
            const GradientProfile* found =
                profileOf(&run->history.gradients.front(), static_cast<int>(layer), true, false);
            if (!found || !std::isfinite(found->growth.rate)) continue;
            parts << (layers > 1
                          ? tr("layer %1 %2").arg(layer + 1).arg(rateText(found->growth.rate))
                          : rateText(found->growth.rate));
        }
        const LayerLyapunov* exponent =
            run->history.lyapunov.empty() ? nullptr : layerOf(&run->history.lyapunov.front(), 0);
        if (exponent && !exponent->exponents.empty()) {
            parts << tr("exponent %1").arg(powerText(exponent->exponents.front()));
        }
        QString words = tr("%1, %2: %3")
                            .arg(run->run.name, when(*run, run->history.gradients.front().step),
                                 parts.join(QStringLiteral(", ")));
        const QString loss = lossWords(*run);
        lines << words + QStringLiteral(". ") + loss;
    }
    return lines;
}

}  // namespace bitloom::ui::findings
