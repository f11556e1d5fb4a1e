#pragma once
// A small training for the trainer's tests, and an observer that keeps what it reports.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "train/trainer.h"

namespace bitloom {

inline DatasetConfig grammar() {
    DatasetConfig config;
    config.name = "grammar";
    config.size = 6000;
    return config;
}

inline std::shared_ptr<const Dataset> dataset() {
    static const std::shared_ptr<const Dataset> opened = openDataset(grammar());
    return opened;
}

inline NetworkConfig networkFor(const DatasetInfo& info,
                                const std::string& normalization = "none") {
    NetworkConfig config;
    config.hidden = 10;
    config.vocabulary = info.vocabulary;
    config.features = info.features;
    config.outputs = info.outputs;
    config.task = info.task;
    config.normalization.method = normalization;
    return config;
}

inline TrainingConfig trainingConfig() {
    TrainingConfig config;
    config.batch = 4;
    config.window = 10;
    config.epochs = 1;
    config.steps = 12;
    config.threads = 1;
    config.sampleLength = 5;
    return config;
}

/// Keeps everything and plays back a script of wishes, one a read; the last one stays.
class Recorder final : public TrainingObserver {
public:
    void onStep(const StepReport& report) override { steps.push_back(report); }
    void onValidation(std::int64_t step, int epoch, const Evaluation& result, bool best) override {
        validations.push_back({step, result});
        epochs.push_back(epoch);
        bests.push_back(best);
    }
    void onTest(std::int64_t step, const Evaluation& result) override {
        tests.push_back({step, result});
    }
    void onSample(std::int64_t, const std::string& text) override { samples.push_back(text); }
    void onProbe(const ProbeMoment& moment) override { probes.push_back(moment.step); }
    void onEvent(std::int64_t step, const std::string& name, const std::string&) override {
        events.push_back(name + "@" + std::to_string(step));
    }
    Control control() override {
        if (script.size() > 1) {
            const Control next = script.front();
            script.pop_front();
            return next;
        }
        return script.empty() ? Control{} : script.front();
    }

    std::vector<StepReport> steps;
    std::vector<std::pair<std::int64_t, Evaluation>> validations, tests;
    std::vector<int> epochs;
    std::vector<bool> bests;
    std::vector<std::string> samples, events;
    std::vector<std::int64_t> probes;
    std::deque<Control> script;
};

inline Control wish(Control::Command command, std::int64_t stepRequests = 0) {
    Control control;
    control.command = command;
    control.stepRequests = stepRequests;
    return control;
}

}  // namespace bitloom
