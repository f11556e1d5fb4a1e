#include "session/workspace.h"

#include <algorithm>
#include <exception>

#include "base/files.h"

namespace bitloom::ui {

std::vector<std::string> demoPresets() {
    return {"demo/full", "demo/binary_connect", "demo/binary_connect_layer"};
}

Workspace::Workspace(QObject* parent) : QObject(parent) {
    connect(&m_queue, &RunQueue::failed, this, &Workspace::said);
    connect(&m_queue, &RunQueue::started, this, &Workspace::changed);
    connect(&m_queue, &RunQueue::ended, this, &Workspace::changed);
}

template <class Work>
bool Workspace::guarded(Work&& work) {
    if (!m_library) {
        Q_EMIT said(tr("No library is open."));
        return false;
    }
    try {
        work(*m_library);
        return true;
    } catch (const std::exception& error) {
        Q_EMIT said(QString::fromUtf8(error.what()));
        return false;
    }
}

bool Workspace::open(const std::filesystem::path& folder) {
    try {
        auto next = std::make_unique<Library>(folder);
        next->refresh();
        std::vector<std::filesystem::path> folders;
        for (const LibraryRun& run : next->runs()) folders.push_back(run.folder);
        m_library = std::move(next);
        m_queue.openLibrary(m_library->folder(), folders);
    } catch (const std::exception& error) {
        Q_EMIT said(tr("The library could not be opened. %1").arg(QString::fromUtf8(error.what())));
        return false;
    }
    Q_EMIT opened();
    Q_EMIT changed();
    return true;
}

std::vector<LibraryRun> Workspace::runs() {
    std::vector<LibraryRun> result;
    if (!m_library) return result;
    guarded([&](Library& library) { result = library.runs(); });
    return result;
}

void Workspace::refresh() {
    if (guarded([](Library& library) { library.refresh(); })) Q_EMIT changed();
}

std::optional<LibraryRun> Workspace::find(const std::filesystem::path& folder) {
    for (LibraryRun& run : runs()) {
        if (run.folder == folder) return std::move(run);
    }
    return std::nullopt;
}

std::vector<std::filesystem::path> Workspace::start(const std::vector<Spec>& specs) {
    std::vector<std::filesystem::path> made;
    for (const Spec& spec : specs) {
        guarded([&](Library& library) {
            made.push_back(createRun(library.folder(), spec));
            library.refresh();
        });
    }
    // First all folders, then the queue: the table shows the whole series at once.
    if (!made.empty()) Q_EMIT changed();
    for (const auto& run : made) m_queue.add(run);
    return made;
}

std::vector<std::filesystem::path> Workspace::startPresets(const std::vector<std::string>& names) {
    std::vector<Spec> specs;
    for (const std::string& name : names) {
        try {
            Spec spec = parseSpec(presetSpec(name), name);
            if (spec.name.empty()) spec.name = specTitle(spec);
            specs.push_back(std::move(spec));
        } catch (const std::exception& error) {
            Q_EMIT said(QString::fromUtf8(error.what()));
        }
    }
    return start(specs);
}

void Workspace::setStarred(const std::string& id, bool starred) {
    if (guarded([&](Library& library) { library.setStarred(id, starred); })) Q_EMIT changed();
}

void Workspace::setTags(const std::string& id, const std::vector<std::string>& tags) {
    if (guarded([&](Library& library) { library.setTags(id, tags); })) Q_EMIT changed();
}

void Workspace::setNote(const std::string& id, const std::string& note) {
    if (guarded([&](Library& library) { library.setNote(id, note); })) Q_EMIT changed();
}

bool Workspace::trash(const std::string& id) {
    QString name = QString::fromStdString(id);
    for (const LibraryRun& run : runs()) {
        if (run.id != id) continue;
        if (!run.summary.name.empty()) name = QString::fromStdString(run.summary.name);
        m_queue.remove(run.folder);
    }
    if (!guarded([&](Library& library) { library.trash(id); })) return false;
    Q_EMIT changed();
    Q_EMIT trashed(id, name);
    return true;
}

bool Workspace::restore(const std::string& id) {
    if (!guarded([&](Library& library) { library.restore(id); })) return false;
    Q_EMIT changed();
    return true;
}

}  // namespace bitloom::ui
