#include "data/import.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "base/error.h"
#include "base/files.h"
#include "data/archive.h"
#include "data/corpora.h"
#include "data/data_folder.h"
#include "data/inventory.h"
#include "data/known_files.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;

using EntryHandler = std::function<void(UnpackedEntry)>;

constexpr int deepestNesting = 3;
constexpr std::size_t mostFiles = 200'000;

std::error_code lastError() {
    return {errno, std::generic_category()};
}

bool isText(std::string_view beginning) {
    return !beginning.empty() && beginning.find('\0') == std::string_view::npos;
}

void install(const KnownFile& file, std::string_view content, bool& already) {
    const fs::path path = installedFile(file.folder, file.name);
    std::error_code failure;
    already = fs::exists(path, failure) && fs::file_size(path, failure) == content.size() &&
              isContentOf(file, readFile(path));
    if (already) return;
    fs::create_directories(path.parent_path(), failure);
    if (failure)
        throw WorkError("cannot make the folder " + utf8(path.parent_path()) + ": " +
                        failure.message());
    writeFileAtomically(path, content);
}

class Importer {
public:
    explicit Importer(const ImportProgress& progress) : m_progress(progress) {}

    void lookAtFile(const fs::path& path) {
        const std::string name = utf8(path);
        if (m_progress) m_progress(name);
        std::ifstream in(path, std::ios::binary);
        if (!in) {
            ignore(name, "cannot be read");
            return;
        }
        std::string head(8192, '\0');
        in.read(head.data(), static_cast<std::streamsize>(head.size()));
        head.resize(static_cast<std::size_t>(in.gcount()));
        in.close();
        std::error_code failure;
        const std::uintmax_t size = fs::file_size(path, failure);
        if (head.empty()) {
            ignore(name, "is empty");
        } else if (looksPacked(head)) {
            m_limits = UnpackLimits();
            m_limits.entryBytes = std::max(m_limits.entryBytes, largestKnownFile());
            unpack(name, 1, [&](const EntryHandler& entry) { unpackFile(path, m_limits, entry); });
        } else if (!failure && isKnownSize(size)) {
            take(name, readFile(path), true);
        } else {
            notKnown(name, head, true);
        }
    }

    void ignore(const std::string& name, const std::string& reason) {
        m_report.ignored.push_back({name, reason});
    }

    ImportReport finish() {
        convertPtb();
        for (const DatasetKind& kind : datasetKinds())
            if (m_touched.contains(kind.folder) && isInstalled(kind))
                m_report.ready.emplace_back(kind.name);
        return std::move(m_report);
    }

private:
    void notKnown(const std::string& name, std::string_view head, bool onDisk) {
        if (isText(head) && onDisk)
            m_report.textFiles.push_back(name);
        else
            ignore(name, "is no known dataset file");
    }

    void take(const std::string& name, std::string_view content, bool onDisk) {
        const KnownFile* file = recognize(content);
        if (!file) {
            notKnown(name, content.substr(0, 8192), onDisk);
            return;
        }
        bool already = false;
        install(*file, content, already);
        m_report.found.push_back({name, file->folder, file->name, already});
        m_touched.insert(file->folder);
    }

    /// Goes through an archive; what it may unpack is counted over all archives inside it.
    void unpack(const std::string& name, int depth,
                const std::function<void(const EntryHandler&)>& run) {
        const EntryHandler look = [&](UnpackedEntry entry) {
            const std::string shown = entry.name.empty() ? name : name + "!" + entry.name;
            if (m_progress) m_progress(shown);
            m_limits.totalBytes -=
                std::min<std::uint64_t>(m_limits.totalBytes, entry.content.size());
            m_limits.entries -= std::min<std::uint64_t>(m_limits.entries, 1);
            if (!entry.problem.empty()) {
                ignore(shown, entry.problem);
            } else if (!looksPacked(entry.content)) {
                take(shown, entry.content, false);
            } else if (depth == deepestNesting) {
                ignore(shown, "is an archive more than three archives deep");
            } else {
                unpack(shown, depth + 1, [&](const EntryHandler& inner) {
                    unpackMemory(entry.content, shown, m_limits, inner);
                });
            }
        };
        try {
            run(look);
        } catch (const InputError& error) {
            ignore(name, error.message());
        }
    }

    void convertPtb() {
        if (!m_touched.contains("ptb_word") || isInstalled(datasetKind("ptb_char")) ||
            !isInstalled(datasetKind("ptb_word")))
            return;
        for (const char* split : {"train", "valid", "test"}) {
            const std::string words = std::string("ptb.") + split + ".txt";
            const std::string characters =
                ptbCharactersFromWords(readInstalled("ptb_word", words, "ptb_word"));
            const KnownFile* file = recognize(characters);
            if (!file) {
                ignore(words, "does not convert to the published character file");
                return;
            }
            bool already = false;
            install(*file, characters, already);
        }
        m_touched.insert("ptb_char");
        m_report.converted.emplace_back("made the PTB character files from the word files");
    }

    const ImportProgress& m_progress;
    ImportReport m_report;
    UnpackLimits m_limits;
    std::set<std::string> m_touched;
};

}  // namespace

void merge(ImportReport& into, ImportReport from) {
    const auto append = [](auto& list, auto& more) {
        list.insert(list.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
    };
    append(into.found, from.found);
    append(into.ignored, from.ignored);
    append(into.textFiles, from.textFiles);
    append(into.converted, from.converted);
    for (std::string& name : from.ready)
        if (std::find(into.ready.begin(), into.ready.end(), name) == into.ready.end())
            into.ready.push_back(std::move(name));
}

ImportReport importData(const fs::path& source, const ImportProgress& progress) {
    std::error_code failure;
    const fs::file_status status = fs::status(source, failure);
    if (!fs::exists(status)) throw InputError(utf8(source), {}, "does not exist");
    Importer importer(progress);
    if (fs::is_regular_file(status)) {
        importer.lookAtFile(source);
        return importer.finish();
    }
    if (!fs::is_directory(status))
        throw InputError(utf8(source), {}, "is neither a file nor a folder");
    std::vector<fs::path> files;
    fs::recursive_directory_iterator it(source, fs::directory_options::skip_permission_denied,
                                        failure);
    if (failure || ::access(source.c_str(), R_OK | X_OK) != 0)
        throw InputError(utf8(source), {},
                         "cannot be read: " + (failure ? failure : lastError()).message());
    for (; it != fs::recursive_directory_iterator(); it.increment(failure)) {
        if (failure)
            throw InputError(utf8(source), {}, "cannot be read to its end: " + failure.message());
        std::error_code ignored;
        if (it->is_directory(ignored) && ::access(it->path().c_str(), R_OK | X_OK) != 0)
            importer.ignore(utf8(it->path()), "cannot be read: " + lastError().message());
        if (it->is_regular_file(ignored)) files.push_back(it->path());
        if (files.size() > mostFiles)
            throw InputError(utf8(source), {},
                             "holds more than " + std::to_string(mostFiles) +
                                 " files; name a folder closer to the data");
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) importer.lookAtFile(file);
    return importer.finish();
}

}  // namespace bitloom
