#include "charts/curve_chart.h"

#include <QAction>
#include <QElapsedTimer>
#include <QMenu>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>
#include <cmath>
#include <limits>
#include <memory>
#include <random>

#include "charts/profile_chart.h"
#include "ui/charts/curve_fixture.h"

namespace bitloom::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

class CurveChartTest : public CurveFixture {};

TEST_F(CurveChartTest, AppendedPointsAppear) {
    const int series = add("run", 0);
    const QImage before = drawn();
    EXPECT_LT(inked(before, theme->runColor(0)), 5);
    for (int step = 0; step < 200; ++step) chart->append(series, step, 5 * std::exp(-step / 60.0));
    EXPECT_GT(inked(drawn(), theme->runColor(0)), 100);
    EXPECT_EQ(chart->size(series), 200);
    EXPECT_EQ(chart->lastPoint(series)->x(), 199);
}

TEST_F(CurveChartTest, ALowChartIsLeftToItsCurves) {
    const int series = add("run", 0);
    for (int step = 0; step < 50; ++step) chart->append(series, step, step % 2);
    const QColor color = theme->runColor(0);
    /// Rows of the picture with something of the curve.
    const auto rows = [&](int height) {
        chart->resize(480, height);
        const QImage image = drawn();
        int count = 0;
        for (int y = 0; y < image.height(); ++y) {
            count += inked(image.copy(0, y, image.width(), 1), color) > 0 ? 1 : 0;
        }
        return count;
    };
    EXPECT_GT(rows(120), rows(140)) << "the names of the axes have made room";
    EXPECT_GT(rows(120), 60);
    EXPECT_GT(rows(300), 180);
}

TEST_F(CurveChartTest, AChartWithoutSizePaintsNothingAndSaysNothing) {
    chart->append(add("run", 0), 1, 1);
    drawn();
    static int complaints;
    complaints = 0;
    const auto before =
        qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString& words) {
            complaints += words.contains(QStringLiteral("paint"), Qt::CaseInsensitive) ? 1 : 0;
        });
    for (const QSize size : {QSize(0, 200), QSize(200, 0), QSize(0, 0)}) {
        chart->setMinimumSize(0, 0);
        chart->resize(size);
        chart->flush();
        chart->setCrosshair(1);
        QApplication::processEvents();
    }
    qInstallMessageHandler(before);
    EXPECT_EQ(complaints, 0);
    chart->resize(400, 300);
    EXPECT_GT(inked(drawn(), theme->runColor(0)), 5);
}

TEST_F(CurveChartTest, ManyAppendsAreDrawnOnce) {
    const int series = add("run", 0);
    drawn();
    const int before = chart->replots();
    for (int step = 0; step < 5000; ++step) chart->append(series, step, 1);
    EXPECT_EQ(chart->replots(), before);
    ASSERT_TRUE(QTest::qWaitFor([&] { return chart->replots() > before; }, 5000));
    EXPECT_EQ(chart->replots(), before + 1);
}

TEST_F(CurveChartTest, BadNumbersNeverReachAnAxis) {
    struct Case {
        const char* name;
        std::vector<double> x, y;
    };
    const std::vector<Case> cases{
        {"nothing", {}, {}},
        {"one point", {3}, {7}},
        {"all NaN", {1, 2, 3}, {nan, nan, nan}},
        {"infinities", {1, 2, 3}, {inf, -inf, 4}},
        {"huge", {1, 2, 3}, {1e308, -1e308, 0}},
        {"tiny", {1, 2, 3}, {1e-320, 5e-324, 0}},
        {"zeros", {1, 2, 3}, {0, 0, 0}},
        {"negative", {-1, -2, -3}, {-1, -2, -3}},
        {"bad x", {nan, inf, 2}, {1, 2, 3}},
        {"diverges", {0, 1, 2, 3}, {1, 10, inf, nan}},
        {"same x", {5, 5, 5}, {1, 2, 3}},
        {"backwards", {3, 2, 1}, {1, 2, 3}},
    };
    for (const bool logX : {false, true}) {
        for (const bool logY : {false, true}) {
            chart->setXAxis({QStringLiteral("step"), {}, logX, {}, {}});
            chart->setYAxis({QStringLiteral("loss"), {}, logY, {}, {}});
            for (const Case& item : cases) {
                chart->clear();
                const int series = add(item.name, 0);
                chart->setData(series, item.x, item.y);
                chart->setBand(series, item.x, item.y, item.y);
                chart->setSmoothing(0.5);
                ASSERT_FALSE(drawn().isNull());
                EXPECT_TRUE(rangesAreFinite()) << item.name << logX << logY;
                chart->setCrosshair(2);
                chart->setCrosshair(inf);
                EXPECT_FALSE(chart->crosshair()) << item.name;
            }
        }
    }
}

TEST_F(CurveChartTest, DivergenceIsACrossAndTheAxisStays) {
    const int series = add("run", 1);
    chart->setData(series, {0, 100, 200, 300}, {5, 4, 3, 2});
    drawn();
    const Chart::Ranges before = chart->ranges();
    chart->append(series, 400, nan);
    chart->append(series, 401, inf);
    const QImage image = drawn();
    EXPECT_EQ(chart->ranges().yMost, before.yMost);
    EXPECT_GT(chart->ranges().xMost, 399);
    EXPECT_EQ(chart->lastPoint(series)->x(), 300);
    EXPECT_GT(inked(image, theme->color(Token::bad)), 10) << "the label of the cross";
    shot(image, QStringLiteral("cross"));
}

TEST_F(CurveChartTest, TwoHundredThousandPointsAreDecimated) {
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 0.3);
    std::vector<double> x(200000);
    std::vector<double> y(x.size());
    std::vector<int> ids;
    for (int run = 0; run < 4; ++run) {
        for (std::size_t i = 0; i < x.size(); ++i) {
            x[i] = static_cast<double>(i);
            y[i] = 5 * std::exp(-static_cast<double>(i) / 50000) + 0.1 * noise(random) + run;
        }
        ids.push_back(add("run", run));
        chart->setData(ids.back(), x, y);
    }
    drawn();
    QElapsedTimer timer;
    timer.start();
    for (const int id : ids) chart->append(id, 200000, 1);
    chart->flush();
    QApplication::processEvents();
    const double ms = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    RecordProperty("replot_ms", std::to_string(ms));
    std::printf("4 x 200 000 points replotted in %.1f ms, %lld drawn\n", ms,
                static_cast<long long>(chart->drawnPoints()));
    EXPECT_LE(chart->drawnPoints(), 4 * 4 * 490);
    EXPECT_GT(chart->drawnPoints(), 4 * 400);
}

TEST_F(CurveChartTest, LogAxisShowsDecadesAndSurvivesZeros) {
    chart->setYAxis({QStringLiteral("gradient norm"), {}, true, {}, {}});
    const int series = add("run", 2);
    chart->setData(series, {1, 2, 3, 4}, {1e-6, 0, 1e-2, 10});
    const QImage image = drawn();
    const Chart::Ranges r = chart->ranges();
    EXPECT_GT(r.yLeast, 1e-8);
    EXPECT_LT(r.yLeast, 1e-6);
    EXPECT_GT(r.yMost, 10);
    EXPECT_GT(inked(image, theme->runColor(2)), 50);
}

TEST_F(CurveChartTest, CrosshairGivesNearestPointsOfVisibleSeries) {
    const int a = add("a", 0);
    const int b = add("b", 1);
    const int hidden = add("c", 2);
    chart->setData(a, {0, 10, 20}, {1, 2, 3});
    chart->setData(b, {5, 18}, {7, nan});
    chart->setData(hidden, {0, 1}, {1, 1});
    chart->setVisible(hidden, false);
    const auto values = chart->valuesAt(14);
    ASSERT_EQ(values.size(), 2);
    EXPECT_EQ(values[0].series, a);
    EXPECT_EQ(values[0].x, 10);
    EXPECT_EQ(values[0].y, 2);
    EXPECT_EQ(values[1].x, 18);
    EXPECT_TRUE(std::isnan(values[1].y));
    chart->setSmoothing(0.5);
    EXPECT_LT(chart->valuesAt(20)[0].y, 3);
}

TEST_F(CurveChartTest, DragZoomsAndDoubleClickResets) {
    const int series = add("a", 0);
    chart->setData(series, {0, 100}, {0, 10});
    drawn();
    const Chart::Ranges whole = chart->ranges();
    QWidget* plot = chart->focusProxy();
    QTest::mousePress(plot, Qt::LeftButton, {}, {200, 80});
    for (const QPoint at : {QPoint(260, 120), QPoint(320, 200)}) {
        QMouseEvent move(QEvent::MouseMove, at, plot->mapToGlobal(at), Qt::NoButton, Qt::LeftButton,
                         Qt::NoModifier);
        QApplication::sendEvent(plot, &move);
    }
    QTest::mouseRelease(plot, Qt::LeftButton, {}, {320, 200});
    EXPECT_TRUE(chart->isZoomed());
    EXPECT_GT(chart->ranges().xLeast, whole.xLeast);
    EXPECT_LT(chart->ranges().xMost, whole.xMost);
    EXPECT_LT(chart->ranges().yMost, whole.yMost);
    const Chart::Ranges zoomed = chart->ranges();
    chart->append(series, 500, 50);
    drawn();
    EXPECT_EQ(chart->ranges().xMost, zoomed.xMost) << "live data does not disturb a zoom";
    QTest::mouseDClick(plot, Qt::LeftButton, {}, {250, 150});
    drawn();
    EXPECT_FALSE(chart->isZoomed());
    EXPECT_GE(chart->ranges().xMost, 500);
    // A click without travel is no zoom.
    QTest::mouseClick(plot, Qt::LeftButton, {}, {250, 150});
    EXPECT_FALSE(chart->isZoomed());
    chart->zoomTo(nan, 5, 0, 1);
    EXPECT_FALSE(chart->isZoomed());
}

TEST_F(CurveChartTest, RightClickOnThePlotOpensTheMenu) {
    chart->setData(add("a", 0), {0, 100}, {0, 10});
    drawn();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(chart.get()));
    // Through the window, as the window system sends it: it makes the context menu event.
    QTest::mouseClick(chart->windowHandle(), Qt::RightButton, {}, {250, 150});
    const auto menu = [&] { return qobject_cast<QMenu*>(QApplication::activePopupWidget()); };
    ASSERT_TRUE(QTest::qWaitFor([&] { return menu() != nullptr; }, 5000));
    EXPECT_EQ(menu()->parent(), chart.get());
    EXPECT_TRUE(menu()->findChild<QAction*>(QStringLiteral("export_png"))->isEnabled());
    EXPECT_FALSE(chart->isZoomed());
    menu()->close();
}

TEST_F(CurveChartTest, WheelOutsideOfTheAxesReachesThePage) {
    chart->setData(add("a", 0), {0, 100}, {0, 10});
    drawn();
    QWidget* plot = chart->focusProxy();
    const auto wheel = [&](const QPointF& at) {
        QWheelEvent event(at, plot->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(plot, &event);
        return event.isAccepted();
    };
    EXPECT_FALSE(wheel({240, 2}));
    EXPECT_FALSE(chart->isZoomed());
    EXPECT_TRUE(wheel({240, 150}));
    EXPECT_TRUE(chart->isZoomed());
}

TEST_F(CurveChartTest, ThemeSwitchRedrawsInItsColors) {
    const int series = add("a", 0);
    chart->setData(series, {0, 50, 100}, {0, 10, 4});
    EXPECT_EQ(drawn().pixelColor(2, 2), Theme::color(Token::raised, false));
    theme->setMode(Theme::Mode::dark);
    const QImage dark = drawn();
    EXPECT_EQ(dark.pixelColor(2, 2), Theme::color(Token::raised, true));
    EXPECT_GT(inked(dark, Theme::runColor(0, true)), 50);
    // Export stays light unless asked.
    EXPECT_EQ(chart->image().pixelColor(2, 2), Theme::color(Token::raised, false));
    ExportOptions same;
    same.currentTheme = true;
    EXPECT_EQ(chart->image(same).pixelColor(2, 2), Theme::color(Token::raised, true));
    EXPECT_EQ(drawn().pixelColor(2, 2), Theme::color(Token::raised, true));
}

TEST_F(CurveChartTest, MenuSwitchesLogAndSmoothing) {
    const int series = add("a", 0);
    chart->setData(series, {1, 50, 100}, {1, 10, 4});
    std::unique_ptr<QMenu> menu(chart->makeMenu());
    QAction* log = menu->findChild<QAction*>(QStringLiteral("log_y"));
    ASSERT_NE(log, nullptr);
    log->trigger();
    drawn();
    EXPECT_TRUE(chart->yAxis().log);
    EXPECT_GT(chart->ranges().yLeast, 0);
}

TEST_F(CurveChartTest, UnknownSeriesAreIgnored) {
    chart->append(42, 1, 1);
    chart->setData(-1, {1}, {1});
    chart->removeSeries(9);
    EXPECT_TRUE(chart->isEmpty());
    EXPECT_EQ(chart->size(42), 0);
    EXPECT_FALSE(chart->lastPoint(42));
}

TEST_F(CurveChartTest, ProfileCountsTimeFromOne) {
    ProfileChart profile(*theme);
    const int series = profile.addSeries({QStringLiteral("layer 1")});
    profile.setProfile(series, std::vector<double>{1e-8, 1e-4, 1});
    const auto values = profile.valuesAt(1);
    ASSERT_EQ(values.size(), 1);
    EXPECT_EQ(values[0].x, 1);
    EXPECT_EQ(values[0].y, 1e-8);
    EXPECT_TRUE(profile.yAxis().log);
}

TEST_F(CurveChartTest, ALoneValidationStandsOnTheAxisOfItsTraining) {
    const int valid = add("validation", 0);
    chart->keepInSight(1, 400);
    drawn();
    EXPECT_LT(chart->ranges().xMost, 2) << "without data there is nothing to keep in sight";
    chart->append(valid, 200, 2.5);
    drawn();
    EXPECT_EQ(chart->ranges().xLeast, 1);
    EXPECT_EQ(chart->ranges().xMost, 400);
    chart->append(valid, 500, 2.4);
    drawn();
    EXPECT_EQ(chart->ranges().xMost, 500);
    chart->clear();
    chart->append(add("another", 1), 200, 1);
    drawn();
    EXPECT_GT(chart->ranges().xLeast, 1) << "clear() forgets it";
}

}  // namespace
}  // namespace bitloom::ui
