#pragma once
// What every chart has: the plot in the theme's colours, coalesced redraws, an empty state, zoom,
// the context menu and export. QCustomPlot stays behind `Plot`. All functions are called on the
// window's thread and none blocks; data may be given at any rate, a 40 ms single-shot timer draws
// once.

#include <QImage>
#include <QString>
#include <QWidget>
#include <functional>
#include <optional>

#include "theme/theme.h"

class QLabel;
class QMenu;
class QTimer;

namespace bitloom::ui {

class Plot;

/// Words and scale of an axis.
struct Axis {
    QString title;  ///< "gradient norm"
    QString unit;   ///< "bits per character"; shown in parentheses after the title
    bool log = false;
    /// Never shown outside of [least, most] by automatic ranging, e.g. accuracy 0 to 100 %.
    std::optional<double> least, most;
};

struct ExportOptions {
    QSize size{960, 540};       ///< device-independent pixels
    double scale = 2;           ///< pixels of a PNG per device-independent pixel
    bool currentTheme = false;  ///< false: light, as for print
};

class Chart : public QWidget {
    Q_OBJECT
public:
    ~Chart() override;

    /// The caption above the plot and the suggested file name. Empty = no caption.
    void setTitle(const QString& title);
    [[nodiscard]] QString title() const { return m_title; }
    /// false: the title names exports only, as something around the chart shows it.
    void setCaptionVisible(bool visible);
    /// A line naming the series above the plot; off by default, as the run list is the legend.
    /// Exports always have it when there is more than one series.
    void setKeyVisible(bool visible);
    /// Shown in the middle while isEmpty(): what will be here.
    void setEmptyText(const QString& text);
    [[nodiscard]] QString emptyText() const;
    [[nodiscard]] virtual bool isEmpty() const = 0;

    void setXAxis(const Axis& axis);
    void setYAxis(const Axis& axis);
    [[nodiscard]] const Axis& xAxis() const { return m_x; }
    [[nodiscard]] const Axis& yAxis() const { return m_y; }

    /// Ranges follow the data again after a zoom.
    void resetZoom();
    [[nodiscard]] bool isZoomed() const { return m_zoomed; }
    /// Shows exactly this part; counts as a zoom. Non-finite or empty ranges are ignored.
    void zoomTo(double xLeast, double xMost, double yLeast, double yMost);
    /// The ranges shown now, always finite: x least, x most, y least, y most.
    struct Ranges {
        double xLeast, xMost, yLeast, yMost;
    };
    [[nodiscard]] Ranges ranges() const;

    /// Writes PNG, SVG, PDF or CSV by the suffix of `path`. Returns what went wrong in words, or an
    /// empty text.
    QString exportTo(const QString& path, const ExportOptions& options = {});
    [[nodiscard]] QImage image(const ExportOptions& options = {});
    /// All visible series: RFC 4180, header first, numbers with '.' in any locale.
    [[nodiscard]] virtual QString csv() const = 0;
    void copyImage();
    void copyData();
    /// Asks for a path and exports; `suffix` is the one suggested first. Returns the path written
    /// or nothing.
    QString exportWithDialog(const QString& suffix = QStringLiteral("png"));

    /// The question for a file name, replaceable in tests: (parent, suggested path, filter) ->
    /// path, empty = cancelled. An empty function brings the real dialog back.
    using AskForPath = std::function<QString(QWidget*, const QString&, const QString&)>;
    static void setAskForPath(AskForPath ask);

    /// Draws what is pending now (tests, exports); otherwise it is drawn within 40 ms.
    void flush();
    /// Replots since construction: for tests of the coalescing.
    [[nodiscard]] int replots() const { return m_replots; }
    /// The context menu, owned by the caller.
    [[nodiscard]] QMenu* makeMenu();

    [[nodiscard]] QSize sizeHint() const override { return {480, 280}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {200, 140}; }

Q_SIGNALS:
    /// An export by menu failed or succeeded: words for the status line.
    void said(const QString& words);
    void zoomChanged(bool zoomed);

protected:
    Chart(const Theme& theme, QWidget* parent);

    /// For destructors of charts whose layers paint from their own data: nothing is painted after
    /// it.
    void closePlot();
    /// Asks for a redraw; cheap, any number of times.
    void touch();
    /// Dark colours are to be used (false while exporting in light).
    [[nodiscard]] bool drawDark() const;
    [[nodiscard]] QColor color(Token token) const { return Theme::color(token, drawDark()); }
    [[nodiscard]] const Theme& theme() const { return m_theme; }
    [[nodiscard]] Plot& plot() const { return *m_plot; }

    [[nodiscard]] bool exporting() const { return m_exporting; }
    /// The title where it is to be drawn, else nothing.
    [[nodiscard]] QString caption() const {
        return m_captionVisible || m_exporting ? m_title : QString();
    }
    [[nodiscard]] bool keyVisible(std::size_t entries) const {
        return m_keyVisible || (m_exporting && entries > 1);
    }
    /// Whether x has a scale of its own that the menu can change and the mouse can zoom.
    [[nodiscard]] virtual bool hasScaledX() const { return true; }
    /// Keys and the pointer over the plot, in pixels of the plot.
    virtual void pointerMoved(const QPointF& position);
    virtual void pointerLeft();
    /// A click without a drag.
    virtual void pointerClicked(const QPointF& position);

    /// Puts data, pens and automatic ranges into the plot for a drawing `width` pixels wide.
    virtual void prepare(int width) = 0;
    virtual void addMenuActions(QMenu& menu);
    void contextMenuEvent(QContextMenuEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    friend class Plot;
    void restyle();
    void redraw();
    void zoomedByUser();
    void placeEmptyText();
    /// Runs `draw` with the plot prepared for the options, then restores the screen.
    void withExportLook(const ExportOptions& options, const std::function<void(int, int)>& draw);

    const Theme& m_theme;
    Plot* m_plot;
    QTimer* m_timer;
    QLabel* m_empty;
    QString m_title;
    Axis m_x, m_y;
    bool m_zoomed = false;
    bool m_lightExport = false;
    bool m_exporting = false;
    bool m_keyVisible = false;
    bool m_captionVisible = true;
    bool m_stale = false;
    int m_replots = 0;
};

}  // namespace bitloom::ui
