// How a trainer obeys: pause, single steps, stop, another learning rate, more epochs.

#include <nlohmann/json.hpp>
#include <thread>

#include "train/trainer.h"

namespace bitloom {
namespace {

constexpr std::chrono::milliseconds k_pauseRead{50};

}  // namespace

bool asksForOtherTotal(const Control& control, const TrainingState& state) {
    if (!control.epochs && !control.steps) return false;
    return control.epochs != state.userEpochs || control.steps != state.userSteps;
}

/// Called between steps. Waits while paused; false when the run shall stop.
bool Trainer::obey() {
    for (;;) {
        const Control control = m_observer.control();
        // A resumed run has nothing to do with the single steps asked of an earlier worker.
        if (!m_seenRequests) m_seenRequests = m_state.step > 0 ? control.stepRequests : 0;
        applyWishes(control);
        if (control.command == Control::Command::stop) return false;
        if (control.command == Control::Command::run) {
            if (m_paused) m_observer.onEvent(m_state.step, "continued", "{}");
            m_paused = false;
            m_seenRequests = control.stepRequests;
            return true;
        }
        if (m_state.step >= totalSteps()) return true;  // nothing left to pause
        if (!m_paused) {
            m_paused = true;
            writeCheckpoint();
            finishWriting();
            m_observer.onEvent(m_state.step, "paused", "{}");
        }
        if (control.stepRequests > *m_seenRequests) {
            ++*m_seenRequests;
            return true;
        }
        const auto before = Clock::now();
        std::this_thread::sleep_for(k_pauseRead);
        m_pausedSeconds += std::chrono::duration<double>(Clock::now() - before).count();
    }
}

/// Takes over what changed since the wishes the state remembers, so that a resume repeats no event.
void Trainer::applyWishes(const Control& control) {
    if (control.learningRate && control.learningRate != m_state.userRate) {
        const double former = m_schedule.rate(m_state.epoch);
        m_state.userRate = control.learningRate;
        m_schedule.setRate(*control.learningRate, m_state.epoch);
        m_state.rateMultiplier = m_schedule.multiplier();
        m_observer.onEvent(m_state.step, "learning_rate_changed",
                           nlohmann::json{{"from", former}, {"to", *control.learningRate}}.dump());
    }
    if (!asksForOtherTotal(control, m_state)) return;
    const std::int64_t former = totalSteps();
    m_state.userEpochs = control.epochs;
    m_state.userSteps = control.steps;
    m_observer.onEvent(m_state.step, "extended",
                       nlohmann::json{{"from", former}, {"to", totalSteps()}}.dump());
}

}  // namespace bitloom
