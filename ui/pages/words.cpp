#include "pages/words.h"

#include <QStringList>
#include <cmath>

namespace bitloom::ui {

double metricFactor(const std::string& metric) {
    return metric == "accuracy" ? 100 : 1;
}

QString numberText(double value, int digits) {
    return std::isfinite(value) ? QString::number(value, 'g', digits) : QStringLiteral("–");
}

QString splitText(const ModelSize& size) {
    QStringList parts;
    const auto add = [&](const char* name, std::int64_t bytes) {
        if (bytes > 0) parts << QLatin1String(name) + QLatin1Char(' ') + formatBytes(bytes);
    };
    add("weights", size.parts.weights);
    add("scales", size.parts.scales);
    add("norm", size.parts.norm);
    add("statistics", size.parts.statistics);
    add("biases", size.parts.bias);
    add("embedding", size.parts.embedding);
    add("decoder", size.parts.decoder);
    return parts.join(QStringLiteral(", "));
}

}  // namespace bitloom::ui
