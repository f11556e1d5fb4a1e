#pragma once
// The QCustomPlot under a chart: axes, grid, title and key in the theme's colours, and the mouse.
// Private to ui/charts; curves and bars are painted by layers of our own (see clip.h for why).

#include <QColor>
#include <QPen>
#include <QString>
#include <functional>
#include <vector>

#include "charts/custom_plot.h"
#include "charts/range.h"
#include "theme/theme.h"

namespace bitloom::ui {

class Chart;
struct Axis;

/// One entry of the key above the plot: a short line, or a square if `filled`.
struct KeyEntry {
    QString name;
    QPen pen;
    bool filled = false;
};

/// The key: as many rows as the entries need at a given width.
class KeyElement : public QCPLayoutElement {
public:
    explicit KeyElement(QCustomPlot* plot) : QCPLayoutElement(plot) {}
    /// Lays the entries out in `width` pixels; the element then has just the height they need.
    void setEntries(std::vector<KeyEntry> entries, int width);
    void setLook(const QFont& font, const QColor& text) {
        m_font = font;
        m_text = text;
    }

protected:
    void draw(QCPPainter* painter) override;

private:
    std::vector<KeyEntry> m_entries;
    std::vector<QRect> m_places;
    QFont m_font;
    QColor m_text;
};

/// Something painted over the axis area, clipped to it.
class AreaLayer : public QCPLayerable {
public:
    AreaLayer(QCustomPlot* plot, const QString& layerName, std::function<void(QCPPainter&)> paint,
              bool clipped = true)
        : QCPLayerable(plot, layerName), m_paint(std::move(paint)), m_clipped(clipped) {}

protected:
    void applyDefaultAntialiasingHint(QCPPainter* painter) const override {
        applyAntialiasingHint(painter, true, QCP::aeNone);
    }
    void draw(QCPPainter* painter) override { m_paint(*painter); }
    [[nodiscard]] QRect clipRect() const override;

private:
    std::function<void(QCPPainter&)> m_paint;
    bool m_clipped;
};

class Plot : public QCustomPlot {
public:
    explicit Plot(Chart& chart);

    void restyle(bool dark);
    void setWords(const QString& title, const QString& yName, const QString& xName);
    void setScales(bool logX, bool logY);
    /// Ignores ranges that cannot be drawn.
    void setRanges(const AxisRange& x, const AxisRange& y);
    void setKey(std::vector<KeyEntry> entries, int width);
    /// No ticks and no grid: there is nothing to measure.
    void setBare(bool bare);
    /// The y axis has categories painted by the chart: no ticks, no grid, `margin` pixels of room
    /// at the left.
    void setCategoryY(int margin);
    /// Room at the right of the axes, for a colour legend.
    void setRightMargin(int margin);
    void setZoomable(bool zoomable) { m_zoomable = zoomable; }

    [[nodiscard]] QRect area() const { return axisRect()->rect(); }
    /// A data point in pixels; beyond the axis it lands just outside of it, never at infinity.
    [[nodiscard]] QPointF pixel(double x, double y) const;
    [[nodiscard]] double xAt(double pixel) const { return xAxis->pixelToCoord(pixel); }
    [[nodiscard]] double yAt(double pixel) const { return yAxis->pixelToCoord(pixel); }
    /// Queues a replot of what was prepared.
    void draw();
    /// Gives the axes their place, so that ticks are chosen for the room there is.
    void layOut() { updateLayout(); }
    /// Redraws the crosshair only.
    void replotOverlay();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    static void showText(QCPTextElement* element, const QString& text);
    void zoomAxis(QCPAxis* axis, double factor, double pixel);
    void panAxis(QCPAxis* axis, double share);
    void zoomToRect(const QRect& rect);

    Chart& m_chart;
    QCPTextElement* m_title;
    QCPTextElement* m_yName;
    KeyElement* m_key;
    AreaLayer* m_band;
    bool m_zoomable = true;
    bool m_dark = false;
    QPoint m_pressed;
    QRect m_rubber;
    bool m_dragging = false;
    bool m_focusRing = false;  ///< the focus came by keyboard
};

}  // namespace bitloom::ui
