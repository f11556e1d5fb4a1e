#include <algorithm>
#include <array>

#include "theme/theme.h"

namespace bitloom::ui {
namespace {

// Chosen by search: within each dash class any two are at least 20 CIELAB units apart for normal,
// protan, deutan and tritan sight (Machado et al. 2009, severity 1), and all are 3:1 or better on
// `raised`.
constexpr std::array<QRgb, Theme::runColors> onLight{
    0xff3b8fd6, 0xffd0661f, 0xff005c31, 0xff86267e, 0xff1e9cb8, 0xff8c3c4a,
    0xff81841d, 0xff38358e, 0xff28447c, 0xff9c661c, 0xff359488, 0xff96003e,
};
constexpr std::array<QRgb, Theme::runColors> onDark{
    0xff2f96fa, 0xfffb8030, 0xff58e8aa, 0xffbe80b0, 0xff60dbf9, 0xffd96b75,
    0xffd3d62a, 0xff897ffd, 0xff888ee0, 0xffb79821, 0xff76f2ef, 0xfffb4078,
};

int slot(int index) {
    return std::max(index, 0) % Theme::runColors;
}

}  // namespace

QColor Theme::runColor(int index, bool dark) {
    return QColor::fromRgba((dark ? onDark : onLight).at(static_cast<std::size_t>(slot(index))));
}

QVector<qreal> Theme::runDash(int index) {
    switch (slot(index) / 4) {
        case 1:
            return {6, 3};
        case 2:
            return {8, 3, 1.5, 3};
        default:
            return {};
    }
}

QPen Theme::runPen(int index, bool dark) {
    QPen pen(runColor(index, dark), 1);
    pen.setCapStyle(Qt::FlatCap);
    pen.setJoinStyle(Qt::BevelJoin);
    const QVector<qreal> dash = runDash(index);
    if (!dash.isEmpty()) pen.setDashPattern(dash);
    return pen;
}

}  // namespace bitloom::ui
