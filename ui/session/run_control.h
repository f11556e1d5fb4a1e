#pragma once
// What the user wants of a run, written to its control.json; the worker reads it at step
// boundaries. Every function returns an empty text, or one sentence that says why it could not be
// done.

#include <QString>
#include <cstdint>
#include <filesystem>

namespace bitloom::ui::control {

QString pause(const std::filesystem::path& run);
/// Ends a pause.
QString proceed(const std::filesystem::path& run);
/// Lets one step pass while paused (pauses a running one).
QString step(const std::filesystem::path& run);
QString stop(const std::filesystem::path& run);
/// Replaces the schedule's base rate from the next step on. Refuses what is not positive and
/// finite.
QString setLearningRate(const std::filesystem::path& run, double rate);
/// New total of epochs. Refuses less than one.
QString extend(const std::filesystem::path& run, int epochs);
/// New total of steps, for a run that ends by its number of steps. Refuses less than one.
QString extendSteps(const std::filesystem::path& run, std::int64_t steps);
/// Before a worker starts again: takes back a stop or pause, keeps rate and length.
QString prepareStart(const std::filesystem::path& run);

}  // namespace bitloom::ui::control
