#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;

class Files : public ::testing::Test {
protected:
    Files() { fs::create_directories(folder); }
    ~Files() override {
        std::error_code ignored;
        fs::remove_all(folder, ignored);
    }
    const fs::path folder =
        fs::temp_directory_path() / ("bitloom-files-" + std::to_string(getpid()));
};

/// While it lives no file can grow beyond `bytes`: writes stop half-way, as on a full disk.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t bytes) : m_signal(std::signal(SIGXFSZ, SIG_IGN)) {
        getrlimit(RLIMIT_FSIZE, &m_former);
        const rlimit limit{bytes, m_former.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        setrlimit(RLIMIT_FSIZE, &m_former);
        std::signal(SIGXFSZ, m_signal);
    }

private:
    rlimit m_former{};
    void (*m_signal)(int);
};

TEST_F(Files, ALineThatDoesNotFitLeavesNoHalfOfItself) {
    AppendFile file(folder / "lines");
    file.appendLine("first");
    {
        const FileSizeLimit limit(100);
        EXPECT_THROW(file.appendLine(std::string(200, 'x')), WorkError);
    }
    file.appendLine("second");
    EXPECT_EQ(readFile(folder / "lines"), "first\nsecond\n");
}

TEST_F(Files, AFailedReplacementKeepsTheOldContentAndLeavesNoTemporaryFile) {
    writeFileAtomically(folder / "file", "old");
    {
        const FileSizeLimit limit(100);
        EXPECT_THROW(writeFileAtomically(folder / "file", std::string(200, 'x')), WorkError);
    }
    EXPECT_EQ(readFile(folder / "file"), "old");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(Files, ADeviceIsWrittenToAndStaysOne) {
    for (const char* device : {"/dev/null", "/dev/full"}) {
        if (::access(device, W_OK) != 0) GTEST_SKIP() << "no " << device << " here";
        fs::create_symlink(device, folder / fs::path(device).filename());
    }
    writeFileAtomically(folder / "null", "text");
    EXPECT_THROW(writeFileAtomically(folder / "full", "text"), WorkError);
    EXPECT_TRUE(fs::is_character_file(folder / "null"));
    EXPECT_TRUE(fs::is_character_file(folder / "full"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 2);
}

TEST_F(Files, OnlyFilesAreRead) {
    ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
    for (const fs::path& path : {folder, folder / "pipe", folder / "none", fs::path("/dev/zero")})
        EXPECT_THROW(readFile(path), InputError) << path;
}

TEST_F(Files, AnAbsurdlyLargeFileIsRefusedUnread) {
    std::ofstream(folder / "sparse").put('x');
    std::error_code failure;
    fs::resize_file(folder / "sparse", 100'000'000'000, failure);
    if (failure) GTEST_SKIP() << "no sparse files here: " << failure.message();
    EXPECT_THROW(readFile(folder / "sparse"), InputError);
}

}  // namespace
}  // namespace bitloom
