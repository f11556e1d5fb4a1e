#include <QClipboard>
#include <QFile>
#include <QMimeData>
#include <QPainter>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <cmath>
#include <memory>

#include "charts/bar_chart.h"
#include "charts/curve_chart.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {
namespace {

QByteArray content(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// RFC 4180, strictly enough to find a wrong quote.
std::vector<QStringList> parsed(const QString& text) {
    std::vector<QStringList> rows(1);
    QString field;
    bool quoted = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (quoted) {
            if (c == QLatin1Char('"') && i + 1 < text.size() && text[i + 1] == c) {
                field += c;
                ++i;
            } else if (c == QLatin1Char('"')) {
                quoted = false;
            } else {
                field += c;
            }
        } else if (c == QLatin1Char('"')) {
            quoted = true;
        } else if (c == QLatin1Char(',')) {
            rows.back().append(field);
            field.clear();
        } else if (c == QLatin1Char('\r')) {
            rows.back().append(field);
            field.clear();
            rows.emplace_back();
            ++i;
        } else {
            field += c;
        }
    }
    rows.pop_back();
    return rows;
}

class ExportTest : public testing::Test {
protected:
    ExportTest() {
        application();
        theme = std::make_unique<Theme>(Theme::Mode::dark);
        chart = std::make_unique<CurveChart>(*theme);
        chart->setTitle(QStringLiteral("Validation: PTB / characters"));
        chart->setXAxis({QStringLiteral("step"), {}, false, {}, {}});
        chart->setYAxis(
            {QStringLiteral("validation"), QStringLiteral("bits per character"), false, {}, {}});
        CurveStyle style;
        style.name = QStringLiteral("BC, \"layer\" norm");
        a = chart->addSeries(style);
        style.name = QStringLiteral("full precision");
        style.run = 5;
        b = chart->addSeries(style);
        style.name = QStringLiteral("hidden");
        style.visible = false;
        const int hidden = chart->addSeries(style);
        chart->setData(a, {0, 10, 20, 30}, {4.5, 0.1, std::nan(""), 1.0 / 3});
        chart->setData(b, {10, 15, 15}, {7, 8, 9});
        chart->setData(hidden, {1}, {1});
    }

    QString path(const char* name) const { return folder.filePath(QLatin1String(name)); }

    QTemporaryDir folder;
    std::unique_ptr<Theme> theme;
    std::unique_ptr<CurveChart> chart;
    int a = 0, b = 0;
};

TEST_F(ExportTest, PngDecodesAtTheAskedScale) {
    ExportOptions options;
    options.size = {600, 400};
    options.scale = 3;
    EXPECT_EQ(chart->exportTo(path("c.png"), options), QString());
    const QImage image(path("c.png"));
    EXPECT_EQ(image.size(), QSize(1800, 1200));
    EXPECT_EQ(image.pixelColor(3, 3), Theme::color(Token::raised, false));
}

TEST_F(ExportTest, SvgParsesAndKeepsCurvesInsideTheAxes) {
    chart->zoomTo(5, 12, 0.2, 0.6);
    EXPECT_EQ(chart->exportTo(path("c.svg")), QString());
    QSvgRenderer renderer(path("c.svg"));
    ASSERT_TRUE(renderer.isValid());
    EXPECT_EQ(renderer.viewBoxF().size(), QSizeF(960, 540));
    EXPECT_TRUE(content(path("c.svg")).contains("bits per character"));
    QImage image(960, 540, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    renderer.render(&painter);
    painter.end();
    // The curve leaves the zoomed range: no ink of it in the left margin or at the top.
    const QColor ink = Theme::runColor(0, false);
    for (int y = 80; y < 540; ++y) {
        for (int x = 0; x < 30; ++x) {
            const QColor at = image.pixelColor(x, y);
            EXPECT_GT(std::abs(at.red() - ink.red()) + std::abs(at.blue() - ink.blue()), 40)
                << x << ' ' << y;
        }
    }
    shot(image, QStringLiteral("export-svg"));
}

TEST_F(ExportTest, PdfHasHeaderAndEnd) {
    EXPECT_EQ(chart->exportTo(path("c.pdf")), QString());
    const QByteArray pdf = content(path("c.pdf"));
    EXPECT_TRUE(pdf.startsWith("%PDF-1."));
    EXPECT_TRUE(pdf.trimmed().endsWith("%%EOF"));
    EXPECT_TRUE(pdf.contains("/MediaBox"));
}

TEST_F(ExportTest, CsvReadsBack) {
    EXPECT_EQ(chart->exportTo(path("c.CSV")), QString());
    const auto rows = parsed(QString::fromUtf8(content(path("c.CSV"))));
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_EQ(rows[0], (QStringList{QStringLiteral("step"), QStringLiteral("BC, \"layer\" norm"),
                                    QStringLiteral("full precision")}));
    const std::vector<std::array<const char*, 3>> expected{
        {"0", "4.5", ""}, {"10", "0.1", "7"}, {"15", "", "8"},
        {"15", "", "9"},  {"20", "nan", ""},  {"30", "0.3333333333333333", ""}};
    for (std::size_t row = 0; row < expected.size(); ++row) {
        for (std::size_t column = 0; column < 3; ++column) {
            EXPECT_EQ(rows[row + 1][static_cast<qsizetype>(column)],
                      QLatin1String(expected[row][column]));
        }
    }
}

TEST_F(ExportTest, FailuresAreWords) {
    EXPECT_TRUE(chart->exportTo(path("c.bmp")).contains(QStringLiteral(".png")));
    EXPECT_TRUE(chart->exportTo(path("no/such/folder/c.png")).contains(QStringLiteral("folder")));
    EXPECT_FALSE(chart->exportTo(QString()).isEmpty());
}

TEST_F(ExportTest, DialogSeamNamesAndWritesTheFile) {
    QString suggested;
    Chart::setAskForPath([&](QWidget*, const QString& name, const QString&) {
        suggested = name;
        return path("chosen");
    });
    QSignalSpy said(chart.get(), &Chart::said);
    EXPECT_EQ(chart->exportWithDialog(QStringLiteral("svg")), path("chosen.svg"));
    EXPECT_TRUE(suggested.endsWith(QStringLiteral("validation-ptb-characters.svg")));
    EXPECT_TRUE(QFile::exists(path("chosen.svg")));
    EXPECT_EQ(said.count(), 1);
    Chart::setAskForPath([](QWidget*, const QString&, const QString&) { return QString(); });
    EXPECT_EQ(chart->exportWithDialog(), QString());
    Chart::setAskForPath({});
}

TEST_F(ExportTest, CopiesImageAndData) {
    chart->copyData();
    EXPECT_EQ(QApplication::clipboard()->text(), chart->csv());
    chart->copyImage();
    EXPECT_FALSE(QApplication::clipboard()->image().isNull());
}

TEST_F(ExportTest, BarsExportTooAndSurviveHoles) {
    BarChart bars(*theme);
    bars.setYAxis({QStringLiteral("packed"), QStringLiteral("KB"), false, {}, {}});
    EXPECT_TRUE(bars.isEmpty());
    Bar whole{QStringLiteral("full, precision"), 0, {120, 4}, {}, {}};
    Bar hole{QStringLiteral("diverged"), 1, {std::nan("")}, {}, {}};
    Bar zero{QStringLiteral("zero"), 2, {0, 0}, 0.5, 3.0};
    for (const bool log : {false, true}) {
        bars.setYAxis({QStringLiteral("packed"), QStringLiteral("KB"), log, {}, {}});
        for (const auto layout : {BarChart::Layout::stacked, BarChart::Layout::grouped}) {
            bars.setLayoutOfParts(layout);
            bars.setBars({QStringLiteral("weights"), QStringLiteral("scales")},
                         {whole, hole, zero});
            EXPECT_FALSE(bars.image().isNull());
            const Chart::Ranges r = bars.ranges();
            EXPECT_TRUE(std::isfinite(r.xLeast) && std::isfinite(r.xMost) && r.xLeast < r.xMost);
        }
    }
    const auto rows = parsed(bars.csv());
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0][1], QStringLiteral("weights (KB)"));
    EXPECT_EQ(rows[1], (QStringList{QStringLiteral("full, precision"), QStringLiteral("120"),
                                    QStringLiteral("4"), QString(), QString()}));
    EXPECT_EQ(rows[2][1], QStringLiteral("nan"));
}

/// The colours belong to the runs: parts are shades of their run's, never another run's.
TEST_F(ExportTest, PartsOfABarAreShadesOfItsRun) {
    BarChart bars(*theme);
    bars.resize(480, 200);
    bars.setBars({QStringLiteral("weights"), QStringLiteral("norm"), QStringLiteral("biases")},
                 {{QStringLiteral("one"), 3, {5, 5, 5}, {}, {}}});
    const QImage image = bars.image();  // light, as for print
    const auto shows = [&](const QColor& color) {
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor at = image.pixelColor(x, y);
                const int far = std::abs(at.red() - color.red()) +
                                std::abs(at.green() - color.green()) +
                                std::abs(at.blue() - color.blue());
                if (far < 12) return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(shows(Theme::runColor(3, false)));
    for (const int other : {0, 1, 2}) EXPECT_FALSE(shows(Theme::runColor(other, false))) << other;
}

}  // namespace
}  // namespace bitloom::ui
