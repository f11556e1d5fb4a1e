#include "window/top_bar.h"

#include <QActionGroup>
#include <QDir>
#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

#include "base/files.h"
#include "theme/roles.h"

namespace bitloom::ui {

namespace {
constexpr int searchWidth = 320;
constexpr int libraryWidth = 240;

QString shownPath(const QString& path) {
    const QString home = QDir::homePath();
    return path.startsWith(home + QLatin1Char('/')) ? QLatin1Char('~') + path.mid(home.size())
                                                    : path;
}
}  // namespace

TopBar::TopBar(Theme& theme, std::function<std::vector<SearchHit>()> hits, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_library(new QPushButton(this)),
      m_search(new SearchField(std::move(hits), this)),
      m_themeButton(new QToolButton(this)),
      m_help(new QToolButton(this)) {
    setObjectName(QStringLiteral("topBar"));
    setRole(static_cast<QWidget*>(this), SurfaceRole::bar);
    setAttribute(Qt::WA_StyledBackground);
    setFixedHeight(48);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(spacing::margin, 0, spacing::margin, 0);
    row->setSpacing(spacing::gap);
    setRole(m_library, ButtonRole::quiet);
    m_library->setObjectName(QStringLiteral("library"));
    m_library->setIcon(theme.icon(QStringLiteral("library")));
    m_library->setMaximumWidth(libraryWidth);
    m_library->setMenu(new QMenu(m_library));
    m_search->setFixedHeight(spacing::control);
    m_search->setMinimumWidth(160);
    m_search->setMaximumWidth(searchWidth);
    row->addWidget(m_library);
    row->addStretch(1);
    row->addWidget(m_search, 2);
    row->addStretch(1);
    for (QToolButton* button : {m_themeButton, m_help}) {
        button->setAutoRaise(true);
        button->setIconSize({spacing::icon, spacing::icon});
        row->addWidget(button);
    }
    m_themeButton->setObjectName(QStringLiteral("theme"));
    m_themeButton->setToolTip(tr("Light, dark or as the system"));
    m_themeButton->setPopupMode(QToolButton::InstantPopup);
    m_help->setIcon(theme.icon(QStringLiteral("help")));
    m_help->setToolTip(tr("Help (F1)"));
    connect(m_help, &QToolButton::clicked, this, &TopBar::helpRequested);
    fillThemeMenu();
    updateThemeIcon();
    connect(&theme, &Theme::themeChanged, this, &TopBar::updateThemeIcon);
}

void TopBar::fillThemeMenu() {
    auto* menu = new QMenu(m_themeButton);
    auto* group = new QActionGroup(menu);
    const auto add = [&](const QString& words, Theme::Mode mode) {
        QAction* action = menu->addAction(words);
        action->setCheckable(true);
        action->setChecked(m_theme.mode() == mode);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, mode] { Q_EMIT themeChosen(mode); });
    };
    add(tr("Light"), Theme::Mode::light);
    add(tr("Dark"), Theme::Mode::dark);
    add(tr("As the system"), Theme::Mode::system);
    m_themeButton->setMenu(menu);
}

void TopBar::updateThemeIcon() {
    m_themeButton->setIcon(
        m_theme.icon(m_theme.dark() ? QStringLiteral("moon") : QStringLiteral("sun")));
}

void TopBar::setLibrary(const std::filesystem::path& folder, const QStringList& recent) {
    const QString path = QString::fromStdString(utf8(folder));
    const QString name = QDir(path).dirName();
    m_library->setText(
        m_library->fontMetrics().elidedText(name, Qt::ElideMiddle, libraryWidth - 72));
    m_library->setToolTip(shownPath(path));
    QMenu* menu = m_library->menu();
    menu->clear();
    for (const QString& other : recent) {
        QAction* action = menu->addAction(shownPath(other));
        action->setCheckable(true);
        action->setChecked(other == path);
        connect(action, &QAction::triggered, this,
                [this, other] { Q_EMIT libraryRequested(pathFromUtf8(other.toStdString())); });
    }
    menu->addSeparator();
    QAction* open = menu->addAction(tr("Open or create a library…"));
    connect(open, &QAction::triggered, this, &TopBar::openLibraryRequested);
}

}  // namespace bitloom::ui
