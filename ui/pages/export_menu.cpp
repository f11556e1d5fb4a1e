#include "pages/export_menu.h"

#include <QCoreApplication>
#include <QMenu>
#include <QPushButton>

#include "charts/chart.h"

namespace bitloom::ui {

void makeExportMenu(QPushButton& button, std::function<std::vector<Chart*>()> charts) {
    auto* menu = new QMenu(&button);
    QObject::connect(menu, &QMenu::aboutToShow, menu, [menu, charts = std::move(charts)] {
        // Submenus belong to the menu: clear() only takes their actions.
        qDeleteAll(menu->findChildren<QMenu*>(QString(), Qt::FindDirectChildrenOnly));
        menu->clear();
        for (Chart* chart : charts()) {
            QMenu* own = menu->addMenu(chart->title());
            own->setEnabled(!chart->isEmpty());
            for (const char* suffix : {"png", "svg", "pdf", "csv"}) {
                const QString name = QLatin1String(suffix);
                QObject::connect(own->addAction(name.toUpper()), &QAction::triggered, chart,
                                 [chart, name] { chart->exportWithDialog(name); });
            }
        }
        if (menu->isEmpty()) {
            menu->addAction(QCoreApplication::translate("ExportMenu", "No figure here"))
                ->setEnabled(false);
        }
    });
    button.setMenu(menu);
}

}  // namespace bitloom::ui
