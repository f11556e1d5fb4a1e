#pragma once
// Left side of the Experiment page: recipe, form, side note, size before training, and the start
// row.

#include <QWidget>
#include <optional>

#include "pages/spec_form.h"
#include "session/spec_checker.h"

class QCheckBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace bitloom::ui {

class PresetChooser;

class DesignPanel : public QWidget {
    Q_OBJECT
public:
    explicit DesignPanel(const Theme& theme, QWidget* parent = nullptr);

    /// Shows a complete spec (of a run to repeat, of a preset).
    void setJson(const std::string& json);
    /// Shows a recipe of the catalog.
    void setPreset(const QString& name);
    [[nodiscard]] SpecForm& form() const { return *m_form; }
    [[nodiscard]] bool canStart() const;
    /// Asks for the start as the button does; refused while the spec has problems.
    void start();

    /// The specs the start row asks for: one a seed, and the full-precision twins.
    [[nodiscard]] static std::vector<Spec> series(const Spec& spec, int seeds, bool twins);

Q_SIGNALS:
    void startRequested(const std::vector<bitloom::Spec>& specs);

protected:
    void showEvent(QShowEvent* event) override;

private:
    void onEdited();
    void onChecked(const SpecReport& report);
    void showNote(const SideNote& note);
    void showTwin();
    void showProblem(const QString& words);
    void showSize(const SpecReport& report);
    void updateStart();
    QWidget* makeFoot();

    const Theme& m_theme;
    SpecForm* m_form;
    PresetChooser* m_presets;
    SpecChecker m_checker;
    std::optional<Spec>
        m_spec;  ///< of the last report, if it can run and is still what the form says
    bool m_startWanted = false;  ///< asked for while a check was on its way
    QLabel *m_noteTitle, *m_noteText, *m_size, *m_split, *m_memory, *m_problem, *m_data;
    QSpinBox* m_seeds;
    QCheckBox* m_twin;
    QPushButton* m_start;
};

}  // namespace bitloom::ui
