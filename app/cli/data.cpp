// bitloom-cli data list | import | download | check

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/files.h"
#include "command.h"
#include "data/download.h"
#include "data/inventory.h"
#include "one_line.h"

namespace bitloom::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* taskName(Task task) {
    switch (task) {
        case Task::language_model:
            return "language_model";
        case Task::classification:
            return "classification";
        case Task::labelling:
            return "labelling";
        case Task::regression:
            return "regression";
    }
    return "";
}

Json toJson(const DatasetStatus& row) {
    const DatasetInfo& info = row.info;
    Json json{{"name", row.kind->name},
              {"label", info.label},
              {"built_in", row.kind->builtIn},
              {"available", row.available},
              {"how", row.how}};
    if (info.metric.empty()) return json;  // text_file: unknown until a file is named
    json["task"] = taskName(info.task);
    json["metric"] = info.metric;
    json["symbols"] = {
        {"train", info.symbols[0]}, {"valid", info.symbols[1]}, {"test", info.symbols[2]}};
    json["vocabulary"] = info.vocabulary;
    json["features"] = info.features;
    json["outputs"] = info.outputs;
    json["steps"] = info.steps;
    json["floor"] = info.floor ? Json(*info.floor) : Json(nullptr);
    json["floor_label"] = info.floorLabel;
    json["hash"] = info.hash;
    return json;
}

int list(bool json) {
    const auto rows = listDatasets();
    if (json) {
        Json all = Json::array();
        for (const DatasetStatus& row : rows) all.push_back(toJson(row));
        std::printf("%s\n", all.dump(2).c_str());
        return 0;
    }
    std::printf("%-17s %-26s %-14s %10s %8s %8s %6s  %s\n", "name", "label", "status", "train",
                "valid", "test", "V", "hash");
    for (const DatasetStatus& row : rows) {
        const DatasetInfo& info = row.info;
        const char* status = row.kind->builtIn ? "built in"
                             : row.available   ? "available"
                                               : "missing";
        if (info.metric.empty()) {
            std::printf("%-17s %s\n", row.kind->name, info.label.c_str());
            continue;
        }
        const int vocabulary = info.vocabulary > 0 ? info.vocabulary : info.features;
        std::printf("%-17s %-26s %-14s %10lld %8lld %8lld %5d%s  %s\n", row.kind->name,
                    info.label.c_str(), status, static_cast<long long>(info.symbols[0]),
                    static_cast<long long>(info.symbols[1]),
                    static_cast<long long>(info.symbols[2]), vocabulary,
                    info.vocabulary > 0 ? " " : "F", info.hash.substr(0, 12).c_str());
    }
    for (const DatasetStatus& row : rows)
        if (!row.available) std::printf("%s: %s\n", row.kind->name, row.how.c_str());
    return 0;
}

Json toJson(const ImportReport& report) {
    Json found = Json::array(), ignored = Json::array();
    for (const auto& file : report.found)
        found.push_back({{"source", file.source},
                         {"dataset", file.folder},
                         {"file", file.file},
                         {"already", file.already}});
    for (const auto& file : report.ignored)
        ignored.push_back({{"source", file.source}, {"reason", file.reason}});
    return {{"found", found},
            {"ignored", ignored},
            {"text_files", report.textFiles},
            {"converted", report.converted},
            {"ready", report.ready}};
}

/// Names the first few of a long list.
template <typename List, typename Print>
void printSome(const List& list, const char* rest, const Print& print) {
    constexpr std::size_t shown = 20;
    for (std::size_t i = 0; i < list.size() && i < shown; ++i) print(list[i]);
    if (list.size() > shown) std::printf("... and %zu more %s\n", list.size() - shown, rest);
}

void print(const ImportReport& report, bool json) {
    if (json) {
        std::printf(
            "%s\n",
            toJson(report).dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
        return;
    }
    printSome(report.found, "found", [](const ImportReport::Found& file) {
        std::printf("%s: %s of %s%s\n", oneLine(file.source).c_str(), file.file.c_str(),
                    file.folder.c_str(), file.already ? " (already installed)" : "");
    });
    printSome(report.ignored, "ignored", [](const ImportReport::Ignored& file) {
        std::printf("%s: ignored, it %s\n", oneLine(file.source).c_str(), file.reason.c_str());
    });
    printSome(report.textFiles, "text files", [](const std::string& file) {
        std::printf("%s: not a known dataset, but usable as dataset text_file\n",
                    oneLine(file).c_str());
    });
    for (const std::string& sentence : report.converted) std::printf("%s\n", sentence.c_str());
    for (const std::string& name : report.ready) std::printf("ready: %s\n", name.c_str());
}

/// A line on the terminal that is written over; nothing if stderr is a file.
class ProgressLine {
public:
    void show(const std::string& text) {
        const auto now = std::chrono::steady_clock::now();
        if (!m_terminal || now - m_last < std::chrono::milliseconds(100)) return;
        m_last = now;
        m_used = true;
        std::fprintf(stderr, "\r\033[K%s", text.c_str());
        std::fflush(stderr);
    }
    ~ProgressLine() {
        if (m_used) std::fprintf(stderr, "\r\033[K");
    }

private:
    bool m_terminal = ::isatty(STDERR_FILENO) != 0;
    bool m_used = false;
    std::chrono::steady_clock::time_point m_last{};
};

int import(const std::string& source, bool json) {
    if (source.empty()) throw InputError("data import", {}, "needs a folder, a file or an archive");
    ImportReport report;
    {
        ProgressLine line;
        report = importData(pathFromUtf8(source), [&](const std::string& current) {
            line.show(oneLine(current.size() > 70 ? "..." + current.substr(current.size() - 67)
                                                  : current));
        });
    }
    print(report, json);
    if (!report.found.empty()) return 0;
    std::fprintf(
        stderr, "bitloom-cli: %s: holds no file of a known dataset%s\n", source.c_str(),
        report.textFiles.empty() ? "" : "; its text files can be used as dataset text_file");
    return 2;
}

int download(const std::string& name, const std::string& url, bool json) {
    ImportReport report;
    {
        ProgressLine line;
        DownloadOptions options;
        options.url = url;
        options.progress = [&](const DownloadProgress& now) {
            std::string text = now.url.substr(now.url.find_last_of('/') + 1) + "  " +
                               std::to_string(now.received / 1000) + " kB";
            if (now.total > 0)
                text += " of " + std::to_string(now.total / 1000) + " kB, " +
                        std::to_string(100 * now.received / now.total) + "%";
            if (now.attempt > 1) text += ", attempt " + std::to_string(now.attempt);
            line.show(text);
            return true;
        };
        report = downloadDataset(name, options);
    }
    print(report, json);
    return 0;
}

int check(const std::string& name, bool json) {
    const auto rows = checkDatasets(name);
    bool fine = true;
    Json all = Json::array();
    for (const FileCheck& row : rows) {
        fine = fine && row.state == "ok";
        if (json)
            all.push_back({{"dataset", row.folder},
                           {"file", row.file},
                           {"state", row.state},
                           {"detail", row.detail}});
        else
            std::printf("%-14s %-26s %s%s\n", row.folder.c_str(), row.file.c_str(),
                        row.state.c_str(), row.detail.empty() ? "" : (": " + row.detail).c_str());
    }
    if (json) std::printf("%s\n", all.dump(2).c_str());
    if (rows.empty() && !json) std::printf("nothing is installed\n");
    return fine ? 0 : 1;
}

/// The name came from the command line, not from a field of a spec.
int withName(const char* command, const std::function<int()>& work) {
    try {
        return work();
    } catch (const InputError& error) {
        if (error.field() != "dataset.name") throw;
        throw InputError(command, {}, error.message());
    }
}

}  // namespace

void addData(CLI::App& app, Action& action) {
    struct Arguments {
        std::string source, name, url;
        bool json = false;
    };
    const auto arguments = std::make_shared<Arguments>();
    CLI::App* data = app.add_subcommand("data", "List, import, download and check datasets");
    data->require_subcommand(1);
    const auto add = [&](const char* name, const char* help) {
        CLI::App* command = data->add_subcommand(name, help);
        command->add_flag("--json", arguments->json, "Print JSON");
        return command;
    };
    CLI::App* listing = add("list", "All datasets: what they are, whether they are there");
    listing->callback(
        [arguments, &action] { action = [arguments] { return list(arguments->json); }; });
    CLI::App* importing =
        add("import",
            "Find known dataset files in a folder, file or archive, whatever they are called");
    importing->add_option("source", arguments->source, "Folder, file or archive")->required();
    importing->callback([arguments, &action] {
        action = [arguments] { return import(arguments->source, arguments->json); };
    });
    CLI::App* fetching = add("download", "Fetch a dataset from its official address");
    fetching->add_option("name", arguments->name, "Dataset, as in `data list`")->required();
    fetching->add_option("--url", arguments->url,
                         "Another address: a file or archive, or a folder if it ends with /");
    fetching->callback([arguments, &action] {
        action = [arguments] {
            return withName("data download", [&] {
                return download(arguments->name, arguments->url, arguments->json);
            });
        };
    });
    CLI::App* checking =
        add("check", "Hash installed files again and compare with the published ones");
    checking->add_option("name", arguments->name, "Dataset; all installed ones without it");
    checking->callback([arguments, &action] {
        action = [arguments] {
            return withName("data check", [&] { return check(arguments->name, arguments->json); });
        };
    });
}

}  // namespace bitloom::cli
