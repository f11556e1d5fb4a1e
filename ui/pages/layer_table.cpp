#include "pages/layer_table.h"

#include <QHeaderView>
#include <cmath>
#include <utility>

#include "models/format.h"
#include "theme/theme.h"

namespace bitloom::ui {
namespace {

enum Column { Run, Layer, Moment, Growth, LastGrowth, Bound, Tightness, Exponent, ColumnCount };
constexpr int numberWidth = 72;
constexpr int shortWidth = 56;
constexpr int momentWidth = 88;
constexpr int leastRun = 160;

}  // namespace

LayerTable::LayerTable(QWidget* parent) : QTableWidget(0, ColumnCount, parent) {
    setObjectName(QStringLiteral("layerTable"));
    setAccessibleName(tr("Layers"));
    setHorizontalHeaderLabels({tr("Run"), tr("Layer"), tr("Probe"), tr("Growth"), tr("Last loss"),
                               QStringLiteral("λ₁"), tr("Tightness"), tr("Exponent")});
    const std::pair<int, QString> help[] = {
        {Growth, tr("Factor by which |dL/dh| changes a step backwards, of the summed loss")},
        {LastGrowth, tr("The same of the last step's loss alone")},
        {Bound, tr("λ₁ of the gradient's bound; with batch norm, whose bound on an LSTM is on "
                   "squares, its root")},
        {Tightness, tr("Gradient over bound, the largest")},
        {Exponent, tr("First Lyapunov exponent, nats a step: above 0 gradients explode")}};
    for (const auto& [column, words] : help) horizontalHeaderItem(column)->setToolTip(words);
    for (int i = 0; i < ColumnCount; ++i) {
        const bool left = i == Run || i == Moment;
        horizontalHeaderItem(i)->setTextAlignment(Qt::AlignVCenter |
                                                  (left ? Qt::AlignLeft : Qt::AlignRight));
        setColumnWidth(i, i == Layer ? shortWidth : i == Moment ? momentWidth : numberWidth);
    }
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setSelectionMode(QAbstractItemView::NoSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setFocusPolicy(Qt::NoFocus);
    setTextElideMode(Qt::ElideRight);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(spacing::row);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setMinimumSectionSize(shortWidth);
    horizontalHeader()->setSectionResizeMode(Run, QHeaderView::Stretch);
    setMinimumWidth(leastRun);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    hide();
}

void LayerTable::setRows(const std::vector<LayerFigures>& rows) {
    clearSpans();
    setRowCount(0);
    const auto add = [&](const LayerFigures& row, const LayerMoment& moment, const QString& when) {
        const int at = rowCount();
        insertRow(at);
        const auto set = [&](int column, const QString& words, bool figure) {
            auto* item = new QTableWidgetItem(words);
            if (figure) {
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
                item->setFont(Theme::figures());
            }
            setItem(at, column, item);
        };
        const auto number = [&](int column, double value, const char* sign = "") {
            set(column,
                std::isfinite(value) ? QString::fromUtf8(sign) + formatNumber(value, 3)
                                     : QStringLiteral("–"),
                true);
        };
        const QString name = QString::fromStdString(row.run);
        set(Run, name, false);
        item(at, Run)->setToolTip(name);
        set(Layer, QString::number(row.layer), true);
        set(Moment, when, false);
        number(Growth, moment.growth, "×");
        number(LastGrowth, moment.lastGrowth, "×");
        number(Bound, moment.lambda1);
        number(Tightness, moment.tightness);
        number(Exponent, moment.exponent);
    };
    for (const LayerFigures& row : rows) {
        add(row, row.start, tr("start"));
        if (row.end.step > row.start.step) {
            add(row, row.end, tr("step %1").arg(row.end.step));
        }
    }
    // The name of a network stands once.
    for (int first = 0, at = 1; at <= rowCount(); ++at) {
        if (at < rowCount() && item(at, Run)->text() == item(first, Run)->text()) continue;
        if (at - first > 1) setSpan(first, Run, at - first, 1);
        first = at;
    }
    setFixedHeight(horizontalHeader()->sizeHint().height() + rowCount() * spacing::row + 2);
    setVisible(!rows.empty());
}

}  // namespace bitloom::ui
