#include "models/probe_words.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "charts/range.h"
#include "experiment/study_findings.h"
#include "models/format.h"
#include "models/probe_history.h"

namespace bitloom::ui {
namespace {

constexpr double samePercent = 0.02;  // accuracies this near are called alike
constexpr double quietShare = 1e-3;   // of the largest variance: hardly any
constexpr double stillFactor = 2;     // gradients that change less over the window keep their size

QString tr(const char* words) {
    return QCoreApplication::translate("ProbeWords", words);
}

QString number(double value) {
    return powerText(value);
}

/// A factor: near 1 its third decimal tells growing from shrinking.
QString factorText(double value) {
    return value > 0.9 && value < 1.1 ? QString::number(value, 'f', 3) : powerText(value);
}

QString percent(double share) {
    if (share > 0 && share < 5e-4) return tr("less than 0.1 %");
    return QStringLiteral("%1 %").arg(QString::number(100 * share, 'f', 1));
}

}  // namespace

QString rateText(double rate) {
    if (!std::isfinite(rate)) return QStringLiteral("–");
    return tr("×%1 a step").arg(factorText(rate));
}

QString growthWords(const GrowthFit& fit) {
    if (!std::isfinite(fit.rate) || fit.points < 3) {
        return fit.ignored > 0
                   ? tr("No growth can be fitted: %1 of the time steps have a gradient of zero or "
                        "none that is finite.")
                         .arg(fit.ignored)
                   : tr("No growth can be fitted to fewer than three time steps.");
    }
    const double span = std::max(fit.to - fit.from, 1);
    const double factor = std::pow(fit.rate, span);
    QString words;
    if (factor > stillFactor) {
        words =
            tr("Gradients grow by a factor of %1 a step backwards: over the %2 steps fitted they "
               "become %3 times as large.")
                .arg(factorText(fit.rate))
                .arg(static_cast<int>(span))
                .arg(number(factor));
    } else if (factor < 1 / stillFactor) {
        words = tr("Gradients shrink by a factor of %1 a step backwards: over the %2 steps fitted "
                   "%3 of them is left.")
                    .arg(factorText(fit.rate))
                    .arg(static_cast<int>(span))
                    .arg(number(factor));
    } else {
        words = tr("Gradients keep their size: a factor of %1 a step backwards, %2 over the %3 "
                   "steps fitted.")
                    .arg(factorText(fit.rate))
                    .arg(factorText(factor))
                    .arg(static_cast<int>(span));
    }
    if (fit.ignored > 0) {
        words += QLatin1Char(' ') +
                 tr("%1 time steps are left out: zero or not finite.").arg(fit.ignored);
    }
    return words;
}

QString lyapunovWords(const LayerLyapunov& layer) {
    if (layer.exponents.empty() || !std::isfinite(layer.exponents.front())) return {};
    const double first = layer.exponents.front();
    const double low = layer.low.empty() ? first : layer.low.front();
    const double high = layer.high.empty() ? first : layer.high.front();
    const QString value = (first > 0 ? QStringLiteral("+") : QString()) + number(first);
    const QString factor = factorText(std::exp(first));
    if (low > 0) {
        return tr("The first Lyapunov exponent is %1 nats a step, positive on every sample: two "
                  "states that differ by little part by a factor of %2 a step, and gradients "
                  "through time explode the longer the sequence is.")
            .arg(value, factor);
    }
    if (high < 0) {
        return tr("The first Lyapunov exponent is %1 nats a step, negative on every sample: states "
                  "that differ come together, and gradients through time fade by a factor of %2 a "
                  "step in the long run instead of exploding.")
            .arg(value, factor);
    }
    return tr("The first Lyapunov exponent is %1 nats a step; over the samples it runs from %2 to "
              "%3. Its sign is not settled on this batch: gradients neither explode nor vanish for "
              "certain.")
        .arg(value, number(low), number(high));
}

QString tightnessWords(const BoundRow& row, int layer) {
    const LayerBound* bound = layerOf(&row, layer);
    if (!bound) return {};
    if (bound->violations > 0) {
        return tr("The bound is broken at %1 places, up to a ratio of %2. That cannot be: it is an "
                  "error in this program. Please report it with this run's spec.")
            .arg(bound->violations)
            .arg(number(bound->tightnessLargest));
    }
    if (!std::isfinite(bound->tightnessLargest)) {
        return tr(
            "The gradients are not finite, or below 10⁻³⁰: there is nothing to hold against the "
            "bound.");
    }
    const bool known = bound->leftOut >= 0;
    if (bound->tightnessLargest <= 0) {
        if (!known) return tr("No gradient was found to hold against the bound.");
        return bound->leftOut == 0
                   ? tr("The gradients are zero: any bound holds.")
                   : tr("The gradients that can be compared are zero: any bound holds. %1 others "
                        "are not finite or below 10⁻³⁰.")
                         .arg(bound->leftOut);
    }
    const QString holds =
        !known ? tr("The bound holds wherever a gradient was held against it.")
        : bound->leftOut == 0
            ? tr("The bound holds at every step of every sample.")
            : tr("The bound holds at all %1 steps of samples that can be compared; at %2 others "
                 "the gradient or its bound is not finite or below 10⁻³⁰.")
                  .arg(bound->compared)
                  .arg(bound->leftOut);
    return holds + QLatin1Char(' ') +
           tr("At its nearest the gradient reaches %1 of what the bound allows: the bound is %2 "
              "times too large there.")
               .arg(percent(bound->tightnessLargest), number(1 / bound->tightnessLargest));
}

QString boundWords(const LayerBound& bound, const GrowthFit& growth) {
    if (!std::isfinite(bound.lambda1) || !std::isfinite(growth.rate)) return {};
    const double lambda1 = plainLambda(bound, bound.lambda1);
    const double lambda2 = plainLambda(bound, bound.lambda2);
    // An LSTM's gradient can grow with any λ₁, through λ₂ and the cell state: no λ₁ rules it out.
    QString words =
        std::isfinite(lambda2)
            ? tr("A step back the bound allows λ₁ = %1 times |∂L/∂hₜ| and λ₂ = %2 "
                 "times |∂L/∂cₜ₊₁|")
                  .arg(number(lambda1), number(lambda2))
            : tr("A step back the bound allows λ₁ = %1 times |∂L/∂hₜ|").arg(number(lambda1));
    if (!bound.squared) words += tr(", means over the samples");
    words += tr("; the gradient of the last step's loss is measured to change by a factor of %1.")
                 .arg(factorText(growth.rate));
    if (lambda1 > 1 && growth.rate <= 1) {
        words += QLatin1Char(' ') + tr("A large bound does not mean an explosion.");
    }
    return words;
}

QString agreementWords(const LayerLyapunov& layer, const GrowthFit& growth) {
    if (layer.exponents.empty() || !std::isfinite(layer.exponents.front()) ||
        !std::isfinite(growth.rate)) {
        return {};
    }
    const double first = layer.exponents.front();
    const bool same = (first > 0) == (growth.rate > 1);
    return same ? tr("The gradient of the last step's loss, measured, does the same over this "
                     "window: "
                     "a factor of %1 a step backwards, where e to the first exponent is %2.")
                      .arg(factorText(growth.rate), factorText(std::exp(first)))
                : tr("The gradient of the last step's loss, measured over this window, goes the "
                     "other "
                     "way: a factor of %1 a step backwards, where e to the first exponent is %2. "
                     "The "
                     "window is short, or the growth is near 1.")
                      .arg(factorText(growth.rate), factorText(std::exp(first)));
}

std::vector<int> quietTimes(const StatisticsRow& row, int layer) {
    std::vector<int> times;
    const LayerStatistics* found = layerOf(&row, layer);
    if (!found) return times;
    for (const SideStatistics& side : found->sides) {
        if (side.side != "ih") continue;
        const std::vector<double>& variance = side.variance.median;
        double most = 0;
        for (const double value : variance) most = std::max(most, value);
        for (std::size_t i = 0; i < std::min(row.times.size(), variance.size()); ++i) {
            if (variance[i] < quietShare * most) times.push_back(row.times[i]);
        }
    }
    return times;
}

QString statisticsWords(const StatisticsRow& row, int layer) {
    const LayerStatistics* found = layerOf(&row, layer);
    if (!found) return {};
    for (const SideStatistics& side : found->sides) {
        if (side.side != "ih" || side.variance.median.empty()) continue;
        double most = 0;
        std::size_t at = 0;
        for (std::size_t i = 0; i < side.variance.median.size(); ++i) {
            if (side.variance.median[i] > most) {
                most = side.variance.median[i];
                at = i;
            }
        }
        const auto quiet = quietTimes(row, layer);
        const std::size_t times = std::min(row.times.size(), side.variance.median.size());
        QString words;
        if (!quiet.empty()) {
            words = tr("At %1 of %2 time steps shown the input hardly varies within the batch, as "
                       "black pixels do. ")
                        .arg(quiet.size())
                        .arg(times);
        }
        const bool shared = side.runningVariance.median.size() == 1;
        if (shared && most > 0) {
            const double running = side.runningVariance.median.front();
            if (running < most) {
                words +=
                    tr("The one running variance is %1, while the batch's reaches %2 at t = %3: "
                       "evaluation divides by a deviation %4 times too small there.")
                        .arg(number(running), number(most))
                        .arg(at < row.times.size() ? row.times[at] + 1 : 0)
                        .arg(number(std::sqrt((most + 1e-5) / (running + 1e-5))));
            } else {
                words += tr("The one running variance is %1 and the batch's largest is %2 (at t = "
                            "%3).")
                             .arg(number(running), number(most))
                             .arg(at < row.times.size() ? row.times[at] + 1 : 0);
            }
        } else if (!shared) {
            words += tr("Every time step has running statistics of its own.");
        }
        return words.trimmed();
    }
    return {};
}

QString accuracyWords(const StatisticsAccuracy& accuracy) {
    if (!accuracy.running || !accuracy.batch) return {};
    QString words =
        tr("With the running statistics the accuracy is %1, with those of the batch %2.")
            .arg(percent(*accuracy.running), percent(*accuracy.batch)) +
        QLatin1Char(' ') +
        QString::fromStdString(
            statisticsVerdict(*accuracy.running, *accuracy.batch, accuracy.chance));
    const auto compare = [&](const std::optional<double>& value, const QString& name) {
        if (!value) return;
        const double kept = *value - *accuracy.batch;
        words += QLatin1Char(' ');
        if (kept > -samePercent) {
            words += tr("%1 reaches %2, as good as the batch's own.").arg(name, percent(*value));
        } else if (*value > *accuracy.running + samePercent) {
            words += tr("%1 reaches %2, between the two.").arg(name, percent(*value));
        } else {
            words += tr("%1 reaches %2: it does not help.").arg(name, percent(*value));
        }
    };
    compare(accuracy.average, tr("A true average over all steps"));
    compare(accuracy.perStep, tr("A statistic of its own for every time step"));
    return words;
}

}  // namespace bitloom::ui
