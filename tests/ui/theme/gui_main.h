#pragma once
// One QApplication for a test program that GoogleTest's own main starts.

#include <gtest/gtest.h>

#include <QApplication>
#include <QDir>
#include <QImage>
#include <QWidget>

namespace bitloom::ui {

/// Started before the first test; lives until the program ends.
inline QApplication& application() {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    static int count = 1;
    static char name[] = "bitloom-test";
    static char* arguments[] = {name, nullptr};
    static auto* app = new QApplication(count, arguments);
    return *app;
}

/// Saves a picture to $BITLOOM_SHOTS, if that is set.
inline void shot(const QImage& image, const QString& name) {
    const QString folder = qEnvironmentVariable("BITLOOM_SHOTS");
    if (!folder.isEmpty()) image.save(QDir(folder).filePath(name + QStringLiteral(".png")));
}

inline void shot(QWidget& widget, const QString& name) {
    if (!qEnvironmentVariableIsEmpty("BITLOOM_SHOTS")) shot(widget.grab().toImage(), name);
}

}  // namespace bitloom::ui
