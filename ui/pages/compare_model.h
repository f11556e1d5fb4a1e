#pragma once
// The runs of a library as a table: a check box and a colour for those drawn, and what is to be
// compared.

#include <QAbstractTableModel>
#include <filesystem>
#include <map>
#include <vector>

#include "experiment/library.h"
#include "pages/compare_charts.h"
#include "theme/theme.h"

namespace bitloom::ui {

class CompareModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        nameColumn,
        starColumn,
        dataColumn,
        quantizerColumn,
        normColumn,
        bitsColumn,
        bestColumn,
        paperColumn,
        packedColumn,
        speedColumn,
        statusColumn,
        columnCountValue
    };
    /// Sorts by value instead of by text; infinite for what is missing.
    static constexpr int sortRole = Qt::UserRole;
    /// Everything a search looks at.
    static constexpr int searchRole = Qt::UserRole + 1;

    explicit CompareModel(const Theme& theme, QObject* parent = nullptr);

    /// Rows come, go and change in place; what is checked stays checked.
    void setRuns(std::vector<LibraryRun> runs);
    /// A report of a run that trains.
    void setSummary(const std::filesystem::path& folder, const RunSummary& summary);
    [[nodiscard]] const LibraryRun& run(int row) const {
        return m_runs[static_cast<std::size_t>(row)];
    }
    [[nodiscard]] int rowOf(const std::filesystem::path& folder) const;
    void checkOnly(const std::vector<std::filesystem::path>& folders);
    /// The checked runs in the order they were checked, at most the palette's twelve.
    [[nodiscard]] std::vector<ShownRun> shown() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

Q_SIGNALS:
    void shownChanged();
    void said(const QString& words);

private:
    [[nodiscard]] QString text(const LibraryRun& run, int column) const;
    [[nodiscard]] QVariant sortValue(const LibraryRun& run, int column) const;
    [[nodiscard]] int freeColor() const;
    [[nodiscard]] static QString nameOf(const LibraryRun& run);

    const Theme& m_theme;
    std::vector<LibraryRun> m_runs;
    struct Checked {
        std::filesystem::path folder;
        int color = 0;
    };
    std::vector<Checked> m_checked;
};

}  // namespace bitloom::ui
