#pragma once
// The form of a spec, generated from the catalog: a row an option, in the catalog's order, grouped
// by section. Options that only matter with some choice show only then; advanced ones are folded
// away.

#include <QJsonObject>
#include <QWidget>
#include <map>
#include <string>
#include <vector>

#include "experiment/spec.h"
#include "pages/field_editor.h"
#include "theme/theme.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace bitloom::ui {

class SplitSlider;

/// What the side note says of a choice.
struct SideNote {
    QString title, help, formula, source;
};

class SpecForm : public QWidget {
    Q_OBJECT
public:
    explicit SpecForm(const Theme& theme, QWidget* parent = nullptr);

    /// The fields that matter with the choices made, nested as in spec.json.
    [[nodiscard]] QJsonObject value() const;
    /// The same as JSON text.
    [[nodiscard]] std::string json() const;
    /// Shows a spec; missing fields get the catalog's defaults. Emits edited() once.
    void setValue(const QJsonObject& spec);
    /// setValue() of JSON text; false if it is none.
    bool setJson(const std::string& json);

    /// Words under the fields at fault; returns those that belong to no field in sight.
    std::vector<Problem> showProblems(const std::vector<Problem>& problems);

    /// Whether the option matters with the choices made.
    [[nodiscard]] bool matters(const std::string& key) const;
    /// The control of an option; nullptr for `format` and `preset`, which have none.
    [[nodiscard]] FieldEditor* editor(const std::string& key) const;
    [[nodiscard]] SideNote note(const std::string& key) const;
    /// The recipe the fields came from, named in the spec until a field changes.
    [[nodiscard]] QString preset() const { return m_preset; }
    /// Shows in the empty name field what the run will be called.
    void setSuggestedName(const QString& name);

Q_SIGNALS:
    void edited();
    /// The focus or the pointer came to an option.
    void noted(const bitloom::ui::SideNote& note);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    struct Row {
        const Option* option = nullptr;
        QWidget* widget = nullptr;
        FieldEditor* editor = nullptr;
        QLabel* formula = nullptr;  ///< under choices that have one
        QLabel* problem = nullptr;
    };
    struct Section {
        QPushButton* more = nullptr;
        bool open = false;
    };

    void build();
    void addRow(const Option& option, QVBoxLayout* column);
    void update();
    void updateFormula(Row& row);
    [[nodiscard]] QString chosen(const std::string& key) const;
    void onEdited(const std::string& key);

    const Theme& m_theme;
    SplitSlider* m_split = nullptr;
    std::vector<Row> m_rows;
    std::map<std::string, Section> m_sections;
    QString m_preset;
    QJsonObject m_presetFields;  ///< the fields right after the recipe was shown, without name
};

/// Section of an option in the form: the first part of its key, probes with the training.
std::string formSection(const Option& option);

}  // namespace bitloom::ui
