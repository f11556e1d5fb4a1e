#include "experiment/comparison.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "experiment/published.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using Ordered = nlohmann::ordered_json;

Ordered number(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? Ordered(*value) : Ordered(nullptr);
}

/// One value a column, in the order of the columns.
Ordered rowOf(const ComparedRun& compared) {
    const LibraryRun& run = compared.run;
    const RunSummary& summary = run.summary;
    const PublishedResult* published = findPublished(compared.spec);
    Ordered row;
    row["id"] = run.id;
    row["name"] = summary.name;
    row["status"] = toString(summary.status);
    row["dataset"] = run.dataset;
    row["cell"] = run.cell;
    row["layers"] = run.layers;
    row["hidden"] = run.hidden;
    row["quantizer"] = run.quantizer.empty() ? "full" : run.quantizer;
    row["bits"] = run.bits;
    row["normalization"] = run.normalization;
    row["metric"] = summary.metric;
    row["best"] = number(summary.best);
    row["best_step"] = summary.bestStep;
    row["last"] = number(summary.last);
    row["test"] = number(summary.test);
    row["valid_batch_statistics"] = number(summary.validBatchStatistics);
    row["test_batch_statistics"] = number(summary.testBatchStatistics);
    row["test_true_average"] = number(summary.testTrueAverage);
    row["test_per_step"] = number(summary.testPerStep);
    row["published"] = published ? number(published->value) : Ordered(nullptr);
    row["train_loss"] = number(summary.trainLoss);
    row["step"] = summary.step;
    row["total_steps"] = summary.totalSteps;
    row["epochs"] = summary.epochs;
    row["seconds"] = number(summary.seconds);
    row["tokens_per_second"] = number(summary.tokensPerSecond);
    row["paper_kb"] = summary.size.paperKb;
    row["recurrent_bytes"] = summary.size.recurrentBytes;
    row["model_bytes"] = summary.size.modelBytes;
    row["seed"] = compared.spec.training.seed;
    row["reproducible"] = summary.reproducible;
    row["created"] = run.created;
    row["message"] = summary.message;
    row["note"] = run.note;
    return row;
}

std::string csvField(const Ordered& value) {
    if (value.is_null()) return "";
    if (!value.is_string()) return value.dump();
    const auto& text = value.get_ref<const std::string&>();
    if (text.find_first_of(",\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace

std::vector<ComparedRun> readComparison(const std::vector<fs::path>& folders) {
    std::vector<ComparedRun> runs;
    for (const fs::path& given : folders) {
        std::error_code ignored;
        fs::path folder = given.lexically_normal();
        if (!folder.has_filename()) folder = folder.parent_path();  // a/b/ is a/b
        if (!fs::exists(folder / "spec.json", ignored))
            throw InputError(utf8(given), "", "is not a run folder: it has no spec.json");
        ComparedRun run;
        run.run = readLibraryRun(folder);
        run.spec = readRecordedSpec(folder);
        run.run.summary = readSummary(folder);
        RunTail tail(folder, ProbeFiles::all);
        RunTail::News news = tail.poll();
        run.metrics = std::move(news.metrics);
        run.events = std::move(news.events);
        run.gradients = std::move(news.gradients);
        run.probes = std::move(news.probes);
        runs.push_back(std::move(run));
    }
    return runs;
}

std::string comparisonCsv(const std::vector<ComparedRun>& runs) {
    std::string header;
    std::string body;
    for (const ComparedRun& run : runs.empty() ? std::vector<ComparedRun>(1) : runs) {
        header.clear();
        std::string line;
        const Ordered row = rowOf(run);
        for (const auto& [key, value] : row.items()) {
            header += (header.empty() ? "" : ",") + key;
            line += (line.empty() ? "" : ",") + csvField(value);
        }
        if (!runs.empty()) body += line + "\r\n";
    }
    return header + "\r\n" + body;
}

std::string comparisonJson(const std::vector<ComparedRun>& runs) {
    Ordered tree;
    tree["runs"] = Ordered::array();
    for (const ComparedRun& compared : runs) {
        Ordered row = rowOf(compared);
        row["folder"] = utf8(compared.run.folder);
        row["tags"] = compared.run.tags;
        row["size"] = Ordered::parse(sizeJson(compared.run.summary.size));
        row["valid"] = Ordered::array();
        for (const MetricRow& metric : compared.metrics)
            if (metric.kind == MetricRow::Kind::valid)
                row["valid"].push_back({{"step", metric.step},
                                        {"epoch", metric.epoch},
                                        {"loss", number(metric.loss)},
                                        {"value", number(metric.value)}});
        tree["runs"].push_back(std::move(row));
    }
    return tree.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace bitloom
