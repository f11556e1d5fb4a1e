#include "session/run_queue.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <exception>

#include "base/files.h"
#include "session/run_control.h"
#include "session/worker_process.h"

namespace bitloom::ui {

namespace fs = std::filesystem;

namespace {

bool isLive(RunStatus status) {
    return status == RunStatus::running || status == RunStatus::paused;
}

std::optional<RunSummary> tryReadSummary(const fs::path& run) {
    try {
        return readSummary(run);
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

bool isRunFolder(const fs::path& run) {
    std::error_code error;
    return fs::exists(run / "spec.json", error);
}

constexpr int startCheckMs = 250;

}  // namespace

RunQueue::RunQueue(QObject* parent) : QObject(parent) {
    connect(&m_watcher, &RunWatcher::news, this, &RunQueue::onNews);
    m_startTimer.setInterval(startCheckMs);
    connect(&m_startTimer, &QTimer::timeout, this, &RunQueue::checkStarting);
}

fs::path RunQueue::file() const {
    return m_library / "queue.json";
}

void RunQueue::openLibrary(const fs::path& library, const std::vector<fs::path>& runs) {
    for (const Item& item : m_items) {
        if (item.state != State::waiting) m_watcher.unwatch(item.run);
    }
    m_items.clear();
    m_parallel = 1;
    m_library = library;

    for (const fs::path& run : runs) {
        const auto summary = tryReadSummary(run);
        if (!summary || !isLive(summary->status)) continue;
        m_items.push_back({run, State::running, summary->pid, *summary});
        m_watcher.watch(run);
    }
    std::error_code error;
    if (fs::exists(file(), error)) {
        QJsonParseError problem;
        QByteArray text;
        try {
            text = QByteArray::fromStdString(readFile(file()));
        } catch (const std::exception& failure) {
            Q_EMIT failed(QString::fromUtf8(failure.what()));
        }
        const QJsonObject root = QJsonDocument::fromJson(text, &problem).object();
        if (problem.error != QJsonParseError::NoError) {
            // Kept aside instead of overwritten by the next save.
            fs::rename(file(), m_library / "queue.json.damaged", error);
            Q_EMIT failed(QStringLiteral("The queue file could not be read (%1); the queue starts "
                                         "empty. The file was kept as queue.json.damaged.")
                              .arg(problem.errorString()));
        }
        m_parallel = std::max(1, root.value(QStringLiteral("parallel")).toInt(1));
        const QJsonArray listed = root.value(QStringLiteral("runs")).toArray();
        for (const QJsonValue& value : listed) {
            const std::string id = value.toString().toStdString();
            const fs::path name = pathFromUtf8(id);
            // Only plain folder names: the file must not reach outside its library.
            if (id.empty() || name != name.filename() || name == ".." || name == ".") continue;
            const fs::path run = m_library / name;
            if (!isRunFolder(run) || contains(run)) continue;
            Item item{run, State::waiting, 0, {}};
            if (const auto summary = tryReadSummary(run)) item.summary = *summary;
            m_items.push_back(std::move(item));
        }
    }
    Q_EMIT changed();
    startNext();
}

bool RunQueue::contains(const fs::path& run) const {
    return std::any_of(m_items.begin(), m_items.end(),
                       [&](const Item& item) { return item.run == run; });
}

RunQueue::Item* RunQueue::find(const fs::path& run) {
    const auto found = std::find_if(m_items.begin(), m_items.end(),
                                    [&](const Item& item) { return item.run == run; });
    return found == m_items.end() ? nullptr : &*found;
}

int RunQueue::runningCount() const {
    return static_cast<int>(std::count_if(m_items.begin(), m_items.end(), [](const Item& item) {
        return item.state != State::waiting;
    }));
}

void RunQueue::setParallel(int workers) {
    m_parallel = std::max(1, workers);
    save();
    startNext();
}

void RunQueue::add(const fs::path& run) {
    if (contains(run)) return;
    Item item{run, State::waiting, 0, {}};
    if (const auto summary = tryReadSummary(run)) item.summary = *summary;
    m_items.push_back(std::move(item));
    save();
    Q_EMIT changed();
    startNext();
}

bool RunQueue::remove(const fs::path& run) {
    const Item* item = find(run);
    if (!item || item->state != State::waiting) return false;
    m_items.erase(m_items.begin() + (item - m_items.data()));
    save();
    Q_EMIT changed();
    return true;
}

bool RunQueue::move(const fs::path& run, int place) {
    const Item* item = find(run);
    if (!item || item->state != State::waiting) return false;
    Item moved = *item;
    m_items.erase(m_items.begin() + (item - m_items.data()));
    const int waiting = static_cast<int>(m_items.size()) - runningCount();
    const int at = runningCount() + std::clamp(place, 0, waiting);
    m_items.insert(m_items.begin() + at, std::move(moved));
    save();
    Q_EMIT changed();
    return true;
}

void RunQueue::startNext() {
    while (runningCount() < m_parallel) {
        const auto next = std::find_if(m_items.begin(), m_items.end(), [](const Item& item) {
            return item.state == State::waiting;
        });
        if (next == m_items.end()) return;
        const fs::path run = next->run;
        QString trouble = control::prepareStart(run);
        WorkerStart worker;
        if (trouble.isEmpty()) {
            worker = startWorker(run);
            trouble = worker.error;
        }
        if (!trouble.isEmpty()) {
            // The program is missing or the folder is gone. The others would fail the same way or
            // wait behind it, so a missing program stops the line and loses nothing.
            if (isRunFolder(run)) {
                Q_EMIT failed(trouble);
                return;
            }
            m_items.erase(next);
            save();
            Q_EMIT changed();
            Q_EMIT failed(trouble);
            continue;
        }
        Item item = *next;
        m_items.erase(next);
        item.state = State::starting;
        item.pid = worker.pid;
        m_items.insert(m_items.begin() + runningCount(), std::move(item));
        m_watcher.watch(run);
        m_startTimer.start();
        save();
        Q_EMIT started(run);
        Q_EMIT changed();
    }
}

void RunQueue::checkStarting() {
    std::vector<fs::path> ends;
    bool starting = false;
    for (const Item& item : m_items) {
        if (item.state != State::starting) continue;
        if (processAlive(item.pid)) {
            starting = true;
            continue;
        }
        ends.push_back(item.run);
    }
    if (!starting) m_startTimer.stop();
    for (const fs::path& run : ends) end(run);
}

void RunQueue::onNews(const fs::path& run, const RunNews& news) {
    Item* item = find(run);
    if (!item || item->state == State::waiting) return;
    if (news.gone) {
        Q_EMIT failed(QStringLiteral("The folder of a running worker vanished: %1")
                          .arg(QString::fromStdString(utf8(run))));
        end(run);
        return;
    }
    if (!news.summary) return;
    const bool ours =
        item->pid == 0 || news.summary->pid == item->pid || isLive(news.summary->status);
    // A resumed run still shows how it ended before; only its new worker's words count.
    if (item->state == State::starting && !ours) return;
    item->summary = *news.summary;
    if (isLive(item->summary.status)) {
        item->state = State::running;
        Q_EMIT changed();
        return;
    }
    if (item->summary.status == RunStatus::created) return;
    end(run);
}

void RunQueue::end(const fs::path& run) {
    const Item* item = find(run);
    if (!item) return;
    const bool neverSpoke = item->state == State::starting;
    const auto summary = tryReadSummary(run);
    m_items.erase(m_items.begin() + (item - m_items.data()));
    m_watcher.unwatch(run);
    save();
    Q_EMIT ended(run);
    Q_EMIT changed();
    const bool said = summary && (summary->status == RunStatus::finished ||
                                  summary->status == RunStatus::stopped ||
                                  summary->status == RunStatus::diverged);
    if (neverSpoke && !said) {
        QString reason = workerMessage(run);
        if (reason.isEmpty() && summary) reason = QString::fromStdString(summary->message);
        if (reason.isEmpty()) reason = QStringLiteral("the worker ended without a word.");
        Q_EMIT failed(QStringLiteral("The run did not start: %1").arg(reason));
    } else if (summary && summary->status == RunStatus::lost) {
        Q_EMIT failed(QStringLiteral("A worker is gone without a word (%1). Resume continues from "
                                     "its checkpoint.")
                          .arg(QString::fromStdString(summary->name)));
    }
    if (!neverSpoke && summary && summary->status == RunStatus::failed) {
        Q_EMIT failed(QStringLiteral("%1 failed: %2")
                          .arg(QString::fromStdString(summary->name),
                               QString::fromStdString(summary->message)));
    }
    startNext();
}

void RunQueue::save() {
    if (m_library.empty()) return;
    QJsonArray runs;
    for (const Item& item : m_items) {
        runs.append(QString::fromStdString(utf8(item.run.filename())));
    }
    const QJsonObject root{{QStringLiteral("format"), 1},
                           {QStringLiteral("parallel"), m_parallel},
                           {QStringLiteral("runs"), runs}};
    try {
        writeFileAtomically(file(), QJsonDocument(root).toJson().toStdString());
    } catch (const std::exception& error) {
        Q_EMIT failed(QStringLiteral("The queue could not be saved: %1")
                          .arg(QString::fromUtf8(error.what())));
    }
}

std::optional<double> RunQueue::remainingSeconds(const Item& item) {
    const RunSummary& summary = item.summary;
    if (summary.step <= 0 || summary.totalSteps <= summary.step || summary.seconds <= 0) {
        return std::nullopt;
    }
    const double perStep = summary.seconds / static_cast<double>(summary.step);
    return perStep * static_cast<double>(summary.totalSteps - summary.step);
}

}  // namespace bitloom::ui
