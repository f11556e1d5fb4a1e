#pragma once
// A cell of Table 1 as the window asks for it and as `bitloom-cli spectral --json` answers.

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <optional>
#include <string>

namespace bitloom::ui {

/// One cell, as asked for and as answered by `bitloom-cli spectral --json`.
struct SpectralLine {
    int size = 512;
    QString label;
    std::string initialization;
    std::string quantizer;  ///< "" = as drawn
    int bits = 0;           ///< 0: the fewest the quantizer has
    enum class State { waiting, running, done, failed } state = State::waiting;
    double mean = 0, deviation = 0;
    std::optional<double> published, publishedDeviation, difference, floor;
    std::optional<bool> agrees;
    bool converged = true;
    QString problem;
};
/// Fills in the answer; false if it is none.
bool readSpectralAnswer(const QByteArray& json, SpectralLine& line);

/// The command that measures it.
QStringList spectralArguments(const SpectralLine& line, int seeds);

}  // namespace bitloom::ui
