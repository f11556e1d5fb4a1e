#pragma once
// Numbers of a run as short text with their unit, '.' in any locale. "–" stands for no value.

#include <QString>
#include <QStringView>
#include <cstdint>
#include <optional>
#include <string>

#include "data/dataset.h"
#include "experiment/memory.h"
#include "experiment/run_folder.h"
#include "experiment/size.h"

namespace bitloom::ui {

/// A value of the metric as recorded: "1.494 bpc", "97.4 ppl", "97.36 %" (accuracy 0..1), "0.0021
/// mse".
QString formatMetric(const std::string& metric, std::optional<double> value);
/// The same without the unit, for columns that name it once.
QString formatMetricValue(const std::string& metric, std::optional<double> value);
/// "bits per character", "perplexity", "accuracy", "mean squared error"; an unknown name as it is.
QString formatMetricName(const std::string& metric);
/// "bpc", "ppl", "%", "mse".
QString formatMetricUnit(const std::string& metric);
/// The word at a data set's reference line: "floor" where nothing can be better (the entropy rate
/// of the grammar), else what reaches it: "guessing", which a run can fall below.
QString floorWord(const DatasetInfo& dataset);
/// Whether a smaller value is better.
bool lessIsBetter(const std::string& metric);
/// Factor from the recorded value to the shown one: accuracy is shown in percent.
double metricFactor(const std::string& metric);
/// A plain number of so many significant digits; "–" if it is not finite.
QString formatNumber(double value, int digits = 4);

/// Bytes of 1024: "812 B", "5.6 KB", "181 KB", "1.2 MB".
QString formatBytes(std::int64_t bytes);
/// "181 KB": the paper's whole kilobytes.
QString formatPaperKb(std::int64_t kilobytes);
/// "weights 5.1 KB, scales 102 B": the parts that are not empty.
QString formatParts(const ModelSize& size);
/// "parameters 12 MB, gradients 12 MB, ..." of what a training holds in memory.
QString formatParts(const TrainingMemory& memory);
/// "980 tok/s", "12.4 k tok/s", "1.2 M tok/s"; "–" for nothing measured.
QString formatSpeed(double tokensPerSecond);
/// "0:07", "4:10", "1:04:10", "2 d 3:04:10"; "–" if negative or not finite.
QString formatDuration(double seconds);
/// "640", "12 400", "1 200 000" with thin spaces.
QString formatCount(std::int64_t count);
/// ISO 8601 UTC in local time: "21:41" today, "23 Nov 21:41" this year, else "23 Nov 2026".
QString formatMoment(const std::string& iso);
/// "running", "finished", "diverged at step 3 120".
QString formatStatus(const RunSummary& summary);

}  // namespace bitloom::ui
