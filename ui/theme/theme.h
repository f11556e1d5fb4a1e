#pragma once
// The look of the window: named colour tokens in light and dark, fonts, spacing, the run palette,
// icons and the style sheet. One Theme is owned by main(), handed to what needs it by reference,
// and outlives all widgets.

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QObject>
#include <QPalette>
#include <QPen>
#include <QString>
#include <QVector>

class QApplication;

namespace bitloom::ui {

/// Colours by meaning. Widgets name a token, never a colour.
enum class Token {
    surface,   ///< the window
    raised,    ///< cards, inputs, tables, charts
    sunken,    ///< the rail, wells, tracks
    hover,     ///< under the pointer
    hairline,  ///< lines that separate; the chart grid
    outline,   ///< borders of controls (3:1 on surface)
    text,
    muted,   ///< captions, units, axes
    accent,  ///< the primary action and the selection only
    accentHover,
    onAccent,   ///< text on accent
    selection,  ///< selected rows
    good,
    warning,
    bad,
};

/// The three text sizes: 13, 11 and 18 px.
enum class TextSize { body, caption, title };

/// The 8-px grid, in device-independent pixels.
namespace spacing {
inline constexpr int unit = 8;
inline constexpr int half = 4;
inline constexpr int gap = 8;       ///< between controls of one group
inline constexpr int section = 24;  ///< between groups
inline constexpr int margin = 16;   ///< inside a page or a card
inline constexpr int control = 32;  ///< height of buttons and inputs
inline constexpr int row = 32;      ///< height of table rows
inline constexpr int icon = 20;
inline constexpr int radius = 6;
}  // namespace spacing

class Theme : public QObject {
    Q_OBJECT
public:
    enum class Mode { light, dark, system };
    Q_ENUM(Mode)

    static constexpr int runColors = 12;

    explicit Theme(Mode mode = Mode::system, QObject* parent = nullptr);
    ~Theme() override;

    /// Fusion style, palette, fonts and style sheet on the application; again by itself whenever
    /// the theme changes. Also makes this the theme current() returns.
    void apply(QApplication& application);
    /// The theme last applied to the application; null before the first apply().
    static Theme* current();

    [[nodiscard]] Mode mode() const { return m_mode; }
    /// Emits themeChanged() if the colours differ afterwards.
    void setMode(Mode mode);
    /// Whether the dark colours are in use now (system: what the desktop asks for).
    [[nodiscard]] bool dark() const;

    [[nodiscard]] QColor color(Token token) const { return color(token, dark()); }
    static QColor color(Token token, bool dark);

    /// Run palette, colour-blind safe; any index is taken modulo 12 (run-1 is index 0, negative
    /// counts as 0).
    [[nodiscard]] QColor runColor(int index) const { return runColor(index, dark()); }
    static QColor runColor(int index, bool dark);
    /// Dash pattern in pen widths; empty = solid. Runs 1 to 4 are solid, 5 to 8 dashed, 9 to 12
    /// dash-dot, so that no two of the twelve depend on hue alone.
    static QVector<qreal> runDash(int index);
    /// A 1-px pen with colour and dash of a run.
    [[nodiscard]] QPen runPen(int index) const { return runPen(index, dark()); }
    static QPen runPen(int index, bool dark);

    /// Inter if installed, else the system's sans.
    static QFont font(TextSize size = TextSize::body, bool strong = false);
    /// As font(), with figures of equal width: for tables, axes and values that change.
    static QFont figures(TextSize size = TextSize::body, bool strong = false);

    /// One of our line icons (name of a file in resources/icons without .svg), tinted by `token`;
    /// sharp at any scale, and it follows the theme by itself. Disabled icons are muted, checked
    /// ones keep the token. An unknown name is an empty icon.
    [[nodiscard]] QIcon icon(const QString& name, Token token = Token::text) const;
    /// A disc in the colour of a run, with a ring for the dash class; follows the theme by itself.
    [[nodiscard]] QIcon runIcon(int index) const;
    /// The program's own icon, in its own colours.
    static QIcon programIcon();
    /// Names icon() knows, sorted.
    static QStringList iconNames();

    [[nodiscard]] QPalette palette() const { return palette(dark()); }
    static QPalette palette(bool dark);
    /// The generated style sheet; what it styles is listed in theme/roles.h.
    [[nodiscard]] QString styleSheet() const { return styleSheet(dark()); }
    static QString styleSheet(bool dark);

Q_SIGNALS:
    /// Palette and style sheet are already set when this is emitted.
    void themeChanged();

private:
    [[nodiscard]] bool systemIsDark() const;
    void applyNow();

    Mode m_mode;
    bool m_startedDark = false;
    bool m_shownDark = false;
    QApplication* m_application = nullptr;
};

}  // namespace bitloom::ui
