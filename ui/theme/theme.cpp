#include "theme/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPointer>
#include <QStyle>
#include <QStyleFactory>
#include <QStyleHints>
#include <QToolTip>

// Icons live in a static library: without this call the linker drops them. It declares a global
// function, so it cannot stand in a namespace.
static void registerIcons() {
    Q_INIT_RESOURCE(bitloom_icons);
}

namespace bitloom::ui {
namespace {

constexpr const char* themeProperty = "bitloomTheme";

QString installedFamily(const QStringList& wanted) {
    const QStringList families = QFontDatabase::families();
    for (const QString& name : wanted) {
        if (families.contains(name)) return name;
    }
    return {};
}

QString bodyFamily() {
    static const QString family = [] {
        const QString inter =
            installedFamily({QStringLiteral("Inter"), QStringLiteral("Inter Variable")});
        return inter.isEmpty() ? QFontDatabase::systemFont(QFontDatabase::GeneralFont).family()
                               : inter;
    }();
    return family;
}

bool figuresAreTabular(const QFont& font) {
    const QFontMetricsF metrics(font);
    const qreal zero = metrics.horizontalAdvance(QLatin1Char('0'));
    for (char digit = '1'; digit <= '9'; ++digit) {
        if (qAbs(metrics.horizontalAdvance(QLatin1Char(digit)) - zero) > 0.01) return false;
    }
    return true;
}

QFont sized(const QString& family, TextSize size, bool strong) {
    QFont font(family);
    font.setPixelSize(size == TextSize::caption ? 11 : size == TextSize::title ? 18 : 13);
    font.setWeight(strong ? QFont::DemiBold : QFont::Normal);
    font.setStyleStrategy(QFont::PreferAntialias);
    return font;
}

// Before Qt 6.7 a font's tabular figures cannot be asked for, so a font that has them by default
// steps in.
QString figureFamily() {
    static const QString family = [] {
        QStringList candidates{bodyFamily(), QStringLiteral("Liberation Sans"),
                               QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans")};
        for (const QString& name : std::as_const(candidates)) {
            if (!installedFamily({name}).isEmpty() &&
                figuresAreTabular(sized(name, TextSize::body, false))) {
                return name;
            }
        }
        return bodyFamily();
    }();
    return family;
}

}  // namespace

Theme::Theme(Mode mode, QObject* parent) : QObject(parent), m_mode(mode) {
    registerIcons();
    const QPalette before = QGuiApplication::palette();
    m_startedDark =
        before.color(QPalette::Window).lightness() < before.color(QPalette::WindowText).lightness();
    m_shownDark = dark();
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    connect(QGuiApplication::styleHints(), &QStyleHints::colorSchemeChanged, this,
            [this] { setMode(m_mode); });
#endif
}

Theme::~Theme() {
    if (m_application && current() == this) m_application->setProperty(themeProperty, QVariant());
}

bool Theme::systemIsDark() const {
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
    const Qt::ColorScheme scheme = QGuiApplication::styleHints()->colorScheme();
    if (scheme != Qt::ColorScheme::Unknown) return scheme == Qt::ColorScheme::Dark;
#endif
    return m_startedDark;
}

bool Theme::dark() const {
    return m_mode == Mode::dark || (m_mode == Mode::system && systemIsDark());
}

void Theme::setMode(Mode mode) {
    m_mode = mode;
    if (dark() == m_shownDark) return;
    m_shownDark = dark();
    applyNow();
    Q_EMIT themeChanged();
}

void Theme::apply(QApplication& application) {
    m_application = &application;
    m_shownDark = dark();
    application.setProperty(themeProperty, QVariant::fromValue<QObject*>(this));
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setFont(font());
    applyNow();
}

void Theme::applyNow() {
    if (!m_application) return;
    QApplication::setPalette(palette());
    QToolTip::setPalette(palette());
    m_application->setStyleSheet(styleSheet());
}

Theme* Theme::current() {
    return qApp ? qobject_cast<Theme*>(qApp->property(themeProperty).value<QObject*>()) : nullptr;
}

QFont Theme::font(TextSize size, bool strong) {
    return sized(bodyFamily(), size, strong);
}

QFont Theme::figures(TextSize size, bool strong) {
#if QT_VERSION >= QT_VERSION_CHECK(6, 7, 0)
    QFont font = sized(bodyFamily(), size, strong);
    font.setFeature("tnum", 1);
    if (figuresAreTabular(font)) return font;
#endif
    QFont stand = sized(figureFamily(), size, strong);
    // DejaVu runs large: a pixel less looks as high as the text beside it.
    if (stand.family() == QLatin1String("DejaVu Sans")) stand.setPixelSize(stand.pixelSize() - 1);
    return stand;
}

}  // namespace bitloom::ui
