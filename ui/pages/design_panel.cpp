#include "pages/design_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>
#include <exception>
#include <utility>

#include "models/format.h"
#include "pages/preset_chooser.h"
#include "theme/roles.h"

namespace bitloom::ui {
namespace {

constexpr int panelWidth = 380;
constexpr int noteHeight = 88;
constexpr int mostSeeds = 32;

QString labelOf(const std::string& field) {
    const Option* option = findOption(field);
    return QString::fromStdString(option ? option->label : field);
}

}  // namespace

DesignPanel::DesignPanel(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      m_theme(theme),
      m_form(new SpecForm(theme)),
      m_presets(new PresetChooser(this)) {
    setFixedWidth(panelWidth);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);

    auto* head = new QHBoxLayout;
    // The recipe ends where the fields do: they leave room for the scroll bar.
    head->setContentsMargins(spacing::margin, spacing::margin, spacing::margin + 10, spacing::gap);
    auto* label = makeLabel(tr("Preset"), LabelRole::section, this);
    label->setFixedWidth(120);
    head->setSpacing(0);
    head->addWidget(label);
    head->addWidget(m_presets, 1);
    column->addLayout(head);

    auto* scroll = new QScrollArea(this);
    scroll->setObjectName(QStringLiteral("formScroll"));
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_form->setContentsMargins(spacing::margin, spacing::half, spacing::margin, spacing::gap);
    scroll->setWidget(m_form);
    column->addWidget(scroll, 1);
    column->addWidget(makeHairline(Qt::Horizontal, this));
    column->addWidget(makeFoot());

    connect(m_form, &SpecForm::edited, this, &DesignPanel::onEdited);
    connect(m_form, &SpecForm::noted, this, &DesignPanel::showNote);
    connect(m_presets, &PresetChooser::chosen, this, &DesignPanel::setPreset);
    connect(&m_checker, &SpecChecker::checked, this, &DesignPanel::onChecked);
    showNote(m_form->note("quantizer.method"));
    showTwin();
    onEdited();
}

QWidget* DesignPanel::makeFoot() {
    auto* foot = new QWidget(this);
    auto* column = new QVBoxLayout(foot);
    column->setContentsMargins(spacing::margin, spacing::gap, spacing::margin, spacing::margin);
    column->setSpacing(spacing::half);

    auto* note = new QWidget(foot);
    note->setFixedHeight(noteHeight);  // the start button must not move when the note changes
    auto* lines = new QVBoxLayout(note);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(2);
    m_noteTitle = makeLabel({}, LabelRole::section, note);
    m_noteText = makeLabel({}, LabelRole::caption, note);
    m_noteText->setObjectName(QStringLiteral("sideNote"));
    m_noteText->setWordWrap(true);
    m_noteText->setTextFormat(Qt::PlainText);
    m_noteText->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_noteText->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    m_noteText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    lines->addWidget(m_noteTitle);
    lines->addWidget(m_noteText, 1);
    column->addWidget(note);
    column->addWidget(makeHairline(Qt::Horizontal, foot));
    column->addSpacing(spacing::half);

    const auto line = [&](LabelRole role, const char* name) {
        auto* label = makeLabel({}, role, foot);
        label->setObjectName(QLatin1String(name));
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        column->addWidget(label);
        return label;
    };
    m_size = line(LabelRole::figures, "size");
    m_split = line(LabelRole::caption, "sizeSplit");
    m_memory = line(LabelRole::caption, "trainingMemory");
    m_data = line(LabelRole::caption, "dataLine");
    m_problem = line(LabelRole::bad, "startProblem");
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_problem->hide();

    auto* row = new QHBoxLayout;
    row->setSpacing(spacing::gap);
    m_start = new QPushButton(tr("Start"), foot);
    m_start->setObjectName(QStringLiteral("start"));
    m_start->setMinimumWidth(96);
    setRole(m_start, ButtonRole::primary);
    m_seeds = new QSpinBox(foot);
    m_seeds->setObjectName(QStringLiteral("seeds"));
    m_seeds->setRange(1, mostSeeds);
    m_seeds->setPrefix(QStringLiteral("× "));
    m_seeds->setSuffix(tr(" seed"));
    m_seeds->setToolTip(tr("Trains the same spec with this many seeds, counted up from its own."));
    m_twin = new QCheckBox(tr("+ twin"), foot);
    m_twin->setObjectName(QStringLiteral("twin"));
    row->addWidget(m_start);
    row->addWidget(m_seeds);
    row->addWidget(m_twin);
    row->addStretch(1);
    column->addSpacing(spacing::half);
    column->addLayout(row);
    connect(m_start, &QPushButton::clicked, this, &DesignPanel::start);
    connect(m_seeds, &QSpinBox::valueChanged, this,
            [this](int seeds) { m_seeds->setSuffix(seeds == 1 ? tr(" seed") : tr(" seeds")); });
    return foot;
}

void DesignPanel::setJson(const std::string& json) {
    if (!m_form->setJson(json)) return;
    m_presets->setCurrent(m_form->preset());
    showNote(m_form->note("quantizer.method"));
}

void DesignPanel::setPreset(const QString& name) {
    try {
        setJson(name.isEmpty() ? defaultSpec() : presetSpec(name.toStdString()));
    } catch (const std::exception& error) {
        showProblem(QString::fromUtf8(error.what()));
    }
    m_presets->setCurrent(name);
    if (const Preset* preset = name.isEmpty() ? nullptr : findPreset(name.toStdString())) {
        showNote({QString::fromStdString(preset->group + ": " + preset->label),
                  QString::fromStdString(preset->summary + "."),
                  {},
                  {}});
    }
}

void DesignPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    m_checker.check(m_form->json());  // data may have come since the last look
}

void DesignPanel::onEdited() {
    m_spec.reset();
    m_startWanted = false;
    m_checker.check(m_form->json());
    updateStart();
}

void DesignPanel::onChecked(const SpecReport& report) {
    std::vector<Problem> rest = m_form->showProblems(report.problems);
    m_spec = report.problems.empty() ? report.spec : std::nullopt;
    if (report.spec) {
        Spec untitled = *report.spec;
        untitled.name.clear();
        m_form->setSuggestedName(QString::fromStdString(specTitle(untitled)));
    }
    QString words;
    if (!rest.empty()) {
        words = QString::fromStdString(rest.front().message);
    } else if (!report.problems.empty()) {
        words = report.problems.size() == 1
                    ? tr("%1: %2").arg(labelOf(report.problems.front().field),
                                       QString::fromStdString(report.problems.front().message))
                    : tr("%1 fields need a look.").arg(report.problems.size());
    }
    showProblem(words);
    m_start->setToolTip(words);
    showSize(report);
    showTwin();
    updateStart();
    if (std::exchange(m_startWanted, false)) start();
}

/// A run in full precision is its own twin.
void DesignPanel::showTwin() {
    const bool quantized = !m_spec || !m_spec->network.quantizer.method.empty();
    m_twin->setEnabled(quantized);
    m_twin->setToolTip(quantized
                           ? tr("Also trains the same run in full precision, to compare with.")
                           : tr("This run is in full precision: it would be its own twin."));
}

/// In the place of the captions, so that nothing moves.
void DesignPanel::showProblem(const QString& words) {
    QLabel* const captions[] = {m_split, m_memory, m_data};
    if (!words.isEmpty() && m_problem->isHidden()) {
        int height = 2 * m_problem->parentWidget()->layout()->spacing();
        for (const QLabel* caption : captions) height += caption->sizeHint().height();
        m_problem->setFixedHeight(height);
    }
    m_problem->setText(words);
    m_problem->setToolTip(words);
    for (QLabel* caption : captions) caption->setVisible(words.isEmpty());
    m_problem->setVisible(!words.isEmpty());
}

void DesignPanel::showSize(const SpecReport& report) {
    // While a field is wrong the last known size stays, muted would flicker on every letter.
    if (!report.size) return;
    m_size->setText(tr("%1 (paper)   %2 packed, whole model %3")
                        .arg(formatPaperKb(report.size->paperKb),
                             formatBytes(report.size->recurrentBytes),
                             formatBytes(report.size->modelBytes)));
    const QString split = formatParts(*report.size);
    m_split->setText(split);
    m_split->setToolTip(split);
    if (report.memory) {
        m_memory->setText(tr("training memory about %1")
                              .arg(QString::fromStdString(memoryWords(report.memory->total()))));
        m_memory->setToolTip(formatParts(*report.memory));
    }
    if (!report.dataset) return;
    const DatasetInfo& info = *report.dataset;
    const Entry* entry = findEntry(datasetEntries(), info.name);
    QStringList words{QString::fromStdString(entry ? entry->label : info.label)};
    if (info.floor) words << tr("floor %1").arg(formatMetric(info.metric, info.floor));
    if (info.symbols[0] > 0) {
        const bool stream = info.task == Task::language_model;
        words << (stream ? tr("%1 symbols") : tr("%1 sequences")).arg(formatCount(info.symbols[0]));
    }
    if (info.vocabulary > 0) words << QStringLiteral("V %1").arg(info.vocabulary);
    m_data->setText(words.join(QStringLiteral(" · ")));
    m_data->setToolTip(m_data->text());
}

void DesignPanel::showNote(const SideNote& note) {
    if (note.title.isEmpty()) return;
    m_noteTitle->setText(note.title);
    QStringList lines;
    for (const QString& words : {note.help, note.formula, note.source}) {
        if (!words.isEmpty()) lines << words;
    }
    m_noteText->setText(lines.join(QLatin1Char('\n')));
    m_noteText->setToolTip(m_noteText->text());
}

bool DesignPanel::canStart() const {
    return m_spec.has_value() && !m_checker.busy();
}

void DesignPanel::updateStart() {
    // While a check is on its way the button keeps its look; start() in that moment waits for it.
    if (m_checker.busy()) return;
    m_start->setEnabled(canStart());
}

std::vector<Spec> DesignPanel::series(const Spec& spec, int seeds, bool twins) {
    std::vector<Spec> specs;
    for (int i = 0; i < seeds; ++i) {
        Spec one = spec;
        one.training.seed = spec.training.seed + static_cast<std::uint64_t>(i);
        Spec bare = spec;
        bare.name.clear();
        // Parsing gives an unnamed spec its title; a twin of such a one gets a title of its own.
        const bool untitledSpec = spec.name.empty() || spec.name == specTitle(bare);
        if (one.name.empty()) one.name = specTitle(bare);
        const std::string base = one.name;
        const std::string which =
            seeds > 1 ? ", seed " + std::to_string(one.training.seed) : std::string();
        one.name += which;
        if (twins && !spec.network.quantizer.method.empty()) {
            Spec twin = one;
            twin.preset.clear();
            twin.network.quantizer = QuantizerConfig{};
            twin.training.clipLatent = TrainingConfig{}.clipLatent;
            twin.training.latentScale = TrainingConfig{}.latentScale;
            Spec untitled = twin;
            untitled.name.clear();
            twin.name =
                untitledSpec ? specTitle(untitled) + which : base + " (full precision)" + which;
            specs.push_back(std::move(one));
            specs.push_back(std::move(twin));
        } else {
            specs.push_back(std::move(one));
        }
    }
    return specs;
}

void DesignPanel::start() {
    m_startWanted = m_checker.busy();
    if (!canStart()) return;
    Q_EMIT startRequested(series(*m_spec, m_seeds->value(), m_twin->isChecked()));
}

}  // namespace bitloom::ui
