#pragma once
// The manual, page by page, from the program's own resources (:/help/*.md).

#include <QWidget>

#include "theme/theme.h"

class QTextBrowser;

namespace bitloom::ui {

class HelpViewer : public QWidget {
    Q_OBJECT
public:
    explicit HelpViewer(const Theme& theme, QWidget* parent = nullptr);

    /// Names of the pages there are, without ".md".
    static QStringList pages();
    /// Shows a page; an unknown one shows the index.
    void open(const QString& page);
    [[nodiscard]] QString page() const { return m_page; }
    [[nodiscard]] QString text() const;

private:
    void render();
    const Theme& m_theme;
    QTextBrowser* m_browser;
    QString m_page;
};

}  // namespace bitloom::ui
