#include "session/study_desk.h"

#include <QMetaObject>
#include <QTimer>
#include <algorithm>
#include <exception>

#include "base/files.h"
#include "experiment/study_report.h"

namespace bitloom::ui {
namespace {

constexpr int pauseMs = 150;

}  // namespace

StudyDesk::StudyDesk(Workspace& workspace, QObject* parent)
    : QObject(parent),
      m_workspace(workspace),
      m_pause(new QTimer(this)),
      m_thread(std::make_unique<QThread>()),
      m_worker(new QObject) {
    m_worker->moveToThread(m_thread.get());
    m_thread->setObjectName(QStringLiteral("studies"));
    connect(m_thread.get(), &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread->start(QThread::LowPriority);
    m_pause->setSingleShot(true);
    m_pause->setInterval(pauseMs);
    connect(m_pause, &QTimer::timeout, this, &StudyDesk::ask);
    connect(&m_workspace, &Workspace::changed, this, &StudyDesk::refresh);
    connect(&m_workspace, &Workspace::opened, this, [this] {
        ++m_number;  // what is on its way is of the library before
        m_plan.reset();
        m_problem.clear();
        m_wanted.clear();
        refresh();
    });
}

StudyDesk::~StudyDesk() {
    m_thread->quit();
    m_thread->wait();
}

void StudyDesk::choose(const std::string& study, StudyScale scale) {
    const Study* found = findStudy(study);
    if (!found || (found == m_study && scale == m_scale)) return;
    ++m_number;
    m_study = found;
    m_scale = scale;
    m_plan.reset();
    m_problem.clear();
    m_wanted.clear();
    m_answer = {};
    m_answerOf.clear();
    refresh();
    if (m_wantsAnswer) Q_EMIT answered();
}

void StudyDesk::refresh() {
    if (m_study && m_workspace.library()) m_pause->start();
}

void StudyDesk::ask() {
    if (!m_study || !m_workspace.library()) return;
    const std::uint64_t number = ++m_number;
    QMetaObject::invokeMethod(
        m_worker,
        [this, number, study = m_study, scale = m_scale,
         library = m_workspace.library()->folder()] {
            std::optional<StudyPlan> plan;
            QString problem;
            try {
                plan = planStudy(*study, scale, {}, library);
            } catch (const std::exception& error) {
                problem = QString::fromUtf8(error.what());
            }
            QMetaObject::invokeMethod(
                this,
                [this, number, plan = std::move(plan), problem] { take(number, plan, problem); },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void StudyDesk::take(std::uint64_t number, std::optional<StudyPlan> plan, const QString& problem) {
    if (number != m_number) return;  // a newer one is on its way
    m_plan = std::move(plan);
    m_problem = problem;
    makeWanted();
    Q_EMIT planned();
    if (m_wantsAnswer) askAnswer();
}

void StudyDesk::askAnswer() {
    std::string about;
    if (m_plan) {
        about = m_study->name + toString(m_scale);
        for (const PlannedRun& run : m_plan->runs) {
            if (run.done()) about += "\n" + utf8(run.folder);
        }
    }
    if (about == m_answerOf) return;
    m_answerOf = about;
    m_answer = {};
    Q_EMIT answered();
    if (!m_plan) return;
    StudyPlan done = *m_plan;
    std::erase_if(done.runs, [](const PlannedRun& run) { return !run.done(); });
    if (done.runs.empty()) return;
    QMetaObject::invokeMethod(
        m_worker,
        [this, about, done = std::move(done)] {
            Answer answer;
            try {
                StudyResult result = readStudy(done, {});
                answer = {std::move(result.findings), std::move(result.layers)};
            } catch (const std::exception&) {
                return;  // a run went while it was read; the next look leaves it out
            }
            QMetaObject::invokeMethod(
                this,
                [this, about, answer = std::move(answer)] {
                    if (about != m_answerOf) return;
                    m_answer = answer;
                    Q_EMIT answered();
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

const PlannedRun* StudyDesk::find(const std::string& key) const {
    if (!m_plan) return nullptr;
    for (const PlannedRun& run : m_plan->runs) {
        if (run.member.key == key) return &run;
    }
    return nullptr;
}

bool StudyDesk::queued(const PlannedRun& run) const {
    return m_wanted.contains(run.member.key) ||
           (!run.folder.empty() && m_workspace.queue().contains(run.folder));
}

int StudyDesk::missing(const std::vector<std::string>& keys) const {
    if (!m_plan) return 0;
    std::set<std::string> needed(keys.begin(), keys.end());
    for (const PlannedRun& run : m_plan->runs) {
        if (keys.empty()) needed.insert(run.member.key);
    }
    // Runs stand after those they start from: backwards, everything needed is
    // found in one pass.
    for (auto run = m_plan->runs.rbegin(); run != m_plan->runs.rend(); ++run) {
        if (needed.contains(run->member.key) && !run->member.start.empty()) {
            needed.insert(run->member.start);
        }
    }
    return static_cast<int>(
        std::count_if(m_plan->runs.begin(), m_plan->runs.end(), [&](const PlannedRun& run) {
            return needed.contains(run.member.key) && !run.done() && !queued(run);
        }));
}

void StudyDesk::start(const std::vector<std::string>& keys) {
    if (!m_plan) return;
    for (auto run = m_plan->runs.rbegin(); run != m_plan->runs.rend(); ++run) {
        const std::string& key = run->member.key;
        const bool asked = keys.empty() || m_wanted.contains(key) ||
                           std::find(keys.begin(), keys.end(), key) != keys.end();
        if (!asked || run->done()) continue;
        m_wanted.insert(key);
        if (!run->member.start.empty()) m_wanted.insert(run->member.start);
    }
    makeWanted();
    Q_EMIT planned();
}

void StudyDesk::makeWanted() {
    if (!m_plan || m_wanted.empty()) return;
    bool made = false;
    for (std::size_t i = 0; i < m_plan->runs.size(); ++i) {
        PlannedRun& run = m_plan->runs[i];
        if (!m_wanted.contains(run.member.key)) continue;
        const PlannedRun* first = run.member.start.empty() ? nullptr : find(run.member.start);
        if (first && !first->done()) {
            // Its weights are on their way, unless that run failed and is not tried again, or could
            // not be made.
            const bool failed = first->status == RunStatus::failed || first->folder.empty();
            if (failed && !queued(*first)) {
                m_wanted.erase(run.member.key);
            }
            continue;
        }
        m_wanted.erase(run.member.key);
        if (run.done()) continue;
        try {
            if (run.folder.empty()) {
                makeStudyRun(*m_plan, i);
                ++m_number;  // a plan on its way does not know this run
                made = true;
            }
            m_workspace.queue().add(run.folder);
        } catch (const std::exception& error) {
            Q_EMIT said(QString::fromUtf8(error.what()));
        }
    }
    if (made) m_workspace.refresh();
}

}  // namespace bitloom::ui
