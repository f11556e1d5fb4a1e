#pragma once
// Bringing dataset files into the data folder: known files are recognized by their content,
// whatever they are called, in folders, in archives (.zip, .tar, .tar.gz, .tar.xz, .7z ...), in
// compressed files (.gz ...), and in archives inside archives, three deep.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bitloom {

struct ImportReport {
    struct Found {
        std::string source;    ///< where it was: "/home/u/ptb.tgz!data/ptb.train.txt"
        std::string folder;    ///< below userDataFolder()/datasets
        std::string file;      ///< its name there
        bool already = false;  ///< the same file was installed before
    };
    struct Ignored {
        std::string source;
        std::string reason;
    };
    std::vector<Found> found;
    std::vector<Ignored> ignored;
    std::vector<std::string> textFiles;  ///< not known, but text: usable as dataset text_file
    std::vector<std::string> converted;  ///< what was made from what was found, as sentences
    std::vector<std::string>
        ready;  ///< catalog names of the sets that are complete now and were touched
};

/// Appends one report to another; a set that is ready is named once.
void merge(ImportReport& into, ImportReport from);

/// Called with each file or archive entry about to be looked at.
using ImportProgress = std::function<void(const std::string& current)>;

/// Looks through a file or folder (links to folders are not followed) and installs what it knows;
/// each file is written atomically. PTB word files are converted to the character files if those
/// are not installed. Throws InputError if `source` does not exist; a damaged archive inside it is
/// an ignored file. WorkError if the data folder cannot be written.
ImportReport importData(const std::filesystem::path& source, const ImportProgress& progress = {});

}  // namespace bitloom
