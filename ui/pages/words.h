#pragma once
// What several pages say of a run beyond models/format.h.

#include <QString>

#include "experiment/size.h"
#include "models/format.h"

namespace bitloom::ui {

/// Factor from the recorded value to the shown one: accuracy is shown in percent.
double metricFactor(const std::string& metric);
/// A plain number of so many significant digits; a dash if it is not finite.
QString numberText(double value, int digits = 4);
/// "weights 5.1 KB, scales 0.1 KB": the parts that are not empty.
QString splitText(const ModelSize& size);

}  // namespace bitloom::ui
