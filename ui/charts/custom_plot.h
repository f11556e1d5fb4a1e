#pragma once
// qcustomplot.h in a program built with QT_NO_KEYWORDS and QT_NO_FOREACH: its header uses Qt's old
// keywords, so they exist while it is read and not after. The only file that includes it.

#include <QtGlobal>

#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach(variable, container) for (variable : container)
#include <qcustomplot.h>
#undef foreach
#undef slots
#undef signals
