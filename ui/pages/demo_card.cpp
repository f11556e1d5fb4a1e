#include "pages/demo_card.h"

#include <QCoreApplication>
#include <QPushButton>
#include <QVBoxLayout>

#include "theme/roles.h"
#include "theme/theme.h"

namespace bitloom::ui {
namespace {

constexpr int cardWidth = 560;

}  // namespace

QWidget* makeDemoCard(const Theme& theme, QWidget* parent, const std::function<void()>& start) {
    const auto tr = [](const char* words) {
        return QCoreApplication::translate("DemoCard", words);
    };
    auto* page = new QWidget(parent);
    auto* column = new QVBoxLayout(page);
    column->addStretch(2);
    auto* card = new QWidget(page);
    card->setObjectName(QStringLiteral("demoCard"));
    setRole(card, SurfaceRole::card);
    card->setAttribute(Qt::WA_StyledBackground);
    card->setMaximumWidth(cardWidth);
    auto* lines = new QVBoxLayout(card);
    lines->setContentsMargins(spacing::section, spacing::section, spacing::section,
                              spacing::section);
    lines->setSpacing(spacing::gap);
    lines->addWidget(makeLabel(tr("What does one bit a weight cost?"), LabelRole::title, card));
    auto* words = makeLabel(
        tr("The demo trains the same small LSTM three times on generated text whose entropy is "
           "known: in full precision, with BinaryConnect, and with BinaryConnect and layer "
           "normalization. The curves appear side by side while they train, in a few minutes."),
        LabelRole::body, card);
    words->setWordWrap(true);
    lines->addWidget(words);
    lines->addSpacing(spacing::gap);
    auto* row = new QHBoxLayout;
    auto* demo = new QPushButton(theme.icon(QStringLiteral("play"), Token::onAccent),
                                 tr("Run the demo comparison"), card);
    demo->setObjectName(QStringLiteral("runDemo"));
    setRole(demo, ButtonRole::primary);
    row->addWidget(demo);
    row->addStretch(1);
    lines->addLayout(row);
    lines->addWidget(makeLabel(tr("Or design a run of your own on the Experiment page (Ctrl+1)."),
                               LabelRole::caption, card));
    auto* middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(card, 4);
    middle->addStretch(1);
    column->addLayout(middle);
    column->addStretch(3);
    QObject::connect(demo, &QPushButton::clicked, page, start);
    return page;
}

}  // namespace bitloom::ui
