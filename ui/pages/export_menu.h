#pragma once
// The menu of an Export button: each chart shown, as PNG, SVG, PDF or CSV.

#include <functional>
#include <vector>

class QPushButton;

namespace bitloom::ui {

class Chart;

/// Gives `button` the menu; `charts` is asked each time it opens. Empty charts are greyed.
void makeExportMenu(QPushButton& button, std::function<std::vector<Chart*>()> charts);

}  // namespace bitloom::ui
