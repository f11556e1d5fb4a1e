#pragma once
// The data sets: what is there, what can be fetched, and the import of files that are dropped or
// chosen.

#include <QWidget>
#include <filesystem>
#include <string>

#include "session/data_jobs.h"
#include "theme/roles.h"
#include "theme/theme.h"

class QGridLayout;
class QLabel;
class QProgressBar;
class QPushButton;

namespace bitloom::ui {

class ElidedLabel;

class DataPage : public QWidget {
    Q_OBJECT
public:
    explicit DataPage(const Theme& theme, QWidget* parent = nullptr);

    /// Looks again for what is there.
    void refresh();
    void importFrom(const std::vector<std::filesystem::path>& sources);
    [[nodiscard]] DataJobs& jobs() { return m_jobs; }
    /// Rows shown, for tests.
    [[nodiscard]] int rowCount() const { return m_rows; }

Q_SIGNALS:
    void said(const QString& words);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void addRow(int row, const struct DatasetRow& shown);
    void download(const std::string& name, const QString& label);
    void showBusy(bool busy, const QString& words = {});
    void onFinished(const ImportReport& result);
    void report(const QString& words, LabelRole role);
    void chooseFiles(bool folder);

    const Theme& m_theme;
    DataJobs m_jobs;
    QWidget* m_table = nullptr;
    QWidget* m_tableHome;
    QWidget* m_progressRow;
    ElidedLabel* m_progressWords;
    QProgressBar* m_progress;
    QLabel* m_report;
    int m_rows = 0;
};

}  // namespace bitloom::ui
