#pragma once
// Numbers in words, as the window shows them: with units and a sensible number of digits, always
// with a point.

#include <QString>
#include <cstdint>
#include <optional>
#include <string>

#include "experiment/run_folder.h"

namespace bitloom::ui {

/// "bits_per_character" -> axis title "bits per character"; unit "bpc".
QString metricTitle(const std::string& metric);
QString metricUnit(const std::string& metric);
/// Factor from the recorded value to the shown one: accuracy is shown in percent.
double metricFactor(const std::string& metric);
/// A smaller value is better (all but accuracy).
bool smallerIsBetter(const std::string& metric);
/// "1.494 bpc", "84.1 %", "102.3 perplexity"; a dash for NaN.
QString metricText(const std::string& metric, std::optional<double> value);

QString bytesText(std::int64_t bytes);        ///< "5.6 KB", "1.2 MB"
QString paperKbText(std::int64_t kilobytes);  ///< "181 KB"
QString speedText(double tokensPerSecond);    ///< "18.2 k tok/s"
QString durationText(double seconds);         ///< "4:10", "1:04:10"
QString countText(std::int64_t count);        ///< "4.1 M", "12 300"
QString numberText(double value, int digits = 4);
QString statusText(RunStatus status);
/// "packed split": "weights 5.1 KB, scales 0.1 KB" - the parts that are not empty.
QString splitText(const ModelSize& size);

}  // namespace bitloom::ui
