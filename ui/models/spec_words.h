#pragma once
// A spec in words, for headers: what it is, in the order one says it.

#include <QString>

#include "experiment/spec.h"

namespace bitloom::ui {

/// "BinaryConnect, 1 bit, weight norm, LSTM 1 × 512 on Penn Treebank, characters; Adam 0.002, batch
/// 64 × 100 steps, clipped at 5, seed 1".
QString specWords(const Spec& spec);

}  // namespace bitloom::ui
