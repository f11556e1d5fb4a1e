#include "session/data_jobs.h"

#include <QElapsedTimer>
#include <QMetaObject>
#include <atomic>
#include <exception>

#include "base/error.h"
#include "base/files.h"

namespace bitloom::ui {

namespace {
constexpr qint64 leastMs = 100;
}

struct DataJobs::Shared {
    std::atomic<bool> cancelled{false};
    QElapsedTimer sinceReport;  ///< touched on the job's thread only
};

DataJobs::DataJobs(QObject* parent)
    : QObject(parent),
      m_shared(std::make_shared<Shared>()),
      m_thread(std::make_unique<QThread>()),
      m_worker(new QObject) {
    m_worker->moveToThread(m_thread.get());
    m_thread->setObjectName(QStringLiteral("data jobs"));
    connect(m_thread.get(), &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread->start(QThread::LowPriority);
}

DataJobs::~DataJobs() {
    cancel();
    m_thread->quit();
    m_thread->wait();
}

void DataJobs::cancel() {
    m_shared->cancelled = true;
}

bool DataJobs::wasCancelled() const {
    return m_shared->cancelled;
}

void DataJobs::report(const QString& words, double share) {
    QElapsedTimer& clock = m_shared->sinceReport;
    if (clock.isValid() && clock.elapsed() < leastMs) return;
    clock.start();
    QMetaObject::invokeMethod(
        this, [this, words, share] { Q_EMIT progressed(words, share); }, Qt::QueuedConnection);
}

bool DataJobs::run(std::function<ImportReport()> job) {
    if (m_busy) return false;
    m_busy = true;
    m_shared->cancelled = false;
    QMetaObject::invokeMethod(
        m_worker,
        [this, job = std::move(job)] {
            ImportReport result;
            QString trouble;
            try {
                result = job();
            } catch (const std::exception& error) {
                trouble = QString::fromUtf8(error.what());
            }
            QMetaObject::invokeMethod(
                this,
                [this, result, trouble] {
                    m_busy = false;
                    if (trouble.isEmpty()) {
                        Q_EMIT finished(result);
                    } else {
                        Q_EMIT failed(trouble);
                    }
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
    return true;
}

bool DataJobs::importFrom(const std::vector<std::filesystem::path>& sources) {
    return run([this, sources] {
        ImportReport whole;
        for (const auto& source : sources)
            merge(whole, importData(source, [this](const std::string& current) {
                      if (m_shared->cancelled) throw WorkError("the import was stopped");
                      report(tr("Looking at %1").arg(QString::fromStdString(current)), -1);
                  }));
        return whole;
    });
}

bool DataJobs::download(const std::string& dataset, const DownloadOptions& options) {
    return run([this, dataset, options] {
        DownloadOptions told = options;
        told.progress = [this](const DownloadProgress& now) {
            const auto mega = [](std::uint64_t bytes) {
                return QString::number(static_cast<double>(bytes) / 1e6, 'f', 1);
            };
            const QString file =
                QString::fromStdString(now.url.substr(now.url.find_last_of('/') + 1));
            const QString words =
                now.total > 0 ? tr("%1: %2 of %3 MB").arg(file, mega(now.received), mega(now.total))
                              : tr("%1: %2 MB").arg(file, mega(now.received));
            const double share =
                now.total > 0 ? static_cast<double>(now.received) / static_cast<double>(now.total)
                              : -1;
            report(now.attempt > 1 ? tr("%1, attempt %2").arg(words).arg(now.attempt) : words,
                   share);
            return !m_shared->cancelled;
        };
        return downloadDataset(dataset, told);
    });
}

}  // namespace bitloom::ui
