import QtQuick
import QtTest
import Alcove.Controls

Item {
    id: page
    width: 600
    height: 600

    Column {
        spacing: 8
        TextInputField { id: field; placeholderText: "Name" }
        SearchField { id: search }
        TextBox { id: box; width: 300; placeholderText: "Ask anything"; maximumLines: 4; submitOnEnter: true }
        TextBox { id: plain; width: 300 }
    }
    SignalSpy { id: accepted; target: box; signalName: "accepted" }
    SignalSpy { id: cleared; target: search; signalName: "cleared" }

    TestCase {
        name: "Fields"
        when: windowShown

        function type(text: string): void {
            for (const letter of text)
                keyClick(letter);
        }
        function init(): void {
            for (const one of [field, search, box, plain])
                one.clear();
            accepted.clear();
            cleared.clear();
        }

        function test_typing(): void {
            field.forceActiveFocus(Qt.TabFocusReason);
            type("lease");
            compare(field.text, "lease");
            verify(field.implicitHeight >= 28);
        }
        function test_escapeClearsASearch(): void {
            search.forceActiveFocus(Qt.TabFocusReason);
            type("deposit");
            keyClick(Qt.Key_Escape);
            compare(search.text, "");
            compare(cleared.count, 1);
            keyClick(Qt.Key_Escape);
            compare(cleared.count, 1);
        }
        function test_aBoxGrowsToItsLines(): void {
            fuzzyCompare(box.implicitHeight, box.lineHeight + 2 * box.padding, 1);
            box.text = "1\n2\n3";
            tryVerify(() => Math.abs(box.implicitHeight - 3 * box.lineHeight - 2 * box.padding) < 3);
            box.text = "1\n2\n3\n4\n5\n6\n7\n8";
            tryCompare(box, "implicitHeight", 4 * box.lineHeight + 2 * box.padding);
        }
        function test_enterSends(): void {
            box.forceActiveFocus(Qt.TabFocusReason);
            verify(box.area.activeFocus);
            type("a");
            keyClick(Qt.Key_Return, Qt.ShiftModifier);
            type("b");
            compare(box.text, "a\nb");
            keyClick(Qt.Key_Return);
            compare(accepted.count, 1);
            compare(box.text, "a\nb");
        }
        function test_enterIsALineWhereNothingIsSent(): void {
            plain.forceActiveFocus(Qt.TabFocusReason);
            type("a");
            keyClick(Qt.Key_Return);
            compare(plain.text, "a\n");
        }
    }
}
