#pragma once
// Table 1 of the paper measured again: spectral norms of random matrices, a
// cell at a time in a child process, beside the published values; and any other
// size, initialization and quantizer.

#include <vector>

#include "models/spectral_line.h"
#include "pages/guided_page.h"
#include "session/cli_job.h"

class QCheckBox;
class QComboBox;
class QSpinBox;
class QTableWidget;

namespace bitloom::ui {

class BarChart;
class ChartPanel;

class Table1Page : public GuidedPage {
    Q_OBJECT
public:
    explicit Table1Page(const Theme& theme, QWidget* parent = nullptr);

    /// The paper's rows at these sizes, one after the other.
    void setSizes(const std::vector<int>& sizes);
    void addLine(const SpectralLine& line);
    /// Measures what waits; stop() leaves the rest waiting.
    void measure();
    void stop();
    [[nodiscard]] bool measuring() const { return m_running >= 0; }
    [[nodiscard]] const std::vector<SpectralLine>& lines() const { return m_lines; }
    [[nodiscard]] QString words() const;
    [[nodiscard]] BarChart& chart() const { return *m_chart; }

private:
    void makeTable();
    QWidget* makeOptions();
    void next();
    void answered(const QByteArray& output);
    void failed(const QString& message);
    void fillTable();
    void showLine(int row);
    void showBars();
    void updateWords();

    CliJob m_job;
    std::vector<SpectralLine> m_lines;
    int m_running = -1;
    QTableWidget* m_table;
    BarChart* m_chart;
    ChartPanel* m_panel;
    QPushButton* m_measure;
    QLabel* m_words;
    std::vector<QCheckBox*> m_sizes;
    QSpinBox *m_seeds, *m_size;
    QComboBox *m_initialization, *m_quantizer;
};

}  // namespace bitloom::ui
