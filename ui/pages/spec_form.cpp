#include "pages/spec_form.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "pages/split_slider.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

constexpr int labelWidth = 120;

QString text(const std::string& words) {
    return QString::fromStdString(words);
}

/// These have no control: the format is fixed, the preset has its chooser.
bool hasNoRow(const Option& option) {
    return option.key == "format" || option.key == "preset";
}

QJsonValue at(const QJsonObject& tree, const QStringList& path, bool& found) {
    QJsonValue node = tree;
    for (const QString& part : path) {
        const QJsonObject object = node.toObject();
        if (!object.contains(part)) {
            found = false;
            return {};
        }
        node = object.value(part);
    }
    found = true;
    return node;
}

void put(QJsonObject& tree, const QStringList& path, const QJsonValue& value) {
    if (path.size() == 1) {
        tree.insert(path.front(), value);
        return;
    }
    QJsonObject inner = tree.value(path.front()).toObject();
    put(inner, path.mid(1), value);
    tree.insert(path.front(), inner);
}

QStringList pathOf(const Option& option) {
    return text(option.key).split(QLatin1Char('.'));
}

/// What an empty field of a nullable option means.
QString emptyMeaning(const Option& option) {
    if (option.key == "training.steps") return SpecForm::tr("all epochs");
    return SpecForm::tr("automatic");
}

QWidget* makeBox(QVBoxLayout*& column, QWidget* parent) {
    auto* box = new QWidget(parent);
    column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    return box;
}

}  // namespace

std::string formSection(const Option& option) {
    const auto dot = option.key.find('.');
    if (dot == std::string::npos) return "";
    const std::string section = option.key.substr(0, dot);
    return section == "probes" ? "training" : section;
}

SpecForm::SpecForm(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    build();
    update();
}

void SpecForm::build() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_rows.reserve(specOptions().size());
    std::vector<std::string> sections;
    for (const Option& option : specOptions()) {
        const std::string section = formSection(option);
        if (!hasNoRow(option) &&
            std::find(sections.begin(), sections.end(), section) == sections.end()) {
            sections.push_back(section);
        }
    }
    for (const std::string& section : sections) {
        if (section != sections.front()) {
            column->addSpacing(spacing::gap);
            column->addWidget(makeHairline(Qt::Horizontal, this));
            column->addSpacing(spacing::gap);
        }
        std::vector<const Option*> folded;
        for (const Option& option : specOptions()) {
            if (hasNoRow(option) || formSection(option) != section) continue;
            if (option.advanced) {
                folded.push_back(&option);
            } else {
                addRow(option, column);
            }
        }
        if (folded.empty()) continue;
        auto* more = new QPushButton(this);
        setRole(more, ButtonRole::quiet);
        more->setObjectName(QStringLiteral("more.") + text(section));
        auto* line = new QHBoxLayout;
        line->setContentsMargins(0, 0, 0, 0);
        line->addSpacing(labelWidth);
        line->addWidget(more);
        line->addStretch(1);
        column->addLayout(line);
        m_sections[section].more = more;
        connect(more, &QPushButton::clicked, this, [this, section] {
            m_sections[section].open = !m_sections[section].open;
            update();
        });
        for (const Option* option : folded) addRow(*option, column);
    }
    column->addStretch(1);
}

void SpecForm::addRow(const Option& option, QVBoxLayout* column) {
    Row row;
    row.option = &option;
    QVBoxLayout* inner = nullptr;
    row.widget = makeBox(inner, this);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(0, 2, 0, 2);
    line->setSpacing(0);
    const bool opens = tableOf(option.key) != nullptr;
    auto* label =
        makeLabel(text(option.label), opens ? LabelRole::section : LabelRole::body, row.widget);
    label->setFixedWidth(labelWidth);
    label->setWordWrap(true);
    row.editor = makeFieldEditor(option, row.widget);
    row.editor->setMinimumHeight(spacing::control);
    label->setBuddy(row.editor);
    if (option.nullable) row.editor->setPlaceholder(emptyMeaning(option));
    line->addWidget(label, 0);
    line->addWidget(row.editor, 1);
    if (option.key == "dataset.train_share") {
        m_split = new SplitSlider(m_theme, row.widget);
        m_split->setObjectName(QStringLiteral("splitSlider"));
        auto* bar = new QHBoxLayout;
        bar->setContentsMargins(labelWidth, 0, 0, 0);
        bar->addWidget(m_split);
        inner->addLayout(bar);
        connect(m_split, &SplitSlider::moved, this, [this](double train, double valid) {
            editor("dataset.train_share")->setValue(train);
            editor("dataset.valid_share")->setValue(valid);
            onEdited("dataset.train_share");
        });
    }
    inner->addLayout(line);

    const auto addNote = [&](LabelRole role) {
        auto* note = makeLabel(QString(), role, row.widget);
        note->setWordWrap(true);
        note->setTextFormat(Qt::PlainText);
        note->hide();
        auto* indented = new QHBoxLayout;
        indented->setContentsMargins(labelWidth, 0, 0, 2);
        indented->addWidget(note);
        inner->addLayout(indented);
        return note;
    };
    if (opens) row.formula = addNote(LabelRole::caption);
    row.problem = addNote(LabelRole::bad);
    row.problem->setObjectName(QStringLiteral("problem.") + text(option.key));
    column->addWidget(row.widget);

    row.widget->installEventFilter(this);
    row.widget->setProperty("key", text(option.key));
    for (QWidget* inside : row.editor->findChildren<QWidget*>()) {
        inside->installEventFilter(this);
        inside->setProperty("key", text(option.key));
    }
    connect(row.editor, &FieldEditor::edited, this, [this, key = option.key] { onEdited(key); });
    m_rows.push_back(row);
}

bool SpecForm::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::Enter) {
        const QString key = watched->property("key").toString();
        if (!key.isEmpty()) Q_EMIT noted(note(key.toStdString()));
    }
    return QWidget::eventFilter(watched, event);
}

FieldEditor* SpecForm::editor(const std::string& key) const {
    for (const Row& row : m_rows) {
        if (row.option->key == key) return row.editor;
    }
    return nullptr;
}

QString SpecForm::chosen(const std::string& key) const {
    const FieldEditor* control = editor(key);
    return control ? control->value().toString() : QString();
}

bool SpecForm::matters(const std::string& key) const {
    bool conditional = false;
    for (const char* chooser :
         {"dataset.name", "model.cell", "quantizer.method", "normalization.method",
          "training.optimizer", "training.schedule.method"}) {
        const std::string name = chosen(chooser).toStdString();
        for (const Entry& entry : *tableOf(chooser)) {
            if (std::find(entry.options.begin(), entry.options.end(), key) == entry.options.end()) {
                continue;
            }
            if (entry.name == name) return true;
            conditional = true;
        }
    }
    return !conditional;
}

SideNote SpecForm::note(const std::string& key) const {
    const Option* option = findOption(key);
    if (!option) return {};
    SideNote note{text(option->label), text(option->help), text(option->formula),
                  text(option->source)};
    if (const auto* table = tableOf(key)) {
        if (const Entry* entry = findEntry(*table, chosen(key).toStdString())) {
            note = {text(entry->label), text(entry->summary), text(entry->formula),
                    text(entry->source)};
        }
    }
    return note;
}

void SpecForm::updateFormula(Row& row) {
    if (!row.formula) return;
    const Entry* entry =
        findEntry(*tableOf(row.option->key), chosen(row.option->key).toStdString());
    // Datasets, cells and optimizers explain themselves in the side note; the two that Bitloom
    // is about show their formula at once.
    const bool shown =
        entry && !entry->name.empty() && entry->name != "none" &&
        (row.option->key == "quantizer.method" || row.option->key == "normalization.method");
    row.formula->setText(shown ? text(entry->formula) : QString());
    row.formula->setToolTip(entry ? text(entry->source) : QString());
    row.formula->setVisible(shown);
}

void SpecForm::update() {
    if (FieldEditor* bits = editor("quantizer.bits")) {
        const Entry* method =
            findEntry(quantizerEntries(), chosen("quantizer.method").toStdString());
        bits->setNumbers(method ? method->bits : std::vector<int>{});
    }
    if (const FieldEditor* valid = editor("dataset.valid_share"); valid && m_split)
        m_split->setShares(editor("dataset.train_share")->value().toDouble(std::nan("")),
                           valid->value().toDouble(std::nan("")));
    std::map<std::string, int> changed, foldable;
    for (Row& row : m_rows) {
        const std::string section = formSection(*row.option);
        const bool used = matters(row.option->key);
        const bool folded = row.option->advanced && !m_sections[section].open;
        row.widget->setVisible(used && !folded);
        if (row.option->advanced && used) {
            ++foldable[section];
            if (row.editor->value() != fallbackOf(*row.option)) ++changed[section];
        }
        updateFormula(row);
    }
    for (auto& [name, section] : m_sections) {
        if (!section.more) continue;
        section.more->setVisible(foldable[name] > 0);
        QString words = section.open ? tr("Less") : tr("More");
        if (changed[name] > 0) words += tr(" (%1 changed)").arg(changed[name]);
        section.more->setText(words);
    }
}

void SpecForm::onEdited(const std::string& key) {
    update();
    Q_EMIT noted(note(key));
    Q_EMIT edited();
}

QJsonObject SpecForm::value() const {
    QJsonObject spec{{QStringLiteral("format"), 1}};
    for (const Row& row : m_rows) {
        if (matters(row.option->key)) put(spec, pathOf(*row.option), row.editor->value());
    }
    if (!m_preset.isEmpty()) {
        QJsonObject same = spec;
        same.remove(QStringLiteral("name"));
        if (same == m_presetFields) spec.insert(QStringLiteral("preset"), m_preset);
    }
    return spec;
}

std::string SpecForm::json() const {
    return QJsonDocument(value()).toJson(QJsonDocument::Indented).toStdString();
}

void SpecForm::setValue(const QJsonObject& spec) {
    // Choices first: the lists of others (bit-widths) depend on them.
    for (const bool choosers : {true, false}) {
        for (Row& row : m_rows) {
            if ((tableOf(row.option->key) != nullptr) != choosers) continue;
            bool found = false;
            const QJsonValue given = at(spec, pathOf(*row.option), found);
            row.editor->setValue(found ? given : fallbackOf(*row.option));
        }
        update();
    }
    m_preset.clear();
    m_presetFields = value();
    m_presetFields.remove(QStringLiteral("name"));
    m_preset = spec.value(QStringLiteral("preset")).toString();
    Q_EMIT edited();
}

bool SpecForm::setJson(const std::string& json) {
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(json));
    if (!document.isObject()) return false;
    setValue(document.object());
    return true;
}

void SpecForm::setSuggestedName(const QString& name) {
    if (FieldEditor* field = editor("name")) field->setPlaceholder(name);
}

std::vector<Problem> SpecForm::showProblems(const std::vector<Problem>& problems) {
    std::vector<Problem> homeless;
    std::map<std::string, QStringList> words;
    for (const Problem& problem : problems) {
        const auto home = std::find_if(m_rows.begin(), m_rows.end(), [&](const Row& row) {
            const bool inside = row.option->key == problem.field ||
                                row.option->key.starts_with(problem.field + ".");
            return !problem.field.empty() && inside && matters(row.option->key);
        });
        if (home == m_rows.end()) {
            homeless.push_back(problem);
            continue;
        }
        words[home->option->key] << text(problem.message);
        if (home->option->advanced) m_sections[formSection(*home->option)].open = true;
    }
    for (Row& row : m_rows) {
        const QStringList lines = words[row.option->key];
        row.problem->setText(lines.join(QLatin1Char('\n')));
        row.problem->setVisible(!lines.isEmpty());
        row.editor->setFaultyLook(!lines.isEmpty());
    }
    update();
    return homeless;
}

}  // namespace bitloom::ui
