import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 600
    height: 300

    Toast { id: toast; anchors.centerIn: parent }
    SignalSpy { id: acted; target: toast; signalName: "actionTriggered" }
    SignalSpy { id: gone; target: toast; signalName: "gone" }

    TestCase {
        name: "Toast"
        when: windowShown

        function init(): void {
            mouseMove(page, 1, 1);
            toast.stay = 3600000;
            page.forceActiveFocus();
            toast.show("Deleted", "Undo");
            gone.clear();
            acted.clear();
        }
        function cleanup(): void {
            toast.hide();
        }

        function test_itGoesByItself(): void {
            verify(toast.counting);
            toast.stay = 1;
            tryCompare(toast, "shown", false);
            compare(gone.count, 1);
            compare(acted.count, 0);
        }
        function test_itStaysUnderThePointer(): void {
            tryVerify(() => toast.visible && toast.width > 0);
            mouseMove(toast, 5, 5);
            tryCompare(toast, "counting", false);
            mouseMove(page, 1, 1);
            tryCompare(toast, "counting", true);
        }
        function test_itStaysWithTheFocus(): void {
            const undo = findChild(toast, "action");
            undo.forceActiveFocus(Qt.TabFocusReason);
            verify(!toast.counting);
            keyClick(Qt.Key_Return);
            compare(acted.count, 1);
            compare(gone.count, 0);
            verify(!toast.shown);
        }
        function test_escapeSendsItAway(): void {
            findChild(toast, "action").forceActiveFocus(Qt.TabFocusReason);
            keyClick(Qt.Key_Escape);
            compare(gone.count, 1);
            compare(acted.count, 0);
        }
        function test_anotherTakesItsPlace(): void {
            toast.show("Archived", "");
            compare(gone.count, 1);
            compare(toast.text, "Archived");
            verify(toast.shown);
        }
    }
}
