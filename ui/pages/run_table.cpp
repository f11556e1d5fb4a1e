#include "pages/run_table.h"

#include <QHeaderView>
#include <QMenu>
#include <algorithm>
#include <array>

#include "models/run_table_model.h"
#include "theme/theme.h"

namespace bitloom::ui {

namespace {

constexpr int leastName = 200;

struct ColumnKind {
    const char* name;  ///< in settings
    int width;         ///< 0 = what the others leave
};

constexpr std::array<ColumnKind, RunTableModel::ColumnCount> columns = {{
    {"shown", 56},
    {"star", 32},
    {"name", 0},
    {"dataset", 120},
    {"quantizer", 136},
    {"normalization", 112},
    {"bits", 48},
    {"best", 104},
    {"paper_size", 88},
    {"packed_size", 96},
    {"speed", 104},
    {"status", 168},
    {"created", 136},
}};

constexpr bool isOptional(int column) {
    return column > RunTableModel::Name;
}

}  // namespace

RunTable::RunTable(QAbstractItemModel* model, QWidget* parent) : QTableView(parent) {
    setModel(model);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setSortingEnabled(true);
    sortByColumn(-1, Qt::AscendingOrder);
    setWordWrap(false);
    setTextElideMode(Qt::ElideMiddle);  // names often differ at their end
    setContextMenuPolicy(Qt::CustomContextMenu);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(spacing::row);
    QHeaderView* header = horizontalHeader();
    header->setHighlightSections(false);
    header->setMinimumSectionSize(32);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    for (int i = 0; i < RunTableModel::ColumnCount; ++i) {
        header->setSectionResizeMode(i, QHeaderView::Interactive);
        const int width = columns.at(static_cast<std::size_t>(i)).width;
        if (width > 0) setColumnWidth(i, width);
    }
    hideColumn(RunTableModel::Created);
    connect(header, &QHeaderView::customContextMenuRequested, this, &RunTable::openColumnMenu);
}

QStringList RunTable::hiddenColumns() const {
    QStringList names;
    for (int i = 0; i < RunTableModel::ColumnCount; ++i)
        if (isColumnHidden(i)) names << QLatin1String(columns.at(static_cast<std::size_t>(i)).name);
    return names;
}

void RunTable::setHiddenColumns(const QStringList& names) {
    for (int i = 0; i < RunTableModel::ColumnCount; ++i)
        setColumnHidden(i, isOptional(i) && names.contains(QLatin1String(
                                                columns.at(static_cast<std::size_t>(i)).name)));
    giveRestToName();
}

void RunTable::openColumnMenu(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("columnMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (int i = 0; i < RunTableModel::ColumnCount; ++i) {
        if (!isOptional(i)) continue;
        QAction* action =
            menu->addAction(model()->headerData(i, Qt::Horizontal, Qt::DisplayRole).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(i));
        connect(action, &QAction::triggered, this, [this, i](bool shown) {
            setColumnHidden(i, !shown);
            giveRestToName();
            Q_EMIT columnsChanged(hiddenColumns());
        });
    }
    menu->popup(horizontalHeader()->mapToGlobal(at));
}

void RunTable::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    giveRestToName();
}

/// The name scrolls before it is cut to nothing.
void RunTable::giveRestToName() {
    const int others = horizontalHeader()->length() - columnWidth(RunTableModel::Name);
    setColumnWidth(RunTableModel::Name, std::max(leastName, viewport()->width() - others));
}

}  // namespace bitloom::ui
