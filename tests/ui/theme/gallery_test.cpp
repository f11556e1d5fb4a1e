// Every control in one window, painted in both themes. BITLOOM_SHOTS=DIR saves the pictures.

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QSlider>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableWidget>
#include <QToolButton>

#include "theme/roles.h"
#include "theme/segmented.h"
#include "theme/theme.h"
#include "ui/theme/gui_main.h"

namespace bitloom::ui {
namespace {

QString text(const char* words) {
    return QString::fromUtf8(words);
}

QWidget* controls(const Theme& theme, QWidget* parent) {
    auto* card = new QWidget(parent);
    setRole(card, SurfaceRole::card);
    auto* form = new QFormLayout(card);
    form->setContentsMargins(16, 16, 16, 16);
    form->setVerticalSpacing(8);
    form->setHorizontalSpacing(16);
    form->addRow(makeLabel(text("Quantizer"), LabelRole::section));
    auto* quantizer = new QComboBox;
    quantizer->addItems({text("BinaryConnect"), text("TernaryConnect"), text("Trained ternary")});
    form->addRow(makeLabel(text("Method"), LabelRole::muted), quantizer);
    form->addRow({}, makeLabel(text("Q(W) = sign(W)   Courbariaux, Bengio, David 2015"),
                               LabelRole::caption));
    auto* cell = new Segmented;
    for (const char* name : {"LSTM", "GRU"}) cell->addSegment(QLatin1String(name));
    form->addRow(makeLabel(text("Cell"), LabelRole::muted), cell);
    auto* hidden = new QSpinBox;
    hidden->setRange(1, 4096);
    hidden->setValue(128);
    form->addRow(makeLabel(text("Hidden units"), LabelRole::muted), hidden);
    auto* rate = new QLineEdit(text("0.02x"));
    setFaulty(rate, true);
    form->addRow(makeLabel(text("Learning rate"), LabelRole::muted), rate);
    form->addRow({}, makeLabel(text("A number above 0, such as 0.002."), LabelRole::bad));
    auto* clip = new QDoubleSpinBox;
    clip->setEnabled(false);
    form->addRow(makeLabel(text("Clip norm"), LabelRole::muted), clip);
    auto* twin = new QCheckBox(text("with a full-precision twin"));
    twin->setChecked(true);
    form->addRow({}, twin);
    form->addRow({}, new QCheckBox(text("tie embedding and readout")));
    auto* radio = new QRadioButton(text("layer normalization"));
    radio->setChecked(true);
    form->addRow({}, radio);
    form->addRow({}, new QRadioButton(text("batch normalization")));
    auto* slider = new QSlider(Qt::Horizontal);
    slider->setValue(60);
    form->addRow(makeLabel(text("Smoothing"), LabelRole::muted), slider);
    auto* progress = new QProgressBar;
    progress->setValue(40);
    progress->setTextVisible(false);
    form->addRow(makeLabel(text("Progress"), LabelRole::muted), progress);
    auto* row = new QHBoxLayout;
    auto* start = new QPushButton(theme.icon(text("play"), Token::onAccent), text("Start"));
    setRole(start, ButtonRole::primary);
    row->addWidget(start);
    row->addWidget(new QPushButton(text("Queue")));
    auto* quiet = new QPushButton(theme.icon(text("undo")), text("Undo"));
    setRole(quiet, ButtonRole::quiet);
    row->addWidget(quiet);
    auto* trash = new QPushButton(theme.icon(text("trash"), Token::bad), text("Delete"));
    setRole(trash, ButtonRole::danger);
    row->addWidget(trash);
    auto* off = new QPushButton(text("Stop"));
    off->setEnabled(false);
    row->addWidget(off);
    row->addStretch();
    form->addRow(row);
    return card;
}

QWidget* views(const Theme& theme, QWidget* parent) {
    auto* tabs = new QTabWidget(parent);
    auto* table = new QTableWidget(8, 4);
    table->setHorizontalHeaderLabels({text("Run"), text("Best"), text("Packed"), text("Status")});
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(spacing::row);
    table->horizontalHeader()->setStretchLastSection(true);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setShowGrid(false);
    for (int row = 0; row < 8; ++row) {
        auto* name = new QTableWidgetItem(theme.runIcon(row), text("BinaryConnect + layer norm"));
        name->setCheckState(row % 3 ? Qt::Checked : Qt::Unchecked);
        table->setItem(row, 0, name);
        table->setItem(row, 1,
                       new QTableWidgetItem(QStringLiteral("1.%1 bpc").arg(494 + 37 * row)));
        table->setItem(row, 2, new QTableWidgetItem(text("5.6 KB")));
        table->setItem(row, 3, new QTableWidgetItem(text("finished")));
    }
    table->setColumnWidth(0, 230);
    table->selectRow(2);
    tabs->addTab(table, text("Runs"));
    tabs->addTab(new QPlainTextEdit(text("the committee said")), text("Sample"));
    tabs->addTab(new QWidget, text("Events"));
    return tabs;
}

void paint(const Theme& theme, const QString& name) {
    QWidget page;
    setRole(&page, SurfaceRole::page);
    page.resize(1040, 640);
    auto* all = new QHBoxLayout(&page);
    all->setContentsMargins(0, 0, 16, 16);
    all->setSpacing(16);
    auto* rail = new QWidget;
    setRole(rail, SurfaceRole::rail);
    auto* buttons = new QVBoxLayout(rail);
    buttons->setContentsMargins(8, 8, 8, 8);
    buttons->setSpacing(4);
    for (const char* entry :
         {"experiment", "matrix", "compare", "inspect", "try", "data", "reproduce"}) {
        auto* button = new QToolButton;
        button->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
        QString label = QLatin1String(entry);
        label[0] = label[0].toUpper();
        button->setText(label);
        button->setIcon(theme.icon(QLatin1String(entry)));
        button->setCheckable(true);
        button->setChecked(label == text("Compare"));
        setRole(button, ButtonRole::rail);
        button->setFixedSize(80, 56);
        buttons->addWidget(button);
    }
    buttons->addStretch();
    all->addWidget(rail);
    auto* left = new QVBoxLayout;
    left->setContentsMargins(0, 16, 0, 0);
    left->addWidget(makeLabel(text("Experiment"), LabelRole::title));
    left->addWidget(controls(theme, &page));
    all->addLayout(left);
    auto* right = new QVBoxLayout;
    right->setContentsMargins(0, 16, 0, 0);
    right->addWidget(views(theme, &page), 1);
    auto* icons = new QGridLayout;
    const QStringList names = Theme::iconNames();
    for (int index = 0; index < names.size(); ++index) {
        auto* label = new QLabel;
        label->setPixmap(theme.icon(names[index]).pixmap(20, 20));
        icons->addWidget(label, index / 13, index % 13);
    }
    right->addLayout(icons);
    all->addLayout(right, 1);
    page.show();
    QApplication::processEvents();
    const QImage image = page.grab().toImage();
    // The card shows raised, the page surface: the sheet reached the widgets.
    EXPECT_EQ(image.pixelColor(image.width() - 4, image.height() - 4), theme.color(Token::surface));
    EXPECT_EQ(image.pixelColor(4, 20), theme.color(Token::sunken));
    shot(image, name);
    QMenu menu(&page);
    menu.addAction(theme.icon(text("copy")), text("Copy image"));
    menu.addAction(text("Copy data"));
    menu.addSeparator();
    QAction* log = menu.addAction(text("Logarithmic y axis"));
    log->setCheckable(true);
    log->setChecked(true);
    menu.ensurePolished();
    menu.resize(menu.sizeHint());
    shot(menu, name + text("-menu"));
}

TEST(Gallery, PaintsInBothThemes) {
    Theme theme(Theme::Mode::light);
    theme.apply(application());
    paint(theme, text("gallery-light"));
    theme.setMode(Theme::Mode::dark);
    paint(theme, text("gallery-dark"));
}

}  // namespace
}  // namespace bitloom::ui
