#pragma once
// The rail, top to bottom. Private to ui/window.

#include <QtGlobal>

namespace bitloom::ui {

struct PageRow {
    const char* name;
    const char* label;
    const char* icon;
};

/// The rail, top to bottom: only pages that exist.
inline constexpr PageRow pageRows[] = {
    {"experiment", QT_TR_NOOP("Experiment"), "experiment"},
    {"compare", QT_TR_NOOP("Compare"), "compare"},
    {"inspect", QT_TR_NOOP("Inspect"), "inspect"},
    {"data", QT_TR_NOOP("Data"), "data"},
    {"reproduce", QT_TR_NOOP("Reproduce"), "reproduce"},
};

}  // namespace bitloom::ui
