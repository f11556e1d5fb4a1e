#include "pages/table1_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QTableWidget>
#include <algorithm>
#include <cmath>
#include <utility>

#include "charts/bar_chart.h"
#include "experiment/catalog.h"
#include "experiment/spectral_table.h"
#include "models/format.h"
#include "pages/chart_panel.h"
#include "pages/elided_label.h"

namespace bitloom::ui {
namespace {

constexpr int paperSizes[] = {512, 1024, 2048};
enum Column { Size, Matrix, Measured, Published, Difference, Floor, Root, ColumnCount };

QString spread(double mean, double deviation) {
    return QStringLiteral("%1 ± %2").arg(QString::number(mean, 'f', 2),
                                         QString::number(deviation, 'f', 2));
}

/// "+0.3", "−0.2", "0.0".
QString signedText(double value) {
    const QString size = QString::number(std::abs(value), 'f', 1);
    if (size == QLatin1String("0.0")) return size;
    return (value < 0 ? QStringLiteral("−") : QStringLiteral("+")) + size;
}

}  // namespace

Table1Page::Table1Page(const Theme& theme, QWidget* parent)
    : GuidedPage(theme, parent),
      m_table(new QTableWidget(0, ColumnCount, this)),
      m_chart(new BarChart(theme, this)),
      m_words(makeLabel({}, LabelRole::body, this)) {
    m_panel = new ChartPanel(m_chart, tr("Spectral norms of random matrices"), this);
    title().setWords(tr("Table 1: spectral norms of random matrices"));
    addExport([this] { return std::vector<Chart*>{m_chart}; }, "table1Export");
    m_measure = new QPushButton(tr("Measure"), this);
    m_measure->setObjectName(QStringLiteral("table1Measure"));
    setRole(m_measure, ButtonRole::primary);
    head().addWidget(m_measure);
    connect(m_measure, &QPushButton::clicked, this, [this] {
        if (measuring()) {
            stop();
        } else {
            measure();
        }
    });
    auto* words = makeLabel(tr("The paper draws random d × d matrices and takes "
                               "their largest singular value: as drawn it "
                               "does not depend on d, as signs it grows with √d, "
                               "and no matrix of ±1 goes below √d. The "
                               "dashed ticks are the published values; whiskers "
                               "are deviations over the draws."),
                            LabelRole::muted, this);
    words->setWordWrap(true);
    column().addWidget(words);
    column().addWidget(makeOptions());
    m_words->setObjectName(QStringLiteral("table1Words"));
    m_words->setWordWrap(true);
    column().addWidget(m_words);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::gap);
    row->addWidget(m_table, 3);
    row->addWidget(m_panel, 2);
    column().addLayout(row, 1);

    makeTable();
    m_chart->setObjectName(QStringLiteral("table1Chart"));
    m_chart->setYAxis({tr("spectral norm"), {}, true, {}, {}});
    m_chart->setEmptyText(
        tr("A bar for each measured cell, the published value as a dashed tick."));
    m_chart->setFormat([](double value) { return QString::number(value, 'f', 2); });
    connect(m_chart, &Chart::said, this, &Table1Page::said);
    connect(&m_job, &CliJob::finished, this, &Table1Page::answered);
    connect(&m_job, &CliJob::failed, this, &Table1Page::failed);
    connect(&m_job, &CliJob::cancelled, this, [this] {
        if (m_running >= 0) {
            m_lines[static_cast<std::size_t>(m_running)].state = SpectralLine::State::waiting;
            const int measured = m_running;
            m_running = -1;
            showLine(measured);
        }
        updateWords();
    });
    setSizes({512, 1024});
}

void Table1Page::makeTable() {
    m_table->setObjectName(QStringLiteral("table1"));
    m_table->setHorizontalHeaderLabels({tr("d"), tr("Matrix"), tr("Measured"), tr("Published"),
                                        tr("Off"), tr("Floor"), QStringLiteral("√d")});
    for (int i = 0; i < ColumnCount; ++i) {
        m_table->horizontalHeaderItem(i)->setTextAlignment(
            Qt::AlignVCenter | (i == Matrix ? Qt::AlignLeft : Qt::AlignRight));
    }
    m_table->setFrameShape(QFrame::NoFrame);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(spacing::row);
    QHeaderView* header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionResizeMode(Matrix, QHeaderView::Stretch);
    const int widths[] = {56, 0, 120, 120, 72, 72, 72};
    for (int i = 0; i < ColumnCount; ++i) {
        if (widths[i] > 0) m_table->setColumnWidth(i, widths[i]);
    }
}

QWidget* Table1Page::makeOptions() {
    auto* bar = new QWidget(this);
    auto* rows = new QVBoxLayout(bar);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(spacing::gap);
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::gap);
    rows->addLayout(row);
    row->addWidget(makeLabel(tr("The paper's rows at d ="), LabelRole::muted, bar));
    for (const int size : paperSizes) {
        auto* box = new QCheckBox(QString::number(size), bar);
        box->setObjectName(QStringLiteral("size%1").arg(size));
        row->addWidget(box);
        m_sizes.push_back(box);
        connect(box, &QCheckBox::toggled, this, [this] {
            if (measuring()) return;
            std::vector<int> sizes;
            for (std::size_t i = 0; i < m_sizes.size(); ++i) {
                if (m_sizes[i]->isChecked()) sizes.push_back(paperSizes[i]);
            }
            setSizes(sizes);
        });
    }
    row->addSpacing(spacing::gap);
    row->addWidget(makeLabel(tr("draws"), LabelRole::muted, bar));
    m_seeds = new QSpinBox(bar);
    m_seeds->setObjectName(QStringLiteral("table1Seeds"));
    m_seeds->setRange(1, 1000);
    m_seeds->setValue(10);
    row->addWidget(m_seeds);
    row->addStretch(1);
    row = new QHBoxLayout;
    row->setSpacing(spacing::gap);
    rows->addLayout(row);
    row->addWidget(makeLabel(tr("Another cell, d ="), LabelRole::muted, bar));
    m_size = new QSpinBox(bar);
    m_size->setRange(2, 8192);
    m_size->setValue(256);
    m_size->setAccessibleName(tr("Size d"));
    m_initialization = new QComboBox(bar);
    m_initialization->setAccessibleName(tr("Initialization"));
    for (const RandomInitialization& each : randomInitializations()) {
        const auto text = [](std::string_view words) {
            return QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size()));
        };
        m_initialization->addItem(text(each.label), text(each.name));
        m_initialization->setItemData(m_initialization->count() - 1, text(each.formula),
                                      Qt::ToolTipRole);
    }
    m_quantizer = new QComboBox(bar);
    m_quantizer->setAccessibleName(tr("Quantizer"));
    for (const Entry& each : quantizerEntries()) {
        m_quantizer->addItem(QString::fromStdString(each.name.empty() ? "As drawn" : each.label),
                             QString::fromStdString(each.name));
    }
    for (QComboBox* box : {m_initialization, m_quantizer}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(12);
    }
    auto* add = new QPushButton(tr("Add"), bar);
    add->setObjectName(QStringLiteral("table1Add"));
    setRole(add, ButtonRole::normal);
    row->addWidget(m_size);
    row->addWidget(m_initialization);
    row->addWidget(m_quantizer);
    row->addWidget(add);
    row->addStretch(1);
    connect(add, &QPushButton::clicked, this, [this] {
        SpectralLine line;
        line.size = m_size->value();
        line.initialization = m_initialization->currentData().toString().toStdString();
        line.quantizer = m_quantizer->currentData().toString().toStdString();
        line.label = QStringLiteral("%1, %2").arg(m_initialization->currentText(),
                                                  m_quantizer->currentText());
        addLine(line);
    });
    return bar;
}

void Table1Page::setSizes(const std::vector<int>& sizes) {
    for (std::size_t i = 0; i < m_sizes.size(); ++i) {
        const QSignalBlocker quiet(m_sizes[i]);
        m_sizes[i]->setChecked(std::find(sizes.begin(), sizes.end(), paperSizes[i]) != sizes.end());
    }
    // What is measured already stays measured.
    const std::vector<SpectralLine> before = std::exchange(m_lines, {});
    for (const int size : sizes) {
        for (const SpectralRow& each : spectralRows()) {
            SpectralLine line;
            line.size = size;
            line.label = QString::fromStdString(std::string(each.label));
            line.initialization = each.initialization;
            line.quantizer = each.quantizer;
            const auto known =
                std::find_if(before.begin(), before.end(), [&](const SpectralLine& old) {
                    return old.size == line.size && old.label == line.label;
                });
            m_lines.push_back(known == before.end() ? line : *known);
        }
    }
    for (const SpectralLine& line : before) {
        const bool ofPaper =
            std::any_of(spectralRows().begin(), spectralRows().end(), [&](const SpectralRow& each) {
                return line.label == QString::fromStdString(std::string(each.label));
            });
        if (!ofPaper) m_lines.push_back(line);
    }
    fillTable();
}

void Table1Page::addLine(const SpectralLine& line) {
    m_lines.push_back(line);
    fillTable();
}

void Table1Page::measure() {
    if (measuring()) return;
    const bool waiting = std::any_of(m_lines.begin(), m_lines.end(), [](const SpectralLine& line) {
        return line.state != SpectralLine::State::done;
    });
    // Everything is there: measure it anew, perhaps with other draws.
    for (SpectralLine& line : m_lines) {
        if (!waiting || line.state == SpectralLine::State::failed) {
            line.state = SpectralLine::State::waiting;
        }
    }
    fillTable();
    next();
}

void Table1Page::stop() {
    m_job.cancel();
}

void Table1Page::next() {
    const auto found = std::find_if(m_lines.begin(), m_lines.end(), [](const SpectralLine& line) {
        return line.state == SpectralLine::State::waiting;
    });
    m_running = found == m_lines.end() ? -1 : static_cast<int>(found - m_lines.begin());
    updateWords();
    if (m_running < 0) return;
    found->state = SpectralLine::State::running;
    showLine(m_running);
    m_job.start(spectralArguments(*found, m_seeds->value()));
}

void Table1Page::answered(const QByteArray& output) {
    if (m_running < 0) return;
    SpectralLine& line = m_lines[static_cast<std::size_t>(m_running)];
    const bool fine = readSpectralAnswer(output, line);
    line.state = fine ? SpectralLine::State::done : SpectralLine::State::failed;
    if (!fine) line.problem = tr("The answer could not be read.");
    showLine(m_running);
    next();
}

void Table1Page::failed(const QString& message) {
    if (m_running < 0) return;
    SpectralLine& line = m_lines[static_cast<std::size_t>(m_running)];
    line.state = SpectralLine::State::failed;
    line.problem = message;
    showLine(m_running);
    m_running = -1;
    updateWords();
    Q_EMIT said(tr("The table could not be measured: %1").arg(message));
}

void Table1Page::fillTable() {
    m_table->setRowCount(static_cast<int>(m_lines.size()));
    for (int row = 0; row < m_table->rowCount(); ++row) {
        for (int i = 0; i < ColumnCount; ++i) {
            auto* item = new QTableWidgetItem;
            if (i != Matrix) {
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
                item->setFont(Theme::figures());
            }
            m_table->setItem(row, i, item);
        }
        showLine(row);
    }
    updateWords();
}

void Table1Page::showLine(int row) {
    const SpectralLine& line = m_lines[static_cast<std::size_t>(row)];
    const bool done = line.state == SpectralLine::State::done;
    const auto set = [&](int column, const QString& words) {
        m_table->item(row, column)->setText(words);
    };
    const QString none = QStringLiteral("–");
    set(Size, QString::number(line.size));
    set(Matrix, line.label);
    switch (line.state) {
        case SpectralLine::State::waiting:
            set(Measured, none);
            break;
        case SpectralLine::State::running:
            set(Measured, tr("measuring…"));
            break;
        case SpectralLine::State::failed:
            set(Measured, tr("failed"));
            break;
        case SpectralLine::State::done:
            set(Measured, spread(line.mean, line.deviation));
            break;
    }
    m_table->item(row, Measured)->setToolTip(line.problem);
    std::optional<double> published = line.published;
    std::optional<double> deviation = line.publishedDeviation;
    if (const PublishedSpectralNorm* paper = findPublishedSpectralNorm(
            static_cast<std::size_t>(line.size), line.initialization, line.quantizer);
        paper && !published) {
        published = paper->mean;
        deviation = paper->deviation;
    }
    set(Published, published ? spread(*published, deviation.value_or(0)) : none);
    set(Difference, done && line.difference
                        ? QStringLiteral("%1 %").arg(signedText(100 * *line.difference))
                        : none);
    set(Floor, done && line.floor ? QString::number(*line.floor, 'f', 2) : none);
    set(Root, QString::number(std::sqrt(line.size), 'f', 2));
    const bool off = done && line.agrees && !*line.agrees;
    m_table->item(row, Difference)
        ->setForeground(m_theme.color(off ? Token::warning : Token::text));
    m_table->item(row, Difference)
        ->setToolTip(off ? tr("More than 2 % and two deviations away") : QString());
    showBars();
}

void Table1Page::showBars() {
    std::vector<Bar> bars;
    for (const SpectralLine& each : m_lines) {
        if (each.state != SpectralLine::State::done) continue;
        bars.push_back({QStringLiteral("%1, d = %2").arg(each.label).arg(each.size),
                        each.quantizer.empty() ? 0 : 1,
                        {each.mean},
                        each.deviation,
                        each.published});
    }
    m_chart->setBars({}, bars);
}

void Table1Page::updateWords() {
    int done = 0, published = 0, agreeing = 0;
    for (const SpectralLine& line : m_lines) {
        if (line.state != SpectralLine::State::done) continue;
        ++done;
        published += line.agrees ? 1 : 0;
        agreeing += line.agrees && *line.agrees ? 1 : 0;
    }
    m_measure->setText(measuring() ? tr("Stop") : done == 0 ? tr("Measure") : tr("Measure again"));
    m_measure->setEnabled(!m_lines.empty());
    for (QCheckBox* box : m_sizes) box->setEnabled(!measuring());
    QString words;
    if (measuring()) {
        words = tr("Measured %1 of %2 cells. ").arg(done).arg(m_lines.size());
    } else if (done == 0) {
        words = tr("Nothing is measured yet.");
    }
    if (published > 0) {
        words += tr("%1 of %2 published cells agree within 2 % or two deviations.")
                     .arg(agreeing)
                     .arg(published);
    }
    m_words->setText(words);
}

QString Table1Page::words() const {
    return m_words->text();
}

}  // namespace bitloom::ui
