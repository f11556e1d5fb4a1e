#pragma once
// What an empty library offers: one button that trains the demo comparison.

#include <functional>

class QWidget;

namespace bitloom::ui {

class Theme;

/// A page with the card in its middle; `start` is called when the demo is asked for.
QWidget* makeDemoCard(const Theme& theme, QWidget* parent, const std::function<void()>& start);

}  // namespace bitloom::ui
