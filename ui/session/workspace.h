#pragma once
// The open library with its queue: what every page works on. Creates runs, queues them, trashes and
// restores them. Nothing here throws; what went wrong is told by said() in one sentence.

#include <QObject>
#include <QString>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "experiment/library.h"
#include "session/run_queue.h"

namespace bitloom::ui {

class Workspace : public QObject {
    Q_OBJECT
public:
    explicit Workspace(QObject* parent = nullptr);

    /// Opens or creates the library; false (and said()) if it cannot be, with the old one kept.
    bool open(const std::filesystem::path& folder);
    /// nullptr before the first successful open().
    [[nodiscard]] Library* library() const { return m_library.get(); }
    [[nodiscard]] RunQueue& queue() { return m_queue; }
    /// Newest first, as they are on the disk now; empty if there is no library.
    [[nodiscard]] std::vector<LibraryRun> runs();
    /// Looks for run folders that came, changed or went.
    void refresh();
    [[nodiscard]] std::optional<LibraryRun> find(const std::filesystem::path& folder);

    /// Makes a run folder each and queues them in this order; returns those that could be made.
    std::vector<std::filesystem::path> start(const std::vector<Spec>& specs);
    /// The same for recipes of the catalog.
    std::vector<std::filesystem::path> startPresets(const std::vector<std::string>& names);

    void setStarred(const std::string& id, bool starred);
    void setTags(const std::string& id, const std::vector<std::string>& tags);
    void setNote(const std::string& id, const std::string& note);
    /// Tells trashed() if it worked; a run that trains is refused with the reason.
    bool trash(const std::string& id);
    bool restore(const std::string& id);

Q_SIGNALS:
    void opened();
    /// Runs came, went or changed in the library.
    void changed();
    void trashed(const std::string& id, const QString& name);
    void said(const QString& words);

private:
    template <class Work>
    bool guarded(Work&& work);

    std::unique_ptr<Library> m_library;
    RunQueue m_queue;
};

/// The presets of the demo comparison.
std::vector<std::string> demoPresets();

}  // namespace bitloom::ui
