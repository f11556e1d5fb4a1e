#pragma once
// What Bitloom is measured against: figures recorded before, or commands that measure now.
//
//   { "peers": [
//     { "name": "PyTorch, seen elsewhere",
//       "ms_per_step": { "char-ptb": 463, "word-ptb": [139, 141] } },
//     { "name": "an older Bitloom",
//       "file": "older.jsonl" },
//     { "name": "PyTorch, 2 threads",
//       "command": ["python3", "bench.py", "--workload", "{workload}"],
//       "environment": { "OMP_WAIT_POLICY": "ACTIVE" } } ] }
//
// A command prints, and a file of figures holds, one JSON object a line: "workload", "ms_per_step",
// and, where one command measures several things, what this line is of as "peer" or "variant". A
// line that says "threads" is told apart from those measured here on another number of them.
// bitloom-cli bench --json prints such lines, and such a file may stand in place of the whole list.
// Where {workload} stands in a command, it is run once a workload with that name, else once a
// round.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// One measurement: how long a training step of a workload took.
struct PeerFigure {
    std::string workload;
    std::string kind;  ///< the line's "peer", or its "variant" and precision; "" if it says neither
    double milliseconds = 0;
    std::optional<int> threads;  ///< it was measured on, if the line says so
};

struct Peer {
    std::string name;
    std::vector<PeerFigure> recorded;                ///< one or several a workload and kind
    std::vector<std::string> command;                ///< empty: recorded figures only
    std::map<std::string, std::string> environment;  ///< of the command, beside our own

    /// Whether {workload} stands in the command.
    [[nodiscard]] bool runsByWorkload() const;
};

/// Reads a list of peers or a file of figures. A relative "file" is looked for beside `path`.
/// Throws InputError naming file and field: not JSON, a missing or unknown field, an unknown
/// workload, a figure that is not a positive finite number.
std::vector<Peer> readPeers(const std::filesystem::path& path);

/// The figures of JSON lines; lines that do not begin with { are passed over. Throws InputError.
std::vector<PeerFigure> readFigures(const std::string& lines, const std::string& where,
                                    const std::string& field);

/// Runs the command, for `workload` if it is run by workload. Throws InputError if it cannot be
/// started, fails, prints no figure, or none of that workload.
std::vector<PeerFigure> measurePeer(const Peer& peer, const std::string& workload,
                                    const std::string& where);

}  // namespace bitloom
