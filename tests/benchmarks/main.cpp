// Google Benchmark for the kernels: bitloom_benchmarks [--threads=N] [--benchmark_filter=REGEX] ...
// The sizes are those of char-ptb: B 64, d 512, V 50.

#include <benchmark/benchmark.h>

#include <charconv>
#include <cstdio>
#include <string_view>

#include "math/threads.h"
#include "operands.h"

int main(int argc, char** argv) {
    using namespace bitloom;
    benchmark::Initialize(&argc, argv);
    int threads = 1;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        constexpr std::string_view name = "--threads=";
        const char* const end = word.data() + word.size();
        if (!word.starts_with(name) ||
            std::from_chars(word.data() + name.size(), end, threads).ptr != end || threads < 1) {
            std::fprintf(stderr,
                         "bitloom_benchmarks: %s: expected --threads=N or --benchmark_...\n",
                         argv[i]);
            return 2;
        }
    }
    setThreads(threads);
    const FlushToZero guard;
    benchmark::AddCustomContext("bitloom_threads", std::to_string(threads));
    benchmarks::registerCells();
    benchmarks::registerNormalization();
    benchmarks::registerQuantizers();
    benchmarks::registerProducts();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
