#include "experiment/run_record.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "experiment/probe_writer.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* k_metrics = "metrics.jsonl";
constexpr const char* k_events = "events.jsonl";
/// The files of probes/; the first is counted under its own key, as it was before there were more.
constexpr std::array<const char*, 7> k_probes = {
    "state_gradients", "bounds", "spectra", "lyapunov", "gains", "statistics", "weights"};

fs::path probePath(const fs::path& run, const char* name) {
    return run / "probes" / (std::string(name) + ".jsonl");
}

std::string text(const Json& tree) {
    return tree.dump(-1, ' ', false, Json::error_handler_t::replace);
}

double milliseconds(double seconds) {
    return std::round(seconds * 1000) / 1000;
}

std::string shortNumber(const Json& tree, const char* key) {
    if (!tree.contains(key) || !tree[key].is_number()) return "?";
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.6g", tree[key].get<double>());
    return buffer.data();
}

std::string eventText(const std::string& name, std::int64_t step, const Json& details) {
    if (name == "learning_rate_changed")
        return "learning rate " + shortNumber(details, "from") + " -> " +
               shortNumber(details, "to");
    if (name == "extended")
        return (details.value("to", 0.0) < details.value("from", 0.0) ? "shortened from "
                                                                      : "extended from ") +
               shortNumber(details, "from") + " to " + shortNumber(details, "to") + " steps";
    if (name == "diverged") return "diverged: " + details.value("reason", std::string());
    if (name == "failed") return "failed: " + details.value("message", std::string());
    if (name == "control_refused") return "ignored: " + details.value("message", std::string());
    if (name == "resumed") return "resumed at step " + std::to_string(step);
    if (name == "weights_loaded") {
        std::string text = "weights of " + details.value("run", std::string()) + " after step " +
                           shortNumber(details, "of_step");
        const auto add = [&](const char* words, const char* key) {
            if (!details.contains(key) || !details[key].is_array()) return;
            std::string list;
            for (const Json& item : details[key])
                list += (list.empty() ? "" : ", ") + item.get<std::string>();
            if (!list.empty()) text += std::string("; ") + words + " " + list;
        };
        add("new:", "fresh");
        add("left out:", "left");
        return text;
    }
    if (name == "record_damaged") return "lines of the record before this step are missing";
    return name;
}

/// Byte just after line `lines` (counted from 1) and how many whole lines there are up to it.
std::pair<std::uint64_t, std::int64_t> endOfLine(const fs::path& path, std::int64_t lines) {
    const std::string content = readFile(path);
    std::size_t end = 0;
    std::int64_t seen = 0;
    while (seen < lines) {
        const std::size_t next = content.find('\n', end);
        if (next == content.npos) break;
        end = next + 1;
        ++seen;
    }
    return {end, seen};
}

/// Marks of steps that a resume makes again; starts, stops and failures did happen and stay.
bool belongsToLostSteps(const Json& event, std::int64_t step) {
    if (!event.is_object() || !event.contains("step") || !event["step"].is_number()) return false;
    if (event["step"].get<double>() <= static_cast<double>(step)) return false;
    for (const char* name : {"learning_rate_changed", "extended", "checkpointed", "paused",
                             "continued", "diverged", "control_refused"})
        if (event.value("event", Json()) == name) return true;
    return false;
}

}  // namespace

std::string metricLine(const MetricRow& row, std::int64_t tokens) {
    Json tree;
    switch (row.kind) {
        case MetricRow::Kind::train:
            tree = {{"kind", "train"},
                    {"step", row.step},
                    {"epoch", row.epoch},
                    {"loss", row.loss},
                    {"gradient_norm", row.gradientNorm},
                    {"learning_rate", row.learningRate},
                    {"tokens", tokens},
                    {"seconds", milliseconds(row.seconds)},
                    {"tokens_per_second", std::round(row.tokensPerSecond)}};
            break;
        case MetricRow::Kind::valid:
        case MetricRow::Kind::test:
            tree = {{"kind", row.kind == MetricRow::Kind::valid ? "valid" : "test"},
                    {"step", row.step},
                    {"epoch", row.epoch},
                    {"loss", row.loss},
                    {"value", row.value},
                    {"seconds", milliseconds(row.seconds)}};
            if (row.kind == MetricRow::Kind::valid) tree["best"] = row.best;
            if (row.batchStatistics) tree["batch_statistics"] = *row.batchStatistics;
            if (row.trueAverage) tree["true_average"] = *row.trueAverage;
            if (row.perStep) tree["per_step"] = *row.perStep;
            break;
        case MetricRow::Kind::sample:
            tree = {{"kind", "sample"}, {"step", row.step}, {"text", row.text}};
            break;
    }
    return text(tree);
}

RunRecord::RunRecord(const fs::path& run)
    : m_run(run), m_metrics(run / k_metrics), m_events(run / k_events) {
    std::error_code failure;
    fs::create_directories(run / "probes", failure);
    for (const char* name : k_probes)
        m_probes.push_back({name, std::make_unique<AppendFile>(probePath(run, name)), 0});
}

void RunRecord::clear() {
    m_metrics.truncate(0);
    m_events.truncate(0);
    for (ProbeFile& probe : m_probes) {
        probe.file->truncate(0);
        probe.lines = 0;
    }
    m_metricLines = 0;
}

bool RunRecord::restore(const std::string& position, std::int64_t step) {
    const Json tree = Json::parse(position, nullptr, false);
    const auto counted = [&](const Json& counts, const char* key) -> std::int64_t {
        if (!counts.is_object() || !counts.contains(key) || !counts[key].is_number_unsigned())
            throw InputError(utf8(m_run), "record", "the checkpoint does not say where it stands");
        return counts[key].get<std::int64_t>();
    };
    const std::int64_t metrics = counted(tree, "metrics");
    const auto [metricEnd, metricsSeen] = endOfLine(m_run / k_metrics, metrics);
    m_metrics.truncate(metricEnd);
    m_metricLines = metricsSeen;  // what is there counts from here on, even if lines are missing
    bool whole = metricsSeen == metrics;
    for (ProbeFile& probe : m_probes) {
        // Checkpoints of earlier versions count the first file alone.
        const bool first = &probe == &m_probes.front();
        std::int64_t lines = 0;
        if (first || (tree.contains("probe_files") && tree["probe_files"].contains(probe.name)))
            lines = first ? counted(tree, "probes") : counted(tree["probe_files"], probe.name);
        const auto [end, seen] = endOfLine(probePath(m_run, probe.name), lines);
        probe.file->truncate(end);
        probe.lines = seen;
        whole = whole && seen == lines;
    }

    const std::string former = readFile(m_run / k_events);
    std::string kept;
    for (std::size_t at = 0, end = 0; at < former.size(); at = end + 1) {
        end = former.find('\n', at);
        if (end == former.npos) break;  // torn by a crash
        const auto line = std::string_view(former).substr(at, end - at);
        if (!belongsToLostSteps(Json::parse(line, nullptr, false), step))
            kept.append(line).push_back('\n');
    }
    if (kept.size() != former.size()) {
        // In place: the file stays the one this process and the readers have open.
        m_events.truncate(0);
        if (!kept.empty()) m_events.appendLine(std::string_view(kept).substr(0, kept.size() - 1));
    }
    return whole;
}

std::string RunRecord::metric(const MetricRow& row, std::int64_t tokens) {
    std::string line = metricLine(row, tokens);
    m_metrics.appendLine(line);
    ++m_metricLines;
    return line;
}

void RunRecord::probe(const ProbeRows& rows) {
    std::size_t next = 0;
    const auto append = [&](const auto* row) {
        ProbeFile& probe = m_probes[next++];
        if (!row) return;
        probe.file->appendLine(probeLine(*row));
        ++probe.lines;
    };
    const auto optional = [&](const auto& row) { append(row ? &*row : nullptr); };
    append(&rows.gradients);
    optional(rows.bounds);
    optional(rows.spectra);
    optional(rows.lyapunov);
    optional(rows.gains);
    optional(rows.statistics);
    optional(rows.weights);
}

void RunRecord::event(std::int64_t step, const std::string& name, const std::string& details) {
    Json tree = Json::parse(details, nullptr, false);
    if (!tree.is_object()) tree = Json::object();
    m_events.appendLine(text({{"time", utcNow()},
                              {"event", name},
                              {"step", step},
                              {"details", tree},
                              {"text", eventText(name, step, tree)}}));
}

void RunRecord::sync() {
    m_metrics.sync();
    // How many lines there are is the training thread's to know; a file without any has nothing
    // to wait for.
    for (ProbeFile& probe : m_probes) probe.file->sync();
}

std::string RunRecord::position() const {
    Json files = Json::object();
    for (const ProbeFile& probe : m_probes) {
        if (&probe != &m_probes.front()) files[probe.name] = probe.lines;
    }
    return text({{"metrics", m_metricLines},
                 {"probes", m_probes.front().lines},
                 {"probe_files", std::move(files)}});
}

double RunRecord::lastSeconds() const {
    const std::string content = readFile(m_run / k_metrics);
    std::size_t end = content.size();
    while (end > 0) {
        const std::size_t start = end >= 2 ? content.rfind('\n', end - 2) : content.npos;
        const std::size_t first = start == content.npos ? 0 : start + 1;
        const Json line =
            Json::parse(std::string_view(content).substr(first, end - first), nullptr, false);
        if (line.is_object() && line.contains("seconds") && line["seconds"].is_number())
            return line["seconds"].get<double>();
        end = first;
    }
    return 0;
}

}  // namespace bitloom
