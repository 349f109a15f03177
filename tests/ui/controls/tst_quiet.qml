// What moves, and when it does not; dialogs, banners, empty pages.
import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 500
    height: 500

    Spinner { id: spinner }
    ProgressLine { id: line; y: 50; width: 200; value: -1 }
    Banner { id: banner; y: 80; width: 400; text: "There is not enough memory."; actionText: "Choose another"; closable: true }
    EmptyState { id: empty; y: 200; width: 400; text: "Nothing yet."; actionText: "Add a folder" }
    DialogPanel { id: dialog; title: "Delete everything?"; text: "It cannot be undone." }
    Icon { id: arrow; name: "chevron-left" }
    Icon { id: glass; name: "search" }
    SignalSpy { id: bannerActed; target: banner; signalName: "actionTriggered" }
    SignalSpy { id: bannerClosed; target: banner; signalName: "closeRequested" }
    SignalSpy { id: emptyActed; target: empty; signalName: "actionTriggered" }
    SignalSpy { id: rejected; target: dialog; signalName: "rejected" }
    SignalSpy { id: accepted; target: dialog; signalName: "accepted" }

    TestCase {
        name: "Quiet"
        when: windowShown

        function cleanup(): void {
            Theme.reduceMotion = false;
            page.LayoutMirroring.enabled = false;
            rejected.clear();
            accepted.clear();
        }
        function button(inside: Item, text: string): Item {
            for (let i = 0; i < inside.children.length; ++i) {
                const child = inside.children[i];
                const found = child.text === text && child.clicked ? child : button(child, text);
                if (found) return found;
            }
            return null;
        }

        function test_reducedMotion(): void {
            verify(line.moving);
            verify(spinner.turning);
            Theme.reduceMotion = true;
            verify(!line.moving);
            verify(!spinner.turning);
        }
        function test_whatIsHiddenStandsStill(): void {
            spinner.running = false;
            verify(!spinner.turning);
            line.visible = false;
            verify(!line.moving);
            line.visible = true;
            spinner.running = true;
        }
        function test_aBannerOffersWhatHelps(): void {
            mouseClick(button(banner, "Choose another"));
            compare(bannerActed.count, 1);
            mouseClick(button(banner, "Close"));
            compare(bannerClosed.count, 1);
        }
        function test_anEmptyPageSaysWhatToDo(): void {
            mouseClick(button(empty, "Add a folder"));
            compare(emptyActed.count, 1);
        }
        function test_aDialogCancelsByItself(): void {
            dialog.open();
            tryCompare(dialog, "opened", true);
            keyClick(Qt.Key_Return);
            tryCompare(dialog, "visible", false);
            compare(rejected.count, 1);
            compare(accepted.count, 0);
        }
        function test_aDialogIsConfirmed(): void {
            dialog.open();
            tryCompare(dialog, "opened", true);
            keyClick(Qt.Key_Tab);
            keyClick(Qt.Key_Return);
            compare(accepted.count, 1);
        }
        function test_arrowsTurnWithTheLanguage(): void {
            page.LayoutMirroring.enabled = true;
            page.LayoutMirroring.childrenInherit = true;
            verify(arrow.mirrored);
            verify(!glass.mirrored);
        }
    }
}
