#pragma once
// Making a study's runs: which there are already, what is missing, training them one after the
// other. The window can do the same with its own queue: planStudy() and makeStudyRun() only look
// and write folders.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "experiment/run_folder.h"
#include "experiment/studies.h"
#include "experiment/worker.h"

namespace bitloom {

struct PlannedRun {
    StudyMember member;
    Spec spec;                     ///< as it will be; start.run is filled in when the run is made
    std::filesystem::path folder;  ///< of the run in the library, empty if there is none yet
    RunStatus status = RunStatus::created;
    std::string problem;  ///< not empty: it could not be made or trained, and why

    /// Its result is there: finished, or diverged, which is a result too.
    [[nodiscard]] bool done() const {
        return status == RunStatus::finished || status == RunStatus::diverged;
    }
};

struct StudyPlan {
    const Study* study = nullptr;
    StudyScale scale = StudyScale::quick;
    std::filesystem::path library;
    std::vector<PlannedRun> runs;
    std::vector<std::string> notes;  ///< "Penn Treebank is not installed: ..."
};

/// The study's runs at a scale, `assignments` (field=value) applied to each; runs of the library
/// whose spec is equal but for their name are found again, finished ones first. A quick study whose
/// data is not installed takes built-in data and notes it; a paper-size one throws InputError, as
/// do bad assignments.
StudyPlan planStudy(const Study& study, StudyScale scale,
                    const std::vector<std::string>& assignments,
                    const std::filesystem::path& library);

/// Makes the folder of the plan's i-th run if there is none. A run that starts from another needs
/// that one's weights first. Throws InputError, WorkError.
void makeStudyRun(StudyPlan& plan, std::size_t i);

struct StudyHooks {
    /// Before each run that is trained: its number in the plan.
    std::function<void(std::size_t)> onRun;
    /// Passed to the worker of that run.
    std::function<WorkerOptions(std::size_t)> worker;
};

/// Trains what is not done, in order. False if the user stopped it: the same call goes on later.
/// A run that fails leaves its `problem` and the others go on; one that another worker holds throws
/// InputError.
bool trainStudy(StudyPlan& plan, const StudyHooks& hooks);

/// Folders of the runs that are there, in the order of the plan.
std::vector<std::filesystem::path> studyFolders(const StudyPlan& plan);

}  // namespace bitloom
