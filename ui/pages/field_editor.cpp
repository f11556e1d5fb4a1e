#include "pages/field_editor.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QStandardItemModel>
#include <QVBoxLayout>
#include <QWheelEvent>

#include "pages/elided_edit.h"
#include "theme/roles.h"
#include "theme/segmented.h"
#include "theme/theme.h"

namespace bitloom::ui {
namespace {

QHBoxLayout* tightRow(QWidget* owner) {
    auto* row = new QHBoxLayout(owner);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(spacing::half);
    return row;
}

QString text(const std::string& words) {
    return QString::fromStdString(words);
}

/// A list that leaves the wheel to the form it stands in.
class QuietCombo : public QComboBox {
public:
    using QComboBox::QComboBox;

protected:
    void wheelEvent(QWheelEvent* event) override { event->ignore(); }
};

/// Names of a choice and how they are shown.
struct Choice {
    QString name, label, family, toolTip;
};

std::vector<Choice> choicesOf(const Option& option) {
    std::vector<Choice> result;
    if (const auto* table = tableOf(option.key)) {
        for (const Entry& entry : *table) {
            result.push_back(
                {text(entry.name), text(entry.label), text(entry.family), text(entry.summary)});
        }
        return result;
    }
    for (const std::string& name : option.choices) {
        result.push_back({text(name), readable(name), {}, {}});
    }
    return result;
}

QJsonValue nameValue(const Option& option, const QString& name) {
    return name.isEmpty() && option.nullable ? QJsonValue(QJsonValue::Null) : QJsonValue(name);
}

class SegmentedEditor : public FieldEditor {
public:
    SegmentedEditor(const Option& option, QWidget* parent)
        : FieldEditor(parent), m_option(option), m_segments(new Segmented(this)) {
        for (const Choice& choice : choicesOf(option)) {
            m_segments->addSegment(choice.label, choice.name, choice.toolTip);
        }
        auto* row = tightRow(this);
        row->addWidget(m_segments);
        row->addStretch(1);
        setFocusProxy(m_segments);
        connect(m_segments, &Segmented::chosen, this, &FieldEditor::edited);
    }

    QJsonValue value() const override {
        return nameValue(m_option, m_segments->currentData().toString());
    }
    void setValue(const QJsonValue& value) override {
        m_segments->setCurrentData(value.toString());
    }

private:
    const Option& m_option;
    Segmented* m_segments;
};

/// Bit-widths: those the method has.
class NumbersEditor : public FieldEditor {
public:
    explicit NumbersEditor(QWidget* parent) : FieldEditor(parent), m_segments(new Segmented(this)) {
        auto* row = tightRow(this);
        row->addWidget(m_segments);
        row->addStretch(1);
        setFocusProxy(m_segments);
        connect(m_segments, &Segmented::chosen, this, &FieldEditor::edited);
    }

    QJsonValue value() const override {
        return m_segments->count() == 0 ? QJsonValue(QJsonValue::Null)
                                        : QJsonValue(m_segments->currentData().toInt());
    }
    void setValue(const QJsonValue& value) override {
        // null is "the fewest the method has", and that is what is shown.
        if (value.isNull() && m_segments->count() > 0) m_segments->setCurrentIndex(0);
        if (value.isDouble()) m_segments->setCurrentData(value.toInt());
    }
    void setNumbers(const std::vector<int>& numbers) override {
        if (numbers == m_numbers) return;
        const QVariant before = m_segments->currentData();
        m_numbers = numbers;
        const QSignalBlocker quiet(m_segments);
        m_segments->clear();
        for (const int number : numbers) m_segments->addSegment(QString::number(number), number);
        m_segments->setCurrentData(before);
    }

private:
    Segmented* m_segments;
    std::vector<int> m_numbers;
};

class ListEditor : public FieldEditor {
public:
    ListEditor(const Option& option, QWidget* parent)
        : FieldEditor(parent), m_option(option), m_list(new QuietCombo(this)) {
        m_list->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_list->setMinimumContentsLength(8);
        m_list->setMaxVisibleItems(24);
        QString family;
        for (const Choice& choice : choicesOf(option)) {
            if (choice.family != family && !choice.family.isEmpty()) addHeading(choice.family);
            family = choice.family;
            m_list->addItem(choice.label, choice.name);
            m_list->setItemData(m_list->count() - 1, choice.toolTip, Qt::ToolTipRole);
        }
        m_list->setCurrentIndex(m_list->findData(fallbackOf(option).toString()));
        tightRow(this)->addWidget(m_list);
        setFocusProxy(m_list);
        connect(m_list, &QComboBox::activated, this, &FieldEditor::edited);
    }

    QJsonValue value() const override {
        return nameValue(m_option, m_list->currentData().toString());
    }
    void setValue(const QJsonValue& value) override {
        const int index = m_list->findData(value.toString());
        if (index >= 0) m_list->setCurrentIndex(index);
    }
    void setFaultyLook(bool faulty) override { setFaulty(m_list, faulty); }

private:
    void addHeading(const QString& family) {
        m_list->addItem(readable(family.toStdString()), QVariant());
        auto* model = qobject_cast<QStandardItemModel*>(m_list->model());
        QStandardItem* item = model->item(m_list->count() - 1);
        item->setFlags(Qt::NoItemFlags);
        item->setFont(Theme::font(TextSize::caption, true));
    }

    const Option& m_option;
    QuietCombo* m_list;
};

class NumberEditor : public FieldEditor {
public:
    NumberEditor(const Option& option, QWidget* parent)
        : FieldEditor(parent), m_option(option), m_edit(new QLineEdit(this)) {
        m_edit->setFont(Theme::figures());
        auto* row = tightRow(this);
        m_edit->setMaximumWidth(112);
        row->addWidget(m_edit);
        if (!option.unit.empty()) {
            row->addWidget(makeLabel(text(option.unit), LabelRole::muted, this));
        }
        row->addStretch(1);
        setFocusProxy(m_edit);
        m_edit->installEventFilter(this);
        connect(m_edit, &QLineEdit::textEdited, this, &FieldEditor::edited);
    }

    QJsonValue value() const override {
        const QString words = m_edit->text().trimmed();
        if (words.isEmpty() && m_option.nullable) return QJsonValue::Null;
        bool fine = false;
        const qint64 whole = words.toLongLong(&fine);
        if (fine) return whole;
        const double real = words.toDouble(&fine);
        return fine ? QJsonValue(real) : QJsonValue(words);
    }
    void setValue(const QJsonValue& value) override {
        QString words;
        if (value.isString()) words = value.toString();
        if (value.isDouble()) {
            const double real = value.toDouble();
            const qint64 whole = value.toInteger();
            words = static_cast<double>(whole) == real
                        ? QString::number(whole)
                        : QString::number(real, 'g', QLocale::FloatingPointShortest);
        }
        if (words != m_edit->text()) m_edit->setText(words);
    }
    void setPlaceholder(const QString& words) override { m_edit->setPlaceholderText(words); }
    void setFaultyLook(bool faulty) override { setFaulty(m_edit, faulty); }

protected:
    /// Arrow keys count whole numbers up and down inside their range.
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (watched == m_edit && event->type() == QEvent::KeyPress &&
            m_option.type == OptionType::integer) {
            const int key = static_cast<QKeyEvent*>(event)->key();
            if (key == Qt::Key_Up || key == Qt::Key_Down) {
                count(key == Qt::Key_Up ? 1 : -1);
                return true;
            }
        }
        return FieldEditor::eventFilter(watched, event);
    }

private:
    void count(int by) {
        bool fine = false;
        const double next = static_cast<double>(m_edit->text().trimmed().toLongLong(&fine) + by);
        if (!fine || next < m_option.least || next > m_option.most) return;
        m_edit->setText(QString::number(static_cast<qint64>(next)));
        Q_EMIT edited();
    }

    const Option& m_option;
    QLineEdit* m_edit;
};

class CheckEditor : public FieldEditor {
public:
    explicit CheckEditor(const Option& option, QWidget* parent)
        : FieldEditor(parent), m_box(new QCheckBox(this)) {
        m_box->setAccessibleName(text(option.label));
        auto* row = tightRow(this);
        row->addWidget(m_box);
        row->addStretch(1);
        setFocusProxy(m_box);
        connect(m_box, &QCheckBox::clicked, this, &FieldEditor::edited);
    }

    QJsonValue value() const override { return m_box->isChecked(); }
    void setValue(const QJsonValue& value) override { m_box->setChecked(value.toBool()); }

private:
    QCheckBox* m_box;
};

class ChoicesEditor : public FieldEditor {
public:
    ChoicesEditor(const Option& option, QWidget* parent) : FieldEditor(parent) {
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, spacing::half, 0, spacing::half);
        column->setSpacing(spacing::half);
        for (const Choice& choice : choicesOf(option)) {
            auto* box = new QCheckBox(choice.label, this);
            box->setProperty("name", choice.name);
            column->addWidget(box);
            m_boxes.push_back(box);
            connect(box, &QCheckBox::clicked, this, &FieldEditor::edited);
        }
        if (!m_boxes.empty()) setFocusProxy(m_boxes.front());
    }

    QJsonValue value() const override {
        QJsonArray names;
        for (const QCheckBox* box : m_boxes) {
            if (box->isChecked()) names.append(box->property("name").toString());
        }
        return names;
    }
    void setValue(const QJsonValue& value) override {
        const QJsonArray names = value.toArray();
        for (QCheckBox* box : m_boxes) {
            box->setChecked(names.contains(QJsonValue(box->property("name").toString())));
        }
    }

private:
    std::vector<QCheckBox*> m_boxes;
};

class TextEditor : public FieldEditor {
public:
    TextEditor(const Option& option, QWidget* parent)
        : FieldEditor(parent), m_edit(new ElidedEdit(this)) {
        auto* row = tightRow(this);
        row->addWidget(m_edit);
        setFocusProxy(m_edit);
        connect(m_edit, &QLineEdit::textEdited, this, &FieldEditor::edited);
        if (option.type != OptionType::path) return;
        auto* browse = new QPushButton(tr("Choose…"), this);
        setRole(browse, ButtonRole::normal);
        row->addWidget(browse);
        if (option.key == "start.run") {
            connect(browse, &QPushButton::clicked, this,
                    [this] { choose(true, tr("Choose a run folder")); });
            return;
        }
        auto* menu = new QMenu(browse);
        menu->addAction(tr("A text file…"), this,
                        [this] { choose(false, tr("Choose a text file")); });
        menu->addAction(tr("A folder of text files…"), this,
                        [this] { choose(true, tr("Choose a folder of text files")); });
        browse->setMenu(menu);
    }

    QJsonValue value() const override { return m_edit->text().trimmed(); }
    void setValue(const QJsonValue& value) override {
        if (value.toString() != m_edit->text().trimmed()) m_edit->setText(value.toString());
        m_edit->setCursorPosition(0);
    }
    void setPlaceholder(const QString& words) override { m_edit->setPlaceholderText(words); }
    void setFaultyLook(bool faulty) override { setFaulty(m_edit, faulty); }

private:
    void choose(bool folder, const QString& title) {
        const QString chosen = folder
                                   ? QFileDialog::getExistingDirectory(this, title, m_edit->text())
                                   : QFileDialog::getOpenFileName(this, title, m_edit->text());
        if (chosen.isEmpty()) return;
        m_edit->setText(chosen);
        Q_EMIT edited();
    }

    QLineEdit* m_edit;
};

/// Few and short choices stand side by side; others go into a list.
bool fitsSegments(const Option& option) {
    const auto choices = choicesOf(option);
    qsizetype letters = 0;
    for (const Choice& choice : choices) letters += choice.label.size() + 3;
    return choices.size() <= 4 && letters <= 30;
}

FieldEditor* makeBare(const Option& option, QWidget* parent) {
    if (option.key == "quantizer.bits") return new NumbersEditor(parent);
    switch (option.type) {
        case OptionType::integer:
        case OptionType::real:
            return new NumberEditor(option, parent);
        case OptionType::boolean:
            return new CheckEditor(option, parent);
        case OptionType::choice:
            if (fitsSegments(option)) return new SegmentedEditor(option, parent);
            return new ListEditor(option, parent);
        case OptionType::choices:
            return new ChoicesEditor(option, parent);
        case OptionType::text:
        case OptionType::path:
            break;
    }
    return new TextEditor(option, parent);
}

}  // namespace

const std::vector<Entry>* tableOf(std::string_view key) {
    if (key == "dataset.name") return &datasetEntries();
    if (key == "model.cell") return &cellEntries();
    if (key == "quantizer.method") return &quantizerEntries();
    if (key == "normalization.method") return &normalizationEntries();
    if (key == "training.optimizer") return &optimizerEntries();
    if (key == "training.schedule.method") return &scheduleEntries();
    return nullptr;
}

QString readable(const std::string& name) {
    QString words = text(name).replace(QLatin1Char('_'), QLatin1Char(' '));
    if (!words.isEmpty()) words[0] = words[0].toUpper();
    return words;
}

QJsonValue fallbackOf(const Option& option) {
    // A bare value is no JSON document to Qt: it travels in an array.
    const QByteArray wrapped = "[" + QByteArray::fromStdString(option.fallback) + "]";
    return QJsonDocument::fromJson(wrapped).array().at(0);
}

FieldEditor* makeFieldEditor(const Option& option, QWidget* parent) {
    FieldEditor* editor = makeBare(option, parent);
    editor->setObjectName(text(option.key));
    editor->setValue(fallbackOf(option));
    return editor;
}

}  // namespace bitloom::ui
