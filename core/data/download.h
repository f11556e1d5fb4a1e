#pragma once
// Fetching datasets from their official addresses (libcurl): http and https only. An interrupted
// transfer is kept as a partial file and resumed with a Range request, also by a later call; a
// server that ignores the range starts over. Nothing is installed before its checksum is right.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/import.h"

namespace bitloom {

struct DownloadProgress {
    std::string url;
    std::uint64_t received = 0;  ///< bytes on the disk, resumed ones included
    std::uint64_t total = 0;     ///< 0 = the server has not said
    int attempt = 1;
};

struct DownloadOptions {
    /// Instead of the official address. Ending with "/": the folder that holds the files under
    /// their official names; else one file or archive that holds them all.
    std::string url;
    /// Called from the calling thread, several times a second; false cancels and keeps the partial
    /// file.
    std::function<bool(const DownloadProgress&)> progress;
    int stallSeconds = 30;         ///< no byte for so long ends an attempt
    int retries = 4;               ///< further attempts in a row that bring nothing new
    double retryDelaySeconds = 1;  ///< doubled from attempt to attempt
};

/// Fetches `url` to `target` (partial: target + ".part"), at most `mostBytes`. With a `sha256` a
/// file of other content is deleted. Throws WorkError: no connection, stalled or cut off too often,
/// an HTTP error, wrong checksum, too large, full disk, cancelled, another process is fetching it;
/// InputError for an address that is not http(s).
void downloadFile(const std::string& url, const std::filesystem::path& target,
                  const std::string& sha256, std::uint64_t mostBytes,
                  const DownloadOptions& options);

/// Fetches and imports the files of a dataset. ptb_char comes from the word files. Throws
/// InputError for a name without an address (built-in sets, text_file), WorkError as above and if
/// the content is not the published one.
ImportReport downloadDataset(const std::string& name, const DownloadOptions& options);

/// The official addresses of a dataset; empty for built-in sets and text_file.
std::vector<std::string> officialAddresses(const std::string& name);

}  // namespace bitloom
