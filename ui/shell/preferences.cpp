#include "ui/shell/preferences.h"

#include <QEvent>
#include <QGuiApplication>
#include <QPalette>
#include <algorithm>
#include <utility>

namespace alcove::ui {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kMember = "window";
constexpr qreal kScaleStep = 0.1;
constexpr int kLeastSide = 360, kMostSide = 16'384;

const char* wordOf(Preferences::Appearance appearance) {
    using enum Preferences::Appearance;
    return appearance == Light ? "light" : appearance == Dark ? "dark" : "system";
}

Preferences::Appearance appearanceOf(const std::string& word) {
    using enum Preferences::Appearance;
    return word == "light" ? Light : word == "dark" ? Dark : System;
}

template <typename T>
void take(const Json& from, const char* name, T& into) {
    const auto value = from.find(name);
    if (value == from.end()) return;
    if constexpr (std::is_same_v<T, bool>) {
        if (value->is_boolean()) into = value->get<bool>();
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (value->is_string()) into = value->get<std::string>();
    } else {
        if (value->is_number()) into = static_cast<T>(std::clamp(value->get<double>(), 0.0, 1e6));
    }
}

}  // namespace

Preferences::Preferences(app::SettingsFile file, Background& background)
    : m_file(std::move(file)), m_background(background) {
    if (const Result<app::LoadedSettings> loaded = m_file.load()) {
        m_problem = QString::fromStdString(loaded->note);
        const auto window = loaded->values.find(kMember);
        if (window != loaded->values.end() && window->is_object()) read(*window);
    } else {
        m_problem = QString::fromStdString(loaded.message());
    }
    qGuiApp->installEventFilter(this);
}

void Preferences::read(const Json& settings) {
    std::string appearance, model;
    double scale = m_textScale;
    take(settings, "appearance", appearance);
    take(settings, "text_scale", scale);
    take(settings, "high_contrast", m_highContrast);
    take(settings, "reduce_motion", m_reduceMotion);
    take(settings, "model", model);
    take(settings, "width", m_width);
    take(settings, "height", m_height);
    m_appearance = appearanceOf(appearance);
    m_textScale = std::clamp(scale, kLeastScale, kMostScale);
    m_model = QString::fromStdString(model);
    m_width = std::clamp(m_width, kLeastSide, kMostSide);
    m_height = std::clamp(m_height, kLeastSide, kMostSide);
}

void Preferences::keep() {
    emit changed();
    Json now = {{"appearance", wordOf(m_appearance)},
                {"text_scale", m_textScale},
                {"high_contrast", m_highContrast},
                {"reduce_motion", m_reduceMotion},
                {"model", m_model.toStdString()},
                {"width", m_width},
                {"height", m_height}};
    m_background.run(
        this,
        [file = m_file, now = std::move(now)] {
            return file.update([&now](Json& all) -> Result<void> {
                Json& window = all[kMember];
                if (!window.is_object()) window = Json::object();
                window.update(now);
                return {};
            });
        },
        [this](const Result<app::LoadedSettings>& kept) {
            const QString problem = kept ? QString() : QString::fromStdString(kept.message());
            if (problem == m_problem) return;
            m_problem = problem;
            emit problemChanged();
        });
}

bool Preferences::dark() const {
    if (m_appearance != Appearance::System) return m_appearance == Appearance::Dark;
    const QPalette palette = QGuiApplication::palette();
    return palette.color(QPalette::Window).lightness() <
           palette.color(QPalette::WindowText).lightness();
}

bool Preferences::eventFilter(QObject* watched, QEvent* event) {
    if (watched == qGuiApp && event->type() == QEvent::ApplicationPaletteChange) emit changed();
    return QObject::eventFilter(watched, event);
}

void Preferences::setAppearance(Appearance appearance) {
    if (std::exchange(m_appearance, appearance) != appearance) keep();
}

void Preferences::setTextScale(qreal scale) {
    scale = std::clamp(scale, kLeastScale, kMostScale);
    if (!qFuzzyCompare(std::exchange(m_textScale, scale), scale)) keep();
}

void Preferences::stepTextScale(int steps) {
    setTextScale(steps == 0 ? 1.0 : m_textScale + steps * kScaleStep);
}

void Preferences::setHighContrast(bool on) {
    if (std::exchange(m_highContrast, on) != on) keep();
}

void Preferences::setReduceMotion(bool on) {
    if (std::exchange(m_reduceMotion, on) != on) keep();
}

void Preferences::setModel(const QString& model) {
    if (std::exchange(m_model, model) != model) keep();
}

void Preferences::keepSize(int width, int height) {
    if (width == m_width && height == m_height) return;
    m_width = width;
    m_height = height;
    keep();
}

}  // namespace alcove::ui
