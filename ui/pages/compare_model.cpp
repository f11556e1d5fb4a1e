#include "pages/compare_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "experiment/catalog.h"
#include "pages/words.h"

namespace bitloom::ui {
namespace {

QString utf(const std::string& words) {
    return QString::fromStdString(words);
}

QString labelOf(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return utf(entry ? entry->label : name);
}

double orLast(std::optional<double> value) {
    return value && std::isfinite(*value) ? *value : std::numeric_limits<double>::infinity();
}

bool isFigure(int column) {
    return column >= CompareModel::bitsColumn && column <= CompareModel::speedColumn;
}

}  // namespace

CompareModel::CompareModel(const Theme& theme, QObject* parent)
    : QAbstractTableModel(parent), m_theme(theme) {
    connect(&theme, &Theme::themeChanged, this, [this] {
        if (!m_runs.empty()) {
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCountValue - 1));
        }
    });
}

QString CompareModel::nameOf(const LibraryRun& run) {
    return utf(run.summary.name.empty() ? run.id : run.summary.name);
}

int CompareModel::rowOf(const std::filesystem::path& folder) const {
    const auto found = std::find_if(m_runs.begin(), m_runs.end(),
                                    [&](const LibraryRun& run) { return run.folder == folder; });
    return found == m_runs.end() ? -1 : static_cast<int>(found - m_runs.begin());
}

void CompareModel::setRuns(std::vector<LibraryRun> runs) {
    const bool sameRows =
        std::equal(runs.begin(), runs.end(), m_runs.begin(), m_runs.end(),
                   [](const LibraryRun& a, const LibraryRun& b) { return a.folder == b.folder; });
    if (sameRows) {
        m_runs = std::move(runs);
        if (!m_runs.empty()) {
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCountValue - 1));
        }
        return;
    }
    beginResetModel();
    m_runs = std::move(runs);
    const auto before = m_checked.size();
    std::erase_if(m_checked, [&](const Checked& one) { return rowOf(one.folder) < 0; });
    endResetModel();
    if (m_checked.size() != before) Q_EMIT shownChanged();
}

void CompareModel::setSummary(const std::filesystem::path& folder, const RunSummary& summary) {
    const int row = rowOf(folder);
    if (row < 0) return;
    m_runs[static_cast<std::size_t>(row)].summary = summary;
    Q_EMIT dataChanged(index(row, 0), index(row, columnCountValue - 1));
}

int CompareModel::freeColor() const {
    for (int color = 0;; ++color) {
        const bool taken = std::any_of(m_checked.begin(), m_checked.end(),
                                       [&](const Checked& one) { return one.color == color; });
        if (!taken) return color;
    }
}

void CompareModel::checkOnly(const std::vector<std::filesystem::path>& folders) {
    m_checked.clear();
    for (const auto& folder : folders) {
        if (rowOf(folder) < 0 || m_checked.size() >= Theme::runColors) continue;
        m_checked.push_back({folder, freeColor()});
    }
    if (!m_runs.empty()) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, 0));
    Q_EMIT shownChanged();
}

std::vector<ShownRun> CompareModel::shown() const {
    std::vector<ShownRun> result;
    for (const Checked& one : m_checked) {
        const int row = rowOf(one.folder);
        if (row >= 0) result.push_back({one.folder, nameOf(run(row)), one.color});
    }
    return result;
}

int CompareModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int CompareModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columnCountValue);
}

QVariant CompareModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    static const char* const titles[] = {
        QT_TR_NOOP("Run"),    QT_TR_NOOP(""),      QT_TR_NOOP("Data"),  QT_TR_NOOP("Quantizer"),
        QT_TR_NOOP("Norm"),   QT_TR_NOOP("Bits"),  QT_TR_NOOP("Best"),  QT_TR_NOOP("Paper size"),
        QT_TR_NOOP("Packed"), QT_TR_NOOP("Speed"), QT_TR_NOOP("Status")};
    static const char* const helps[] = {
        "",
        QT_TR_NOOP("Starred"),
        "",
        "",
        "",
        QT_TR_NOOP("Bits a weight"),
        QT_TR_NOOP("Best validation value, not the last"),
        QT_TR_NOOP("KB of the recurrent layers by the paper's convention"),
        QT_TR_NOOP("Real bytes of the packed recurrent layers"),
        QT_TR_NOOP("Tokens a second in training"),
        ""};
    if (role == Qt::DisplayRole) return tr(titles[section]);
    if (role == Qt::ToolTipRole && *helps[section]) return tr(helps[section]);
    if (role == Qt::TextAlignmentRole) {
        return QVariant((isFigure(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    return {};
}

Qt::ItemFlags CompareModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (index.column() == nameColumn) flags |= Qt::ItemIsUserCheckable;
    return flags;
}

QString CompareModel::text(const LibraryRun& run, int column) const {
    const RunSummary& now = run.summary;
    switch (column) {
        case nameColumn:
            return nameOf(run);
        case dataColumn:
            return labelOf(datasetEntries(), run.dataset);
        case quantizerColumn:
            return labelOf(quantizerEntries(), run.quantizer);
        case normColumn:
            return labelOf(normalizationEntries(), run.normalization);
        case bitsColumn:
            return QString::number(run.bits);
        case bestColumn:
            return metricText(now.metric, now.best);
        case paperColumn:
            return now.size.modelBytes > 0 ? paperKbText(now.size.paperKb) : QStringLiteral("–");
        case packedColumn:
            return now.size.modelBytes > 0 ? bytesText(now.size.recurrentBytes)
                                           : QStringLiteral("–");
        case speedColumn:
            return speedText(now.tokensPerSecond);
        case statusColumn:
            if (now.status == RunStatus::running && now.totalSteps > 0) {
                return tr("running %1 %").arg(now.step * 100 / now.totalSteps);
            }
            if (now.status == RunStatus::diverged) return tr("diverged at %1").arg(now.step);
            return statusText(now.status);
        default:
            return {};
    }
}

QVariant CompareModel::sortValue(const LibraryRun& run, int column) const {
    const RunSummary& now = run.summary;
    switch (column) {
        case starColumn:
            return run.starred ? 0 : 1;
        case bitsColumn:
            return run.bits;
        case bestColumn:
            return orLast(now.best);
        case paperColumn:
            return static_cast<qlonglong>(now.size.paperKb);
        case packedColumn:
            return static_cast<qlonglong>(now.size.recurrentBytes);
        case speedColumn:
            return now.tokensPerSecond;
        default:
            return text(run, column);
    }
}

QVariant CompareModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const LibraryRun& one = run(index.row());
    const int column = index.column();
    const auto checked = std::find_if(m_checked.begin(), m_checked.end(),
                                      [&](const Checked& c) { return c.folder == one.folder; });
    switch (role) {
        case Qt::DisplayRole:
            return text(one, column);
        case Qt::ToolTipRole: {
            if (column == statusColumn && !one.summary.message.empty()) {
                return utf(one.summary.message);
            }
            if (column == packedColumn || column == paperColumn) {
                return splitText(one.summary.size);
            }
            if (column != nameColumn) return {};
            QStringList lines{nameOf(one), utf(one.id)};
            QStringList tags;
            for (const std::string& tag : one.tags) tags << utf(tag);
            if (!tags.isEmpty()) lines << tr("Tags: %1").arg(tags.join(QStringLiteral(", ")));
            if (!one.note.empty()) lines << utf(one.note);
            return lines.join(QLatin1Char('\n'));
        }
        case Qt::CheckStateRole:
            if (column != nameColumn) return {};
            return static_cast<int>(checked != m_checked.end() ? Qt::Checked : Qt::Unchecked);
        case Qt::DecorationRole:
            if (column == nameColumn && checked != m_checked.end()) {
                return m_theme.runIcon(checked->color);
            }
            if (column == starColumn && one.starred) {
                return m_theme.icon(QStringLiteral("star-filled"), Token::muted);
            }
            return {};
        case Qt::ForegroundRole:
            if (column == statusColumn && (one.summary.status == RunStatus::diverged ||
                                           one.summary.status == RunStatus::failed)) {
                return m_theme.color(Token::warning);
            }
            if (column == dataColumn || column == speedColumn || column == statusColumn) {
                return m_theme.color(Token::muted);
            }
            return {};
        case Qt::FontRole:
            if (isFigure(column) || column == statusColumn) return Theme::figures();
            return {};
        case Qt::TextAlignmentRole:
            return QVariant((isFigure(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        case sortRole:
            return sortValue(one, column);
        case searchRole: {
            QStringList words{nameOf(one), utf(one.id), utf(one.note)};
            for (int i = dataColumn; i <= normColumn; ++i) words << text(one, i);
            for (const std::string& tag : one.tags) words << utf(tag);
            return words.join(QLatin1Char(' '));
        }
        default:
            return {};
    }
}

bool CompareModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::CheckStateRole || index.column() != nameColumn) return false;
    const auto folder = run(index.row()).folder;
    std::erase_if(m_checked, [&](const Checked& one) { return one.folder == folder; });
    if (value.toInt() == Qt::Checked) {
        if (m_checked.size() >= Theme::runColors) {
            Q_EMIT said(tr("Twelve runs at a time: uncheck one first."));
            return false;
        }
        m_checked.push_back({folder, freeColor()});
    }
    Q_EMIT dataChanged(index, index);
    Q_EMIT shownChanged();
    return true;
}

}  // namespace bitloom::ui
