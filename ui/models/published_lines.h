#pragma once
// The paper's curves that belong beside a run: those of its very network and data, else none.

#include "experiment/published_figures.h"
#include "experiment/spec.h"

namespace bitloom::ui {

/// Figure 1: lambda_1 by iteration (a step counts from 1, an iteration from 0). Weight norm is
/// published in the printed form.
const PublishedCurve* publishedLambdaOf(const Spec& spec);
/// Figures 2 and 3: |dL/dh_t| of single samples at iteration 0.
const PublishedStateGradient* publishedGradientOf(const Spec& spec);

}  // namespace bitloom::ui
