#include "pages/spec_form.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QTest>
#include <algorithm>

#include "experiment/catalog.h"
#include "pages/split_slider.h"
#include "session/spec_checker.h"

namespace bitloom::ui {
namespace {

QJsonObject object(const std::string& json) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
}

/// The value of `form` at a dotted key.
QJsonValue valueAt(const SpecForm& form, const std::string& key) {
    QJsonValue node = form.value();
    for (const QString& part : QString::fromStdString(key).split(QLatin1Char('.'))) {
        node = node.toObject().value(part);
    }
    return node;
}

/// Sets one field as the user would.
void choose(SpecForm& form, const std::string& key, const QJsonValue& value) {
    form.editor(key)->setValue(value);
    Q_EMIT form.editor(key)->edited();
}

TEST(SpecForm, TheSplitSliderAndTheSharesAreOne) {
    Theme theme{Theme::Mode::light};
    SpecForm form(theme);
    choose(form, "dataset.name", QStringLiteral("text_file"));
    form.resize(360, 900);
    form.show();
    auto* slider = form.findChild<SplitSlider*>(QStringLiteral("splitSlider"));
    ASSERT_NE(slider, nullptr);
    EXPECT_TRUE(slider->isVisible());
    choose(form, "dataset.train_share", 0.6);
    choose(form, "dataset.valid_share", 0.3);
    EXPECT_NEAR(slider->train(), 0.6, 1e-12);
    EXPECT_NEAR(slider->valid(), 0.3, 1e-12);
    choose(form, "dataset.valid_share", QStringLiteral("nonsense"));
    choose(form, "dataset.valid_share", 0.7);
    EXPECT_NEAR(slider->valid(), 0.3, 1e-12) << "no such split";
    choose(form, "dataset.valid_share", 0.3);

    int edits = 0;
    QObject::connect(&form, &SpecForm::edited, &form, [&] { ++edits; });
    QTest::keyClick(slider, Qt::Key_Left);
    EXPECT_NEAR(valueAt(form, "dataset.train_share").toDouble(), 0.59, 1e-12);
    EXPECT_NEAR(valueAt(form, "dataset.valid_share").toDouble(), 0.31, 1e-12);
    EXPECT_EQ(edits, 1);
    QTest::keyClick(slider, Qt::Key_Down);  // the other handle
    QTest::keyClick(slider, Qt::Key_Right);
    EXPECT_NEAR(slider->valid(), 0.32, 1e-12);
    QTest::mouseClick(slider, Qt::LeftButton, {}, {slider->width() / 4, slider->height() - 8});
    EXPECT_NEAR(slider->train(), 0.25, 0.03);
    EXPECT_NEAR(slider->train() + slider->valid(), 0.91, 1e-12);
    choose(form, "dataset.name", QStringLiteral("grammar"));
    EXPECT_FALSE(slider->isVisible());
}

/// A value that is not the default.
QJsonValue otherValue(const Option& option) {
    switch (option.type) {
        case OptionType::boolean:
            return !fallbackOf(option).toBool();
        case OptionType::choice:
            for (const std::string& name : option.choices) {
                if (QJsonValue(QString::fromStdString(name)) != fallbackOf(option)) {
                    return QString::fromStdString(name);
                }
            }
            return fallbackOf(option);
        case OptionType::choices:
            return QJsonArray{QString::fromStdString(option.choices.back())};
        case OptionType::text:
        case OptionType::path:
            return QStringLiteral("some text");
        case OptionType::integer:
        case OptionType::real:
            break;
    }
    const double now = fallbackOf(option).toDouble();
    const double other = now == option.least ? option.most : option.least;
    return option.type == OptionType::integer ? QJsonValue(static_cast<qint64>(other))
                                              : QJsonValue(other);
}

class SpecFormTest : public ::testing::Test {
protected:
    Theme theme{Theme::Mode::light};
    SpecForm form{theme};
};

TEST_F(SpecFormTest, HasAControlForEveryOptionOfTheCatalog) {
    for (const Option& option : specOptions()) {
        const bool none = option.key == "format" || option.key == "preset";
        EXPECT_EQ(form.editor(option.key) == nullptr, none) << option.key;
        EXPECT_FALSE(form.note(option.key).title.isEmpty()) << option.key;
    }
}

TEST_F(SpecFormTest, TheEmptyFormIsTheDefaultSpec) {
    const SpecReport report = checkSpec(form.json());
    ASSERT_TRUE(report.spec) << report.problems.front().message;
    EXPECT_EQ(writeSpec(*report.spec), writeSpec(parseSpec(defaultSpec(), "the test")));
}

TEST_F(SpecFormTest, EveryOptionTravelsThroughTheForm) {
    for (const Option& option : specOptions()) {
        if (!form.editor(option.key) || option.key == "quantizer.bits") continue;
        form.setValue({});
        const QJsonValue wanted = otherValue(option);
        choose(form, option.key, wanted);
        EXPECT_EQ(form.editor(option.key)->value(), wanted) << option.key;
        if (!form.matters(option.key)) continue;
        EXPECT_EQ(valueAt(form, option.key), wanted) << option.key;
        SpecForm second(theme);
        second.setValue(form.value());
        EXPECT_EQ(second.value(), form.value()) << option.key;
    }
}

TEST_F(SpecFormTest, EveryPresetSurvivesTheForm) {
    for (const Preset& preset : presets()) {
        const std::string given = presetSpec(preset.name);
        ASSERT_TRUE(form.setJson(given)) << preset.name;
        const SpecReport report = checkSpec(form.json());
        if (!report.spec) {
            ADD_FAILURE() << preset.name << ": " << report.problems.front().field << " "
                          << report.problems.front().message;
            continue;
        }
        EXPECT_EQ(object(writeSpec(*report.spec)), object(writeSpec(parseSpec(given, "preset"))))
            << preset.name;
    }
}

TEST_F(SpecFormTest, BitWidthsFollowTheQuantizer) {
    EXPECT_FALSE(form.matters("quantizer.bits"));
    for (const Entry& entry : quantizerEntries()) {
        if (entry.name.empty()) continue;
        choose(form, "quantizer.method", QString::fromStdString(entry.name));
        for (int bits = 1; bits <= 32; ++bits) {
            const bool has =
                std::find(entry.bits.begin(), entry.bits.end(), bits) != entry.bits.end();
            form.editor("quantizer.bits")->setValue(bits);
            EXPECT_EQ(form.editor("quantizer.bits")->value().toInt() == bits, has)
                << entry.name << " " << bits;
        }
    }
}

TEST_F(SpecFormTest, WhatDoesNotMatterIsNeitherShownNorSaid) {
    choose(form, "training.optimizer", QStringLiteral("sgd"));
    choose(form, "training.momentum", 0.9);
    EXPECT_EQ(valueAt(form, "training.momentum"), QJsonValue(0.9));
    choose(form, "training.optimizer", QStringLiteral("adam"));
    EXPECT_TRUE(valueAt(form, "training.momentum").isUndefined());
    EXPECT_TRUE(checkSpec(form.json()).problems.empty());
    choose(form, "training.optimizer", QStringLiteral("sgd"));
    EXPECT_EQ(valueAt(form, "training.momentum"), QJsonValue(0.9));  // nothing typed is lost
}

TEST_F(SpecFormTest, APresetIsNamedUntilAFieldChanges) {
    form.setJson(presetSpec("demo/binary_connect"));
    EXPECT_EQ(form.value().value(QStringLiteral("preset")).toString(),
              QStringLiteral("demo/binary_connect"));
    choose(form, "name", QStringLiteral("mine"));
    EXPECT_TRUE(form.value().contains(QStringLiteral("preset")));
    choose(form, "model.hidden", 97);
    EXPECT_FALSE(form.value().contains(QStringLiteral("preset")));
}

TEST_F(SpecFormTest, WordsStandUnderTheFieldAtFault) {
    choose(form, "model.hidden", QStringLiteral("many"));
    const SpecReport report = checkSpec(form.json());
    ASSERT_FALSE(report.problems.empty());
    EXPECT_TRUE(form.showProblems(report.problems).empty());
    auto* words = form.findChild<QLabel*>(QStringLiteral("problem.model.hidden"));
    ASSERT_NE(words, nullptr);
    EXPECT_FALSE(words->text().isEmpty());
    EXPECT_EQ(form.editor("model.hidden")->value(), QJsonValue(QStringLiteral("many")));
    form.showProblems({});
    EXPECT_TRUE(words->text().isEmpty());
    const auto homeless = form.showProblems({{"", "malformed"}, {"nowhere.known", "what"}});
    EXPECT_EQ(homeless.size(), 2u);
}

TEST_F(SpecFormTest, LongNamesDoNotWidenIt) {
    const int before = form.minimumSizeHint().width();
    choose(form, "name", QString(4000, QLatin1Char('W')));
    form.setSuggestedName(QString(4000, QLatin1Char('W')));
    const std::string longWords = QString(160, QLatin1Char('x')).toStdString();
    form.showProblems({{"model.hidden", longWords}});
    EXPECT_LE(form.editor("name")->minimumSizeHint().width(), before);
}

}  // namespace
}  // namespace bitloom::ui
