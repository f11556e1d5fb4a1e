#include "experiment/library.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "experiment/catalog.h"
#include "experiment/library_index.h"
#include "experiment/spec_json.h"

namespace bitloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Time and size of the files the index copies from: other stamp, other content.
std::string stampOf(const fs::path& run) {
    std::string stamp;
    for (const char* name : {"spec.json", "summary.json", "user.json"}) {
        struct stat status {};
        if (stat((run / name).c_str(), &status) != 0) {
            stamp += "-;";
            continue;
        }
        // The inode catches two atomic rewrites within one tick of the clock.
        stamp += std::to_string(status.st_mtim.tv_sec) + "." +
                 std::to_string(status.st_mtim.tv_nsec) + "/" + std::to_string(status.st_size) +
                 "/" + std::to_string(status.st_ino) + ";";
    }
    return stamp;
}

std::string textAt(const json& tree, const char* path, const std::string& fallback) {
    const json* value = valueAt(tree, path);
    return value && value->is_string() ? value->get<std::string>() : fallback;
}

int integerAt(const json& tree, const char* path, int fallback) {
    const json* value = valueAt(tree, path);
    if (!value || !value->is_number()) return fallback;
    const auto number = value->get<double>();
    return number >= 0 && number < 1e9 ? static_cast<int>(number) : fallback;
}

void readUserFile(LibraryRun& run) {
    json tree;
    std::string problem;
    try {
        if (!readStrictJson(readFile(run.folder / "user.json"), tree, problem)) return;
    } catch (const InputError&) {
        return;  // no user.json: nothing noted yet
    }
    const json* starred = valueAt(tree, "starred");
    run.starred = starred && *starred == true;
    run.note = textAt(tree, "note", "");
    if (const json* tags = valueAt(tree, "tags"); tags && tags->is_array())
        for (const json& tag : *tags)
            if (tag.is_string()) run.tags.push_back(tag.get<std::string>());
}

/// Lower case of ASCII, Latin-1, Greek and Cyrillic letters in UTF-8.
std::string lowered(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x80) {
            result += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : text[i];
            continue;
        }
        if ((c & 0xe0u) != 0xc0u || i + 1 >= text.size()) {
            result += text[i];
            continue;
        }
        unsigned code = (c & 0x1fu) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fu);
        const bool by32 = (code >= 0xc0 && code <= 0xde && code != 0xd7) ||
                          (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f);
        if (by32)
            code += 32;
        else if (code >= 0x400 && code <= 0x40f)
            code += 80;
        result += static_cast<char>(0xc0u | code >> 6);
        result += static_cast<char>(0x80u | (code & 0x3fu));
    }
    return result;
}

std::string labelOf(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return entry ? entry->label : "";
}

std::string searchable(const LibraryRun& run) {
    std::string text = run.summary.name + "\n" + run.dataset + "\n" + run.quantizer + "\n" +
                       run.normalization + "\n" + run.note;
    text += "\n" + labelOf(datasetEntries(), run.dataset) + "\n" +
            labelOf(quantizerEntries(), run.quantizer) + "\n" +
            labelOf(normalizationEntries(), run.normalization);
    for (const std::string& tag : run.tags) text += "\n" + tag;
    return lowered(text);
}

void move(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error)
        throw WorkError("cannot move " + utf8(from) + " to " + utf8(to) + ": " + error.message());
}

}  // namespace

LibraryRun readLibraryRun(const fs::path& folder) {
    LibraryRun run;
    run.folder = folder;
    run.id = utf8(folder.filename());
    readUserFile(run);
    try {
        const std::string text = readFile(folder / "spec.json");
        json tree;
        std::string problem;
        if (!readStrictJson(text, tree, problem))
            throw InputError(utf8(folder / "spec.json"), "", problem);
        run.dataset = textAt(tree, "dataset.name", "grammar");
        run.quantizer = textAt(tree, "quantizer.method", "");
        run.normalization = textAt(tree, "normalization.method", "none");
        run.cell = textAt(tree, "model.cell", "lstm");
        run.bits = run.quantizer.empty() ? 32 : integerAt(tree, "quantizer.bits", 1);
        run.hidden = integerAt(tree, "model.hidden", 0);
        run.layers = integerAt(tree, "model.layers", 1);
        run.created = readSpecRecord(text).created;
        std::error_code ignored;
        if (fs::exists(folder / "summary.json", ignored))
            run.summary =
                parseSummary(readFile(folder / "summary.json"), utf8(folder / "summary.json"));
        if (run.summary.name.empty()) run.summary.name = textAt(tree, "name", run.id);
    } catch (const InputError& error) {
        run.summary.name = run.id;
        run.summary.status = RunStatus::failed;
        run.summary.message = error.what();
    }
    return run;
}

struct Library::State {
    explicit State(const fs::path& path) : folder(path), index(path) {}

    fs::path folder;
    LibraryIndex index;
    std::map<std::string, IndexedRun> runs;

    IndexedRun& at(const std::string& id) {
        const auto found = runs.find(id);
        if (found == runs.end())
            throw InputError(utf8(folder), "", "has no run `" + id.substr(0, 120) + "`");
        return found->second;
    }

    void writeUserFile(IndexedRun& row) {
        const json tree = {
            {"starred", row.run.starred}, {"tags", row.run.tags}, {"note", row.run.note}};
        writeFileAtomically(row.run.folder / "user.json",
                            tree.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
        row.stamp = stampOf(row.run.folder);
        index.update({&row}, {});
    }
};

Library::Library(fs::path folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw WorkError("cannot make the library folder " + utf8(folder) + ": " + error.message());
    // Written for real: a permission bit says nothing about a read-only disk.
    writeFileAtomically(folder / ".library", "bitloom library\n");
    m_state = std::make_unique<State>(folder);
    for (IndexedRun& row : m_state->index.load()) m_state->runs[row.run.id] = std::move(row);
    refresh();
}

Library::~Library() = default;
Library::Library(Library&&) noexcept = default;

const fs::path& Library::folder() const {
    return m_state->folder;
}

void Library::refresh() {
    std::vector<fs::path> folders;
    std::error_code error;
    for (fs::directory_iterator it(m_state->folder, error), end; !error && it != end;
         it.increment(error)) {
        std::error_code ignored;
        const bool hidden = it->path().filename().native().starts_with(".");
        if (!hidden && fs::exists(it->path() / "spec.json", ignored)) folders.push_back(it->path());
    }
    if (error)
        throw WorkError("cannot read the library folder " + utf8(m_state->folder) + ": " +
                        error.message());
    std::vector<std::string> gone;
    std::map<std::string, IndexedRun> now;
    std::vector<std::string> changed;
    for (const fs::path& folder : folders) {
        const std::string id = utf8(folder.filename());
        const std::string stamp = stampOf(folder);
        const auto known = m_state->runs.find(id);
        if (known != m_state->runs.end() && known->second.stamp == stamp) {
            now[id] = known->second;
        } else {
            now[id] = {readLibraryRun(folder), stamp};
            changed.push_back(id);
        }
    }
    for (const auto& [id, row] : m_state->runs)
        if (!now.contains(id)) gone.push_back(id);
    m_state->runs = std::move(now);
    std::vector<const IndexedRun*> rows;
    for (const std::string& id : changed) rows.push_back(&m_state->runs.at(id));
    m_state->index.update(rows, gone);
}

std::vector<LibraryRun> Library::runs() {
    refresh();
    std::vector<LibraryRun> result;
    for (const auto& [id, row] : m_state->runs) {
        result.push_back(row.run);
        RunSummary& summary = result.back().summary;
        if (summary.status != RunStatus::running && summary.status != RunStatus::paused) continue;
        try {  // a worker can vanish without a word: only the process table knows
            summary = readSummary(row.run.folder);
        } catch (const InputError&) {
            summary.status = RunStatus::lost;
        }
    }
    std::stable_sort(result.begin(), result.end(), [](const LibraryRun& a, const LibraryRun& b) {
        return a.created != b.created ? a.created > b.created : a.id > b.id;
    });
    return result;
}

std::vector<LibraryRun> Library::search(const std::string& text) {
    std::vector<std::string> words;
    std::istringstream stream(lowered(text));
    for (std::string word; stream >> word;) words.push_back(word);
    std::vector<LibraryRun> result;
    for (LibraryRun& run : runs()) {
        const std::string content = searchable(run);
        const bool all = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
            return content.find(word) != content.npos;
        });
        if (all) result.push_back(std::move(run));
    }
    return result;
}

void Library::setStarred(const std::string& id, bool starred) {
    IndexedRun& row = m_state->at(id);
    row.run.starred = starred;
    m_state->writeUserFile(row);
}

void Library::setTags(const std::string& id, const std::vector<std::string>& tags) {
    IndexedRun& row = m_state->at(id);
    row.run.tags = tags;
    m_state->writeUserFile(row);
}

void Library::setNote(const std::string& id, const std::string& note) {
    IndexedRun& row = m_state->at(id);
    row.run.note = note;
    m_state->writeUserFile(row);
}

void Library::trash(const std::string& id) {
    refresh();
    const fs::path run = m_state->at(id).run.folder;
    if (workerLives(run))
        throw InputError(utf8(run), "", "is still training: stop it before deleting it");
    const fs::path bin = m_state->folder / ".trash";
    std::error_code ignored;
    fs::create_directories(bin, ignored);
    fs::remove_all(bin / pathFromUtf8(id), ignored);  // an older one of that name
    move(run, bin / pathFromUtf8(id));
    refresh();
}

void Library::restore(const std::string& id) {
    const fs::path name = pathFromUtf8(id).filename();  // never out of the trash folder
    const fs::path from = m_state->folder / ".trash" / name;
    const fs::path to = m_state->folder / name;
    std::error_code ignored;
    if (name.empty() || !fs::exists(from / "spec.json", ignored))
        throw InputError(utf8(m_state->folder), "",
                         "has no deleted run `" + id.substr(0, 120) + "`");
    if (fs::exists(to, ignored))
        throw InputError(utf8(to), "", "exists again; rename it before bringing the old one back");
    move(from, to);
    refresh();
}

fs::path defaultLibrary() {
    if (const char* folder = std::getenv("BITLOOM_LIBRARY"); folder && *folder)
        return pathFromUtf8(folder);
    return userDataFolder() / "library";
}

}  // namespace bitloom
