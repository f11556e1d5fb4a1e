#pragma once
// What the runs of the story found, in sentences made from their figures.

#include "pages/story_steps.h"

namespace bitloom::ui::findings {

QStringList training(const StoryRuns& runs);
QStringList explosion(const StoryRuns& runs);
QStringList floor(const StoryRuns& runs);
QStringList normalization(const StoryRuns& runs);
QStringList bound(const StoryRuns& runs);
QStringList lyapunov(const StoryRuns& runs);
QStringList gains(const StoryRuns& runs);
/// Loss, growth and exponent of each run.
QStringList compareEach(const StoryRuns& runs);

}  // namespace bitloom::ui::findings
