// What stands over the curves: crosshair and crosses.

#include <QMouseEvent>
#include <QSignalSpy>

#include "ui/charts/curve_fixture.h"

namespace bitloom::ui {
namespace {

class CurveMarksTest : public CurveFixture {};

TEST_F(CurveMarksTest, PointerMovesOneCrosshairInAllCharts) {
    CurveChart other(*theme);
    CrosshairGroup group;
    group.add(chart.get());
    group.add(&other);
    const int series = add("a", 0);
    std::vector<double> x, y;
    for (int i = 0; i <= 20; ++i) {
        x.push_back(5 * i);
        y.push_back(i);
    }
    chart->setData(series, x, y);
    drawn();
    QSignalSpy moved(chart.get(), &CurveChart::crosshairMoved);
    QWidget* plot = chart->focusProxy();
    QMouseEvent move(QEvent::MouseMove, QPointF(260, 150), plot->mapToGlobal(QPointF(260, 150)),
                     Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(plot, &move);
    ASSERT_EQ(moved.count(), 1);
    ASSERT_TRUE(other.crosshair());
    EXPECT_NEAR(*other.crosshair(), moved[0][0].toDouble(), 1e-9);
    EXPECT_GT(*other.crosshair(), 20);
    EXPECT_LT(*other.crosshair(), 80);
    EXPECT_EQ(std::fmod(*other.crosshair(), 5), 0) << "on a point that was measured";
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(plot, &leave);
    EXPECT_FALSE(other.crosshair());
    group.remove(&other);
    chart->setCrosshair(5);
    EXPECT_FALSE(other.crosshair());
}

TEST_F(CurveMarksTest, CrossesGoWithTheDataAndAreNotDoubled) {
    const int series = add("a", 0);
    chart->setData(series, {0, 100}, {1, 2});
    const QImage plain = drawn();
    for (int i = 0; i < 3; ++i) chart->addCross(series, 50, QStringLiteral("diverged"));
    const QImage crossed = drawn();
    EXPECT_NE(plain, crossed);
    // On another axis the data come anew, and so does the cross.
    chart->setData(series, {0, 100}, {1, 2});
    EXPECT_EQ(drawn(), plain);
    chart->addCross(series, 50, QStringLiteral("diverged"));
    EXPECT_EQ(drawn(), crossed);
}

}  // namespace
}  // namespace bitloom::ui
