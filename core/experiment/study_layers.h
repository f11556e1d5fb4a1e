#pragma once
// A study's networks a layer at a time: how fast the state gradient grows on its way back, what the
// bound allows and what the exponent says, of the first and of the last probe.

#include <optional>
#include <string>
#include <vector>

#include "experiment/study_values.h"

namespace bitloom {

/// One moment of one layer; NaN where the probe holds nothing.
struct LayerMoment {
    std::int64_t step = 0;  ///< the probe's training step; at 1 no update has been made
    double growth = 0;      ///< |dL/dh_t| a step backwards, median over samples, summed loss
    double lastGrowth = 0;  ///< the same of the last step's loss alone
    double lambda1 = 0;    ///< the bound, mean over samples; of a squared one (batch norm) the root
    double exponent = 0;   ///< largest Lyapunov exponent, nats a step
    double tightness = 0;  ///< largest ratio of gradient and bound
};

struct LayerFigures {
    std::string run;  ///< title of the run
    std::string key;  ///< of the member
    int layer = 0;    ///< from 1, the input's side first
    int layers = 0;   ///< of the network
    LayerMoment start, end;
    bool untrained = true;  ///< `start` is of weights as drawn: step 1 of a run without a start
};

/// "before training", or "at the first probe" if any of the rows is of weights trained before.
std::string firstProbeWords(const std::vector<LayerFigures>& rows);

/// Every layer of every run that was probed; runs in their order, layers from below.
std::vector<LayerFigures> layerFigures(const std::vector<StudyRun>& runs);

/// The table as a card of HTML; "" without rows.
std::string layerTableHtml(const std::vector<LayerFigures>& rows);

}  // namespace bitloom
