// Everything that the pages are shown by, made once and handed to the window.
#pragma once

#include <QObject>
#include <QQmlEngine>
#include <filesystem>
#include <memory>

#include "app/assistant/partner.h"
#include "app/conversations/conversation_store.h"
#include "engine/base/result.h"
#include "ui/chat/background.h"
#include "ui/chat/chat.h"
#include "ui/chat/chat_list.h"
#include "ui/chat/chat_search.h"
#include "ui/chat/model_choices.h"
#include "ui/shell/preferences.h"

namespace alcove::ui {

class Context : public QObject {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the window has one")
    Q_PROPERTY(alcove::ui::Chat* chat READ chat CONSTANT)
    Q_PROPERTY(alcove::ui::ChatList* chats READ chats CONSTANT)
    Q_PROPERTY(alcove::ui::ChatSearch* search READ search CONSTANT)
    Q_PROPERTY(alcove::ui::ModelChoices* models READ models CONSTANT)
    Q_PROPERTY(alcove::ui::Preferences* preferences READ preferences CONSTANT)

public:
    Context(std::unique_ptr<app::Partner> partner, std::unique_ptr<app::ConversationStore> store,
            app::SettingsFile settings);
    /// What is at work ends while those it works for are there.
    ~Context() override;

    [[nodiscard]] Chat* chat() { return &m_chat; }
    [[nodiscard]] ChatList* chats() { return &m_chats; }
    [[nodiscard]] ChatSearch* search() { return &m_search; }
    [[nodiscard]] ModelChoices* models() { return &m_models; }
    [[nodiscard]] Preferences* preferences() { return &m_preferences; }

private:
    const std::unique_ptr<app::Partner> m_partner;
    const std::unique_ptr<app::ConversationStore> m_store;
    Background m_background;
    Preferences m_preferences;
    ModelChoices m_models;
    Chat m_chat;
    ChatList m_chats;
    ChatSearch m_search;
};

}  // namespace alcove::ui
