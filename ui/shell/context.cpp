#include "ui/shell/context.h"

#include <utility>

namespace alcove::ui {

Context::Context(std::unique_ptr<app::Partner> partner,
                 std::unique_ptr<app::ConversationStore> store, app::SettingsFile settings)
    : m_partner(std::move(partner)),
      m_store(std::move(store)),
      m_preferences(std::move(settings), m_background),
      m_models(*m_partner, m_preferences.model()),
      m_chat(*m_partner, *m_store, m_background, m_models),
      m_chats(*m_store, m_background),
      m_search(*m_store, m_background) {
    connect(&m_chat, &Chat::changed, &m_chats, &ChatList::refresh);
    connect(&m_chats, &ChatList::renamed, &m_chat, &Chat::retitle);
    connect(&m_chats, &ChatList::removed, &m_chat, &Chat::forget);
    connect(&m_models, &ModelChoices::currentChanged, this, [this] {
        if (m_models.currentRow() >= 0)
            m_preferences.setModel(QString::fromStdString(m_models.current().id));
    });
}

Context::~Context() { m_background.end(); }

}  // namespace alcove::ui
