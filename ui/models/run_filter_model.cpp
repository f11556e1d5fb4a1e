#include "models/run_filter_model.h"

#include "models/run_table_model.h"

namespace bitloom::ui {

RunFilterModel::RunFilterModel(QObject* parent) : QSortFilterProxyModel(parent) {
    setSortRole(RunTableModel::SortRole);
    setSortCaseSensitivity(Qt::CaseInsensitive);
    setDynamicSortFilter(true);
}

void RunFilterModel::setSearch(const QString& text) {
    const QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (words == m_words) return;
    m_words = words;
    invalidateFilter();
}

void RunFilterModel::setStarredOnly(bool only) {
    if (only == m_starredOnly) return;
    m_starredOnly = only;
    invalidateFilter();
}

bool RunFilterModel::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const QModelIndex cell = sourceModel()->index(row, RunTableModel::Name, parent);
    if (m_starredOnly && !cell.data(RunTableModel::StarredRole).toBool()) return false;
    if (m_words.isEmpty()) return true;
    const QString text = cell.data(RunTableModel::SearchRole).toString();
    for (const QString& word : m_words) {
        if (!text.contains(word, Qt::CaseInsensitive)) return false;
    }
    return true;
}

bool RunFilterModel::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const QVariant a = left.data(RunTableModel::SortRole);
    const QVariant b = right.data(RunTableModel::SortRole);
    const bool ascending = sortOrder() == Qt::AscendingOrder;
    if (a.isValid() != b.isValid()) return ascending ? a.isValid() : b.isValid();
    if (a == b) {
        const auto created = [](const QModelIndex& index) {
            return index.siblingAtColumn(RunTableModel::Created)
                .data(RunTableModel::SortRole)
                .toString();
        };
        return ascending ? created(left) > created(right) : created(left) < created(right);
    }
    return QSortFilterProxyModel::lessThan(left, right);
}

}  // namespace bitloom::ui
