#include "session/run_watcher.h"

#include <QElapsedTimer>
#include <QMetaObject>
#include <QTimer>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

namespace bitloom::ui {

namespace fs = std::filesystem;

/// Between the two threads: what to follow, and news not yet taken.
struct WatchMailbox {
    std::mutex mutex;
    std::map<fs::path, RunNews> news;
    bool announced = false;
};

bool RunNews::empty() const {
    return !rows.restarted && rows.metrics.empty() && rows.events.empty() &&
           rows.gradients.empty() && rows.probes.bounds.empty() && rows.probes.spectra.empty() &&
           rows.probes.lyapunov.empty() && rows.probes.gains.empty() &&
           rows.probes.statistics.empty() && rows.probes.weights.empty() && !spec && !summary &&
           !gone && !caughtUp;
}

namespace {

constexpr int tickMs = 100;
constexpr qint64 idleMs = 1000;      ///< a run without a worker is looked at once a second
constexpr qint64 livenessMs = 1000;  ///< how often a running one's process is checked

struct Followed {
    int uses = 1;
    std::unique_ptr<RunTail> tail;
    fs::file_time_type summaryTime{};
    qint64 summaryRead = -1;
    qint64 nextLook = 0;
    bool active = true;
    bool gone = false;
    bool toldCaughtUp = false;
    bool toldSpec = false;
    RunStatus status = RunStatus::created;
};

}  // namespace

class RunWatcher::Poller : public QObject {
public:
    Poller(RunWatcher* owner, std::shared_ptr<WatchMailbox> mailbox, ProbeFiles probes)
        : m_owner(owner), m_mailbox(std::move(mailbox)), m_probes(probes) {}

    void begin() {
        m_clock.start();
        m_timer = new QTimer(this);
        m_timer->setInterval(tickMs);
        connect(m_timer, &QTimer::timeout, this, [this] { look(); });
        m_timer->start();
    }

    void add(const fs::path& run) {
        if (const auto found = m_runs.find(run); found != m_runs.end()) {
            ++found->second.uses;
            return;
        }
        m_runs[run].tail = std::make_unique<RunTail>(run, m_probes);
        lookAt(run, m_runs[run]);
        announce();
    }

    void drop(const fs::path& run) {
        const auto found = m_runs.find(run);
        if (found == m_runs.end() || --found->second.uses > 0) return;
        m_runs.erase(found);
        const std::lock_guard lock(m_mailbox->mutex);
        m_mailbox->news.erase(run);
    }

    void hurry() {
        for (auto& [run, followed] : m_runs) followed.nextLook = 0;
        look();
    }

private:
    void look() {
        for (auto& [run, followed] : m_runs) {
            if (m_clock.elapsed() >= followed.nextLook) lookAt(run, followed);
        }
        announce();
    }

    void lookAt(const fs::path& run, Followed& followed) {
        {
            const std::lock_guard lock(m_mailbox->mutex);
            if (m_mailbox->news.contains(run)) return;  // not taken yet: the rest waits on the disk
        }
        RunNews news = read(run, followed);
        followed.nextLook = m_clock.elapsed() + (followed.active ? 0 : idleMs);
        if (news.empty()) return;
        const std::lock_guard lock(m_mailbox->mutex);
        m_mailbox->news.emplace(run, std::move(news));
    }

    RunNews read(const fs::path& run, Followed& followed) const {
        RunNews news;
        std::error_code error;
        if (!fs::is_directory(run, error)) {
            news.gone = !followed.gone;
            followed.gone = true;
            followed.active = false;
            return news;
        }
        if (followed.gone) {
            followed.gone = false;
            followed.tail = std::make_unique<RunTail>(run, m_probes);
            followed.summaryRead = -1;
            news.rows.restarted = true;
        }
        try {
            RunTail::News rows = followed.tail->poll();
            rows.restarted = rows.restarted || news.rows.restarted;
            news.rows = std::move(rows);
        } catch (const std::exception&) {
            // A file that cannot be opened this moment is tried again at the next look.
        }
        if (!followed.toldSpec) readSpec(run, followed, news);
        readSummaryIfNew(run, followed, news);
        followed.active = followed.status == RunStatus::created ||
                          followed.status == RunStatus::running ||
                          followed.status == RunStatus::paused;
        if (!followed.toldCaughtUp) {
            followed.toldCaughtUp = true;
            news.caughtUp = true;
        }
        return news;
    }

    /// Here and not in the window: the spec of a text file has to read that file.
    static void readSpec(const fs::path& run, Followed& followed, RunNews& news) {
        try {
            news.spec = readRecordedSpec(run);
            followed.toldSpec = true;
            news.dataset = describeDataset(news.spec->dataset);
        } catch (const std::exception&) {
            // A spec that cannot be read shows in the library; the curves can be drawn without it.
        }
    }

    void readSummaryIfNew(const fs::path& run, Followed& followed, RunNews& news) const {
        std::error_code error;
        const auto time = fs::last_write_time(run / "summary.json", error);
        if (error) return;
        const qint64 now = m_clock.elapsed();
        const bool living = followed.active && now - followed.summaryRead >= livenessMs;
        if (followed.summaryRead >= 0 && time == followed.summaryTime && !living) return;
        try {
            RunSummary summary = readSummary(run);
            const bool changed = followed.summaryRead < 0 || time != followed.summaryTime ||
                                 summary.status != followed.status;
            followed.summaryTime = time;
            followed.summaryRead = now;
            followed.status = summary.status;
            if (changed) news.summary = std::move(summary);
        } catch (const std::exception&) {
            followed.summaryRead = now;  // torn or foreign: the next write is read again
        }
    }

    void announce() {
        const std::lock_guard lock(m_mailbox->mutex);
        if (m_mailbox->news.empty() || m_mailbox->announced) return;
        m_mailbox->announced = true;
        QMetaObject::invokeMethod(
            m_owner, [owner = m_owner] { owner->take(); }, Qt::QueuedConnection);
    }

    RunWatcher* m_owner;
    std::shared_ptr<WatchMailbox> m_mailbox;
    ProbeFiles m_probes;
    std::map<fs::path, Followed> m_runs;
    QTimer* m_timer = nullptr;
    QElapsedTimer m_clock;
};

RunWatcher::RunWatcher(QObject* parent, ProbeFiles probes)
    : QObject(parent),
      m_mailbox(std::make_shared<WatchMailbox>()),
      m_thread(std::make_unique<QThread>()),
      m_poller(new Poller(this, m_mailbox, probes)) {
    m_thread->setObjectName(QStringLiteral("run watcher"));
    m_poller->moveToThread(m_thread.get());
    connect(m_thread.get(), &QThread::started, m_poller, [poller = m_poller] { poller->begin(); });
    connect(m_thread.get(), &QThread::finished, m_poller, &QObject::deleteLater);
    m_thread->start(QThread::LowPriority);
}

RunWatcher::~RunWatcher() {
    m_thread->quit();
    m_thread->wait();
}

void RunWatcher::watch(const fs::path& run) {
    QMetaObject::invokeMethod(
        m_poller, [poller = m_poller, run] { poller->add(run); }, Qt::QueuedConnection);
}

void RunWatcher::unwatch(const fs::path& run) {
    QMetaObject::invokeMethod(
        m_poller, [poller = m_poller, run] { poller->drop(run); }, Qt::QueuedConnection);
}

void RunWatcher::hurry() {
    QMetaObject::invokeMethod(
        m_poller, [poller = m_poller] { poller->hurry(); }, Qt::QueuedConnection);
}

void RunWatcher::take() {
    std::map<fs::path, RunNews> taken;
    {
        const std::lock_guard lock(m_mailbox->mutex);
        taken.swap(m_mailbox->news);
        m_mailbox->announced = false;
    }
    for (const auto& [run, fresh] : taken) Q_EMIT news(run, fresh);
}

}  // namespace bitloom::ui
