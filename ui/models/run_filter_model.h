#pragma once
// Search and order over a RunTableModel.

#include <QSortFilterProxyModel>
#include <QStringList>

namespace bitloom::ui {

class RunFilterModel : public QSortFilterProxyModel {
    Q_OBJECT
public:
    /// Sorts by RunTableModel::SortRole.
    explicit RunFilterModel(QObject* parent = nullptr);

    /// Shows rows that contain every word of `text`, any case. Empty = all.
    void setSearch(const QString& text);
    void setStarredOnly(bool only);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    /// By raw value; rows without one come last in either direction, equal ones newest first.
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    QStringList m_words;
    bool m_starredOnly = false;
};

}  // namespace bitloom::ui
