#pragma once
// A library: a folder of run folders, with a local SQLite index that can be deleted and is rebuilt.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiment/run_folder.h"

namespace bitloom {

struct LibraryRun {
    std::filesystem::path folder;
    std::string id;  ///< folder name
    RunSummary summary;
    std::string dataset, quantizer, normalization, cell;  ///< catalog names
    int bits = 32;
    int hidden = 0, layers = 0;
    std::string created;  ///< ISO 8601 UTC
    bool starred = false;
    std::vector<std::string> tags;
    std::string note;
};

/// A run folder as a library shows it; a broken record comes back as failed with the reason. Does not look
/// at processes.
LibraryRun readLibraryRun(const std::filesystem::path& folder);

class Library {
public:
    /// Opens or creates; a damaged index is rebuilt. Throws WorkError if the folder cannot be
    /// written.
    explicit Library(std::filesystem::path folder);
    ~Library();
    Library(Library&&) noexcept;

    [[nodiscard]] const std::filesystem::path& folder() const;
    /// Newest first. refresh() first looks for folders that came, changed (by file time) or went.
    std::vector<LibraryRun> runs();
    void refresh();
    /// `text` matches name, dataset, quantizer, normalization, tags and note, any case.
    std::vector<LibraryRun> search(const std::string& text);

    void setStarred(const std::string& id, bool starred);
    void setTags(const std::string& id, const std::vector<std::string>& tags);
    void setNote(const std::string& id, const std::string& note);
    /// Moves the folder to LIBRARY/.trash; refuses a running run (InputError). restore() brings it
    /// back.
    void trash(const std::string& id);
    void restore(const std::string& id);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// $BITLOOM_LIBRARY or userDataFolder()/library.
std::filesystem::path defaultLibrary();

}  // namespace bitloom
