#include "models/entry_list_model.h"

#include <algorithm>

#include "theme/theme.h"

namespace bitloom::ui {
namespace {

QString qstring(const std::string& text) {
    return QString::fromStdString(text);
}

QString capital(QString text) {
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text;
}

}  // namespace

EntryListModel::EntryListModel(const std::vector<Entry>& entries, QObject* parent)
    : QAbstractListModel(parent) {
    std::vector<std::string> families;
    for (const Entry& entry : entries) {
        if (std::find(families.begin(), families.end(), entry.family) == families.end()) {
            families.push_back(entry.family);
        }
    }
    for (const std::string& family : families) {
        // Entries of no family ("full precision") stand above the headers.
        if (families.size() > 1 && !family.empty())
            m_rows.push_back({nullptr, capital(qstring(family))});
        for (const Entry& entry : entries) {
            if (entry.family == family) m_rows.push_back({&entry, {}});
        }
    }
}

int EntryListModel::rowOf(const std::string& name) const {
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        if (m_rows[row].entry && m_rows[row].entry->name == name) return static_cast<int>(row);
    }
    return -1;
}

const Entry* EntryListModel::entry(int row) const {
    return row >= 0 && row < rowCount() ? m_rows[static_cast<std::size_t>(row)].entry : nullptr;
}

int EntryListModel::firstEntry() const {
    for (int row = 0; row < rowCount(); ++row) {
        if (entry(row)) return row;
    }
    return -1;
}

void EntryListModel::setRefused(const std::string& name, const QString& reason) {
    const int row = rowOf(name);
    const QString key = qstring(name);
    if (row < 0 || m_refused.value(key) == reason) return;
    if (reason.isEmpty()) {
        m_refused.remove(key);
    } else {
        m_refused.insert(key, reason);
    }
    Q_EMIT dataChanged(index(row), index(row));
}

int EntryListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant EntryListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (!row.entry) {
        if (role == Qt::DisplayRole) return row.family;
        if (role == HeaderRole) return true;
        if (role == Qt::FontRole) return Theme::font(TextSize::caption, true);
        return {};
    }
    const Entry& entry = *row.entry;
    switch (role) {
        case Qt::DisplayRole:
            return qstring(entry.label);
        case Qt::ToolTipRole: {
            const QString reason = m_refused.value(qstring(entry.name));
            return reason.isEmpty() ? qstring(entry.summary) : reason;
        }
        case NameRole:
            return qstring(entry.name);
        case FormulaRole:
            return qstring(entry.formula);
        case SourceRole:
            return qstring(entry.source);
        case SummaryRole:
            return qstring(entry.summary);
        case BitsRole:
            return QVariant::fromValue(QList<int>(entry.bits.begin(), entry.bits.end()));
        case HeaderRole:
            return false;
        default:
            return {};
    }
}

Qt::ItemFlags EntryListModel::flags(const QModelIndex& index) const {
    const Entry* shown = entry(index.row());
    if (!shown || m_refused.contains(qstring(shown->name))) return Qt::ItemNeverHasChildren;
    return QAbstractListModel::flags(index);
}

}  // namespace bitloom::ui
