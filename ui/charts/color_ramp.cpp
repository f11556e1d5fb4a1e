#include "charts/color_ramp.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitloom::ui {
namespace {

constexpr std::array<QRgb, 10> stops{0xff00204d, 0xff00336f, 0xff39486b, 0xff575c6d, 0xff707173,
                                     0xff8a8779, 0xffa69d75, 0xffc4b56c, 0xffe4cf5b, 0xffffea46};

}  // namespace

QColor rampColor(double share) {
    const double at = std::clamp(std::isfinite(share) ? share : 0.0, 0.0, 1.0) *
                      static_cast<double>(stops.size() - 1);
    const auto first = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    const double rest = at - static_cast<double>(first);
    const auto mix = [rest](int a, int b) {
        return static_cast<int>(std::lround(a + (b - a) * rest));
    };
    const QRgb a = stops[first];
    const QRgb b = stops[first + 1];
    return {mix(qRed(a), qRed(b)), mix(qGreen(a), qGreen(b)), mix(qBlue(a), qBlue(b))};
}

}  // namespace bitloom::ui
