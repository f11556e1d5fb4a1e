#pragma once
// The SQLite side of a library: a cache of what the run folders say, thrown away and made again
// whenever it is damaged, of another version, or on a file system that cannot hold it (then it
// lives in memory).

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "experiment/library.h"

namespace bitloom {

/// A run as the index knows it; `stamp` tells whether the folder's files are still the same.
struct IndexedRun {
    LibraryRun run;
    std::string stamp;
};

class LibraryIndex {
public:
    explicit LibraryIndex(const std::filesystem::path& folder);
    ~LibraryIndex();

    /// All rows; rows that cannot be read are left out (their folders are then read again).
    std::vector<IndexedRun> load();
    /// Writes and removes rows in one transaction. Failures are not errors: the folders are the
    /// truth.
    void update(const std::vector<const IndexedRun*>& changed,
                const std::vector<std::string>& gone);

private:
    struct Connection;
    void open();
    void reopenEmpty();
    std::filesystem::path m_folder;
    std::unique_ptr<Connection> m_connection;
};

}  // namespace bitloom
