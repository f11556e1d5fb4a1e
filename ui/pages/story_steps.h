#pragma once
// The guided page "Why it explodes" as data: five steps, each with one or more views of the runs of
// the study story/why_it_explodes. What a view found is made from the figures, never written down.

#include <QString>
#include <QStringList>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pages/probe_curves.h"

namespace bitloom::ui {

/// Runs of the study by the key of their member; those not there are missing.
using StoryRuns = std::map<std::string, const ProbedRun*>;

struct StoryView {
    QString label;  ///< of its switch; empty if it is the only one
    QString text;   ///< what to look at
    std::vector<std::string> keys;
    std::vector<ProbeKind> kinds;
    int columns = 2;
    bool atStart = false;  ///< profiles of the untrained network, not of the newest probe
    /// Sentences, one a finding; empty while nothing is known.
    std::function<QStringList(const StoryRuns&)> findings;
};

struct StoryStep {
    QString title;
    std::vector<StoryView> views;
};

/// The study the runs are those of.
inline constexpr const char* storyStudy = "story/why_it_explodes";

std::vector<StoryStep> storySteps();

}  // namespace bitloom::ui
