#include "experiment/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "core/experiment/temporary_folder.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

std::string addRun(const fs::path& library, const std::string& fields) {
    return createRun(library, parseSpec(fields, "t")).filename().string();
}

const char* const k_full = R"({"name":"Reference"})";
const char* const k_binary =
    R"({"name":"Übung eins","quantizer":{"method":"binary_connect"},"normalization":{"method":"layer"}})";

LibraryRun find(Library& library, const std::string& id) {
    for (const LibraryRun& run : library.runs())
        if (run.id == id) return run;
    ADD_FAILURE() << "no run " << id;
    return {};
}

TEST(Library, ShowsWhatTheFoldersSay) {
    TemporaryFolder folder;
    Library library(folder.path());
    EXPECT_TRUE(library.runs().empty());
    const std::string id = addRun(folder.path(), k_binary);
    const LibraryRun run = find(library, id);
    EXPECT_EQ(run.quantizer, "binary_connect");
    EXPECT_EQ(run.normalization, "layer");
    EXPECT_EQ(run.dataset, "grammar");
    EXPECT_EQ(run.bits, 1);
    EXPECT_EQ(run.hidden, 128);
    EXPECT_EQ(run.summary.status, RunStatus::created);
    EXPECT_FALSE(run.created.empty());
    RunSummary summary = run.summary;
    summary.status = RunStatus::finished;
    summary.best = 1.5;
    writeSummary(run.folder, summary);
    EXPECT_EQ(find(library, id).summary.best, 1.5);
    fs::remove_all(run.folder);
    EXPECT_TRUE(library.runs().empty());
}

TEST(Library, ADeletedOrDamagedIndexLosesNothing) {
    TemporaryFolder folder;
    std::string id;
    {
        Library library(folder.path());
        id = addRun(folder.path(), k_binary);
        library.refresh();
        library.setStarred(id, true);
        library.setTags(id, {"night", "µ"});
        library.setNote(id, "first try");
    }
    const auto check = [&] {
        Library library(folder.path());
        const LibraryRun run = find(library, id);
        EXPECT_TRUE(run.starred);
        EXPECT_THAT(run.tags, ElementsAre("night", "µ"));
        EXPECT_EQ(run.note, "first try");
    };
    check();
    for (const char* suffix : {"", "-wal", "-shm"})
        fs::remove(folder.path() / (std::string("library.sqlite") + suffix));
    check();
    for (const std::string& damage :
         {std::string("this is no database at all, not even a little"), std::string(5000, '\0'),
          std::string("SQLite format 3\0garbage garbage garbage", 39)}) {
        std::ofstream(folder.path() / "library.sqlite", std::ios::binary) << damage;
        check();
    }
    // Garbage in the middle of a good file.
    {
        std::fstream file(folder.path() / "library.sqlite",
                          std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(100);
        file << std::string(2000, '\x55');
    }
    check();
}

TEST(Library, SearchFindsAnyCaseInAnyField) {
    TemporaryFolder folder;
    Library library(folder.path());
    const std::string full = addRun(folder.path(), k_full);
    const std::string binary = addRun(folder.path(), k_binary);
    library.refresh();
    library.setTags(full, {"Baseline"});
    library.setNote(binary, "looks GOOD");
    const auto ids = [&](const std::string& text) {
        std::vector<std::string> found;
        for (const LibraryRun& run : library.search(text)) found.push_back(run.id);
        return found;
    };
    EXPECT_EQ(ids("").size(), 2u);
    EXPECT_THAT(ids("REFERENCE"), ElementsAre(full));
    EXPECT_THAT(ids("übung"), ElementsAre(binary));
    EXPECT_THAT(ids("ÜBUNG"), ElementsAre(binary));
    EXPECT_THAT(ids("baseline"), ElementsAre(full));
    EXPECT_THAT(ids("layer good"), ElementsAre(binary));
    EXPECT_THAT(ids("binaryconnect"), ElementsAre(binary));
    EXPECT_EQ(ids("grammar").size(), 2u);
    EXPECT_TRUE(ids("layer baseline").empty());
}

TEST(Library, TrashKeepsTheFolderAndRestoreBringsItBack) {
    TemporaryFolder folder;
    Library library(folder.path());
    const std::string id = addRun(folder.path(), k_full);
    library.refresh();
    library.setNote(id, "keep");
    library.trash(id);
    EXPECT_TRUE(library.runs().empty());
    EXPECT_TRUE(fs::exists(folder.path() / ".trash" / id / "spec.json"));
    library.restore(id);
    EXPECT_EQ(find(library, id).note, "keep");
    EXPECT_THROW(library.restore(id), InputError);
    EXPECT_THROW(library.restore("../" + id), InputError);
    EXPECT_THROW(library.trash("nothing"), InputError);
}

TEST(Library, ARunningRunIsNotTrashed) {
    TemporaryFolder folder;
    Library library(folder.path());
    const std::string id = addRun(folder.path(), k_full);
    RunSummary summary;
    summary.status = RunStatus::running;
    summary.pid = getpid();
    summary.processStart = processStartTime(getpid());
    writeSummary(folder.path() / id, summary);
    EXPECT_THROW(library.trash(id), InputError);
    EXPECT_EQ(find(library, id).summary.status, RunStatus::running);
    summary.processStart += 5;
    writeSummary(folder.path() / id, summary);
    EXPECT_EQ(find(library, id).summary.status, RunStatus::lost);
    library.trash(id);
    EXPECT_TRUE(library.runs().empty());
}

TEST(Library, ABrokenFolderIsShownAsFailedAndStrangersAreLeftAlone) {
    TemporaryFolder folder;
    fs::create_directory(folder.path() / "broken");
    std::ofstream(folder.path() / "broken" / "spec.json") << "{ \"dataset\": ";
    fs::create_directory(folder.path() / "holiday pictures");
    std::ofstream(folder.path() / "notes.txt") << "hello";
    Library library(folder.path());
    const auto runs = library.runs();
    ASSERT_EQ(runs.size(), 1u);
    EXPECT_EQ(runs[0].summary.status, RunStatus::failed);
    EXPECT_NE(runs[0].summary.message.find("spec.json"), std::string::npos);
    library.trash("broken");
    EXPECT_TRUE(library.runs().empty());
}

TEST(Library, ManyRunsOpenFast) {
    TemporaryFolder folder;
    const std::string id = addRun(folder.path(), k_binary);
    for (int i = 0; i < 300; ++i)
        fs::copy(folder.path() / id, folder.path() / ("copy-" + std::to_string(i)),
                 fs::copy_options::recursive);
    EXPECT_EQ(Library(folder.path()).runs().size(), 301u);
    EXPECT_EQ(Library(folder.path()).runs().size(), 301u);  // from the index
}

TEST(Library, TwoOpenAtOnceSeeEachOthersChanges) {
    TemporaryFolder folder;
    const std::string id = addRun(folder.path(), k_full);
    Library one(folder.path());
    Library two(folder.path());
    one.setStarred(id, true);
    EXPECT_TRUE(find(two, id).starred);
    two.setTags(id, {"x"});
    EXPECT_TRUE(find(one, id).starred);
    EXPECT_THAT(find(one, id).tags, ElementsAre("x"));
}

TEST(Library, AFolderThatCannotBeMadeIsAWorkError) {
    EXPECT_THROW(Library("/proc/nothing/library"), WorkError);
}

}  // namespace
}  // namespace bitloom
