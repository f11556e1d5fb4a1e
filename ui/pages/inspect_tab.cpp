#include "pages/inspect_tab.h"

namespace bitloom::ui {

std::vector<std::size_t> InspectView::gates() const {
    const std::size_t count = gateNames(spec ? spec->network.cell : Cell::lstm).size();
    if (gate >= 0 && static_cast<std::size_t>(gate) < count) {
        return {static_cast<std::size_t>(gate)};
    }
    std::vector<std::size_t> all(count);
    for (std::size_t i = 0; i < count; ++i) all[i] = i;
    return all;
}

QString InspectView::gateName(std::size_t index) const {
    const auto names = gateNames(spec ? spec->network.cell : Cell::lstm);
    return index < names.size() ? QString::fromStdString(names[index]) : QString();
}

bool InspectView::hasGains() const {
    return spec && spec->network.normalization.method != "none";
}

bool InspectView::hasBatchNorm() const {
    return spec && spec->network.normalization.method.starts_with("batch");
}

}  // namespace bitloom::ui
