#pragma once
// The checked runs drawn side by side: validation value, training loss, model size, gradient norm
// over training and |dL/dh_t| by time step, with one crosshair for all curves over training.
// Follows the runs while they train.

#include <QWidget>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "session/run_watcher.h"
#include "theme/segmented.h"
#include "theme/theme.h"

class QLabel;

namespace bitloom::ui {

class BarChart;
class Chart;
class CrosshairGroup;
class CurveChart;
class ProfileChart;

/// A run to draw.
struct ShownRun {
    std::filesystem::path folder;
    QString name;
    QString shortName;  ///< what tells it from the others shown, for narrow places
    int color = 0;      ///< index in the run palette
    bool operator==(const ShownRun&) const = default;
};

enum class TrainingAxis { step, epoch, tokens, time };

class CompareCharts : public QWidget {
    Q_OBJECT
public:
    explicit CompareCharts(const Theme& theme, QWidget* parent = nullptr);

    /// Draws these; runs that stay keep their curves.
    void setRuns(const std::vector<ShownRun>& runs);
    void setTrainingAxis(TrainingAxis axis);
    void setLog(bool log);
    void setSmoothing(double weight);
    /// Metrics of the shown runs, in order of appearance; only runs of one are drawn on one axis.
    [[nodiscard]] QStringList metrics() const;
    [[nodiscard]] QString metric() const { return m_metric; }
    void setMetric(const QString& metric);

    [[nodiscard]] std::vector<Chart*> charts() const;
    [[nodiscard]] CurveChart& valueChart() const { return *m_value; }
    [[nodiscard]] QString notice() const;

Q_SIGNALS:
    void metricsChanged();
    void said(const QString& words);

private:
    /// One training report or validation, with what any x axis needs.
    struct Point {
        std::int64_t step = 0;
        double seconds = 0;
        double value = 0;
        double norm = 0;
    };
    struct Shown {
        ShownRun run;
        std::vector<Point> train, valid;
        std::vector<double> profile;  ///< last layer's |dL/dh_t|, latest
        std::int64_t profileStep = 0;
        std::optional<RunSummary> summary;
        std::optional<Spec> spec;
        std::optional<DatasetInfo> dataset;
        int valueSeries = -1, lossSeries = -1, normSeries = -1, profileSeries = -1;
    };

    void onNews(const std::filesystem::path& run, const RunNews& news);
    void addSeries(Shown& shown);
    void removeSeries(const Shown& shown);
    void redraw(Shown& shown);
    void append(Shown& shown, std::size_t firstTrain, std::size_t firstValid);
    void markDiverged(const Shown& shown);
    void drawSizes();
    void updateMetric();
    void updateReferences();
    void updateAxes();
    void updateEmptyText();
    [[nodiscard]] double xOf(const Shown& shown, const Point& point) const;
    [[nodiscard]] std::string metricOf(const Shown& shown) const;
    [[nodiscard]] bool isDrawn(const Shown& shown) const;

    const Theme& m_theme;
    RunWatcher m_watcher;
    std::vector<std::unique_ptr<Shown>> m_runs;  ///< in the order given
    CurveChart *m_value, *m_loss, *m_norm;
    ProfileChart* m_profile;
    BarChart* m_sizes;
    Segmented* m_sizeKind;
    QLabel* m_notice;
    QString m_metric;
    QStringList m_toldMetrics;
    TrainingAxis m_axis = TrainingAxis::step;
    bool m_log = false;
};

}  // namespace bitloom::ui
