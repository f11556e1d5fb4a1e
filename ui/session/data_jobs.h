#pragma once
// Importing and downloading data sets on a thread of their own, one job at a time.

#include <QObject>
#include <QString>
#include <QThread>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/download.h"

namespace bitloom::ui {

class DataJobs : public QObject {
    Q_OBJECT
public:
    explicit DataJobs(QObject* parent = nullptr);
    ~DataJobs() override;  ///< cancels and waits

    [[nodiscard]] bool busy() const { return m_busy; }
    /// One report for all sources. False if a job runs already.
    bool importFrom(const std::vector<std::filesystem::path>& sources);
    bool download(const std::string& dataset, const DownloadOptions& options = {});
    /// A download keeps what it has; an import ends after the file in hand.
    void cancel();
    /// Whether the last job was cancelled.
    [[nodiscard]] bool wasCancelled() const;

Q_SIGNALS:
    /// `share` in [0, 1], or less than 0 while the total is not known. Ten times a second at most.
    void progressed(const QString& words, double share);
    void finished(const bitloom::ImportReport& report);
    void failed(const QString& message);

private:
    bool run(std::function<ImportReport()> job);
    void report(const QString& words, double share);

    struct Shared;
    std::shared_ptr<Shared> m_shared;
    std::unique_ptr<QThread> m_thread;
    QObject* m_worker;
    bool m_busy = false;
};

}  // namespace bitloom::ui
