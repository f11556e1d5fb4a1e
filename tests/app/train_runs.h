#pragma once
// Small runs for tests of bitloom-cli train, in a folder that goes with the test.

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "experiment/run_folder.h"
#include "program.h"

namespace bitloom::testing_app {

/// A tiny grammar run of so many steps, with probes and checkpoints.
inline nlohmann::json tinySpec(int steps) {
    return {{"name", "tiny"},
            {"dataset", {{"name", "grammar"}, {"size", 20000}}},
            {"model", {{"hidden", 12}}},
            {"quantizer", {{"method", "lab"}}},
            {"normalization", {{"method", "batch_shared"}}},
            {"training",
             {{"batch", 8},
              {"window", 20},
              {"epochs", 50},
              {"steps", steps},
              {"threads", 1},
              {"validate_every", 40},
              {"evaluation_limit", 3},
              {"checkpoint_every", 15},
              {"sample_length", 20}}},
            {"probes", {{"every", 10}}}};
}

class TrainRuns : public testing::Test {
protected:
    std::filesystem::path writeSpecFile(const nlohmann::json& spec) {
        writeFileAtomically(m_folder.path() / "spec.json", spec.dump());
        return m_folder.path() / "spec.json";
    }
    /// A run folder that exists but has not been trained.
    std::filesystem::path makeRun(const std::string& name, const nlohmann::json& spec) {
        return createRun(m_folder.path() / name, parseSpec(spec.dump(), "test"));
    }
    Output train(const std::filesystem::path& run, std::vector<std::string> more = {}) {
        std::vector<std::string> arguments{"train", run.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return runProgram(m_folder.path(), arguments);
    }

    Folder m_folder;
};

}  // namespace bitloom::testing_app
