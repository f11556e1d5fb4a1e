#pragma once
// A study's networks a layer at a time as a table (experiment/study_layers.h): growth of the
// gradient a step back, bound, tightness and first exponent, before training and at the last probe.

#include <QTableWidget>
#include <vector>

#include "experiment/study_layers.h"

namespace bitloom::ui {

class LayerTable : public QTableWidget {
    Q_OBJECT
public:
    explicit LayerTable(QWidget* parent = nullptr);
    /// Hides itself without rows; as high as its rows are.
    void setRows(const std::vector<LayerFigures>& rows);
};

}  // namespace bitloom::ui
