// The one style sheet, written with @token names. Arrows and check marks come from
// resources/icons/sheet, which has them once a theme because a style sheet cannot tint an image.

#include <QStringBuilder>
#include <array>
#include <utility>

#include "theme/theme.h"

namespace bitloom::ui {
namespace {

constexpr const char* surfaces = R"(
QWidget { color: @text; }
QMainWindow, QDialog, QWidget[role="page"] { background: @surface; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QWidget[role="card"] { background: @raised; border: 1px solid @hairline; border-radius: 8px; }
QWidget[role="rail"] { background: @sunken; border: none; }
QWidget[role="bar"] { background: @raised; border: none; border-bottom: 1px solid @hairline; }
QWidget[role="hairline"] { background: @hairline; }
QLabel { background: transparent; }
QLabel[role="caption"], QLabel[role="muted"] { color: @muted; }
QLabel[role="caption"] { font-size: 11px; }
QLabel[role="section"] { font-weight: 600; }
QLabel[role="title"] { font-size: 18px; font-weight: 600; }
QLabel[role="formula"] { color: @text; }
QLabel[role="good"] { color: @good; }
QLabel[role="warning"] { color: @warning; }
QLabel[role="bad"] { color: @bad; }
QLabel:disabled { color: @faded; }
QToolTip { background: @raised; color: @text; border: 1px solid @hairline; padding: 4px 8px; }
QStatusBar { background: @surface; border-top: 1px solid @hairline; color: @muted; }
QStatusBar::item { border: none; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QSplitter::handle { background: @hairline; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: @accent; }
)";

constexpr const char* buttons = R"(
QPushButton { background: @raised; border: 1px solid @line; border-radius: 6px; padding: 0 12px; min-height: 30px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @sunken; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:disabled { color: @faded; border-color: @hairline; background: transparent; }
QPushButton:checked { background: @selection; border-color: @accent; }
QPushButton[role="primary"] { background: @accent; border: 1px solid @accent; color: @onAccent; font-weight: 600; padding: 0 16px; }
QPushButton[role="primary"]:hover { background: @accentHover; border-color: @accentHover; }
QPushButton[role="primary"]:pressed { background: @accent; }
QPushButton[role="primary"]:focus { border: 2px solid @text; padding: 0 15px; min-height: 28px; }
QPushButton[role="primary"]:disabled { background: @hairline; border-color: @hairline; color: @muted; }
QPushButton[role="quiet"], QPushButton[role="danger"] { background: transparent; border-color: transparent; padding: 0 8px; }
QPushButton[role="quiet"]:hover, QPushButton[role="danger"]:hover { background: @hover; }
QPushButton[role="quiet"]:pressed, QPushButton[role="danger"]:pressed { background: @hairline; }
QPushButton[role="quiet"]:checked { background: @selection; }
QPushButton[role="quiet"]:focus, QPushButton[role="danger"]:focus { border-color: @accent; }
QPushButton[role="danger"] { color: @bad; }
QPushButton[role="segment"] { border-radius: 0; border: 1px solid @line; border-left: none; padding: 0 12px; color: @muted; }
QPushButton[role="segment"][place="first"] { border-left: 1px solid @line; border-top-left-radius: 6px; border-bottom-left-radius: 6px; }
QPushButton[role="segment"][place="last"] { border-top-right-radius: 6px; border-bottom-right-radius: 6px; }
QPushButton[role="segment"][place="only"] { border-left: 1px solid @line; border-radius: 6px; }
QPushButton[role="segment"]:checked { background: @selection; color: @text; }
QPushButton[role="segment"]:focus { border: 1px solid @accent; }
QPushButton[role="segment"]:disabled { color: @faded; }
QPushButton::menu-indicator { image: url(:/bitloom/icons/sheet/down-@mode.svg); width: 12px; height: 12px; subcontrol-position: right center; right: 8px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 4px; min-height: 22px; min-width: 22px; }
QToolButton:hover { background: @hover; }
QToolButton:pressed { background: @hairline; }
QToolButton:checked { background: @selection; }
QToolButton:focus { border-color: @accent; }
QToolButton:disabled { color: @faded; }
QToolButton::menu-indicator { image: none; }
QToolButton[role="normal"] { background: @raised; border-color: @line; }
QToolButton[role="primary"] { background: @accent; color: @onAccent; }
QToolButton[role="danger"] { color: @bad; }
QToolButton[role="rail"] { color: @muted; padding: 6px 4px; border-radius: 8px; font-size: 11px; }
QToolButton[role="rail"]:hover { color: @text; background: @hover; }
QToolButton[role="rail"]:checked { color: @text; background: @selection; font-weight: 600; }
)";

constexpr const char* inputs = R"(
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit { background: @raised; border: 1px solid @line; border-radius: 6px; padding: 0 8px; min-height: 30px; selection-background-color: @accent; selection-color: @onAccent; }
QPlainTextEdit, QTextEdit, QTextBrowser { background: @raised; border: 1px solid @hairline; border-radius: 6px; padding: 6px; selection-background-color: @accent; selection-color: @onAccent; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: @outline; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus { border: 1px solid @accent; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: @faded; background: transparent; border-color: @hairline; }
QLineEdit[faulty="true"], QSpinBox[faulty="true"], QDoubleSpinBox[faulty="true"], QComboBox[faulty="true"] { border: 1px solid @bad; }
QAbstractItemView QLineEdit { border-radius: 0; padding: 0 4px; min-height: 20px; }
QComboBox::drop-down { border: none; width: 28px; subcontrol-origin: padding; subcontrol-position: center right; }
QComboBox::down-arrow { image: url(:/bitloom/icons/sheet/down-@mode.svg); width: 12px; height: 12px; }
QComboBox { combobox-popup: 0; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; border-radius: 0; padding: 4px; outline: none; selection-background-color: @selection; selection-color: @text; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 8px; border-radius: 4px; }
QComboBox QAbstractItemView::item:disabled { color: @muted; }
QSpinBox::up-button, QDoubleSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; width: 20px; height: 15px; border: none; margin: 1px 1px 0 0; border-top-right-radius: 5px; }
QSpinBox::down-button, QDoubleSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; width: 20px; height: 15px; border: none; margin: 0 1px 1px 0; border-bottom-right-radius: 5px; }
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover, QSpinBox::down-button:hover, QDoubleSpinBox::down-button:hover { background: @hover; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(:/bitloom/icons/sheet/up-@mode.svg); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(:/bitloom/icons/sheet/down-@mode.svg); width: 10px; height: 10px; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; min-height: 24px; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:disabled, QRadioButton:disabled { color: @faded; }
QCheckBox::indicator, QAbstractItemView::indicator, QGroupBox::indicator { width: 14px; height: 14px; border: 1px solid @outline; border-radius: 4px; background: @raised; }
QCheckBox::indicator:hover, QAbstractItemView::indicator:hover { border-color: @accent; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: @accent; border-color: @accent; image: url(:/bitloom/icons/sheet/check-@mode.svg); }
QCheckBox:focus { border-color: @accent; }
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate { background: @accent; border-color: @accent; image: url(:/bitloom/icons/sheet/minus-@mode.svg); }
QCheckBox::indicator:disabled { border-color: @hairline; }
QCheckBox::indicator:checked:disabled { background: @outline; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid @outline; border-radius: 8px; background: @raised; }
QRadioButton::indicator:checked { background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 @onAccent, stop: 0.4 @onAccent, stop: 0.5 @accent, stop: 1 @accent); border-color: @accent; }
QRadioButton:focus { border-color: @accent; }
QSlider { min-height: 24px; }
QSlider::groove:horizontal { height: 4px; background: @hairline; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; background: @raised; border: 1px solid @outline; border-radius: 8px; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { border: 2px solid @accent; }
QProgressBar { background: @hairline; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; color: transparent; }
QProgressBar::chunk { background: @accent; border-radius: 2px; }
)";

constexpr const char* views = R"(
QAbstractItemView { background: @raised; border: none; outline: none; selection-background-color: @selection; selection-color: @text; alternate-background-color: @raised; }
QTableView { gridline-color: transparent; }
QTableView::item, QTreeView::item, QListView::item { padding: 0 8px; border: none; border-bottom: 1px solid @hairline; }
QTreeView::item, QListView::item { min-height: 28px; border-bottom: none; }
QTableView::item:hover, QTreeView::item:hover, QListView::item:hover { background: @hover; }
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected { background: @selection; color: @text; }
QTableView:focus, QTreeView:focus, QListView:focus { border: none; }
QTableView::item:focus { border: 1px solid @accent; }
QHeaderView { background: @raised; border: none; }
QHeaderView::section { background: @raised; color: @muted; border: none; border-bottom: 1px solid @hairline; padding: 0 8px; min-height: 30px; font-size: 11px; font-weight: 400; }
QHeaderView::section:hover { color: @text; }
QHeaderView::down-arrow { image: url(:/bitloom/icons/sheet/down-@mode.svg); width: 10px; height: 10px; subcontrol-position: center right; right: 4px; }
QHeaderView::up-arrow { image: url(:/bitloom/icons/sheet/up-@mode.svg); width: 10px; height: 10px; subcontrol-position: center right; right: 4px; }
QTableCornerButton::section { background: @raised; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: @outline; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
QTabWidget::pane { border: none; border-top: 1px solid @hairline; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: @muted; border: none; border-bottom: 2px solid transparent; padding: 0 4px; margin-right: 16px; min-height: 30px; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:focus { color: @accent; }
QMenu { background: @raised; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 4px; min-height: 18px; }
QMenu::item:selected { background: @selection; color: @text; }
QMenu::item:disabled { color: @faded; }
QMenu::separator { height: 1px; background: @hairline; margin: 4px 0; }
QMenu::icon { padding-left: 8px; }
QMenu::indicator { width: 14px; height: 14px; margin-left: 6px; }
QMenu::indicator:checked { image: url(:/bitloom/icons/sheet/tick-@mode.svg); }
QMenuBar { background: @surface; border-bottom: 1px solid @hairline; }
QMenuBar::item { padding: 6px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: @hover; }
QGroupBox { border: none; margin-top: 24px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
)";

QColor mixed(const QColor& a, const QColor& b, float share) {
    const auto mix = [share](float x, float y) { return x * share + y * (1 - share); };
    return QColor::fromRgbF(mix(a.redF(), b.redF()), mix(a.greenF(), b.greenF()),
                            mix(a.blueF(), b.blueF()));
}

}  // namespace

QString Theme::styleSheet(bool dark) {
    const auto use = [dark](Token token) { return color(token, dark); };
    // Longer names first: @accentHover must not become "<accent>Hover".
    const std::array<std::pair<const char*, QString>, 19> names{{
        {"@accentHover", use(Token::accentHover).name()},
        {"@selection", use(Token::selection).name()},
        {"@hairline", use(Token::hairline).name()},
        {"@onAccent", use(Token::onAccent).name()},
        {"@surface", use(Token::surface).name()},
        {"@outline", use(Token::outline).name()},
        {"@warning", use(Token::warning).name()},
        {"@raised", use(Token::raised).name()},
        {"@sunken", use(Token::sunken).name()},
        {"@accent", use(Token::accent).name()},
        {"@scroll", mixed(use(Token::outline), use(Token::raised), 0.45F).name()},
        {"@hover", use(Token::hover).name()},
        {"@muted", use(Token::muted).name()},
        {"@faded", mixed(use(Token::muted), use(Token::raised), 0.6F).name()},
        {"@text", use(Token::text).name()},
        {"@good", use(Token::good).name()},
        {"@mode", dark ? QStringLiteral("dark") : QStringLiteral("light")},
        {"@line", mixed(use(Token::outline), use(Token::hairline), 0.35F).name()},
        {"@bad", use(Token::bad).name()},
    }};
    QString sheet = QLatin1String(surfaces) % QLatin1String(buttons) % QLatin1String(inputs) %
                    QLatin1String(views);
    for (const auto& [name, value] : names) sheet.replace(QLatin1String(name), value);
    return sheet;
}

}  // namespace bitloom::ui
