#pragma once
// What the data tests share: folders that go away, a data folder of their own, files and archives
// to feed in.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"

namespace bitloom::test {

/// A folder below the system's temporary one, removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "bitloom-data-XXXXXX").string();
        m_path = ::mkdtemp(name.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    /// Writes a file below the folder and returns its path.
    std::filesystem::path write(const std::string& name, std::string_view content) const {
        const std::filesystem::path path = m_path / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary)
            .write(content.data(), static_cast<long>(content.size()));
        return path;
    }

private:
    std::filesystem::path m_path;
};

/// An empty data folder for one test.
class DataFolderTest : public ::testing::Test {
protected:
    DataFolderTest() { ::setenv("BITLOOM_DATA", data.path().c_str(), 1); }
    ~DataFolderTest() override { ::unsetenv("BITLOOM_DATA"); }
    TemporaryFolder data;
    TemporaryFolder files;
};

/// The datasets beside the source tree, or an empty path.
inline std::filesystem::path sharedDatasets() {
    const std::filesystem::path path =
        std::filesystem::path(BITLOOM_SOURCE_DIR) / "../shared/datasets";
    return std::filesystem::exists(path) ? path : std::filesystem::path();
}

/// The message of the InputError that `run` throws; fails if it throws none.
template <typename Run>
std::string inputError(Run run) {
    try {
        run();
    } catch (const InputError& error) {
        return error.what();
    }
    ADD_FAILURE() << "no InputError";
    return {};
}

inline DatasetConfig named(const std::string& name) {
    DatasetConfig config;
    config.name = name;
    return config;
}

using Files = std::vector<std::pair<std::string, std::string>>;

/// gzip of bytes; an archive of files: "tar", "v7 tar", "tar.gz", "tar.xz" or "zip".
std::string gzipped(std::string_view bytes);
std::string archived(const Files& files, const std::string& format);

/// An IDX file of unsigned bytes.
std::string idxFile(const std::vector<std::uint32_t>& dimensions, const std::string& bytes);

}  // namespace bitloom::test
