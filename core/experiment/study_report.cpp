#include "experiment/study_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "experiment/report_page.h"
#include "experiment/study_findings.h"

namespace bitloom {
namespace {

using Ordered = nlohmann::ordered_json;

std::string numberCell(const std::optional<double>& value, const std::string& unit) {
    return value ? "<td>" + escaped(shortNumber(*value) + unit) + "</td>"
                 : "<td class=\"m\">–</td>";
}

/// (measured - published) / published in percent.
std::optional<double> difference(const StudyValue& value) {
    if (!value.measured || !value.published || *value.published == 0) return std::nullopt;
    return 100 * (*value.measured - *value.published) / *value.published;
}

std::string valuesHtml(const std::vector<StudyValue>& values) {
    if (values.empty()) return {};
    const bool published = std::any_of(values.begin(), values.end(), [](const StudyValue& value) {
        return value.published || !value.source.empty();
    });
    std::string html = "<h2 class=\"part\">" +
                       std::string(published ? "Measured and published" : "Measured") +
                       "</h2><div class=\"card scroll\"><table><thead><tr><th class=\"l\">Run</th>"
                       "<th class=\"l\">Quantity</th><th class=\"l\">At</th><th>Measured</th>";
    if (published) html += "<th>Published</th><th>Difference</th><th class=\"l\">Where</th>";
    html += "</tr></thead><tbody>\n";
    for (const StudyValue& value : values) {
        html += "<tr><td class=\"l n\">" + escaped(value.run) + "</td><td class=\"l\">" +
                escaped(value.quantity) + "</td><td class=\"l\">" + escaped(value.at) + "</td>" +
                numberCell(value.measured, value.unit);
        if (published)
            html += numberCell(value.published, value.unit) + numberCell(difference(value), " %") +
                    "<td class=\"l\">" + escaped(value.source) + "</td>";
        html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

std::string spectralHtml(const std::vector<SpectralCell>& cells) {
    if (cells.empty()) return {};
    std::string html =
        "<div class=\"card scroll\"><table><thead><tr><th>d</th><th class=\"l\">Drawn as</th>"
        "<th class=\"l\">Quantizer</th><th>‖W‖₂</th><th>Deviation</th><th>Published</th>"
        "<th>Deviation</th><th>Difference</th><th>Floor</th><th>√d</th></tr></thead><tbody>\n";
    for (const SpectralCell& cell : cells) {
        const QuantizerConfig& quantizer = cell.experiment.quantizer;
        const RandomInitialization* drawn =
            findRandomInitialization(cell.experiment.initialization);
        const auto maybe = [&](bool there, double value) {
            return numberCell(there ? std::optional(value) : std::nullopt, "");
        };
        const bool paper = cell.published != nullptr;
        html += "<tr><td>" + std::to_string(cell.experiment.size) + "</td><td class=\"l\">" +
                escaped(std::string(drawn->label) + ", " + std::string(drawn->formula)) +
                "</td><td class=\"l\">" + escaped(labelOf(quantizerEntries(), quantizer.method)) +
                "</td>" + maybe(true, cell.result.mean) + maybe(true, cell.result.deviation) +
                maybe(paper, paper ? cell.published->mean : 0) +
                maybe(paper, paper ? cell.published->deviation : 0) +
                (paper ? "<td" + std::string(cell.agrees() ? "" : " class=\"off\"") + ">" +
                             shortNumber(100 * cell.difference()) + " %</td>"
                       : "<td class=\"m\">–</td>") +
                maybe(!quantizer.method.empty(), cell.result.floor) +
                maybe(true, std::sqrt(static_cast<double>(cell.experiment.size))) + "</tr>\n";
    }
    const SpectralAgreement agreement = agreementOf(cells);
    html += "</tbody></table></div>\n";
    if (agreement.published > 0)
        html += "<p class=\"m\">" + std::to_string(agreement.agreeing) + " of " +
                std::to_string(agreement.published) +
                " published cells agree within 2% or two deviations. Floor: (1 − s) B₁ √d, s the "
                "share of zeros and B₁ the smallest level.</p>\n";
    return html;
}

std::string findingsHtml(const std::vector<std::string>& findings) {
    if (findings.empty()) return {};
    std::string html = "<h2 class=\"part\">What was measured</h2>\n";
    for (const std::string& words : findings)
        html += "<p class=\"question\">" + escaped(words) + "</p>\n";
    return html;
}

Ordered number(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? Ordered(*value) : Ordered(nullptr);
}

Ordered momentJson(const LayerMoment& moment) {
    return {{"step", moment.step},
            {"growth", number(moment.growth)},
            {"last_step_growth", number(moment.lastGrowth)},
            {"lambda_1", number(moment.lambda1)},
            {"tightness", number(moment.tightness)},
            {"lyapunov", number(moment.exponent)}};
}

Ordered valueJson(const StudyValue& value) {
    return {{"member", value.key},
            {"run", value.run},
            {"quantity", value.quantity},
            {"at", value.at},
            {"measured", number(value.measured)},
            {"published", number(value.published)},
            {"difference_percent", number(difference(value))},
            {"source", value.source}};
}

}  // namespace

StudyResult readStudy(const StudyPlan& plan, std::vector<SpectralCell> cells) {
    StudyResult result;
    result.runs = readComparison(studyFolders(plan));
    for (const PlannedRun& planned : plan.runs)
        if (!planned.folder.empty()) result.keys.push_back(planned.member.key);
    result.cells = std::move(cells);
    std::vector<StudyRun> runs;
    for (std::size_t i = 0; i < result.runs.size(); ++i)
        runs.push_back({result.keys[i], &result.runs[i]});
    result.values = studyValues(*plan.study, runs);
    result.findings = studyFindings(*plan.study, runs, result.cells);
    const auto& asked = plan.study->quantities;
    if (std::find(asked.begin(), asked.end(), StudyQuantity::layers) != asked.end())
        result.layers = layerFigures(runs);
    return result;
}

std::string studyHtml(const StudyPlan& plan, const StudyResult& result) {
    const Study& study = *plan.study;
    std::string body = "<p class=\"question\"><b>" + escaped(study.question) +
                       "</b></p>\n<p class=\"question\">" + escaped(study.look) + "</p>\n";
    for (const std::string& note : plan.notes)
        body += "<p class=\"m\">" + escaped(note) + ".</p>\n";
    for (const PlannedRun& planned : plan.runs)
        if (!planned.problem.empty() || !planned.done())
            body += "<p class=\"m\">" + escaped(planned.member.label) + ": " +
                    escaped(planned.problem.empty() ? "not trained yet" : planned.problem) +
                    "</p>\n";
    body += findingsHtml(result.findings);
    body += layerTableHtml(result.layers);
    body += spectralHtml(result.cells);
    body += valuesHtml(result.values);
    if (!result.runs.empty())
        body += "<h2 class=\"part\">The runs</h2>\n" + comparisonBody(result.runs);
    return reportPage(study.title,
                      study.title + (plan.scale == StudyScale::quick ? " (quick)" : ""), body);
}

std::string studyJson(const StudyPlan& plan, const StudyResult& result) {
    const Study& study = *plan.study;
    Ordered tree = {{"study", study.name},
                    {"title", study.title},
                    {"scale", toString(plan.scale)},
                    {"question", study.question},
                    {"look", study.look},
                    {"findings", result.findings},
                    {"notes", plan.notes},
                    {"library", utf8(plan.library)}};
    const Ordered rows = Ordered::parse(comparisonJson(result.runs))["runs"];
    tree["members"] = Ordered::array();
    std::size_t at = 0;
    for (const PlannedRun& planned : plan.runs) {
        Ordered member = {{"key", planned.member.key},
                          {"label", planned.member.label},
                          {"start", planned.member.start},
                          {"status", toString(planned.status)},
                          {"problem", planned.problem}};
        member["run"] = planned.folder.empty() ? Ordered(nullptr) : rows[at++];
        tree["members"].push_back(std::move(member));
    }
    tree["values"] = Ordered::array();
    for (const StudyValue& value : result.values) tree["values"].push_back(valueJson(value));
    tree["layers"] = Ordered::array();
    for (const LayerFigures& row : result.layers)
        tree["layers"].push_back({{"member", row.key},
                                  {"run", row.run},
                                  {"layer", row.layer},
                                  {"start", momentJson(row.start)},
                                  {"end", momentJson(row.end)}});
    tree["spectral"] =
        result.cells.empty() ? Ordered(nullptr) : Ordered::parse(spectralTableJson(result.cells));
    return tree.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace bitloom
