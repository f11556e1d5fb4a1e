#pragma once
// The runs of a library as a table. Rows are updated in place: a row keeps its index, its check
// mark and its colour while numbers change, so views neither scroll nor lose their selection.

#include <QAbstractTableModel>
#include <QHash>
#include <QStringList>
#include <vector>

#include "experiment/library.h"
#include "theme/theme.h"

namespace bitloom::ui {

class RunTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        Shown,  ///< check box and, while checked, the colour of the run
        Star,
        Name,
        Dataset,
        Quantizer,
        Normalization,
        Bits,
        Best,
        PaperKb,
        PackedSize,
        Speed,
        Status,
        Created,
        ColumnCount
    };
    enum Role {
        SortRole = Qt::UserRole,  ///< raw value of the column; invalid where there is none
        IdRole,                   ///< QString
        SearchRole,               ///< all words a search looks at
        ColorRole,                ///< index in the run palette, -1 = not checked
        StarredRole,              ///< bool
        StatusRole,               ///< int of RunStatus
    };

    explicit RunTableModel(const Theme& theme, QObject* parent = nullptr);

    /// Makes the table hold exactly `runs`: known ids are updated in place (only changed cells are
    /// announced), new ones are inserted at the end, missing ones removed.
    void setRuns(const std::vector<LibraryRun>& runs);
    /// Runs of the queue: what was not started yet waits there.
    void setQueued(const QStringList& ids);
    /// New numbers of one run; an unknown id is ignored.
    void updateSummary(const QString& id, const RunSummary& summary);

    /// Null outside of the table / for an unknown id; valid until the next change.
    [[nodiscard]] const LibraryRun* run(int row) const;
    [[nodiscard]] const LibraryRun* find(const QString& id) const;
    [[nodiscard]] int rowOf(const QString& id) const;  ///< -1 = unknown

    /// Checked runs in the order of the table.
    [[nodiscard]] QStringList checkedIds() const;
    void setCheckedIds(const QStringList& ids);
    /// Checks exactly the keys, in the colours they have in another view.
    void setCheckedColors(const QHash<QString, int>& colors);
    void setChecked(const QString& id, bool checked);
    [[nodiscard]] bool isChecked(const QString& id) const { return m_colors.contains(id); }
    /// The run's place in the palette: that given with setCheckedColors(), else the lowest one free
    /// when it was checked; kept until it is unchecked.
    [[nodiscard]] int colorIndex(const QString& id) const { return m_colors.value(id, -1); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index,
                                int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                      int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void checkedChanged(const QStringList& ids);
    /// The user set (StarredRole) a star; the library is to remember it. The table shows it
    /// already.
    void starChanged(const QString& id, bool starred);

private:
    struct Row {
        LibraryRun run;
        QString id;
    };
    [[nodiscard]] QString text(const LibraryRun& run, int column) const;
    [[nodiscard]] QVariant raw(const Row& row, int column) const;
    [[nodiscard]] QVariant decoration(const Row& row, int column) const;
    void replace(int row, const LibraryRun& run);
    void reindex();
    void give(const QString& id);

    const Theme& m_theme;
    std::vector<Row> m_rows;
    QHash<QString, int> m_index;
    QHash<QString, int> m_colors;
    QStringList m_queued;
};

}  // namespace bitloom::ui
