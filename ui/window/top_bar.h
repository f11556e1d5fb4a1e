#pragma once
// Library name with its menu, the search, theme and help.

#include <QWidget>
#include <filesystem>
#include <functional>
#include <vector>

#include "theme/theme.h"
#include "window/search_popup.h"

class QPushButton;
class QToolButton;

namespace bitloom::ui {

class TopBar : public QWidget {
    Q_OBJECT
public:
    TopBar(Theme& theme, std::function<std::vector<SearchHit>()> hits, QWidget* parent = nullptr);

    void setLibrary(const std::filesystem::path& folder, const QStringList& recent);
    [[nodiscard]] SearchField& search() const { return *m_search; }

Q_SIGNALS:
    void libraryRequested(const std::filesystem::path& folder);
    void openLibraryRequested();
    void helpRequested();
    void themeChosen(bitloom::ui::Theme::Mode mode);

private:
    void fillThemeMenu();
    void updateThemeIcon();

    Theme& m_theme;
    QPushButton* m_library;
    SearchField* m_search;
    QToolButton *m_themeButton, *m_help;
};

}  // namespace bitloom::ui
