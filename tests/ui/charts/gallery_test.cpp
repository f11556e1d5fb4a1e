// A page of charts as Compare shows them, in both themes. BITLOOM_SHOTS=DIR saves the pictures.

#include <QGridLayout>
#include <cmath>
#include <random>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "charts/profile_chart.h"
#include "theme/roles.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {
namespace {

QString text(const char* words) {
    return QString::fromUtf8(words);
}

const char* const names[] = {"Full precision", "BinaryConnect", "BinaryConnect + layer norm",
                             "TernaryConnect + weight norm", "Trained ternary + batch norm"};

void fillCurves(CurveChart& chart) {
    std::mt19937 random(3);
    std::normal_distribution<double> noise(0, 0.05);
    for (int run = 0; run < 5; ++run) {
        CurveStyle style;
        style.name = text(names[run]);
        style.run = run;
        const int id = chart.addSeries(style);
        for (int step = 0; step < 12000; step += 20) {
            double y = 1.4 + 0.12 * run + 3 * std::exp(-step / (900.0 + 350 * run)) + noise(random);
            if (run == 1 && step > 7000) y = std::nan("");
            chart.append(id, step, y);
        }
        if (run == 2) {
            std::vector<double> x, low, high;
            for (int step = 0; step < 12000; step += 200) {
                const double y = 1.64 + 3 * std::exp(-step / 1600.0);
                x.push_back(step);
                low.push_back(y - 0.14);
                high.push_back(y + 0.14);
            }
            chart.setBand(id, x, low, high);
        }
    }
    chart.setReferences({{1.31, text("entropy floor 1.31"), Qt::Horizontal, -1, true},
                         {1.36, text("published 1.36"), Qt::Horizontal, 2, true}});
    chart.addEvent(4000, text("lr 0.002 → 0.001"));
}

void paint(const Theme& theme, const QString& name) {
    QWidget page;
    setRole(&page, SurfaceRole::page);
    page.resize(1280, 860);
    auto* grid = new QGridLayout(&page);
    grid->setContentsMargins(16, 16, 16, 16);
    grid->setSpacing(16);
    const auto place = [&](Chart* chart, int row, int column) {
        auto* card = new QWidget;
        setRole(card, SurfaceRole::card);
        auto* inside = new QVBoxLayout(card);
        inside->setContentsMargins(1, 1, 1, 1);
        inside->addWidget(chart);
        grid->addWidget(card, row, column);
    };
    auto* curves = new CurveChart(theme);
    curves->setTitle(text("Validation"));
    curves->setXAxis({text("step"), {}, false, {}, {}});
    curves->setYAxis({text("validation"), text("bits per character"), false, {}, {}});
    fillCurves(*curves);
    curves->setSmoothing(0.6);
    curves->setKeyVisible(true);
    place(curves, 0, 0);
    auto* norms = new CurveChart(theme);
    norms->setTitle(text("Gradient norm"));
    norms->setXAxis({text("step"), {}, false, {}, {}});
    norms->setYAxis({text("gradient norm"), {}, true, {}, {}});
    std::mt19937 random(5);
    std::normal_distribution<double> noise(0, 0.4);
    for (int run = 0; run < 3; ++run) {
        const int id = norms->addSeries({text(names[run]), run});
        for (int step = 0; step < 12000; step += 10) {
            norms->append(id, step,
                          std::pow(10.0, 1.5 * run - 2) * std::exp(noise(random) - step / 8000.0));
        }
    }
    place(norms, 0, 1);
    auto* profile = new ProfileChart(theme);
    profile->setTitle(text("Gradient by time step"));
    for (int run = 0; run < 12; ++run) {
        std::vector<double> values(100);
        for (int t = 0; t < 100; ++t) {
            values[static_cast<std::size_t>(t)] = std::pow(10.0, -(100 - t) * (0.01 + 0.006 * run));
        }
        profile->setProfile(profile->addSeries({text("run"), run}), values);
    }
    place(profile, 1, 0);
    auto* sizes = new BarChart(theme);
    sizes->setTitle(text("Model size, packed"));
    sizes->setYAxis({text("packed"), text("KB"), false, {}, {}});
    std::vector<Bar> bars;
    for (int run = 0; run < 5; ++run) {
        const double weights = run == 0 ? 520 : run < 3 ? 16.3 : 32.5;
        bars.push_back(
            {text(names[run]), run, {weights, run ? 0.1 : 0, run > 1 ? 4.0 : 0, 2, 26}, {}, {}});
    }
    sizes->setBars({text("weights"), text("scales"), text("norm"), text("biases"), text("readout")},
                   bars);
    sizes->setFormat([](double value) { return QString::number(value, 'f', 1) + text(" KB"); });
    place(sizes, 1, 1);
    auto* best = new BarChart(theme);
    best->setTitle(text("Best validation"));
    best->setYAxis({text("best validation"), text("bpc"), false, {}, {}});
    bars.clear();
    for (int run = 0; run < 5; ++run) {
        bars.push_back(
            {text(names[run]), run, {run == 1 ? std::nan("") : 1.4 + 0.08 * run}, 0.03, 1.45});
    }
    best->setBars({}, bars);
    place(best, 0, 2);
    auto* empty = new CurveChart(theme);
    empty->setTitle(text("Test"));
    empty->setXAxis({text("step"), {}, false, {}, {}});
    empty->setEmptyText(text("The curve starts with the first validation."));
    place(empty, 1, 2);
    page.show();
    for (Chart* chart : page.findChildren<Chart*>()) chart->flush();
    QApplication::processEvents();
    curves->setCrosshair(5200);
    norms->setCrosshair(5200);
    QApplication::processEvents();
    const QImage image = page.grab().toImage();
    shot(image, name);
    shot(curves->image(), name + text("-export"));
    // All charts have ink of their own: more than background, hairline and text.
    QSet<QRgb> colors;
    for (int y = 0; y < image.height(); y += 3) {
        for (int x = 0; x < image.width(); ++x) colors.insert(image.pixel(x, y));
    }
    EXPECT_GT(colors.size(), 50);
}

TEST(ChartGallery, PaintsInBothThemes) {
    Theme theme(Theme::Mode::light);
    theme.apply(application());
    paint(theme, text("charts-light"));
    theme.setMode(Theme::Mode::dark);
    paint(theme, text("charts-dark"));
}

}  // namespace
}  // namespace bitloom::ui
