#include "experiment/report_page.h"

#include "experiment/run_folder.h"

namespace bitloom {
namespace {

constexpr const char* k_style = R"(
:root{color-scheme:light dark;--page:#f6f7f9;--raised:#fff;--hairline:#e3e6ea;--text:#1b1f24;--muted:#67707b;
--accent:#2f6fdb;--bad:#b3261e;--good:#1b7f4b}
@media(prefers-color-scheme:dark){:root{--page:#14171b;--raised:#1c2026;--hairline:#2c323a;--text:#e6e9ed;
--muted:#97a1ad;--accent:#6ea4ff;--bad:#ff8a80;--good:#6fd3a0}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--text);
font:13px/1.5 system-ui,"Segoe UI","Noto Sans",sans-serif}
main{max-width:1240px;margin:0 auto;padding:32px 24px 48px}h1{font-size:18px;font-weight:600;margin:0 0 4px}
h2{font-size:13px;font-weight:600;margin:0 0 8px}.lead{color:var(--muted);margin:0 0 24px}
.card{background:var(--raised);border:1px solid var(--hairline);border-radius:8px;padding:16px}
.scroll{overflow-x:auto;margin-bottom:24px}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:8px 12px;white-space:nowrap;border-bottom:1px solid var(--hairline)}
th{font-size:11px;font-weight:500;color:var(--muted)}tr:last-child td{border-bottom:0}
th.l,td.l{text-align:left}th.c{text-align:center}td.n{white-space:normal;min-width:180px;font-weight:500}td.best{color:var(--good);font-weight:600}
.status-diverged,.status-failed,.status-lost{color:var(--bad)}.m{color:var(--muted)}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:24px}
svg{display:block;width:100%;height:auto}svg.sample{width:28px;height:10px;display:inline-block}
.tick,.label,.note,.name{font-size:11px;fill:var(--muted);font-variant-numeric:tabular-nums}
.name{fill:var(--text);font-size:12px}.grid svg text{font-family:inherit}
line.grid{stroke:var(--hairline);stroke-width:1}line.axis{stroke:var(--muted);stroke-width:1;opacity:.5}
line.reference{stroke:var(--muted);stroke-width:1;stroke-dasharray:4 4}
.line{fill:none;stroke:currentColor;stroke-width:1.4;stroke-linejoin:round}.dot{fill:currentColor}
.cross{stroke:currentColor;stroke-width:1.8;fill:none}
.paper{fill:currentColor;opacity:.35}.band{fill:currentColor;opacity:.14}.span{fill:var(--muted);opacity:.12}
.published{fill:none;stroke:currentColor;stroke-width:1;opacity:.5}.ring{fill:none;stroke:currentColor;stroke-width:1.2}
.part{fill:currentColor}.part-scales{opacity:.8}.part-norm{opacity:.65}
.part-statistics{opacity:.45}.part-biases{opacity:.55}
p.question{margin:0 0 8px;max-width:820px}td.off{color:var(--bad)}h2.part{font-size:15px;margin:32px 0 12px}
footer{color:var(--muted);font-size:11px;margin-top:24px}
@media print{body{background:#fff}.card{break-inside:avoid}}
)";

/// The colours of runs as variables, light and dark, and the classes that take them.
std::string runColourStyle() {
    std::string light, dark, classes;
    for (int style = 0; style < k_runStyles; ++style) {
        const std::string variable = "--" + runClass(style);
        light += variable + ":" + runColour(style, false) + ";";
        dark += variable + ":" + runColour(style, true) + ";";
        classes += "." + runClass(style) + "{color:var(" + variable + ")}";
    }
    return ":root{" + light + "}@media(prefers-color-scheme:dark){:root{" + dark + "}}" + classes;
}

}  // namespace

std::string metricLabel(const std::string& metric) {
    if (metric == "bits_per_character") return "bits per character";
    if (metric == "mean_squared_error") return "mean squared error";
    return metric.empty() ? "value" : metric;
}

bool higherIsBetter(const std::string& metric) {
    return metric == "accuracy";
}

/// Accuracy is read in percent, everything else as it is.
double shown(const std::string& metric, double value) {
    return metric == "accuracy" ? 100 * value : value;
}

std::string labelOf(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return entry ? entry->label : name;
}

std::string card(const std::string& title, const std::string& svg, const std::string& note) {
    if (svg.empty()) return {};
    return "<section class=\"card\"><h2>" + escaped(title) + "</h2>\n" + svg +
           (note.empty() ? "" : "<div class=\"m\">" + escaped(note) + "</div>") + "</section>\n";
}

std::string card(const Chart& chart, const std::string& note) {
    return card(chart.title, chartSvg(chart), note);
}

std::string reportPage(const std::string& title, const std::string& heading,
                       const std::string& body) {
    std::string html =
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>" +
        escaped(title) + "</title><style>";
    html += k_style + runColourStyle();
    html += "</style></head><body><main><h1>" + escaped(heading) +
            "</h1>\n<p class=\"lead\">Bitloom " + std::string(BITLOOM_VERSION) + ", " + utcNow() +
            ". Lines differ in colour and in dash.</p>\n";
    html += body;
    html +=
        "<footer>Best and last are validation values; published values are test results "
        "of Hou, Zhu, Kwok, Gao, Qin, Liu: Normalization Helps Training of Quantized LSTM, "
        "NeurIPS 2019.</footer></main></body></html>\n";
    return html;
}

}  // namespace bitloom
