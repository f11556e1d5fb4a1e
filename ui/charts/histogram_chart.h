#pragma once
// Histograms over one another: latent weights as a filled outline, quantized ones as spikes at
// their few levels. Heights are shares of all values in percent.

#include <memory>
#include <vector>

#include "charts/chart.h"

namespace bitloom::ui {

/// Shares in bins: bin i lies between edges[i] and edges[i + 1].
struct HistogramSeries {
    QString name;
    int run = 0;
    std::vector<double> edges;
    std::vector<double> shares;  ///< %, one fewer than edges; what is not finite counts as 0
    bool filled = true;          ///< false: the outline only, e.g. of an earlier step
};

/// Values that only take a few levels.
struct Spikes {
    QString name;
    int run = 1;
    std::vector<double> levels;
    std::vector<double> shares;  ///< %
};

/// Equal bins over [least, most]; counts become shares.
HistogramSeries histogramOf(const QString& name, int run, double least, double most,
                            const std::vector<double>& counts);
/// The same shares in the bins of `like`, each spread evenly over its old bin; bins of the same
/// width are added at both ends for what lies outside, so that the shares keep their sum.
HistogramSeries inBinsOf(const HistogramSeries& like, const HistogramSeries& series);

class HistogramChart : public Chart {
    Q_OBJECT
public:
    explicit HistogramChart(const Theme& theme, QWidget* parent = nullptr);
    ~HistogramChart() override;

    void setData(const std::vector<HistogramSeries>& histograms,
                 const std::vector<Spikes>& spikes = {});
    void clear() { setData({}); }
    /// Thin dashed verticals with words: -1, +1, the scale.
    struct Mark {
        double at = 0;
        QString label;
    };
    void setMarks(const std::vector<Mark>& marks);

    [[nodiscard]] bool isEmpty() const override;
    /// name, from, to, share: one row a bin; a level has from = to.
    [[nodiscard]] QString csv() const override;

protected:
    void prepare(int width) override;
    void pointerMoved(const QPointF& position) override;
    void pointerLeft() override;

private:
    std::unique_ptr<struct HistogramData> m_data;
};

}  // namespace bitloom::ui
