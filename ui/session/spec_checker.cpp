#include "session/spec_checker.h"

#include <QTimer>
#include <atomic>
#include <exception>
#include <utility>

#include "base/error.h"
#include "data/inventory.h"
#include "experiment/start.h"

namespace bitloom::ui {

namespace {
constexpr int pauseMs = 120;
}

struct SpecChecker::Latest {
    std::atomic<std::int64_t> number{0};
};

SpecReport checkSpec(const std::string& json) {
    SpecReport report;
    report.json = json;
    try {
        report.problems = validateSpec(json);
        if (!report.problems.empty()) return report;
        report.spec = parseSpec(json, "the form");
        report.dataset = describeDataset(report.spec->dataset);
        report.size = modelSize(report.spec->network);
        report.memory = trainingMemory(*report.spec);
        if (auto problem = memoryProblem(*report.spec, machineMemory()))
            report.problems.push_back(std::move(*problem));
        if (auto missing = missingStart(*report.spec)) report.problems.push_back(*missing);
        if (!isInstalled(datasetKind(report.spec->dataset.name))) {
            report.problems.push_back(
                {"dataset.name", "its files are not here yet: fetch them on the Data page"});
        }
    } catch (const InputError& error) {
        report.problems.push_back({error.field(), error.message()});
    } catch (const std::exception& error) {
        report.problems.push_back({"", error.what()});
    }
    return report;
}

SpecChecker::SpecChecker(QObject* parent)
    : QObject(parent),
      m_latest(std::make_shared<Latest>()),
      m_thread(std::make_unique<QThread>()),
      m_worker(new QObject),
      m_pause(new QTimer(this)) {
    m_worker->moveToThread(m_thread.get());
    connect(m_thread.get(), &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread->setObjectName(QStringLiteral("spec checker"));
    m_thread->start(QThread::LowPriority);
    m_pause->setSingleShot(true);
    m_pause->setInterval(pauseMs);
    connect(m_pause, &QTimer::timeout, this, &SpecChecker::send);
}

SpecChecker::~SpecChecker() {
    ++m_latest->number;
    m_thread->quit();
    m_thread->wait();
}

void SpecChecker::check(const std::string& json) {
    m_wanted = json;
    m_busy = true;
    ++m_latest->number;
    m_pause->start();
}

void SpecChecker::send() {
    const std::int64_t number = m_latest->number;
    QMetaObject::invokeMethod(
        m_worker,
        [this, number, latest = m_latest, json = m_wanted] {
            if (latest->number != number) return;
            SpecReport report = checkSpec(json);
            // The checker outlives its thread, so `this` is alive wherever this line runs.
            QMetaObject::invokeMethod(
                this,
                [this, number, latest, report = std::move(report)] {
                    if (latest->number != number) return;
                    m_busy = false;
                    Q_EMIT checked(report);
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

}  // namespace bitloom::ui
