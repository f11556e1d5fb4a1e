#pragma once
// Paints what a CurveChart holds: curves and bands, marks, the crosshair. Private to ui/charts.

#include <QColor>
#include <QString>

class QCPPainter;

namespace bitloom::ui {

class Plot;
struct CurveData;

struct CurveLook {
    const Plot& plot;
    const CurveData& data;
    bool dark = false;
    bool exporting = false;  ///< no crosshair
    QString xName;
    bool empty = false;  ///< words stand in the place of curves
};

/// The ground of a Shade.
QColor shadeColor(bool dark);

void paintCurves(QCPPainter& painter, const CurveLook& look);
void paintMarks(QCPPainter& painter, const CurveLook& look);
void paintCrosshair(QCPPainter& painter, const CurveLook& look);

}  // namespace bitloom::ui
