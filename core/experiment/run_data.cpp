#include "experiment/run_data.h"

#include "base/error.h"
#include "base/files.h"

namespace bitloom {

void checkDataset(const std::filesystem::path& run, const DatasetInfo& info) {
    const std::string expected = readSpecRecord(readFile(run / "spec.json")).datasetHash;
    if (expected.empty() || info.hash.empty() || expected == info.hash) return;
    if (!info.published && info.name != "text8")
        throw InputError(
            utf8(run / "spec.json"), "dataset",
            "the installed files are not the published ones (`bitloom-cli data check " + info.name +
                "` names them); import the original files, or use yours as text_file");
    throw InputError(utf8(run / "spec.json"), "dataset",
                     "the data is not what this run was made for (its SHA-256 differs); "
                     "import the original files or make a new run");
}

void recordHash(const std::filesystem::path& run, const Spec& spec, const DatasetInfo& info) {
    SpecRecord record = readSpecRecord(readFile(run / "spec.json"));
    if (record.created.empty() || !record.datasetHash.empty() || info.hash.empty()) return;
    record.datasetHash = info.hash;
    record.datasetLabel = info.published ? std::string() : info.label;
    writeFileAtomically(run / "spec.json", writeSpec(spec, record));
}

}  // namespace bitloom
