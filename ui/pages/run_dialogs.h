#pragma once
// Questions about one run of the library, answered into it. Both return at once.

#include "experiment/library.h"

class QWidget;

namespace bitloom::ui {

class Workspace;

/// Asks for the tags, separated by commas.
void editTags(QWidget* parent, Workspace& workspace, const LibraryRun& run);
/// Asks for the note, any number of lines.
void editNote(QWidget* parent, Workspace& workspace, const LibraryRun& run);

}  // namespace bitloom::ui
