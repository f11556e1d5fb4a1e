#include "experiment/control_file.h"

#include <gtest/gtest.h>

#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "temporary_folder.h"

namespace bitloom {
namespace {

TEST(ControlFile, WhatCannotBeMeantChangesNothingAndIsToldOnce) {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "control.json";
    const StopSignals signals;
    ControlFile control(folder.path(), signals);
    EXPECT_EQ(control.read().command, Control::Command::run) << "no file";
    Control pause;
    pause.command = Control::Command::pause;
    pause.learningRate = 0.25;
    writeControl(folder.path(), pause);
    EXPECT_EQ(control.read().command, Control::Command::pause);
    EXPECT_FALSE(control.takeProblem());

    const struct {
        const char* text;
        const char* says;
    } cases[] = {
        {"", "control.json: is not"},
        {"{\"command\":", "control.json: is not"},
        {R"({"command": "puase"})", "control.json: command: \"puase\""},
        {R"({"command": 1})", "control.json: command: 1"},
        {R"({"learning_rate": -1})", "control.json: learning_rate: -1"},
        {R"({"learning_rate": 1e305})", "control.json: learning_rate: 1e+305"},
        {R"({"learning_rate": "0.1", "epochs": 3})", "learning_rate: \"0.1\""},
        {R"({"epochs": 1.5, "command": "run"})", "epochs: 1.5"},
        {R"({"steps": 0})", "steps: 0 is not a whole number from 1"},
        {R"({"step_requests": "three", "steps": 4})", "step_requests"},
        {R"({"comand": "stop"})", "control.json: comand: is not a wish a run knows"},
    };
    for (const auto& c : cases) {
        writeFileAtomically(path, c.text);
        const Control kept = control.read();
        EXPECT_EQ(kept.command, Control::Command::pause) << c.text;
        EXPECT_EQ(kept.learningRate, 0.25) << c.text;
        EXPECT_FALSE(kept.epochs || kept.steps) << c.text;
        EXPECT_NE(control.takeProblem().value_or("").find(c.says), std::string::npos) << c.text;
        // The same once more, as a new file.
        std::filesystem::last_write_time(
            path, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(9));
        control.read();
        EXPECT_FALSE(control.takeProblem()) << c.text;
    }
    writeFileAtomically(path, R"({"command": "run", "steps": 40.0, "epochs": null})");
    EXPECT_EQ(control.read().command, Control::Command::run);
    EXPECT_EQ(control.read().steps, 40);
    EXPECT_FALSE(control.takeProblem());
    std::filesystem::remove(path);
    EXPECT_FALSE(control.read().steps) << "no file, no wishes";
}

}  // namespace
}  // namespace bitloom
