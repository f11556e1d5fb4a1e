#include "charts/distribution_chart.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "charts/csv.h"

namespace bitloom::ui {
namespace {

using Member = double Quantiles::*;

std::vector<double> pick(const std::vector<Quantiles>& quantiles, Member member) {
    std::vector<double> values;
    values.reserve(quantiles.size());
    for (const Quantiles& each : quantiles) values.push_back(each.*member);
    return values;
}

}  // namespace

Quantiles quantilesOf(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    const double none = std::nan("");
    if (values.empty()) return {none, none, none, none, none};
    std::sort(values.begin(), values.end());
    const auto at = [&values](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto low = static_cast<std::size_t>(place);
        const std::size_t high = std::min(low + 1, values.size() - 1);
        return values[low] + (values[high] - values[low]) * (place - static_cast<double>(low));
    };
    return {at(0.05), at(0.25), at(0.5), at(0.75), at(0.95)};
}

int DistributionChart::addGroup(const QString& name, int run) {
    const int id = m_nextGroup++;
    Group& group = m_groups[id];
    group.name = name;
    // The outer band lies under the inner one: its series comes first.
    group.outer = addSeries({QString(), run});
    group.median = addSeries({name, run});
    return id;
}

void DistributionChart::setGroup(int group, const std::vector<double>& x,
                                 const std::vector<Quantiles>& quantiles) {
    const auto found = m_groups.find(group);
    if (found == m_groups.end()) return;
    Group& own = found->second;
    own.x = x;
    own.quantiles = quantiles;
    const std::size_t length = std::min(own.x.size(), own.quantiles.size());
    own.x.resize(length);
    own.quantiles.resize(length);
    if (m_outer) {
        setBand(own.outer, own.x, pick(own.quantiles, &Quantiles::p5),
                pick(own.quantiles, &Quantiles::p95));
    } else {
        setBand(own.outer, {}, {}, {});
    }
    setBand(own.median, own.x, pick(own.quantiles, &Quantiles::p25),
            pick(own.quantiles, &Quantiles::p75));
    setData(own.median, own.x, pick(own.quantiles, &Quantiles::p50));
}

void DistributionChart::setOuterBands(bool drawn) {
    if (drawn == m_outer) return;
    m_outer = drawn;
    for (const auto& [id, group] : std::map(m_groups)) setGroup(id, group.x, group.quantiles);
}

void DistributionChart::clearGroups() {
    m_groups.clear();
    clear();
}

QString DistributionChart::csv() const {
    static constexpr std::pair<const char*, Member> members[] = {{"5 %", &Quantiles::p5},
                                                                 {"25 %", &Quantiles::p25},
                                                                 {"50 %", &Quantiles::p50},
                                                                 {"75 %", &Quantiles::p75},
                                                                 {"95 %", &Quantiles::p95}};
    QStringList header{xAxis().title.isEmpty() ? QStringLiteral("x") : xAxis().title};
    std::set<double> places;
    for (const auto& [id, group] : m_groups) {
        for (const auto& [name, member] : members) {
            header.append(QStringLiteral("%1 %2").arg(group.name, QLatin1String(name)));
        }
        places.insert(group.x.begin(), group.x.end());
    }
    QString text = csvLine(header);
    for (const double x : places) {
        QStringList row{csvNumber(x)};
        for (const auto& [id, group] : m_groups) {
            const auto at = std::find(group.x.begin(), group.x.end(), x);
            for (const auto& [name, member] : members) {
                row.append(
                    at == group.x.end()
                        ? QString()
                        : csvNumber(
                              group.quantiles[static_cast<std::size_t>(at - group.x.begin())].*
                              member));
            }
        }
        text += csvLine(row);
    }
    return text;
}

}  // namespace bitloom::ui
