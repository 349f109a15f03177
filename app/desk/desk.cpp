#include "app/desk/desk.h"

#include <map>

#include "app/library/scan.h"

namespace alcove::app {

Result<Json> Desk::answer(const DeskCall& call) {
    using Order = OpenLibraries::Order;
    using Method = Result<Json> (Desk::*)(const DeskCall&);
    static const std::map<std::string_view, Method> kMethods = {
        {"ingest", &Desk::ingest}, {"search", &Desk::search}, {"ask", &Desk::ask},
        {"status", &Desk::status}, {"verify", &Desk::verify}, {"rebuild", &Desk::rebuild},
        {"remove", &Desk::remove}, {"close", &Desk::close}};
    static const std::map<std::string_view, Order> kOrders = {
        {"pause", Order::Pause}, {"resume", Order::Resume}, {"stop", Order::Stop}};
    if (const auto method = kMethods.find(call.name); method != kMethods.end())
        return (this->*method->second)(call);
    if (const auto found = kOrders.find(call.name); found != kOrders.end())
        return order(call, found->second);
    return fail("nothing is known of '", call.name, "'");
}

Result<void> checked(const Fields& fields) {
    if (fields.error()) return fail(fields.error()->message);
    return {};
}

Result<OpenLibraries::Use> Desk::open(const DeskCall& call, LibraryWish wish) {
    Fields fields(call.request);
    wish.folder = pathFrom(fields.requiredText("library"));
    ALCOVE_CHECK(checked(fields));
    ALCOVE_TRY(OpenLibraries::Use use, m_libraries.use(wish));
    if (!use.notes().empty()) call.tell({{"event", "opened"}, {"notes", use.notes()}});
    return use;
}

Result<Json> Desk::close(const DeskCall& call) {
    Fields fields(call.request);
    const std::string folder = fields.requiredText("library");
    ALCOVE_CHECK(checked(fields));
    return Json{{"closed", m_libraries.close(pathFrom(folder))}};
}

Result<Json> Desk::order(const DeskCall& call, OpenLibraries::Order order) {
    Fields fields(call.request);
    const std::string folder = fields.requiredText("library");
    ALCOVE_CHECK(checked(fields));
    if (!m_libraries.order(pathFrom(folder), order))
        return fail(shownName(folder), ": nothing is being read into this library");
    return Json::object();
}

}  // namespace alcove::app
