#pragma once
// The manual, page by page, from the program's own resources (:/help/*.md).

#include <QWidget>

#include "theme/theme.h"

class QPushButton;
class QTextBrowser;
class QTimer;

namespace bitloom::ui {

class HelpViewer : public QWidget {
    Q_OBJECT
public:
    explicit HelpViewer(const Theme& theme, QWidget* parent = nullptr);

    /// Names of the pages there are, without ".md".
    static QStringList pages();
    /// Shows a page; an unknown one shows the index. Back returns to the one before.
    void open(const QString& page);
    void back();
    [[nodiscard]] QString page() const { return m_page; }
    [[nodiscard]] QString text() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void render();
    void display(const QString& page);

    const Theme& m_theme;
    QTextBrowser* m_browser;
    QPushButton* m_back;
    QString m_page;
    QStringList m_before;
    QTimer* m_fit;  ///< pictures follow the width once it stands still
};

}  // namespace bitloom::ui
