#include "models/spec_words.h"

#include <QCoreApplication>
#include <QStringList>

#include "experiment/catalog.h"
#include "models/format.h"

namespace bitloom::ui {
namespace {

QString labelOf(const std::vector<Entry>& table, const std::string& name) {
    const Entry* entry = findEntry(table, name);
    return QString::fromStdString(entry ? entry->label : name);
}

}  // namespace

QString specWords(const Spec& spec) {
    const auto tr = [](const char* words) {
        return QCoreApplication::translate("SpecWords", words);
    };
    const NetworkConfig& network = spec.network;
    QStringList model{labelOf(quantizerEntries(), network.quantizer.method)};
    if (!network.quantizer.method.empty()) {
        model << tr("%1 bit").arg(network.quantizer.bits);
        if (!network.quantizer.weightIh) model << tr("W_ih at 32 bits");
        if (!network.quantizer.weightHh) model << tr("W_hh at 32 bits");
    }
    if (network.normalization.method != "none") {
        const std::string& norm = network.normalization.method;
        model << (norm == "batch_shared"     ? tr("shared batch norm")
                  : norm == "batch_separate" ? tr("per-step batch norm")
                                             : tr("%1 norm").arg(QString::fromStdString(norm)));
    } else {
        model << tr("no normalization");
    }
    model << QStringLiteral("%1 %2 × %3")
                 .arg(labelOf(cellEntries(), network.cell == Cell::lstm ? "lstm" : "gru"))
                 .arg(network.layers)
                 .arg(network.hidden);
    const TrainingConfig& training = spec.training;
    QStringList recipe{QStringLiteral("%1 %2").arg(labelOf(optimizerEntries(), training.optimizer),
                                                   formatNumber(training.learningRate, 3))};
    const int length = spec.sequenceSteps > 0 ? spec.sequenceSteps : training.window;
    recipe << tr("batch %1 × %2 steps").arg(training.batch).arg(length);
    if (training.clipNorm > 0)
        recipe << tr("clipped at %1").arg(formatNumber(training.clipNorm, 3));
    recipe << tr("seed %1").arg(training.seed);
    if (!spec.start.run.empty()) {
        recipe << tr("starts from %1").arg(QString::fromStdString(spec.start.run));
    }
    return tr("%1 on %2; %3")
        .arg(model.join(QStringLiteral(", ")), labelOf(datasetEntries(), spec.dataset.name),
             recipe.join(QStringLiteral(", ")));
}

}  // namespace bitloom::ui
