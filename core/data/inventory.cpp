#include "data/inventory.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/archive.h"
#include "data/data_folder.h"
#include "data/known_files.h"

namespace bitloom {
namespace {

bool present(const std::filesystem::path& path) {
    std::error_code failure;
    return std::filesystem::exists(path, failure);
}

bool isText8(const KnownFile& file) {
    return file.folder == std::string_view("text8");
}

bool isThere(const KnownFile& file) {
    const std::string name = file.name;
    return present(installedFile(file.folder, name)) ||
           (*file.packedSha256 && present(installedFile(file.folder, name + ".gz")));
}

/// As large as published; text8 may be a part.
bool hasSize(const KnownFile& file) {
    if (isText8(file)) return isThere(file);
    std::error_code failure;
    const auto size = std::filesystem::file_size(installedFile(file.folder, file.name), failure);
    return failure ? isThere(file) : size == file.bytes;
}

FileCheck check(const KnownFile& file) {
    FileCheck result{file.folder, file.name, "ok", {}};
    std::filesystem::path path = installedFile(file.folder, file.name);
    if (!present(path) && *file.packedSha256) path += ".gz";
    if (!present(path)) {
        result.state = "missing";
        return result;
    }
    try {
        std::string content = readFile(path);
        if (path.extension() == ".gz") content = gunzip(content, utf8(path), 2 * file.bytes);
        if (isContentOf(file, content)) return result;
        result.detail = "has " + std::to_string(content.size()) + " bytes";
        if (content.size() == file.bytes)
            result.detail += " as published, but other content";
        else
            result.detail += ", the published file has " + std::to_string(file.bytes);
    } catch (const InputError& error) {
        result.detail = error.message();
    }
    result.state = "changed";
    return result;
}

}  // namespace

bool isInstalled(const DatasetKind& kind) {
    if (!*kind.folder) return true;
    bool all = true, any = false;
    for (const KnownFile& file : knownFiles()) {
        if (file.folder != std::string_view(kind.folder)) continue;
        const bool there = hasSize(file);
        all = all && there;
        any = any || there;
    }
    // text8 is the whole file or a prefix of it.
    return std::string_view(kind.folder) == "text8" ? any : all;
}

std::vector<DatasetStatus> listDatasets() {
    std::vector<DatasetStatus> rows;
    for (const DatasetKind& kind : datasetKinds()) {
        DatasetStatus row;
        row.kind = &kind;
        row.available = isInstalled(kind);
        DatasetConfig config;
        config.name = kind.name;
        if (config.name == "text_file") {
            row.info.name = config.name;
            row.info.label = "Any text file or folder of text files";
            row.how = "set dataset.path";
        } else {
            row.info = kind.describe(config);
        }
        if (!row.available) row.how = howToGet(kind.name);
        rows.push_back(std::move(row));
    }
    return rows;
}

std::vector<FileCheck> checkDatasets(const std::string& name) {
    std::string folder;
    if (!name.empty()) {
        folder = datasetKind(name).folder;
        if (folder.empty())
            throw InputError(
                name, {}, "has no installed files to check: it is built in or a file of your own");
    }
    std::vector<FileCheck> results;
    for (const KnownFile& file : knownFiles()) {
        if (!folder.empty() && folder != file.folder) continue;
        const auto sameFolder = [&](const KnownFile& other) {
            return file.folder == std::string_view(other.folder) && isThere(other);
        };
        const auto known = knownFiles();
        const bool any = std::any_of(known.begin(), known.end(), sameFolder);
        if (folder.empty() && !any) continue;
        // Of text8 one of the two files is enough.
        if (isText8(file) && any && !isThere(file)) continue;
        results.push_back(check(file));
    }
    return results;
}

}  // namespace bitloom
