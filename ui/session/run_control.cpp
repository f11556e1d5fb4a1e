#include "session/run_control.h"

#include <cmath>
#include <exception>
#include <functional>

#include "base/files.h"
#include "experiment/run_folder.h"

namespace bitloom::ui::control {
namespace {

QString change(const std::filesystem::path& run, const std::function<void(Control&)>& edit) {
    try {
        // A folder that vanished must not come back as one with nothing but a control file.
        if (!std::filesystem::exists(run / "spec.json")) {
            return QStringLiteral("The run folder %1 is gone.")
                .arg(QString::fromStdString(utf8(run)));
        }
        Control wanted = readControl(run);
        edit(wanted);
        writeControl(run, wanted);
        return {};
    } catch (const std::exception& error) {
        return QString::fromUtf8(error.what());
    }
}

}  // namespace

QString pause(const std::filesystem::path& run) {
    return change(run, [](Control& wanted) { wanted.command = Control::Command::pause; });
}

QString proceed(const std::filesystem::path& run) {
    return change(run, [](Control& wanted) { wanted.command = Control::Command::run; });
}

QString step(const std::filesystem::path& run) {
    return change(run, [](Control& wanted) {
        wanted.command = Control::Command::pause;
        ++wanted.stepRequests;
    });
}

QString stop(const std::filesystem::path& run) {
    return change(run, [](Control& wanted) { wanted.command = Control::Command::stop; });
}

QString setLearningRate(const std::filesystem::path& run, double rate) {
    if (!std::isfinite(rate) || rate <= 0) {
        return QStringLiteral("A learning rate is a number above 0.");
    }
    return change(run, [rate](Control& wanted) { wanted.learningRate = rate; });
}

QString extend(const std::filesystem::path& run, int epochs) {
    if (epochs < 1) return QStringLiteral("A run has at least one epoch.");
    return change(run, [epochs](Control& wanted) {
        wanted.epochs = epochs;
        wanted.steps.reset();
    });
}

QString extendSteps(const std::filesystem::path& run, std::int64_t steps) {
    if (steps < 1) return QStringLiteral("A run has at least one step.");
    return change(run, [steps](Control& wanted) {
        wanted.steps = steps;
        wanted.epochs.reset();
    });
}

QString prepareStart(const std::filesystem::path& run) {
    return change(run, [](Control& wanted) { wanted.command = Control::Command::run; });
}

}  // namespace bitloom::ui::control
