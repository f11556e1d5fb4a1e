#include "models/run_table_model.h"

#include <QSet>
#include <algorithm>
#include <cmath>

#include "experiment/catalog.h"
#include "models/format.h"

namespace bitloom::ui {
namespace {

QString qstring(const std::string& text) {
    return QString::fromStdString(text);
}

QString label(const std::vector<Entry>& table, const std::string& name) {
    for (const Entry& entry : table) {
        if (entry.name == name) return qstring(entry.label);
    }
    return qstring(name);
}

Token statusToken(RunStatus status) {
    switch (status) {
        case RunStatus::finished:
            return Token::good;
        case RunStatus::diverged:
        case RunStatus::failed:
            return Token::bad;
        case RunStatus::lost:
            return Token::warning;
        default:
            return Token::muted;
    }
}

bool isNumber(int column) {
    return column >= RunTableModel::Bits && column <= RunTableModel::Speed;
}

}  // namespace

RunTableModel::RunTableModel(const Theme& theme, QObject* parent)
    : QAbstractTableModel(parent), m_theme(theme) {
    connect(&theme, &Theme::themeChanged, this, [this] {
        if (m_rows.empty()) return;
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1),
                           {Qt::ForegroundRole, Qt::DecorationRole});
    });
}

void RunTableModel::setRuns(const std::vector<LibraryRun>& runs) {
    QSet<QString> wanted;
    for (const LibraryRun& run : runs) wanted.insert(qstring(run.id));
    bool lostChecked = false;
    for (int row = rowCount() - 1; row >= 0; --row) {
        const QString id = m_rows[static_cast<std::size_t>(row)].id;
        if (wanted.contains(id)) continue;
        beginRemoveRows({}, row, row);
        m_rows.erase(m_rows.begin() + row);
        lostChecked = m_colors.remove(id) > 0 || lostChecked;
        reindex();
        endRemoveRows();
    }
    std::vector<const LibraryRun*> added;
    for (const LibraryRun& run : runs) {
        const int row = rowOf(qstring(run.id));
        if (row >= 0) {
            replace(row, run);
        } else {
            added.push_back(&run);
        }
    }
    if (!added.empty()) {
        const int first = rowCount();
        beginInsertRows({}, first, first + static_cast<int>(added.size()) - 1);
        for (const LibraryRun* run : added) m_rows.push_back({*run, qstring(run->id)});
        reindex();
        endInsertRows();
    }
    if (lostChecked) Q_EMIT checkedChanged(checkedIds());
}

void RunTableModel::updateSummary(const QString& id, const RunSummary& summary) {
    const int row = rowOf(id);
    if (row < 0) return;
    LibraryRun next = m_rows[static_cast<std::size_t>(row)].run;
    next.summary = summary;
    replace(row, next);
}

void RunTableModel::setQueued(const QStringList& ids) {
    if (ids == m_queued) return;
    m_queued = ids;
    if (m_rows.empty()) return;
    Q_EMIT dataChanged(index(0, Status), index(rowCount() - 1, Status));
}

void RunTableModel::replace(int row, const LibraryRun& run) {
    Row& place = m_rows[static_cast<std::size_t>(row)];
    const Row before = place;
    place.run = run;
    // Only what reads differently is announced: views then repaint these cells and nothing else.
    for (int column = 0; column < ColumnCount; ++column) {
        const bool same = text(before.run, column) == text(run, column) &&
                          raw(before, column) == raw(place, column) &&
                          before.run.summary.status == run.summary.status;
        const QModelIndex cell = index(row, column);
        if (!same) Q_EMIT dataChanged(cell, cell);
    }
}

void RunTableModel::reindex() {
    m_index.clear();
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        m_index.insert(m_rows[row].id, static_cast<int>(row));
    }
}

const LibraryRun* RunTableModel::run(int row) const {
    return row >= 0 && row < rowCount() ? &m_rows[static_cast<std::size_t>(row)].run : nullptr;
}

const LibraryRun* RunTableModel::find(const QString& id) const {
    return run(rowOf(id));
}

int RunTableModel::rowOf(const QString& id) const {
    return m_index.value(id, -1);
}

QStringList RunTableModel::checkedIds() const {
    QStringList ids;
    for (const Row& row : m_rows) {
        if (m_colors.contains(row.id)) ids.append(row.id);
    }
    return ids;
}

void RunTableModel::give(const QString& id) {
    QSet<int> used;
    for (const int color : std::as_const(m_colors)) used.insert(color);
    int color = 0;
    while (used.contains(color)) ++color;
    m_colors.insert(id, color);
}

void RunTableModel::setChecked(const QString& id, bool checked) {
    const int row = rowOf(id);
    if (row < 0 || isChecked(id) == checked) return;
    if (checked) {
        give(id);
    } else {
        m_colors.remove(id);
    }
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1),
                       {Qt::CheckStateRole, Qt::DecorationRole, ColorRole, SortRole});
    Q_EMIT checkedChanged(checkedIds());
}

void RunTableModel::setCheckedIds(const QStringList& ids) {
    const QStringList before = checkedIds();
    for (const QString& id : before) {
        if (!ids.contains(id)) m_colors.remove(id);
    }
    for (const QString& id : ids) {
        if (rowOf(id) >= 0 && !m_colors.contains(id)) give(id);
    }
    const QStringList after = checkedIds();
    if (before == after) return;
    Q_EMIT dataChanged(index(0, Shown), index(rowCount() - 1, Shown));
    Q_EMIT checkedChanged(after);
}

void RunTableModel::setCheckedColors(const QHash<QString, int>& colors) {
    QHash<QString, int> given = colors;
    given.removeIf([this](const auto& entry) { return rowOf(entry.key()) < 0; });
    if (given == m_colors) return;
    m_colors = given;
    Q_EMIT dataChanged(index(0, Shown), index(rowCount() - 1, Shown));
    Q_EMIT checkedChanged(checkedIds());
}

int RunTableModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RunTableModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QString RunTableModel::text(const LibraryRun& run, int column) const {
    switch (column) {
        case Name:
            return qstring(run.summary.name.empty() ? run.id : run.summary.name);
        case Dataset:
            return label(datasetEntries(), run.dataset);
        case Quantizer:
            return label(quantizerEntries(), run.quantizer);
        case Normalization:
            return label(normalizationEntries(), run.normalization);
        case Bits:
            return QString::number(run.bits);
        case Best:
            return formatMetric(run.summary.metric, run.summary.best);
        case PaperKb:
            return formatPaperKb(run.summary.size.paperKb);
        case PackedSize:
            return formatBytes(run.summary.size.modelBytes);
        case Speed:
            return formatSpeed(run.summary.tokensPerSecond);
        case Status:
            return run.summary.status == RunStatus::created && m_queued.contains(qstring(run.id))
                       ? tr("queued")
                       : formatStatus(run.summary);
        case Created:
            return formatMoment(run.created);
        default:
            return {};
    }
}

QVariant RunTableModel::raw(const Row& row, int column) const {
    const RunSummary& summary = row.run.summary;
    switch (column) {
        case Shown:
            return isChecked(row.id) ? 0 : 1;
        case Star:
            return row.run.starred ? 0 : 1;
        case Bits:
            return row.run.bits;
        case Best:
            return summary.best && std::isfinite(*summary.best) ? QVariant(*summary.best)
                                                                : QVariant();
        case PaperKb:
            return static_cast<qlonglong>(summary.size.paperKb);
        case PackedSize:
            return static_cast<qlonglong>(summary.size.modelBytes);
        case Speed:
            return summary.tokensPerSecond > 0 ? QVariant(summary.tokensPerSecond) : QVariant();
        case Status:
            return static_cast<int>(summary.status);
        case Created:
            return qstring(row.run.created);
        default:
            return text(row.run, column);
    }
}

QVariant RunTableModel::decoration(const Row& row, int column) const {
    if (column == Shown && isChecked(row.id)) return m_theme.runIcon(colorIndex(row.id));
    if (column == Star) {
        return row.run.starred ? m_theme.icon(QStringLiteral("star-filled"), Token::text)
                               : m_theme.icon(QStringLiteral("star"), Token::hairline);
    }
    return {};
}

QVariant RunTableModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    const int column = index.column();
    switch (role) {
        case Qt::DisplayRole:
            return text(row.run, column);
        case Qt::CheckStateRole:
            if (column != Shown) return {};
            return isChecked(row.id) ? Qt::Checked : Qt::Unchecked;
        case Qt::DecorationRole:
            return decoration(row, column);
        case Qt::TextAlignmentRole:
            return QVariant::fromValue(Qt::AlignVCenter |
                                       (isNumber(column) ? Qt::AlignRight : Qt::AlignLeft));
        case Qt::FontRole:
            return isNumber(column) ? Theme::figures() : QVariant();
        case Qt::ForegroundRole:
            if (column == Status) return m_theme.color(statusToken(row.run.summary.status));
            if (column == Created) return m_theme.color(Token::muted);
            return {};
        case Qt::ToolTipRole:
            if (column == Status && !row.run.summary.message.empty()) {
                return qstring(row.run.summary.message);
            }
            if (column == Name) return text(row.run, Name);
            return {};
        case Qt::AccessibleTextRole:
            if (column == Star) return row.run.starred ? tr("starred") : tr("not starred");
            if (column == Shown) return isChecked(row.id) ? tr("compared") : tr("not compared");
            return {};
        case SortRole:
            return raw(row, column);
        case IdRole:
            return row.id;
        case ColorRole:
            return colorIndex(row.id);
        case StarredRole:
            return row.run.starred;
        case StatusRole:
            return static_cast<int>(row.run.summary.status);
        case SearchRole: {
            QStringList words{text(row.run, Name),
                              text(row.run, Dataset),
                              qstring(row.run.dataset),
                              text(row.run, Quantizer),
                              qstring(row.run.quantizer),
                              text(row.run, Normalization),
                              qstring(row.run.normalization),
                              qstring(row.run.cell),
                              text(row.run, Status),
                              qstring(row.run.note),
                              row.id};
            for (const std::string& tag : row.run.tags) words.append(qstring(tag));
            return words.join(QLatin1Char(' '));
        }
        default:
            return {};
    }
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return false;
    Row& row = m_rows[static_cast<std::size_t>(index.row())];
    if (role == Qt::CheckStateRole && index.column() == Shown) {
        setChecked(row.id, value.toInt() == Qt::Checked);
        return true;
    }
    if (role == StarredRole && row.run.starred != value.toBool()) {
        row.run.starred = value.toBool();
        const QModelIndex cell = this->index(index.row(), Star);
        Q_EMIT dataChanged(cell, cell);
        Q_EMIT starChanged(row.id, row.run.starred);
        return true;
    }
    return false;
}

QVariant RunTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount) return {};
    if (role == Qt::TextAlignmentRole) {
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (isNumber(section) ? Qt::AlignRight : Qt::AlignLeft));
    }
    if (role == Qt::ToolTipRole) {
        switch (section) {
            case Shown:
                return tr("Runs with a check mark are drawn in the charts");
            case Best:
                return tr("Best validation result, not the last one");
            case PaperKb:
                return tr("Recurrent layers only, whole kilobytes, as the paper counts");
            case PackedSize:
                return tr("The whole packed model in bytes on disk");
            default:
                return {};
        }
    }
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case Name:
            return tr("Run");
        case Dataset:
            return tr("Data");
        case Quantizer:
            return tr("Quantizer");
        case Normalization:
            return tr("Normalization");
        case Bits:
            return tr("Bits");
        case Best:
            return tr("Best");
        case PaperKb:
            return tr("Paper size");
        case PackedSize:
            return tr("Whole model");
        case Speed:
            return tr("Mean speed");
        case Status:
            return tr("Status");
        case Created:
            return tr("Created");
        default:
            return QString();
    }
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags result = QAbstractTableModel::flags(index);
    if (index.column() == Shown) result |= Qt::ItemIsUserCheckable;
    return result;
}

}  // namespace bitloom::ui
