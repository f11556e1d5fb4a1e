#pragma once
// Colours for magnitudes: cividis, dark blue to yellow, of even lightness steps and the same to
// eyes that do not see red from green (Nunez, Anderton, Renslow: Optimizing colormaps with
// consideration for color vision deficiency, PLOS ONE 2018). Values between the ten stops are mixed
// in sRGB.

#include <QColor>

namespace bitloom::ui {

/// `share` in [0, 1]; outside it is the end's colour.
QColor rampColor(double share);

}  // namespace bitloom::ui
