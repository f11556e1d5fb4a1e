#pragma once
// A curve chart on the screen and its picture.

#include <gtest/gtest.h>

#include <QApplication>
#include <QImage>
#include <cmath>
#include <memory>

#include "charts/curve_chart.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {

class CurveFixture : public testing::Test {
protected:
    CurveFixture() {
        application();
        theme = std::make_unique<Theme>(Theme::Mode::light);
        chart = std::make_unique<CurveChart>(*theme);
        chart->resize(480, 300);
        chart->setXAxis({QStringLiteral("step"), {}, false, {}, {}});
        chart->setYAxis({QStringLiteral("validation"), QStringLiteral("bpc"), false, {}, {}});
    }

    int add(const char* name, int run) {
        CurveStyle style;
        style.name = QString::fromUtf8(name);
        style.run = run;
        return chart->addSeries(style);
    }

    QImage drawn() {
        chart->show();
        chart->flush();
        QApplication::processEvents();
        return chart->grab().toImage();
    }

    /// Pixels near the colour of a run; antialiasing blurs it.
    static int inked(const QImage& image, const QColor& color) {
        int count = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor at = image.pixelColor(x, y);
                const int far = std::abs(at.red() - color.red()) +
                                std::abs(at.green() - color.green()) +
                                std::abs(at.blue() - color.blue());
                count += far < 60 ? 1 : 0;
            }
        }
        return count;
    }

    bool rangesAreFinite() const {
        const Chart::Ranges r = chart->ranges();
        return std::isfinite(r.xLeast) && std::isfinite(r.xMost) && std::isfinite(r.yLeast) &&
               std::isfinite(r.yMost) && r.xLeast < r.xMost && r.yLeast < r.yMost;
    }

    std::unique_ptr<Theme> theme;
    std::unique_ptr<CurveChart> chart;
};

}  // namespace bitloom::ui
