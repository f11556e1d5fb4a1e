// The walls of the house: who may include whom, and how large a file may grow.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path root = BITLOOM_SOURCE_DIR;

/// core's rooms in the order the data flows; a room includes only rooms before it, with two
/// exception: deploy may not see train and probe.
const std::vector<std::string> coreRooms{"base",  "math",  "data",   "quant",      "norm", "nn",
                                         "train", "probe", "deploy", "experiment", "bench"};
const std::set<std::string> uiRooms{"theme", "charts", "models", "session", "pages", "window"};

struct SourceFile {
    fs::path path;     ///< relative to the root
    std::string room;  ///< second path component, or the first of app and tests
    std::size_t lines = 0;
    std::vector<std::string> includes;  ///< what stands between the quotes or brackets
    std::string text;
};

std::vector<SourceFile> filesUnder(const fs::path& folder) {
    static const std::regex include(R"re(^\s*#\s*include\s*[<"]([^>"]+)[>"])re");
    std::vector<SourceFile> files;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
        const fs::path& path = entry.path();
        if (!entry.is_regular_file() || (path.extension() != ".cpp" && path.extension() != ".h"))
            continue;
        SourceFile file;
        file.path = fs::relative(path, root);
        auto part = file.path.begin();
        file.room = (++part)->string();
        std::ifstream in(path);
        for (std::string line; std::getline(in, line); ++file.lines) {
            std::smatch match;
            if (std::regex_search(line, match, include)) file.includes.push_back(match[1]);
            file.text += line + '\n';
        }
        files.push_back(std::move(file));
    }
    return files;
}

std::string roomOf(const std::string& include) {
    return include.substr(0, include.find('/'));
}

/// Files under `folder` that include a header matching `pattern`.
std::vector<fs::path> includers(const fs::path& folder, const std::string& pattern) {
    const std::regex wanted(pattern);
    std::vector<fs::path> found;
    for (const SourceFile& file : filesUnder(folder))
        if (std::any_of(file.includes.begin(), file.includes.end(),
                        [&](const std::string& name) { return std::regex_search(name, wanted); }))
            found.push_back(file.path);
    return found;
}

TEST(Walls, CoreRoomsIncludeOnlyRoomsBeforeThem) {
    std::map<std::string, std::size_t> rank;
    for (std::size_t i = 0; i < coreRooms.size(); ++i) rank[coreRooms[i]] = i;
    const auto files = filesUnder("core");
    ASSERT_GT(files.size(), 20u);
    for (const SourceFile& file : files) {
        ASSERT_TRUE(rank.count(file.room)) << file.path << " stands in no known room";
        for (const std::string& include : file.includes) {
            const std::string other = roomOf(include);
            EXPECT_FALSE(uiRooms.count(other)) << file.path << " includes " << include;
            if (!rank.count(other)) continue;
            EXPECT_LE(rank[other], rank[file.room]) << file.path << " includes " << include;
            if (file.room == "deploy") {
                EXPECT_TRUE(other != "train" && other != "probe")
                    << file.path << " includes " << include;
            }
        }
    }
}

TEST(Walls, CoreAndCommandLineKnowNoQt) {
    for (const char* folder : {"core", "app/cli"})
        for (const fs::path& path : includers(folder, R"(^Q[A-Z]|^Qt|^qcustomplot)"))
            ADD_FAILURE() << path << " includes Qt";
}

TEST(Walls, EachHeavyLibraryHasOneRoom) {
    const struct {
        const char* header;
        const char* allowed;
    } rules[] = {{R"(dnnl\.hpp|dnnl\.h$)", "core/math/gemm"},
                 {R"(qcustomplot\.h)", "ui/charts/"},
                 {R"(^QProcess$|^QThread$)", "ui/session/"},
                 {R"(sqlite3\.h)", "core/experiment/"},
                 {R"(^spawn\.h)", "core/bench/"},
                 {R"(curl/curl\.h|^archive)", "core/data/"},
                 {R"(simdjson\.h)", "core/experiment/"},
                 {R"(^hwy/)", "core/"}};
    for (const auto& rule : rules)
        for (const char* folder : {"core", "ui", "app"})
            for (const fs::path& path : includers(folder, rule.header)) {
                EXPECT_TRUE(path.string().starts_with(rule.allowed))
                    << path << " includes " << rule.header << ", which belongs to " << rule.allowed;
            }
}

TEST(Walls, UiNeverTrains) {
    for (const fs::path& path :
         includers("ui", R"(^nn/network\.h|^train/trainer\.h|experiment/worker\.h)"))
        ADD_FAILURE() << path << " reaches into training";
}

TEST(Walls, UiRoomsIncludeOnlyRoomsBeforeThem) {
    const std::map<std::string, int> rank{{"theme", 0},   {"charts", 1}, {"models", 1},
                                          {"session", 1}, {"pages", 2},  {"window", 3}};
    for (const SourceFile& file : filesUnder("ui")) {
        ASSERT_TRUE(rank.count(file.room)) << file.path << " stands in no known room";
        for (const std::string& include : file.includes)
            if (const auto other = rank.find(roomOf(include)); other != rank.end()) {
                EXPECT_LE(other->second, rank.at(file.room))
                    << file.path << " includes " << include;
            }
    }
}

TEST(Walls, JsonStaysOutOfHeaders) {
    for (const char* folder : {"core", "ui", "app"})
        for (const fs::path& path : includers(folder, R"(nlohmann/json\.hpp|simdjson\.h)"))
            EXPECT_EQ(path.extension(), ".cpp")
                << path << " makes every includer parse the JSON library";
}

TEST(Walls, FilesStaySmall) {
    for (const char* folder : {"core", "ui", "app", "tests"})
        for (const SourceFile& file : filesUnder(folder)) {
            const std::size_t most = file.path.extension() == ".h" ? 300 : 600;
            EXPECT_LE(file.lines, most) << file.path << ": split by what it does";
        }
}

TEST(Walls, HeadersSayPragmaOnceAndNoUsingNamespace) {
    for (const char* folder : {"core", "ui", "app"})
        for (const SourceFile& file : filesUnder(folder)) {
            if (file.path.extension() != ".h") continue;
            EXPECT_NE(file.text.find("#pragma once"), std::string::npos) << file.path;
            EXPECT_EQ(file.text.find("\nusing namespace"), std::string::npos) << file.path;
        }
}

TEST(Walls, NothingIsLeftForLater) {
    const std::regex later(R"(\b(TODO|FIXME|XXX|HACK)\b)");
    for (const char* folder : {"core", "ui", "app"})
        for (const SourceFile& file : filesUnder(folder))
            EXPECT_FALSE(std::regex_search(file.text, later)) << file.path;
}

}  // namespace
