#include "bench/peers.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "bench/command_output.h"
#include "bench/workload.h"
#include "experiment/catalog.h"

namespace bitloom {
namespace {

using nlohmann::json;

constexpr const char* k_workloadMark = "{workload}";

json parsed(const std::string& text, const std::string& where, const std::string& field) {
    try {
        return json::parse(text);
    } catch (const json::parse_error& error) {
        throw InputError(
            where, field,
            "not JSON (NaN and Infinity are no numbers there): byte " + std::to_string(error.byte));
    } catch (const json::exception&) {
        throw InputError(where, field, "a number is too large for any measurement");
    }
}

double millisecondsOf(const json& value, const std::string& where, const std::string& field) {
    const double ms = value.is_number() ? value.get<double>() : 0;
    if (!(ms > 0) || !std::isfinite(ms))
        throw InputError(where, field,
                         "expected milliseconds, a positive number, not " +
                             value.dump(-1, ' ', false, json::error_handler_t::replace));
    return ms;
}

std::string textOf(const json& value, const std::string& where, const std::string& field,
                   bool mayBeEmpty = false) {
    if (!value.is_string()) throw InputError(where, field, "expected a text");
    const auto& text = value.get_ref<const std::string&>();
    if (text.empty() && !mayBeEmpty) throw InputError(where, field, "expected a text, not \"\"");
    if (text.find('\0') != text.npos) throw InputError(where, field, "a text without zero bytes");
    return text;
}

int threadsOf(const json& value, const std::string& where, const std::string& field) {
    const double threads = value.is_number_integer() ? value.get<double>() : 0;
    if (threads < 1 || threads > 1e6)
        throw InputError(where, field, "expected a number of threads, 1 or more");
    return static_cast<int>(threads);
}

/// "ms_per_step": { "char-ptb": 463, "word-ptb": [139, 141] }
std::vector<PeerFigure> figuresOf(const json& table, const std::string& where,
                                  const std::string& field) {
    if (!table.is_object() || table.empty())
        throw InputError(where, field, "expected an object: workload to milliseconds");
    std::vector<PeerFigure> figures;
    for (const auto& [workload, value] : table.items()) {
        findWorkload(workload, where, field);
        const std::string here = field + "." + workload;
        if (!value.is_array()) {
            figures.push_back({workload, "", millisecondsOf(value, where, here), {}});
            continue;
        }
        if (value.empty()) throw InputError(where, here, "expected at least one number");
        for (const json& one : value)
            figures.push_back({workload, "", millisecondsOf(one, where, here), {}});
    }
    return figures;
}

std::vector<std::string> commandOf(const json& words, const std::string& where,
                                   const std::string& field) {
    if (!words.is_array() || words.empty())
        throw InputError(where, field, "expected a list of texts: the program and its arguments");
    std::vector<std::string> command;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string here = field + "[" + std::to_string(i) + "]";
        command.push_back(textOf(words[i], where, here, i > 0));
    }
    return command;
}

Peer peerOf(const json& tree, const std::filesystem::path& path, const std::string& field) {
    const std::string where = utf8(path);
    static const std::vector<std::string> known{"name", "ms_per_step", "file", "command",
                                                "environment"};
    if (!tree.is_object()) throw InputError(where, field, "expected an object");
    for (const auto& item : tree.items())
        if (std::find(known.begin(), known.end(), item.key()) == known.end())
            throw InputError(where, field + "." + item.key(),
                             "unknown field; did you mean " + nearestName(item.key(), known) + "?");
    Peer peer;
    if (!tree.contains("name")) throw InputError(where, field + ".name", "is missing");
    peer.name = textOf(tree["name"], where, field + ".name");
    const auto sources = tree.count("ms_per_step") + tree.count("file") + tree.count("command");
    if (sources != 1)
        throw InputError(where, field, "expected exactly one of ms_per_step, file and command");
    if (tree.contains("ms_per_step"))
        peer.recorded = figuresOf(tree["ms_per_step"], where, field + ".ms_per_step");
    if (tree.contains("file")) {
        const auto file =
            path.parent_path() / pathFromUtf8(textOf(tree["file"], where, field + ".file"));
        peer.recorded = readFigures(readFile(file), utf8(file), {});
    }
    if (tree.contains("command"))
        peer.command = commandOf(tree["command"], where, field + ".command");
    if (tree.contains("environment")) {
        if (peer.command.empty())
            throw InputError(where, field + ".environment", "belongs to a command");
        if (!tree["environment"].is_object())
            throw InputError(where, field + ".environment", "expected an object: name to text");
        for (const auto& [name, value] : tree["environment"].items()) {
            const std::string here = field + ".environment." + name;
            if (name.empty() || name.find('=') != name.npos)
                throw InputError(where, here, "not the name of a variable");
            peer.environment[name] = textOf(value, where, here, true);
        }
    }
    return peer;
}

bool beginsObject(const std::string& line) {
    const std::size_t start = line.find_first_not_of(" \t");
    return start != line.npos && line[start] == '{';
}

/// Whether `text` is JSON lines of figures rather than a list of peers.
bool holdsFigures(const std::string& text) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!beginsObject(line)) continue;
        const json tree = json::parse(line, nullptr, false);
        return tree.is_object() && tree.contains("workload");
    }
    return false;
}

std::string lastLine(const std::string& text) {
    const std::size_t end = text.find_last_not_of(" \n\r\t");
    if (end == text.npos) return {};
    const std::size_t start = text.find_last_of('\n', end);
    return text.substr(start == text.npos ? 0 : start + 1,
                       end - (start == text.npos ? 0 : start + 1) + 1);
}

}  // namespace

bool Peer::runsByWorkload() const {
    return std::any_of(command.begin(), command.end(), [](const std::string& word) {
        return word.find(k_workloadMark) != word.npos;
    });
}

std::vector<PeerFigure> readFigures(const std::string& lines, const std::string& where,
                                    const std::string& field) {
    std::vector<PeerFigure> figures;
    std::istringstream in(lines);
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (!beginsObject(line)) continue;
        const std::string here =
            field + (field.empty() ? "line " : ", line ") + std::to_string(number);
        const json tree = parsed(line, where, here);
        for (const char* key : {"workload", "ms_per_step"})
            if (!tree.contains(key))
                throw InputError(where, here, std::string(key) + " is missing");
        if (tree.contains("size"))
            throw InputError(where, here + ".size",
                             "a workload with another size (bench --scale) is not the workload");
        PeerFigure figure;
        figure.workload = findWorkload(textOf(tree["workload"], where, here + ".workload"), where,
                                       here + ".workload")
                              .name;
        figure.milliseconds = millisecondsOf(tree["ms_per_step"], where, here + ".ms_per_step");
        for (const char* key : {"variant", "peer"})
            if (tree.contains(key)) figure.kind = textOf(tree[key], where, here + "." + key);
        if (tree.value("precision", json("fp32")) != json("fp32"))
            figure.kind += " " + textOf(tree["precision"], where, here + ".precision");
        if (tree.contains("threads"))
            figure.threads = threadsOf(tree["threads"], where, here + ".threads");
        figures.push_back(std::move(figure));
    }
    if (figures.empty())
        throw InputError(where, field,
                         "no figures: expected lines like {\"workload\": \"char-ptb\", "
                         "\"ms_per_step\": 463}");
    return figures;
}

std::vector<Peer> readPeers(const std::filesystem::path& path) {
    const std::string text = readFile(path);
    const std::string where = utf8(path);
    if (holdsFigures(text)) return {{utf8(path.stem()), readFigures(text, where, {}), {}, {}}};
    const json tree = parsed(text, where, {});
    if (!tree.is_object() || !tree.contains("peers") || !tree["peers"].is_array() ||
        tree["peers"].empty())
        throw InputError(where, "peers", "expected a list of at least one peer");
    for (const auto& item : tree.items())
        if (item.key() != "peers")
            throw InputError(where, item.key(), "unknown field; the only one here is peers");
    std::vector<Peer> peers;
    std::set<std::string> names;
    for (std::size_t i = 0; i < tree["peers"].size(); ++i) {
        const std::string field = "peers[" + std::to_string(i) + "]";
        peers.push_back(peerOf(tree["peers"][i], path, field));
        if (!names.insert(peers.back().name).second)
            throw InputError(where, field + ".name",
                             "\"" + peers.back().name + "\" is another peer's name, too");
    }
    return peers;
}

std::vector<PeerFigure> measurePeer(const Peer& peer, const std::string& workload,
                                    const std::string& where) {
    std::vector<std::string> command = peer.command;
    for (std::string& word : command)
        for (std::size_t at = word.find(k_workloadMark); at != word.npos;
             at = word.find(k_workloadMark, at + workload.size()))
            word.replace(at, std::string(k_workloadMark).size(), workload);
    const std::string field = "command of \"" + peer.name + "\"";
    CommandOutput output;
    try {
        output = runCommand(command, peer.environment);
    } catch (const WorkError& error) {
        throw InputError(where, field, error.what());
    }
    if (output.exitCode != 0) {
        const std::string last = lastLine(output.errors);
        throw InputError(where, field,
                         "it ended with exit code " + std::to_string(output.exitCode) +
                             (last.empty() ? "" : ", saying: " + last));
    }
    auto figures = readFigures(output.text, where, field);
    if (peer.runsByWorkload()) {
        std::erase_if(figures, [&](const PeerFigure& f) { return f.workload != workload; });
        if (figures.empty()) throw InputError(where, field, "it printed no figure of " + workload);
    }
    return figures;
}

}  // namespace bitloom
