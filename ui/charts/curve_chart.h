#pragma once
// Curves over steps, epochs, tokens, seconds or time steps; live or fixed. Handles 200 000 points a
// series by min/max decimation per pixel. A non-finite y is a cross at its x with the step as
// label, and never reaches an axis; a value <= 0 on a log axis is drawn at the lower edge.

#include <QVector>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "charts/chart.h"

namespace bitloom::ui {

struct CurveStyle {
    QString name;         ///< legend and CSV header: "BinaryConnect + layer norm, validation"
    int run = 0;          ///< index in the run palette: colour and dash
    bool faint = false;   ///< drawn at less strength: training beside validation
    bool points = false;  ///< small discs at the data while they are far enough apart
    bool visible = true;
    bool dashed = false;  ///< a fitted line beside what was measured
    QString group = {};   ///< series of one group have one entry in the key, named by it
};

/// A thin dashed line with a label at its right (or upper) edge, farther in where curves end there:
/// entropy floor, published value, peak rate.
struct ReferenceLine {
    double at = 0;
    QString label;
    Qt::Orientation orientation = Qt::Horizontal;  ///< horizontal: at is a y
    int run = -1;                                  ///< colour of a run; -1 = muted
    bool inRange = true;                           ///< automatic ranging keeps it in sight
};

/// A part of the x axis with a ground of its own: time steps whose pixels are black.
struct Shade {
    double from = 0, to = 0;
    bool operator==(const Shade&) const = default;
};

/// What a series shows at the crosshair.
struct CrosshairValue {
    int series = -1;
    QString name;
    int run = 0;
    double x = 0;  ///< of the nearest data point
    double y = 0;  ///< may be NaN where the run diverged
};

class CurveChart : public Chart {
    Q_OBJECT
public:
    explicit CurveChart(const Theme& theme, QWidget* parent = nullptr);
    ~CurveChart() override;

    /// Returns its id, never used again. Functions given an unknown id do nothing.
    int addSeries(const CurveStyle& style);
    void setStyle(int series, const CurveStyle& style);
    [[nodiscard]] CurveStyle style(int series) const;
    void setVisible(int series, bool visible);
    using Chart::setVisible;
    void removeSeries(int series);
    /// Removes all series, bands, references, events and marks; the zoom stays.
    void clear();
    [[nodiscard]] std::vector<int> series() const;

    /// Live data. x may come in any order; equal x keep their order. A non-finite x is dropped.
    void append(int series, double x, double y);
    void append(int series, std::span<const double> x, std::span<const double> y);
    /// Replaces the data, crosses too; the shorter of both lengths counts.
    void setData(int series, std::vector<double> x, std::vector<double> y);
    [[nodiscard]] qsizetype size(int series) const;
    [[nodiscard]] std::optional<QPointF> lastPoint(int series) const;  ///< last finite one

    /// A band (mean -+ deviation over seeds) in the colour of the series; empty = none.
    void setBand(int series, std::vector<double> x, std::vector<double> low,
                 std::vector<double> high);

    void setReferences(const std::vector<ReferenceLine>& lines);
    [[nodiscard]] const std::vector<ReferenceLine>& references() const;
    /// Automatic ranging keeps this stretch of x in sight once there is data: a training's steps
    /// so far, whatever of them was validated. clear() forgets it.
    void keepInSight(double from, double to);
    /// Grounds under the curves, and what they mean, for the key. They are no data: nothing of them
    /// is in csv().
    void setShades(const std::vector<Shade>& shades, const QString& name);
    /// A vertical mark at x with words on hover and a short label at the top: "lr 0.002 -> 0.001".
    void addEvent(double x, const QString& label, int run = -1);
    void clearEvents();
    /// A cross where a run diverged, beside those of non-finite values. NaN y: at the last finite
    /// value before x. One cross for an x and a label, however often it is added.
    void addCross(int series, double x, const QString& label);

    /// Exponential moving average, weight of the past in [0, 0.999]; the raw curve stays faintly
    /// visible. 0 = off. Weights are corrected for the start and NaN are skipped.
    void setSmoothing(double weight);
    [[nodiscard]] double smoothing() const;

    /// Shows the crosshair at x (from another chart) or hides it; does not emit.
    void setCrosshair(std::optional<double> x);
    [[nodiscard]] std::optional<double> crosshair() const;
    /// Visible series at their data point nearest to x (as drawn: smoothed if smoothing is on).
    [[nodiscard]] QVector<CrosshairValue> valuesAt(double x) const;

    [[nodiscard]] bool isEmpty() const override;
    [[nodiscard]] QString csv() const override;
    /// Points handed to the painter at the last replot, all series: what decimation left.
    [[nodiscard]] qsizetype drawnPoints() const;

Q_SIGNALS:
    /// The pointer moved over the plot; x is the data point nearest to it.
    void crosshairMoved(double x, const QVector<bitloom::ui::CrosshairValue>& values);
    void crosshairLeft();
    /// A click at x without a drag.
    void clicked(double x);

protected:
    void prepare(int width) override;
    void addMenuActions(QMenu& menu) override;
    void pointerMoved(const QPointF& position) override;
    void pointerLeft() override;
    void pointerClicked(const QPointF& position) override;

private:
    friend struct CurveData;
    std::unique_ptr<struct CurveData> m_data;
};

/// One crosshair for several charts with the same x: moving it in one moves it in all.
class CrosshairGroup : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    void add(CurveChart* chart);
    void remove(CurveChart* chart);

Q_SIGNALS:
    /// x of the crosshair, or nothing when the pointer left: for the run list as the legend.
    void moved(std::optional<double> x);

private:
    void show(CurveChart* source, std::optional<double> x);
    QVector<CurveChart*> m_charts;
};

}  // namespace bitloom::ui
