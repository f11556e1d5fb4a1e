#pragma once
// What `bitloom-cli bench` was asked for, and its five ways: plain, variants in turns, against
// peers, against a size, and the cost of the quantizers. Each checks its options before it
// measures.

#include <string>
#include <vector>

namespace bitloom::cli {

enum class BenchMode { workloads, turns, compare, scale, quantizers };

struct BenchOptions {
    BenchMode mode = BenchMode::workloads;
    std::vector<std::string> workloads;  ///< empty: all (scale and quantizers: char-ptb)
    std::vector<std::string> variants{"full+none", "binary_connect+weight", "binary_connect+layer",
                                      "binary_connect+batch_shared"};
    std::string precision = "fp32";
    int threads = 2;
    int steps = 5;
    bool json = false;
    std::string compare;     ///< file of peers
    int rounds = 3;          ///< of compare
    std::string scale;       ///< name of a size
    std::vector<int> sizes;  ///< of scale; empty: its own
    std::string svg;         ///< of scale: file to write; empty: none
};

/// Each returns 0 and throws InputError or WorkError.
int benchWorkloads(const BenchOptions& options);
int benchInTurns(const BenchOptions& options);
int benchAgainstPeers(const BenchOptions& options);
int benchScale(const BenchOptions& options);
int benchQuantizers(const BenchOptions& options);

}  // namespace bitloom::cli
