#pragma once
// Bitloom beside its peers, in rounds: each round measures every peer, then every variant of ours,
// workload by workload, so that what slows the machine slows both. The ratio is taken round by
// round against the best peer of any kind, the one with the least median on that workload.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/median.h"
#include "bench/peers.h"

namespace bitloom {

/// One row of the comparison. Milliseconds a step.
struct ComparisonRow {
    std::string workload;
    std::string name;  ///< "PEER" or "PEER: kind, N threads"; a variant of ours
    bool ours = false;
    Spread milliseconds;
    std::size_t samples = 0;
    std::string bestPeer;         ///< ours only: what the ratio is against; "" without a peer
    double bestMilliseconds = 0;  ///< its median
    std::optional<Spread> ratio;  ///< ours only: best peer's time over ours, 2 = twice as fast
};

struct ComparisonOptions {
    std::vector<std::string> workloads;
    std::vector<std::string> variants;
    int rounds = 3;
    std::optional<int> threads;  ///< ours; rows of peers measured on others say so
    std::string where;           ///< the file of the peers, for messages
};

/// @param measure milliseconds a step of a variant of ours on a workload.
/// @param onRound called before each round with its number from 1; may be empty.
/// Rows by workload, peers first, best first. Throws InputError (a command failed; no peer has a
/// figure of any of the workloads).
std::vector<ComparisonRow> compareWithPeers(
    const std::vector<Peer>& peers, const ComparisonOptions& options,
    const std::function<double(const std::string& workload, const std::string& variant)>& measure,
    const std::function<void(int)>& onRound = {});

}  // namespace bitloom
