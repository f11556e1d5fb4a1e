#include "pages/run_names.h"

#include <QSet>
#include <algorithm>
#include <exception>
#include <functional>

#include "base/files.h"
#include "models/format.h"

namespace bitloom::ui {
namespace {

QString seedWords(const LibraryRun& run) {
    try {
        const auto path = run.folder / "spec.json";
        const Spec spec = parseSpec(readFile(path), utf8(path));
        return QStringLiteral("seed %1").arg(spec.training.seed);
    } catch (const std::exception&) {
        return {};  // an unreadable spec: the time tells
    }
}

QString momentWords(const LibraryRun& run) {
    return formatMoment(run.created);
}

QString folderWords(const LibraryRun& run) {
    return QString::fromStdString(run.id);
}

}  // namespace

void tellApart(std::vector<ShownRun>& runs, const std::vector<const LibraryRun*>& records) {
    for (std::size_t first = 0; first < runs.size(); ++first) {
        const QString name = runs[first].name;
        std::vector<std::size_t> same;
        for (std::size_t i = first; i < runs.size(); ++i) {
            if (runs[i].name == name) same.push_back(i);
        }
        if (same.size() < 2) continue;
        for (const auto& words : {&seedWords, &momentWords, &folderWords}) {
            QStringList added;
            for (const std::size_t i : same) added << words(*records[i]);
            if (QSet<QString>(added.begin(), added.end()).size() < added.size()) continue;
            for (std::size_t i = 0; i < same.size(); ++i) {
                const QString& more = added[static_cast<qsizetype>(i)];
                if (!more.isEmpty()) runs[same[i]].name = name + QStringLiteral(", ") + more;
            }
            break;
        }
    }
    for (ShownRun& run : runs) run.shortName = run.name;
}

void shorten(std::vector<ShownRun>& runs) {
    if (runs.size() < 2) return;
    const QString comma = QStringLiteral(", ");
    QStringList shared = runs.front().name.split(comma);
    for (const ShownRun& run : runs) {
        const QStringList parts = run.name.split(comma);
        shared.removeIf([&](const QString& part) { return !parts.contains(part); });
    }
    for (ShownRun& run : runs) {
        QStringList parts = run.name.split(comma);
        parts.removeIf([&](const QString& part) { return shared.contains(part); });
        if (!parts.isEmpty()) run.shortName = parts.join(comma);
    }
}

}  // namespace bitloom::ui
