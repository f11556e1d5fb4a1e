#pragma once
// The runs that train and wait, one at a time by default. The order is kept in LIBRARY/queue.json,
// so it survives the window; workers still alive at the next start are found again in their run
// folders.

#include <QObject>
#include <QString>
#include <QTimer>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "experiment/run_folder.h"
#include "session/run_watcher.h"

namespace bitloom::ui {

class RunQueue : public QObject {
    Q_OBJECT
public:
    enum class State { waiting, starting, running };

    struct Item {
        std::filesystem::path run;
        State state = State::waiting;
        qint64 pid = 0;      ///< of a worker we started; 0 if found again or waiting
        RunSummary summary;  ///< as last read; status created before the first report
    };

    explicit RunQueue(QObject* parent = nullptr);

    /// Reads LIBRARY/queue.json and looks for living workers among `runs` (folders of the library);
    /// forgets the library before. A damaged queue file is reported by failed() and starts empty.
    void openLibrary(const std::filesystem::path& library,
                     const std::vector<std::filesystem::path>& runs);

    /// Running first, then in order.
    [[nodiscard]] const std::vector<Item>& items() const { return m_items; }
    [[nodiscard]] bool contains(const std::filesystem::path& run) const;
    [[nodiscard]] int runningCount() const;
    [[nodiscard]] int parallel() const { return m_parallel; }
    void setParallel(int workers);  ///< at least 1

    /// To the end of the line; starts at once if nothing runs. A run already queued stays where it
    /// is.
    void add(const std::filesystem::path& run);
    /// Takes a waiting run out; false if it is not waiting.
    bool remove(const std::filesystem::path& run);
    /// Moves a waiting run to `place` among the waiting ones (0 = next); false if it is not
    /// waiting.
    bool move(const std::filesystem::path& run, int place);

    /// Seconds still needed by `item` at its measured speed; nothing when unknown.
    static std::optional<double> remainingSeconds(const Item& item);

Q_SIGNALS:
    void changed();  ///< order, states or progress
    void started(const std::filesystem::path& run);
    void ended(const std::filesystem::path& run);  ///< the worker is gone, the record tells how
    void failed(const QString& message);           ///< one sentence for the status line

private:
    void startNext();
    void onNews(const std::filesystem::path& run, const RunNews& news);
    void checkStarting();
    void end(const std::filesystem::path& run);
    void save();
    Item* find(const std::filesystem::path& run);
    [[nodiscard]] std::filesystem::path file() const;

    std::filesystem::path m_library;
    std::vector<Item> m_items;
    int m_parallel = 1;
    RunWatcher m_watcher;
    QTimer m_startTimer;  ///< looks after workers that have not reported yet
};

}  // namespace bitloom::ui
