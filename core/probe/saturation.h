#pragma once
// How often a gate is all but open or shut: the share of its activations above 0.95 and below 0.05
// (below -0.95 for the LSTM's g and the GRU's n, whose range is -1 .. 1) over a window.

#include "nn/layer_trace.h"
#include "probe/rows.h"

namespace bitloom {

template <class T>
LayerSaturation gateSaturation(const LayerTrace<T>& trace);

}  // namespace bitloom
