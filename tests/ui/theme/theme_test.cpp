#include "theme/theme.h"

#include <QDialogButtonBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QSvgRenderer>
#include <cmath>

#include "theme/roles.h"
#include "theme/segmented.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {
namespace {

using Rgb = std::array<double, 3>;

Rgb linear(const QColor& color) {
    const auto expand = [](double c) {
        return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return {expand(color.redF()), expand(color.greenF()), expand(color.blueF())};
}

/// WCAG 2.1 contrast ratio.
double contrast(const QColor& a, const QColor& b) {
    const auto luminance = [](const QColor& color) {
        const Rgb c = linear(color);
        return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
    };
    const double x = luminance(a) + 0.05;
    const double y = luminance(b) + 0.05;
    return std::max(x, y) / std::min(x, y);
}

using Sight = std::array<std::array<double, 3>, 3>;

// Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
constexpr std::array<Sight, 4> sights{{
    {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}},
    {{{0.152286, 1.052583, -0.204868},
      {0.114503, 0.786281, 0.099216},
      {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968},
      {0.280085, 0.672501, 0.047413},
      {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779},
      {-0.078411, 0.930809, 0.147602},
      {0.004733, 0.691367, 0.303900}}},
}};

Rgb lab(const QColor& color, const Sight& sight) {
    const Rgb c = linear(color);
    Rgb s{};
    for (std::size_t row = 0; row < 3; ++row) {
        s[row] = std::clamp(sight[row][0] * c[0] + sight[row][1] * c[1] + sight[row][2] * c[2], 0.0,
                            1.0);
    }
    const double x = (0.4124564 * s[0] + 0.3575761 * s[1] + 0.1804375 * s[2]) / 0.95047;
    const double y = 0.2126729 * s[0] + 0.7151522 * s[1] + 0.0721750 * s[2];
    const double z = (0.0193339 * s[0] + 0.1191920 * s[1] + 0.9503041 * s[2]) / 1.08883;
    const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
    return {116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))};
}

double distance(const Rgb& a, const Rgb& b) {
    return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

class ThemeTest : public testing::Test {
protected:
    ThemeTest() { application(); }
};

TEST_F(ThemeTest, TextIsReadableInBothThemes) {
    for (const bool dark : {false, true}) {
        for (const Token ground : {Token::surface, Token::raised, Token::sunken}) {
            for (const Token ink : {Token::text, Token::muted, Token::good, Token::warning,
                                    Token::bad, Token::accent}) {
                EXPECT_GE(contrast(Theme::color(ink, dark), Theme::color(ground, dark)), 4.5)
                    << dark << ' ' << static_cast<int>(ink) << " on " << static_cast<int>(ground);
            }
        }
        EXPECT_GE(contrast(Theme::color(Token::onAccent, dark), Theme::color(Token::accent, dark)),
                  4.5);
        EXPECT_GE(contrast(Theme::color(Token::text, dark), Theme::color(Token::selection, dark)),
                  4.5);
        EXPECT_GE(contrast(Theme::color(Token::outline, dark), Theme::color(Token::raised, dark)),
                  3.0);
    }
}

TEST_F(ThemeTest, RunColorsStayApartForEverySight) {
    for (const bool dark : {false, true}) {
        for (int i = 0; i < Theme::runColors; ++i) {
            EXPECT_GE(contrast(Theme::runColor(i, dark), Theme::color(Token::raised, dark)), 3.0)
                << i;
            for (int j = i + 1; j < Theme::runColors; ++j) {
                if (Theme::runDash(i) != Theme::runDash(j)) continue;
                for (const Sight& sight : sights) {
                    EXPECT_GE(distance(lab(Theme::runColor(i, dark), sight),
                                       lab(Theme::runColor(j, dark), sight)),
                              20)
                        << "runs " << i + 1 << " and " << j + 1 << ", dark " << dark;
                }
            }
        }
    }
    EXPECT_EQ(Theme::runColor(12, false), Theme::runColor(0, false));
    EXPECT_EQ(Theme::runColor(-3, false), Theme::runColor(0, false));
}

TEST_F(ThemeTest, SwitchingChangesPaletteSheetAndTellsOnce) {
    Theme theme(Theme::Mode::light);
    theme.apply(application());
    EXPECT_EQ(Theme::current(), &theme);
    EXPECT_EQ(QApplication::palette().color(QPalette::Window), Theme::color(Token::surface, false));
    const QString before = application().styleSheet();
    QSignalSpy spy(&theme, &Theme::themeChanged);
    theme.setMode(Theme::Mode::dark);
    theme.setMode(Theme::Mode::dark);
    EXPECT_EQ(spy.count(), 1);
    EXPECT_EQ(QApplication::palette().color(QPalette::Window), Theme::color(Token::surface, true));
    EXPECT_NE(application().styleSheet(), before);
}

TEST_F(ThemeTest, SheetHasNoUnknownTokensAndItsImagesExist) {
    for (const bool dark : {false, true}) {
        const QString sheet = Theme::styleSheet(dark);
        EXPECT_FALSE(sheet.contains(QLatin1Char('@')))
            << sheet.mid(sheet.indexOf(QLatin1Char('@')), 40).toStdString();
        EXPECT_EQ(sheet.count(QLatin1Char('{')), sheet.count(QLatin1Char('}')));
        Theme needsResources;
        qsizetype at = 0;
        int images = 0;
        while ((at = sheet.indexOf(QStringLiteral("url("), at)) >= 0) {
            const QString path = sheet.mid(at + 4, sheet.indexOf(QLatin1Char(')'), at) - at - 4);
            EXPECT_TRUE(QSvgRenderer(path).isValid()) << path.toStdString();
            ++at;
            ++images;
        }
        EXPECT_GT(images, 5);
    }
}

TEST_F(ThemeTest, SheetIconsHaveTheColorsOfTheirTokens) {
    Theme theme;
    const std::array<std::pair<const char*, Token>, 5> icons{{{"down", Token::muted},
                                                              {"up", Token::muted},
                                                              {"check", Token::onAccent},
                                                              {"minus", Token::onAccent},
                                                              {"tick", Token::text}}};
    for (const auto& [name, token] : icons) {
        for (const bool dark : {false, true}) {
            QFile file(QStringLiteral(":/bitloom/icons/sheet/%1-%2.svg")
                           .arg(QLatin1String(name),
                                dark ? QStringLiteral("dark") : QStringLiteral("light")));
            ASSERT_TRUE(file.open(QIODevice::ReadOnly)) << name;
            EXPECT_TRUE(file.readAll().contains(Theme::color(token, dark).name().toLatin1()))
                << name << dark;
        }
    }
}

TEST_F(ThemeTest, EveryIconDrawsInItsTokenAndFollowsTheTheme) {
    Theme theme(Theme::Mode::light);
    const QStringList names = Theme::iconNames();
    for (const char* wanted :
         {"experiment", "matrix",  "compare",      "inspect",       "try",     "data",
          "reproduce",  "play",    "pause",        "step",          "stop",    "resume",
          "extend",     "plus",    "star",         "star-filled",   "trash",   "search",
          "sun",        "moon",    "export",       "copy",          "info",    "check",
          "cross",      "warning", "chevron-down", "chevron-right", "folder",  "tag",
          "note",       "undo",    "queue",        "reset-zoom",    "settings"}) {
        EXPECT_TRUE(names.contains(QLatin1String(wanted))) << wanted;
    }
    const auto darkest = [](const QIcon& icon) {
        const QImage image = icon.pixmap(QSize(40, 40)).toImage();
        QColor found;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x) {
                const QColor color = image.pixelColor(x, y);
                if (color.alpha() == 255) found = color;
            }
        }
        return found;
    };
    for (const QString& name : names) {
        theme.setMode(Theme::Mode::light);
        const QIcon icon = theme.icon(name, Token::bad);
        EXPECT_EQ(darkest(icon), Theme::color(Token::bad, false)) << name.toStdString();
        theme.setMode(Theme::Mode::dark);
        EXPECT_EQ(darkest(icon), Theme::color(Token::bad, true)) << name.toStdString();
    }
    EXPECT_TRUE(theme.icon(QStringLiteral("no-such-icon")).isNull());
    EXPECT_FALSE(Theme::programIcon().pixmap(64, 64).isNull());
}

TEST_F(ThemeTest, FiguresHaveOneWidth) {
    const QFontMetricsF metrics(Theme::figures());
    for (const QChar digit : QStringLiteral("123456789")) {
        EXPECT_NEAR(metrics.horizontalAdvance(digit), metrics.horizontalAdvance(QLatin1Char('0')),
                    0.01);
    }
    EXPECT_EQ(Theme::font().pixelSize(), 13);
    EXPECT_EQ(Theme::font(TextSize::caption).pixelSize(), 11);
    EXPECT_EQ(Theme::font(TextSize::title).pixelSize(), 18);
}

TEST_F(ThemeTest, DialogButtonsHaveNoStockIcons) {
    Theme theme(Theme::Mode::light);
    theme.apply(application());
    const QDialogButtonBox box(QDialogButtonBox::Ok | QDialogButtonBox::Cancel |
                               QDialogButtonBox::Save | QDialogButtonBox::Discard);
    for (const QAbstractButton* button : box.buttons()) {
        EXPECT_TRUE(button->icon().isNull()) << qPrintable(button->text());
    }
}

TEST_F(ThemeTest, SegmentedTellsChoicesOnce) {
    Segmented cell;
    QSignalSpy changed(&cell, &Segmented::currentChanged);
    QSignalSpy chosen(&cell, &Segmented::chosen);
    cell.addSegment(QStringLiteral("LSTM"), QStringLiteral("lstm"));
    cell.addSegment(QStringLiteral("GRU"), QStringLiteral("gru"));
    EXPECT_EQ(cell.currentIndex(), 0);
    EXPECT_EQ(changed.count(), 0);
    EXPECT_TRUE(cell.setCurrentData(QStringLiteral("gru")));
    EXPECT_EQ(changed.count(), 1);
    EXPECT_EQ(chosen.count(), 0);
    cell.findChildren<QPushButton*>().first()->click();
    EXPECT_EQ(cell.currentData().toString(), QStringLiteral("lstm"));
    EXPECT_EQ(chosen.count(), 1);
    EXPECT_FALSE(cell.setCurrentData(7));
    cell.setCurrentIndex(9);
    EXPECT_EQ(cell.currentIndex(), 0);
}

}  // namespace
}  // namespace bitloom::ui
