// What the search of the top bar finds: pages and places on them, actions, studies, help and runs.

#include "experiment/studies.h"
#include "pages/inspect_page.h"
#include "pages/reproduce_page.h"
#include "window/help_viewer.h"
#include "window/main_window.h"
#include "window/page_rows.h"
#include "window/search_popup.h"

namespace bitloom::ui {

std::vector<SearchHit> MainWindow::searchHits() {
    std::vector<SearchHit> hits;
    for (const PageRow& entry : pageRows) {
        const QString name = QLatin1String(entry.name);
        hits.push_back({tr("Page"), tr(entry.label), {}, [this, name] { showPage(name); }});
    }
    const auto action = [&](const QString& title, const QString& words, auto work) {
        hits.push_back({tr("Action"), title, words, work});
    };
    action(tr("Run the demo comparison"), tr("first start example"), [this] { runDemo(); });
    action(tr("Light theme"), tr("colours"), [this] { setThemeMode(Theme::Mode::light); });
    action(tr("Dark theme"), tr("colours night"), [this] { setThemeMode(Theme::Mode::dark); });
    action(tr("Theme as the system"), tr("colours"), [this] { setThemeMode(Theme::Mode::system); });
    action(tr("Open or create a library…"), tr("folder switch"), [this] { askForLibrary(); });
    action(tr("Look for changed run folders"), tr("refresh reload"),
           [this] { m_workspace.refresh(); });
    const std::pair<const char*, QString> tabs[] = {
        {"gradients", tr("Inspect: gradients")},
        {"spectra", tr("Inspect: spectra and Lyapunov exponents")},
        {"weights", tr("Inspect: weights and gains")},
        {"statistics", tr("Inspect: batch-norm statistics")},
        {"events", tr("Inspect: events")}};
    for (const auto& [tab, title] : tabs) {
        hits.push_back({tr("Page"), title, {}, [this, tab = QLatin1String(tab)] {
                            showPage(QStringLiteral("inspect/") + tab);
                        }});
    }
    hits.push_back({tr("Page"), tr("Compare: probes"), tr("lambda lyapunov growth tightness"),
                    [this] { showPage(QStringLiteral("compare/probes")); }});
    for (const auto& [section, title] : ReproducePage::sections()) {
        hits.push_back({tr("Page"), tr("Reproduce: %1").arg(title), tr("why it explodes"),
                        [this, section = section] { showSection(section); }});
    }
    for (const Study& study : studies()) {
        const auto text = [](const std::string& words) { return QString::fromStdString(words); };
        hits.push_back({tr("Study"), text(study.title), text(study.name + " " + study.question),
                        [this, name = study.name] {
                            showPage(QStringLiteral("reproduce"));
                            reproducePage().showStudy(name);
                        }});
    }
    for (const QString& name : HelpViewer::pages()) {
        QString title = name;
        title.replace(QLatin1Char('-'), QLatin1Char(' '));
        hits.push_back({tr("Help"), title, {}, [this, name] { openHelp(name); }});
    }
    for (const LibraryRun& run : m_workspace.runs()) {
        const auto text = [](const std::string& words) { return QString::fromStdString(words); };
        QStringList words{text(run.dataset), text(run.quantizer), text(run.normalization),
                          text(run.cell),    text(run.note),      text(run.id)};
        for (const std::string& tag : run.tags) words << text(tag);
        hits.push_back({tr("Run"), text(run.summary.name.empty() ? run.id : run.summary.name),
                        words.join(QLatin1Char(' ')),
                        [this, folder = run.folder] { showRun(folder); }});
    }
    return hits;
}

}  // namespace bitloom::ui
