#include "experiment/study_run.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "data/inventory.h"
#include "experiment/spec_json.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Built-in data that asks the same kind of question.
std::string builtInFor(const std::string& dataset) {
    return dataset.find("mnist") != dataset.npos ? "glyphs" : "grammar";
}

json memberTree(const StudyMember& member) {
    json tree = json::parse(member.spec);
    if (!member.preset.empty()) tree["preset"] = member.preset;
    tree["name"] = member.label;
    return tree;
}

/// The name of the dataset a member's recipe ends up with.
std::string datasetOf(const json& tree) {
    const json whole = expanded(tree);
    const json* name = valueAt(whole, "dataset.name");
    return name && name->is_string() ? name->get<std::string>() : "grammar";
}

void noteOnce(StudyPlan& plan, const std::string& note) {
    if (std::find(plan.notes.begin(), plan.notes.end(), note) == plan.notes.end())
        plan.notes.push_back(note);
}

/// Swaps data that is not installed for built-in data, or refuses.
void settleData(StudyPlan& plan, json& tree) {
    const std::string name = datasetOf(tree);
    const DatasetKind& kind = datasetKind(name);
    if (isInstalled(kind)) return;
    if (plan.scale == StudyScale::paper)
        throw InputError(plan.study->name, "dataset.name",
                         name +
                             " is not installed; `bitloom-cli data import FOLDER` or "
                             "`bitloom-cli data download` brings it, and the quick scale does "
                             "without");
    tree["dataset"] = {{"name", builtInFor(name)}};
    tree["dataset"]["permuted"] = name == "permuted_mnist";
    if (name != "permuted_mnist") tree["dataset"].erase("permuted");
    noteOnce(plan, name + " is not installed: " + builtInFor(name) +
                       " stands in for it, so published values do not apply");
}

/// What must agree for two specs to ask for the same run. Titles and recipes' names may differ.
Spec essence(Spec spec) {
    spec.name.clear();
    spec.preset.clear();
    spec.start.run.clear();  // compared as folders
    return spec;
}

struct Candidate {
    fs::path folder;
    Spec spec;
    SpecRecord record;
    RunStatus status = RunStatus::created;
};

std::vector<Candidate> candidatesIn(const fs::path& library) {
    std::vector<Candidate> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(library, ignored)) {
        const fs::path& folder = entry.path();
        if (!fs::exists(folder / "spec.json", ignored)) continue;
        try {
            const std::string text = readFile(folder / "spec.json");
            found.push_back({folder, parseRecordedSpec(text, utf8(folder)), readSpecRecord(text),
                             readSummary(folder).status});
        } catch (const InputError&) {
            continue;  // a broken run is nobody's
        }
    }
    // Finished before begun before never started; the newest of equals, whose name says when.
    const auto rank = [](RunStatus status) {
        if (status == RunStatus::finished || status == RunStatus::diverged) return 0;
        return status == RunStatus::created ? 2 : status == RunStatus::failed ? 3 : 1;
    };
    std::sort(found.begin(), found.end(), [&](const Candidate& a, const Candidate& b) {
        return std::pair(rank(a.status), b.folder.filename()) <
               std::pair(rank(b.status), a.folder.filename());
    });
    return found;
}

/// The folder a run starts from, empty where it is drawn or gone.
fs::path startFolder(const fs::path& library, const std::string& run) {
    if (run.empty()) return {};
    const fs::path given = pathFromUtf8(run);
    return (given.has_parent_path() ? given : library / given).lexically_normal();
}

PlannedRun* memberOf(StudyPlan& plan, const std::string& key) {
    for (PlannedRun& run : plan.runs)
        if (run.member.key == key) return &run;
    return nullptr;
}

void findExisting(StudyPlan& plan, PlannedRun& planned, const std::vector<Candidate>& candidates) {
    const Spec wanted = essence(planned.spec);
    fs::path start;
    if (!planned.member.start.empty()) {
        const PlannedRun* first = memberOf(plan, planned.member.start);
        // What does not exist yet has no runs made from it.
        if (!first || first->folder.empty()) return;
        start = first->folder.lexically_normal();
    }
    const std::string hash = describeDataset(planned.spec.dataset).hash;
    for (const Candidate& candidate : candidates) {
        if (essence(candidate.spec) != wanted) continue;
        if (!hash.empty() && !candidate.record.datasetHash.empty() &&
            candidate.record.datasetHash != hash)
            continue;
        if (startFolder(plan.library, candidate.spec.start.run) != start) continue;
        planned.folder = candidate.folder;
        planned.status = candidate.status;
        planned.spec = candidate.spec;
        return;
    }
}

/// Trains one run to its end. False if the user stopped it.
bool trainRun(StudyPlan& plan, std::size_t i, const StudyHooks& hooks) {
    PlannedRun& planned = plan.runs[i];
    makeStudyRun(plan, i);
    if (hooks.onRun) hooks.onRun(i);
    const WorkerOptions options = hooks.worker ? hooks.worker(i) : WorkerOptions{};
    const RunSummary summary = runWorker(planned.folder, options);
    planned.status = summary.status;
    return summary.status != RunStatus::stopped;
}

}  // namespace

StudyPlan planStudy(const Study& study, StudyScale scale,
                    const std::vector<std::string>& assignments, const fs::path& library) {
    StudyPlan plan;
    plan.study = &study;
    plan.scale = scale;
    plan.library = fs::absolute(library).lexically_normal();
    const std::vector<Candidate> candidates = candidatesIn(plan.library);
    for (const StudyMember& member : study.members(scale)) {
        json tree = memberTree(member);
        std::string text = setSpecFields(tree.dump(), assignments);
        tree = json::parse(text);
        settleData(plan, tree);
        PlannedRun planned;
        planned.member = member;
        planned.spec = parseSpec(tree.dump(), study.name + " " + member.key);
        // A stand-in, so that the spec says it starts somewhere; the folder's name comes later.
        if (!member.start.empty()) planned.spec.start.run = member.start;
        findExisting(plan, planned, candidates);
        plan.runs.push_back(std::move(planned));
    }
    return plan;
}

void makeStudyRun(StudyPlan& plan, std::size_t i) {
    PlannedRun& planned = plan.runs[i];
    if (!planned.folder.empty()) return;
    if (!planned.member.start.empty()) {
        const PlannedRun* first = memberOf(plan, planned.member.start);
        if (!first || !first->done())
            throw InputError(
                plan.study->name, planned.member.key,
                "starts from `" + planned.member.start + "`, which has not been trained");
        planned.spec.start.run = utf8(first->folder);
    }
    planned.folder = createRun(plan.library, planned.spec);
    planned.status = RunStatus::created;
}

bool trainStudy(StudyPlan& plan, const StudyHooks& hooks) {
    for (std::size_t i = 0; i < plan.runs.size(); ++i) {
        PlannedRun& planned = plan.runs[i];
        if (planned.done()) continue;
        if (!planned.folder.empty() && workerLives(planned.folder))
            throw InputError(utf8(planned.folder), {},
                             "is being trained by another worker; wait for it or stop it first");
        try {
            if (!trainRun(plan, i, hooks)) return false;
        } catch (const InputError& error) {
            planned.problem = error.what();
        } catch (const WorkError& error) {
            planned.problem = error.what();
        }
    }
    return true;
}

std::vector<fs::path> studyFolders(const StudyPlan& plan) {
    std::vector<fs::path> folders;
    for (const PlannedRun& run : plan.runs)
        if (!run.folder.empty()) folders.push_back(run.folder);
    return folders;
}

}  // namespace bitloom
