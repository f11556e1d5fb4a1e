#pragma once
// What the style sheet knows beyond plain widgets: a role is the dynamic property "role" of a
// widget.

#include <QLabel>
#include <QWidget>

class QAbstractButton;

namespace bitloom::ui {

/// Buttons: primary (accent; one a page), normal (outlined), quiet (no border until hovered),
/// danger (quiet, in the colour bad), rail (icon over or beside a label in the left rail;
/// checkable).
enum class ButtonRole { primary, normal, quiet, danger, rail };
void setRole(QAbstractButton* button, ButtonRole role);

/// Surfaces: page (surface), card (raised, hairline, rounded), rail (sunken), bar (raised, hairline
/// below).
enum class SurfaceRole { page, card, rail, bar };
void setRole(QWidget* surface, SurfaceRole role);

/// Labels: body, caption (11 px muted), section (13 px strong), title (18 px strong), muted,
/// formula, good, warning, bad (13 px in that colour), figures (13 px, figures of equal width).
enum class LabelRole { body, caption, section, title, muted, formula, good, warning, bad, figures };
void setRole(QLabel* label, LabelRole role);
QLabel* makeLabel(const QString& text, LabelRole role, QWidget* parent = nullptr);

/// Marks an input as faulty (border in bad) or not; the words go beside it in a LabelRole::bad
/// label.
void setFaulty(QWidget* input, bool faulty);

/// A 1-px line in the colour hairline.
QWidget* makeHairline(Qt::Orientation orientation, QWidget* parent = nullptr);

}  // namespace bitloom::ui
